import { z } from "zod";
import { embedders } from "../embed/registry.ts";
import { FAILURE_LOG_NAME } from "../ingest/failure-lines.ts";
import { about, type AboutSetting, choice, integer, number, text } from "../options/option.ts";
import { parsers } from "../parsers/registry.ts";

/** More than pgvector's `vector` can hold is no dimension. */
const DIMENSIONS_MAX = 16_000;
/** OpenAI's limit for one request; no server takes more. */
const BATCH_SIZE_MAX = 2_048;
/** Of what stands before every text that is sent: a model of 512 tokens shall have room for the text. */
const PREFIX_CHARACTERS_MAX = 500;
const CHUNK_TOKENS_MIN = 50;
const CHUNK_TOKENS_MAX = 8_192;
const WORKERS_MAX = 256;
const RETRIES_MAX = 100;
const DAY_SECONDS = 86_400;
const YEAR_HOURS = 8_760;
const FILE_SIZE_MB_MAX = 2_048;
const PORT_MAX = 65_535;

const providers = embedders.map(({ name }) => name);
const [PROVIDER_DEFAULT = ""] = providers;

// Each with its key in `config.toml`, limits, default and help text. The error of each schema completes "x must be ...". A
// setting without a default is unset until someone sets it.
const corpusSchemas = {
  database_url: text()
    .optional()
    .register(about, { help: "postgres://USER:PASSWORD@HOST:PORT/DATABASE or pglite:DIR", secret: true }),
  db_host: text().default("localhost").register(about, { help: "PostgreSQL server, or a socket's directory" }),
  db_port: integer(1, PORT_MAX).default(5432).register(about, { help: "its port" }),
  db_user: text().default("postgres").register(about, { help: "its user" }),
  db_password: z
    .string({ error: "a text" })
    .default("postgres")
    .register(about, { help: "the user's password", secret: true }),
  db_name: text()
    .refine((name) => !/^\.\.?$/.test(name), { error: "a name that a URL can hold, so not . or .." })
    .default("bbj_rag")
    .register(about, { help: "its database" }),
  embedding_provider: choice(providers)
    .default(PROVIDER_DEFAULT)
    .register(about, { help: embedders.map(({ name, summary }) => `${name} (${summary})`).join(", ") }),
  embedding_model: text().default("qwen3-embedding:0.6b").register(about, { help: "as the server names it" }),
  embedding_dimensions: integer(1, DIMENSIONS_MAX).default(1024).register(about, { help: "length of a vector" }),
  embedding_batch_size: integer(1, BATCH_SIZE_MAX).default(64).register(about, { help: "chunks in one request" }),
  embedding_query_prefix: prefix().register(about, {
    help: "sent before a question, blanks at its end included; unset: what the model wants; empty: nothing",
    mayBeEmpty: true,
  }),
  embedding_document_prefix: prefix().register(about, {
    help: "the same before each chunk; {title} in it stands for the document's title; another one needs --clean",
    mayBeEmpty: true,
  }),
};

const runSchemas = {
  chunk_size: integer(CHUNK_TOKENS_MIN, CHUNK_TOKENS_MAX)
    .default(400)
    .register(about, { help: "tokens of a chunk, at most" }),
  chunk_overlap: integer(0, CHUNK_TOKENS_MAX)
    .default(50)
    .register(about, { help: "tokens repeated from the chunk before; less than half of chunk_size" }),
  ingest_workers: integer(1).default(4).register(about, { help: "embedding requests in flight" }),
  ingest_max_workers: integer(1, WORKERS_MAX).default(8).register(about, { help: "cap of ingest_workers" }),
  ingest_batch_retries: integer(0, RETRIES_MAX)
    .default(3)
    .register(about, { help: "tries of a batch after the first" }),
  ingest_outage_wait: number(0, DAY_SECONDS)
    .default(300)
    .register(about, { help: "seconds to wait for a server that went away" }),
  ingest_rebuild_hours: number(0, YEAR_HOURS).default(24).register(about, {
    help: "hours after which an interrupted --clean is not gone on with; 0: the next one begins anew",
  }),
  state_dir: text()
    .default(".")
    .register(about, { help: "directory of all files that are kept; made when it is missing" }),
  ingest_failure_log: text()
    .default(FAILURE_LOG_NAME)
    .register(about, { help: "file for the chunks that failed; relative to state_dir" }),
  bbjcpl: text()
    .optional()
    .register(about, { help: "BBj's compiler, by which mcp and serve check programs; unset: the one in PATH" }),
  file_size_max: number(0.001, FILE_SIZE_MB_MAX).default(50).register(about, { help: "MB; larger files are not read" }),
};

