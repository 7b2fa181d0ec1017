import type { Chunk } from "../chunk/chunk.ts";
import { vectorKey } from "../embed/prefixes.ts";
import type { Outcome, TextToEmbed } from "./embed-batch.ts";

/** A text to be embedded in this run, once, however many documents have it. `outcome`: undefined until it is settled. */
export type PendingText = TextToEmbed & { outcome: Outcome | undefined };

/**
 * The texts of this run that the database does not know yet, by `vectorKey`. A text leaves when a row with its vector is
 * committed, for from then on the diff finds it in the database; a text that failed stays, and is not sent again in this
 * run.
 */
export class PendingTexts {
  readonly #byKey = new Map<string, PendingText>();

  get(key: string): PendingText | undefined {
    return this.#byKey.get(key);
  }

  /** Those that are under way now. */
  among(keys: readonly string[]): ReadonlyMap<string, PendingText> {
    const texts = keys.flatMap((key) => this.#byKey.get(key) ?? []);
    return new Map(texts.map((text) => [vectorKey(text.hash, text.title), text]));
  }

  /** `title`: of its document, where that is sent with it. */
  add({ contentHash: hash, content, contextHeader }: Chunk, title: string | undefined, source: string): PendingText {
    const text = { hash, content, contextHeader, title: title ?? "", source, outcome: undefined };
    this.#byKey.set(vectorKey(hash, title), text);
    return text;
  }

  stored({ hash, title }: PendingText): void {
    this.#byKey.delete(vectorKey(hash, title));
  }
}
