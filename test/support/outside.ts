import { mock } from "bun:test";
import * as files from "node:fs/promises";
import type { Database, Queryable, Statement, Transaction } from "../../src/store/driver/database.ts";

/** One call of a run to the outside. */
export type Call = {
  readonly kind: "embed" | "open" | "sql" | "copy" | "commit" | "list" | "read" | "write" | "rename" | "remove";
  /** The statement, path or text it is about. */
  readonly what: string;
};

/** Counts the calls of a run to the outside, and lets a test fail any of them. */
export class Outside {
  readonly calls: Call[] = [];
  /** Called before each call (after it, for `commit`: then its answer is lost); what it throws is the call's failure. */
  at: (call: Call, number: number) => void | Promise<void> = () => {};

  async meet(kind: Call["kind"], what: string): Promise<void> {
    const call = { kind, what };
    this.calls.push(call);
    await this.at(call, this.calls.length);
  }

  /** The database with every statement counted. `shared`: it stays open when a run closes it. */
  database(database: Database, { shared }: { readonly shared: boolean }): Database {
    return {
      description: database.description,
      indexMemoryMbMax: database.indexMemoryMbMax,
      hasOtherReaders: database.hasOtherReaders,
      exists: () => database.exists(),
      create: () => database.create(),
      lock: async (requests) => {
        await this.meet("sql", "lock");
        return database.lock(requests);
      },
      release: (requests) => database.release(requests),
      watchIndexBuild: (table, onShare) => database.watchIndexBuild(table, onShare),
      cancel: () => database.cancel(),
      isWanted: () => database.isWanted(),
      close: async () => (shared ? undefined : database.close()),
      query: (statement) => this.#query(database, statement),
      begin: async (work) => {
        await this.meet("sql", "begin");
        const result = await database.begin((tx) => work(this.#transaction(tx)));
        await this.meet("commit", "commit");
        return result;
      },
    };
  }

  async #query(queryable: Queryable, statement: Statement) {
    await this.meet("sql", statement.text.replace(/\s+/g, " ").trim());
    return queryable.query(statement);
  }

  #transaction(tx: Transaction): Transaction {
    return {
      query: (statement) => this.#query(tx, statement),
      copyIn: async (table, columns, bytes) => {
        await this.meet("copy", table);
        return tx.copyIn(table, columns, bytes);
      },
    };
  }
}

const KINDS: Readonly<Record<string, Call["kind"]>> = {
  readdir: "list",
  lstat: "list",
  stat: "list",
  realpath: "list",
  readFile: "read",
  open: "write",
  writeFile: "write",
  appendFile: "write",
  mkdir: "write",
  rename: "rename",
  access: "list",
  readlink: "list",
  link: "write",
  unlink: "remove",
  rm: "remove",
};

let watching: { readonly outside: Outside; readonly directory: string } | undefined;
let isInstalled = false;

/** Counts what is done to files in `directory`, from now until the next call; undefined ends it. */
export function watchFiles(outside: Outside | undefined, directory: string): void {
  install();
  watching = outside === undefined ? undefined : { outside, directory };
}

async function met(kind: Call["kind"], path: unknown): Promise<void> {
  if (watching === undefined || typeof path !== "string" || !path.startsWith(watching.directory)) return;
  await watching.outside.meet(kind, path.slice(watching.directory.length + 1));
}

function install(): void {
  if (isInstalled) return;
  isInstalled = true;
  const real: Record<string, unknown> = { ...files };
  const watched = { ...real };
  for (const [name, kind] of Object.entries(KINDS)) {
    const original = real[name];
    if (typeof original !== "function") throw new Error(`node:fs/promises has no ${name}`);
    watched[name] = async (...args: unknown[]) => {
      await met(kind, args[0]);
      return Reflect.apply(original, files, args);
    };
  }
  void mock.module("node:fs/promises", () => watched);
  const { write, file } = Bun;
  Object.assign(Bun, {
    write: async (...args: unknown[]) => {
      await met("write", args[0]);
      return Reflect.apply(write, Bun, args);
    },
    file: (...args: unknown[]) => {
      const opened = Reflect.apply(file, Bun, args);
      if (typeof args[0] !== "string") return opened;
      const { bytes } = opened;
      return Object.assign(opened, {
        bytes: async () => {
          await met("read", args[0]);
          return Reflect.apply(bytes, opened, []);
        },
      });
    },
  });
}
