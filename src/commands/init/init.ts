import { NO_PROMPTS } from "../../config/flag-rules.ts";
import type { Flags } from "../../config/flags.ts";
import { loadSources } from "../../config/sources.ts";
import { usageError } from "../../flow/errors.ts";
import { Cancelled, EXIT_CANCELLED } from "../prompts.ts";
import type { World } from "../world.ts";
import { folderPath, folderProblem } from "./folder.ts";
import { firstRun } from "./first-run.ts";
import type { Asked } from "./run-flags.ts";
import { unasked } from "./unasked.ts";
import { ownFiles, requireWritable } from "./write-files.ts";

/**
 * Looks for documents in a folder, writes `sources.toml` and `config.toml` (never over existing ones), and runs; asks on a
 * terminal, unless `--yes` says not to. Exit code: that of the run; 130 when the user cancels: then nothing was changed.
 */
export async function init(
  { yes, interactive: _, ...flags }: Flags,
  [named, ...more]: readonly string[],
  world: World,
  run: Asked["run"],
): Promise<number> {
  if (more.length > 0)
    throw usageError(
      `init looks through one folder, and ${more.length + 1} are named`,
      "a name with spaces is in quotes",
    );
  const path = named === undefined ? undefined : folderPath(named, world);
  const problem = path === undefined ? undefined : folderProblem(path);
  if (problem !== undefined) throw usageError(problem);
  const asked = { flags, path, files: ownFiles(flags, world), world, run };
  // Kept as it is, it is what runs: what is wrong with it is said before anything is asked or written.
  if (asked.files.sources.isThere) loadSources({ flags, env: world.env, cwd: world.cwd });
  else requireWritable(asked.files, path ?? world.cwd);
  if (yes) return uncancelled(unasked(asked), world);
  if (flags.json || !world.interactiveTerminal) {
    const why = flags.json ? "prompts would stand among the JSON" : NO_PROMPTS;
    throw usageError(
      `init asks what to do, and ${why}`,
      (call) => `to have it take all that it finds: ${call.again(["init", "--yes", named ?? "DIR"])}`,
    );
  }
  return firstRun(asked);
}

/** What nobody was asked can be cancelled all the same, while it looks around. */
async function uncancelled(exitCode: Promise<number>, { stderr }: Pick<World, "stderr">): Promise<number> {
  try {
    return await exitCode;
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    stderr.write("Cancelled; nothing was changed.\n");
    return EXIT_CANCELLED;
  }
}
