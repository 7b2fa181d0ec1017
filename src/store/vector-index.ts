import type { Database } from "./database.ts";
import { ident, sql } from "./sql.ts";

/** pgvector's HNSW cannot index a longer `vector`; search is exact then. */
const INDEXED_DIMENSIONS_MAX = 2_000;

/** Builds the HNSW index when the table has rows and no valid one. True when it was built. */
export async function ensureVectorIndex(database: Database, table: string): Promise<boolean> {
  const [state] = await database.query<{ dimensions: number; indexed: boolean; filled: boolean; version: string }>(sql`
    select a.atttypmod as dimensions,
      exists (select from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am m on m.oid = c.relam
        where i.indrelid = a.attrelid and m.amname = 'hnsw' and i.indisvalid) as indexed,
      exists (select from ${ident(table)}) as filled,
      (select extversion from pg_extension where extname = 'vector') as version
    from pg_attribute a where a.attrelid = ${table}::text::regclass and a.attname = 'embedding'`);
  if (state === undefined || state.indexed || !state.filled || state.dimensions > INDEXED_DIMENSIONS_MAX) return false;
  await database.begin(async (tx) => {
    await tx.query(sql`set local maintenance_work_mem = '512MB'`);
    if (hasParallelBuildBug(state.version)) await tx.query(sql`set local max_parallel_maintenance_workers = 0`);
    await tx.query(sql`drop index if exists ${ident(`${table}_hnsw`)}`);
    await tx.query(sql`create index ${ident(`${table}_hnsw`)} on ${ident(table)}
      using hnsw (embedding vector_cosine_ops) with (m = 16, ef_construction = 64)`);
  });
  return true;
}

/** CVE-2026-3172: parallel HNSW builds of pgvector 0.6.0 to 0.8.1 write outside their memory. */
function hasParallelBuildBug(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  return major === 0 && (minor === 6 || minor === 7 || (minor === 8 && patch <= 1));
}
