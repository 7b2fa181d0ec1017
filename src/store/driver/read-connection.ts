import type { ReservedSQL, SQL } from "bun";
import type { Clock } from "../../flow/clock.ts";
import { IngestError } from "../../flow/errors.ts";
import { queryableOf } from "./bun-sql.ts";
import type { Queryable, Statement } from "./database.ts";

const ANSWER_MS_MAX = 15_000;

type Options = { readonly clock: Clock; readonly description: string };

/** The one connection that is read on; opened with the first statement, and again after it was lost. */
export class ReadConnection implements Queryable {
  readonly #pool: SQL;
  readonly #options: Options;
  #connection: Promise<ReservedSQL> | undefined;

  constructor(pool: SQL, options: Options) {
    this.#pool = pool;
    this.#options = options;
  }

  async query(statement: Statement) {
    const opening = (this.#connection ??= openConnection(this.#pool, this.#options));
    try {
      return await queryableOf(await opening).query(statement);
    } catch (error) {
      await this.#dropIfLost(opening);
      throw error;
    }
  }

  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    this.#connection = undefined;
    await connection?.close().catch(() => {});
  }

  async #dropIfLost(opening: Promise<ReservedSQL>): Promise<void> {
    const connection = await opening.catch(() => undefined);
    if (connection !== undefined && (await isAlive(connection))) return;
    if (this.#connection === opening) this.#connection = undefined;
    await connection?.close().catch(() => {});
  }
}

/**
 * A connection that has answered. A pooler takes in more clients than it has connections for, and those that are left
 * over wait for minutes, or for ever.
 */
export async function openConnection(pool: SQL, { clock, description }: Options): Promise<ReservedSQL> {
  const connection = await pool.reserve();
  const answered = new AbortController();
  const late = clock.sleep(ANSWER_MS_MAX, answered.signal).then(() => {
    const message = `${description} took us in, but had no connection for us within ${ANSWER_MS_MAX / 1_000} s`;
    throw new IngestError(message, { decision: "retry", code: "database_busy" });
  });
  try {
    await Promise.race([connection.unsafe("select 1"), late]);
  } catch (error) {
    await connection.close().catch(() => {});
    throw error;
  } finally {
    late.catch(() => {});
    answered.abort();
  }
  return connection;
}

export function isAlive(connection: ReservedSQL): Promise<boolean> {
  return connection.unsafe("select 1").then(
    () => true,
    () => false,
  );
}
