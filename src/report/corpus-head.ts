import type { VectorIndexes } from "../store/store.ts";
import { printable } from "../text/printable.ts";
import { count, plural } from "../text/words.ts";

/** What a corpus is, before anything is said of its parts. */
export type CorpusHead = {
  /** Named without a password. */
  readonly database: string;
  readonly embedder: string;
  readonly model: string;
  readonly dimensions: number;
  readonly documentPrefix: string;
  /** What counts with the settings of now. */
  readonly queryPrefix: string;
  readonly chunks: number;
  readonly documents: number;
  readonly incomplete: number;
  readonly vectorIndexes: VectorIndexes;
};

/** The lines that stand above what is said of a corpus. */
export function corpusHeadText(corpus: CorpusHead): string {
  const { embedder, model, dimensions, chunks, documents, incomplete } = corpus;
  return [
    `${printable(corpus.database)}\n${printable(`${embedder} ${model} (${dimensions} dimensions)`)}\n`,
    prefixLine("before documents", corpus.documentPrefix),
    prefixLine("before questions", corpus.queryPrefix),
    `${plural(chunks, "chunk")} of ${plural(documents, "document")}, ${count(incomplete)} of them incomplete\n`,
    `index on vectors: ${vectorIndexText(corpus.vectorIndexes)}\n`,
  ].join("");
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
