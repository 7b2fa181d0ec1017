import { z } from "zod";
import type { Clock } from "../../flow/clock.ts";
import { fatalError } from "../../flow/errors.ts";
import type { LockRequest, Queryable, Statement } from "./database.ts";
import { allRows, exists, oneRow } from "./rows.ts";
import { constant, sql } from "./sql.ts";

const WAIT_MS_MAX = 2_000;
const POLL_MS = 100;
/** First key of our advisory locks, so that they meet no other program's: "bbji". */
export const LOCK_SPACE = 0x62626a69;
/** Of the turn that those take who look before they lock: "bbjt". */
export const TURN_SPACE = 0x62626a74;

/**
 * Takes the locks for as long as the session of `connection` lives. A lock that another session has is tried for 2 s,
 * then a `fatal` error names the source, and pid, host and start of its holder.
 */
export async function takeLocks(
  connection: Queryable,
  requests: readonly LockRequest[],
  { clock, description }: { readonly clock: Clock; readonly description: string },
): Promise<void> {
  const since = clock.now();
  let [request, ...behind] = await untaken(connection, requests);
  while (request !== undefined) {
    if (clock.now() - since >= WAIT_MS_MAX) throw await heldByOther(connection, request, requests, description);
    await clock.sleep(POLL_MS);
    [request, ...behind] = await untaken(connection, [request, ...behind]);
  }
}

/**
 * Takes one lock after the other, in one statement, up to the first that another session has; returns that and those behind it.
 * Whom a lock is shared with must not change between a look at its holders and taking it: so those who look take turns.
 */
async function untaken(connection: Queryable, requests: readonly LockRequest[]): Promise<readonly LockRequest[]> {
  const asked = JSON.stringify(
    requests.map(({ name, shared, among }, place) => ({
      place,
      shared,
      key: keyOf(name),
      among: among && keyOf(among),
    })),
  );
  const looks = requests.some(({ among }) => among !== undefined);
  const turn = looks ? sql`pg_advisory_xact_lock(${TURN_SPACE}::int, 0)::text is not null` : constant("true");
  const { taken } = await oneRow(connection, takenShape)`
    with recursive asked as (
      select * from jsonb_to_recordset(${asked}::text::jsonb) as a (place int, shared boolean, key int, among int)
    ), attempt (place, taken) as (
      select -1, ${turn}
      union all
      select a.place, case when a.among is not null and exists (select ${heldWithout(constant("a.key"), constant("a.among"))}) then false
        when a.shared then pg_try_advisory_lock_shared(${LOCK_SPACE}::int, a.key)
        else pg_try_advisory_lock(${LOCK_SPACE}::int, a.key) end
      from attempt t join asked a on a.place = t.place + 1 where t.taken)
    select (count(*) filter (where taken) - 1)::int as taken from attempt`;
  return requests.slice(taken);
}

/** The locks `l` on a key of other sessions, which do not have the lock on `among` as well; null: any of them. */
function heldWithout(key: Statement, among: Statement): Statement {
  return sql`
    from pg_locks l where ${isOurs("l")} and l.pid <> pg_backend_pid() and l.objid::bigint = ${key}
      and not exists (select from pg_locks o where ${isOurs("o")} and o.pid = l.pid and o.objid::bigint = ${among})`;
}

/** Whether `pg_locks` has in `lock` one that somebody holds in this database by two keys, the first of which is ours. */
function isOurs(lock: string): Statement {
  const l = constant(lock);
  return sql`(${l}.locktype = 'advisory' and ${l}.objsubid = 2 and ${l}.granted and ${l}.classid::bigint = ${LOCK_SPACE}::bigint
    and ${l}.database = (select oid from pg_database where datname = current_database()))`;
}

/** Gives the locks back; true when other sessions have one of them. */
export async function releaseLocks(connection: Queryable, requests: readonly LockRequest[]): Promise<boolean> {
  const asked = JSON.stringify(requests.map(({ name, shared }) => ({ shared, key: keyOf(name) })));
  const given = sql`select * from jsonb_to_recordset(${asked}::text::jsonb) as a (shared boolean, key int)`;
  await allRows(connection, z.unknown())`
    select case when a.shared then pg_advisory_unlock_shared(${LOCK_SPACE}::int, a.key)
      else pg_advisory_unlock(${LOCK_SPACE}::int, a.key) end from (${given}) a`;
  // Now: of two that leave at the same time, the later one finds nobody.
  return exists(
    connection,
  )`select from (${given}) a where exists (select ${heldWithout(constant("a.key"), constant("null"))})`;
}

/** Second key of a lock. Of two names with the same 31 bits one run would wait for the other needlessly, no more. */
function keyOf(name: string): number {
  return new Bun.CryptoHasher("sha256").update(name).digest().readUInt32BE(0) & 0x7fff_ffff;
}

