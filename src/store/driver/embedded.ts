import { mkdir } from "node:fs/promises";
import type { PGlite, Transaction } from "@electric-sql/pglite";
import { type Clock, systemClock } from "../../flow/clock.ts";
import { IngestError, messageOf } from "../../flow/errors.ts";
import { classifyDatabaseError } from "./classify.ts";
import type { Database, DatabaseChoice, Queryable, Statement } from "./database.ts";
import { type DirectoryLock, lockDirectory } from "./directory-lock.ts";
import { dataDirectory, hasDatabase, makeDatabase } from "./embedded-directory.ts";

/**
 * The embedded PostgreSQL in a directory. Nothing is made before `create`. One process at a time, whatever it wants
 * to do: PGlite does not guard its files (two openers lost committed rows).
 */
export async function openEmbedded(
  choice: Extract<DatabaseChoice, { kind: "embedded" }>,
  clock: Clock = systemClock,
): Promise<Database> {
  const database = new EmbeddedDatabase(choice.directory, `embedded PostgreSQL ${choice.label}`, clock);
  if (await hasDatabase(choice.directory)) await database.open();
  return database;
}

class EmbeddedDatabase implements Database {
  readonly description: string;
  /** WebAssembly has 4 GB of addresses, and 128 MB of them are buffers. */
  readonly indexMemoryMbMax = 512;
  readonly #directory: string;
  readonly #clock: Clock;
  #lock: DirectoryLock | undefined;
  #pglite: PGlite | undefined;

  constructor(directory: string, description: string, clock: Clock) {
    this.#directory = directory;
    this.description = description;
    this.#clock = clock;
  }

  async exists(): Promise<boolean> {
    return this.#pglite !== undefined;
  }

  /** Nothing was known of it when the run began: what another run has made since then is not looked into halfway. */
  create(): Promise<void> {
    return this.#open({ exists: false });
  }

  open(): Promise<void> {
    return this.#open({ exists: true });
  }

  async #open({ exists }: { readonly exists: boolean }): Promise<void> {
    if (this.#pglite !== undefined) return;
    try {
      await mkdir(this.#directory, { recursive: true });
      this.#lock ??= await lockDirectory(this.#directory, this.#clock);
      if (!exists && (await hasDatabase(this.#directory))) throw this.#madeMeanwhile();
      // Loaded here, because it takes 50 ms that other commands and databases should not wait for.
      const { openPglite } = await import("./pglite-assets.ts");
      await makeDatabase(this.#directory, async (dataDir) => (await openPglite(dataDir)).close());
      this.#pglite = await openPglite(dataDirectory(this.#directory));
    } catch (error) {
      await this.close();
      if (error instanceof IngestError) throw error;
      throw new IngestError(`the ${this.description} cannot be opened: ${messageOf(error)}`, {
        decision: "fatal",
        code: "database_unreachable",
        hint: "name another directory with --database-url pglite:DIR, or move this one away to start anew",
        cause: error,
      });
    }
  }

  #madeMeanwhile(): IngestError {
    return new IngestError(`the ${this.description} was made by another run meanwhile`, {
      decision: "fatal",
      code: "locked",
      hint: "run again: it goes on from what that run has stored",
    });
  }

  /** The lock on the directory keeps every other process out: there is nobody left to be told apart from. */
  async lock(): Promise<void> {}

  query(statement: Statement) {
    return this.#classified(() => queryableOf(this.#opened).query(statement));
  }

  copyIn(table: string, columns: readonly string[], bytes: Uint8Array): Promise<void> {
    return this.#classified(() => queryableOf(this.#opened).copyIn(table, columns, bytes));
  }

  begin<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result> {
    return this.#classified(() => this.#opened.transaction((tx) => work(queryableOf(tx))));
  }

  async close(): Promise<void> {
    await this.#pglite?.close();
    this.#pglite = undefined;
    await this.#lock?.release();
    this.#lock = undefined;
  }

  get #opened(): PGlite {
    if (this.#pglite === undefined) throw new Error("the embedded database was used before it was made");
    return this.#pglite;
  }

  async #classified<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw classifyDatabaseError(error, this.description);
    }
  }
}

type Runner = Pick<PGlite | Transaction, "query">;

function queryableOf(runner: Runner): Queryable {
  return {
    async query({ text, values }) {
      return (await runner.query<Record<string, unknown>>(text, [...values])).rows;
    },
    async copyIn(table, columns, bytes) {
      const names = columns.map((column) => `"${column}"`).join(", ");
      // Copied: the bytes may be a view into a larger buffer.
      const blob = new Blob([new Uint8Array(bytes)]);
      await runner.query(`copy "${table}" (${names}) from '/dev/blob' (format binary)`, [], { blob });
    },
  };
}
