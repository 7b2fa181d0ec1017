import type { ReservedSQL, SQL } from "bun";
import { z } from "zod";
import type { Clock } from "../../flow/clock.ts";
import { queryableOf } from "./bun-sql.ts";
import type { LockRequest, Queryable, Transaction } from "./database.ts";
import { requireOwnSessions, sharedSessions } from "./pooler.ts";
import { giveBack, prepareSession } from "./prepare-session.ts";
import { isAlive, openConnection, type ReadConnection } from "./read-connection.ts";
import { oneRow } from "./rows.ts";
import { LOCK_SPACE, releaseLocks, takeLocks } from "./session-locks.ts";

/** A server needs a moment to end the session of a client that is gone. */
const STATUS_ASKED_MAX = 20;
const STATUS_AGAIN_MS = 100;
const FORMER_SESSION_MS_MAX = 5_000;

type SessionOptions = {
  readonly clock: Clock;
  readonly description: string;
  /** A client for one connection. */
  readonly connect: () => SQL;
  /** The connection beside that of the session. */
  readonly reading: ReadConnection;
};

const backendShape = z.object({ pid: z.int(), started: z.string() });
const transactionShape = z.object({ id: z.string().nullable(), pid: z.int() });
const statusShape = z.object({ status: z.string().nullable() });

/**
 * The one connection a run writes on, which also holds its locks: if it dies, the transaction under way and the locks
 * die together, and the next `begin` takes the locks again on a new connection before it writes.
 */
export class RunSession {
  readonly #pool: SQL;
  readonly #options: SessionOptions;
  #connection: ReservedSQL | undefined;
  #backend: z.infer<typeof backendShape> | undefined;
  /** Undefined before it is a session: those who only read need none, and a pooler may have none for them. */
  #locks: readonly LockRequest[] | undefined;
  /** Transactions and locks one after the other. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#pool = options.connect();
  }

  /** Process of the server that this session is; undefined when it is not known. */
  get backendPid(): number | undefined {
    return this.#connection === undefined ? undefined : this.#backend?.pid;
  }

  /** Takes the locks now, and again on every new connection. */
  lock(locks: readonly LockRequest[]): Promise<void> {
    return this.#serially(async () => {
      await this.#end();
      await this.#requireOwnSession();
      await this.#options.reading.prepare();
      this.#locks = locks;
      await this.#connected();
    });
  }

  /** Gives locks back, and has a new connection do without them. True when another session has one of them. */
  release(locks: readonly LockRequest[]): Promise<boolean> {
    return this.#serially(async () => {
      const connection = await this.#connected();
      this.#locks = this.#locks?.filter(({ name }) => locks.every((lock) => lock.name !== name));
      try {
        return await releaseLocks(queryableOf(connection), locks);
      } catch (error) {
        // On a connection that is lost they are given back; who shares them is asked on the next one.
        if (!(await isAlive(connection))) await this.#end();
        throw error;
      }
    });
  }

  /**
   * Opens the session again if it was lost, and takes its locks. What a run reads without them may not be so any more
   * when it writes; and a database that has no connection for the session is away, though it may have one for reading.
   */
  async restore(): Promise<void> {
    if (this.#connection === undefined && this.#locks !== undefined) await this.#serially(() => this.#connected());
  }

  /** When the answer to the COMMIT is lost, the server is asked what became of the transaction before it is done again. */
  begin<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    if (this.#locks === undefined) return this.#options.reading.begin(work);
    return this.#serially(async () => {
      const connection = await this.#connected();
      let done: { readonly id: string; readonly result: Result } | undefined;
      try {
        return await connection.begin(async (client) => {
          const tx = queryableOf(client);
          const result = await work(tx);
          const { id, pid } = await oneRow(tx, transactionShape)`
            select pg_current_xact_id_if_assigned()::text as id, pg_backend_pid() as pid`;
          if (pid !== this.#backend?.pid) throw sharedSessions(this.#options.description);
          // Without an id it has written nothing.
          if (id !== null) done = { id, result };
          return result;
        });
      } catch (error) {
        if (await isAlive(connection)) throw error;
        await this.#end();
        if (done !== undefined && (await this.#isCommitted(done.id))) return done.result;
        throw error;
      }
    });
  }

  async #requireOwnSession(): Promise<void> {
    const { connect, reading } = this.#options;
    const writing = await openConnection(this.#pool, this.#options);
    try {
      await requireOwnSessions([await reading.opened(), writing], connect(), this.#options);
    } finally {
      await writing.release();
    }
  }

  /** The connection, with the locks held. */
  async #connected(): Promise<ReservedSQL> {
    if (this.#connection !== undefined) return this.#connection;
    const connection = await openConnection(this.#pool, this.#options);
    try {
      await prepareSession(connection);
      await this.#endFormerSession(connection);
      this.#backend = await backendOf(queryableOf(connection));
      await takeLocks(queryableOf(connection), this.#locks ?? [], this.#options);
    } catch (error) {
      await connection.close().catch(() => {});
      throw error;
    }
    this.#connection = connection;
    return connection;
  }

  /** Ends the session, and with it the locks. */
  async #end(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close().catch(() => {});
  }

  async close(): Promise<void> {
    if (this.#connection !== undefined) await giveBack(this.#connection, this.#options);
    await this.#end();
    await this.#pool.close({ timeout: 0 });
  }

  /**
   * After a network failure the server may keep our old session, with its locks, for hours. Without them it is somebody
   * else's by now: a pooler gives the session of a client that is gone to the next one.
   */
  async #endFormerSession(connection: ReservedSQL): Promise<void> {
    if (this.#backend === undefined) return;
    const { pid, started } = this.#backend;
    const end = (terminate: string) =>
      connection.unsafe(
        `select ${terminate} from pg_stat_activity a
        where pid = $1::int and backend_start = $2::timestamptz and pid <> pg_backend_pid()
          and application_name = current_setting('application_name') and exists (
            select from pg_locks l where l.pid = a.pid and locktype = 'advisory' and classid::bigint = $3::bigint)`,
        [pid, started, LOCK_SPACE],
      );
    // Waits until its locks are free; PostgreSQL 13 does not know how.
    await end(`pg_terminate_backend(pid, ${FORMER_SESSION_MS_MAX})`)
      .catch(() => end("pg_terminate_backend(pid)"))
      .catch(() => {});
    this.#backend = undefined;
  }

  /** False also when it cannot be found out: then the transaction is done again, which does no harm. */
  async #isCommitted(id: string): Promise<boolean> {
    try {
      const connection = queryableOf(await this.#connected());
      for (let asked = 0; asked < STATUS_ASKED_MAX; asked++) {
        const { status } = await oneRow(connection, statusShape)`select pg_xact_status(${id}::text::xid8) as status`;
        if (status !== "in progress") return status === "committed";
        await this.#options.clock.sleep(STATUS_AGAIN_MS);
      }
    } catch {
      // Nobody answers, or another run has the locks: both are met again by the next transaction.
    }
    return false;
  }

  #serially<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => {});
    return result;
  }
}

function backendOf(connection: Queryable): Promise<z.infer<typeof backendShape>> {
  return oneRow(connection, backendShape)`
    select pid, backend_start::text as started from pg_stat_activity where pid = pg_backend_pid()`;
}
