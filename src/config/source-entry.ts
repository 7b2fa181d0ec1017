import { didYouMean } from "./nearest.ts";
import { pathProblem } from "./source-paths.ts";
import { SECRET_KEYS, SOURCE_KEYS, sourceSchema, type SourceValues } from "./source-schema.ts";
import type { SourceEntry } from "../parsers/parser.ts";
import { shownValue } from "./shown-value.ts";

/** A parser an entry may name, and whether its sources are found by `paths`. */
export type KnownParser = { readonly name: string; readonly needsPaths: boolean };

type Surroundings = {
  /** Absolute. */
  readonly dataDir: string;
  /** Whether it is worth looking for the paths. */
  readonly pathsChecked: boolean;
  readonly knownParsers: readonly KnownParser[];
};

type Checked = {
  /** There when there are no problems. */
  readonly entry?: SourceEntry;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
};

/** Checks one `[[sources]]` entry that would run, and turns it into the program's words and units. */
export function checkEntry(table: Readonly<Record<string, unknown>>, surroundings: Surroundings): Checked {
  const { dataDir, pathsChecked, knownParsers } = surroundings;
  const { data: values, error } = sourceSchema.safeParse(table);
  // One line a key, however many of its rules the value breaks.
  const wrong = new Map(error?.issues.map((issue) => [String(issue.path[0]), issue.message]));
  const problems = [...wrong].map(([key, message]) => wrongValue(key, message, table[key]));
  const warnings = Object.keys(table)
    .filter((key) => !SOURCE_KEYS.includes(key))
    .map((key) => `unknown key ${shownValue(key)}${didYouMean(key, SOURCE_KEYS)}`);

  // These look at the file's values, not at the checked ones, so that they speak up beside other mistakes.
  const parser = knownParsers.find(({ name }) => name === table.parser);
  if (parser === undefined && !wrong.has("parser")) problems.push(unknownParser(table.parser, knownParsers));
  if (parser?.needsPaths && table.paths === undefined) {
    problems.push(`paths is missing: the files, directories or globs that parser "${parser.name}" reads`);
  }
  const isUnused = parser?.needsPaths === false && table.paths !== undefined;
  if (isUnused) warnings.push(`paths has no effect: parser "${parser.name}" reads none`);
  const { data: paths = [] } = sourceSchema.shape.paths.safeParse(isUnused ? undefined : table.paths);
  for (const path of pathsChecked ? paths : []) {
    const problem = pathProblem(dataDir, path);
    if (problem !== undefined) problems.push(`path ${shownValue(path)} ${problem}`);
  }
  if (values === undefined || problems.length > 0) return { problems, warnings };
  return { entry: toEntry({ ...values, paths }, dataDir), problems, warnings };
}

function wrongValue(key: string, allowed: string, value: unknown): string {
  if (value === undefined) return `${key} is missing: it must be ${allowed}`;
  return `${key} must be ${allowed}${SECRET_KEYS.includes(key) ? "" : `, not ${shownValue(value)}`}`;
}

function unknownParser(value: unknown, knownParsers: readonly KnownParser[]): string {
  const names = knownParsers.map(({ name }) => name);
  return `unknown parser ${shownValue(value)}${didYouMean(String(value), names)} (parsers: ${names.join(", ")})`;
}

function toEntry(values: SourceValues & { paths: readonly string[] }, dataDir: string): SourceEntry {
  const { display_base, extensions, pdf_password, rate_limit, page_limit } = values;
  return {
    name: values.name,
    parser: values.parser,
    paths: values.paths,
    dataDir,
    generationTag: values.generation_tag,
    enabled: values.enabled,
    ...(display_base === undefined ? {} : { displayBase: display_base }),
    ...(extensions === undefined ? {} : { extensions: extensions.map(withDot) }),
    ...(pdf_password === undefined ? {} : { pdfPassword: pdf_password }),
    ...(rate_limit === undefined ? {} : { rateLimitMs: Math.round(rate_limit * 1_000) }),
    ...(page_limit === undefined ? {} : { pageLimit: page_limit }),
  };
}

function withDot(extension: string): string {
  return `.${extension.replace(/^\./, "").toLowerCase()}`;
}
