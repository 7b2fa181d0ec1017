import type { Chunk } from "../chunk/chunk.ts";
import type { KnownChunks } from "../store/store.ts";
import type { ChunkPlan } from "./pending-document.ts";
import type { Text, Texts } from "./texts.ts";

export type PlanOptions = {
  readonly source: string;
  readonly sourceUrl: string;
  readonly known: KnownChunks;
  readonly texts: Texts;
  /**
   * The texts that were under way before `known` was read: one that was committed since
   * is neither in `known` nor in `texts`, but it has its vector.
   */
  readonly pendingBefore: ReadonlyMap<string, Text>;
  /** The document's own vectors are to be made again. */
  readonly embedAgain: boolean;
  /** Whether this run may embed the chunk. */
  readonly wanted: (contentHash: string) => boolean;
};

/** Decides for each chunk of a document whether its vector is there (own row, other row, under way) or is to be made. */
export function planChunks(chunks: readonly Chunk[], options: PlanOptions): ChunkPlan[] {
  const { source, known, texts, pendingBefore, wanted } = options;
  const own = options.embedAgain ? undefined : known.own.get(options.sourceUrl);
  return chunks.map((chunk) => {
    const hash = chunk.contentHash;
    if (own?.has(hash)) return { kind: "own", chunk };
    const vector = known.vectors.get(hash);
    if (vector !== undefined) return { kind: "reused", chunk, vector };
    const pending = texts.get(hash) ?? pendingBefore.get(hash);
    if (pending !== undefined) return { kind: "new", chunk, text: pending, first: false };
    if (!wanted(hash)) return { kind: "absent", chunk };
    return { kind: "new", chunk, text: texts.add(chunk, source), first: true };
  });
}
