import { embedders } from "../embed/registry.ts";
import { aboutSetting, SETTING_KEYS } from "./setting-table.ts";

/** The commands, in the order of the help text. Another one is one line here, and its name at the flags it takes. */
export const COMMANDS = {
  ingest: { argument: "", summary: "Rebuild the corpus from sources.toml; what a call without a command does" },
  search: { argument: "TEXT", summary: "Find the chunks that answer a question" },
  parse: { argument: "", summary: "Show what the parsers make of a source, without database and embedder" },
  report: { argument: "", summary: "Say what the corpus consists of, and what looks wrong with it" },
} as const satisfies Record<string, { readonly argument: string; readonly summary: string }>;

export type Command = keyof typeof COMMANDS;

/** The values of all flags, under the names the program uses: `--retry-failed` is `retryFailed`. */
export type FlagValues = {
  config: string;
  dataDir: string;
  source: readonly string[];
  generation: string;
  limit: number;
  full: boolean;
  workers: number;
  sequential: boolean;
  clean: boolean;
  resume: boolean;
  retryFailed: boolean;
  dryRun: boolean;
  maxDelete: number;
  databaseUrl: string;
  embedder: string;
  model: string;
  dimensions: number;
  interactive: boolean;
  verbose: boolean;
  quiet: boolean;
  json: boolean;
  help: boolean;
  version: boolean;
  /** Of settings whose owners declare a flag, under the settings' keys. */
  settings: Readonly<Record<string, string>>;
};

/** A flag of its own, which stands in the table below. */
export type FlagKey = Exclude<keyof FlagValues, "settings">;

type Kind<Value> = {
  readonly takesValue: boolean;
  /** Completes "--flag must be ...". */
  readonly allowed: string;
  /** Undefined when `text` is not allowed. `before` is what an earlier use of the flag gave. */
  readonly read: (text: string, before: Value | undefined) => Value | undefined;
};

type FlagSpec<Value> = {
  readonly kind: Kind<Value>;
  /** One letter. */
  readonly alias?: string;
  /** What stands for the value in the help text. */
  readonly value?: string;
  /** A URL, which may have a password. */
  readonly secret?: true;
  readonly commands: readonly Command[];
  readonly group: "Corpus" | "Run" | "Database and embedder" | "Output";
  readonly help: string;
};

/** `--config` when it is not given. */
export const SOURCES_FILE_DEFAULT = "sources.toml";

/** `--limit` when it is not given. */
export const SEARCH_LIMIT_DEFAULT = 10;

/** `--limit` of `parse` when it is not given. */
export const PARSE_LIMIT_DEFAULT = 3;

const onOff: Kind<boolean> = { takesValue: false, allowed: "", read: () => true };
const text: Kind<string> = {
  takesValue: true,
  allowed: "a text that is not empty",
  read: (given) => (given.trim() === "" ? undefined : given),
};
const texts: Kind<readonly string[]> = {
  takesValue: true,
  allowed: "a text that is not empty",
  read: (given, before = []) => (given.trim() === "" ? undefined : [...before, given]),
};
const positiveInteger: Kind<number> = integerFrom(1, "a positive integer");
const integer: Kind<number> = integerFrom(0, "a non-negative integer");

const providers = embedders
  .map(({ name }) => name)
  .join(", ")
  .replace(/, (?=[^,]*$)/, " or ");

const ALL = Object.keys(COMMANDS).filter(isCommand);
const INGEST: readonly Command[] = ["ingest"];
const SEARCH: readonly Command[] = ["search"];
const READING: readonly Command[] = ["ingest", "parse"];

