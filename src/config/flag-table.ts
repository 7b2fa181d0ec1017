import { embedders } from "../embed/registry.ts";
import { documentTypes } from "../enrich/document-type.ts";
import { GENERATIONS } from "../enrich/generations.ts";
import { type Command, COMMAND_NAMES, WORKING } from "./commands.ts";
import {
  type Declared,
  flag,
  floors,
  hostNames,
  integer,
  integerUpTo,
  type Kind,
  modes,
  oneOf,
  onOff,
  partOfMany,
  port,
  positiveInteger,
  share,
  sourceNames,
  text,
} from "./flag-kinds.ts";
import { aboutSetting, SETTING_KEYS } from "./setting-table.ts";

/** A flag as the command line, the help text and the docs know it. */
export type Flag = Omit<Declared<never>, "read"> & {
  /** `--retry-failed` */
  readonly name: string;
  /** Adds what `text` means to the values; false when it is not allowed. */
  set(values: Partial<FlagValues>, text: string): boolean;
  /** What was given, each as a text; an on-off flag that is on has one that is empty. */
  given(values: Partial<FlagValues>): readonly string[];
};

/** `--config` when it is not given. */
export const SOURCES_FILE_DEFAULT = "sources.toml";

/** `--limit` of `search` and of `parse` when it is not given. */
export const SEARCH_LIMIT_DEFAULT = 10;
export const PARSE_LIMIT_DEFAULT = 3;

/** `--k`, `--seed` and `--tolerance` when they are not given. */
export const EVAL_K_DEFAULT = 10;
export const EVAL_SEED_DEFAULT = 1;
export const EVAL_TOLERANCE_DEFAULT = 0.02;
const EVAL_K_MAX = 1_000;
const GENERATED_MAX = 10_000;

/** `--port` and `--host` when they are not given. */
export const PORT_DEFAULT = 8484;
export const HOST_DEFAULT = "127.0.0.1";

const provider = oneOf(
  embedders.map(({ name }) => name),
  "NAME",
);

const ALL = WORKING;
const INGEST: readonly Command[] = ["ingest"];
const READING: readonly Command[] = ["ingest", "parse", "doctor"];
const EMBEDDING: readonly Command[] = ["init", "ingest", "search", "eval", "doctor", "serve", "mcp"];
const SERVING: readonly Command[] = ["serve", "mcp"];
const MEASURING: readonly Command[] = ["ingest", "eval"];

const run = <Value>(kind: Kind<Value>, help: string) => flag("Run", INGEST, kind, help);
const measuring = <Value>(kind: Kind<Value>, help: string) => flag("Evaluation", MEASURING, kind, help);
const embedding = <Value>(kind: Kind<Value>, help: string) => flag("Database and embedder", EMBEDDING, kind, help);

