import { z } from "zod";
import { parseOllamaHosts } from "../embed/ollama-host.ts";
import { about, type AboutSetting, choice, httpUrl, integer, number, text } from "../options/option.ts";

/** More than pgvector's `vector` can hold is no dimension. */
const DIMENSIONS_MAX = 16_000;
/** OpenAI's limit for one request; no server takes more. */
const BATCH_SIZE_MAX = 2_048;
const CHUNK_TOKENS_MIN = 50;
const CHUNK_TOKENS_MAX = 8_192;
const WORKERS_MAX = 256;
const RETRIES_MAX = 100;
const DAY_SECONDS = 86_400;
const FILE_SIZE_MB_MAX = 2_048;
const PORT_MAX = 65_535;

/**
 * Every setting: its key in `config.toml`, limits, default and help text, in the order of the help text. The error
 * of each schema completes "x must be ...". A setting without a default is unset until someone sets it.
 */
const schemas = {
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
  db_name: text().default("bbj_rag").register(about, { help: "its database" }),
  embedding_provider: choice(["ollama", "openai", "builtin"])
    .default("ollama")
    .register(about, { help: "ollama, openai (any server that speaks its API) or builtin" }),
  embedding_model: text().default("qwen3-embedding:0.6b").register(about, { help: "as the server names it" }),
  embedding_dimensions: integer(1, DIMENSIONS_MAX).default(1024).register(about, { help: "length of a vector" }),
  embedding_batch_size: integer(1, BATCH_SIZE_MAX).default(64).register(about, { help: "chunks in one request" }),
  ollama_host: text()
    .refine(areHosts, {
      error: "one or more hosts such as localhost, gpu:11434 or https://gpu.example, with commas between",
    })
    .default("http://localhost:11434")
    .register(about, { help: "servers, with commas between; also OLLAMA_HOST" }),
  openai_base_url: httpUrl()
    .default("https://api.openai.com/v1")
    .register(about, { help: "also OPENAI_BASE_URL; the key is OPENAI_API_KEY" }),
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
  ingest_failure_log: text()
    .default(".ingestion-failures.json")
    .register(about, { help: "file for the chunks that failed" }),
  pdf_timeout: number(0.1, DAY_SECONDS).default(60).register(about, { help: "seconds for one PDF" }),
  file_size_max: number(0.001, FILE_SIZE_MB_MAX).default(50).register(about, { help: "MB; larger files are not read" }),
  advantage_index_url: httpUrl()
    .default("https://basis.cloud/advantage-index/")
    .register(about, { help: "where wordpress-advantage starts" }),
  kb_index_url: httpUrl()
    .default("https://basis.cloud/knowledge-base/")
    .register(about, { help: "where wordpress-kb starts" }),
  crawl_base_url: httpUrl()
    .default("https://documentation.basis.cloud/BASISHelp/WebHelp/")
    .register(about, { help: "where web-crawl starts, and what it does not leave" }),
};

const settingsSchema = z.object(schemas);
const sizes = z.object({ chunk_size: schemas.chunk_size, chunk_overlap: schemas.chunk_overlap });

export type SettingKey = keyof typeof schemas;

/** The values of all settings under their keys and in their units. */
export type SettingValues = z.infer<typeof settingsSchema>;

/** All settings, in the order of the help text. */
export const SETTING_KEYS: readonly SettingKey[] = Object.keys(schemas).filter(isSettingKey);

/**
 * Checks values under their keys, all at once; what is undefined gets its default. `wrong` completes "x must be ..."
 * for each setting whose value is not allowed; `values` is there when nothing is wrong.
 */
export function checkSettings(given: Readonly<Record<string, unknown>>): {
  readonly values?: SettingValues;
  readonly wrong: ReadonlyMap<string, string>;
} {
  const { data: values, error } = settingsSchema.safeParse(given);
  const wrong = new Map(error?.issues.map((issue) => [String(issue.path[0]), issue.message]));
  // Not a refinement of the schema: zod would run it only when nothing else is wrong.
  const { data } = sizes.safeParse(given);
  if (data !== undefined && data.chunk_overlap >= data.chunk_size / 2) {
    wrong.set("chunk_overlap", `less than half of chunk_size (${data.chunk_size})`);
  }
  return values === undefined || wrong.size > 0 ? { wrong } : { values, wrong };
}

/** A text as a value of the setting: a number where the setting takes no text. */
export function valueFromText(key: SettingKey, text: string): string | number {
  const isNumber = /^[+-]?\d+(\.\d+)?$/.test(text.trim());
  return isNumber && !schemas[key].safeParse(text).success ? Number(text) : text;
}

/** The setting's help text, and whether it is a secret. */
export function aboutSetting(key: SettingKey): AboutSetting {
  return about.get(schemas[key]) ?? { help: "" };
}

/** The setting's default; undefined when it has none. */
export function settingDefault(key: SettingKey): string | number | undefined {
  return schemas[key].parse(undefined);
}

/** `ingest_workers` -> `BBJ_RAG_INGEST_WORKERS`. */
export function environmentName(key: SettingKey): string {
  return `BBJ_RAG_${key.toUpperCase()}`;
}

/** Whether there is a setting of that name. */
export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(schemas, key);
}

function areHosts(value: string): boolean {
  return parseOllamaHosts(value).hosts.every((host) => httpUrl().safeParse(host).success);
}
