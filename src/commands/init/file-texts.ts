import { aboutSetting, environmentName, settingDefault, valueText } from "../../config/setting-table.ts";
import { PROGRAM } from "../../text/program.ts";
import { printable } from "../../text/printable.ts";
import { plural } from "../../text/words.ts";
import type { Proposal } from "./proposals.ts";

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
];

/** Settings under their keys. */
export type Values = Readonly<Record<string, string | number>>;

type SourcesText = {
  /** Where the paths start from, as it stands in the file; "" for the folder of the file. */
  readonly dataDir: string;
  readonly sources: readonly Proposal[];
  /** Names of those that are to run. */
  readonly chosen: readonly string[];
};

/** A `sources.toml` with what it means beside it. */
export function sourcesText({ dataDir, sources, chosen }: SourcesText): string {
  const base = dataDir === "" ? "this file's folder" : "data_dir, which is relative to this file";
  return [
    `# The sources of the corpus, as they were found by init (${PROGRAM}). Change it at will: it is not written again.`,
    `# paths: files, folders and patterns such as "manuals/*.pdf", relative to ${base}.`,
    "# More keys of a source: enabled = false, generation_tag, extensions, display_base; see the README.",
    ...(dataDir === "" ? [] : ["", `data_dir = ${tomlText(dataDir)}`]),
    ...sources.flatMap((source) => entry(source, chosen.includes(source.name))),
    "",
  ].join("\n");
}

function entry({ name, parser, paths, files, extensions, noun }: Proposal, isChosen: boolean): string[] {
  const list = paths.map(tomlText);
  const inLine = `paths = [${list.join(", ")}]`;
  return [
    "",
    `# ${noun === "" ? "" : `${printable(noun)}, `}${plural(files, "file")}`,
    "[[sources]]",
    `name = ${tomlText(name)}`,
    `parser = ${tomlText(parser)}`,
    ...(inLine.length <= 100 ? [inLine] : ["paths = [", ...list.map((path) => `  ${path},`), "]"]),
    ...(extensions === undefined ? [] : [`extensions = [${extensions.map(tomlText).join(", ")}]`]),
    ...(isChosen ? [] : ["enabled = false"]),
  ];
}

/** A `config.toml` that sets `values`, with what each means, and with others that are not set. */
export function configText(values: Values): string {
  const keys = [...SHOWN, ...Object.keys(values).filter((key) => !SHOWN.includes(key))];
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

/** A text in TOML: what JSON writes is a basic string of TOML, but for one character that is to be escaped there. */
function tomlText(text: string): string {
  return JSON.stringify(text.toWellFormed()).replaceAll("\u007f", "\\u007f");
}

function tomlValue(value: string | number): string {
  return typeof value === "number" ? String(value) : tomlText(value);
}
