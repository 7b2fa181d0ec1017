import { z } from "zod";
import type { Database, Queryable } from "../driver/database.ts";
import { sqlStateOf } from "../driver/classify.ts";
import { allRows, oneRow } from "../driver/rows.ts";
import { ident, integer, sql } from "../driver/sql.ts";
import { lockForTransaction } from "../driver/transaction-locks.ts";
import type { IndexWatch } from "../store.ts";
import { VECTOR_DIMENSIONS_MAX } from "./search-bounds.ts";

/** What a row takes in the graph besides its vector, for m = 16; with what PostgreSQL's allocations lose of it. */
const GRAPH_BYTES_A_ROW = 1_024;
const GRAPH_ROUNDING = 1.2;
/** The build of a list makes room for so many vectors, few as there may be, and fails without; beside the numbers of each. */
const LIST_SAMPLES = 10_000;
const LIST_BYTES_A_SAMPLE = 24;
/** Of fewer numbers (10,000 vectors of 384) a graph is made in seconds, by one process or by several. */
const LARGE_NUMBERS_MIN = 4_000_000;
/** PostgreSQL gives a build no process that would have less. */
const MEGABYTES_A_PROCESS_MIN = 32;
const DISK_FULL = "53100";

const settingsShape = z.object({
  rows: z.int(),
  dimensions: z.int(),
  version: z.string(),
  /** `maintenance_work_mem`. */
  megabytes: z.int(),
  /** `max_parallel_maintenance_workers`, and whether somebody has said so. */
  workers: z.int(),
  chosen: z.boolean(),
  /** `max_parallel_workers`. */
  workersMax: z.int(),
});
const rowsShape = z.object({ rows: z.int() });
const versionShape = z.object({ version: z.string() });

/** What a server says of itself, and of a table whose vectors get an index. */
export type BuildSettings = z.infer<typeof settingsShape>;

/** What the build of an index is given. */
type BuildPlan = {
  readonly megabytes: number;
  /** Beside the process that builds. */
  readonly workers: number;
  /** As many as that, however few blocks the table has: its vectors are stored beside it, and not counted. */
  readonly whateverBlocks: boolean;
  /** Why there are none; undefined when there are, or would be none in any case. */
  readonly whySerial: string | undefined;
};

/**
 * Builds an index with the memory and the processes it needs; runs take turns, and `make` says whether another one has
 * built it while we waited for ours.
 */
export async function buildIndex(
  database: Database,
  table: string,
  make: (tx: Queryable) => Promise<boolean>,
  warned: (reason: string) => void = () => {},
): Promise<boolean> {
  let workers = 0;
  const build = (limits: { readonly serial: boolean }) =>
    database.begin(async (tx) => {
      await lockForTransaction(tx, "index");
      const plan = await prepareBuild(tx, table, { ...limits, megabytesMax: database.indexMemoryMbMax });
      workers = plan.workers;
      if (plan.whySerial !== undefined) warned(plan.whySerial);
      return make(tx);
    });
  try {
    return await build({ serial: false });
  } catch (error) {
    // A parallel build takes its memory from /dev/shm, of which a container has 64 MB; a serial one does not.
    if (stateOf(error) !== DISK_FULL) throw error;
    const isBuilt = await build({ serial: true });
    if (isBuilt && workers > 0) warned(sharedMemoryFull(workers));
    return isBuilt;
  }
}

function sharedMemoryFull(workers: number): string {
  return (
    `the vector index was built by one process: the server's shared memory, /dev/shm, has no room for ${workers + 1} of them; ` +
    "a container has more with --shm-size 2g (in Kubernetes: a volume in memory, mounted at /dev/shm)"
  );
}

export function stateOf(error: unknown): string | undefined {
  return sqlStateOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
}

/** Settings for the rest of the transaction. */
async function prepareBuild(
  tx: Queryable,
  table: string,
  { serial, megabytesMax }: { readonly serial: boolean; readonly megabytesMax: number },
): Promise<BuildPlan> {
  const settings = await oneRow(tx, settingsShape)`
    select (select count(*)::int from ${ident(table)}) as rows, e.extversion as version,
      coalesce((select atttypmod from pg_attribute where attrelid = ${table}::text::regclass and attname = 'embedding'), 0) as dimensions,
      (pg_size_bytes(current_setting('maintenance_work_mem')) / 2 ^ 20)::int as megabytes,
      s.setting::int as workers, s.source <> 'default' as chosen,
      current_setting('max_parallel_workers')::int as "workersMax"
    from pg_settings s cross join pg_extension e
    where s.name = 'max_parallel_maintenance_workers' and e.extname = 'vector'`;
  const plan = planBuild(settings, { megabytesMax });
  const workers = serial ? 0 : plan.workers;
  await tx.query(sql`
    select set_config('max_parallel_maintenance_workers', ${String(workers)}::text, true),
      set_config('maintenance_work_mem', ${`${plan.megabytes}MB`}::text, true),
      set_config('min_parallel_table_scan_size', case when ${plan.whateverBlocks && workers > 0}::boolean then '0'
        else current_setting('min_parallel_table_scan_size') end, true)`);
  return plan;
}

