import { FLAGS, type FlagKey, flagName } from "./flag-table.ts";
import { type CoreKey, SETTING_KEYS } from "./setting-table.ts";

/** Flags that set a setting of the core. */
export const FLAG_OF = {
  database_url: "databaseUrl",
  embedding_provider: "embedder",
  embedding_model: "model",
  embedding_dimensions: "dimensions",
  ingest_workers: "workers",
  state_dir: "stateDir",
} as const satisfies Partial<Record<CoreKey, FlagKey>>;

/** `ingest_workers` -> `--workers`; undefined of a setting that no flag sets. */
export function flagOfSetting(key: string): string | undefined {
  const known = Object.entries(FLAG_OF).find(([setting]) => setting === key)?.[1];
  const name = flagName(known ?? key);
  return FLAGS.some((flag) => flag.name === name) ? name : undefined;
}

/** `workers` -> `ingest_workers`: for who writes a flag's name in the place of its setting's. */
export function settingOfFlag(word: string): string | undefined {
  const name = flagName(word.toLowerCase());
  return Object.entries(FLAG_OF).find(([, flag]) => flagName(flag) === name)?.[0];
}

/** What to do with a key of `sources.toml` that is a setting. */
export function insteadOfSetting(key: string): string | undefined {
  return SETTING_KEYS.includes(key) ? "it is a setting, and belongs in config.toml" : undefined;
}