/** The flags that set no setting of a parser or embedder, under the names the program uses: `--retry-failed` is `retryFailed`. */
const own = {
  config: flag("Corpus", [...ALL, "completions"], text("PATH"), `sources file (default ${SOURCES_FILE_DEFAULT})`),
  dataDir: flag(
    "Corpus",
    [...READING, "status"],
    text("DIR"),
    "base directory of the sources' paths; overrides DATA_DIR, which overrides data_dir",
  ),
  source: flag(
    "Corpus",
    ["ingest", "search", "parse", "show"],
    sourceNames,
    "only this source, even if it is disabled; repeatable, but for search and show",
  ),
  generation: flag("Corpus", ["search"], text("G", GENERATIONS), "only chunks of this generation, e.g. dwc"),
  docType: flag(
    ...(["Corpus", ["search"], text("T", documentTypes())] as const),
    "only chunks of this document type, as report lists them",
  ),
  mode: flag(
    "Corpus",
    ["search", ...MEASURING],
    { ...modes, several: MEASURING },
    "what ranks: meaning and words (hybrid), meaning (vector), or words (text), which needs no embedding server; search takes one (default hybrid), eval and --eval several with commas between (default all)",
  ),
  minScore: flag(
    "Corpus",
    ["search"],
    { ...share, value: "X" },
    "leave out results that score less, as scores are printed: weighted sums of 1 / (50 + rank), about 0.04 for what is first by meaning and by words, at most 0.03 for what only one of the two has found",
  ),
  context: flag(
    "Corpus",
    ["search"],
    integer,
    "also the N chunks before and after each result, in the order of its document",
  ),
  limit: flag(
    "Corpus",
    ["search", "parse"],
    integer,
    `how many results of search (default ${SEARCH_LIMIT_DEFAULT}), or documents that parse shows (default ${PARSE_LIMIT_DEFAULT}; 0: only the counts)`,
  ),
  eval: flag(
    "Evaluation",
    INGEST,
    text("FILE"),
    "with --clean: ask the rebuild the questions of this file, and swap it in if it is not worse than the old corpus, or the baseline",
  ),
  k: measuring(
    integerUpTo(EVAL_K_MAX),
    `how many answers are looked at (default ${EVAL_K_DEFAULT}, at most ${EVAL_K_MAX})`,
  ),
  min: measuring(
    floors,
    "a floor: exit code 1 when a figure of all questions is lower, e.g. mrr=0.6, in any mode, or text:hit@1=0.5; several with commas between, or repeated",
  ),
  baseline: measuring(text("FILE"), "what was found before: exit code 1 when a figure of all questions is lower now"),
  tolerance: measuring(
    share,
    `by how much a figure may be lower than in the baseline (default ${EVAL_TOLERANCE_DEFAULT})`,
  ),
  generate: flag(
    "Evaluation",
    ["eval"],
    integerUpTo(GENERATED_MAX),
    "make so many questions of headings, first sentences of pages and of members of an API, write them to FILE, which must not be there yet, and ask them",
  ),
  seed: flag(
    "Evaluation",
    ["eval"],
    integer,
    `which questions --generate makes (default ${EVAL_SEED_DEFAULT}); the same for the same number`,
  ),
  updateBaseline: flag("Evaluation", ["eval"], onOff, "write what is found now to the file of --baseline"),
  workers: flag(
    "Run",
    ["init", ...INGEST],
    positiveInteger,
    "embedding requests in flight; at most ingest_max_workers",
  ),
  sequential: run(onOff, "one batch at a time, nothing at once; the baseline to compare with"),
  clean: run(
    onOff,
    "embed everything again, beside the old corpus, and swap it in; the way to another model. With --source: those sources only, same model",
  ),
  resume: run(onOff, "skip the sources that an interrupted run completed"),
  retryFailed: run(onOff, "only the documents that the failure log names; removes none"),
  dryRun: run(onOff, "print what would be added, kept, removed and embedded; change nothing"),
  maxDelete: run(
    integer,
    "fail a source that would lose more than N documents, and keep its rows (default half of them, when it has 20 or more)",
  ),
  shard: run(
    partOfMany,
    "only part I of N of each source's files, from 1/N to N/N; N such runs at once share a PostgreSQL server, and make what one run makes",
  ),
  port: flag("Serving", ["serve"], port, `port to listen on (default ${PORT_DEFAULT}; 0: any that is free)`),
  http: flag("Serving", ["mcp"], port, "listen on this port, as serve does, instead of stdin and stdout"),
  host: flag(
    "Serving",
    SERVING,
    text("ADDRESS"),
    `address to listen on (default ${HOST_DEFAULT}: this machine only; 0.0.0.0: all there are)`,
  ),
  allowHost: flag(
    "Serving",
    SERVING,
    hostNames,
    "answer requests that call this server by this name; localhost, addresses and --host always may; repeatable",
  ),
  check: flag(
    "Serving",
    ["serve"],
    onOff,
    "ask the server that listens there whether it would answer a question, and end: exit code 0 if so, else 1",
  ),
  yes: flag(
    "Run",
    ["init", "remove"],
    onOff,
    "do it without asking; init takes all that it finds, and what works",
    "y",
  ),
  databaseUrl: flag(
    "Database and embedder",
    ALL.filter((command) => command !== "parse"),
    { ...text("URL"), secret: { variable: "BBJ_RAG_DB_PASSWORD" } },
    "postgres://USER:PASSWORD@HOST:PORT/DATABASE, or pglite:DIR for the embedded database",
  ),
  embedder: embedding(provider, `${provider.allowed}; sets embedding_provider`),
  model: embedding(text("NAME"), "the embedding model; sets embedding_model"),
  dimensions: embedding(positiveInteger, "length of its vectors; sets embedding_dimensions"),
  stateDir: flag(
    "Corpus",
    ALL,
    text("DIR"),
    "directory of all files that are kept: failure log, resume file, web pages, the embedded database (default: the working directory)",
  ),
  open: flag(
    "Output",
    ["show"],
    onOff,
    "open the document's display URL in the browser instead; where there is none, print it",
  ),
  full: flag("Output", ["parse"], onOff, "show documents and chunks whole, not their beginnings"),
  interactive: flag("Output", INGEST, onOff, "ask for what to do, as a call without arguments on a terminal does", "i"),
  verbose: flag("Output", ALL, onOff, "also the settings in effect, and a line for each batch", "v"),
  quiet: flag("Output", ALL, onOff, "only results, and what failed: nothing of a run in which all is well", "q"),
  warnings: flag("Output", INGEST, onOff, "name all warnings and skipped files, not only those that are new"),
  progressInterval: flag(
    "Output",
    INGEST,
    { ...integer, value: "S" },
    "seconds between two lines of progress where there is no terminal (default 10 in the first minute, then 60; 0: none)",
  ),
  json: flag("Output", ALL, onOff, "JSON Lines on stdout"),
  help: flag("Output", COMMAND_NAMES, onOff, "print the help of the command", "h"),
  version: flag("Output", COMMAND_NAMES, onOff, "print the version", "V"),
  licenses: flag("Output", COMMAND_NAMES, onOff, "print the licences of all that is in the executable"),
};

