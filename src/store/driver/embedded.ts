import { access, constants, mkdir } from "node:fs/promises";
import type { PGlite } from "@electric-sql/pglite";
import { type Clock, systemClock } from "../../flow/clock.ts";
import { fatalError, IngestError, messageOf } from "../../flow/errors.ts";
import { linkTarget } from "../../flow/link-target.ts";
import { refusal, systemReason } from "../../flow/system-reason.ts";
import { classifyDatabaseError } from "./classify.ts";
import type { Database, DatabaseChoice, Transaction } from "./database.ts";
import { type DirectoryLock, lockDirectory } from "./directory-lock.ts";
import { pinSearchPath } from "./search-path.ts";
import {
  ANOTHER_DIRECTORY,
  dataDirectory,
  fullDiskError,
  hasDatabase,
  makeDatabase,
  removeMade,
  requireSpace,
} from "./embedded-directory.ts";

/**
 * The embedded PostgreSQL in a directory. Nothing is made before `create`. One process at a time, whatever it wants
 * to do: PGlite does not guard its files (two openers lost committed rows).
 */
export async function openEmbedded(
  { directory: given, label }: Extract<DatabaseChoice, { kind: "embedded" }>,
  clock: Clock = systemClock,
): Promise<Database> {
  const description = `embedded PostgreSQL ${label}`;
  const directory = await linkTarget(given).catch((error: unknown) => {
    const message = `the ${description} cannot be used: ${systemReason(error)}`;
    throw fatalError("not_a_database", message, ANOTHER_DIRECTORY);
  });
  let lock: DirectoryLock | undefined;
  let pglite: PGlite | undefined;

  async function open({ exists }: { readonly exists: boolean }): Promise<void> {
    if (pglite !== undefined) return;
    let made: string | undefined;
    try {
      made = await makeWritable(directory, description);
      lock ??= await lockDirectory(directory, clock);
      if (!exists && (await hasDatabase(directory))) {
        const hint = "run again: it goes on from what that run has stored";
        throw fatalError("locked", `the ${description} was made by another run meanwhile`, hint);
      }
      // Loaded here, because it takes 50 ms that other commands and databases should not wait for.
      const { makeDataDirectory, openPglite } = await import("./pglite-assets.ts");
      await makeDatabase(directory, makeDataDirectory);
      pglite = await openPglite(dataDirectory(directory));
    } catch (error) {
      const isOurs = lock !== undefined;
      const full = await fullDiskError(directory).catch(() => undefined);
      await close();
      if (made !== undefined && isOurs) await removeMade(directory, made).catch(() => {});
      if (error instanceof IngestError) throw error;
      const message = `the ${description} cannot be opened: ${messageOf(errorOf(error))}`;
      throw full ?? fatalError("database_unreachable", message, ANOTHER_DIRECTORY, error);
    }
  }

  async function close(): Promise<void> {
    // A full disk may keep it from tidying up: what was committed is in its log, and the next opener reads that. What lies in
    // the place of its directory now is not its own, and a last word written there destroys it (PGlite 0.5).
    if (lock?.isHeld()) await pglite?.close().catch(() => {});
    pglite = undefined;
    await lock?.release();
    lock = undefined;
  }

  async function withPglite<Result>(work: (opened: PGlite) => Promise<Result>): Promise<Result> {
    if (pglite === undefined) throw new Error("the embedded database was used before it was made");
    if (!lock?.isHeld()) throw movedAway(directory);
    try {
      return await work(pglite);
    } catch (error) {
      throw classifyDatabaseError(errorOf(error), description);
    }
  }

  if (await hasDatabase(directory)) await open({ exists: true });
  return {
    description,
    // WebAssembly has 4 GB of addresses, and 128 MB of them are buffers.
    indexMemoryMbMax: 512,
    // It is open to this process alone.
    hasOtherReaders: false,
    exists: async () => pglite !== undefined,
    // Nothing was known of it when the run began: what another run has made since then is not looked into halfway.
    create: () => open({ exists: false }),
    // The lock on the directory keeps every other process out: there is nobody left to be told apart from.
    lock: async () => {},
    release: async () => false,
    query: (statement) => withPglite((opened) => queryableOf(opened).query(statement)),
    begin: (work) =>
      withPglite(async (opened) => {
        await requireSpace(directory);
        return opened.transaction(async (client) => {
          const tx = queryableOf(client);
          await pinSearchPath(tx);
          return work(tx);
        });
      }),
    // It runs in this thread: whoever could ask has to wait for it.
    watchIndexBuild: () => () => {},
    cancel: async () => {},
    isWanted: () => lock !== undefined && (lock.isWanted() || !lock.isHeld()),
    close,
  };
}

function movedAway(directory: string) {
  const message = `the embedded database ${directory} was removed or moved away while it was open`;
  return fatalError("database_missing", message, "end what had it open before a database is moved; then run again");
}

/** By the numbers of WASI, which Emscripten throws in objects that are no errors. */
const CODES: Readonly<Record<number, string>> = {
  2: "EACCES",
  19: "EDQUOT",
  29: "EIO",
  33: "EMFILE",
  51: "ENOSPC",
  69: "EROFS",
};

function errorOf(error: unknown): unknown {
  if (error instanceof Error || typeof error !== "object" || error === null) return error;
  if ("message" in error && typeof error.message === "string") return new Error(error.message, { cause: error });
  const number = "errno" in error && typeof error.errno === "number" ? error.errno : 0;
  const code = CODES[number];
  return refusal(`its files cannot be read or written (${code ?? `error ${number}`})`, code);
}

/** PGlite writes even for those who only read, and so does the lock. Returns the first directory that had to be made. */
async function makeWritable(directory: string, description: string): Promise<string | undefined> {
  try {
    const made = await mkdir(directory, { recursive: true });
    await access(directory, constants.W_OK | constants.X_OK);
    return made;
  } catch (error) {
    const message = `the ${description} cannot be opened: ${directory} cannot be written: ${systemReason(error)}`;
    throw fatalError(
      "database_read_only",
      message,
      `${ANOTHER_DIRECTORY}; --state-dir DIR moves all files that are kept`,
    );
  }
}

function queryableOf(runner: Pick<PGlite, "query">): Transaction {
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
