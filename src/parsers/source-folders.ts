import { lstatSync, readdirSync } from "node:fs";
import { lstat, readlink, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, normalize, resolve, sep } from "node:path";
import type { SourceEntry } from "./parser.ts";
import { PathPattern } from "./path-pattern.ts";

/** As many as Linux follows. */
const LINKS_MAX = 40;

/** The folders and files of `paths`, as they are called once all links are followed: what a link may always lead to. */
export class SourceFolders {
  readonly #real: readonly string[];

  static async of({ dataDir, paths }: Pick<SourceEntry, "dataDir" | "paths">): Promise<SourceFolders> {
    const folders = paths.map(async (configured) => {
      const found = await realEntry((await configuredPath(dataDir, configured)).absolute).catch(() => undefined);
      return found === undefined ? [] : [found.real];
    });
    return new SourceFolders((await Promise.all(folders)).flat());
  }

  private constructor(real: readonly string[]) {
    this.#real = real;
  }

  hold(real: string): boolean {
    return this.#real.some((path) => isWithin(real, path));
  }
}

/** What stands at a path once all links are followed. */
export type RealEntry = { readonly real: string; readonly isDirectory: boolean; readonly isFile: boolean };

/** A configured path, written like those of files: with forward slashes, in Unicode's form C. */
type ConfiguredPath = {
  readonly path: string;
  /** Undefined for one that exists as it is written, brackets or not, and for one without wildcards. */
  readonly pattern: PathPattern | undefined;
  /** It, or the directory of its pattern; absolute too. */
  readonly root: string;
  readonly absolute: string;
};

export async function configuredPath(dataDir: string, configured: string): Promise<ConfiguredPath> {
  const written = withSlashes(normalize(configured)).replace(/(?<=.)\/$/, "");
  const path = written.normalize("NFC");
  const absolute = onDisk(resolve(dataDir, written));
  const pattern = (await exists(absolute)) ? undefined : PathPattern.from(path);
  if (pattern === undefined) return { path, pattern, root: path, absolute };
  return { path, pattern, root: pattern.directory, absolute: onDisk(resolve(dataDir, pattern.directory)) };
}

/**
 * A path as it is called on disk, where accents may be written in another way (macOS takes letters apart, Linux keeps what it
 * is given). As it stands when there is no such thing.
 */
export function onDisk(absolute: string): string {
  if (isAscii(absolute) || lstatSync(absolute, { throwIfNoEntry: false }) !== undefined) return absolute;
  const folder = dirname(absolute);
  if (folder === absolute) return absolute;
  const name = basename(absolute);
  const real = onDisk(folder);
  const wanted = name.normalize("NFC");
  return join(real, (isAscii(name) ? undefined : namesIn(real).find((one) => one.normalize("NFC") === wanted)) ?? name);
}

/** Written in one way only. */
export function isAscii(path: string): boolean {
  // eslint-disable-next-line no-control-regex
  return /^[\0-\x7f]*$/.test(path);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Throws when a link on the way leads nowhere. */
export async function realEntry(absolute: string): Promise<RealEntry> {
  const real = await realpath(absolute);
  const status = await stat(real);
  return { real, isDirectory: status.isDirectory(), isFile: status.isFile() };
}

/** Where a link that leads nowhere would lead to; where it lies, when it leads to itself. */
export async function lastTarget(link: string): Promise<string> {
  let target = link;
  for (let links = 0; links < LINKS_MAX; links++) {
    const folder = await realOf(dirname(target));
    const next = await readlink(target).catch(() => undefined);
    if (next === undefined) return join(folder, basename(target));
    target = resolve(folder, next);
  }
  return realOf(dirname(link));
}

/** Whether a real path is a folder's, or of something in it. */
export function isWithin(real: string, folder: string): boolean {
  return real === folder || real.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

export function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

export function withSlashes(path: string): string {
  return process.platform === "win32" ? path.replaceAll("\\", "/") : path;
}

/** The real path of what is there of a path, with the rest behind it. */
async function realOf(path: string): Promise<string> {
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined || dirname(path) === path) return real ?? path;
  return join(await realOf(dirname(path)), basename(path));
}
