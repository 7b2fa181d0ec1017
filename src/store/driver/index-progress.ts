import { z } from "zod";
import type { Clock } from "../../flow/clock.ts";
import type { OnShare, Queryable } from "./database.ts";
import { allRows } from "./rows.ts";

const ASK_EVERY_MS = 2_000;

const progressShape = z.object({ share: z.number().nullable(), phase: z.string() });

/**
 * Asks by another connection how far the build of an index on `table` is, until the function that is returned is called.
 * One that cannot be had, or does not know, is not asked again: the build goes on without.
 */
export function watchIndexBuild(
  connection: Queryable,
  table: string,
  { clock, onShare }: { readonly clock: Clock; readonly onShare: OnShare },
): () => void {
  const ended = new AbortController();
  const { signal } = ended;
  const watch = async () => {
    for (;;) {
      await clock.sleep(ASK_EVERY_MS, signal);
      // Blocks of the table, which pgvector counts; the rows of `pg_stat_progress_create_index` it does not.
      const [progress] = await allRows(connection, progressShape)`
        select p.blocks_done::float8 / nullif(p.blocks_total, 0) as share, replace(p.phase, 'building index: ', '') as phase
        from pg_stat_progress_create_index p join pg_class c on c.oid = p.relid
        where p.datname = current_database() and c.relname = ${table}::text`;
      if (signal.aborted) return;
      if (progress !== undefined && progress.share !== null) onShare(Math.min(progress.share, 1), progress.phase);
    }
  };
  void watch().catch(() => {});
  return () => ended.abort();
}
