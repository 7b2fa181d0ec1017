import { z } from "zod";
import { count } from "../../text/words.ts";
import type { Database, Queryable, Statement } from "../driver/database.ts";
import { allRows, executeRows, exists, oneRow } from "../driver/rows.ts";
import { columns, constant, ident, integer, sql } from "../driver/sql.ts";
import { lockForTransaction } from "../driver/transaction-locks.ts";
import type { IndexWatch } from "../store.ts";
import { CHUNK_COLUMNS, type ChunkColumn, VECTOR_INDEX } from "./chunk-columns.ts";
import { type LockPatience, takeExclusive } from "./exclusive-lock.ts";
import { asOneBuild, buildIndex, stateOf, watched } from "./index-build.ts";
import {
  FEW_NUMBERS_MAX,
  HALFVEC_DIMENSIONS_MAX,
  hasMoreRows,
  LIST_BYTES_MAX,
  rowsOf,
  UNLISTED_NUMBERS_MAX,
  VECTOR_DIMENSIONS_MAX,
} from "./search-bounds.ts";
import { createNamed } from "./tables.ts";

/** Of its graph: links of a row, and how many rows are looked at to find them. */
const GRAPH_LINKS = 16;
const GRAPH_CANDIDATES = 64;
/** Columns that rows are looked up by; of the others there is nothing to know, and much to read. */
const LOOKED_UP_BY = CHUNK_COLUMNS.filter(
  ({ name, role, index }) => role === "identity" || index !== undefined || name === "doc_type",
).map(({ name }) => name);
/** By what is committed while we wait for it: a unique index of the catalog. */
const NAME_TAKEN = "23505";

const missingShape = z.object({
  dimensions: z.int(),
  /** Indexes that a failed CREATE INDEX CONCURRENTLY left, quoted. */
  broken: z.array(z.string()),
});
const kindsShape = z.object({
  dimensions: z.int(),
  hnsw: z.boolean(),
  list: z.boolean(),
  indexable: z.boolean(),
  listable: z.boolean(),
});
const columnShape = z.object({ dimensions: z.int(), version: z.string(), indexable: z.boolean() });

type VectorIndex = {
  /** For people. */
  readonly label: string;
  /** What it is named after. */
  readonly column: Pick<ChunkColumn, "name" | "readersIndex">;
  readonly definition: (dimensions: number) => string;
  /** Whether `pg_index` has it in `index`, for the column that `pg_attribute` has in `column`. */
  readonly isIt: (index: string, column: string) => Statement;
  readonly isPossible: (column: string) => Statement;
  /** Whether a search of the table's rows would ask it. */
  readonly isAsked: (table: string, column: string) => Statement;
};

/** One list of all vectors as halves, closely packed: to look at each of them there takes a third of the time. */
const LIST: VectorIndex = {
  label: "list of all vectors",
  column: { name: "embedding_list" },
  definition: (dimensions) => `ivfflat ((embedding::halfvec(${dimensions})) halfvec_cosine_ops) with (lists = 1)`,
  isIt: isListIndex,
  isPossible: isListable,
  isAsked: (table, column) => hasMoreRows(table, FEW_NUMBERS_MAX, column),
};

/** HNSW: for readers, and for more vectors than can all be looked at. */
const GRAPH: VectorIndex = {
  label: "HNSW",
  column: { name: "embedding", readersIndex: VECTOR_INDEX },
  definition(dimensions) {
    const { key, operators } = indexedAs(dimensions);
    return `hnsw (${key} ${operators}) with (m = ${GRAPH_LINKS}, ef_construction = ${GRAPH_CANDIDATES})`;
  },
  isIt: isVectorIndex,
  isPossible: isIndexable,
  isAsked: (table, column) => sql`case when ${isListable(column)} then exists (
      select from pg_index l where l.indisvalid and ${isListIndex("l", column)}
        and pg_relation_size(l.indexrelid) > ${integer(LIST_BYTES_MAX)})
    else ${hasMoreRows(table, UNLISTED_NUMBERS_MAX, column)} end`,
};

type BuildOptions = { readonly watch?: IndexWatch | undefined; readonly patience?: LockPatience | undefined };

/**
 * Builds those indexes on vectors that are wanted, and of which the table has no valid one. True when one was built.
 * For others' readers that is both as soon as there are rows; where there are none, those that a search would ask.
 */
