import type { Clock } from "../../flow/clock.ts";
import { fatalError, type Hint } from "../../flow/errors.ts";
import { sqlStateOf } from "../driver/classify.ts";
import type { Queryable } from "../driver/database.ts";
import { constant, literal, sql } from "../driver/sql.ts";
import { lockHolder } from "../driver/transaction-locks.ts";

/** How long a run waits for those who read its tables, and whom it tells. */
export type LockPatience = {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly waitMs: number;
  /** Told when it begins to wait, and every 30 s. */
  readonly onWait: (reason: string) => void;
};

/**
 * Who waits for a whole table keeps new readers waiting behind. Longer than the second after which PostgreSQL ends an
 * autovacuum that is in the way; two in a row, and what is done with the tables, within 3 s.
 */
const TRY_MS_MAX = 1_200;
/** For what else is needed while readers wait. */
const REST_MS_MAX = 500;
const PAUSE_FIRST_MS = 1_000;
const PAUSE_MS_MAX = 10_000;
const SAY_EVERY_MS = 30_000;
const LOCK_NOT_AVAILABLE = "55P03";

/**
 * Takes tables, readers excluded, until the transaction ends; the last one is what readers read. While somebody holds one
 * of them, tries again and again for a moment each, so that others read in between. Throws a `fatal` error that names the
 * holder when that takes too long; without `patience` after the first try.
 */
export async function takeExclusive(
  tx: Queryable,
  tables: readonly string[],
  {
    patience,
    description,
    hint,
  }: { readonly patience: LockPatience | undefined; readonly description: string; readonly hint: Hint },
): Promise<void> {
  const since = patience?.clock.now() ?? 0;
  let said = -Infinity;
  for (let pauseMs = PAUSE_FIRST_MS; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
    if (await tryTables(tx, tables)) return;
    const holder = (await lockHolder(tx)) ?? "somebody holds a lock that is free again";
    const waitedMs = (patience?.clock.now() ?? 0) - since;
    if (patience === undefined || waitedMs >= patience.waitMs) {
      const waited = patience === undefined ? "" : `, waited for ${Math.round(waitedMs / 1_000)} s`;
      throw fatalError("database_busy", `${description}: the tables cannot be taken: ${holder}${waited}`, hint);
    }
    if (waitedMs - said >= SAY_EVERY_MS) {
      said = waitedMs;
      const leftS = Math.round((patience.waitMs - waitedMs) / 1_000);
      patience.onWait(`${description}: ${holder}; waiting up to ${leftS} s for it to end, others read meanwhile`);
    }
    await patience.clock.sleep(Math.min(pauseMs, Math.max(patience.waitMs - waitedMs, 1)), patience.signal);
  }
}

async function tryTables(tx: Queryable, tables: readonly string[]): Promise<boolean> {
  await tx.query(sql`savepoint taking`);
  try {
    for (const table of tables) {
      await tx.query(sql`set local lock_timeout = ${literal(`${TRY_MS_MAX}ms`)}`);
      await tx.query(sql`lock table ${constant(table)} in access exclusive mode`);
    }
    await tx.query(sql`set local lock_timeout = ${literal(`${REST_MS_MAX}ms`)}`);
    await tx.query(sql`release savepoint taking`);
    return true;
  } catch (error) {
    if (sqlStateOf(error) !== LOCK_NOT_AVAILABLE) throw error;
    await tx.query(sql`rollback to savepoint taking`);
    return false;
  }
}
