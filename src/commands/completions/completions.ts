import type { Flags } from "../../config/flags.ts";
import { listSources } from "../../config/sources.ts";
import { IngestError } from "../../flow/errors.ts";
import { printable } from "../../text/printable.ts";
import type { World } from "../world.ts";
import { bashCompletions } from "./bash.ts";
import { fishCompletions } from "./fish.ts";
import { zshCompletions } from "./zsh.ts";

const SCRIPTS: Readonly<Record<string, () => string>> = {
  bash: bashCompletions,
  zsh: zshCompletions,
  fish: fishCompletions,
};

/** Prints the script for a shell; of `sources` what that script asks for: their names, one a line. Exit code 0. */
export function completions(flags: Flags, [word = ""]: readonly string[], world: World): number {
  const { [word]: script = () => sourceNames(flags, world) } = SCRIPTS;
  world.stdout.write(script());
  return 0;
}

/** None where the sources file is missing or wrong: whoever presses a key has not asked for an error. */
function sourceNames(flags: Flags, { cwd }: World): string {
  try {
    return listSources(flags, cwd)
      .map(({ name }) => `${printable(name)}\n`)
      .join("");
  } catch (error) {
    if (!(error instanceof IngestError)) throw error;
    return "";
  }
}
