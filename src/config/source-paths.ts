import { statSync } from "node:fs";
import { resolve } from "node:path";
import { messageOf } from "../flow/errors.ts";

/** A glob as a folder without wildcards and a pattern below it. */
type GlobParts = { readonly folder: string; readonly pattern: string };

/** What is wrong with a configured path (file, directory or glob, relative to `dataDir`); undefined: it is there. */
export function pathProblem(dataDir: string, path: string): string | undefined {
  const absolute = resolve(dataDir, path);
  try {
    // Asked first, so that a file whose name has brackets needs no escapes.
    if (statSync(absolute, { throwIfNoEntry: false }) !== undefined) return undefined;
    const glob = globParts(path);
    if (glob === undefined) return `does not exist (${absolute})`;
    const folder = resolve(dataDir, glob.folder);
    if (statSync(folder, { throwIfNoEntry: false }) === undefined) return `matches nothing: ${folder} does not exist`;
    const { done } = new Bun.Glob(glob.pattern)
      .scanSync({ cwd: folder, onlyFiles: false, followSymlinks: true })
      .next();
    return done ? `matches nothing in ${folder}` : undefined;
  } catch (error) {
    return `cannot be read: ${messageOf(error)}`;
  }
}

/** Splits a path before its first segment with a wildcard (`*`, `?`, `[...]`, `{...}`); undefined when it has none. */
function globParts(path: string): GlobParts | undefined {
  const segments = path.split("/");
  const first = segments.findIndex((segment) => /[*?[{]/.test(segment));
  if (first < 0) return undefined;
  const folder = segments.slice(0, first).join("/");
  return { folder: folder === "" && path.startsWith("/") ? "/" : folder, pattern: segments.slice(first).join("/") };
}
