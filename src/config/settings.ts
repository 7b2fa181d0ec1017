import { join, resolve } from "node:path";
import type { EmbedderEntry } from "../embed/define-embedder.ts";
import { type EmbedderSettings, embedders, prefixesFor } from "../embed/registry.ts";
import type { Prefixes } from "../embed/prefixes.ts";
import { usageError } from "../flow/errors.ts";
import { parsers } from "../parsers/registry.ts";
import { type Environment, readVariable } from "./environment.ts";
import { flagName, SOURCES_FILE_DEFAULT } from "./flag-table.ts";
import type { Flags } from "./flags.ts";
import { nearest, notOneOf, unknownKeys } from "./nearest.ts";
import { FLAG_OF, settingOfFlag } from "./setting-flags.ts";
import {
  aboutSetting,
  checkSettings,
  type CoreValues,
  environmentName,
  SETTING_KEYS,
  settingDefault,
  valueFromText,
  valueText,
} from "./setting-table.ts";
import { problemsError, shownValue, withoutPassword } from "./problems.ts";
import { runtimeWarnings } from "./runtime-variables.ts";
import { readTomlFile } from "./toml-file.ts";

/** Everything a run can be told, once flags, environment, config.toml and defaults are merged. */
export type Settings = CoreValues & {
  /** `file_size_max` in bytes. */
  readonly fileSizeBytesMax: number;
  readonly outageWaitMs: number;
  /** `ingest_rebuild_hours` in milliseconds. */
  readonly shadowMsMax: number;
  /** `state_dir`, absolute. */
  readonly stateDirectory: string;
  /** `ingest_failure_log`, absolute. */
  readonly failureLogPath: string;
  readonly embedder: EmbedderSettings;
  /** Settings of all parsers, under their keys in `config.toml`: each picks its own. */
  readonly parserValues: Readonly<Record<string, unknown>>;
};

/** Where a setting's value came from. */
type Origin = {
  /** For messages: `--model`, `BBJ_RAG_DB_HOST`, `db_host in config.toml`, or `DEFAULT`. */
  readonly name: string;
  /** The value as given, for `--verbose`; secrets are `***`. */
  readonly shown: string;
};

/** One for every setting, in the order of the help text. */
export type Origins = ReadonlyMap<string, Origin>;

/** The origin's name of a value that nobody gave. */
export const DEFAULT = "default";

/** The name of a setting's origin. */
export function originName(key: string, origins: Origins): string {
  return origins.get(key)?.name ?? DEFAULT;
}

/** Whether somebody gave a setting its value. */
export function isSet(key: string, { origins }: Pick<LoadedSettings, "origins">): boolean {
  return originName(key, origins) !== DEFAULT;
}

const PREFIXES = ["embedding_query_prefix", "embedding_document_prefix"] as const;

export type LoadedSettings = {
  readonly settings: Settings;
  readonly origins: Origins;
  readonly warnings: readonly string[];
};

const CONFIG_FILE = "config.toml";
const PREFIX = environmentName("");
const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const MEGABYTE = 1_048_576;

/**
 * Merges flags, environment, the `config.toml` of `cwd`, and defaults. Of each setting only the value that counts is
 * checked. Throws a usage error that names all wrong values.
 */