export async function ensureVectorIndex(
  database: Database,
  table: string,
  options: BuildOptions = {},
): Promise<boolean> {
  using watch = asOneBuild(options.watch);
  // The list first: how long it is says whether a search asks the graph.
  const list = await ensureIndex(database, table, LIST, { ...options, watch });
  const graph = await ensureIndex(database, table, GRAPH, { ...options, watch });
  // Searches are planned by what is known of a load: a server learns it minutes later, the embedded database never.
  if (list || graph || (!database.hasOtherReaders && (await hasGrown(database, table))))
    await database.begin((tx) => tx.query(sql`analyze ${ident(table)} (${columns(LOOKED_UP_BY)})`));
  return list || graph;
}

/** Whether it has twice as many rows as when it was analysed. */
function hasGrown(queryable: Queryable, table: string): Promise<boolean> {
  return exists(queryable)`
    select from pg_class where oid = ${table}::text::regclass
      and (select count(*) from ${ident(table)}) > 2 * greatest(reltuples, 0)`;
}

async function ensureIndex(
  database: Database,
  table: string,
  kind: VectorIndex,
  { watch, patience }: BuildOptions,
): Promise<boolean> {
  // Asked first: a run that finds it opens no transaction.
  const missing = await missingIndex(database, database, table, kind);
  if (missing === undefined) return false;
  if (missing.broken.length > 0) await dropBroken(database, table, kind, patience);
  const make = async (tx: Queryable) => {
    const again = await missingIndex(database, tx, table, kind);
    if (again === undefined) return false;
    using _ = await watched(database, tx, { table, name: kind.label, watch });
    await createNamed(tx, table, kind.column, constant(kind.definition(again.dimensions)));
    return true;
  };
  return buildIndex(database, table, make, (reason) => watch?.warned(reason)).catch(async (error: unknown) => {
    // A reader has built it at the same time.
    const isThere =
      stateOf(error) === NAME_TAKEN && (await missingIndex(database, database, table, kind)) === undefined;
    if (isThere) return false;
    throw error;
  });
}

/** Drops the index that a run makes anew at its end, and none that is tuned: for who has the table to himself and writes all of its rows. */
export async function dropVectorIndex(tx: Queryable, table: string): Promise<void> {
  await executeRows(tx)`
    select format('drop index %s', i.indexrelid::regclass) as statement
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am m on m.oid = c.relam
    where i.indrelid = ${table}::text::regclass and m.amname = 'hnsw' and i.indpred is null
      and c.reloptions = array['m=16', 'ef_construction=64']`;
}

/** On its own: whoever drops an index has the table to himself, and a build takes minutes. */
async function dropBroken(
  database: Database,
  table: string,
  kind: VectorIndex,
  patience: LockPatience | undefined,
): Promise<void> {
  await database.begin(async (tx) => {
    await lockForTransaction(tx, "index");
    const { description } = database;
    await takeExclusive(tx, [table], { patience, description, hint: "end what reads the table, then run again" });
    for (const index of (await missingIndex(database, tx, table, kind))?.broken ?? [])
      await tx.query(sql`drop index ${constant(index)}`);
  });
}

/** What the index is to be built on; undefined when it is there, cannot be, would be empty, or would be asked by nobody. */
async function missingIndex(
  { hasOtherReaders }: Pick<Database, "hasOtherReaders">,
  queryable: Queryable,
  table: string,
  { isIt, isPossible, isAsked }: VectorIndex,
) {
  const isWanted = hasOtherReaders ? sql`exists (select from ${ident(table)})` : isAsked(table, "a");
  const [missing] = await allRows(queryable, missingShape)`
    select a.atttypmod as dimensions,
      coalesce(array_agg(i.indexrelid::regclass::text) filter (where not i.indisvalid), '{}') as broken
    from pg_attribute a left join pg_index i on ${isIt("i", "a")}
    where a.attrelid = ${table}::text::regclass and a.attname = 'embedding'
      and ${isPossible("a")} and ${isWanted}
    group by a.atttypmod having not coalesce(bool_or(i.indisvalid), false)`;
  return missing;
}

/** For people: the indexes on vectors that the next run builds, or builds anew. */
export async function lackingVectorIndexes(
  database: Pick<Database, "hasOtherReaders">,
  queryable: Queryable,
  table: string,
): Promise<readonly string[]> {
  const lacking: string[] = [];
  for (const kind of [LIST, GRAPH])
    if ((await missingIndex(database, queryable, table, kind)) !== undefined) lacking.push(kind.label);
  return lacking;
}

