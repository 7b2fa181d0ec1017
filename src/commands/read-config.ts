import type { Flags } from "../config/flags.ts";
import { loadSettings } from "../config/settings.ts";
import { loadSources } from "../config/sources.ts";
import { printable } from "../text/printable.ts";
import type { World } from "./world.ts";

/** The settings of any command; with `--verbose` they are printed. */
export function readSettings(flags: Flags, { env, cwd, stderr }: Pick<World, "env" | "cwd" | "stderr">) {
  const loaded = loadSettings({ flags, env, cwd });
  for (const [key, { shown, name }] of flags.verbose ? loaded.origins : [])
    stderr.write(`${key} = ${printable(shown)} (${printable(name)})\n`);
  return loaded;
}

/** Settings and chosen sources of a command that reads sources. Throws one error that names all that is wrong with each. */
export function readConfig(flags: Flags, world: Pick<World, "env" | "cwd" | "stderr">) {
  const { settings, origins, warnings } = readSettings(flags, world);
  const listed = loadSources({ flags, env: world.env, cwd: world.cwd });
  return { settings, origins, listed, warnings: [...warnings, ...listed.warnings] };
}
