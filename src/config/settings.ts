import { join } from "node:path";
import { parseOllamaHosts } from "../embed/ollama-host.ts";
import type { IngestError } from "../flow/errors.ts";
import { type Environment, processEnvironment, readVariable } from "./environment.ts";
import { type FlagKey, flagName } from "./flag-table.ts";
import type { Flags } from "./flags.ts";
import { didYouMean } from "./nearest.ts";
import { problemsError } from "./problems.ts";
import {
  aboutSetting,
  checkSettings,
  environmentName,
  isSettingKey,
  SETTING_KEYS,
  settingDefault,
  type SettingKey,
  type SettingValues,
  valueFromText,
} from "./setting-table.ts";
import { shownValue, withoutPassword } from "./shown-value.ts";
import { readTomlFile } from "./toml-file.ts";

/** Everything a run can be told, once flags, environment, config.toml and defaults are merged. */
export type Settings = {
  readonly databaseUrl: string | undefined;
  /** A socket's directory when it starts with "/". */
  readonly dbHost: string;
  readonly dbPort: number;
  readonly dbUser: string;
  readonly dbPassword: string;
  readonly dbName: string;
  readonly embeddingProvider: "ollama" | "openai" | "builtin";
  readonly embeddingModel: string;
  readonly embeddingDimensions: number;
  readonly embeddingBatchSize: number;
  /** Tokens. */
  readonly chunkSize: number;
  /** Tokens. */
  readonly chunkOverlap: number;
  readonly pdfTimeoutMs: number;
  readonly fileSizeBytesMax: number;
  /** Not capped yet: `resolveWorkers` does that. */
  readonly ingestWorkers: number;
  readonly ingestMaxWorkers: number;
  /** Retries after the first try. */
  readonly ingestBatchRetries: number;
  /** Path, relative to the working directory. */
  readonly ingestFailureLog: string;
  readonly ingestOutageWaitMs: number;
  /** One or more base URLs without a trailing slash. */
  readonly ollamaHosts: readonly string[];
  /** Without a trailing slash. */
  readonly openaiBaseUrl: string;
  readonly openaiApiKey: string | undefined;
  readonly advantageIndexUrl: string;
  readonly kbIndexUrl: string;
  readonly crawlBaseUrl: string;
};

/** Where a setting's value came from. */
export type Origin = {
  readonly layer: "flag" | "environment" | "config.toml" | "default";
  /** For messages: `--model`, `BBJ_RAG_DB_HOST`, `db_host in config.toml`, `default`. */
  readonly name: string;
  /** The value as given, for `--verbose`; secrets are `***`. */
  readonly shown: string;
};

/** Of every setting, in the order of the help text. */
export type Origins = ReadonlyMap<SettingKey, Origin>;

export type LoadedSettings = {
  readonly settings: Settings;
  readonly origins: Origins;
  readonly warnings: readonly string[];
};

const CONFIG_FILE = "config.toml";
const SECOND_MS = 1_000;
const MEGABYTE = 1_048_576;

/** Flags that set a setting. */
const FLAG_OF: Partial<Record<SettingKey, FlagKey & keyof Flags>> = {
  database_url: "databaseUrl",
  embedding_provider: "embedder",
  embedding_model: "model",
  embedding_dimensions: "dimensions",
  ollama_host: "ollamaHost",
  ingest_workers: "workers",
};

/** Variables of other programs that count when neither the environment nor config.toml has the setting itself. */
const FALLBACK_VARIABLES: Partial<Record<SettingKey, string>> = {
  ollama_host: "OLLAMA_HOST",
  openai_base_url: "OPENAI_BASE_URL",
};

/**
 * Merges flags, environment, the `config.toml` of `cwd`, and defaults. Of each setting only the value that counts is
 * checked. Throws a usage error that names all wrong values.
 */
export function loadSettings({
  flags = {},
  env = processEnvironment,
  cwd = process.cwd(),
}: {
  readonly flags?: Flags;
  readonly env?: Environment;
  readonly cwd?: string;
} = {}): LoadedSettings {
  const file = readTomlFile(join(cwd, CONFIG_FILE), CONFIG_FILE)?.keys ?? {};
  const given = new Map(SETTING_KEYS.map((key) => [key, givenValue(key, { flags, env, file })]));
  const { values, wrong } = checkSettings(Object.fromEntries([...given].map(([key, { value }]) => [key, value])));
  if (values === undefined) throw wrongValues(given, wrong);
  const hostWarnings = parseOllamaHosts(values.ollama_host).warnings;
  return {
    settings: toSettings(values, readVariable(env, "OPENAI_API_KEY")),
    origins: new Map([...given].map(([key, value]) => [key, originOf(key, value)])),
    warnings: [...unknownKeys(file), ...hostWarnings.map((warning) => `ollama_host: ${warning}`)],
  };
}

