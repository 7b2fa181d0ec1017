import { sqlStateOf } from "../driver/classify.ts";
import type { Queryable } from "../driver/database.ts";
import { exists } from "../driver/rows.ts";
import { sql } from "../driver/sql.ts";

/**
 * Makes the function that readers fuse rankings with, beside the corpus. They may make it themselves, before or after us,
 * so names and types are theirs, and what has its name stays. A run does without where it may not make one.
 */
export async function createReadersFunction(tx: Queryable): Promise<void> {
  const isDue = await exists(tx)`
    select from pg_namespace n where n.nspname = current_schema()
      and has_schema_privilege(n.oid, 'create') and has_language_privilege('sql', 'usage')
      and not exists (select from pg_proc p where p.pronamespace = n.oid and p.proname = 'rrf_score')`;
  if (!isDue) return;
  // An event trigger may be against it, or a reader quicker.
  await tx.query(sql`savepoint readers_function`);
  try {
    await tx.query(sql`
      create function rrf_score(rank bigint, rrf_k integer default 50) returns numeric
      language sql immutable parallel safe as 'select 1.0 / (rank + rrf_k)'`);
    await tx.query(sql`release savepoint readers_function`);
  } catch (error) {
    if (sqlStateOf(error) === undefined) throw error;
    await tx.query(sql`rollback to savepoint readers_function`);
  }
}
