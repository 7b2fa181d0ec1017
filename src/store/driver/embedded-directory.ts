import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, rmdir, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fatalError, messageOf } from "../../flow/errors.ts";
import { lstatIfThere } from "../../flow/link-target.ts";
import { isMissing, systemCode, systemReason } from "../../flow/system-reason.ts";
import { HOLDER_FILE, LOCK_FILE, WANTED_FILE } from "./directory-lock.ts";

/** PostgreSQL's major version in the pinned PGlite; a test compares the two. */
export const POSTGRES_MAJOR = "18";

/** What to do about a directory that cannot be used. */
export const ANOTHER_DIRECTORY =
  "name another directory with --database-url pglite:DIR, or move this one away to start anew";

const MEGABYTE = 1_048_576;
/** What a new one and the first tables take (PGlite 0.5; 25 MB, from source 40), and what may be written. */
const NEW_DATABASE_MB = 60;
/** PostgreSQL makes its log in files of 16 MB. PGlite never returns when it finds no room for one. */
const WRITABLE_MB = 20;
/** A row of 1,024 dimensions with its indexes. */
const CHUNK_KB = 20;
/** Nothing that PostgreSQL extends a file by fits in. */
const FULL_BYTES = MEGABYTE;
const NO_ROOM: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"]);

const DATA = "data";
const DATA_UNFINISHED = "data.new";
/** Written by a server that starts, and not by PGlite. */
const STARTED_BY_SERVER = "postmaster.opts";
/** All but the database itself are there only beside the lock, which is the first file that is made. */
const OURS = new Set([DATA, DATA_UNFINISHED, LOCK_FILE, HOLDER_FILE, WANTED_FILE, `${LOCK_FILE}-journal`]);

/** PostgreSQL's data directory in the directory of an embedded database. */
export function dataDirectory(directory: string): string {
  return join(directory, DATA);
}

/**
 * Whether there is a database in the directory. Throws a `fatal` error when there is something else in it, or a
 * database that our PGlite cannot open.
 */
export async function hasDatabase(directory: string): Promise<boolean> {
  const entries = await listed(directory);
  const lock = await lstatIfThere(join(directory, LOCK_FILE));
  if (lock !== undefined && !(lock.isFile() && lock.size === 0)) {
    throw unusable(directory, `its ${LOCK_FILE} is no lock of ours`);
  }
  // Hidden files (.gitignore, .DS_Store) may lie anywhere.
  const isForeign = (entry: string) => !OURS.has(entry) || (lock === undefined && entry !== DATA);
  const foreign = entries.find((entry) => isForeign(entry) && !entry.startsWith("."));
  if (foreign !== undefined) throw unusable(directory, `it holds other files, such as ${foreign}`);
  if (!entries.includes(DATA)) return false;
  const version = await readFile(join(directory, DATA, "PG_VERSION"), "utf8").catch(() => undefined);
  if (version === undefined) throw unusable(directory, `its folder "${DATA}" is no PostgreSQL database`);
  if (existsSync(join(directory, DATA, STARTED_BY_SERVER))) {
    throw unusable(directory, `its folder "${DATA}" belongs to a PostgreSQL server`);
  }
  if (version.trim() === POSTGRES_MAJOR) return true;
  const other = `it was made by PostgreSQL ${version.trim()}, and this program holds PostgreSQL ${POSTGRES_MAJOR}`;
  throw unusable(directory, other);
}

/**
 * Makes the data directory with `make`, if there is none: aside, and renamed when it is whole, so that a process
 * killed meanwhile leaves nothing that looks like a database. When it fails, nothing is left. Call it with the directory
 * locked.
 */
export async function makeDatabase(directory: string, make: (dataDirectory: string) => Promise<void>): Promise<void> {
  if (await hasDatabase(directory)) return;
  const unfinished = join(directory, DATA_UNFINISHED);
  await rm(unfinished, { recursive: true, force: true });
  const free = await freeBytes(directory);
  if (free < NEW_DATABASE_MB * MEGABYTE) throw diskFull(directory, free);
  await mkdir(unfinished);
  try {
    await make(unfinished);
    await rename(unfinished, dataDirectory(directory));
  } catch (error) {
    // Asked before it goes, and its space comes back.
    const left = await freeBytes(directory);
    await rm(unfinished, { recursive: true, force: true }).catch(() => {});
    if (left < FULL_BYTES) throw diskFull(directory, left);
    // A quota, or files enough: there are bytes, and they are not for us.
    throw NO_ROOM.has(systemCode(error) ?? "") ? fullDisk(directory, systemReason(error)) : error;
  }
}

/** The error of a disk that is full, if that is what keeps a database from being opened. */
export async function fullDiskError(directory: string) {
  const free = await freeBytes(directory);
  return free < FULL_BYTES ? diskFull(directory, free) : undefined;
}

/** Throws before a transaction that PGlite might never return from. */
export async function requireSpace(directory: string): Promise<void> {
  const free = await freeBytes(directory);
  if (free < WRITABLE_MB * MEGABYTE) throw diskFull(directory, free);
}

/** The directory and those above it that were made with it, up to `made`; none that holds anything else. */
export async function removeMade(directory: string, made: string): Promise<void> {
  await rm(join(directory, LOCK_FILE), { force: true });
  for (let path = directory; path.startsWith(made); path = dirname(path)) await rmdir(path);
}

async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

function diskFull(directory: string, free: number) {
  const needs = `a new one takes ${NEW_DATABASE_MB} MB, each chunk about ${CHUNK_KB} kB, and writing needs ${WRITABLE_MB} MB free`;
  return fullDisk(directory, `${Math.floor(free / MEGABYTE)} MB are free; ${needs}`);
}

function fullDisk(directory: string, reason: string) {
  const message = `the disk of the embedded database ${directory} is full: ${reason}`;
  const hint = "free space there, or name a directory on another disk with --database-url pglite:DIR, or --state-dir";
  return fatalError("database_full", message, hint);
}

async function listed(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    if (systemCode(error) === "ENOTDIR") throw unusable(directory, "it is a file");
    throw unusable(directory, messageOf(error));
  }
}

function unusable(directory: string, reason: string) {
  const message = `the embedded database ${directory} cannot be used: ${reason}`;
  return fatalError("not_a_database", message, ANOTHER_DIRECTORY);
}
