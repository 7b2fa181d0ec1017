import type { VectorIndexes } from "../store/store.ts";
import { printable } from "../text/printable.ts";
import { count, plural } from "../text/words.ts";
import { wrap } from "./wrap.ts";

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

/** The lines that stand above what is said of a corpus; wrapped at so many columns, if any are given. */
export function corpusHeadText(corpus: CorpusHead, columns?: number): string {
  const { embedder, model, dimensions, chunks, documents, incomplete } = corpus;
  const lines = [
    printable(corpus.database),
    printable(`${embedder} ${model} (${dimensions} dimensions)`),
    prefixLine("before documents", corpus.documentPrefix),
    prefixLine("before questions", corpus.queryPrefix),
    `${plural(chunks, "chunk")} of ${plural(documents, "document")}, ${count(incomplete)} of them incomplete`,
    `index on vectors: ${vectorIndexText(corpus.vectorIndexes)}`,
  ];
  return lines.map((line) => (line === "" ? "" : wrappedLine(line, columns))).join("");
}

/** A line, the rest of it further in where it is too long. */
export function wrappedLine(line: string, columns: number | undefined): string {
  const parts = wrap(line, { first: "", others: "  ", columns, hard: false });
  return parts.map((part) => `${part}\n`).join("");
}

function vectorIndexText({ hnsw, list, fromRows }: VectorIndexes): string {
  if (fromRows !== null)
    return `none, a search looks at each of them; a run makes one from ${count(fromRows)} chunks on`;
  const kinds = [...(hnsw ? ["HNSW"] : []), ...(list ? ["a list of all of them"] : [])];
  return kinds.length === 0 ? "none, a search looks at each of them" : kinds.join(", ");
}

/** Quoted, for blanks at its end belong to it. */
function prefixLine(what: string, prefix: string): string {
  return prefix === "" ? "" : `${what}: ${printable(JSON.stringify(prefix))}`;
}
