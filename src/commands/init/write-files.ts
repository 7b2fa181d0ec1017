import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { SOURCES_FILE_DEFAULT } from "../../config/flag-table.ts";
import type { Flags } from "../../config/flags.ts";
import type { World } from "../world.ts";
import { type Choices, valuesOf } from "./choices.ts";
import { configText } from "./config-text.ts";
import { dataDirFor, type FoundFolder } from "./folder.ts";
import { sourcesText } from "./sources-text.ts";
import { writeNew } from "./write-new.ts";

const CONFIG_FILE = "config.toml";

/** The files that `init` writes: where they are, and whether they are there already. */
export type OwnFiles = {
  readonly sources: { readonly label: string; readonly path: string; readonly isThere: boolean };
  readonly config: { readonly label: string; readonly path: string; readonly isThere: boolean };
};

export function ownFiles({ config = SOURCES_FILE_DEFAULT }: Flags, { cwd }: Pick<World, "cwd">): OwnFiles {
  const about = (label: string, path: string) => ({ label, path, isThere: existsSync(path) });
  return { sources: about(config, resolve(cwd, config)), config: about(CONFIG_FILE, join(cwd, CONFIG_FILE)) };
}

type Written = {
  /** Undefined: the sources file is there. */
  readonly folder: FoundFolder | undefined;
  /** Names of the sources that are to run. */
  readonly chosen: readonly string[];
  readonly choices: Choices;
};

/** Writes those that are not there, and says of each what became of it. */
export async function writeFiles(
  { sources, config }: OwnFiles,
  { folder, chosen, choices }: Written,
): Promise<string[]> {
  const said: string[] = [];
  const note = (label: string, isWritten: boolean) =>
    said.push(isWritten ? `${label} is written` : `${label} is there already, and is kept as it is`);
  if (folder === undefined) note(sources.label, false);
  else {
    const dataDir = dataDirFor(folder.path, sources.path);
    note(
      sources.label,
      await writeNew(sources.path, sources.label, sourcesText({ dataDir, sources: folder.sources, chosen })),
    );
  }
  const values = valuesOf(choices);
  const secret = typeof values.database_url === "string" && values.database_url.includes("@");
  note(config.label, await writeNew(config.path, config.label, configText(values), { secret }));
  return said;
}
