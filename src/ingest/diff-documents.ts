import { vectorKey } from "../embed/prefixes.ts";
import type { Document } from "../parsers/parser.ts";
import type { DocumentWrite, Store } from "../store/store.ts";
import { type ChunkPlan, PendingDocument } from "./pending-document.ts";
import type { PendingTexts } from "./pending-text.ts";
import type { ChunkedDocument } from "./parse-thread.ts";
import type { SourceRun } from "./source-run.ts";

type DiffOptions = {
  readonly store: Store;
  readonly texts: PendingTexts;
  /** Vectors are made again, but for those this run has made already. */
  readonly embedAgain: boolean;
  /** The documents' titles are sent with their texts: a vector is one of both. */
  readonly withTitles: boolean;
};

/** The documents of one input. */
export type ReadDocuments = {
  readonly run: SourceRun;
  readonly documents: readonly ChunkedDocument[];
  readonly input: DocumentWrite["input"];
};

/**
 * Compares the documents of inputs of one source with what the store and this run know, and plans for each chunk where its
 * vector comes from: it is there (own row, other row), under way, or to be made.
 */
export async function diffDocuments(
  run: SourceRun,
  inputs: readonly ReadDocuments[],
  { store, texts, embedAgain, withTitles }: DiffOptions,
): Promise<PendingDocument[]> {
  const titleOf = ({ title }: Document) => (withTitles ? title : undefined);
  const documents = inputs.flatMap(({ input, documents: of }) => of.map((chunked) => ({ ...chunked, input })));
  const asked = documents.map(({ document, chunks }) => ({
    sourceUrl: document.sourceUrl,
    takesOver: run.coverage.takesOver(document.sourceUrl),
    hashes: chunks.map((chunk) => chunk.contentHash),
    title: titleOf(document),
  }));
  // Before the store is asked: a text that is committed meanwhile is neither in its answer nor pending any more.
  const pendingBefore = texts.among(asked.flatMap(({ hashes, title }) => hashes.map((hash) => vectorKey(hash, title))));
  const known = await store.known(run.name, asked, { thisRunOnly: embedAgain });
  return documents.map(({ document, chunks, input }) => {
    const own = embedAgain ? undefined : known.own.get(document.sourceUrl);
    const wholes = embedAgain ? undefined : known.parts.get(document.sourceUrl);
    const plans = chunks.map((chunk): ChunkPlan => {
      const hash = chunk.contentHash;
      const key = vectorKey(hash, titleOf(document));
      if (own?.has(hash)) return { kind: "own", chunk };
      // Asked for whole once more where its document is read again: the model may take it by now.
      const parts = wholes?.get(hash);
      const vector = known.vectors.get(key);
      if (vector !== undefined) return { kind: "reused", chunk, vector };
      const pending = texts.get(key) ?? pendingBefore.get(key);
      if (pending !== undefined) return { kind: "new", chunk, text: pending, first: false, parts };
      return { kind: "new", chunk, text: texts.add(chunk, titleOf(document), run.name), first: true, parts };
    });
    return new PendingDocument(run, document, input, plans);
  });
}
