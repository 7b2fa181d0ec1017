import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { PGlite, Transaction } from "@electric-sql/pglite";
import type { DatabaseChoice } from "../config/database-choice.ts";
import { IngestError, messageOf } from "../flow/errors.ts";
import { classifyDatabaseError } from "./classify.ts";
import type { Database, Queryable, Statement } from "./database.ts";
import { lockDirectory } from "./directory-lock.ts";

type Runner = Pick<PGlite | Transaction, "query" | "exec">;

/**
 * The embedded PostgreSQL in `directory`: `data` is its data directory, beside it lie the lock and the holder's name.
 * Nothing is made before `create`. One process at a time: PGlite does not guard its files (two openers lost rows).
 */
export async function openEmbedded(choice: Extract<DatabaseChoice, { kind: "embedded" }>): Promise<Database> {
  const database = new EmbeddedDatabase(choice.directory, `embedded database ${choice.label}`);
  if (await database.exists()) await database.open();
  return database;
}

class EmbeddedDatabase implements Database {
  readonly description: string;
  readonly #directory: string;
  #lock: { release(): void } | undefined;
  #pglite: PGlite | undefined;

  constructor(directory: string, description: string) {
    this.#directory = directory;
    this.description = description;
  }

  get #dataDir(): string {
    return join(this.#directory, "data");
  }

  async exists(): Promise<boolean> {
    return existsSync(join(this.#dataDir, "PG_VERSION"));
  }

  async open(): Promise<void> {
    this.#lock ??= lockDirectory(this.#directory);
    try {
      const { openPglite } = await import("./pglite-assets.ts");
      this.#pglite = await openPglite(this.#dataDir);
    } catch (error) {
      this.#lock.release();
      this.#lock = undefined;
      throw new IngestError(`the ${this.description} cannot be opened: ${messageOf(error)}`, {
        decision: "fatal",
        code: "database_unreachable",
        hint: "move that directory away to start anew, or name another one with --database-url pglite:DIR",
        cause: error,
      });
    }
  }

  async create(): Promise<void> {
    if (this.#pglite !== undefined) return;
    try {
      await mkdir(this.#directory, { recursive: true });
    } catch (error) {
      throw new IngestError(`the ${this.description} cannot be made: ${messageOf(error)}`, {
        decision: "fatal",
        code: "database_unreachable",
        hint: "name a directory you can write to with --database-url pglite:DIR",
        cause: error,
      });
    }
    this.#lock ??= lockDirectory(this.#directory);
    if (!(await this.exists())) {
      // Made aside and renamed when it is whole: a process killed meanwhile leaves no half a database.
      const making = join(this.#directory, "data.new");
      await rm(making, { recursive: true, force: true });
      const { openPglite } = await import("./pglite-assets.ts");
      await (await openPglite(making)).close();
      await rename(making, this.#dataDir);
    }
    await this.open();
  }

  /** The directory's lock keeps every other process out; there is nobody to be told apart from. */
  async lock(): Promise<void> {}

  async query<Row>(statement: Statement): Promise<Row[]> {
    return this.#classified(() => run<Row>(this.#open, statement));
  }

  async copyIn(table: string, columns: readonly string[], bytes: Uint8Array): Promise<void> {
    await this.#classified(() => copy(this.#open, table, columns, bytes));
  }

  async begin<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result> {
    return this.#classified(() =>
      this.#open.transaction((tx) =>
        work({
          query: (statement) => run(tx, statement),
          copyIn: (table, columns, bytes) => copy(tx, table, columns, bytes),
        }),
      ),
    );
  }

  async close(): Promise<void> {
    await this.#pglite?.close();
    this.#pglite = undefined;
    this.#lock?.release();
    this.#lock = undefined;
  }

  get #open(): PGlite {
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

async function run<Row>(runner: Runner, { text, values }: Statement): Promise<Row[]> {
  // `exec` takes several statements, `query` parameters.
  if (values.length > 0) return (await runner.query<Row>(text, [...values])).rows;
  const results = await runner.exec(text);
  const last = results.at(-1);
  // Typed by the caller, as with `query`: the driver cannot know the columns.
  return (last?.rows ?? []) as Row[];
}

async function copy(runner: Runner, table: string, columns: readonly string[], bytes: Uint8Array): Promise<void> {
  const names = columns.map((column) => `"${column}"`).join(", ");
  // Copied: the bytes may be a view into a larger buffer.
  const blob = new Blob([new Uint8Array(bytes)]);
  await runner.query(`copy "${table}" (${names}) from '/dev/blob' (format binary)`, [], { blob });
}
