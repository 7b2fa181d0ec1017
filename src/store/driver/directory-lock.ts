import { constants, Database as Sqlite } from "bun:sqlite";
import { existsSync, statSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { type Clock, systemClock } from "../../flow/clock.ts";
import { fatalError } from "../../flow/errors.ts";
import { systemCode } from "../../flow/system-reason.ts";

const WAIT_MS_MAX = 2_000;
const POLL_MS = 100;
/** What locks: an SQLite file that stays empty. */
export const LOCK_FILE = "lock.db";
const OPEN = constants.SQLITE_OPEN_READWRITE | constants.SQLITE_OPEN_CREATE | constants.SQLITE_OPEN_NOFOLLOW;
/** Who locks, for messages. */
export const HOLDER_FILE = "holder.json";
/** Somebody waits for the lock: a holder that can do without gives it back. */
export const WANTED_FILE = "wanted";

const holder = z.object({ pid: z.number(), host: z.string(), since: z.string() });

export type DirectoryLock = {
  /** Whether another process waits for it. */
  isWanted(): boolean;
  /** False once the directory is another one, or none: it was removed or moved away. */
  isHeld(): boolean;
  release(): Promise<void>;
};

/**
 * Keeps every other process out of a directory, for as long as this one lives or until `release`: an exclusive SQLite
 * transaction, which the operating system ends when the process dies, `kill -9` included. Tried for 2 s, then a
 * `fatal` error names the holder.
 */
export async function lockDirectory(directory: string, clock: Clock = systemClock): Promise<DirectoryLock> {
  const database = new Sqlite(join(directory, LOCK_FILE), OPEN);
  const since = clock.now();
  const wanted = join(directory, WANTED_FILE);
  const file = join(directory, LOCK_FILE);
  // As long as it is open, no other file has its number.
  const mine = identityOf(file);
  const isHeld = () => mine !== undefined && identityOf(file) === mine;
  try {
    while (!tryLock(database)) {
      if (clock.now() - since >= WAIT_MS_MAX) throw await heldByOther(directory);
      // A link is not followed; who cannot be asked is waited for all the same.
      await writeFile(wanted, "", { flag: "wx" }).catch(() => {});
      await clock.sleep(POLL_MS);
    }
    // Removed meanwhile by a run that could not make its database: what we hold keeps nobody out.
    if (!isHeld()) throw await heldByOther(directory);
    const self = { pid: process.pid, host: hostname(), since: clock.date().toISOString() };
    // Left by a process that was killed. Made anew, so that no link is followed.
    await rm(join(directory, HOLDER_FILE), { force: true });
    await writeFile(join(directory, HOLDER_FILE), JSON.stringify(self), { flag: "wx" });
  } catch (error) {
    database.close();
    throw error;
  } finally {
    await rm(wanted, { force: true });
  }
  return {
    isWanted: () => existsSync(wanted),
    isHeld,
    async release() {
      if (isHeld()) await rm(join(directory, HOLDER_FILE), { force: true });
      database.close();
    },
  };
}

/** What tells a file from another one of its name. */
function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}

function tryLock(database: Sqlite): boolean {
  try {
    database.run("begin exclusive");
    return true;
  } catch (error) {
    if (systemCode(error) === "SQLITE_BUSY") return false;
    throw error;
  }
}

async function heldByOther(directory: string) {
  const message = `the embedded database ${directory} is in use by another run: ${await holderOf(directory)}`;
  return fatalError("locked", message, "it admits one process at a time: wait for that one to end, or stop it");
}

async function holderOf(directory: string): Promise<string> {
  try {
    const { pid, host, since } = holder.parse(JSON.parse(await readFile(join(directory, HOLDER_FILE), "utf8")));
    return `pid ${pid} on ${host} since ${since}`;
  } catch {
    // Between taking the lock and writing the name, or after removing it.
    return "it does not say which";
  }
}
