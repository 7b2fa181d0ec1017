import type { Chunk } from "../chunk/chunk.ts";
import type { Document } from "../parsers/parser.ts";
import type { ChunkRow, DocumentWrite } from "../store/store.ts";
import type { SourceRun } from "./source-run.ts";
import type { Text } from "./texts.ts";

/** Where a chunk's vector comes from. `absent`: it is not to be embedded in this run (`--retry-failed`). */
export type ChunkPlan =
  | { readonly kind: "own"; readonly chunk: Chunk }
  | { readonly kind: "reused"; readonly chunk: Chunk; readonly vector: Float32Array }
  | {
      readonly kind: "new";
      readonly chunk: Chunk;
      readonly text: Text;
      /** The first document with this text. */ readonly first: boolean;
    }
  | { readonly kind: "absent"; readonly chunk: Chunk };

/** A document between its diff and its commit. */
export class PendingDocument {
  readonly run: SourceRun;
  readonly document: Document;
  readonly input: DocumentWrite["input"];
  readonly plans: readonly ChunkPlan[];
  /** Texts that are neither embedded nor failed. */
  open = 0;

  constructor(run: SourceRun, document: Document, input: DocumentWrite["input"], plans: readonly ChunkPlan[]) {
    this.run = run;
    this.document = document;
    this.input = input;
    this.plans = plans;
  }

  /** Chunks that could not be embedded. */
  failedPlans(): ChunkPlan[] {
    return this.plans.filter((plan) => plan.kind === "new" && plan.text.error !== undefined);
  }

  /** Whether the chunk has a vector. */
  has(plan: ChunkPlan): boolean {
    return plan.kind === "new" ? plan.text.embedded : plan.kind !== "absent";
  }

  /** Each of its chunks has a vector. */
  get complete(): boolean {
    return this.plans.every((plan) => this.has(plan));
  }

  /** The document as it is to stand in the store, without the chunks that have no vector. */
  toWrite(): DocumentWrite {
    return {
      source: this.run.name,
      sourceType: this.run.parser.sourceType(this.run.entry),
      document: this.document,
      input: this.input,
      rows: this.plans.flatMap(rowsOf),
      complete: this.complete,
    };
  }
}

function rowsOf(plan: ChunkPlan): ChunkRow[] {
  const { chunk } = plan;
  if (plan.kind === "own") return [{ chunk, vector: null }];
  if (plan.kind === "reused") return [{ chunk, vector: plan.vector }];
  if (plan.kind === "absent") return [];
  const { vector, parts = [] } = plan.text;
  if (vector !== undefined) return [{ chunk, vector }];
  return parts.flatMap(({ content, hash, vector: ofPart }) =>
    ofPart === undefined
      ? []
      : [{ chunk: { ...chunk, content, contentHash: hash }, vector: ofPart, metadata: { part_of: chunk.contentHash } }],
  );
}
