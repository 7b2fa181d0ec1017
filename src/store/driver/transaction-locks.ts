import { z } from "zod";
import type { Queryable } from "./database.ts";
import { allRows } from "./rows.ts";
import { constant, literal, sql } from "./sql.ts";

/** How long a statement waits for somebody else's transaction before it fails, and says who that is. */
export const LOCK_WAIT_SECONDS_MAX = 30;

/** How long it waits for another run of ours: building an index takes its time. */
const OWN_LOCK_WAIT_MINUTES_MAX = 10;

/** Keys of our advisory locks, so that they meet no other program's: "bbjm", "bbjx". */
const LOCK_KEYS = { schema: 0x62626a6d, index: 0x62626a78 } as const;

/**
 * Takes an advisory lock until the end of the transaction. `schema`: one transaction at a time changes tables. `index`:
 * one builds an index; those that write share the lock, for a build keeps them out.
 */
export async function lockForTransaction(
  tx: Queryable,
  lock: keyof typeof LOCK_KEYS,
  { shared = false } = {},
): Promise<void> {
  const take = constant(shared ? "pg_advisory_xact_lock_shared" : "pg_advisory_xact_lock");
  await tx.query(sql`
    select set_config('lock_timeout', ${literal(`${OWN_LOCK_WAIT_MINUTES_MAX}min`)}, true), ${take}(${LOCK_KEYS[lock]}::bigint)::text,
      set_config('lock_timeout', ${literal(`${LOCK_WAIT_SECONDS_MAX}s`)}, true)`);
}

const holderShape = z.object({
  /** null: a transaction that was prepared (PREPARE TRANSACTION) belongs to no session any more. */
  pid: z.int().nullable(),
  application: z.string(),
  user: z.string().nullable(),
  prepared: z.string().nullable(),
  relation: z.string(),
  since: z.date().nullable(),
});

/**
 * Who may have kept us waiting: of the others with a lock on one of the corpus's tables, the one whose transaction is the
 * oldest. The connections of a run have one name, by which it does not meet itself.
 */
export async function lockHolder(queryable: Queryable): Promise<string | undefined> {
  const [holder] = await allRows(queryable, holderShape)`
      select a.pid, coalesce(a.application_name, '') as application, coalesce(a.usename, p.owner)::text as user,
        p.gid as prepared, c.relname::text as relation, coalesce(a.xact_start, p.prepared) as since
      from pg_locks l
      join pg_class c on c.oid = l.relation
      left join pg_stat_activity a on a.pid = l.pid
      left join pg_prepared_xacts p on l.pid is null and l.virtualtransaction = '-1/' || p.transaction::text
      where l.granted and l.locktype = 'relation' and l.pid is distinct from pg_backend_pid()
        and (a.application_name is distinct from current_setting('application_name') or current_setting('application_name') = '')
        and l.database = (select oid from pg_database where datname = current_database())
        and c.relname in ('chunks', 'chunks_rebuild', 'ingest_documents', 'ingest_documents_rebuild', 'ingest_meta')
      order by since nulls last, c.relname limit 1`;
  if (holder === undefined) return undefined;
  const { pid, application, user, prepared, relation, since } = holder;
  const who = [application, user === null ? "" : `user ${user}`].filter((part) => part !== "").join(", ");
  const name = who === "" ? "" : ` (${who})`;
  // The start of a transaction is shown to its own user and to superusers only.
  const what = prepared === null ? `session ${pid}` : `the prepared transaction '${prepared}'`;
  return `${what}${name} has a lock on "${relation}" since ${since?.toISOString() ?? "an unknown time"}`;
}