/** How many workers run: `--sequential` means one, and `ingest_max_workers` caps all else, with a warning. */
export function resolveWorkers(
  settings: Pick<Settings, "ingestWorkers" | "ingestMaxWorkers">,
  flags: Pick<Flags, "workers" | "sequential">,
): { readonly workers: number; readonly warning?: string } {
  if (flags.sequential) return { workers: 1 };
  const wanted = flags.workers ?? settings.ingestWorkers;
  const cap = settings.ingestMaxWorkers;
  if (wanted <= cap) return { workers: wanted };
  const name = flags.workers === undefined ? "ingest_workers" : "--workers";
  return { workers: cap, warning: `${name} ${wanted} is more than ingest_max_workers: ${cap} workers run` };
}

type Given = { readonly value: unknown; readonly layer: Origin["layer"]; readonly name: string };

type Layers = {
  readonly flags: Flags;
  readonly env: Environment;
  readonly file: Readonly<Record<string, unknown>>;
};

/** The value of the first layer that has one. */
function givenValue(key: SettingKey, { flags, env, file }: Layers): Given {
  const flag = FLAG_OF[key];
  if (flag !== undefined && flags[flag] !== undefined) {
    return { value: flags[flag], layer: "flag", name: flagName(flag) };
  }
  const variable = environmentName(key);
  const fromEnvironment = readVariable(env, variable);
  if (fromEnvironment !== undefined) {
    return { value: valueFromText(key, fromEnvironment), layer: "environment", name: variable };
  }
  if (file[key] !== undefined) return { value: file[key], layer: CONFIG_FILE, name: `${key} in ${CONFIG_FILE}` };
  const fallback = FALLBACK_VARIABLES[key];
  const fromFallback = fallback === undefined ? undefined : readVariable(env, fallback);
  if (fallback !== undefined && fromFallback !== undefined) {
    return { value: fromFallback, layer: "environment", name: fallback };
  }
  return { value: settingDefault(key), layer: "default", name: "default" };
}

function wrongValues(given: ReadonlyMap<SettingKey, Given>, wrong: ReadonlyMap<string, string>): IngestError {
  const problems = [...given]
    .filter(([key]) => wrong.has(key))
    .map(([key, { value, name }]) => {
      const shown = isSecret(key) ? "" : `, not ${shownValue(value)}`;
      return `${key} must be ${wrong.get(key)}${shown} (${name})`;
    });
  return problemsError("settings", problems);
}

function originOf(key: SettingKey, { value, layer, name }: Given): Origin {
  return { layer, name, shown: value === undefined ? "" : isSecret(key) ? "***" : withoutPassword(String(value)) };
}

function isSecret(key: SettingKey): boolean {
  return aboutSetting(key).secret ?? false;
}

function unknownKeys(file: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(file)
    .filter((key) => !isSettingKey(key))
    .map((key) => `${CONFIG_FILE}: unknown key ${shownValue(key)}${didYouMean(key, SETTING_KEYS)}`);
}

function toSettings(values: SettingValues, openaiApiKey: string | undefined): Settings {
  return {
    databaseUrl: values.database_url,
    dbHost: values.db_host,
    dbPort: values.db_port,
    dbUser: values.db_user,
    dbPassword: values.db_password,
    dbName: values.db_name,
    embeddingProvider: values.embedding_provider,
    embeddingModel: values.embedding_model,
    embeddingDimensions: values.embedding_dimensions,
    embeddingBatchSize: values.embedding_batch_size,
    chunkSize: values.chunk_size,
    chunkOverlap: values.chunk_overlap,
    pdfTimeoutMs: Math.round(values.pdf_timeout * SECOND_MS),
    fileSizeBytesMax: Math.round(values.file_size_max * MEGABYTE),
    ingestWorkers: values.ingest_workers,
    ingestMaxWorkers: values.ingest_max_workers,
    ingestBatchRetries: values.ingest_batch_retries,
    ingestFailureLog: values.ingest_failure_log,
    ingestOutageWaitMs: Math.round(values.ingest_outage_wait * SECOND_MS),
    ollamaHosts: parseOllamaHosts(values.ollama_host).hosts,
    openaiBaseUrl: values.openai_base_url.replace(/\/+$/, ""),
    openaiApiKey,
    advantageIndexUrl: values.advantage_index_url,
    kbIndexUrl: values.kb_index_url,
    crawlBaseUrl: values.crawl_base_url,
  };
}