export function loadSettings({
  flags = {},
  env,
  cwd,
}: {
  readonly flags?: Flags;
  readonly env: Environment;
  readonly cwd: string;
}): LoadedSettings {
  const file = readTomlFile(join(cwd, CONFIG_FILE), CONFIG_FILE)?.keys ?? {};
  const given = new Map(SETTING_KEYS.map((key) => [key, givenValue(key, { flags, env, file })]));
  const embedder = embedders.find(({ name }) => name === given.get("embedding_provider")?.value);
  const overruled = embedder === undefined ? [] : overrule(given, embedder, flags);
  const { values, wrong, choices } = checkSettings(
    Object.fromEntries([...given].map(([key, { value }]) => [key, value])),
  );
  const unknown = [
    ...unknownKeys(file, SETTING_KEYS, instead).map((problem) => `${CONFIG_FILE}: ${problem}`),
    ...unknownVariables(env),
  ];
  // With those, because a misspelt name is often why another value counts.
  if (values === undefined) throw problemsError("settings", [...wrongValues(given, wrong, choices), ...unknown]);
  const of = (owners: readonly { readonly settings: object }[]) =>
    Object.fromEntries(
      owners.flatMap(({ settings }) => Object.keys(settings).map((key) => [key, given.get(key)?.value])),
    );
  const { onlyModel = values.embedding_model, onlyDimensions = values.embedding_dimensions } = embedder ?? {};
  if (values.embedding_model !== onlyModel)
    throw usageError(`--model ${shownValue(flags.model)}: ${embedder?.name} has the model ${onlyModel} only`);
  if (values.embedding_dimensions !== onlyDimensions)
    throw usageError(`--dimensions ${flags.dimensions}: ${lengthsText(embedder?.name, onlyDimensions)}`);
  const embedderValues = of(embedders);
  const stateDirectory = resolve(cwd, values.state_dir);
  const keys = embedders.flatMap(({ keyVariable }) => keyVariable ?? []).map((name) => [name, readVariable(env, name)]);
  const forEmbedder = {
    embeddingProvider: values.embedding_provider,
    embeddingModel: values.embedding_model,
    embeddingDimensions: values.embedding_dimensions,
    embeddingQueryPrefix: values.embedding_query_prefix,
    embeddingDocumentPrefix: values.embedding_document_prefix,
    embedderValues,
    embedderKeys: Object.fromEntries(keys),
  };
  const prefixes = prefixesFor(forEmbedder);
  return {
    settings: {
      ...values,
      fileSizeBytesMax: Math.round(values.file_size_max * MEGABYTE),
      shadowMsMax: Math.round(values.ingest_rebuild_hours * HOUR_MS),
      outageWaitMs: Math.round(values.ingest_outage_wait * SECOND_MS),
      stateDirectory,
      failureLogPath: resolve(stateDirectory, values.ingest_failure_log),
      embedder: forEmbedder,
      parserValues: of(parsers),
    },
    origins: new Map([...given].map(([key, value]) => [key, originOf(key, value, prefixes)])),
    warnings: [
      ...unknown,
      ...overruled,
      ...runtimeWarnings(env),
      ...embedders.flatMap(({ warnings }) => warnings(embedderValues)),
      ...Object.keys(flags.settings ?? {})
        .filter((key) => embedders.some(({ name, settings }) => name !== embedder?.name && key in settings))
        .map((key) => `${flagName(key)} has no effect: the embedder is ${embedder?.name}`),
    ],
  };
}

/**
 * Puts in their places what an embedder with a model of its own leaves no choice in: what the environment or the file
 * says is of another embedder's model. Returns what is said of that.
 */
function overrule(given: Map<string, Given>, { name, onlyModel, onlyDimensions }: EmbedderEntry, flags: Flags) {
  const warnings: string[] = [];
  const set = (key: string, value: unknown, reason: string | undefined) => {
    const before = given.get(key);
    if (reason !== undefined && before?.name !== DEFAULT && (before?.value ?? "") !== (value ?? ""))
      warnings.push(`${before?.name} has no effect: ${reason}`);
    given.set(key, { value, name });
  };
  if (onlyModel !== undefined && flags.model === undefined) set("embedding_model", onlyModel, undefined);
  if (onlyDimensions !== undefined && flags.dimensions === undefined)
    set("embedding_dimensions", onlyDimensions, lengthsText(name, onlyDimensions));
  const wantsNone = `the model of ${name} wants nothing before its texts`;
  if (onlyModel !== undefined) for (const key of PREFIXES) set(key, undefined, wantsNone);
  return warnings;
}

function lengthsText(name = "", length: number): string {
  return `${name} has vectors of ${length} numbers only`;
}

/** How many workers run: `--sequential` means one, and `ingest_max_workers` caps all else, with a warning. */
export function resolveWorkers(
  settings: Pick<Settings, "ingest_workers" | "ingest_max_workers">,
  flags: Pick<Flags, "workers" | "sequential">,
): { readonly workers: number; readonly warning?: string } {
  if (flags.sequential) return { workers: 1 };
  const wanted = flags.workers ?? settings.ingest_workers;
  const cap = settings.ingest_max_workers;
  if (wanted <= cap) return { workers: wanted };
  const name = flags.workers === undefined ? "ingest_workers" : "--workers";
  return { workers: cap, warning: `${name} ${wanted} is more than ingest_max_workers: ${cap} workers run` };
}

