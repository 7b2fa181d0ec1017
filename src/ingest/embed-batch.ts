import { cutInTwo } from "../chunk/cut-in-two.ts";
import { BatchTooLargeError, isGone, isOutage } from "../embed/classify.ts";
import type { Embedder } from "../embed/embedder.ts";
import type { Clock } from "../flow/clock.ts";
import { IngestError } from "../flow/errors.ts";
import type { Outage } from "../flow/outage.ts";
import { withRetry } from "../flow/retry.ts";
import type { Reporter, RunEvent } from "./events.ts";

/** A text is cut in two at most so many times over: into 64 parts. A model that takes less than those has no use for any. */
const CUTS_MAX = 6;

/** A batch that has met so many outages may be what causes them, and is searched for its culprit. */
const OUTAGES_MAX = 3;

export type TextToEmbed = {
  /** SHA-256 (hex) of `content`. */
  readonly hash: string;
  readonly content: string;
  readonly contextHeader: string;
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
export type BatchResult = { readonly outcomes: ReadonlyMap<TextToEmbed, Outcome>; readonly endedBy?: unknown };

export type BatchEmbedderOptions = {
  readonly embedder: Embedder;
  readonly reporter: Reporter;
  readonly clock: Clock;
  /** Ends waits, and keeps requests from being made. */
  readonly signal: AbortSignal;
  /** After the first try. */
  readonly batchRetries: number;
  /** Finds out whether the server is away, and waits for it. */
  readonly outage: Outage;
  /** Vectors that the database has, by hash. */
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
  /** Texts that the server takes in one request, as far as its refusals have told. */
  #textsMax = Number.POSITIVE_INFINITY;
  /** Nothing of a batch that kept failing could be embedded: then the next one that does is not searched for its culprit. */
  #hopeless = false;

  constructor(options: BatchEmbedderOptions) {
    this.#options = options;
  }

  get textsMax(): number {
    return this.#textsMax;
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

  async #embed(batch: Batch, texts: readonly Piece[], retries: number): Promise<void> {
    if (texts.length > this.#textsMax) {
      // Another limit may be learnt with the first part.
      for (const part of partsOf(texts, this.#textsMax)) await this.#embed(batch, part, retries);
      return;
    }
    const { gaveUp } = this.#options.outage;
    if (gaveUp !== undefined) return this.#fail(batch, texts, gaveUp);
    try {
      const vectors = await this.#request(batch, texts, retries);
      for (const [index, text] of texts.entries())
        batch.settle(text, { kind: "vector", vector: vectorAt(vectors, index) });
    } catch (error) {
      if (!(error instanceof IngestError) || error.decision === "fatal") throw error;
      if (error.decision === "split") await this.#refused(batch, texts, error, retries);
      else if (error.decision === "retry") await this.#unanswered(batch, texts, error, retries);
      else this.#fail(batch, texts, error);
    }
  }

  async #request(batch: Batch, texts: readonly Piece[], retries: number): Promise<Float32Array[]> {
    const { embedder, clock, signal, reporter } = this.#options;
    const source = texts[0]?.source ?? "";
    const contents = texts.map((text) => text.content);
    const since = clock.now();
    let attempts = 0;
    const vectors = await withRetry(
      (attempt) => {
        signal.throwIfAborted();
        attempts = attempt;
        this.#say(batch, { outcome: "sent", chunks: texts.length, attempt });
        batch.count(texts);
        return embedder.embedBatch(contents);
      },
      {
        ...{ retries, clock, signal },
        outlast: (error, attempt, isLast) => this.#outlast(batch, error, attempt, isLast),
        onRetry: ({ attempt, error, waitMs }) =>
          reporter.report({ type: "retry", source, batch: batch.sender.batch, attempt, error: error.message, waitMs }),
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
      return only !== undefined && error.code === "too_long"
        ? this.#cut(batch, only, error)
        : this.#fail(batch, texts, error);
    }
    this.#say(batch, { outcome: "split", chunks: texts.length });
    const named = error instanceof BatchTooLargeError ? error.batchSizeMax : undefined;
    if (named !== undefined && named > 0 && named < texts.length) {
      this.#learn(named);
      return this.#embed(batch, texts, retries);
    }
    const half = await this.#embedHalves(batch, texts, () => retries);
    // Both halves passed, so it was their number, and not one of them that is too large for any request.
    if (error instanceof BatchTooLargeError && texts.every((text) => batch.has(text))) this.#learn(half);
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
    if (gaveUp !== undefined || texts.length === 1 || this.#hopeless) return this.#fail(batch, texts, error);
    // A neighbour of the culprit may meet a server that is just coming back, so single texts get all their retries.
    await this.#embedHalves(batch, texts, (half) => (half.length === 1 ? this.#options.batchRetries : 0));
    if (retries > 0 && !texts.some((text) => batch.has(text))) this.#hopeless = true;
  }

  /** Returns how many texts the first half has. */
  async #embedHalves(
    batch: Batch,
    texts: readonly Piece[],
    retriesOf: (half: readonly Piece[]) => number,
  ): Promise<number> {
    const middle = Math.ceil(texts.length / 2);
    for (const half of [texts.slice(0, middle), texts.slice(middle)]) await this.#embed(batch, half, retriesOf(half));
    return middle;
  }

  /** All parts or none: one part would pass for the whole. */
  async #cut(batch: Batch, text: Piece, error: IngestError): Promise<void> {
    const halves = halvesOf(text);
    if (halves === undefined) return this.#fail(batch, [text], error);
    this.#say(batch, { outcome: "split", chunks: 1 });
    const known = await this.#options.known(halves);
    const parts: EmbeddedPart[] = [];
    let areKnown = true;
    for (const half of halves) {
      const vector = known.get(half.hash);
      if (vector === undefined) await this.#embed(batch, [half], this.#options.batchRetries);
      else batch.settle(half, { kind: "vector", vector });
      const outcome = batch.outcomes.get(half);
      if (outcome?.kind === "error") return this.#fail(batch, [text], outcome.error);
      areKnown &&= vector !== undefined || (outcome?.kind === "parts" && outcome.known);
      if (outcome?.kind === "parts") parts.push(...outcome.parts);
      if (outcome?.kind === "vector") parts.push({ hash: half.hash, content: half.content, vector: outcome.vector });
    }
    batch.settle(text, { kind: "parts", parts, known: areKnown });
  }

  #fail(batch: Batch, texts: readonly Piece[], error: IngestError): void {
    for (const text of texts) batch.settle(text, { kind: "error", error });
    this.#say(batch, { outcome: "failed", chunks: texts.length });
  }

  #learn(textsMax: number): void {
    this.#textsMax = Math.max(1, Math.min(this.#textsMax, textsMax));
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

/** Parts of about the same size, none of more than `size` texts. */
function partsOf<Item>(items: readonly Item[], size: number): (readonly Item[])[] {
  const even = Math.ceil(items.length / Math.ceil(items.length / size));
  return Array.from({ length: Math.ceil(items.length / even) }, (_, part) =>
    items.slice(part * even, (part + 1) * even),
  );
}

/** Two texts that hold what this one holds; undefined when it cannot be cut any more. */
function halvesOf({ content, contextHeader, source, cuts = 0 }: Piece): readonly Piece[] | undefined {
  if (cuts === CUTS_MAX) return undefined;
  return cutInTwo(content, contextHeader)?.map((half) => ({
    ...{ content: half, contextHeader, source, cuts: cuts + 1 },
    hash: new Bun.CryptoHasher("sha256").update(half).digest("hex"),
  }));
}

function vectorAt(vectors: readonly Float32Array[], index: number): Float32Array {
  const vector = vectors[index];
  if (vector === undefined) throw new Error("an embedder gave fewer vectors than it was given texts");
  return vector;
}
