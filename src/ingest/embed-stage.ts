import { isOutage } from "../embed/classify.ts";
import type { Embedder } from "../embed/embedder.ts";
import type { Clock } from "../flow/clock.ts";
import { Semaphore } from "../flow/semaphore.ts";
import type { Reporter } from "../report/events.ts";
import { embedBatch } from "./embed-batch.ts";
import { Outage } from "./outage.ts";
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
  /** Called for each text once it has its vector or its error. */
  readonly onSettled: (text: Text) => void;
};

/** Fills batches with texts in the order they come, and embeds up to `workers` of them at a time. */
export class EmbedStage {
  readonly #options: EmbedStageOptions;
  readonly #semaphore: Semaphore;
  readonly #batches = new Set<Promise<void>>();
  readonly #outage: Outage;
  #queue: Text[] = [];
  #number = 0;
  batchesCompleted = 0;
  batchesFailed = 0;

  constructor(options: EmbedStageOptions) {
    this.#options = options;
    this.#semaphore = new Semaphore(options.workers);
    const { embedder, outageWaitMs, clock, stop, reporter } = options;
    this.#outage = new Outage({
      probe: () => embedder.probe(stop.signal),
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
    return this.#semaphore.inUse === this.#semaphore.permits;
  }

  get idle(): boolean {
    return this.#batches.size === 0;
  }

  /** Takes a text; a batch that is full with it is on its way at once. */
  add(text: Text): void {
    this.#queue.push(text);
    if (this.#queue.length >= this.#options.batchSize) this.sendPartial();
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
    const { stop } = this.#options;
    await this.#semaphore.use((worker) => this.#embedThroughOutages(worker, batch, texts), stop.signal);
    const failed = texts.some((text) => text.error !== undefined);
    if (failed) this.batchesFailed++;
    else this.batchesCompleted++;
    for (const text of texts) this.#options.onSettled(text);
  }

  /** A server that is away costs time, not chunks: what failed for that alone is sent again when it answers. */
  async #embedThroughOutages(worker: number, batch: number, texts: readonly Text[]): Promise<void> {
    for (let left = texts; left.length > 0;) {
      const { gaveUp } = this.#outage;
      if (gaveUp === undefined) await this.#embed(worker, batch, left);
      else for (const text of left) text.error = gaveUp;
      left = left.filter((text) => text.error !== undefined && isOutage(text.error));
      const [first] = left;
      if (gaveUp !== undefined || first?.error === undefined || !(await this.#outage.wait(first.error))) return;
      for (const text of left) text.error = undefined;
    }
  }

  async #embed(worker: number, batch: number, texts: readonly Text[]): Promise<void> {
    const { clock, reporter, stop, embedder, batchRetries } = this.#options;
    const since = clock.now();
    const source = texts[0]?.source ?? "";
    const say = (outcome: "sent" | "embedded" | "split" | "failed", chunks: number, attempt: number) =>
      reporter.report({
        type: "batch",
        worker,
        batch,
        chunks,
        attempt,
        outcome,
        durationMs: Math.round(clock.now() - since),
      });
    let attempts = 1;
    await embedBatch(embedder, texts, {
      retry: { retries: batchRetries, clock, signal: stop.signal },
      onAttempt: (chunks, attempt) => {
        attempts = attempt;
        say("sent", chunks, attempt);
      },
      onRetry: ({ attempt, error, waitMs }) =>
        reporter.report({ type: "retry", source, batch, attempt, error: error.message, waitMs }),
      onSplit: (chunks) => say("split", chunks, attempts),
    });
    const failed = texts.filter((text) => text.error !== undefined).length;
    if (failed < texts.length) say("embedded", texts.length - failed, attempts);
    if (failed > 0) say("failed", failed, attempts);
  }
}