/** Misspelt variables; those of the project's own tests are none. Values are not shown. */
function unknownVariables(env: Environment): string[] {
  return misspeltVariables(env).map(
    ({ name, meant }) =>
      `unknown variable ${shownValue(name)}${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
  );
}

/** Variables that are called like ours and are no settings, each with the one that was probably meant. */
export function misspeltVariables(
  env: Environment,
): readonly { readonly name: string; readonly meant: string | undefined }[] {
  const known = SETTING_KEYS.map((key) => environmentName(key).slice(PREFIX.length));
  return Object.keys(env)
    .filter((name) => name.toUpperCase().startsWith(PREFIX) && !name.startsWith(`${PREFIX}TEST_`))
    .filter((name) => !known.includes(name.slice(PREFIX.length)) || !name.startsWith(PREFIX))
    .filter((name) => readVariable(env, name) !== undefined)
    .map((name) => {
      // Compared without what all of them have in common; some settings are called otherwise as flags.
      const word = name.slice(PREFIX.length);
      const byFlag = Object.entries(FLAG_OF).find(([, flag]) => flag.toUpperCase() === word.toUpperCase())?.[0];
      const near = byFlag?.toUpperCase() ?? nearest(word, known);
      return { name, meant: near === undefined ? undefined : `${PREFIX}${near}` };
    });
}

type Given = { readonly value: unknown; readonly name: string };

type Layers = {
  readonly flags: Flags;
  readonly env: Environment;
  readonly file: Readonly<Record<string, unknown>>;
};

/** The value of the first layer that has one. */
function givenValue(key: string, { flags, env, file }: Layers): Given {
  const flag = Object.entries(FLAG_OF).find(([setting]) => setting === key)?.[1];
  const value = flag === undefined ? flags.settings?.[key] : flags[flag];
  if (value !== undefined) return { value, name: flagName(flag ?? key) };
  const variable = environmentName(key);
  const fromEnvironment = aboutSetting(key).mayBeEmpty ? env[variable] : readVariable(env, variable);
  if (fromEnvironment !== undefined) return { value: valueFromText(key, fromEnvironment), name: variable };
  if (file[key] !== undefined) return { value: file[key], name: `${key} in ${CONFIG_FILE}` };
  const fallback = aboutSetting(key).variable ?? "";
  const fromFallback = readVariable(env, fallback);
  if (fromFallback !== undefined) return { value: fromFallback, name: fallback };
  return { value: settingDefault(key), name: DEFAULT };
}

/** What to write for a key of `config.toml` that is known elsewhere. */
function instead(key: string): string | undefined {
  if (key === "data_dir" || key === "sources") return `it belongs in ${SOURCES_FILE_DEFAULT}`;
  const setting = settingOfFlag(key);
  return setting === undefined ? undefined : `did you mean "${setting}"?`;
}

function wrongValues(
  given: ReadonlyMap<string, Given>,
  wrong: ReadonlyMap<string, string>,
  choices: ReadonlyMap<string, readonly string[]>,
): string[] {
  return [...given]
    .filter(([key]) => wrong.has(key))
    .map(([key, { value, name }]) => {
      const shown = isSecret(key) ? "" : notOneOf(value, choices.get(key) ?? []);
      return `${key} must be ${wrong.get(key)}${shown} (${name})`;
    });
}

function originOf(key: string, { value, name }: Given, prefixes: Prefixes): Origin {
  // The folder of an embedded database is none.
  if (value !== undefined && isSecret(key) && !/^pglite:/i.test(valueText(value))) return { name, shown: "***" };
  // Quoted, for blanks at the end belong to them.
  if (key === PREFIXES[0]) return { name, shown: JSON.stringify(prefixes.query) };
  if (key === PREFIXES[1]) return { name, shown: JSON.stringify(prefixes.document) };
  return { name, shown: withoutPassword(valueText(value)) };
}

function isSecret(key: string): boolean {
  return aboutSetting(key).secret ?? false;
}
