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
  ollamaHost: string;
  interactive: boolean;
  verbose: boolean;
  quiet: boolean;
  json: boolean;
  help: boolean;
  version: boolean;
};

export type FlagKey = keyof FlagValues;

type Kind<Value> = {
  readonly takesValue: boolean;
  /** Completes "--flag must be ...". */
  readonly allowed: string;
  /** Undefined when `text` is not allowed. `before` is what an earlier use of the flag gave. */
  readonly read: (text: string, before: Value | undefined) => Value | undefined;
};

export type FlagSpec<Value> = {
  readonly kind: Kind<Value>;
  /** One letter. */
  readonly alias?: string;
  /** What stands for the value in the help text. */
  readonly value?: string;
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

const ALL = Object.keys(COMMANDS).filter(isCommand);
const INGEST: readonly Command[] = ["ingest"];
const SEARCH: readonly Command[] = ["search"];
const READING: readonly Command[] = ["ingest", "parse"];

/** Every flag there is, in the order of the help text. */
export const FLAGS: { readonly [Key in FlagKey]: FlagSpec<FlagValues[Key]> } = {
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
  retryFailed: { kind: onOff, commands: INGEST, group: "Run", help: "only the chunks in the failure log" },
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
    commands: ALL,
    group: "Database and embedder",
    help: "postgres://USER:PASSWORD@HOST:PORT/DATABASE, or pglite:DIR for the embedded database",
  },
  embedder: {
    kind: text,
    value: "NAME",
    commands: ALL,
    group: "Database and embedder",
    help: "ollama, openai or builtin; sets embedding_provider",
  },
  model: {
    kind: text,
    value: "NAME",
    commands: ALL,
    group: "Database and embedder",
    help: "sets embedding_model",
  },
  dimensions: {
    kind: positiveInteger,
    value: "N",
    commands: ALL,
    group: "Database and embedder",
    help: "sets embedding_dimensions",
  },
  ollamaHost: {
    kind: text,
    value: "HOST",
    commands: ALL,
    group: "Database and embedder",
    help: "one or more servers, with commas between; sets ollama_host",
  },
  interactive: { kind: onOff, alias: "i", commands: INGEST, group: "Output", help: "ask for what to do" },
  verbose: {
    kind: onOff,
    alias: "v",
    commands: ALL,
    group: "Output",
    help: "also the settings in effect, and a line for each batch",
  },
  quiet: { kind: onOff, alias: "q", commands: ALL, group: "Output", help: "only results and errors" },
  json: { kind: onOff, commands: ALL, group: "Output", help: "JSON Lines on stdout" },
  help: { kind: onOff, alias: "h", commands: ALL, group: "Output", help: "print this" },
  version: { kind: onOff, commands: ALL, group: "Output", help: "print the version" },
};

/** All flags, in the order of the help text. */
export const FLAG_KEYS: readonly FlagKey[] = Object.keys(FLAGS).filter(isFlagKey);

/** `retryFailed` -> `--retry-failed`. */
export function flagName(key: FlagKey): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Whether a word of the command line is a command. */
export function isCommand(word: string): word is Command {
  return Object.hasOwn(COMMANDS, word);
}

function isFlagKey(key: string): key is FlagKey {
  return Object.hasOwn(FLAGS, key);
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
