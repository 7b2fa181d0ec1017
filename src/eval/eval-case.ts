import type { ScannedChunk } from "../store/store.ts";

/** What a right answer is like: all of what is given must hold. */
export type Expectation = {
  readonly sourceUrl?: string | undefined;
  /** Of the source's or the display URL. */
  readonly urlContains?: string | undefined;
  readonly titleContains?: string | undefined;
  /** Of the context header, or the text. */
  readonly contentContains?: string | undefined;
  readonly docType?: string | undefined;
  /** All of them. */
  readonly generations?: readonly string[] | undefined;
  readonly source?: string | undefined;
};

/** A question, and what answers it. */
export type EvalCase = {
  readonly id: string;
  readonly query: string;
  /** At least one; any of them is a right answer. */
  readonly expect: readonly Expectation[];
  /** Chunks that are passed over in the ranking, as neither right nor wrong. */
  readonly ignore: readonly Expectation[];
  /** Asked of these chunks only. */
  readonly generation?: string | undefined;
  readonly source?: string | undefined;
  readonly tags: readonly string[];
};

/** What expectations look at. */
type Looks = Omit<ScannedChunk, "contextHeader" | "chunkIndex" | "contentHash">;

/** A chunk as expectations look at it, any number of them: its texts are folded once, when one asks for them. */
export class Candidate {
  readonly chunk: Looks;
  #title: string | undefined;
  #urls: string | undefined;
  #content: string | undefined;

  constructor(chunk: Looks) {
    this.chunk = chunk;
  }

  get title(): string {
    return (this.#title ??= folded(this.chunk.title));
  }

  get urls(): string {
    return (this.#urls ??= `${folded(this.chunk.sourceUrl)}\n${folded(this.chunk.displayUrl)}`);
  }

  get content(): string {
    return (this.#content ??= folded(this.chunk.content));
  }
}

/**
 * Tells whether a chunk meets any of `expectations`. What is to be contained is compared without regard to case, and to
 * how much white space there is; all else exactly, but for the case of a generation.
 */
export function matcher(expectations: readonly Expectation[]): (candidate: Candidate) => boolean {
  const alternatives = expectations.map(conditionsOf);
  return (candidate) => alternatives.some((conditions) => conditions.every((holds) => holds(candidate)));
}

type Condition = (candidate: Candidate) => boolean;

function conditionsOf({ generations = [], ...expectation }: Expectation): Condition[] {
  const { sourceUrl, urlContains, titleContains, contentContains, docType, source } = expectation;
  const conditions: (Condition | undefined)[] = [
    when(
      sourceUrl,
      (url) =>
        ({ chunk }) =>
          chunk.sourceUrl === url,
    ),
    when(
      docType,
      (type) =>
        ({ chunk }) =>
          chunk.docType === type,
    ),
    when(
      source,
      (name) =>
        ({ chunk }) =>
          chunk.sourceName === name,
    ),
    ...generations.map(folded).map(
      (wanted): Condition =>
        ({ chunk }) =>
          chunk.generations.some((name) => folded(name) === wanted),
    ),
    when(titleContains, (part) => contains(part, ({ title }) => title)),
    when(urlContains, (part) => contains(part, ({ urls }) => urls)),
    // The longest text comes last.
    when(contentContains, (part) => contains(part, ({ content }) => content)),
  ];
  return conditions.filter((condition) => condition !== undefined);
}

function when(value: string | undefined, condition: (value: string) => Condition): Condition | undefined {
  return value === undefined ? undefined : condition(value);
}

function contains(part: string, textOf: (candidate: Candidate) => string): Condition {
  const wanted = folded(part);
  return (candidate) => textOf(candidate).includes(wanted);
}

function folded(text: string): string {
  return text.normalize("NFC").toLowerCase().replace(/\s+/g, " ").trim();
}
