import { statSync } from "node:fs";
import { resolve } from "node:path";
import { type Environment, readVariable } from "./environment.ts";
import { shownValue } from "./shown-value.ts";

type DataDirectory = {
  /** Absolute. */
  readonly path: string;
  /** Why nothing can be read from there. */
  readonly problem?: string;
};

/**
 * The directory that the paths of the sources start from: `--data-dir`, else `DATA_DIR` (both relative to the working
 * directory), else `data_dir` of the sources file (relative to that file's `folder`), else that folder.
 */
export function findDataDirectory(
  {
    dataDirFlag,
    env,
    cwd,
  }: { readonly dataDirFlag?: string | undefined; readonly env: Environment; readonly cwd: string },
  inFile: unknown,
  folder: string,
): DataDirectory {
  const variable = readVariable(env, "DATA_DIR");
  if (dataDirFlag !== undefined) return checked(resolve(cwd, dataDirFlag), "--data-dir");
  if (variable !== undefined) return checked(resolve(cwd, variable), "DATA_DIR");
  if (inFile === undefined) return { path: folder };
  if (typeof inFile === "string") return checked(resolve(folder, inFile), "data_dir");
  return { path: folder, problem: `data_dir must be a text, not ${shownValue(inFile)}` };
}

function checked(path: string, from: string): DataDirectory {
  try {
    if (statSync(path).isDirectory()) return { path };
    return { path, problem: `data directory ${path} is not a directory (${from})` };
  } catch {
    return { path, problem: `data directory ${path} does not exist (${from})` };
  }
}
