import { SQL } from "bun";
import { hostname } from "node:os";
import { type Clock, systemClock } from "../../flow/clock.ts";
import { queryableOf } from "./bun-sql.ts";
import { classifyDatabaseError, sqlStateOf } from "./classify.ts";
import type { Database, DatabaseChoice } from "./database.ts";
import { mayRefuseSettings, poolerRefusal } from "./pooler.ts";
import { RunSession } from "./run-session.ts";
import { pinSearchPath } from "./search-path.ts";
import { askServer, cannotOpen, requireCapable } from "./server-checks.ts";
import { LOCK_WAIT_SECONDS_MAX, lockHolder } from "./transaction-locks.ts";

/** One for the run's transactions, the others for reads meanwhile. */
const CONNECTIONS = 3;
const CONNECT_SECONDS_MAX = 10;
const CLOSE_SECONDS_MAX = 5;
/** PostgreSQL cuts names longer than this. */
const APPLICATION_NAME_BYTES_MAX = 63;
/** Set on every connection, also those that only read: a table may be somebody's alone. A pooler (PgBouncer) may not take it. */
const READ_LIMITS = { lock_timeout: `${LOCK_WAIT_SECONDS_MAX}s` };
const LOCK_NOT_AVAILABLE = "55P03";

/** Opens a PostgreSQL server, or throws a `fatal` error that says what is wrong with it. Writes nothing. */
export async function openServer(
  { url, label }: Extract<DatabaseChoice, { kind: "server" }>,
  clock: Clock = systemClock,
): Promise<Database> {
  const description = `PostgreSQL ${label}`;
  // Names us to those who find their source locked.
  const application = `bbj-ingest-all ${process.pid}@${hostname()}`.slice(0, APPLICATION_NAME_BYTES_MAX);
  const open = async (limits: Readonly<Record<string, string>>) => {
    let opened: SQL | undefined;
    try {
      opened = connect(url, { application_name: application, ...limits });
      requireCapable(await askServer(queryableOf(opened)), description);
      return opened;
    } catch (error) {
      await opened?.close({ timeout: 0 });
      throw error;
    }
  };
  const pool = await open(READ_LIMITS)
    .catch((error) => {
      if (!mayRefuseSettings(error, READ_LIMITS)) throw error;
      return open({});
    })
    .catch((error) => {
      throw poolerRefusal(error, description) ?? cannotOpen(error, description);
    });
  const session = new RunSession(pool, { clock, description });

  async function classified<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      const isKeptWaiting = sqlStateOf(error) === LOCK_NOT_AVAILABLE;
      const holder = isKeptWaiting ? await lockHolder(queryableOf(pool)).catch(() => undefined) : undefined;
      throw poolerRefusal(error, description) ?? classifyDatabaseError(error, description, holder);
    }
  }

  return {
    description,
    indexMemoryMbMax: 1_024,
    exists: async () => true,
    // A server's databases are made by those who own it.
    create: async () => {},
    query: (statement) => classified(() => queryableOf(pool).query(statement)),
    begin: (work) =>
      classified(() =>
        session.begin(async (tx) => {
          await pinSearchPath(tx);
          return work(tx);
        }),
      ),
    lock: (requests) => classified(() => session.lock(requests)),
    async cancel() {
      const { backendPid } = session;
      if (backendPid === undefined) return;
      const values = [backendPid];
      await classified(() => queryableOf(pool).query({ text: "select pg_cancel_backend($1::int)", values }));
    },
    async close() {
      await session.close();
      await pool.close({ timeout: CLOSE_SECONDS_MAX });
    },
  };
}

function connect(url: string, connection: Readonly<Record<string, string>>): SQL {
  const hasTimeout = /[?&]connect_timeout=/.test(url);
  return new SQL(url, {
    max: CONNECTIONS,
    // A pooler may give each statement another session; in those, a named one stays.
    prepare: false,
    ...(hasTimeout ? {} : { connectionTimeout: CONNECT_SECONDS_MAX }),
    connection,
  });
}
