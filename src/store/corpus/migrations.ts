import { fatalError } from "../../flow/errors.ts";
import type { Queryable } from "../driver/database.ts";
import { ident, list, sql } from "../driver/sql.ts";
import type { Meta } from "./meta.ts";
import { CHUNK_COLUMNS } from "./chunk-columns.ts";
import { createIndexes, createTables, definition, type Tables } from "./tables.ts";
import { dropVectorIndex } from "./vector-index.ts";

/** Takes the tables from one schema version to the next. */
export type Migration = (tx: Queryable, tables: Tables, dimensions: number) => Promise<void>;

/**
 * In order; each is applied once. The first makes the tables with the columns of today, as adoption does: a later one
 * adds a column `if not exists`. A new one is appended, and none is ever changed.
 */
const MIGRATIONS: readonly Migration[] = [createTables, askForPartsAgain, addWords];
/** Those that change tables, and not only rows. */
const ALTERING: ReadonlySet<Migration> = new Set([createTables, addWords]);

/** Applies what came after schema version `version`, and returns the version reached. */
export async function migrate(
  tx: Queryable,
  tables: Tables,
  { version, dimensions }: { readonly version: number; readonly dimensions: number },
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<number> {
  for (const migration of migrations.slice(version)) await migration(tx, tables, dimensions);
  return migrations.length;
}

/** Whether tables of schema version `version` are to be altered: that keeps readers out. */
export function altersTables(version: number): boolean {
  return MIGRATIONS.slice(version).some((migration) => ALTERING.has(migration));
}

/** Throws a `fatal` error when a newer program made the tables: their meaning is not known. */
export function requireKnownSchema({ schema_version: version }: Meta, description: string): void {
  if (version <= MIGRATIONS.length) return;
  const schemas = `schema ${version}; this one knows ${MIGRATIONS.length}`;
  const message = `the corpus in ${description} was made by a newer bbj-ingest-all (${schemas})`;
  throw fatalError("schema_newer", message, "use the newer program");
}

/** Parts that do not say how many they are: whether their chunk has all of them shows when its document is read again. */
async function askForPartsAgain(tx: Queryable, { chunks, documents }: Tables): Promise<void> {
  await tx.query(sql`
    update ${ident(documents)} d set complete = false
    from ${ident(chunks)} c
    where c.source_name = d.source_name and c.source_url = d.source_url
      and c.metadata ? 'part_of' and not c.metadata ? 'parts'`);
}

/** What search goes by. Each row is written anew, and would go into the index on vectors anew while readers wait: the run builds it at its end. */
async function addWords(tx: Queryable, tables: Tables): Promise<void> {
  await dropVectorIndex(tx, tables.chunks);
  const words = CHUNK_COLUMNS.filter(({ name }) => name === "words").map(definition);
  await tx.query(sql`alter table ${ident(tables.chunks)} add column if not exists ${list(words)}`);
  await createIndexes(tx, tables);
}
