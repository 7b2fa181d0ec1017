import { z } from "zod";
import type { Queryable } from "../driver/database.ts";
import { allRows, executeRows } from "../driver/rows.ts";
import { constant, ident, list, literal, sql } from "../driver/sql.ts";
import type { ModelIdentity } from "../store.ts";
import { CHUNK_COLUMNS } from "./chunk-columns.ts";
import { nameIndexes } from "./index-names.ts";
import { avoidParallelBuildBug } from "./index-build.ts";
import { CORPUS, createDocuments, createIdentity, createIndexes, definition } from "./tables.ts";
import { dropVectorIndex } from "./vector-index.ts";

/** What `search_vector` is computed from, as PostgreSQL prints it. Another text costs a rewrite of the table, no more. */
const SEARCH_VECTOR_PRINTED =
  "to_tsvector('english'::regconfig, ((((COALESCE(context_header, ''::text) || ' '::text) || COALESCE(title, ''::text)) || ' '::text) || COALESCE(content, ''::text)))";

/**
 * Makes a `chunks` table of the Python tool ours, as the first migration would have made it, and keeps its rows: under the
 * source name "" they serve search and reuse until a complete run of all sources replaces them. Their texts and vectors
 * are left alone; the index on vectors is built anew at the end of the run, if it is no tuned one.
 */
export async function adoptTable(tx: Queryable, identity: ModelIdentity): Promise<void> {
  const table = ident(CORPUS.chunks);
  await avoidParallelBuildBug(tx);
  const columns = await allRows(tx, existingShape)`
      select a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type, pg_get_expr(d.adbin, d.adrelid) as expression
      from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum and a.attgenerated = 's'
      where a.attrelid = 'chunks'::regclass and a.attnum > 0 and not a.attisdropped`;
  const existing = new Map(columns.map((column) => [column.name, column]));
  const keepsSearchVector = canKeepSearchVector(existing);
  if (!keepsSearchVector) await tx.query(sql`alter table ${table} drop column if exists search_vector`);
  await adoptColumns(tx, existing);
  for (const column of CHUNK_COLUMNS) {
    if (column.generated === undefined || column.python === undefined || keepsSearchVector) continue;
    await tx.query(sql`alter table ${table} add column ${definition(column)}`);
  }
  // A constant default is stored once, not in every row; afterwards no row may come by it.
  const model = literal(identity.model).text;
  const added = CHUNK_COLUMNS.filter(({ python }) => python === undefined).map((column) =>
    column.name === "embedding_model" ? { ...column, default: model } : column,
  );
  // Writes each row anew, since the words of a row are computed from it.
  await dropVectorIndex(tx, CORPUS.chunks);
  await tx.query(sql`alter table ${table} ${list(added.map((column) => sql`add column ${definition(column)}`))}`);
  await tx.query(sql`alter table ${table} alter column embedding_model set default ''`);
  await dropUniqueHash(tx);
  await createIdentity(tx, CORPUS);
  await nameIndexes(tx, CORPUS, { anybodys: true });
  await createIndexes(tx, CORPUS);
  await createDocuments(tx, CORPUS);
}

const existingShape = z.object({ name: z.string(), type: z.string(), expression: z.string().nullable() });
type ExistingColumns = ReadonlyMap<string, z.infer<typeof existingShape>>;

/** It may be computed from other columns, filled by a trigger, or stand in the way of a change of type. */
function canKeepSearchVector(existing: ExistingColumns): boolean {
  return (
    existing.get("search_vector")?.expression === SEARCH_VECTOR_PRINTED &&
    ["context_header", "title", "content"].every((name) => existing.get(name)?.type === "text")
  );
}

/** Its columns may be missing, hold nulls, and be `varchar`; ours are `text`, and never null. */
async function adoptColumns(tx: Queryable, existing: ExistingColumns): Promise<void> {
  const table = ident(CORPUS.chunks);
  for (const column of CHUNK_COLUMNS) {
    if (column.python === undefined || column.default === undefined) continue;
    const name = ident(column.name);
    const initial = constant(column.default);
    const type = existing.get(column.name)?.type;
    if (type === undefined) {
      await tx.query(sql`alter table ${table} add column ${definition(column)}`);
      continue;
    }
    if (column.type === "text" && type !== "text")
      await tx.query(sql`alter table ${table} alter column ${name} type text`);
    await tx.query(sql`update ${table} set ${name} = ${initial} where ${name} is null`);
    await tx.query(
      sql`alter table ${table} alter column ${name} set default ${initial}, alter column ${name} set not null`,
    );
  }
}

/** Equal text in two documents is two rows: whatever makes the hash unique on its own goes, constraint or index. */
async function dropUniqueHash(tx: Queryable): Promise<void> {
  await executeRows(tx)`
    select format(case when exists (select from pg_constraint k where k.conindid = i.indexrelid)
      then 'alter table chunks drop constraint %I' else 'drop index %I' end, c.relname) as statement
    from pg_index i
    join pg_class c on c.oid = i.indexrelid
    join pg_attribute a on a.attrelid = i.indrelid and a.attname = 'content_hash'
    where i.indrelid = 'chunks'::regclass and i.indisunique and i.indkey::text = a.attnum::text`;
}
