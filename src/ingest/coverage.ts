import type { ReplacedSource, StoredDocument, StoredSource } from "../store/store.ts";
import type { FailureEntry } from "./failure-lines.ts";

/**
 * What a run has seen of a source, and what became of it: what the sweep, the failure log and the swap of a rebuild ask.
 * Documents go by their `source_url`, inputs by their path.
 */
export class Coverage {
  readonly #stored: StoredSource;
  /** Documents the source has now. */
  readonly #seen = new Set<string>();
  /** Inputs whose stored documents stay as they are: unchanged, or not readable this time. */
  readonly #keptInputs = new Set<string>();
  readonly #failedInputs = new Set<string>();
  /** Documents on their way: read, but neither stored nor given up. What is left at the end was not stored. */
  readonly #unsettled = new Set<string>();
  /** Hashes of the chunks that are missing in documents stored in part. */
  readonly #missing = new Map<string, ReadonlySet<string>>();
  #listed = false;
  /** Something could not be listed: what is missing may still be there. */
  #unlisted = false;

  constructor(stored: StoredSource) {
    this.#stored = stored;
  }

  /** The input's documents stay as they are stored. */
  keep(input: string): void {
    this.#keptInputs.add(input);
  }

  /** Something of the input could not be ingested. */
  fail(input: string): void {
    this.#failedInputs.add(input);
  }

  /** The source has this document. */
  see(sourceUrl: string): void {
    this.#seen.add(sourceUrl);
  }

  has(sourceUrl: string): boolean {
    return this.#seen.has(sourceUrl);
  }

  /** The document is on its way. */
  open(sourceUrl: string): void {
    this.#unsettled.add(sourceUrl);
  }

  /** The document is committed, without the chunks of the hashes `missing`. */
  settle(sourceUrl: string, missing: readonly string[]): void {
    this.#unsettled.delete(sourceUrl);
    if (missing.length > 0) this.#missing.set(sourceUrl, new Set(missing));
  }

  /** Every input was seen. */
  endListing(): void {
    this.#listed = true;
  }

  /** A directory or page could not be listed. */
  failListing(): void {
    this.#unlisted = true;
  }

  /** The listing came to its end, though parts of it may have failed. */
  get listed(): boolean {
    return this.#listed;
  }

  get partlyUnlisted(): boolean {
    return this.#unlisted;
  }

  /** All inputs are known: what was not seen does not exist any more. */
  get listedWhole(): boolean {
    return this.#listed && !this.#unlisted;
  }

  /** No document is on its way. */
  get settled(): boolean {
    return this.#unsettled.size === 0;
  }

  /** How many inputs could not be ingested, or not all of them. */
  get failedInputs(): number {
    return this.#failedInputs.size;
  }

  /** The source has neither a document nor an input that kept its own. */
  get empty(): boolean {
    return this.#seen.size === 0 && this.#keptInputs.size === 0;
  }

  /** No document is whole in the tables of this run. */
  get nothingWhole(): boolean {
    const isWhole = (sourceUrl: string) => !this.#missing.has(sourceUrl) && !this.#unsettled.has(sourceUrl);
    return ![...this.#seen].some(isWhole) && ![...this.#keptInputs].some((input) => !this.#failedInputs.has(input));
  }

  /** Stored documents the source no longer has. */
  gone(): string[] {
    return [...this.#stored.documents]
      .filter(([sourceUrl, { input }]) => !this.#seen.has(sourceUrl) && !this.#keptInputs.has(input))
      .map(([sourceUrl]) => sourceUrl);
  }

  /** How many documents readers have, and would not have any more after the swap of a rebuild. */
  lostBySwap({ documents, carriedOver }: ReplacedSource): number {
    const isFailed = (sourceUrl: string, { input }: Pick<StoredDocument, "input">) =>
      this.#failedInputs.has(input) || this.#missing.has(sourceUrl) || this.#unsettled.has(sourceUrl);
    const isKept = (sourceUrl: string) => this.#keptInputs.has(this.#stored.documents.get(sourceUrl)?.input ?? "");
    return [...documents].filter(([sourceUrl, document]) =>
      isFailed(sourceUrl, document) ? !carriedOver : !this.#seen.has(sourceUrl) && !isKept(sourceUrl),
    ).length;
  }

  /** What failed, and keeps its old rows in a rebuild. */
  failed(): { readonly documents: readonly string[]; readonly inputs: readonly string[] } {
    return { documents: [...this.#missing.keys(), ...this.#unsettled], inputs: [...this.#failedInputs] };
  }

  /** The source was listed whole, and has no such document any more. */
  isGone(sourceUrl: string): boolean {
    if (this.#seen.has(sourceUrl) || !this.listedWhole || this.#failedInputs.size > 0) return false;
    const stored = this.#stored.documents.get(sourceUrl);
    return stored === undefined || !this.#keptInputs.has(stored.input);
  }

  /**
   * Whether what an entry of the failure log says is still true, as far as this run can tell: it did not get to the
   * chunk. An entry whose chunk was stored, or does not exist any more, is settled.
   */
  stillLacks({ source_url: sourceUrl, content_hash: hash }: FailureEntry): boolean {
    if (this.#unsettled.has(sourceUrl)) return true;
    if (this.#seen.has(sourceUrl)) return this.#missing.get(sourceUrl)?.has(hash) ?? false;
    const stored = this.#stored.documents.get(sourceUrl);
    if (stored !== undefined && this.#keptInputs.has(stored.input)) return this.#failedInputs.has(stored.input);
    return !this.listedWhole || this.#failedInputs.size > 0;
  }
}