/** The indexes on vectors that a table has; and from how many rows on it gets its first one, where it waits for them. */
export async function readVectorIndexes(
  queryable: Queryable,
  table: string,
  { hasOtherReaders }: Pick<Database, "hasOtherReaders">,
) {
  const { dimensions, hnsw, list, indexable, listable } = await oneRow(queryable, kindsShape)`
    select a.atttypmod as dimensions, ${isIndexable("a")} as indexable, ${isListable("a")} as listable,
      exists (select from pg_index i where i.indisvalid and ${isVectorIndex("i", "a")}) as hnsw,
      exists (select from pg_index i where i.indisvalid and ${isListIndex("i", "a")}) as list
    from pg_attribute a where a.attrelid = ${table}::text::regclass and a.attname = 'embedding'`;
  const lookedAt = rowsOf(listable ? FEW_NUMBERS_MAX : UNLISTED_NUMBERS_MAX, dimensions);
  const waits = !hasOtherReaders && !hnsw && !list && indexable;
  return { hnsw, list, fromRows: waits ? lookedAt + 1 : null };
}

/** Why the vectors of a table can have no index; undefined when they can. */
export async function whyUnindexed(queryable: Queryable, table: string): Promise<string | undefined> {
  const { dimensions, version, indexable } = await oneRow(queryable, columnShape)`
    select a.atttypmod as dimensions, e.extversion as version, ${isIndexable("a")} as indexable
    from pg_attribute a cross join pg_extension e
    where a.attrelid = ${table}::text::regclass and a.attname = 'embedding' and e.extname = 'vector'`;
  if (indexable) return undefined;
  const why =
    dimensions > HALFVEC_DIMENSIONS_MAX
      ? `longer than the ${count(HALFVEC_DIMENSIONS_MAX)} that pgvector can index`
      : `longer than the ${count(VECTOR_DIMENSIONS_MAX)} that pgvector ${version} can index (from 0.7 on: ${count(HALFVEC_DIMENSIONS_MAX)})`;
  return `vectors of ${count(dimensions)} dimensions are ${why}: a search looks at every one of them`;
}

/** How the index sees the column, and by which operators it compares. */
export function indexedAs(dimensions: number) {
  return dimensions <= VECTOR_DIMENSIONS_MAX
    ? { type: "vector", key: "embedding", operators: "vector_cosine_ops" }
    : { type: `halfvec(${dimensions})`, key: `(embedding::halfvec(${dimensions}))`, operators: "halfvec_cosine_ops" };
}

/** Whether `pg_index` has in `index` the index on vectors that search wants for the column `pg_attribute` has in `column`. */
export function isVectorIndex(index: string, column: string): Statement {
  const [i, a] = [constant(index), constant(column)];
  return sql`(
    ${i}.indrelid = ${a}.attrelid and ${i}.indpred is null and exists (
      select from pg_class x join pg_am m on m.oid = x.relam join pg_opclass o on o.oid = ${i}.indclass[0]
      where x.oid = ${i}.indexrelid and m.amname = 'hnsw' and case when ${a}.atttypmod <= ${integer(VECTOR_DIMENSIONS_MAX)}
        then o.opcname = 'vector_cosine_ops' and ${i}.indkey[0] = ${a}.attnum
        else o.opcname = 'halfvec_cosine_ops' and pg_get_expr(${i}.indexprs, ${i}.indrelid)
          ~ ('^[(]embedding[)]::(.*[.])?halfvec[(]' || ${a}.atttypmod || '[)]$') end))`;
}

/** Whether it is the list of halves. */
export function isListIndex(index: string, column: string): Statement {
  const [i, a] = [constant(index), constant(column)];
  return sql`(
    ${i}.indrelid = ${a}.attrelid and ${i}.indpred is null and exists (
      select from pg_class x join pg_am m on m.oid = x.relam join pg_opclass o on o.oid = ${i}.indclass[0]
      where x.oid = ${i}.indexrelid and m.amname = 'ivfflat' and o.opcname = 'halfvec_cosine_ops' and 'lists=1' = any (x.reloptions)
        and pg_get_expr(${i}.indexprs, ${i}.indrelid) ~ ('^[(]embedding[)]::(.*[.])?halfvec[(]' || ${a}.atttypmod || '[)]$')))`;
}

function isIndexable(column: string): Statement {
  return sql`(${constant(column)}.atttypmod <= ${integer(VECTOR_DIMENSIONS_MAX)}
    or ${constant(column)}.atttypmod <= ${integer(HALFVEC_DIMENSIONS_MAX)} and ${hasHalfvec()})`;
}

function isListable(column: string): Statement {
  return sql`(${constant(column)}.atttypmod <= ${integer(VECTOR_DIMENSIONS_MAX)} and ${hasHalfvec()})`;
}

/** pgvector has it since 0.7, wherever it is installed. */
function hasHalfvec(): Statement {
  return sql`exists (
    select from pg_extension e join pg_type t on t.typnamespace = e.extnamespace
    where e.extname = 'vector' and t.typname = 'halfvec')`;
}
