import { aboutSetting, environmentName, settingDefault, valueText } from "../../config/setting-table.ts";
import { PROGRAM } from "../../text/program.ts";
import { tomlValue } from "./toml-text.ts";

/** Those that people change, in their order; the others are in the README. */
const SHOWN = [
  "database_url",
  "embedding_provider",
  "embedding_model",
  "embedding_dimensions",
  "ollama_host",
  "ingest_workers",
  "ingest_max_workers",
  "chunk_size",
  "state_dir",
] as const;

/** Settings under their keys. */
export type Values = Readonly<Record<string, string | number>>;

/** A `config.toml` that sets `values`, with what each means, and with others that are not set. */
export function configText(values: Values): string {
  const keys = [...SHOWN, ...Object.keys(values).filter((key) => !SHOWN.some((shown) => shown === key))];
  return [
    `# The settings of ${PROGRAM}, as init has left them. Change it at will: it is not written again.`,
    `# A flag goes before the environment (${environmentName("x")} for the setting x), and that before this file.`,
    ...keys.flatMap((key) => {
      const { [key]: value } = values;
      const fallback = settingDefault(key);
      const unset = isValue(fallback) ? `# ${key} = ${tomlValue(fallback)}` : `# ${key} =`;
      return ["", ...comment(key), value === undefined ? unset : `${key} = ${tomlValue(value)}`];
    }),
    "",
  ].join("\n");
}

function comment(key: string): string[] {
  const fallback = valueText(settingDefault(key));
  const text = `${aboutSetting(key).help}${fallback === "" ? "" : ` (default ${fallback})`}`;
  return Bun.wrapAnsi(text, 96)
    .split("\n")
    .map((line) => `# ${line}`);
}

function isValue(value: unknown): value is string | number {
  return typeof value === "string" || typeof value === "number";
}
