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
  /** What stands for the value in the help text; left out where a flag takes none. */
  readonly value?: string;
  /** Completes "--flag must be ...". */
  readonly allowed: string;
  /** A URL, which may have a password. */
  readonly secret?: true;
  /** Undefined when `text` is not allowed. `before` is what an earlier use of the flag gave. */
  readonly read: (text: string, before: Value | undefined) => Value | undefined;
};

/** A flag as the command line, the help text and the docs know it. */
export type Flag = Omit<Kind<never>, "read"> & {
  /** `--retry-failed` */
  readonly name: string;
  readonly group: "Corpus" | "Run" | "Database and embedder" | "Output";
  readonly commands: readonly Command[];
  readonly help: string;
  /** One letter. */
  readonly alias?: string | undefined;
  /** Adds what `text` means to the values; false when it is not allowed. */
  set(values: Partial<FlagValues>, text: string): boolean;
  /** What was given, each as a text; an on-off flag that is on has one that is empty. */
  given(values: Partial<FlagValues>): readonly string[];
};

/** `--config` when it is not given. */
export const SOURCES_FILE_DEFAULT = "sources.toml";

/** `--limit` when it is not given. */
export const SEARCH_LIMIT_DEFAULT = 10;

/** `--limit` of `parse` when it is not given. */
export const PARSE_LIMIT_DEFAULT = 3;

const onOff: Kind<boolean> = { allowed: "", read: () => true };
const texts: Kind<readonly string[]> = {
  ...text("NAME"),
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

/** Every flag there is, in the order of the help text. */
export const FLAGS: readonly Flag[] = [
  flag("config", "Corpus", ALL, text("PATH"), `sources file (default ${SOURCES_FILE_DEFAULT})`),
  flag(
    "dataDir",
    "Corpus",
    READING,
    text("DIR"),
    "base directory of the sources' paths; overrides DATA_DIR, which overrides data_dir",
  ),
  flag(
    "source",
    "Corpus",
    ["ingest", "search", "parse"],
    texts,
    "only this source, even if it is disabled; repeatable",
  ),
  flag("generation", "Corpus", SEARCH, text("G"), "only chunks of this generation, e.g. dwc"),
  flag(
    "limit",
    "Corpus",
    ["search", "parse"],
    integer,
    `how many results of search (default ${SEARCH_LIMIT_DEFAULT}), or documents that parse shows (default ${PARSE_LIMIT_DEFAULT}; 0: only the counts)`,
  ),
  flag("full", "Output", ["parse"], onOff, "show documents and chunks whole, not their beginnings"),
  flag("workers", "Run", INGEST, positiveInteger, "embedding requests in flight; at most ingest_max_workers"),
  flag("sequential", "Run", INGEST, onOff, "one batch at a time, nothing at once; the baseline to compare with"),
  flag(
    "clean",
    "Run",
    INGEST,
    onOff,
    "embed everything again, beside the old corpus, and swap it in; the way to another model. With --source: those sources only, same model",
  ),
  flag("resume", "Run", INGEST, onOff, "skip the sources that an interrupted run completed"),
  flag("retryFailed", "Run", INGEST, onOff, "only the chunks in the failure log; removes nothing"),
  flag("dryRun", "Run", INGEST, onOff, "print what would be added, kept, removed and embedded; change nothing"),
  flag(
    "maxDelete",
    "Run",
    INGEST,
    integer,
    "fail a source that would lose more than N documents, and keep its rows (default half of them, when it has 20 or more)",
  ),
  flag(
    "databaseUrl",
    "Database and embedder",
    ALL,
    url("URL"),
    "postgres://USER:PASSWORD@HOST:PORT/DATABASE, or pglite:DIR for the embedded database",
  ),
  flag("embedder", "Database and embedder", ALL, text("NAME"), `${providers}; sets embedding_provider`),
  flag("model", "Database and embedder", ALL, text("NAME"), "the embedding model; sets embedding_model"),
  flag("dimensions", "Database and embedder", ALL, positiveInteger, "length of its vectors; sets embedding_dimensions"),
  flag(
    "interactive",
    "Output",
    INGEST,
    onOff,
    "ask for what to do, as a call without arguments on a terminal does",
    "i",
  ),
  flag("verbose", "Output", ALL, onOff, "also the settings in effect, and a line for each batch", "v"),
  flag("quiet", "Output", ALL, onOff, "only results, errors and what could not be read", "q"),
  flag("json", "Output", ALL, onOff, "JSON Lines on stdout"),
  flag("help", "Output", ALL, onOff, "print this", "h"),
  flag("version", "Output", ALL, onOff, "print the version"),
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

function flag<Key extends FlagKey>(
  key: Key,
  group: Flag["group"],
  commands: readonly Command[],
  { read, ...kind }: Kind<FlagValues[Key]>,
  help: string,
  alias?: string,
): Flag {
  return {
    ...{ name: flagName(key), group, commands, ...kind, help, alias },
    set(values, given) {
      const value = read(given, values[key]);
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
  const { flag: declared } = aboutSetting(key);
  if (declared === undefined) return undefined;
  const { read, ...rest } = url(declared.value);
  return {
    ...{ name: flagName(key), group: "Database and embedder", commands: ALL, help: `${declared.help}; sets ${key}` },
    ...rest,
    set(values, given) {
      const value = read(given, undefined);
      if (value !== undefined) values.settings = { ...values.settings, [key]: value };
      return value !== undefined;
    },
    given: ({ settings }) => [settings?.[key] ?? []].flat(),
  };
}

function text(value: string): Kind<string> {
  const allowed = "a text that is not empty";
  return { value, allowed, read: (given) => (given.trim() === "" ? undefined : given) };
}

function url(value: string): Kind<string> {
  return { ...text(value), secret: true };
}

function integerFrom(least: number, allowed: string): Kind<number> {
  return {
    value: "N",
    allowed,
    read: (given) => {
      const value = /^\d+$/.test(given) ? Number(given) : NaN;
      return Number.isSafeInteger(value) && value >= least ? value : undefined;
    },
  };
}
