import { cutInTwo } from "../chunk/cut-in-two.ts";
import { BatchTooLargeError, isGone, isOutage } from "../embed/classify.ts";
import type { Embedder } from "../embed/embedder.ts";
import { documentText, vectorKey } from "../embed/prefixes.ts";
import type { Clock } from "../flow/clock.ts";
import { IngestError } from "../flow/errors.ts";
import type { Outage } from "../flow/outage.ts";
import { withRetry } from "../flow/retry.ts";
import { BatchLimit } from "./batch-limit.ts";
import type { Reporter, RunEvent } from "./events.ts";
import type { RequestMeter } from "./request-meter.ts";

/** A text is cut in two at most so many times over: into 64 parts. A model that takes less than those has no use for any. */
const CUTS_MAX = 6;

/** A batch that has met so many outages may be what causes them, and is searched for its culprit. */
const OUTAGES_MAX = 3;

export type TextToEmbed = {
  /** SHA-256 (hex) of `content`. */
  readonly hash: string;
  readonly content: string;
  readonly contextHeader: string;
  /** Of its document, where that is sent with it; "" elsewhere. */
  readonly title: string;
  /** Name of the source that brought it first, for messages. */
  readonly source: string;
};

/** A piece of a text that was too long for the model. */
type EmbeddedPart = { readonly hash: string; readonly content: string; readonly vector: Float32Array };

/** What became of a text; `attempts`: how many requests it was in. */
export type Outcome = { readonly attempts: number } & (
  | { readonly kind: "vector"; readonly vector: Float32Array }
  /** `known`: the database had the vectors of all of them. */
  | { readonly kind: "parts"; readonly parts: readonly EmbeddedPart[]; readonly known: boolean }
  | { readonly kind: "error"; readonly error: IngestError }
);

/** An outcome for each text of a batch, unless something ended the run before: a `fatal` error, a bug, a stop. */
type BatchResult = { readonly outcomes: ReadonlyMap<TextToEmbed, Outcome>; readonly endedBy?: unknown };

export type BatchEmbedderOptions = {
  readonly embedder: Pick<Embedder, "embedBatch">;
  /** Sent before each text, and each part of one. */
  readonly documentPrefix: string;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly requests: RequestMeter;
  /** Ends waits, and keeps requests from being made. */
  readonly signal: AbortSignal;
  /** After the first try. */
  readonly batchRetries: number;
  /** Finds out whether the server is away, and waits for it. */
  readonly outage: Outage;
  /** Vectors that the database has, by `vectorKey`. */
  readonly known: (texts: readonly TextToEmbed[]) => Promise<ReadonlyMap<string, Float32Array>>;
};

/** Who sends which batch, for messages and `--verbose`. */
type Sender = { readonly worker: number; readonly batch: number };

type Piece = TextToEmbed & { readonly cuts?: number };
type Settled = Outcome extends infer One ? (One extends Outcome ? Omit<One, "attempts"> : never) : never;

/**
 * Embeds batches, so that one bad text costs itself alone. A batch that is refused is halved down to the text that is
 * refused; a text that is too long is cut; a batch that keeps failing while the server answers is searched for the text
 * that kills it. A server that is away costs time, not texts. What is learnt of the server is kept for the run.
 */
export class BatchEmbedder {
  readonly #options: BatchEmbedderOptions;
  readonly #limit = new BatchLimit();
  /** The batch by which a limit of the server is being found; others that are refused meanwhile wait for its end. */
  #search: { readonly batch: Batch; readonly end: Promise<void> } | undefined;
  /** Nothing of a batch that kept failing could be embedded: then the next one that does is not searched for its culprit. */
  #hopeless = false;

  constructor(options: BatchEmbedderOptions) {
    this.#options = options;
  }

  /** Texts that the server takes in one request, as far as its refusals have told. */
  get textsMax(): number {
    return this.#limit.max;
  }

  async embed(sender: Sender, texts: readonly TextToEmbed[]): Promise<BatchResult> {
    const batch = new Batch(sender);
    try {
      await this.#embed(batch, texts, this.#options.batchRetries);
      return batch;
    } catch (endedBy) {
      return { outcomes: batch.outcomes, endedBy };
    }
  }

