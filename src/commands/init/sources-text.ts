import { PROGRAM } from "../../text/program.ts";
import { printable } from "../../text/printable.ts";
import { plural } from "../../text/words.ts";
import type { Proposal } from "./proposals.ts";
import { tomlText } from "./toml-text.ts";

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
