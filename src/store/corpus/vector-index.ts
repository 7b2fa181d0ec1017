import { z } from "zod";
import { sqlStateOf } from "../driver/classify.ts";
import type { Database, Queryable } from "../driver/database.ts";
import { allRows, executeRows, oneRow } from "../driver/rows.ts";
import { constant, ident, integer, sql } from "../driver/sql.ts";
import { lockForTransaction } from "../driver/transaction-locks.ts";
import type { IndexWatch } from "../store.ts";
import { VECTOR_INDEX } from "./chunk-columns.ts";
import { type LockPatience, takeExclusive } from "./exclusive-lock.ts";
import { createNamed } from "./tables.ts";

/** pgvector's HNSW cannot index a longer `vector`; search is exact then. */
export const INDEXED_DIMENSIONS_MAX = 2_000;
/** What a row takes in the graph besides its vector, for m = 16. */
const GRAPH_BYTES_A_ROW = 1_024;
const EMBEDDING = { name: "embedding", readersIndex: VECTOR_INDEX };
const DISK_FULL = "53100";
/** By what is committed while we wait for it: a unique index of the catalog. */
const NAME_TAKEN = "23505";

const versionShape = z.object({ version: z.string() });
const rowsShape = z.object({ rows: z.int() });
const missingShape = z.object({
  /** Indexes that a failed CREATE INDEX CONCURRENTLY left, quoted. */
  broken: z.array(z.string()),
});

/** Builds the HNSW index when the table has rows and no valid one. True when it was built. */
export async function ensureVectorIndex(
  database: Database,
  table: string,
  { watch, patience }: { readonly watch?: IndexWatch | undefined; readonly patience?: LockPatience | undefined } = {},
): Promise<boolean> {
  // Asked first: a run that finds it opens no transaction.
  const missing = await missingIndex(database, table);
  if (missing === undefined) return false;
  if (missing.broken.length > 0) await dropBroken(database, table, patience);
  const build = buildIndex(database, table, async (tx) => {
    if ((await missingIndex(tx, table)) === undefined) return false;
    using _ = await watched(database, tx, table, watch);
    const definition = constant("hnsw (embedding vector_cosine_ops) with (m = 16, ef_construction = 64)");
    await createNamed(tx, table, EMBEDDING, definition);
    return true;
  });
  return build.catch(async (error: unknown) => {
    // A reader has built it at the same time.
    if (stateOf(error) === NAME_TAKEN && (await missingIndex(database, table)) === undefined) return false;
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
async function dropBroken(database: Database, table: string, patience: LockPatience | undefined): Promise<void> {
  await database.begin(async (tx) => {
    await lockForTransaction(tx, "index");
    const { description } = database;
    await takeExclusive(tx, [table], { patience, description, hint: "end what reads the table, then run again" });
    for (const index of (await missingIndex(tx, table))?.broken ?? [])
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
async function missingIndex(queryable: Queryable, table: string) {
  const [missing] = await allRows(queryable, missingShape)`
    select coalesce(array_agg(c.indexrelid::regclass::text) filter (where not c.indisvalid), '{}') as broken
    from pg_attribute a left join lateral (
      select i.indisvalid, i.indexrelid from pg_index i
      join pg_class x on x.oid = i.indexrelid
      join pg_am m on m.oid = x.relam
      join pg_opclass o on o.oid = i.indclass[0]
      where i.indrelid = a.attrelid and m.amname = 'hnsw' and o.opcname = 'vector_cosine_ops' and i.indpred is null) c on true
    where a.attrelid = ${table}::text::regclass and a.attname = 'embedding'
      and a.atttypmod <= ${integer(INDEXED_DIMENSIONS_MAX)} and exists (select from ${ident(table)})
    group by a.atttypmod having not coalesce(bool_or(c.indisvalid), false)`;
  return missing;
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
      select least(coalesce(ceil(count(*) * 1.2 * (4 * max(a.atttypmod) + ${integer(GRAPH_BYTES_A_ROW)}) / 2.0 ^ 20), 0),
        ${integer(megabytesMax)})::int as megabytes
      from ${ident(table)} c cross join pg_attribute a
      where a.attrelid = ${table}::text::regclass and a.attname = 'embedding') needed
    where pg_size_bytes(current_setting('maintenance_work_mem')) < needed.megabytes * 2 ^ 20`);
}
