import { isOutage } from "../embed/classify.ts";
import type { Embedder } from "../embed/embedder.ts";
import { paced } from "../embed/paced.ts";
import type { Clock } from "../flow/clock.ts";
import { IngestError } from "../flow/errors.ts";
import { Outage } from "../flow/outage.ts";
import { Pace } from "../flow/pace.ts";
import { Semaphore } from "../flow/semaphore.ts";
import type { Reporter } from "./events.ts";
import { BatchLimit } from "./batch-limit.ts";
import { embedBatch } from "./embed-batch.ts";
import type { Stop } from "./stop.ts";
import type { Text } from "./texts.ts";

export type EmbedStageOptions = {
  readonly embedder: Embedder;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly stop: Stop;
  readonly workers: number;
  readonly batchSize: number;
  /** Retries after the first try. */
  readonly batchRetries: number;
  /** How long to wait for a server that went away. */
  readonly outageWaitMs: number;
  /** Gives those of the texts their vectors that the database knows. */
  readonly reuse: (texts: readonly Text[]) => Promise<void>;
  /** Called for each text once it has its vector or its error. */
  readonly onSettled: (text: Text) => void;
};

/** Who sends which batch, for messages and `--verbose`. */
type Sender = { readonly worker: number; readonly batch: number };

/** Fills batches with texts in the order they come, and embeds up to `workers` of them at a time. */
export class EmbedStage {
  readonly #options: EmbedStageOptions;
  readonly #embedder: Embedder;
  readonly #semaphore: Semaphore;
  readonly #batches = new Set<Promise<void>>();
  readonly #limit = new BatchLimit();
  readonly #outage: Outage;
  #queue: Text[] = [];
  #number = 0;
  /** Nothing of a batch that kept failing could be embedded: then the next one that does is not searched for its culprit. */
  #hopeless = false;
  batchesCompleted = 0;
  batchesFailed = 0;

  constructor(options: EmbedStageOptions) {
    this.#options = options;
    const { embedder, outageWaitMs, clock, stop, reporter, workers } = options;
    this.#semaphore = new Semaphore(workers);
    const pace = new Pace({ max: workers, clock, onLevel: (level) => void (this.#semaphore.limit = level) });
    this.#embedder = paced(embedder, { pace, clock, stopped: stop.signal });
    this.#outage = new Outage({
      probe: () => embedder.probe(stop.signal),
      isAway,
      waitMs: outageWaitMs,
      clock,
      signal: stop.signal,
      onWait: (sinceSeconds) => reporter.report({ type: "outage", service: "embedder", sinceSeconds }),
    });
  }

  /** Requests in flight. */
  get inFlight(): number {
    return this.#semaphore.inUse;
  }

  get saturated(): boolean {
    return this.#semaphore.inUse >= this.#semaphore.limit;
  }

  get idle(): boolean {
    return this.#batches.size === 0;
  }

  /** Takes a text; a batch that is full with it is on its way at once. */
  add(text: Text): void {
    this.#queue.push(text);
    if (this.#queue.length >= Math.min(this.#options.batchSize, this.#limit.textsMax)) this.sendPartial();
  }

  /** Sends what is queued without waiting for the batch to fill. */
  sendPartial(): void {
    const texts = this.#queue;
    if (texts.length === 0 || this.#options.stop.requested) return;
    this.#queue = [];
    const batch = this.#send(++this.#number, texts)
      .catch((error) => this.#options.stop.fail(error))
      .finally(() => this.#batches.delete(batch));
    this.#batches.add(batch);
  }

  /** Resolves when no batch is on its way. */
  async drain(): Promise<void> {
    while (this.#batches.size > 0) await Promise.all(this.#batches);
  }

  async #send(batch: number, texts: readonly Text[]): Promise<void> {
    const { stop, batchRetries, onSettled } = this.#options;
    try {
      await this.#semaphore.use(async (worker) => {
        try {
          await this.#embedThroughOutages({ worker, batch }, texts, batchRetries);
        } catch (error) {
          // Before the permit goes to the next batch, which must not be sent any more.
          stop.fail(error);
          throw error;
        }
      }, stop.signal);
    } finally {
      // What ended before a fatal error, or before the user stopped the run, is settled all the same.
      const settled = texts.filter((text) => text.embedded || text.error !== undefined);
      if (settled.some((text) => text.error !== undefined)) this.batchesFailed++;
      else if (settled.length === texts.length) this.batchesCompleted++;
      for (const text of settled) onSettled(text);
    }
  }

  /**
   * A server that is away costs time, not chunks: what failed for that alone is sent again when it answers.
   * When it does answer, and the batch still fails, one of its texts may be what kills it: that one is searched for.
   */
  async #embedThroughOutages(sender: Sender, texts: readonly Text[], retries: number): Promise<void> {
    for (let left = texts; ;) {
      const { gaveUp } = this.#outage;
      if (gaveUp === undefined) await this.#embed(sender, left, retries);
      else for (const text of left) text.error = gaveUp;
      left = left.filter((text) => text.error?.decision === "retry");
      const error = left[0]?.error;
      if (error === undefined || gaveUp !== undefined) return;
      const end = await this.#outage.wait(error);
      if (end === "gone" || (end === "answers" && (left.length === 1 || this.#hopeless))) return;
      for (const text of left) text.error = undefined;
      if (end === "answers") return this.#embedHalves(sender, left, texts.length === left.length && retries > 0);
    }
  }

  async #embedHalves(sender: Sender, texts: readonly Text[], isWholeBatch: boolean): Promise<void> {
    const middle = Math.ceil(texts.length / 2);
    for (const half of [texts.slice(0, middle), texts.slice(middle)]) {
      // A neighbour of the culprit may meet a server that is just coming back, so single texts get all their retries.
      await this.#embedThroughOutages(sender, half, half.length === 1 ? this.#options.batchRetries : 0);
    }
    if (isWholeBatch && texts.every((text) => !text.embedded)) this.#hopeless = true;
  }

  async #embed(sender: Sender, texts: readonly Text[], retries: number): Promise<void> {
    const { clock, reporter, stop } = this.#options;
    const since = clock.now();
    const source = texts[0]?.source ?? "";
    const say = (outcome: "sent" | "embedded" | "split" | "failed", chunks: number, attempt: number) =>
      reporter.report({
        type: "batch",
        ...sender,
        chunks,
        attempt,
        outcome,
        durationMs: Math.round(clock.now() - since),
      });
    let attempts = 1;
    await embedBatch(this.#embedder, texts, {
      retry: { retries, clock, signal: stop.signal },
      limit: this.#limit,
      reuse: this.#options.reuse,
      onAttempt: (chunks, attempt) => {
        attempts = attempt;
        say("sent", chunks, attempt);
      },
      onRetry: ({ attempt, error, waitMs }) =>
        reporter.report({ type: "retry", source, batch: sender.batch, attempt, error: error.message, waitMs }),
      onSplit: (chunks) => say("split", chunks, attempts),
    });
    const failed = texts.filter((text) => text.error !== undefined).length;
    if (failed < texts.length) this.#hopeless = false;
    if (failed < texts.length) say("embedded", texts.length - failed, attempts);
    if (failed > 0) say("failed", failed, attempts);
  }
}

/** A probe says everything as the last word; whether that may pass stands in its cause. */
function isAway(error: IngestError): boolean {
  return isOutage(error) || (error.cause instanceof IngestError && error.cause.decision === "retry");
}
