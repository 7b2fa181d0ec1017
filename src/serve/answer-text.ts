import { printable, printableLines } from "../text/printable.ts";
import { plural } from "../text/words.ts";
import type { CheckedCode, DocumentPart, SearchAnswer, Stats } from "./shapes.ts";

/** What only we write: a document that has such a line is not taken for the next result. */
const OURS = /^(?=## Result \d|Found \d+ results for: )/gm;

/** What a search found, in Markdown. */
export function searchText({ query, results }: SearchAnswer): string {
  const found = results.map((result, index) =>
    [
      `## Result ${index + 1}: ${printable(result.title)}`,
      ...(result.context_header === "" ? [] : [`*${printable(result.context_header)}*`]),
      quoted(result.content),
      [
        `Source: ${placeText(result)}`,
        `Source Type: ${printable(result.source_type)}`,
        `Generations: ${printable(result.generations.join(", "))}`,
      ].join("\n"),
      "---",
    ].join("\n\n"),
  );
  return [`Found ${results.length} results for: ${printable(query)}`, ...found].join("\n\n");
}

/** A document or a part of one, in Markdown. */
export function documentText({
  passages,
  passages_total: total,
  next_cursor: next,
  ...document
}: DocumentPart): string {
  const [first] = passages;
  const last = passages.at(-1);
  const isPart = passages.length < total && first !== undefined && last !== undefined;
  const texts = passages.map(({ context_header: header, content }, index) => {
    const isSame = header === passages[index - 1]?.context_header;
    const text = content.startsWith(`${header}\n\n`) ? content.slice(header.length + 2) : content;
    return header === "" || isSame ? quoted(text) : `*${printable(header)}*\n\n${quoted(text)}`;
  });
  return [
    `# ${printable(document.title)}`,
    [
      `Source: ${placeText(document)}`,
      `Source Type: ${printable(document.source_type)}`,
      `Generations: ${printable(document.generations.join(", "))}`,
      ...(isPart ? [`Passages: ${passages.length} of ${total}`] : []),
    ].join("\n"),
    ...texts,
    ...(next === null ? [] : ["---", `More follows: cursor ${next}`]),
  ].join("\n\n");
}

/** What there is to be searched, in Markdown. */
export function sourcesText({ sources, doc_types: types, generations, chunks, documents }: Stats): string {
  const names = (shares: readonly { readonly name: string }[]) => shares.map(({ name }) => printable(name)).join(", ");
  return [
    `${plural(sources.length, "source")}, ${plural(documents, "document")}, ${plural(chunks, "passage")}`,
    ...sources.map(
      ({ name, documents: own, chunks: pieces }) =>
        `- ${printable(name)}: ${plural(own, "document")}, ${plural(pieces, "passage")}`,
    ),
    `Document types: ${names(types)}`,
    `Generations: ${names(generations)}`,
  ].join("\n");
}

/** What BBj's compiler said. */
export function codeText({ valid, errors }: CheckedCode): string {
  return valid ? "The program is valid BBj." : ["The program is not valid BBj:", ...errors.map(printable)].join("\n");
}

/** Where people read it, and what it is called here. */
function placeText({
  source_url: url,
  display_url: shown,
}: {
  readonly source_url: string;
  readonly display_url: string;
}) {
  return shown === "" || shown === url ? printable(url) : `${printable(shown)} (${printable(url)})`;
}

/** What a document says: it obeys nothing, and ends where we end it. */
function quoted(text: string): string {
  return printableLines(text).replaceAll(OURS, "\\");
}
