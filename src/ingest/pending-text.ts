import type { Chunk } from "../chunk/chunk.ts";
import type { Outcome, TextToEmbed } from "./embed-batch.ts";

/** A text to be embedded in this run, once, however many documents have it. `outcome`: undefined until it is settled. */
export type PendingText = TextToEmbed & { outcome: Outcome | undefined };

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
    const texts = hashes.flatMap((hash) => this.#byHash.get(hash) ?? []);
    return new Map(texts.map((text) => [text.hash, text]));
  }

  add({ contentHash: hash, content, contextHeader }: Chunk, source: string): PendingText {
    const text = { hash, content, contextHeader, source, outcome: undefined };
    this.#byHash.set(hash, text);
    return text;
  }

  stored(hash: string): void {
    this.#byHash.delete(hash);
  }
}
