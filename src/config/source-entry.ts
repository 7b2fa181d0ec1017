import { statSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { messageOf } from "../flow/errors.ts";
import type { InstalledFiles, ParserEntry } from "../parsers/define-parser.ts";
import type { SourceEntry } from "../parsers/parser.ts";
import { onDisk, withSlashes } from "../parsers/source-folders.ts";
import { type Environment, readVariable } from "./environment.ts";
import { nearest, unknownKeys, unknownOf } from "./nearest.ts";
import { shownValue } from "./problems.ts";
import { insteadOfSetting } from "./setting-flags.ts";
import { aboutKey, keysOfSources, PATHS, sourceSchema } from "./source-schema.ts";

type Table = Readonly<Record<string, unknown>>;

type Place = {
  /** Absolute. */
  readonly dataDir: string;
  /** Whether it is worth looking for the paths below it. */
  readonly pathsChecked: boolean;
  /** What the variables that parsers know begin from. */
  readonly env: Environment;
  readonly cwd: string;
  readonly parsers: readonly ParserEntry[];
};

type Checked = {
  /** There when there are no problems. */
  readonly entry?: SourceEntry;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
};

/** Checks one `[[sources]]` entry that would run, and turns it into the program's words and units. */
export function checkEntry(table: Table, { dataDir, pathsChecked, env, cwd, parsers }: Place): Checked {
  const parser = parsers.find(({ name }) => name === table.parser);
  const keys = keysOfSources(parsers, parser);
  // One line a key, however many of its rules the value breaks.
  const issues = z.object(keys).safeParse(table).error?.issues ?? [];
  const wrong = new Map(issues.map((issue) => [String(issue.path[0]), issue.message]));
  const problems = [...wrong].map(([key, allowed]) => {
    const value = table[key];
    if (value === undefined) return `${key} is missing: it must be ${allowed}`;
    return `${key} must be ${allowed}${aboutKey(keys[key]).secret ? "" : `, not ${shownValue(value)}`}`;
  });
  const warnings = unknownKeys(table, Object.keys(keys), insteadOfSetting);

  // These look at the file's values, not at the checked ones, so that they speak up beside other mistakes.
  if (parser === undefined && !wrong.has("parser")) {
    const names = parsers.map(({ name }) => name);
    problems.push(unknownOf("parser", String(table.parser), names));
  }
  const found = placeIn(table, parser, { dataDir, env, cwd, known: Object.keys(keys) });
  problems.push(...found.problems);
  warnings.push(...found.warnings);
  const { place } = found;
  // Those of a program are looked for already.
  for (const path of pathsChecked && place.dataDir === dataDir ? place.paths : []) {
    const problem = pathProblem(dataDir, path);
    if (problem !== undefined) problems.push(`path ${shownValue(path)} ${problem}`);
  }
  const { data: values } = sourceSchema.safeParse(table);
  if (values === undefined || parser === undefined || problems.length > 0) return { problems, warnings };
  const { generation_tag: generationTag, extensions, name, enabled } = values;
  const own = Object.keys(parser.sourceKeys).filter((key) => key in table);
  const entry = {
    ...{ name, parser: parser.name, ...place, generationTag, enabled },
    ...(extensions === undefined ? {} : { extensions: extensions.map(withDot) }),
    keys: Object.fromEntries(own.map((key) => [key, table[key]])),
  };
  return { entry, problems, warnings };
}

type FilesPlace = Pick<SourceEntry, "paths" | "dataDir">;

/** Where the files of an entry lie: where it says, else where another program has them. */
function placeIn(
  table: Table,
  parser: ParserEntry | undefined,
  { dataDir, known, ...world }: InstalledIn & { readonly dataDir: string; readonly known: readonly string[] },
): { readonly place: FilesPlace; readonly problems: readonly string[]; readonly warnings: readonly string[] } {
  const { data: paths = [] } = sourceSchema.shape.paths.safeParse(table.paths);
  const [place, none] = [
    { paths, dataDir },
    { paths: [], dataDir },
  ];
  const isEmpty = Array.isArray(table.paths) && table.paths.length === 0;
  if (parser === undefined || !(isEmpty || table.paths === undefined)) {
    if (parser?.needsPaths !== false) return { place, problems: [], warnings: [] };
    return { place: none, problems: [], warnings: [`paths has no effect: parser "${parser.name}" reads none`] };
  }
  if (!parser.needsPaths) return { place: none, problems: [], warnings: [] };
  // A misspelt "paths" must not lead to other files than it names.
  const isMisspelt = Object.keys(table).some((key) => !known.includes(key) && nearest(key, known) === "paths");
  if (parser.installed !== undefined && !isMisspelt) return installedPlace(parser.installed, world);
  const problem = isEmpty
    ? `paths must be ${PATHS}, not []`
    : `paths is missing: the files, directories or globs that parser "${parser.name}" reads`;
  return { place: none, problems: [problem], warnings: [] };
}

type InstalledIn = Pick<Place, "env" | "cwd">;

/** Names of files that a program brought along do not say where that is installed. */
function installedPlace({ product, variable, home, folder }: InstalledFiles, { env, cwd }: InstalledIn) {
  const value = readVariable(env, variable);
  const place = { paths: [folder], dataDir: resolve(cwd, value ?? home) };
  const problem = pathProblem(place.dataDir, folder);
  if (problem === undefined) return { place, problems: [], warnings: [] };
  const set = value === undefined ? `set ${variable}` : `${variable} is ${shownValue(value)}; set it`;
  const remedy = `${set} to the folder of ${product}, or paths to that of the exports`;
  return { place, problems: [`paths names nothing, and ${folder} of ${product} ${problem}: ${remedy}`], warnings: [] };
}

function withDot(extension: string): string {
  return `.${extension.replace(/^\./, "").toLowerCase()}`;
}

/** What is wrong with a configured path (file, directory or glob, relative to `dataDir`); undefined: it is there. */
function pathProblem(dataDir: string, path: string): string | undefined {
  const absolute = onDisk(resolve(dataDir, path));
  try {
    // Asked first, so that a file whose name has brackets needs no escapes.
    if (statSync(absolute, { throwIfNoEntry: false }) !== undefined) return undefined;
    const glob = globParts(path);
    if (glob === undefined) return `does not exist (${absolute})`;
    const folder = onDisk(resolve(dataDir, glob.folder));
    if (statSync(folder, { throwIfNoEntry: false }) === undefined) return `matches nothing: ${folder} does not exist`;
    const files = new Bun.Glob(glob.pattern);
    for (const _ of files.scanSync({ cwd: folder, onlyFiles: false, followSymlinks: true })) return undefined;
    // Names on disk may be in another form than the pattern, in which "?" is one letter, accent or not.
    const normal = new Bun.Glob(glob.pattern.normalize("NFC"));
    for (const name of new Bun.Glob("**").scanSync({ cwd: folder, onlyFiles: false }))
      if (normal.match(withSlashes(name).normalize("NFC"))) return undefined;
    return `matches nothing in ${folder}`;
  } catch (error) {
    return `cannot be read: ${messageOf(error)}`;
  }
}

/** Splits a path before its first segment with a wildcard (`*`, `?`, `[...]`, `{...}`); undefined when it has none. */
function globParts(path: string): { readonly folder: string; readonly pattern: string } | undefined {
  const segments = path.split("/");
  const first = segments.findIndex((segment) => /[*?[{]/.test(segment));
  if (first < 0) return undefined;
  const folder = segments.slice(0, first).join("/");
  return { folder: folder === "" && path.startsWith("/") ? "/" : folder, pattern: segments.slice(first).join("/") };
}
