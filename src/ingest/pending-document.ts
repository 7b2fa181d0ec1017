import type { Chunk } from "../chunk/chunk.ts";
import type { Document } from "../parsers/parser.ts";
import type { ChunkRow, DocumentWrite } from "../store/store.ts";
import type { PendingText } from "./pending-text.ts";
import type { SourceRun } from "./source-run.ts";

/** Where a chunk's vector comes from. `absent`: nobody was asked yet. */
export type ChunkPlan = { readonly chunk: Chunk } & (
  | { readonly kind: "own" | "absent" }
  | { readonly kind: "reused"; readonly vector: Float32Array }
  /** `first`: no document before this one has the text. `parts`: hashes of the rows that it has in parts, and keeps if it fails. */
  | {
      readonly kind: "new";
      readonly text: PendingText;
      readonly first: boolean;
      readonly parts: readonly string[] | undefined;
    }
);

/** A document between its diff and its commit. */
export class PendingDocument {
  readonly run: SourceRun;
  readonly document: Document;
  readonly input: DocumentWrite["input"];
  readonly plans: readonly ChunkPlan[];
  /** Texts that are not settled. */
  #open = 0;

  constructor(run: SourceRun, document: Document, input: DocumentWrite["input"], plans: readonly ChunkPlan[]) {
    this.run = run;
    this.document = document;
    this.input = input;
    this.plans = plans;
  }

  get sourceUrl(): string {
    return this.document.sourceUrl;
  }

  /** It waits for the texts it has still open, and returns them. */
  waits(): PendingText[] {
    const texts = this.plans.flatMap((plan) =>
      plan.kind === "new" && plan.text.outcome === undefined ? [plan.text] : [],
    );
    this.#open = texts.length;
    return texts;
  }

  /** One of them is settled. True when it was the last one. */
  textSettled(): boolean {
    this.#open--;
    return this.#open === 0;
  }

  /** Chunks that could not be embedded. */
  failed(): ChunkPlan[] {
    return this.plans.filter((plan) => plan.kind === "new" && plan.text.outcome?.kind === "error" && !hasVector(plan));
  }

  /** Chunks that were neither embedded nor refused. */
  unsettled(): ChunkPlan[] {
    return this.plans.filter((plan) => plan.kind === "new" && plan.text.outcome === undefined && !hasVector(plan));
  }

  /** Chunks that have a vector. */
  embedded(): ChunkPlan[] {
    return this.plans.filter(hasVector);
  }

  /** Hashes of the chunks without a vector. */
  missing(): string[] {
    return this.plans.filter((plan) => !hasVector(plan)).map((plan) => plan.chunk.contentHash);
  }

  /** The document as it is to stand in the store, without the chunks that have no vector. */
  toWrite(): DocumentWrite {
    return {
      source: this.run.name,
      sourceType: this.run.parser.sourceType(this.run.entry),
      document: this.document,
      input: this.input,
      rows: this.plans.flatMap(rowsOf),
      complete: this.plans.every(hasVector),
    };
  }
}

/** Whether the run made a vector for the chunk, for this document before any other. */
export function isEmbedded(plan: ChunkPlan): boolean {
  if (plan.kind !== "new" || !plan.first) return false;
  const { outcome } = plan.text;
  return outcome?.kind === "vector" || (outcome?.kind === "parts" && !outcome.known);
}

function hasVector(plan: ChunkPlan): boolean {
  if (plan.kind !== "new") return plan.kind !== "absent";
  if (plan.parts !== undefined) return true;
  return plan.text.outcome !== undefined && plan.text.outcome.kind !== "error";
}

function rowsOf(plan: ChunkPlan): ChunkRow[] {
  const { chunk } = plan;
  if (plan.kind === "reused") return [{ chunk, vector: plan.vector }];
  if (plan.kind !== "new") return plan.kind === "own" ? [{ chunk, vector: null }] : [];
  const { text, parts = [] } = plan;
  const { outcome } = text;
  if (outcome?.kind === "vector") return [{ chunk, vector: outcome.vector }];
  if (outcome?.kind === "parts") {
    const metadata = { part_of: chunk.contentHash, parts: outcome.parts.map(({ hash }) => hash) };
    return outcome.parts.map(({ content, hash, vector }) => ({
      ...{ chunk: { ...chunk, content, contentHash: hash }, vector, metadata },
    }));
  }
  const metadata = { part_of: chunk.contentHash, parts };
  return parts.map((contentHash) => ({ chunk: { ...chunk, contentHash }, vector: null, metadata }));
}
