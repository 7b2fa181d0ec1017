import type { Chunk } from "../chunk/chunk.ts";
import type { ParsedSource } from "../ingest/parsed-source.ts";
import type { Document } from "../parsers/parser.ts";
import { count, plural } from "../text/words.ts";
import { wrappedLine } from "./corpus-head.ts";
import { left, right, table } from "./table.ts";
import { printable } from "../text/printable.ts";

const LINES_SHOWN = 12;
const CHUNKS_SHOWN = 3;
const LINE_CHARACTERS_MAX = 160;

const COLUMNS = [
  ...left("Source", "Parser"),
  ...right("Files", "Documents", "Chunks", "No chunks", "Skipped", "Warnings", "Failed", "Longest"),
];

/** What a narrow terminal does without, one after the other. */
const DISPENSABLE = ["Longest", "Files", "Parser", "No chunks", "Warnings", "Skipped", "Documents"];

/** A document and its chunks, as `parse` shows them: whole, or their beginnings. */
export function parsedDocumentText(
  document: Document,
  chunks: readonly Chunk[],
  { full }: { readonly full: boolean },
): string {
  const { sourceUrl, title, docType, about = "", generations, contextHeader, displayUrl, deprecated } = document;
  const fields = [
    ["title", title],
    ["about", about.replaceAll("\n\n", " / ")],
    ["doc_type", docType],
    ["generations", generations.join(", ")],
    ["context_header", contextHeader],
    ["display_url", displayUrl],
    ["deprecated", deprecated ? "true" : ""],
    ...Object.entries(document.metadata),
  ].filter(([, value]) => value !== "");
  const shown = full ? chunks : chunks.slice(0, CHUNKS_SHOWN);
  return [
    `=== ${printable(sourceUrl)}\n`,
    ...fields.map(([key = "", value = ""]) => `    ${printable(key)}: ${printable(value)}\n`),
    ...block("    ", document.content, full),
    ...shown.flatMap((chunk, index) => [
      `--- chunk ${index + 1} of ${chunks.length} (${plural(chunk.content.length, "character")}) ${chunk.contentHash.slice(0, 12)}\n`,
      ...block("  | ", chunk.content, full),
    ]),
    "\n",
  ].join("");
}

/** The table at the end, and what generations and document types were found. */
export function parsedSourceText(sources: readonly ParsedSource[], width?: number): string {
  const rows = sources.map(({ source, parser, ...counts }) => [
    printable(source),
    printable(parser),
    ...[counts.files, counts.documents, counts.chunks, counts.withoutChunks].map(count),
    ...[counts.skipped, counts.warnings, counts.failed, counts.charactersMax].map(count),
  ]);
  const tallies = sources
    .filter(({ documents }) => documents > 0)
    .map(({ source, generations, docTypes }) =>
      wrappedLine(`${printable(source)}: ${tally(generations)}; ${tally(docTypes)}`, width),
    );
  return `${table(COLUMNS, rows, { width, dispensable: DISPENSABLE })}${tallies.length === 0 ? "" : "\n"}${tallies.join("")}`;
}

function tally(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .toSorted(([one, few], [other, many]) => many - few || (one < other ? -1 : 1))
    .map(([name, documents]) => `${printable(name)} ${count(documents)}`)
    .join(", ");
}

function block(margin: string, text: string, full: boolean): string[] {
  const lines = text.split("\n");
  const shown = full ? lines : lines.slice(0, LINES_SHOWN);
  const rest = lines.length - shown.length;
  return [
    ...shown.map((line) => `${margin}${printable(full ? line : cut(line))}\n`),
    ...(rest > 0 ? [`${margin}... ${plural(rest, "more line")}\n`] : []),
  ];
}

function cut(line: string): string {
  return line.length > LINE_CHARACTERS_MAX ? `${line.slice(0, LINE_CHARACTERS_MAX)} ...` : line;
}
