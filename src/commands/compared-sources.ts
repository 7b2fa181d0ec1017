import { SOURCES_FILE_DEFAULT } from "../config/flag-table.ts";
import type { Flags } from "../config/flags.ts";
import { problemsOf } from "../config/problems.ts";
import { isWithoutFile, type ListedSource, listSources } from "../config/sources.ts";
import { printable } from "../text/printable.ts";
import type { World } from "./world.ts";

/**
 * The entries of the sources file, for a command on the corpus that only compares with them. One that cannot be read is no
 * reason to fail: what is stored is there all the same, and that nothing is compared is said. One that a flag names must be there.
 */
export function comparedSources(flags: Flags, { cwd, stderr }: Pick<World, "cwd" | "stderr">): ListedSource[] {
  try {
    return listSources(flags, cwd);
  } catch (error) {
    if (isWithoutFile(error, flags.config ?? SOURCES_FILE_DEFAULT)) throw error;
    const [problem = ""] = problemsOf(error);
    if (!flags.quiet) stderr.write(`warning: ${printable(problem)}; nothing is compared with it\n`);
    return [];
  }
}
