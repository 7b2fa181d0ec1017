import { access, constants, open, readdir, readlink, realpath, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { messageOf } from "./errors.ts";
import { isAlive } from "./is-alive.ts";
import { isMissing } from "./system-reason.ts";

const MODE_OF_NEW_FILES = 0o666;

/**
 * Replaces a file by rename: whoever reads it, at any moment, finds the old bytes or the new ones, whole. A link stays a
 * link, permissions stay as they are, and what a killed process left beside the file goes.
 */
export async function replaceFile(path: string, bytes: string | Uint8Array): Promise<void> {
  const target = await linkTarget(path);
  const before = await stat(target).catch(ignoreMissing);
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, "w", before?.mode ?? MODE_OF_NEW_FILES);
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
    const pid = /^(\d+)\.tmp$/.exec(name.slice(prefix.length))?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await unlink(join(dirname(target), name)).catch(() => {});
  }
}

/** Throws what would keep `replaceFile`, or a file beside it, from being written; writes nothing. */
export async function requireReplaceable(path: string): Promise<void> {
  const target = await linkTarget(path);
  const found = await stat(target).catch(ignoreMissing);
  if (found?.isDirectory()) throw refusal("it is a directory", "EISDIR");
  if (found !== undefined && !found.isFile()) throw refusal("it is no regular file", "ENOTSUP");
  if (found !== undefined) await access(target, constants.W_OK);
  const directory = dirname(target);
  await access(directory, constants.W_OK | constants.X_OK).catch((error: unknown) => {
    const why = isMissing(error) ? "does not exist" : `cannot be written (${messageOf(error)})`;
    throw refusal(`its directory ${directory} ${why}`, "ENOTSUP");
  });
}

/** Throws what would keep files from being made in a directory, or the directory from being made; makes nothing. */
export async function requireDirectory(path: string): Promise<void> {
  const found = await stat(path).catch(ignoreMissing);
  if (found === undefined) return requireDirectory(dirname(path));
  if (!found.isDirectory()) throw refusal("it is a file", "ENOTSUP");
  await access(path, constants.W_OK | constants.X_OK);
}

/** Where a link leads, even if there is no file yet; `path` itself when it is no link. Throws for links in a circle. */
export async function linkTarget(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  const link = await readlink(path).catch(() => undefined);
  return link === undefined ? path : linkTarget(resolve(dirname(path), link));
}

/** Shaped like what the operating system says. */
function refusal(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}

function ignoreMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}
