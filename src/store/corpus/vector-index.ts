import { z } from "zod";
import { sqlStateOf } from "../driver/classify.ts";
import { count } from "../../text/words.ts";
import type { Database, Queryable, Statement } from "../driver/database.ts";
import { allRows, executeRows, oneRow } from "../driver/rows.ts";
import { columns, constant, ident, integer, sql } from "../driver/sql.ts";
import { lockForTransaction } from "../driver/transaction-locks.ts";
import type { IndexWatch } from "../store.ts";
import { CHUNK_COLUMNS, type ChunkColumn, VECTOR_INDEX } from "./chunk-columns.ts";
import { type LockPatience, takeExclusive } from "./exclusive-lock.ts";
import { createNamed } from "./tables.ts";

/** pgvector's HNSW indexes a `vector` up to here, and a column as `halfvec` up to there; beyond that search is exact. */
export const VECTOR_DIMENSIONS_MAX = 2_000;
const HALFVEC_DIMENSIONS_MAX = 4_000;
/** Of its graph: links of a row, and how many rows are looked at to find them. */
const GRAPH_LINKS = 16;
const GRAPH_CANDIDATES = 64;
/** What a row takes in the graph besides its vector, for m = 16. */
const GRAPH_BYTES_A_ROW = 1_024;
/** Columns that searches ask for; of vectors there is nothing to know, and much to read. */
const PLANNED_BY = CHUNK_COLUMNS.filter(({ role }) => role !== "embedding").map(({ name }) => name);
const DISK_FULL = "53100";
/** By what is committed while we wait for it: a unique index of the catalog. */
const NAME_TAKEN = "23505";

const versionShape = z.object({ version: z.string() });
const rowsShape = z.object({ rows: z.int() });
const missingShape = z.object({
  dimensions: z.int(),
  /** Indexes that a failed CREATE INDEX CONCURRENTLY left, quoted. */
  broken: z.array(z.string()),
});
const columnShape = z.object({ dimensions: z.int(), version: z.string(), indexable: z.boolean() });

type VectorIndex = {
  /** What it is named after. */
  readonly column: Pick<ChunkColumn, "name" | "readersIndex">;
  readonly definition: (dimensions: number) => string;
  /** Whether `pg_index` has it in `index`, for the column that `pg_attribute` has in `column`. */
  readonly isIt: (index: string, column: string) => Statement;
  readonly isPossible: (column: string) => Statement;
};

/** HNSW: for readers, and for more vectors than can all be looked at. */
const GRAPH: VectorIndex = {
  column: { name: "embedding", readersIndex: VECTOR_INDEX },
  definition(dimensions) {
    const { key, operators } = indexedAs(dimensions);
    return `hnsw (${key} ${operators}) with (m = ${GRAPH_LINKS}, ef_construction = ${GRAPH_CANDIDATES})`;
  },
  isIt: isVectorIndex,
  isPossible: isIndexable,
};

/** One list of all vectors as halves, closely packed: to look at each of them there takes a third of the time. */
const LIST: VectorIndex = {
  column: { name: "embedding_list" },
  definition: (dimensions) => `ivfflat ((embedding::halfvec(${dimensions})) halfvec_cosine_ops) with (lists = 1)`,
  isIt: isListIndex,
  isPossible: (column) => sql`(${constant(column)}.atttypmod <= ${integer(VECTOR_DIMENSIONS_MAX)} and ${hasHalfvec()})`,
};

type BuildOptions = { readonly watch?: IndexWatch | undefined; readonly patience?: LockPatience | undefined };

/** Builds those indexes on vectors of which the table, if it has rows, has no valid one. True when one was built. */
export async function ensureVectorIndex(
  database: Database,
  table: string,
  options: BuildOptions = {},
): Promise<boolean> {
  using watch = asOneBuild(options.watch);
  const graph = await ensureIndex(database, table, GRAPH, { ...options, watch });
  return (await ensureIndex(database, table, LIST, { ...options, watch })) || graph;
}

/** Tells of several builds as one, which they are for whoever waits. */
export function asOneBuild(watch: IndexWatch | undefined): (IndexWatch & Disposable) | undefined {
  if (watch === undefined) return undefined;
  let isBegun = false;
  return {
    begun(rows) {
      if (!isBegun) watch.begun(rows);
      isBegun = true;
    },
    goesOn: (share) => watch.goesOn(share),
    ended() {},
    [Symbol.dispose]() {
      if (isBegun) watch.ended();
    },
  };
}