const sessionShape = z.object({
  session: z.int(),
  application: z.string().nullable(),
  address: z.string().nullable(),
  since: z.date().nullable(),
  exclusive: z.array(z.int()),
  shared: z.array(z.int()),
});

/** A run that is at work. */
export type LockHolder = {
  /** Process of the server, for `pg_terminate_backend`. */
  readonly session: number;
  /** Undefined when it does not say. */
  readonly pid: number | undefined;
  readonly host: string;
  readonly since: Date | null;
  /** It rebuilds the corpus, and keeps every other run out. */
  readonly everything: boolean;
  /** Those among the sources that were asked for. */
  readonly sources: readonly string[];
};

/** The sessions that hold locks of runs, with those of `sources` that they hold. */
export async function lockHolders(connection: Queryable, sources: readonly string[]): Promise<LockHolder[]> {
  const found = await allRows(connection, sessionShape)`
    select l.pid as session, a.application_name as application, host(a.client_addr) as address, a.backend_start as since,
      coalesce(array_agg(l.objid::bigint::int) filter (where l.mode = 'ExclusiveLock'), '{}') as exclusive,
      coalesce(array_agg(l.objid::bigint::int) filter (where l.mode <> 'ExclusiveLock'), '{}') as shared
    from pg_locks l left join pg_stat_activity a on a.pid = l.pid
    where ${isOurs("l")} and l.pid <> pg_backend_pid()
    group by 1, 2, 3, 4 order by a.backend_start`;
  return found.map(({ session, since, exclusive, shared, ...named }) => {
    const { pid, host } = placeOf(named);
    const held = new Set([...exclusive, ...shared]);
    return {
      ...{ session, since, host, pid: pid === undefined ? undefined : Number(pid) },
      everything: exclusive.includes(keyOf("")),
      sources: sources.filter((name) => held.has(keyOf(name))),
    };
  });
}

const takenShape = z.object({ taken: z.int() });
const holderShape = z.object({
  session: z.int(),
  application: z.string().nullable(),
  address: z.string().nullable(),
  since: z.date().nullable(),
  key: z.string(),
  shared: z.boolean(),
});

async function heldByOther(
  connection: Queryable,
  request: LockRequest,
  requests: readonly LockRequest[],
  description: string,
) {
  const asked = sql`${keyOf(request.name)}::bigint`;
  const group = request.among === undefined ? constant("null") : sql`${keyOf(request.among)}::bigint`;
  // Every lock of a session that holds the one asked for.
  const held = await allRows(connection, holderShape)`
      select a.pid as session, a.application_name as application, host(a.client_addr) as address, a.backend_start as since,
        s.objid::text as key, l.mode = 'ShareLock' as shared
      from (select l.* ${heldWithout(asked, group)}) l
      join pg_stat_activity a on a.pid = l.pid
      join pg_locks s on s.pid = l.pid and s.locktype = 'advisory' and s.classid = l.classid and s.objsubid = 2
      order by a.backend_start`;
  const [holder] = held;
  const inParts = request.name !== "" && holder?.shared === true ? ", split into parts" : "";
  const what = whatIsHeld(request, requests, new Set(held.map(({ key }) => Number(key)))) + inParts;
  const message = `${what} in ${description} by another run: ${nameOf(holder)}`;
  const wait = "wait for that run to end, or stop it";
  if (holder === undefined) return fatalError("locked", message, wait);
  // A session says when it begins how soon it is missed (`RunSession`).
  const end = `select pg_terminate_backend(${holder.session})`;
  return fatalError(
    "locked",
    message,
    `${wait}; should it be gone, the server notices within 2 minutes, or at once: ${end}`,
  );
}

/** The corpus lock has no name of its own to show; the sources its holder works on have. */
function whatIsHeld(request: LockRequest, requests: readonly LockRequest[], held: ReadonlySet<number>): string {
  if (request.name !== "") return `${request.what ?? `source "${request.name}"`} is being ingested`;
  if (request.shared) return "the corpus is being rebuilt";
  const names = requests.flatMap(({ name, what }) =>
    name !== "" && what === undefined && held.has(keyOf(name)) ? `"${name}"` : [],
  );
  return names.length === 0 ? "a source is being ingested" : `source ${names.join(", ")} is being ingested`;
}

function nameOf(holder: z.infer<typeof holderShape> | undefined): string {
  if (holder === undefined) return "it ended just now";
  const { pid = "unknown", host } = placeOf(holder);
  // The start of a session is shown to its own user and to superusers only.
  return `pid ${pid} on ${host} since ${holder.since?.toISOString() ?? "an unknown time"}`;
}

/** Where a session says that it comes from. */
function placeOf({ application, address }: Pick<z.infer<typeof holderShape>, "application" | "address">) {
  const [, pid, host = address ?? "this host"] = /(\d+)@(.*)$/.exec(application ?? "") ?? [];
  return { pid, host };
}
