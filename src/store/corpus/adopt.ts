import type { Queryable } from "../driver/database.ts";
import { constant, ident, literal, sql } from "../driver/sql.ts";
import type { ModelIdentity } from "../store.ts";
import { CORPUS, createDocuments, createIdentity, createIndexes, SEARCH_VECTOR } from "./tables.ts";
import { avoidParallelBuildBug } from "./vector-index.ts";

const COLUMNS = [
  ...["source_url", "title", "doc_type", "content", "context_header", "source_type", "display_url"].map((name) => ({
    name,
    type: "text",
    fallback: "''",
  })),
  { name: "content_hash", type: "varchar(64)", fallback: "''" },
  { name: "generations", type: "text[]", fallback: "'{}'" },
  { name: "deprecated", type: "boolean", fallback: "false" },
  { name: "metadata", type: "jsonb", fallback: "'{}'" },
  { name: "created_at", type: "timestamptz", fallback: "now()" },
  { name: "updated_at", type: "timestamptz", fallback: "now()" },
] as const;

/** `SEARCH_VECTOR` as PostgreSQL prints it. Another text costs a rewrite of the table, no more. */
const SEARCH_VECTOR_PRINTED =
  "to_tsvector('english'::regconfig, ((((COALESCE(context_header, ''::text) || ' '::text) || COALESCE(title, ''::text)) || ' '::text) || COALESCE(content, ''::text)))";

/**
 * Makes a `chunks` table of the Python tool ours, in the schema of the first migration, and keeps its rows: under the
 * source name "" they serve search and reuse until a complete run of all sources replaces them. Rows and the index on
 * vectors are left alone where they can be: each row that is touched is a slow insertion into that index.
 */
export async function adoptTable(tx: Queryable, identity: ModelIdentity): Promise<void> {
  const table = ident(CORPUS.chunks);
  await avoidParallelBuildBug(tx);
  const found = await tx.query<Found>(sql`
    select a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type, pg_get_expr(d.adbin, d.adrelid) as expression
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum and a.attgenerated = 's'
    where a.attrelid = 'chunks'::regclass and a.attnum > 0 and not a.attisdropped`);
  const keepsSearchVector = canKeepSearchVector(found);
  if (!keepsSearchVector) await tx.query(sql`alter table ${table} drop column if exists search_vector`);
  await adoptColumns(tx, found);
  if (!keepsSearchVector) {
    await tx.query(sql`
      alter table ${table} add column search_vector tsvector generated always as (${SEARCH_VECTOR}) stored`);
  }
  // A constant default is stored once, not in every row; afterwards no row may come by it.
  await tx.query(sql`
    alter table ${table}
      add column source_name text not null default '',
      add column chunk_index integer not null default 0,
      add column embedding_model text not null default ${literal(identity.model)}`);
  await tx.query(sql`alter table ${table} alter column embedding_model set default ''`);
  await dropUniqueHash(tx);
  await createIdentity(tx, CORPUS);
  await createIndexes(tx, CORPUS);
  await createDocuments(tx, CORPUS);
}

type Found = { readonly name: string; readonly type: string; readonly expression: string | null };

/** It may be computed from other columns, filled by a trigger, or stand in the way of a change of type. */
function canKeepSearchVector(found: readonly Found[]): boolean {
  const types = new Map(found.map(({ name, type }) => [name, type]));
  return (
    found.some(({ name, expression }) => name === "search_vector" && expression === SEARCH_VECTOR_PRINTED) &&
    ["context_header", "title", "content"].every((name) => types.get(name) === "text")
  );
}

/** Its columns may be missing, hold nulls, and be `varchar`; ours are `text`, and never null. */
async function adoptColumns(tx: Queryable, found: readonly Found[]): Promise<void> {
  const table = ident(CORPUS.chunks);
  const types = new Map(found.map(({ name, type }) => [name, type]));
  for (const { name, type, fallback } of COLUMNS) {
    const column = ident(name);
    if (!types.has(name)) {
      await tx.query(
        sql`alter table ${table} add column ${column} ${constant(type)} not null default ${constant(fallback)}`,
      );
      continue;
    }
    if (type === "text" && types.get(name) !== "text") {
      await tx.query(sql`alter table ${table} alter column ${column} type text`);
    }
    await tx.query(sql`update ${table} set ${column} = ${constant(fallback)} where ${column} is null`);
    await tx.query(sql`
      alter table ${table} alter column ${column} set default ${constant(fallback)}, alter column ${column} set not null`);
  }
}

/** Equal text in two documents is two rows: whatever makes the hash unique on its own goes, constraint or index. */
async function dropUniqueHash(tx: Queryable): Promise<void> {
  const unique = await tx.query<{ name: string; constrained: boolean }>(sql`
    select c.relname::text as name, exists (select from pg_constraint k where k.conindid = i.indexrelid) as constrained
    from pg_index i
    join pg_class c on c.oid = i.indexrelid
    join pg_attribute a on a.attrelid = i.indrelid and a.attname = 'content_hash'
    where i.indrelid = 'chunks'::regclass and i.indisunique and i.indkey::text = a.attnum::text`);
  for (const { name, constrained } of unique) {
    if (constrained) await tx.query(sql`alter table ${ident(CORPUS.chunks)} drop constraint ${ident(name)}`);
    else await tx.query(sql`drop index ${ident(name)}`);
  }
}
