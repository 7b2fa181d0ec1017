import type { Chunk } from "../chunk/chunk.ts";
import type { IngestError } from "../flow/errors.ts";
import type { Outcome, TextToEmbed } from "./embed-batch.ts";

/** A text to be embedded in this run, once, however many documents have it. */
export class PendingText implements TextToEmbed {
  readonly hash: string;
  readonly content: string;
  readonly contextHeader: string;
  readonly source: string;
  #outcome: Outcome | undefined;

  constructor({ contentHash, content, contextHeader }: Chunk, source: string) {
    this.hash = contentHash;
    this.content = content;
    this.contextHeader = contextHeader;
    this.source = source;
  }

  settle(outcome: Outcome): void {
    this.#outcome = outcome;
  }

  /** Undefined until it is settled. */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** It has its vector, or its parts have theirs. */
  get embedded(): boolean {
    return this.#outcome !== undefined && this.#outcome.kind !== "error";
  }

  /** Why it could not be embedded. */
  get error(): IngestError | undefined {
    return this.#outcome?.kind === "error" ? this.#outcome.error : undefined;
  }
}

/**
 * The texts of this run that the database does not know yet. A text leaves when a row with its vector is committed,
 * for from then on the diff finds it in the database; a text that failed stays, and is not sent again in this run.
 */
export class PendingTexts {
  readonly #byHash = new Map<string, PendingText>();

  get(hash: string): PendingText | undefined {
    return this.#byHash.get(hash);
  }

  /** Those of the hashes that are under way now. */
  among(hashes: readonly string[]): ReadonlyMap<string, PendingText> {
    const found = new Map<string, PendingText>();
    for (const hash of hashes) {
      const text = this.#byHash.get(hash);
      if (text !== undefined) found.set(hash, text);
    }
    return found;
  }

  add(chunk: Chunk, source: string): PendingText {
    const text = new PendingText(chunk, source);
    this.#byHash.set(text.hash, text);
    return text;
  }

  stored(hash: string): void {
    this.#byHash.delete(hash);
  }
}
