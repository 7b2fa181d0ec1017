import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { IngestError, usageError } from "../flow/errors.ts";
import type { ParserEntry } from "../parsers/define-parser.ts";
import type { SourceEntry } from "../parsers/parser.ts";
import { parsers as allParsers } from "../parsers/registry.ts";
import { type Environment, readVariable } from "./environment.ts";
import { SOURCES_FILE_DEFAULT } from "./flag-table.ts";
import type { Flags } from "./flags.ts";
import { unknownKeys, unknownOf } from "./nearest.ts";
import { checkEntry } from "./source-entry.ts";
import { sourceName } from "./source-schema.ts";
import { problemsError, shownValue } from "./problems.ts";
import { insteadOfSetting } from "./setting-flags.ts";
import { readTomlFile } from "./toml-file.ts";

/** What is known of every entry, whether it runs or not. */
export type ListedSource = { readonly name: string; readonly parser: string; readonly enabled: boolean };

type LoadedSources = {
  /** Those that will run, in the order of the file. */
  readonly entries: readonly SourceEntry[];
  /** All that have a name, in the order of the file. */
  readonly all: readonly ListedSource[];
  readonly warnings: readonly string[];
};

/** An entry, for those who write their first one. */
const SOURCES_EXAMPLE = '[[sources]]\nname = "tutorial"\nparser = "mdx"\npaths = ["docs"]';

/**
 * Reads the sources file and checks the entries that would run: those of `--source`, else the enabled ones. An entry
 * that would not run is only checked for a duplicate name. Throws a usage error that names all that is wrong.
 */
export function loadSources({
  flags: { config = SOURCES_FILE_DEFAULT, source: select = [], dataDir },
  env,
  cwd,
  parsers = allParsers,
}: {
  /** Their paths are relative to `cwd`. */
  readonly flags: Pick<Flags, "config" | "source" | "dataDir">;
  readonly env: Environment;
  readonly cwd: string;
  /** Those that an entry may name. */
  readonly parsers?: readonly ParserEntry[];
}): LoadedSources {
  const path = resolve(cwd, config);
  const file = readTomlFile(path, config);
  if (file === undefined) {
    throw usageError(
      `${noFile(config)} (${path})`,
      (call) =>
        `to have it written, with all that there is to read in a folder: ${call.again(["init", "--yes", "DIR"])}\n` +
        `or name another one with --config PATH, or write it; an entry looks like this:\n\n${SOURCES_EXAMPLE}`,
    );
  }
  const tables = tablesOf(file.keys.sources, config);
  const at = positions(file.text, tables.length, config);
  const sources = tables.map((table, index) => ({ table, at: at(index), name: sourceName(table) }));

  const problems = [...duplicates(sources), ...unknownNames(select, sources)];
  const chosen = sources.filter(({ table, name }) =>
    select.length === 0 ? table.enabled !== false : name !== undefined && select.includes(name),
  );
  if (chosen.length === 0 && problems.length === 0) {
    throw usageError(`no source is enabled in ${config}`, "set enabled = true, or name one with --source NAME");
  }

  const warnings = unknownKeys(file.keys, ["data_dir", "sources"], insteadOfSetting).map(
    (problem) => `${config}: ${problem}`,
  );
  const dataDirectory = findDataDirectory({ dataDir, env, cwd }, file.keys.data_dir, dirname(path));
  const directoryProblem = chosen.some(({ table }) => readsDataDirectory(table)) ? dataDirectory.problem : undefined;
  if (directoryProblem !== undefined) problems.push(`${config}: ${directoryProblem}`);

  const entries: SourceEntry[] = [];
  for (const source of chosen) {
    // Without the data directory each path would be missing for the same reason.
    const pathsChecked = directoryProblem === undefined;
    const result = checkEntry(source.table, { dataDir: dataDirectory.path, pathsChecked, env, cwd, parsers });
    problems.push(...result.problems.map((problem) => `${placeOf(source)}: ${problem}`));
    warnings.push(...result.warnings.map((warning) => `${placeOf(source)}: ${warning}`));
    if (result.entry !== undefined) entries.push(result.entry);
  }
  // With the warnings, because a misspelt key is often the reason why another one is missing.
  if (problems.length > 0) throw problemsError(config, [...problems, ...warnings]);
  return { entries, all: sources.flatMap(listed), warnings };
}

/** The entries of the sources file, unchecked; none when there is no file and no flag names one. Throws when it is no TOML. */
export function listSources(flags: Pick<Flags, "config">, cwd: string): ListedSource[] {
  const { config = SOURCES_FILE_DEFAULT } = flags;
  const file = readTomlFile(resolve(cwd, config), config);
  if (file === undefined && flags.config !== undefined) throw usageError(noFile(config));
  if (file === undefined) return [];
  return tablesOf(file.keys.sources, config).flatMap((table) => listed({ table, at: "", name: sourceName(table) }));
}

/** Whether an error says that there is no sources file. */
export function isWithoutFile(error: unknown, config: string): boolean {
  return error instanceof IngestError && error.message.startsWith(noFile(config));
}

function noFile(config: string): string {
  return `sources file ${config} does not exist`;
}

type Table = Readonly<Record<string, unknown>>;

/** An entry as it stands in the file. `at` is where, for messages. */
type Source = { readonly table: Table; readonly at: string; readonly name: string | undefined };

function tablesOf(value: unknown, config: string): readonly Table[] {
  const { data } = z.array(z.record(z.string(), z.unknown())).safeParse(value ?? []);
  if (data !== undefined && data.length > 0) return data;
  const problem = data === undefined ? ": sources must be a list of tables" : " has no [[sources]] entry";
  throw usageError(`${config}${problem}`, `an entry looks like this:\n\n${SOURCES_EXAMPLE}`);
}

/** Names the place of the nth entry: with its line when the headers can be told apart from the rest of the text. */
function positions(text: string, entries: number, config: string): (index: number) => string {
  const lines = text
    .split("\n")
    .flatMap((line, index) => (/^\s*\[\[\s*(["']?)sources\1\s*\]\]/.test(line) ? index + 1 : []));
  return (index) => (lines.length === entries ? `${config}:${lines[index]}` : `${config}: entry ${index + 1}`);
}

function placeOf({ at, name }: Source): string {
  return name === undefined ? at : `${at}: source ${shownValue(name)}`;
}

function duplicates(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const first = sources.find(({ name }) => name !== undefined && name === source.name) ?? source;
    return first === source ? [] : [`${placeOf(source)}: the name is taken by ${first.at}`];
  });
}

function unknownNames(select: readonly string[], sources: readonly Source[]): string[] {
  const names = sources.flatMap(({ name }) => name ?? []);
  return [...new Set(select)].filter((name) => !names.includes(name)).map((name) => unknownOf("source", name, names));
}

function listed({ table, name }: Source): ListedSource[] {
  if (name === undefined) return [];
  return [{ name, parser: typeof table.parser === "string" ? table.parser : "", enabled: table.enabled !== false }];
}

/** An entry of no paths reads no files, or those that a program brought along. */
function readsDataDirectory({ paths }: Table): boolean {
  return paths !== undefined && !(Array.isArray(paths) && paths.length === 0);
}

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
function findDataDirectory(
  { dataDir, env, cwd }: { readonly dataDir: string | undefined; readonly env: Environment; readonly cwd: string },
  inFile: unknown,
  folder: string,
): DataDirectory {
  const variable = readVariable(env, "DATA_DIR");
  if (dataDir !== undefined) return checked(resolve(cwd, dataDir), "--data-dir");
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
