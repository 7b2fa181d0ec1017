import type { Share, Statistics, VectorIndexes } from "../store/store.ts";
import { count, plural } from "../text/words.ts";
import { left, right, table } from "./table.ts";
import { printable } from "../text/printable.ts";

/** What a report says of a corpus, which stands in `database` (named without a password). */
type CorpusReport = Statistics & {
  readonly database: string;
  readonly embedder: string;
  readonly model: string;
  readonly dimensions: number;
  readonly documentPrefix: string;
  /** What counts with the settings of now. */
  readonly queryPrefix: string;
  readonly vectorIndexes: VectorIndexes;
  readonly warnings: readonly string[];
};

/** The report as a person reads it. */
export function corpusReportText(report: CorpusReport, width?: number): string {
  const { chunks, documents, incomplete, untagged, split, withoutChunks, warnings } = report;
  const shared = (title: string, shares: readonly Share[]) =>
    table(
      [...left(title), ...right("Chunks", "Share")],
      shares.map(({ name, chunks: some }) => [printable(name) || "(none)", count(some), percent(some, chunks)]),
      width,
    );
  const places = (title: string, list: Statistics["longest"]) =>
    table(
      [...left(title), ...right("Chunk", "Characters")],
      list.map(({ sourceUrl, chunkIndex, characters }) => [printable(sourceUrl), count(chunkIndex), count(characters)]),
      width,
    );
  return [
    `${printable(report.database)}\n${printable(`${report.embedder} ${report.model} (${report.dimensions} dimensions)`)}\n` +
      prefixLine("before documents", report.documentPrefix) +
      prefixLine("before questions", report.queryPrefix) +
      `${plural(chunks, "chunk")} of ${plural(documents, "document")}, ${count(incomplete)} of them incomplete\n` +
      `index on vectors: ${vectorIndexText(report.vectorIndexes)}\n`,
    shared("Source", report.bySource),
    shared("Source type", report.bySourceType),
    shared("Generation", report.byGeneration),
    shared("Document type", report.byDocType),
    places("Longest chunks", report.longest),
    places("Shortest chunks", report.shortest),
    `${plural(untagged, "chunk")} untagged (${percent(untagged, chunks)})\n` +
      `${plural(split.chunks, "chunk")} too long for the model, stored in ${plural(split.parts, "part")}\n` +
      `${plural(withoutChunks.documents, "document")} without chunks\n` +
      withoutChunks.first.map(({ sourceUrl }) => `  ${printable(sourceUrl)}\n`).join(""),
    ...(warnings.length === 0 ? [] : [warnings.map((warning) => `warning: ${printable(warning)}\n`).join("")]),
  ].join("\n");
}

function vectorIndexText({ hnsw, list, fromRows }: VectorIndexes): string {
  if (fromRows !== null)
    return `none, a search looks at each of them; a run makes one from ${count(fromRows)} chunks on`;
  const kinds = [...(hnsw ? ["HNSW"] : []), ...(list ? ["a list of all of them"] : [])];
  return kinds.length === 0 ? "none, a search looks at each of them" : kinds.join(", ");
}

/** Quoted, for blanks at its end belong to it. */
function prefixLine(what: string, prefix: string): string {
  return prefix === "" ? "" : `${what}: ${printable(JSON.stringify(prefix))}\n`;
}

function percent(some: number, all: number): string {
  return all === 0 ? "0%" : `${((100 * some) / all).toFixed(1)}%`;
}