  /** Resolves to whether all of it passed without a refusal. */
  async #embed(batch: Batch, texts: readonly Piece[], retries: number): Promise<boolean> {
    if (texts.length > this.#limit.max) {
      let passed = true;
      // Another limit may be learnt with each part.
      for (let rest = texts; rest.length > 0;) {
        const part = rest.slice(0, this.#limit.max);
        passed = (await this.#embed(batch, part, retries)) && passed;
        rest = rest.slice(part.length);
      }
      return passed;
    }
    const { gaveUp } = this.#options.outage;
    if (gaveUp !== undefined) return this.#fail(batch, texts, gaveUp);
    try {
      const vectors = await this.#request(batch, texts, retries);
      for (const [index, text] of texts.entries())
        batch.settle(text, { kind: "vector", vector: vectorAt(vectors, index) });
      this.#limit.passed(texts.length);
      return true;
    } catch (error) {
      if (!(error instanceof IngestError) || error.decision === "fatal") throw error;
      if (error.decision === "split") await this.#refused(batch, texts, error, retries);
      else if (error.decision === "retry") await this.#unanswered(batch, texts, error, retries);
      else this.#fail(batch, texts, error);
      return false;
    }
  }

  async #request(batch: Batch, texts: readonly Piece[], retries: number): Promise<Float32Array[]> {
    const { embedder, documentPrefix, clock, signal, reporter, requests } = this.#options;
    const source = texts[0]?.source ?? "";
    const sent = texts.map((text) => documentText(documentPrefix, text));
    const since = clock.now();
    let attempts = 0;
    const vectors = await withRetry(
      (attempt) => {
        signal.throwIfAborted();
        attempts = attempt;
        this.#say(batch, { outcome: "sent", chunks: texts.length, attempt });
        batch.count(texts);
        const sentMs = clock.now();
        const answer = embedder.embedBatch(sent);
        void answer.then(
          () => requests.answered(clock.now() - sentMs),
          () => {},
        );
        return answer;
      },
      {
        ...{ retries, clock, signal },
        outlast: (error, attempt, isLast) => this.#outlast(batch, error, attempt, isLast),
        onRetry: ({ attempt, error, waitMs }) => {
          requests.retried();
          reporter.report({ type: "retry", source, batch: batch.sender.batch, attempt, error: error.message, waitMs });
        },
      },
    );
    this.#hopeless = false;
    const durationMs = Math.round(clock.now() - since);
    this.#say(batch, { outcome: "embedded", chunks: texts.length, attempt: attempts, durationMs });
    return vectors;
  }

