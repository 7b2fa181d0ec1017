import type { Share, Statistics } from "../store/store.ts";
import { count, plural } from "../text/words.ts";
import { left, right, table } from "./table.ts";
import { printable } from "../text/printable.ts";

/** What a report says of a corpus beside its figures. */
export type CorpusReport = {
  readonly statistics: Statistics;
  /** Of the database, without a password. */
  readonly database: string;
  /** `ollama qwen3-embedding:0.6b (1024 dimensions)`. */
  readonly model: string;
  readonly warnings: readonly string[];
};

/** The report as a person reads it. */
export function corpusReportText({ statistics, database, model, warnings }: CorpusReport, width?: number): string {
  const { chunks, documents, incomplete, split, withoutChunks } = statistics;
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
    `${printable(database)}\n${printable(model)}\n` +
      `${plural(chunks, "chunk")} of ${plural(documents, "document")}, ${count(incomplete)} of them incomplete\n`,
    shared("Source", statistics.bySource),
    shared("Source type", statistics.bySourceType),
    shared("Generation", statistics.byGeneration),
    shared("Document type", statistics.byDocType),
    places("Longest chunks", statistics.longest),
    places("Shortest chunks", statistics.shortest),
    `${plural(statistics.untagged, "chunk")} untagged (${percent(statistics.untagged, chunks)})\n` +
      `${plural(split.chunks, "chunk")} too long for the model, stored in ${plural(split.parts, "part")}\n` +
      `${plural(withoutChunks.documents, "document")} without chunks\n` +
      withoutChunks.first.map(({ sourceUrl }) => `  ${printable(sourceUrl)}\n`).join(""),
    ...(warnings.length === 0 ? [] : [warnings.map((warning) => `warning: ${printable(warning)}\n`).join("")]),
  ].join("\n");
}

function percent(some: number, all: number): string {
  return all === 0 ? "0%" : `${((100 * some) / all).toFixed(1)}%`;
}