/** A flag of its own, which stands in the table above. */
export type FlagKey = keyof typeof own;

type OwnValues = { [Key in FlagKey]: (typeof own)[Key] extends Declared<infer Value> ? Value : never };

/** The values of all flags; those of settings whose owners declare a flag under the settings' keys. */
export type FlagValues = OwnValues & { settings: Readonly<Record<string, string>> };

/** Every flag there is, in the order of the help text. */
export const FLAGS: readonly Flag[] = [
  ...Object.keys(own)
    .filter(isFlagKey)
    .map((key) => ownFlag(key, own)),
  ...SETTING_KEYS.flatMap((key) => settingFlag(key) ?? []),
];

/** `retryFailed` or, of a setting, `ollama_host` -> `--retry-failed`, `--ollama-host`. */
export function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replaceAll("_", "-")}`;
}

function isFlagKey(key: string): key is FlagKey {
  return Object.hasOwn(own, key);
}

function ownFlag<Key extends FlagKey>(key: Key, table: { readonly [K in Key]: Declared<OwnValues[K]> }): Flag {
  const { read, ...declared }: Declared<OwnValues[Key]> = table[key];
  return {
    ...{ name: flagName(key), ...declared },
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
  const secret = { variable: `${key.replace(/_.*/, "").toUpperCase()}_PASSWORD`, separator: "," };
  const { read, ...rest } = embedding({ ...text(declared.value), secret }, `${declared.help}; sets ${key}`);
  return {
    ...{ name: flagName(key), ...rest },
    set(values, given) {
      const value = read(given, undefined);
      if (value !== undefined) values.settings = { ...values.settings, [key]: value };
      return value !== undefined;
    },
    given: ({ settings }) => [settings?.[key] ?? []].flat(),
  };
}
