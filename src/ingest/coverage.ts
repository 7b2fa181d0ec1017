import { liesIn } from "../parsers/addresses.ts";
import { isOfPart, type Part } from "../parsers/part.ts";
import type { ReplacedSource, StoredDocument, StoredSource } from "../store/store.ts";
import type { FailureEntry } from "./failure-lines.ts";

type DocumentsOfInputs = ReadonlyMap<string, readonly string[]>;

/**
 * What a run has seen of a source, and what became of it: what the sweep, the failure log and the swap of a rebuild ask.
 * Documents go by their `source_url`, inputs by their path.
 */
export class Coverage {
  readonly #stored: StoredSource;
  readonly #part: Part | undefined;
  /** The stored documents that come from inputs of this run's part. */
  readonly #own: StoredSource["documents"];
  /** Documents the source has now, each with its input. */
  readonly #seen = new Map<string, string>();
  /** Inputs whose stored documents stay as they are: unchanged, or not readable this time. */
  readonly #keptInputs = new Set<string>();
  /** The documents of those, each with its input. */
  readonly #kept = new Map<string, string>();
  readonly #failedInputs = new Set<string>();
  /** Documents on their way: read, but neither stored nor given up. What is left at the end was not stored. */
  readonly #unsettled = new Set<string>();
  /** Hashes of the chunks that are missing in documents stored in part. */
  readonly #missing = new Map<string, ReadonlySet<string>>();
  /** Documents by their input: what is stored, and in a rebuild what readers have, where that is kept of what fails. */
  readonly #before: DocumentsOfInputs;
  readonly #replaced: DocumentsOfInputs;
  #passedOver = false;
  /** The documents of inputs that this run did not take. */
  readonly #untaken = new Set<string>();
  /** Stored documents of other parts' inputs that were not met so far: lost, unless another input has them by now. */
  readonly #unmet: Map<string, readonly string[]>;
  #hasOthers = false;
  #listed = false;
  /** What could not be listed: what is missing may still be there. */
  readonly #unlisted: string[] = [];

  /** `part`: which of the inputs are this run's; undefined for all of them. */
  constructor(stored: StoredSource, part?: Part) {
    this.#stored = stored;
    this.#part = part;
    const those = (areOwn: boolean) =>
      new Map([...stored.documents].filter(([, { input }]) => isOfPart(input, part) === areOwn));
    this.#own = part === undefined ? stored.documents : those(true);
    this.#before = byInput(this.#own);
    this.#unmet = new Map(part === undefined ? [] : byInput(those(false)));
    this.#replaced = byInput(stored.replaces?.carriedOver === true ? stored.replaces.documents : new Map());
  }

  /** The input has not changed: its documents stay as they are stored. Returns those that another input has by now. */
  keep(input: string): readonly string[] {
    return this.#keep(input, this.#before.get(input) ?? []);
  }

  /** The input cannot be read: what it had stays. */
  keepUnread(input: string): void {
    this.#keep(input, this.#had(input));
  }

