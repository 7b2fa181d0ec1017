import type { Chunk } from "../chunk/chunk.ts";
import { cutInTwo } from "../chunk/cut-in-two.ts";
import type { IngestError } from "../flow/errors.ts";
import type { PendingDocument } from "./pending-document.ts";

/** A text is cut in two at most so many times over: into 64 parts. A model that takes less than those has no use for any. */
const CUTS_MAX = 6;

/** A text to be embedded in this run, once, however many documents have it. */
export class Text {
  readonly hash: string;
  readonly content: string;
  readonly contextHeader: string;
  /** Name of the source that brought it first, for messages. */
  readonly source: string;
  vector: Float32Array | undefined;
  /** What stands for it when it was too long for the model: texts with vectors of their own. */
  parts: readonly Text[] | undefined;
  /** Why it could not be embedded. */
  error: IngestError | undefined;
  /** Tries so far. */
  attempts = 0;
  /** Documents that cannot be stored before it is settled. */
  readonly waiting: PendingDocument[] = [];
  readonly #cuts: number;

  constructor({ contentHash, content, contextHeader }: Omit<Chunk, "chunkIndex">, source: string, cuts = 0) {
    this.hash = contentHash;
    this.content = content;
    this.contextHeader = contextHeader;
    this.source = source;
    this.#cuts = cuts;
  }

  /** It has its vector, or its parts have theirs. */
  get embedded(): boolean {
    return this.vector !== undefined || this.parts !== undefined;
  }

  /** Two texts that hold what this one holds; undefined when it cannot be cut any more. */
  halves(): readonly Text[] | undefined {
    if (this.#cuts === CUTS_MAX) return undefined;
    return cutInTwo(this.content, this.contextHeader)?.map((content) => {
      const contentHash = new Bun.CryptoHasher("sha256").update(content).digest("hex");
      return new Text({ contentHash, content, contextHeader: this.contextHeader }, this.source, this.#cuts + 1);
    });
  }
}

/**
 * The texts of this run that the database does not know yet. A text leaves when a row with its vector is committed,
 * for from then on the diff finds it in the database; a text that failed stays, and is not sent again in this run.
 */
export class Texts {
  readonly #byHash = new Map<string, Text>();

  get(hash: string): Text | undefined {
    return this.#byHash.get(hash);
  }

  add(chunk: Chunk, source: string): Text {
    const text = new Text(chunk, source);
    this.#byHash.set(text.hash, text);
    return text;
  }

  stored(hash: string): void {
    this.#byHash.delete(hash);
  }
}
