import { accessSync, constants, lstatSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { SOURCES_FILE_DEFAULT } from "../../config/flag-table.ts";
import type { Flags } from "../../config/flags.ts";
import { usageError } from "../../flow/errors.ts";
import { isMissing, systemCode, systemReason } from "../../flow/system-reason.ts";
import { shellWord } from "../../text/shell-word.ts";
import type { World } from "../world.ts";
import { type Choices, valuesOf } from "./choices.ts";
import { configText, sourcesText } from "./file-texts.ts";
import { dataDirFor, type FoundFolder } from "./folder.ts";

const CONFIG_FILE = "config.toml";
const MODE_OF_NEW_FILES = 0o666;
const MODE_OF_SECRETS = 0o600;

/** The files that `init` writes: where they are, and whether they are there already. */
export type OwnFiles = {
  readonly sources: { readonly label: string; readonly path: string; readonly isThere: boolean };
  readonly config: { readonly label: string; readonly path: string; readonly isThere: boolean };
};

export function ownFiles({ config = SOURCES_FILE_DEFAULT }: Flags, { cwd }: Pick<World, "cwd">): OwnFiles {
  const about = (label: string, path: string) => ({ label, path, isThere: isThere(label, path) });
  return { sources: about(config, resolve(cwd, config)), config: about(CONFIG_FILE, join(cwd, CONFIG_FILE)) };
}

/** A link that leads nowhere is there, too. */
function isThere(label: string, path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw usageError(`${label} cannot be read: ${systemReason(error)}`);
  }
}

/**
 * Throws what is known to keep the files that are not there from being written, before anybody is asked what is to be in
 * them. `folder`: that of the documents.
 */
export function requireWritable({ sources, config }: OwnFiles, folder: string): void {
  for (const { label, path } of [config, sources].filter((file) => !file.isThere)) {
    const directory = dirname(path);
    try {
      accessSync(directory, constants.W_OK | constants.X_OK);
    } catch (error) {
      if (isMissing(error))
        throw usageError(
          `${label} cannot be written: there is no folder ${directory}`,
          `make it: mkdir -p ${shellWord(directory)}`,
        );
      throw usageError(`${label} cannot be written: ${systemReason(error)}`, (call) => {
        const again = call.again(["init", folder], { without: ["--config"] });
        return `go to a folder that you can write to, and name that of the documents: ${again}`;
      });
    }
  }
}

type Written = {
  /** Undefined: the sources file is there. */
  readonly folder: FoundFolder | undefined;
  /** Names of the sources that are to run. */
  readonly chosen: readonly string[];
  readonly choices: Choices;
};

/** Writes those that are not there, both or none, and says of each what became of it. */
export async function writeFiles(
  { sources, config }: OwnFiles,
  { folder, chosen, choices }: Written,
): Promise<string[]> {
  const said = ({ label }: { readonly label: string }, isWritten: boolean) =>
    isWritten ? `${label} is written` : `${label} is there already, and is kept as it is`;
  const values = valuesOf(choices);
  const secret = typeof values.database_url === "string" && values.database_url.includes("@");
  const isConfigWritten = await writeNew(config, configText(values), { secret });
  if (folder === undefined) return [said(sources, false), said(config, isConfigWritten)];
  const dataDir = dataDirFor(folder.path, sources.path);
  try {
    // Last: where it is there, nothing is asked any more.
    const isWritten = await writeNew(sources, sourcesText({ dataDir, sources: folder.sources, chosen }));
    return [said(sources, isWritten), said(config, isConfigWritten)];
  } catch (error) {
    if (isConfigWritten) await rm(config.path, { force: true });
    throw error;
  }
}

/**
 * Writes a file that is not there yet, the whole of it or nothing; false when it is, whatever it is: then it is left as it is.
 * `secret`: nobody else may read it. Throws a usage error when it cannot be written.
 */
export async function writeNew(
  { label, path }: { readonly label: string; readonly path: string },
  text: string,
  { secret = false } = {},
): Promise<boolean> {
  let isMade = false;
  try {
    // "wx" takes no name that is there, a link that leads nowhere among them.
    const file = await open(path, "wx", secret ? MODE_OF_SECRETS : MODE_OF_NEW_FILES);
    isMade = true;
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    if (isMade) await rm(path, { force: true });
    const hint = "go to a folder that you can write to, and name that of the documents: init DIR";
    throw usageError(`${label} cannot be written: ${systemReason(error)}`, hint);
  }
}
