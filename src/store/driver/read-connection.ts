import type { ReservedSQL, SQL } from "bun";
import { systemClock } from "../../flow/clock.ts";
import { IngestError } from "../../flow/errors.ts";
import { queryableOf } from "./bun-sql.ts";
import type { Queryable, Statement } from "./database.ts";

const ANSWER_MS_MAX = 15_000;

type Options = { readonly description: string };

/** The one connection that is read on; opened with the first statement, and again after it was lost. */
export class ReadConnection implements Queryable {
  readonly #pool: SQL;
  readonly #options: Options;
  #connection: Promise<ReservedSQL> | undefined;

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
    this.#connection ??= openConnection(this.#pool, this.#options);
    return this.#connection;
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
    await connection?.close().catch(() => {});
    await this.#pool.close({ timeout: 0 });
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
export async function openConnection(pool: SQL, options: Options, waitMs = ANSWER_MS_MAX): Promise<ReservedSQL> {
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

/** Throws an error that may pass when there is no answer in time. In the time of the network, whatever clock a run has. */
export async function inTime<Result>(
  asked: Promise<Result>,
  { description }: Options,
  waitMs = ANSWER_MS_MAX,
): Promise<Result> {
  const answered = new AbortController();
  const late = systemClock.sleep(waitMs, answered.signal).then(() => {
    const message = `${description} had no connection for us within ${waitMs / 1_000} s`;
    throw new IngestError(message, { decision: "retry", code: "database_busy" });
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    late.catch(() => {});
    answered.abort();
  }
}

export function isAlive(connection: ReservedSQL): Promise<boolean> {
  return connection.unsafe("select 1").then(
    () => true,
    () => false,
  );
}
