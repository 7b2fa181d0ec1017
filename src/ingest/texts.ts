import type { IngestError } from "../flow/errors.ts";
import type { PendingDocument } from "./pending-document.ts";

/** A text to be embedded in this run, once, however many documents have it. */
export type Text = {
  readonly hash: string;
  readonly content: string;
  /** Name of the source that brought it first, for messages. */
  readonly source: string;
  vector: Float32Array | undefined;
  /** Why it could not be embedded. */
  error: IngestError | undefined;
  /** Tries so far. */
  attempts: number;
  /** Documents that cannot be stored before it is settled. */
  readonly waiting: PendingDocument[];
};

/**
 * The texts of this run that the database does not know yet. A text leaves when a row with its vector is committed,
 * for from then on the diff finds it in the database; a text that failed stays, and is not sent again in this run.
 */
export class Texts {
  readonly #byHash = new Map<string, Text>();

  get(hash: string): Text | undefined {
    return this.#byHash.get(hash);
  }

  add(hash: string, content: string, source: string): Text {
    const text: Text = { hash, content, source, vector: undefined, error: undefined, attempts: 0, waiting: [] };
    this.#byHash.set(hash, text);
    return text;
  }

  stored(hash: string): void {
    this.#byHash.delete(hash);
  }
}
