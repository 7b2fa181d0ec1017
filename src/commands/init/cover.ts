import { below, type FoundFile, liesIn } from "./scan.ts";

/** What a path of `sources.toml` cannot hold, and what is a wildcard in it. */
const UNWRITABLE = /[\p{Cc}\ufffd]/u;
const SPECIAL = /[\p{Cc}\ufffd*?[\]{}\\!]/gu;

/**
 * Paths for `sources.toml` that lead to the files of a source and to none of the others: folders whole, where nothing else
 * lies in them, and patterns for what lies directly in the rest.
 */
export function coverOf(files: readonly FoundFile[], others: readonly FoundFile[]): string[] {
  const base = commonFolder(files.map(({ folder }) => folder));
  return cover(base, files, others);
}

function cover(folder: string, files: readonly FoundFile[], others: readonly FoundFile[]): string[] {
  const foreign = others.filter((file) => liesIn(file.folder, folder));
  if (foreign.length === 0) return [written(folder)];
  const direct = files.filter((file) => file.folder === folder);
  const patterns = foreign.some((file) => file.folder === folder)
    ? direct.map(({ name }) => below(folder, name)).map(written)
    : [...new Set(direct.map(({ name }) => `*${endingOf(name)}`))].map((name) =>
        below(folder === "." ? "." : pattern(folder), name),
      );
  const deeper = Map.groupBy(
    files.filter((file) => file.folder !== folder),
    (file) => below(folder, childOf(folder, file.folder)),
  );
  return [...patterns, ...[...deeper].flatMap(([child, own]) => cover(child, own, foreign))];
}

/** The folder that all of them lie in. */
export function commonFolder(folders: readonly string[]): string {
  const [first = ".", ...rest] = folders;
  let common = first;
  for (const folder of rest) while (!liesIn(folder, common)) common = above(common);
  return common;
}

function above(folder: string): string {
  return folder.includes("/") ? folder.slice(0, folder.lastIndexOf("/")) : ".";
}

/** The name of the folder in `folder` that leads to one below it. */
export function childOf(folder: string, deep: string): string {
  const rest = folder === "." ? deep : deep.slice(folder.length + 1);
  return rest.split("/")[0] ?? rest;
}

function endingOf(name: string): string {
  const ending = /(?<=.)\.[^.]+$/.exec(name)?.[0] ?? "";
  return ending.replace(SPECIAL, "?");
}

/** What exists as it is written needs no escapes. */
function written(path: string): string {
  return UNWRITABLE.test(path) ? pattern(path) : path;
}

/** In a pattern, any character stands for one that cannot be written. */
function pattern(path: string): string {
  return path.replace(SPECIAL, "?");
}
