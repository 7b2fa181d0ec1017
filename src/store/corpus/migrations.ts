import { fatalError } from "../../flow/errors.ts";
import type { Queryable } from "../driver/database.ts";
import { ident, list, sql } from "../driver/sql.ts";
import { dropsIndexes, nameIndexes } from "./index-names.ts";
import { hasColumn, type Meta } from "./meta.ts";
import { CHUNK_COLUMNS } from "./chunk-columns.ts";
import { createIndexes, createTables, definition, type Tables } from "./tables.ts";
import { dropVectorIndex } from "./vector-index.ts";

/** Takes the tables from one schema version to the next. */
export type Migration = (tx: Queryable, tables: Tables, dimensions: number) => Promise<void>;

/**
 * In order; each is applied once. The first makes the tables with the columns of today, as adoption does: a later one
 * adds a column `if not exists`. A new one is appended, and none is ever changed.
 */
const MIGRATIONS: readonly Migration[] = [createTables, askForPartsAgain, nameIndexesForReaders, addNameWords];
/** The version that a run brings the tables to. */
export const SCHEMA_VERSION = MIGRATIONS.length;
/** Those that change tables, and not only rows, and when they do. */
const ALTERING: ReadonlyMap<Migration, (tx: Queryable, tables: Tables) => Promise<boolean>> = new Map([
  [createTables, () => Promise.resolve(true)],
  [nameIndexesForReaders, dropsIndexes],
  [addNameWords, lacksNameWords],
]);

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
export async function altersTables(tx: Queryable, tables: Tables, version: number): Promise<boolean> {
  for (const migration of MIGRATIONS.slice(version)) if (await ALTERING.get(migration)?.(tx, tables)) return true;
  return false;
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

/** Those of before were called as PostgreSQL calls them. */
function nameIndexesForReaders(tx: Queryable, tables: Tables): Promise<void> {
  return nameIndexes(tx, tables);
}

/** Each row is written anew, and would go into the index on vectors anew while readers wait: the run builds it at its end. */
async function addNameWords(tx: Queryable, tables: Tables): Promise<void> {
  if (!(await lacksNameWords(tx, tables))) return;
  await dropVectorIndex(tx, tables.chunks);
  const added = CHUNK_COLUMNS.filter(({ name }) => name === "name_words").map(definition);
  await tx.query(sql`alter table ${ident(tables.chunks)} add column ${list(added)}`);
  await createIndexes(tx, tables);
}

async function lacksNameWords(tx: Queryable, { chunks }: Tables): Promise<boolean> {
  return !(await hasColumn(tx, chunks, "name_words"));
}
