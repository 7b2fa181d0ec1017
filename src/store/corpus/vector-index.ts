import { z } from "zod";
import { sqlStateOf } from "../driver/classify.ts";
import type { Database, Queryable } from "../driver/database.ts";
import { allRows, oneRow } from "../driver/rows.ts";
import { constant, ident, integer, sql } from "../driver/sql.ts";
import { lockForTransaction } from "../driver/transaction-locks.ts";

/** pgvector's HNSW cannot index a longer `vector`; search is exact then. */
const INDEXED_DIMENSIONS_MAX = 2_000;
/** What a row takes in the graph besides its vector, for m = 16. */
const GRAPH_BYTES_A_ROW = 1_024;
const MEGABYTE = 2 ** 20;
const DISK_FULL = "53100";

const versionShape = z.object({ version: z.string() });
const countShape = z.object({ count: z.int() });
const stateShape = z.object({
  dimensions: z.int(),
  filled: z.boolean(),
  indexed: z.boolean(),
  /** Indexes that a failed CREATE INDEX CONCURRENTLY left, quoted. */
  broken: z.array(z.string()),
});
type IndexState = z.infer<typeof stateShape>;

/** Builds the HNSW index when the table has rows and no valid one. True when it was built. */
export async function ensureVectorIndex(database: Database, table: string): Promise<boolean> {
  // Asked first: a run that finds it opens no transaction.
  if (!isWanted(await stateOf(database, table))) return false;
  try {
    return await build(database, table, {});
  } catch (error) {
    // A parallel build takes its memory from /dev/shm, of which a container has 64 MB; a serial one does not.
    if (sqlStateOf(error instanceof Error && error.cause !== undefined ? error.cause : error) !== DISK_FULL)
      throw error;
    return build(database, table, { serial: true });
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

async function stateOf(queryable: Queryable, table: string): Promise<IndexState | undefined> {
  const [state] = await allRows(queryable, stateShape)`
    select a.atttypmod as dimensions, exists (select from ${ident(table)}) as filled,
      coalesce(bool_or(c.indisvalid), false) as indexed,
      coalesce(array_agg(c.indexrelid::regclass::text) filter (where not c.indisvalid), '{}') as broken
    from pg_attribute a left join lateral (
      select i.indisvalid, i.indexrelid from pg_index i
      join pg_class x on x.oid = i.indexrelid
      join pg_am m on m.oid = x.relam
      join pg_opclass o on o.oid = i.indclass[0]
      where i.indrelid = a.attrelid and m.amname = 'hnsw' and o.opcname = 'vector_cosine_ops' and i.indpred is null) c on true
    where a.attrelid = ${table}::text::regclass and a.attname = 'embedding'
    group by a.atttypmod`;
  return state;
}

function isWanted(state: IndexState | undefined): state is IndexState {
  return state !== undefined && !state.indexed && state.filled && state.dimensions <= INDEXED_DIMENSIONS_MAX;
}

/** False when another run has built it while we waited for our turn. */
function build(database: Database, table: string, { serial = false }: { readonly serial?: boolean }): Promise<boolean> {
  return database.begin(async (tx) => {
    await lockForTransaction(tx, "index");
    const state = await stateOf(tx, table);
    if (!isWanted(state)) return false;
    const { dimensions, broken } = state;
    if (serial) await tx.query(sql`set local max_parallel_maintenance_workers = 0`);
    else await avoidParallelBuildBug(tx);
    await raiseMemory(tx, table, dimensions, database.indexMemoryMbMax);
    for (const index of broken) await tx.query(sql`drop index ${constant(index)}`);
    await tx.query(sql`
      create index ${ident(`${table}_embedding_idx`)} on ${ident(table)}
      using hnsw (embedding vector_cosine_ops) with (m = 16, ef_construction = 64)`);
    return true;
  });
}

/** The build is several times faster while the graph fits into memory; more than it needs is not taken. */
async function raiseMemory(tx: Queryable, table: string, dimensions: number, megabytesMax: number): Promise<void> {
  const { count } = await oneRow(tx, countShape)`select count(*)::int as count from ${ident(table)}`;
  const needed = Math.ceil((count * (4 * dimensions + GRAPH_BYTES_A_ROW) * 1.2) / MEGABYTE);
  const megabytes = integer(Math.min(needed, megabytesMax));
  await tx.query(sql`
    select set_config('maintenance_work_mem', '${megabytes}MB', true)
    where pg_size_bytes(current_setting('maintenance_work_mem')) < ${megabytes} * ${integer(MEGABYTE)}::bigint`);
}
