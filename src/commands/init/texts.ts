import { createEmbedder, embedders } from "../../embed/registry.ts";
import { type IngestError, usageError } from "../../flow/errors.ts";
import { remedyTitle } from "../../report/doctor-text.ts";
import { printable } from "../../text/printable.ts";
import { plural } from "../../text/words.ts";
import type { Finding } from "../doctor/finding.ts";
import { guidedLines } from "../fields.ts";
import type { Proposal } from "./proposals.ts";
import type { TriedEmbedder } from "./try-embedder.ts";

/** What is said of a folder that was named where a sources file is kept. */
export function ignoredText(folder: string, sourcesFile: string): string {
  return `${folder} is not looked through: what runs is what ${sourcesFile} lists; to add to it, edit it`;
}

/** What there is to know of a source that was found: `pdf, 12 files, manuals`. */
export function aboutSource({ parser, files, paths, noun }: Proposal): string[] {
  const [first = "", ...more] = paths;
  const where = more.length === 0 ? first : `${first} and ${plural(more.length, "more path")}`;
  return [noun === "" ? parser : noun, plural(files, "file"), ...(where === "." ? [] : [`in ${printable(where)}`])];
}

export function foundText(source: Proposal): string {
  return `found ${source.name}: ${aboutSource(source).join(", ")}`;
}

/** `ollama qwen3-embedding:0.6b, 1024 dimensions, at http://localhost:11434` */
export function embedderText({ loaded: { settings } }: Pick<TriedEmbedder, "loaded">): string {
  const { provider, model, dimensions, servers, place } = createEmbedder(settings.embedder);
  const summary = embedders.find(({ name }) => name === provider)?.summary ?? "";
  return `${provider} ${model}, ${dimensions} dimensions, ${servers === undefined ? summary : `at ${place}`}`;
}

/** What is wrong as the error that ends `init`: in the first line what it is, then what mends it. */
export function problemError(problem: Finding): IngestError {
  const { said, commands } = partsOf(problem);
  const [first = "", ...hint] = said;
  return usageError(first, [...hint, ...commands].join("\n"));
}

/** What is wrong, wrapped to the terminal, and what mends it, which is not: it is pasted. */
export function problemText(problem: Finding | undefined, columns?: number): string {
  if (problem === undefined) return "";
  const { said, commands } = partsOf(problem);
  return [...said.flatMap((line) => guidedLines(printable(line), columns)), ...commands.map(printable)].join("\n");
}

/** What is wrong, and the commands that mend it. */
function partsOf({ area, what, detail, hint = "", remedy = "", into }: Finding) {
  const commands = remedy.split("\n").filter((line) => line !== "");
  const said = [
    `${area === "embedder" && !detail.includes(what) ? `${what} ` : ""}${detail}`,
    hint,
    ...(commands.length === 0 ? [] : [remedyTitle(into)]),
  ];
  return { said: said.filter((line) => line !== ""), commands: commands.map((line) => `  ${line}`) };
}