const specs: { readonly [Key in FlagKey]: FlagSpec<FlagValues[Key]> } = {
  config: {
    kind: text,
    value: "PATH",
    commands: ALL,
    group: "Corpus",
    help: `sources file (default ${SOURCES_FILE_DEFAULT})`,
  },
  dataDir: {
    kind: text,
    value: "DIR",
    commands: READING,
    group: "Corpus",
    help: "base directory of the sources' paths; overrides DATA_DIR, which overrides data_dir",
  },
  source: {
    kind: texts,
    value: "NAME",
    commands: ["ingest", "search", "parse"],
    group: "Corpus",
    help: "only this source, even if it is disabled; repeatable",
  },
  generation: {
    kind: text,
    value: "G",
    commands: SEARCH,
    group: "Corpus",
    help: "only chunks of this generation, e.g. dwc",
  },
  limit: {
    kind: integer,
    value: "N",
    commands: ["search", "parse"],
    group: "Corpus",
    help: `how many results of search (default ${SEARCH_LIMIT_DEFAULT}), or documents that parse shows (default ${PARSE_LIMIT_DEFAULT}; 0: only the counts)`,
  },
  full: {
    kind: onOff,
    commands: ["parse"],
    group: "Output",
    help: "show documents and chunks whole, not their beginnings",
  },
  workers: {
    kind: positiveInteger,
    value: "N",
    commands: INGEST,
    group: "Run",
    help: "embedding requests in flight; at most ingest_max_workers",
  },
  sequential: {
    kind: onOff,
    commands: INGEST,
    group: "Run",
    help: "one batch at a time, nothing at once; the baseline to compare with",
  },
  clean: {
    kind: onOff,
    commands: INGEST,
    group: "Run",
    help: "embed everything again, beside the old corpus, and swap it in; the way to another model. With --source: those sources only, same model",
  },
  resume: {
    kind: onOff,
    commands: INGEST,
    group: "Run",
    help: "skip the sources that an interrupted run completed",
  },
  retryFailed: {
    kind: onOff,
    commands: INGEST,
    group: "Run",
    help: "only the chunks in the failure log; removes nothing",
  },
  dryRun: {
    kind: onOff,
    commands: INGEST,
    group: "Run",
    help: "print what would be added, kept, removed and embedded; change nothing",
  },
  maxDelete: {
    kind: integer,
    value: "N",
    commands: INGEST,
    group: "Run",
    help: "fail a source that would lose more than N documents, and keep its rows (default half of them, when it has 20 or more)",
  },
  databaseUrl: {
    kind: text,
    value: "URL",
    secret: true,
    commands: ALL,
    group: "Database and embedder",
    help: "postgres://USER:PASSWORD@HOST:PORT/DATABASE, or pglite:DIR for the embedded database",
  },
  embedder: {
    kind: text,
    value: "NAME",
    commands: ALL,
    group: "Database and embedder",
    help: `${providers}; sets embedding_provider`,
  },
  model: {
    kind: text,
    value: "NAME",
    commands: ALL,
    group: "Database and embedder",
    help: "the embedding model; sets embedding_model",
  },
  dimensions: {
    kind: positiveInteger,
    value: "N",
    commands: ALL,
    group: "Database and embedder",
    help: "length of its vectors; sets embedding_dimensions",
  },
  interactive: {
    kind: onOff,
    alias: "i",
    commands: INGEST,
    group: "Output",
    help: "ask for what to do, as a call without arguments on a terminal does",
  },
  verbose: {
    kind: onOff,
    alias: "v",
    commands: ALL,
    group: "Output",
    help: "also the settings in effect, and a line for each batch",
  },
  quiet: {
    kind: onOff,
    alias: "q",
    commands: ALL,
    group: "Output",
    help: "only results, errors and what could not be read",
  },
  json: { kind: onOff, commands: ALL, group: "Output", help: "JSON Lines on stdout" },
  help: { kind: onOff, alias: "h", commands: ALL, group: "Output", help: "print this" },
  version: { kind: onOff, commands: ALL, group: "Output", help: "print the version" },
};

/** A flag as the command line, the help text and the docs know it. */
export type Flag = Omit<FlagSpec<never>, "kind"> & {
  /** `--retry-failed` */
  readonly name: string;
  readonly takesValue: boolean;
  /** Completes "--flag must be ...". */
  readonly allowed: string;
  /** Adds what `text` means to the values; false when it is not allowed. */
  set(values: Partial<FlagValues>, text: string): boolean;
  /** What was given, each as a text; an on-off flag that is on has one that is empty. */
  given(values: Partial<FlagValues>): readonly string[];
};

/** Every flag there is, in the order of the help text. */
export const FLAGS: readonly Flag[] = [
  ...Object.keys(specs).filter(isFlagKey).map(flagOf),
  ...SETTING_KEYS.flatMap((key) => settingFlag(key) ?? []),
];

/** `retryFailed` or, of a setting, `ollama_host` -> `--retry-failed`, `--ollama-host`. */
export function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replaceAll("_", "-")}`;
}

/** Whether a word of the command line is a command. */
export function isCommand(word: string): word is Command {
  return Object.hasOwn(COMMANDS, word);
}

function flagOf<Key extends FlagKey>(key: Key): Flag {
  const { kind, ...spec }: FlagSpec<FlagValues[Key]> = specs[key];
  return {
    ...spec,
    name: flagName(key),
    takesValue: kind.takesValue,
    allowed: kind.allowed,
    set(values, text) {
      const value = kind.read(text, values[key]);
      if (value !== undefined) values[key] = value;
      return value !== undefined;
    },
    given({ [key]: value }) {
      if (value === undefined || value === false) return [];
      return value === true ? [""] : [value].flat().map(String);
    },
  };
}

/** The flag of a setting whose owner declares one. */
function settingFlag(key: string): Flag | undefined {
  const { flag } = aboutSetting(key);
  if (flag === undefined) return undefined;
  return {
    ...{ name: flagName(key), value: flag.value, help: `${flag.help}; sets ${key}`, secret: true },
    ...{ commands: ALL, group: "Database and embedder", takesValue: true, allowed: text.allowed },
    set(values, given) {
      const value = text.read(given, undefined);
      if (value !== undefined) values.settings = { ...values.settings, [key]: value };
      return value !== undefined;
    },
    given: ({ settings }) => [settings?.[key] ?? []].flat(),
  };
}

function isFlagKey(key: string): key is FlagKey {
  return Object.hasOwn(specs, key);
}

function integerFrom(least: number, allowed: string): Kind<number> {
  return {
    takesValue: true,
    allowed,
    read: (given) => {
      const value = /^\d+$/.test(given) ? Number(given) : NaN;
      return Number.isSafeInteger(value) && value >= least ? value : undefined;
    },
  };
}
