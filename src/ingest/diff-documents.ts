import type { DocumentWrite, Store } from "../store/store.ts";
import type { Failures } from "./failures.ts";
import { PendingDocument } from "./pending-document.ts";
import { planChunks } from "./plan-chunks.ts";
import type { ChunkedDocument } from "./read-source.ts";
import type { SourceRun } from "./source-run.ts";
import type { StoreStage } from "./store-stage.ts";
import type { Text, Texts } from "./texts.ts";

export type DiffOptions = {
  readonly store: Store;
  readonly storeStage: StoreStage;
  readonly texts: Texts;
  readonly failures: Failures;
  /** Vectors are made again, but for those this run has made already. */
  readonly embedAgain: boolean;
  /** Only chunks that the failure log names are embedded. */
  readonly retryOnly: boolean;
};

/** Compares the documents of an input with what the store and this run know, and plans where each vector comes from. */
export async function diffDocuments(
  run: SourceRun,
  documents: readonly ChunkedDocument[],
  input: DocumentWrite["input"],
  { store, storeStage, texts, failures, embedAgain, retryOnly }: DiffOptions,
): Promise<PendingDocument[]> {
  const asked = documents.map(({ document, chunks }) => ({
    sourceUrl: document.sourceUrl,
    hashes: chunks.map((chunk) => chunk.contentHash),
  }));
  const pendingBefore = new Map<string, Text>();
  for (const hash of asked.flatMap(({ hashes }) => hashes)) {
    const text = texts.get(hash);
    if (text !== undefined) pendingBefore.set(hash, text);
  }
  const known = await storeStage.retrying(() => store.known(run.name, asked, { thisRunOnly: embedAgain }), run.name);
  return documents.map(({ document, chunks }) => {
    const { sourceUrl } = document;
    const wanted = (hash: string) => !retryOnly || failures.wants(run.name, sourceUrl, hash);
    const options = { source: run.name, sourceUrl, known, texts, pendingBefore, embedAgain, wanted };
    return new PendingDocument(run, document, input, planChunks(chunks, options));
  });
}
