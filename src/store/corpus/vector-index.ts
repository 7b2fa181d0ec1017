import { z } from "zod";
import { sqlStateOf } from "../driver/classify.ts";
import type { Database, Queryable } from "../driver/database.ts";
import { allRows, oneRow } from "../driver/rows.ts";
import { constant, ident, integer, sql } from "../driver/sql.ts";
import { lockForTransaction } from "../driver/transaction-locks.ts";
import type { IndexWatch } from "../store.ts";

/** pgvector's HNSW cannot index a longer `vector`; search is exact then. */
const INDEXED_DIMENSIONS_MAX = 2_000;
/** What a row takes in the graph besides its vector, for m = 16. */
const GRAPH_BYTES_A_ROW = 1_024;
const DISK_FULL = "53100";

const versionShape = z.object({ version: z.string() });
const rowsShape = z.object({ rows: z.int() });
const missingShape = z.object({
  dimensions: z.int(),
  /** Indexes that a failed CREATE INDEX CONCURRENTLY left, quoted. */
  broken: z.array(z.string()),
});

/** Builds the HNSW index when the table has rows and no valid one. True when it was built. */
export async function ensureVectorIndex(database: Database, table: string, watch?: IndexWatch): Promise<boolean> {
  // Asked first: a run that finds it opens no transaction.
  if ((await missingIndex(database, table)) === undefined) return false;
  try {
    return await build(database, table, { watch });
  } catch (error) {
    // A parallel build takes its memory from /dev/shm, of which a container has 64 MB; a serial one does not.
    if (sqlStateOf(error instanceof Error && error.cause !== undefined ? error.cause : error) !== DISK_FULL)
      throw error;
    return build(database, table, { watch, serial: true });
  }
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
    select a.atttypmod as dimensions,
      coalesce(array_agg(c.indexrelid::regclass::text) filter (where not c.indisvalid), '{}') as broken
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

/** False when another run has built it while we waited for our turn. */
function build(
  database: Database,
  table: string,
  { watch, serial = false }: { readonly watch: IndexWatch | undefined; readonly serial?: boolean },
): Promise<boolean> {
  return database.begin(async (tx) => {
    await lockForTransaction(tx, "index");
    const missing = await missingIndex(tx, table);
    if (missing === undefined) return false;
    if (serial) await tx.query(sql`set local max_parallel_maintenance_workers = 0`);
    else await avoidParallelBuildBug(tx);
    await raiseMemory(tx, table, missing.dimensions, database.indexMemoryMbMax);
    for (const index of missing.broken) await tx.query(sql`drop index ${constant(index)}`);
    const { rows } = await oneRow(tx, rowsShape)`select count(*)::int as rows from ${ident(table)}`;
    using _ = watched(database, table, rows, watch);
    await tx.query(sql`
      create index ${ident(`${table}_embedding_idx`)} on ${ident(table)}
      using hnsw (embedding vector_cosine_ops) with (m = 16, ef_construction = 64)`);
    return true;
  });
}

/** Tells of a build until it is disposed. */
function watched(database: Database, table: string, rows: number, watch: IndexWatch | undefined): Disposable {
  if (watch === undefined) return { [Symbol.dispose]() {} };
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
async function raiseMemory(tx: Queryable, table: string, dimensions: number, megabytesMax: number): Promise<void> {
  const bytesARow = integer(Math.ceil((4 * dimensions + GRAPH_BYTES_A_ROW) * 1.2));
  await tx.query(sql`
    select set_config('maintenance_work_mem', needed.megabytes || 'MB', true)
    from (
      select least(ceil(count(*) * ${bytesARow} / 2.0 ^ 20), ${integer(megabytesMax)})::int as megabytes
      from ${ident(table)}) needed
    where pg_size_bytes(current_setting('maintenance_work_mem')) < needed.megabytes * 2 ^ 20`);
}
