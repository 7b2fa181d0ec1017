import type { ReservedSQL, SQL } from "bun";
import { queryableOf } from "./bun-sql.ts";
import type { Queryable, Statement } from "./database.ts";
import { inTime } from "./in-time.ts";
import { giveBack, prepareSession } from "./prepare-session.ts";

type Options = { readonly description: string };

/** The one connection that is read on; opened with the first statement, and again after it was lost. */
export class ReadConnection implements Queryable {
  readonly #pool: SQL;
  readonly #options: Options;
  #connection: Promise<ReservedSQL> | undefined;
  #isPrepared = false;

  /** `connect`: a client for one connection, that tells when it was closed. */
  constructor(connect: (onClose: () => void) => SQL, options: Options) {
    // A session that idles may be ended by its server: the next statement gets a new one.
    this.#pool = connect(() => {
      if (this.#connection !== undefined) void this.#dropIfLost(this.#connection);
    });
    this.#options = options;
  }

  /** The connection; it stays ours. */
  opened(): Promise<ReservedSQL> {
    this.#connection ??= this.#open();
    return this.#connection;
  }

  /** Makes it a run's, now and whenever it is opened again. */
  async prepare(): Promise<void> {
    this.#isPrepared = true;
    await prepareSession(await this.opened());
  }

  async query(statement: Statement) {
    const opening = this.opened();
    try {
      return await queryableOf(await opening).query(statement);
    } catch (error) {
      await this.#dropIfLost(opening);
      throw error;
    }
  }

  async close(): Promise<void> {
    const opening = this.#connection;
    this.#connection = undefined;
    const connection = await opening?.catch(() => undefined);
    if (connection !== undefined && this.#isPrepared) await giveBack(connection, this.#options);
    await connection?.close().catch(() => {});
    await this.#pool.close({ timeout: 0 });
  }

  async #open(): Promise<ReservedSQL> {
    const connection = await openConnection(this.#pool, this.#options);
    if (this.#isPrepared) await prepareSession(connection);
    return connection;
  }

  async #dropIfLost(opening: Promise<ReservedSQL>): Promise<void> {
    const connection = await opening.catch(() => undefined);
    if (connection !== undefined && (await isAlive(connection))) return;
    if (this.#connection === opening) this.#connection = undefined;
    await connection?.close().catch(() => {});
  }
}

/**
 * A connection that has answered in time. A pooler takes in more clients than it has connections for, and those that are
 * left over wait for minutes, or for ever.
 */
export async function openConnection(pool: SQL, options: Options, waitMs?: number): Promise<ReservedSQL> {
  const late = new AbortController();
  let connection: ReservedSQL | undefined;
  async function answered(): Promise<ReservedSQL> {
    connection = await pool.reserve({ signal: late.signal });
    await connection.unsafe("select 1");
    return connection;
  }
  try {
    return await inTime(answered(), options, waitMs);
  } catch (error) {
    late.abort();
    await connection?.close().catch(() => {});
    throw error;
  }
}

export function isAlive(connection: ReservedSQL): Promise<boolean> {
  return connection.unsafe("select 1").then(
    () => true,
    () => false,
  );
}