  /** The server does not want one of the texts, or not so many. */
  async #refused(batch: Batch, texts: readonly Piece[], error: IngestError, retries: number): Promise<void> {
    const [only] = texts;
    if (only === undefined || texts.length === 1) {
      // A request that is too large with one text has a text that is too long.
      const isTooLong = error.code === "too_long" || error.code === "batch_too_large";
      if (only !== undefined && isTooLong) await this.#cut(batch, only, error);
      else this.#fail(batch, texts, error);
      return;
    }
    this.#say(batch, { outcome: "split", chunks: texts.length });
    const named = error instanceof BatchTooLargeError ? error.batchSizeMax : undefined;
    if (named !== undefined && named > 0 && named < texts.length) this.#limit.name(named);
    // One text that is too long says nothing of their number.
    const ofOneText = error.code === "too_long" || error.code === "bad_vector";
    if (!ofOneText && this.#search !== undefined && this.#search.batch !== batch) await this.#search.end;
    if (this.#limit.max < texts.length) return void (await this.#embed(batch, texts, retries));
    const halves = this.#embedHalves(batch, texts, () => retries);
    if (ofOneText || this.#search !== undefined) return halves;
    this.#search = { batch, end: halves.catch(() => {}) };
    return halves.finally(() => void (this.#search = undefined));
  }

  /**
   * Asks after a server that may be away, and waits for it: at once where nothing answers, after another try where it has
   * too much to do, and in any case before a request is given up.
   */
  async #outlast(batch: Batch, error: IngestError, attempt: number, isLast: boolean): Promise<boolean> {
    if (!isLast && !isGone(error) && !(isOutage(error) && attempt > 1)) return false;
    const end = await this.#options.outage.wait(error);
    if (end === "gone") throw error;
    // A text that takes the server down with it, for longer than a probe, looks like an outage every time.
    return end === "returned" && batch.outages++ < OUTAGES_MAX;
  }

  /** Retries did not help: the server is away, or one of the texts kills it. */
  async #unanswered(batch: Batch, texts: readonly Piece[], error: IngestError, retries: number): Promise<void> {
    const { gaveUp } = this.#options.outage;
    if (gaveUp !== undefined || texts.length === 1 || this.#hopeless) return void this.#fail(batch, texts, error);
    // A neighbour of the culprit may meet a server that is just coming back, so single texts get all their retries.
    await this.#embedHalves(batch, texts, (half) => (half.length === 1 ? this.#options.batchRetries : 0));
    if (retries > 0 && !texts.some((text) => batch.has(text))) this.#hopeless = true;
  }

  /** Where both halves pass, it was the number of texts that did not. */
  async #embedHalves(
    batch: Batch,
    texts: readonly Piece[],
    retriesOf: (half: readonly Piece[]) => number,
  ): Promise<void> {
    const middle = Math.ceil(texts.length / 2);
    let passed = true;
    for (const half of [texts.slice(0, middle), texts.slice(middle)]) {
      passed = (await this.#embed(batch, half, retriesOf(half))) && passed;
    }
    if (passed) this.#limit.refused(texts.length, middle);
  }

  /** All parts or none: one part would pass for the whole. */
  async #cut(batch: Batch, text: Piece, error: IngestError): Promise<void> {
    const halves = halvesOf(text);
    if (halves === undefined) return void this.#fail(batch, [text], error);
    this.#say(batch, { outcome: "split", chunks: 1 });
    const known = await this.#options.known(halves);
    const parts: EmbeddedPart[] = [];
    let areKnown = true;
    for (const half of halves) {
      const vector = known.get(vectorKey(half.hash, half.title));
      if (vector === undefined) await this.#embed(batch, [half], this.#options.batchRetries);
      else batch.settle(half, { kind: "vector", vector });
      const outcome = batch.outcomes.get(half);
      if (outcome?.kind === "error") return void this.#fail(batch, [text], outcome.error);
      areKnown &&= vector !== undefined || (outcome?.kind === "parts" && outcome.known);
      if (outcome?.kind === "parts") parts.push(...outcome.parts);
      if (outcome?.kind === "vector") parts.push({ hash: half.hash, content: half.content, vector: outcome.vector });
    }
    batch.settle(text, { kind: "parts", parts, known: areKnown });
  }

  #fail(batch: Batch, texts: readonly Piece[], error: IngestError): false {
    for (const text of texts) batch.settle(text, { kind: "error", error });
    this.#say(batch, { outcome: "failed", chunks: texts.length });
    return false;
  }

  #say(
    { sender }: Batch,
    what: Pick<Extract<RunEvent, { type: "batch" }>, "outcome" | "chunks"> & { attempt?: number; durationMs?: number },
  ): void {
    this.#options.reporter.report({ type: "batch", attempt: 1, durationMs: 0, ...sender, ...what });
  }
}

/** A batch under way. */
class Batch {
  readonly sender: Sender;
  /** How often the server went away while this batch was with it. */
  outages = 0;
  readonly outcomes = new Map<TextToEmbed, Outcome>();
  readonly #attempts = new Map<TextToEmbed, number>();

  constructor(sender: Sender) {
    this.sender = sender;
  }

  /** The texts are in a request. */
  count(texts: readonly TextToEmbed[]): void {
    for (const text of texts) this.#attempts.set(text, (this.#attempts.get(text) ?? 0) + 1);
  }

  settle(text: TextToEmbed, outcome: Settled): void {
    this.outcomes.set(text, { ...outcome, attempts: this.#attempts.get(text) ?? 0 });
  }

  /** The text is embedded. */
  has(text: TextToEmbed): boolean {
    const outcome = this.outcomes.get(text);
    return outcome !== undefined && outcome.kind !== "error";
  }
}

/** Two texts that hold what this one holds; undefined when it cannot be cut any more. */
function halvesOf({ content, contextHeader, title, source, cuts = 0 }: Piece): readonly Piece[] | undefined {
  if (cuts === CUTS_MAX) return undefined;
  return cutInTwo(content, contextHeader)?.map((half) => ({
    ...{ content: half, contextHeader, title, source, cuts: cuts + 1 },
    hash: new Bun.CryptoHasher("sha256").update(half).digest("hex"),
  }));
}

function vectorAt(vectors: readonly Float32Array[], index: number): Float32Array {
  const vector = vectors[index];
  if (vector === undefined) throw new Error("an embedder gave fewer vectors than it was given texts");
  return vector;
}
