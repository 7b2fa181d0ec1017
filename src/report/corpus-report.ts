import type { Share, Statistics } from "../store/store.ts";
import { count, plural } from "../text/words.ts";
import { type CorpusHead, corpusHeadText, wrappedLine } from "./corpus-head.ts";
import { left, right, table } from "./table.ts";
import { printable } from "../text/printable.ts";

/** What a report says of a corpus. */
type CorpusReport = Statistics & CorpusHead & { readonly warnings: readonly string[] };

/** The report as a person reads it. */
export function corpusReportText(report: CorpusReport, width?: number): string {
  const { chunks, untagged, split, withoutChunks, warnings } = report;
  const shared = (title: string, shares: readonly Share[]) =>
    table(
      [...left(title), ...right("Chunks", "Share")],
      shares.map(({ name, chunks: some }) => [printable(name) || "(none)", count(some), percent(some, chunks)]),
      { width, dispensable: ["Chunks"] },
    );
  const places = (title: string, list: Statistics["longest"]) =>
    table(
      [...left(title), ...right("Chunk", "Characters")],
      list.map(({ sourceUrl, chunkIndex, characters }) => [printable(sourceUrl), count(chunkIndex), count(characters)]),
      { width, dispensable: ["Chunk"], wholeNames: true },
    );
  return [
    corpusHeadText(report, width),
    shared("Source", report.bySource),
    shared("Source type", report.bySourceType),
    shared("Generation", report.byGeneration),
    shared("Document type", report.byDocType),
    places("Longest chunks", report.longest),
    places("Shortest chunks", report.shortest),
    wrappedLine(`${plural(untagged, "chunk")} untagged (${percent(untagged, chunks)})`, width) +
      wrappedLine(
        `${plural(split.chunks, "chunk")} too long for the model, stored in ${plural(split.parts, "part")}`,
        width,
      ) +
      wrappedLine(`${plural(withoutChunks.documents, "document")} without chunks`, width) +
      withoutChunks.first.map(({ sourceUrl }) => `  ${printable(sourceUrl)}\n`).join(""),
    ...(warnings.length === 0
      ? []
      : [warnings.map((warning) => wrappedLine(`warning: ${printable(warning)}`, width)).join("")]),
  ].join("\n");
}

function percent(some: number, all: number): string {
  return all === 0 ? "0%" : `${((100 * some) / all).toFixed(1)}%`;
}
