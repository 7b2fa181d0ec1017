import { statSync } from "node:fs";
import { basename, dirname, relative, resolve } from "node:path";
import { withHome } from "../../config/environment.ts";
import { usageError } from "../../flow/errors.ts";
import { systemCode, systemReason } from "../../flow/system-reason.ts";
import { withSlashes } from "../../parsers/source-folders.ts";
import { printable } from "../../text/printable.ts";
import { count } from "../../text/words.ts";
import { waitingFor } from "../waiting.ts";
import type { World } from "../world.ts";
import { type Proposal, proposalsOf } from "./proposals.ts";
import { type Scan, scan } from "./scan.ts";

/** A folder, and the sources that its documents make. */
export type FoundFolder = {
  /** Absolute. */
  readonly path: string;
  readonly scanned: Scan;
  readonly sources: readonly Proposal[];
};

/** Looks through a folder beside a line that counts its files. Throws a usage error when it cannot be listed. */
export async function lookThrough(path: string, world: World, { filesMax = Infinity } = {}): Promise<FoundFolder> {
  let files = 0;
  const label = printable(basename(path) || path);
  const onProgress = (looked: number) => {
    files = looked;
  };
  const scanning = scan(path, { clock: world.clock, onProgress, ...(filesMax === Infinity ? {} : { filesMax }) });
  try {
    const text = () => `looking through ${label}: ${count(files)} files`;
    const scanned = world.interactiveTerminal ? await waitingFor(text, scanning, world) : await scanning;
    return { path, scanned, sources: proposalsOf(scanned, path) };
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    throw usageError(`the folder ${path} cannot be read: ${systemReason(error)}`);
  }
}

/** Why there is nothing to look through at a path; undefined: it is a folder. */
export function folderProblem(path: string): string | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return `there is no folder ${path}`;
    return found.isDirectory() ? undefined : `${path} is a file: name the folder that it lies in`;
  } catch (error) {
    return `the folder ${path} cannot be read: ${systemReason(error)}`;
  }
}

/** A folder as the user names it, absolute; `~` is that of a shell. */
export function folderPath(given: string, { cwd, env }: Pick<World, "cwd" | "env">): string {
  return resolve(cwd, withHome(given, env));
}

/** The folder as `data_dir` of a sources file has it: relative to that file; "" where it is the file's own. */
export function dataDirFor(folder: string, sourcesFile: string): string {
  return withSlashes(relative(dirname(sourcesFile), folder));
}
