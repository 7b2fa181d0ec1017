import type { Flags } from "../config/flags.ts";
import { loadSettings } from "../config/settings.ts";
import { loadSources } from "../config/sources.ts";
import type { World } from "./world.ts";

/** Settings and chosen sources of a command that reads sources. Throws one error that names all that is wrong with each. */
export function readConfig(flags: Flags, { env, cwd }: Pick<World, "env" | "cwd">) {
  const { settings, origins, warnings } = loadSettings({ flags, env, cwd });
  const listed = loadSources({ flags, env, cwd });
  return { settings, origins, listed, warnings: [...warnings, ...listed.warnings] };
}
