import { SQL } from "bun";
import { hostname } from "node:os";
import { type Clock, systemClock } from "../../flow/clock.ts";
import { queryableOf } from "./bun-sql.ts";
import { classifyDatabaseError, sqlStateOf } from "./classify.ts";
import type { Database, DatabaseChoice, LockRequest, Queryable, Statement } from "./database.ts";
import { RunSession } from "./run-session.ts";
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
const PROTOCOL_VIOLATION = "08P01";
const LOCK_NOT_AVAILABLE = "55P03";

/** Opens a PostgreSQL server, or throws a `fatal` error that says what is wrong with it. Writes nothing. */
export async function openServer(
  choice: Extract<DatabaseChoice, { kind: "server" }>,
  clock: Clock = systemClock,
): Promise<Database> {
  const description = `PostgreSQL ${choice.label}`;
  // Names us to those who find their source locked.
  const application = `bbj-ingest-all ${process.pid}@${hostname()}`.slice(0, APPLICATION_NAME_BYTES_MAX);
  const open = async (limits: Readonly<Record<string, string>>) => {
    let pool: SQL | undefined;
    try {
      pool = connect(choice.url, { application_name: application, ...limits });
      requireCapable(await askServer(queryableOf(pool)), description);
    } catch (error) {
      await pool?.close({ timeout: 0 });
      throw error;
    }
    return new ServerDatabase(pool, { description, application, clock });
  };
  try {
    return await open(READ_LIMITS).catch((error) => {
      if (sqlStateOf(error) !== PROTOCOL_VIOLATION) throw error;
      return open({});
    });
  } catch (error) {
    throw cannotOpen(error, description);
  }
}

function connect(url: string, connection: Readonly<Record<string, string>>): SQL {
  const hasTimeout = /[?&]connect_timeout=/.test(url);
  return new SQL(url, {
    max: CONNECTIONS,
    ...(hasTimeout ? {} : { connectionTimeout: CONNECT_SECONDS_MAX }),
    connection,
  });
}

class ServerDatabase implements Database {
  readonly description: string;
  readonly indexMemoryMbMax = 1_024;
  readonly #application: string;
  readonly #pool: SQL;
  readonly #session: RunSession;

  constructor(
    pool: SQL,
    { description, application, clock }: { description: string; application: string; clock: Clock },
  ) {
    this.description = description;
    this.#application = application;
    this.#pool = pool;
    this.#session = new RunSession(pool, { clock, description });
  }

  async exists(): Promise<boolean> {
    return true;
  }

  /** A server's databases are made by those who own it. */
  async create(): Promise<void> {}

  query(statement: Statement) {
    return this.#classified(() => queryableOf(this.#pool).query(statement));
  }

  copyIn(table: string, columns: readonly string[], bytes: Uint8Array): Promise<void> {
    return this.begin((tx) => tx.copyIn(table, columns, bytes));
  }

  begin<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result> {
    return this.#classified(() => this.#session.begin(work));
  }

  lock(requests: readonly LockRequest[]): Promise<void> {
    return this.#classified(() => this.#session.lock(requests));
  }

  async close(): Promise<void> {
    await this.#session.close();
    await this.#pool.close({ timeout: CLOSE_SECONDS_MAX });
  }

  async #classified<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      const isKeptWaiting = sqlStateOf(error) === LOCK_NOT_AVAILABLE;
      const holder = isKeptWaiting
        ? await lockHolder(queryableOf(this.#pool), this.#application).catch(() => undefined)
        : undefined;
      throw classifyDatabaseError(error, this.description, holder);
    }
  }
}