/**
 * Memory for the whole graph, without which a build is several times slower, and no more; processes as the server allows:
 * the number that somebody has set, else half of those that PostgreSQL has for all queries, for others want to go on.
 */
export function planBuild(
  { rows, dimensions, version, megabytes, workers, chosen, workersMax }: BuildSettings,
  { megabytesMax }: { readonly megabytesMax: number },
): BuildPlan {
  const isLarge = rows * dimensions >= LARGE_NUMBERS_MIN;
  const wanted = isLarge && !chosen ? Math.max(workers, Math.floor(workersMax / 2)) : workers;
  const isForbidden = hasParallelBuildBug(version);
  const allowed = isForbidden ? 0 : wanted;
  const graph = (rows * GRAPH_ROUNDING * (vectorBytes(dimensions) + GRAPH_BYTES_A_ROW)) / 2 ** 20;
  const list = dimensions > VECTOR_DIMENSIONS_MAX ? 0 : LIST_SAMPLES * (2 * dimensions + LIST_BYTES_A_SAMPLE);
  const shared = isLarge && allowed > 0 ? MEGABYTES_A_PROCESS_MIN * (allowed + 1) : 0;
  return {
    megabytes: Math.max(megabytes, Math.min(Math.ceil(Math.max(graph, shared, list / 2 ** 20)), megabytesMax)),
    workers: allowed,
    whateverBlocks: isLarge,
    whySerial:
      isForbidden && isLarge && wanted > 0
        ? `the vector index is built by one process: parallel builds of pgvector ${version} can write outside their memory ` +
          `(CVE-2026-3172). With pgvector 0.8.2 or newer on the server, and ALTER EXTENSION vector UPDATE, up to ${wanted + 1} processes would share the work`
        : undefined,
  };
}

/** In the index: of whole numbers, or of halves. */
function vectorBytes(dimensions: number): number {
  return dimensions <= VECTOR_DIMENSIONS_MAX ? 4 * dimensions : 2 * dimensions;
}

/** CVE-2026-3172: parallel HNSW builds of pgvector 0.6.0 to 0.8.1 write outside their memory. */
export function hasParallelBuildBug(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  return major === 0 && (minor === 6 || minor === 7 || (minor === 8 && patch <= 1));
}

/** For statements that build indexes within other work. */
export async function avoidParallelBuildBug(tx: Queryable): Promise<void> {
  const [extension] = await allRows(tx, versionShape)`
    select extversion as version from pg_extension where extname = 'vector'`;
  if (hasParallelBuildBug(extension?.version ?? ""))
    await tx.query(sql`set local max_parallel_maintenance_workers = ${integer(0)}`);
}

/** Tells of several builds as one, which they are for whoever waits. */
export function asOneBuild(watch: IndexWatch | undefined): (IndexWatch & Disposable) | undefined {
  if (watch === undefined) return undefined;
  let isBegun = false;
  const warnings = new Set<string>();
  return {
    begun(rows) {
      if (!isBegun) watch.begun(rows);
      isBegun = true;
    },
    goesOn: (share, step) => watch.goesOn(share, step),
    warned(reason) {
      if (!warnings.has(reason)) watch.warned(reason);
      warnings.add(reason);
    },
    ended() {},
    [Symbol.dispose]() {
      if (isBegun) watch.ended();
    },
  };
}

/** Tells of the build of what people know as `name` until it is disposed. */
export async function watched(
  database: Database,
  tx: Queryable,
  { table, name, watch }: { readonly table: string; readonly name: string; readonly watch: IndexWatch | undefined },
): Promise<Disposable> {
  if (watch === undefined) return { [Symbol.dispose]() {} };
  const { rows } = await oneRow(tx, rowsShape)`select count(*)::int as rows from ${ident(table)}`;
  const stopWatching = database.watchIndexBuild(table, (share, phase) =>
    watch.goesOn(share, [name, phase].filter((part) => part !== "").join(", ")),
  );
  watch.begun(rows);
  return {
    [Symbol.dispose]() {
      stopWatching();
      watch.ended();
    },
  };
}