async function ensureIndex(
  database: Database,
  table: string,
  kind: VectorIndex,
  { watch, patience }: BuildOptions,
): Promise<boolean> {
  // Asked first: a run that finds it opens no transaction.
  const missing = await missingIndex(database, table, kind);
  if (missing === undefined) return false;
  if (missing.broken.length > 0) await dropBroken(database, table, kind, patience);
  const build = buildIndex(database, table, async (tx) => {
    const again = await missingIndex(tx, table, kind);
    if (again === undefined) return false;
    using _ = await watched(database, tx, table, watch);
    await createNamed(tx, table, kind.column, constant(kind.definition(again.dimensions)));
    // Searches are planned by what is known of a load: a server learns it minutes later, the embedded database never.
    await tx.query(sql`analyze ${ident(table)} (${columns(PLANNED_BY)})`);
    return true;
  });
  return build.catch(async (error: unknown) => {
    // A reader has built it at the same time.
    if (stateOf(error) === NAME_TAKEN && (await missingIndex(database, table, kind)) === undefined) return false;
    throw error;
  });
}

/**
 * Builds an index with the memory it needs; runs take turns, and `make` says whether another one has built it while we
 * waited for ours.
 */
export async function buildIndex(
  database: Database,
  table: string,
  make: (tx: Queryable) => Promise<boolean>,
): Promise<boolean> {
  const build = (prepare: (tx: Queryable) => Promise<unknown>) =>
    database.begin(async (tx) => {
      await lockForTransaction(tx, "index");
      await prepare(tx);
      await raiseMemory(tx, table, database.indexMemoryMbMax);
      return make(tx);
    });
  try {
    return await build(avoidParallelBuildBug);
  } catch (error) {
    // A parallel build takes its memory from /dev/shm, of which a container has 64 MB; a serial one does not.
    if (stateOf(error) !== DISK_FULL) throw error;
    return build((tx) => tx.query(sql`set local max_parallel_maintenance_workers = 0`));
  }
}

function stateOf(error: unknown): string | undefined {
  return sqlStateOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
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
    for (const index of (await missingIndex(tx, table, kind))?.broken ?? [])
      await tx.query(sql`drop index ${constant(index)}`);
  });
}

/** CVE-2026-3172: parallel HNSW builds of pgvector 0.6.0 to 0.8.1 write outside their memory. */
export async function avoidParallelBuildBug(tx: Queryable): Promise<void> {
  const [extension] = await allRows(tx, versionShape)`
    select extversion as version from pg_extension where extname = 'vector'`;
  const [major = 0, minor = 0, patch = 0] = (extension?.version ?? "").split(".").map(Number);
  const affected = major === 0 && (minor === 6 || minor === 7 || (minor === 8 && patch <= 1));
  if (affected) await tx.query(sql`set local max_parallel_maintenance_workers = 0`);
}

/** What the index is to be built on; undefined when it is there, cannot be, or would be empty. */
async function missingIndex(queryable: Queryable, table: string, { isIt, isPossible }: VectorIndex) {
  const [missing] = await allRows(queryable, missingShape)`
    select a.atttypmod as dimensions,
      coalesce(array_agg(i.indexrelid::regclass::text) filter (where not i.indisvalid), '{}') as broken
    from pg_attribute a left join pg_index i on ${isIt("i", "a")}
    where a.attrelid = ${table}::text::regclass and a.attname = 'embedding'
      and ${isPossible("a")} and exists (select from ${ident(table)})
    group by a.atttypmod having not coalesce(bool_or(i.indisvalid), false)`;
  return missing;
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

/** pgvector has it since 0.7, wherever it is installed. */
function hasHalfvec(): Statement {
  return sql`exists (
    select from pg_extension e join pg_type t on t.typnamespace = e.extnamespace
    where e.extname = 'vector' and t.typname = 'halfvec')`;
}

/** Tells of a build until it is disposed. */
export async function watched(
  database: Database,
  tx: Queryable,
  table: string,
  watch: IndexWatch | undefined,
): Promise<Disposable> {
  if (watch === undefined) return { [Symbol.dispose]() {} };
  const { rows } = await oneRow(tx, rowsShape)`select count(*)::int as rows from ${ident(table)}`;
  const stopWatching = database.watchIndexBuild(table, (share) => watch.goesOn(share));
  watch.begun(rows);
  return {
    [Symbol.dispose]() {
      stopWatching();
      watch.ended();
    },
  };
}

/** The build is several times faster while the graph fits into memory; more than it needs is not taken. */
async function raiseMemory(tx: Queryable, table: string, megabytesMax: number): Promise<void> {
  await tx.query(sql`
    select set_config('maintenance_work_mem', needed.megabytes || 'MB', true)
    from (
      select least(coalesce(ceil(count(*) * 1.2 * (
        case when max(a.atttypmod) <= ${integer(VECTOR_DIMENSIONS_MAX)} then 4 else 2 end * max(a.atttypmod)
        + ${integer(GRAPH_BYTES_A_ROW)}) / 2.0 ^ 20), 0),
        ${integer(megabytesMax)})::int as megabytes
      from ${ident(table)} c cross join pg_attribute a
      where a.attrelid = ${table}::text::regclass and a.attname = 'embedding') needed
    where pg_size_bytes(current_setting('maintenance_work_mem')) < needed.megabytes * 2 ^ 20`);
}
