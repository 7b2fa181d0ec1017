import type { Stats } from "node:fs";
import { lstat, readlink } from "node:fs/promises";
import { dirname, join, parse, resolve, sep } from "node:path";
import { isMissing, refusal } from "./system-reason.ts";

const LINKS_MAX = 40;
const WORLD_WRITABLE = 0o002;
const STICKY = 0o1000;

/**
 * Where a path leads once every link in it is followed, even if there is no file yet; the path itself without links. In
 * a directory that others may write, a link may have been put there to have us write somewhere else: one that is neither
 * ours nor root's nor of the directory's owner is refused. Throws for links in a circle, too.
 */
export async function linkTarget(path: string): Promise<string> {
  const absolute = resolve(path);
  const { root } = parse(absolute);
  const parts = absolute.slice(root.length).split(sep);
  let at = root;
  let links = 0;
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    if (part === "" || part === ".") continue;
    const next = part === ".." ? dirname(at) : join(at, part);
    const found = await lstatIfThere(next);
    if (!found?.isSymbolicLink()) {
      at = next;
      continue;
    }
    if (++links > LINKS_MAX) throw refusal("links that lead in a circle", "ELOOP");
    if (isStrangers(found, await lstat(at))) {
      throw refusal(`the link ${next} belongs to another user (uid ${found.uid})`);
    }
    const target = await readlink(next);
    parts.unshift(...target.split(sep));
    if (target.startsWith(sep)) at = root;
  }
  return at;
}

/** Throws for a file that somebody else has put into a directory like `/tmp`, where everybody may. `path` has no links. */
export async function requireOwn(path: string, file: Stats): Promise<void> {
  const directory = await lstat(dirname(path));
  const isShared = (directory.mode & WORLD_WRITABLE) !== 0 && (directory.mode & STICKY) !== 0;
  if (isShared && isStrangers(file, directory)) throw refusal(`it belongs to another user (uid ${file.uid})`);
}

export async function lstatIfThere(path: string): Promise<Stats | undefined> {
  return lstat(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
}

function isStrangers({ uid }: Stats, directory: Stats): boolean {
  // Undefined where files have no owners.
  const us = process.geteuid?.();
  return us !== undefined && ![us, 0, directory.uid].includes(uid);
}
