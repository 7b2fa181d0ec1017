import { hostname } from "node:os";
import { SQL } from "bun";
import type { DatabaseChoice } from "../config/database-choice.ts";
import { type Clock, systemClock } from "../flow/clock.ts";
import { IngestError, messageOf } from "../flow/errors.ts";
import { classifyDatabaseError } from "./classify.ts";
import type { Database, LockRequest, Queryable, Statement } from "./database.ts";

const LOCK_WAIT_MS_MAX = 2_000;
const LOCK_POLL_MS = 100;
const CONNECT_SECONDS_MAX = 10;
const READERS = 2;
/** First key of our advisory locks, so that they meet no other program's: "bbji". */
const LOCK_SPACE = 0x62626a69;
/** PostgreSQL cuts names longer than this. */
const APPLICATION_NAME_BYTES_MAX = 63;

/**
 * Opens a PostgreSQL server. Transactions run on one connection, the one that holds the locks: if it dies, so do
 * both, and the locks are taken again before the next transaction. Reads run on connections of their own.
 */
export async function openServer(
  choice: Extract<DatabaseChoice, { kind: "server" }>,
  clock: Clock = systemClock,
): Promise<Database> {
  const description = `PostgreSQL ${choice.label}`;
  const applicationName = `bbj-ingest-all ${process.pid}@${hostname()}`.slice(0, APPLICATION_NAME_BYTES_MAX);
  const connect = (max: number) =>
    new SQL(choice.url, {
      max,
      connectionTimeout: CONNECT_SECONDS_MAX,
      connection: { application_name: applicationName },
    });
  const writer = connect(1);
  const reader = connect(READERS);
  const database = new ServerDatabase(description, writer, reader, clock);
  try {
    await writer`select 1`;
  } catch (error) {
    await database.close();
    throw cannotOpen(error, description);
  }
  return database;
}

class ServerDatabase implements Database {
  readonly description: string;
  readonly #writer: SQL;
  readonly #reader: SQL;
  readonly #clock: Clock;
  #locks: readonly LockRequest[] = [];
  /** The backend that holds the locks. */
  #lockedBy: number | undefined;

  constructor(description: string, writer: SQL, reader: SQL, clock: Clock) {
    this.description = description;
    this.#writer = writer;
    this.#reader = reader;
    this.#clock = clock;
  }

  async exists(): Promise<boolean> {
    return true;
  }

  async create(): Promise<void> {}

  async query<Row>(statement: Statement): Promise<Row[]> {
    return this.#classified(() => run<Row>(this.#reader, statement));
  }

  async copyIn(table: string, columns: readonly string[], bytes: Uint8Array): Promise<void> {
    await this.#classified(() => copy(this.#writer, table, columns, bytes));
  }

  async begin<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result> {
    return this.#classified(() =>
      this.#writer.begin(async (tx) => {
        await this.#holdLocks(tx);
        return work({
          query: (statement) => run(tx, statement),
          copyIn: (table, columns, bytes) => copy(tx, table, columns, bytes),
        });
      }),
    );
  }

  async lock(requests: readonly LockRequest[]): Promise<void> {
    this.#locks = requests;
    await this.#classified(() => this.#writer.begin((tx) => this.#holdLocks(tx)));
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#writer.close({ timeout: 5 }), this.#reader.close({ timeout: 5 })]);
  }

  /** Takes the locks on this connection, unless it is the one that has them. They outlive the transaction. */
  async #holdLocks(tx: SQL): Promise<void> {
    if (this.#locks.length === 0) return;
    const [backend] = await tx<{ pid: number }[]>`select pg_backend_pid()::int as pid`;
    if (backend?.pid === this.#lockedBy) return;
    // Else a killed client's CREATE INDEX runs on and holds its table.
    await tx`select set_config('client_connection_check_interval', '1s', false)`.catch(() => {});
    const since = this.#clock.now();
    for (const request of this.#locks) {
      while (!(await tryLock(tx, request))) {
        if (this.#clock.now() - since > LOCK_WAIT_MS_MAX) throw await heldByOther(tx, request, this.description);
        await this.#clock.sleep(LOCK_POLL_MS);
      }
    }
    this.#lockedBy = backend?.pid;
  }

  async #classified<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw classifyDatabaseError(error, this.description);
    }
  }
}

async function run<Row>(client: SQL, { text, values }: Statement): Promise<Row[]> {
  if (values.length === 0) return [...(await client.unsafe<Row[]>(text))];
  return [...(await client.unsafe<Row[]>(text, [...values]))];
}

async function copy(client: SQL, table: string, columns: readonly string[], bytes: Uint8Array): Promise<void> {
  const names = columns.map((column) => `"${column}"`).join(", ");
  const query = client.unsafe(`copy "${table}" (${names}) from stdin (format binary)`);
  const writer = query.writable().getWriter();
  await writer.write(bytes);
  await writer.close();
  await query;
}

/** Second key of a lock; of two names with the same 31 bits the second run would wait needlessly, no more. */
function lockKey(name: string): number {
  return Number(Bun.hash.wyhash(name) & 0x7fff_ffffn);
}

async function tryLock(tx: SQL, { name, shared }: LockRequest): Promise<boolean> {
  const key = lockKey(name);
  const [row] = shared
    ? await tx<{ got: boolean }[]>`select pg_try_advisory_lock_shared(${LOCK_SPACE}::int, ${key}::int) as got`
    : await tx<{ got: boolean }[]>`select pg_try_advisory_lock(${LOCK_SPACE}::int, ${key}::int) as got`;
  return row?.got === true;
}

async function heldByOther(tx: SQL, { name }: LockRequest, description: string): Promise<IngestError> {
  const [holder] = await tx<{ application_name: string; client_addr: string | null; backend_start: Date }[]>`
    select a.application_name, host(a.client_addr) as client_addr, a.backend_start
    from pg_locks l join pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'advisory' and l.classid::bigint = ${LOCK_SPACE}::bigint and l.objid::bigint = ${lockKey(name)}::bigint
      and l.granted and l.pid <> pg_backend_pid()
    order by a.backend_start limit 1`;
  const [, pid, host] = /(\d+)@(.*)$/.exec(holder?.application_name ?? "") ?? [];
  const who =
    holder === undefined
      ? "another run"
      : `pid ${pid ?? "unknown"} on ${host ?? holder.client_addr ?? "this host"} since ${holder.backend_start.toISOString()}`;
  return new IngestError(
    `${name === "" ? "the corpus" : `source "${name}"`} in ${description} is being ingested by ${who}`,
    {
      decision: "fatal",
      code: "locked",
      hint: "wait for that run to end, or stop it",
    },
  );
}

function cannotOpen(error: unknown, description: string): unknown {
  const classified = classifyDatabaseError(error, description);
  if (!(classified instanceof IngestError)) {
    return new IngestError(`${description} cannot be opened: ${messageOf(error)}`, {
      decision: "fatal",
      code: "database_unreachable",
      cause: error,
    });
  }
  if (classified.decision === "fatal") return classified;
  return new IngestError(`${description} does not answer: ${messageOf(error)}`, {
    decision: "fatal",
    code: "database_unreachable",
    hint: "start it, or name another one with --database-url (pglite:DIR needs no server)",
    cause: error,
  });
}
