import type { Chunk } from "../chunk/chunk.ts";
import type { DocumentWrite, KnownChunks, Store } from "../store/store.ts";
import { type ChunkPlan, PendingDocument } from "./pending-document.ts";
import type { PendingText, PendingTexts } from "./pending-text.ts";
import type { ChunkedDocument } from "./read-source.ts";
import type { SourceRun } from "./source-run.ts";

export type DiffOptions = {
  readonly store: Store;
  readonly texts: PendingTexts;
  /** Vectors are made again, but for those this run has made already. */
  readonly embedAgain: boolean;
  /** Whether this run may embed the chunk. */
  readonly wants: (sourceUrl: string, contentHash: string) => boolean;
};

/** Compares the documents of an input with what the store and this run know, and plans where each vector comes from. */
export async function diffDocuments(
  run: SourceRun,
  documents: readonly ChunkedDocument[],
  input: DocumentWrite["input"],
  options: DiffOptions,
): Promise<PendingDocument[]> {
  const { store, texts, embedAgain } = options;
  const asked = documents.map(({ document, chunks }) => ({
    sourceUrl: document.sourceUrl,
    hashes: chunks.map((chunk) => chunk.contentHash),
  }));
  // Before the store is asked: a text that is committed meanwhile is neither in its answer nor pending any more.
  const pendingBefore = texts.among(asked.flatMap(({ hashes }) => hashes));
  const known = await store.known(run.name, asked, { thisRunOnly: embedAgain });
  return documents.map(({ document, chunks }) => {
    const plans = planChunks(run.name, document.sourceUrl, chunks, { ...options, known, pendingBefore });
    return new PendingDocument(run, document, input, plans);
  });
}

type PlanOptions = DiffOptions & {
  readonly known: KnownChunks;
  readonly pendingBefore: ReadonlyMap<string, PendingText>;
};

/** Decides for each chunk of a document whether its vector is there (own row, other row, under way) or is to be made. */
function planChunks(
  source: string,
  sourceUrl: string,
  chunks: readonly Chunk[],
  { known, texts, pendingBefore, embedAgain, wants }: PlanOptions,
): ChunkPlan[] {
  const own = embedAgain ? undefined : known.own.get(sourceUrl);
  return chunks.map((chunk) => {
    const hash = chunk.contentHash;
    if (own?.has(hash)) return { kind: "own", chunk };
    const vector = known.vectors.get(hash);
    if (vector !== undefined) return { kind: "reused", chunk, vector };
    const pending = texts.get(hash) ?? pendingBefore.get(hash);
    if (pending !== undefined) return { kind: "new", chunk, text: pending, first: false };
    if (!wants(sourceUrl, hash)) return { kind: "absent", chunk };
    return { kind: "new", chunk, text: texts.add(chunk, source), first: true };
  });
}
