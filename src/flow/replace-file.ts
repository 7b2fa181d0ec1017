import { randomUUID } from "node:crypto";
import { access, constants, type FileHandle, open, readdir, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { messageOf } from "./errors.ts";
import { isAlive } from "./is-alive.ts";
import { linkTarget, lstatIfThere, requireOwn } from "./link-target.ts";
import { isMissing, refusal } from "./system-reason.ts";

const MODE_OF_NEW_FILES = 0o666;
/** Undefined where there are none, which adds nothing: a pipe that nobody writes is not waited for, and a link that has just been put there is not followed. */
const { O_NOFOLLOW, O_NONBLOCK } = constants;

/** The temporary files that this process writes. */
const underWay = new Set<string>();

/**
 * Replaces a file by rename: whoever reads it, at any moment, finds the old bytes or the new ones, whole. A link stays a
 * link, permissions stay as they are, and what a killed process left beside the file goes.
 */
export async function replaceFile(path: string, bytes: string | Uint8Array): Promise<void> {
  const target = await linkTarget(path);
  const before = await lstatIfThere(target);
  // Nobody can have put a link there: the name cannot be guessed, and "x" takes none that is there.
  const temporary = `${target}.${process.pid}.${randomUUID()}.tmp`;
  underWay.add(temporary);
  try {
    const file = await open(temporary, "wx", before?.mode ?? MODE_OF_NEW_FILES);
    try {
      await file.writeFile(bytes);
      // Else a power cut after the rename may leave an empty file.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  } finally {
    underWay.delete(temporary);
  }
  await removeLeftovers(target);
}

/** Removes a file, not the link that leads to it, and what killed processes left beside it. None is fine. */
export async function removeFile(path: string): Promise<void> {
  const target = await linkTarget(path);
  await unlink(target).catch(ignoreMissing);
  await removeLeftovers(target);
}

/** Removes what processes that are gone left of `replaceFile`. */
async function removeLeftovers(target: string): Promise<void> {
  const prefix = `${basename(target)}.`;
  for (const name of await readdir(dirname(target)).catch(() => [])) {
    if (!name.startsWith(prefix)) continue;
    const pid = /^(\d+)\.([\da-f-]{36}\.)?tmp$/.exec(name.slice(prefix.length))?.[1];
    const path = join(dirname(target), name);
    // In a container every run may have the number of the one before.
    const isLeft = pid === String(process.pid) ? !underWay.has(path) : pid !== undefined && !isAlive(Number(pid));
    if (isLeft) await unlink(path).catch(() => {});
  }
}

/** The bytes of a file; undefined when there is none. Throws for what is no file, and for what a stranger has put there. */
export async function readOwnFile(path: string): Promise<Buffer | undefined> {
  try {
    const file = await openOwn(path, constants.O_RDONLY);
    try {
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    return ignoreMissing(error);
  }
}

/** Opens a file to read it and to append to it. Throws as `readOwnFile` does. */
export function openToAppend(path: string): Promise<FileHandle> {
  return openOwn(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT);
}

async function openOwn(path: string, flags: number): Promise<FileHandle> {
  const target = await linkTarget(path);
  const file = await open(target, flags | O_NOFOLLOW | O_NONBLOCK, MODE_OF_NEW_FILES);
  try {
    const found = await file.stat();
    requireFile(found);
    await requireOwn(target, found);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Throws what would keep `replaceFile`, or a file beside it, from being written; writes nothing. */
export async function requireReplaceable(path: string): Promise<void> {
  const target = await linkTarget(path);
  const found = await lstatIfThere(target);
  if (found !== undefined) {
    requireFile(found);
    await requireOwn(target, found);
    await access(target, constants.W_OK);
  }
  const directory = dirname(target);
  await access(directory, constants.W_OK | constants.X_OK).catch((error: unknown) => {
    const why = isMissing(error) ? "does not exist" : `cannot be written (${messageOf(error)})`;
    throw refusal(`its directory ${directory} ${why}`);
  });
}

/** Throws what would keep files from being made in a directory, or the directory from being made; makes nothing. */
export async function requireDirectory(path: string): Promise<void> {
  const target = await linkTarget(path);
  const found = await stat(target).catch(ignoreMissing);
  if (found === undefined) return requireDirectory(dirname(target));
  if (!found.isDirectory()) throw refusal("it is a file");
  await access(target, constants.W_OK | constants.X_OK);
}

function requireFile(found: { isDirectory(): boolean; isFile(): boolean }): void {
  if (found.isDirectory()) throw refusal("it is a directory", "EISDIR");
  if (!found.isFile()) throw refusal("it is no regular file");
}

function ignoreMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}