  #keep(input: string, had: readonly string[]): readonly string[] {
    this.#keptInputs.add(input);
    for (const sourceUrl of had) if (!this.#seen.has(sourceUrl)) this.#kept.set(sourceUrl, input);
    return had.filter((sourceUrl) => this.#seen.has(sourceUrl));
  }

  #had(input: string): readonly string[] {
    return [...new Set([...(this.#before.get(input) ?? []), ...(this.#replaced.get(input) ?? [])])];
  }

  /** Something of the input could not be ingested. */
  fail(input: string): void {
    this.#failedInputs.add(input);
  }

  /** The source has this document. */
  see(sourceUrl: string, input: string): void {
    this.#seen.set(sourceUrl, input);
  }

  /** The input that has the address already, so that a document of `input` cannot have it; undefined when it is free. */
  ownerOf(sourceUrl: string, input: string): string | undefined {
    const seen = this.#seen.get(sourceUrl);
    if (seen !== undefined) return seen;
    const owner = this.#kept.get(sourceUrl) ?? this.#stored.documents.get(sourceUrl)?.input;
    if (owner === undefined || owner === input) return undefined;
    return this.#kept.has(sourceUrl) || this.#unlisted.some((folder) => liesIn(owner, folder)) ? owner : undefined;
  }

  /**
   * Which of the addresses that an input read in part gives its documents may be those of others: of some that are numbered
   * alike (`setup`, `setup-2`), one is missing, and what comes behind it moves up.
   */
  doubtful(sourceUrls: readonly string[], input: string): ReadonlySet<string> {
    const before = countNames(this.#had(input));
    const now = countNames(sourceUrls);
    return new Set(sourceUrls.filter((url) => (now.get(unnumbered(url)) ?? 0) < (before.get(unnumbered(url)) ?? 0)));
  }

  /** An input is new, or has changed, and is not taken by this run; or it is another part's, and may be so. */
  passOver(sourceUrls: readonly string[] = []): void {
    this.#passedOver = true;
    for (const sourceUrl of sourceUrls) this.#untaken.add(sourceUrl);
  }

  get passedOver(): boolean {
    return this.#passedOver;
  }

  /** An input of another part is there. */
  leave(input: string): void {
    this.#hasOthers = true;
    this.#unmet.delete(input);
  }

  /** Whether the address was that of a document of another part, whose run may remove that at any time. */
  takesOver(sourceUrl: string): boolean {
    return this.#part !== undefined && this.#stored.documents.has(sourceUrl) && !this.#own.has(sourceUrl);
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
  failListing(path: string): void {
    this.#unlisted.push(path);
  }

  /** The listing came to its end, though parts of it may have failed. */
  get listed(): boolean {
    return this.#listed;
  }

  get partlyUnlisted(): boolean {
    return this.#unlisted.length > 0;
  }

  /** All inputs are known: what was not seen does not exist any more. */
  get listedWhole(): boolean {
    return this.#listed && !this.partlyUnlisted;
  }

  /** No document is on its way. */
  get settled(): boolean {
    return this.#unsettled.size === 0;
  }

  /** How many inputs could not be ingested, or not all of them. */
  get failedInputs(): number {
    return this.#failedInputs.size;
  }

  /** The source has neither a document, nor an input that kept its own or is another part's. */
  get empty(): boolean {
    return this.#seen.size === 0 && this.#keptInputs.size === 0 && !this.#hasOthers;
  }

  /** No document is whole in the tables of this run. */
  get nothingWhole(): boolean {
    const isWhole = (sourceUrl: string) => !this.#missing.has(sourceUrl) && !this.#unsettled.has(sourceUrl);
    return (
      ![...this.#seen.keys()].some(isWhole) && ![...this.#keptInputs].some((input) => !this.#failedInputs.has(input))
    );
  }

  /** Stored documents the source no longer has. What failed keeps its own, also where a part of it was read. */
  gone(): string[] {
    return [...this.#own]
      .filter(([sourceUrl, { input }]) => !this.#seen.has(sourceUrl) && !this.#isKept(input))
      .map(([sourceUrl]) => sourceUrl);
  }

  #isKept(input: string): boolean {
    return this.#keptInputs.has(input) || this.#failedInputs.has(input);
  }

  /** Stored documents that the runs of other parts will find to be gone, as far as the inputs say that there are. */
  goneElsewhere(): string[] {
    return [...this.#unmet.values()].flat().filter((sourceUrl) => !this.#seen.has(sourceUrl));
  }

  /** How many documents a sweep would cost the source, those of other parts included. */
  lostBySweep(): number {
    return this.#lost(this.gone(), this.#own) + this.goneElsewhere().length;
  }

  /** How many documents readers have, and would not have any more after the swap of a rebuild. */
  lostBySwap({ documents, carriedOver }: ReplacedSource): number {
    const isKept = (sourceUrl: string) => this.#keptInputs.has(this.#stored.documents.get(sourceUrl)?.input ?? "");
    const gone = [...documents].filter(([sourceUrl, document]) =>
      this.#isFailed(sourceUrl, document) ? !carriedOver : !this.#seen.has(sourceUrl) && !isKept(sourceUrl),
    );
    return this.#lost(
      gone.map(([sourceUrl]) => sourceUrl),
      documents,
    );
  }

  /** How many documents of what failed readers have, and cannot keep, because another model made them. */
  failedBySwap({ documents, carriedOver }: ReplacedSource): number {
    if (carriedOver) return 0;
    return [...documents].filter(([sourceUrl, document]) => this.#isFailed(sourceUrl, document)).length;
  }

  #isFailed(sourceUrl: string, { input }: Pick<StoredDocument, "input">): boolean {
    return this.#failedInputs.has(input) || this.#missing.has(sourceUrl) || this.#unsettled.has(sourceUrl);
  }

  /** How many documents are gone for good: an input that has another one instead has it under another address. */
  #lost(gone: readonly string[], before: ReadonlyMap<string, { readonly input: string }>): number {
    const added = Map.groupBy(this.#seen, ([sourceUrl, input]) => (before.has(sourceUrl) ? "" : input));
    const goneOf = Map.groupBy(gone, (sourceUrl) => before.get(sourceUrl)?.input ?? "");
    return [...goneOf].reduce((sum, [input, of]) => sum + Math.max(of.length - (added.get(input)?.length ?? 0), 0), 0);
  }

  /** What failed, and keeps its old rows in a rebuild. */
  failed(): { readonly documents: readonly string[]; readonly inputs: readonly string[] } {
    return { documents: [...this.#missing.keys(), ...this.#unsettled], inputs: [...this.#failedInputs] };
  }

  /** The source was listed whole, and has no such document any more. */
  isGone(sourceUrl: string): boolean {
    if (this.#seen.has(sourceUrl) || !this.listedWhole || this.#failedInputs.size > 0) return false;
    const stored = this.#own.get(sourceUrl);
    return stored === undefined || !this.#keptInputs.has(stored.input);
  }

  /**
   * Whether what an entry of the failure log says is still true, as far as this run can tell: it did not get to the
   * chunk. An entry whose chunk was stored, or does not exist any more, is settled.
   */
  stillLacks({ source_url: sourceUrl, content_hash: hash, input }: FailureEntry): boolean {
    if (this.#unsettled.has(sourceUrl) || this.#untaken.has(sourceUrl)) return true;
    if (this.#seen.has(sourceUrl)) return this.#missing.get(sourceUrl)?.has(hash) ?? false;
    // Of no part that is known: the run of another one may see it.
    if (this.#part !== undefined) {
      const from = input ?? this.#stored.documents.get(sourceUrl)?.input;
      if (from === undefined || !isOfPart(from, this.#part)) return true;
    }
    const stored = this.#own.get(sourceUrl);
    if (stored !== undefined && this.#keptInputs.has(stored.input)) return this.#failedInputs.has(stored.input);
    return !this.listedWhole || this.#failedInputs.size > 0;
  }
}

function countNames(sourceUrls: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const sourceUrl of sourceUrls) counts.set(unnumbered(sourceUrl), (counts.get(unnumbered(sourceUrl)) ?? 0) + 1);
  return counts;
}

function unnumbered(sourceUrl: string): string {
  return sourceUrl.replace(/-\d+$/, "");
}

function byInput(documents: ReadonlyMap<string, { readonly input: string }>): DocumentsOfInputs {
  const groups = Map.groupBy(documents, ([, { input }]) => input);
  return new Map([...groups].map(([input, of]) => [input, of.map(([sourceUrl]) => sourceUrl)]));
}