const coreSchema = z.object({ ...corpusSchemas, ...runSchemas });
const sizes = coreSchema.pick({ chunk_size: true, chunk_overlap: true });

/** Every setting, those of embedders and parsers among them, in the order of the help text. */
const schemas: z.ZodRawShape = Object.fromEntries(
  [{ settings: corpusSchemas }, ...embedders, { settings: runSchemas }, ...parsers].flatMap(({ settings }) =>
    Object.entries(settings),
  ),
);

/** A setting that no embedder or parser owns. */
export type CoreKey = keyof typeof coreSchema.shape;

/** Values of the core's settings under their keys and in their units. */
export type CoreValues = z.infer<typeof coreSchema>;

/** All settings, in the order of the help text. */
export const SETTING_KEYS: readonly string[] = Object.keys(schemas);

/**
 * Checks values under their keys, all at once; what is undefined gets its default. `wrong` completes "x must be ..."
 * for each setting whose value is not allowed, `choices` has what there is to choose from; `values` is there when nothing is wrong.
 */
export function checkSettings(given: Readonly<Record<string, unknown>>): {
  readonly values?: CoreValues;
  readonly wrong: ReadonlyMap<string, string>;
  readonly choices: ReadonlyMap<string, readonly string[]>;
} {
  const issues = z.object(schemas).safeParse(given).error?.issues ?? [];
  const wrong = new Map(issues.map((issue) => [String(issue.path[0]), issue.message]));
  const choices = new Map(
    issues.map((issue) => [String(issue.path[0]), issue.code === "invalid_value" ? issue.values.map(String) : []]),
  );
  // Not a refinement of the schema: zod would run it only when nothing else is wrong.
  const { data } = sizes.safeParse(given);
  if (data !== undefined && data.chunk_overlap >= data.chunk_size / 2) {
    wrong.set("chunk_overlap", `less than half of chunk_size (${data.chunk_size})`);
  }
  return wrong.size > 0 ? { wrong, choices } : { values: coreSchema.parse(given), wrong, choices };
}

/** A text as a value of the setting: a number where the setting takes no text. */
export function valueFromText(key: string, given: string): string | number {
  const isNumber = /^[+-]?\d+(\.\d+)?$/.test(given.trim());
  return isNumber && !z.safeParse(schemaOf(key), given).success ? Number(given) : given;
}

/** The setting's help text, whether it is a secret, and what else sets it. */
export function aboutSetting(key: string): AboutSetting {
  return about.get(schemaOf(key)) ?? { help: "" };
}

/** The setting's default; undefined when it has none. */
export function settingDefault(key: string): unknown {
  return z.parse(schemaOf(key), undefined);
}

/** A setting's value as `--verbose` and the docs show it; "" when it has none. */
export function valueText(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** `ingest_workers` -> `BBJ_RAG_INGEST_WORKERS`. */
export function environmentName(key: string): string {
  return `BBJ_RAG_${key.toUpperCase()}`;
}

/** White space is as much a part of it as words, and "" is a prefix too. */
function prefix() {
  const error = `a text of ${PREFIX_CHARACTERS_MAX} characters or less`;
  return z.string({ error }).max(PREFIX_CHARACTERS_MAX, { error }).optional();
}

function schemaOf(key: string): z.core.$ZodType {
  const schema = schemas[key];
  if (schema === undefined) throw new RangeError(`there is no setting ${key}`);
  return schema;
}
