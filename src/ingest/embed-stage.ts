import { isOutage } from "../embed/classify.ts";
import type { CorpusEmbedder } from "../embed/embedder.ts";
import { Spread } from "../embed/spread.ts";
import type { Clock } from "../flow/clock.ts";
import { IngestError } from "../flow/errors.ts";
import { Outage, type OutageOptions } from "../flow/outage.ts";
import { Semaphore } from "../flow/semaphore.ts";
import { BatchEmbedder, type BatchEmbedderOptions, type Outcome } from "./embed-batch.ts";
import type { Reporter } from "./events.ts";
import type { InFlight } from "./in-flight.ts";
import type { PendingText } from "./pending-text.ts";
import type { Stop } from "./stop.ts";
import type { RequestMeter } from "./request-meter.ts";
import type { WorkMeter } from "./work-meter.ts";
import { stoppableServers } from "./stoppable.ts";

/** How texts are sent. */
export type Embedding = {
  /** Requests in flight. */
  readonly workers: number;
  readonly batchSize: number;
  /** After the first try. */
  readonly batchRetries: number;
  /** How long to wait for a service that went away. */
  readonly outageWaitMs: number;
};

export type EmbedStageOptions = Embedding & {
  readonly embedder: CorpusEmbedder;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly stop: Stop;
  readonly inFlight: InFlight;
  readonly meter: WorkMeter;
  readonly requests: RequestMeter;
  /** What becomes of an outage of the embedder. */
  readonly outage: Pick<OutageOptions, "onWait" | "onEnd">;
  readonly known: BatchEmbedderOptions["known"];
  readonly onSettled: (text: PendingText, outcome: Outcome) => void;
};

/**
 * Has texts embedded in the order they come, in batches, up to `workers` of them at a time. A batch is made when a worker
 * is free for it: until then it may grow, and it is as large as the server is known to take by then.
 */
export class EmbedStage {
  /** Batches of which every text was embedded, and those of which one was not. */
  readonly batches = { completed: 0, failed: 0 };
  readonly #options: EmbedStageOptions;
  readonly #embedder: BatchEmbedder;
  readonly #spread: Spread;
  readonly #semaphore: Semaphore;
  readonly #underWay = new Set<Promise<void>>();
  readonly #queue: PendingText[] = [];
  #number = 0;
  /** No text comes before one that was sent is settled. */
  #flushing = false;

  constructor(options: EmbedStageOptions) {
    this.#options = options;
    const { embedder, outageWaitMs, clock, stop, inFlight, workers } = options;
    const { signal } = stop;
    this.#semaphore = new Semaphore(workers);
    const onChange = () => {
      this.#semaphore.limit = this.#spread.capacity;
      this.#sendBatches();
    };
    const onLost = (error: IngestError, left: number) =>
      options.reporter.report({ type: "warning", source: "", path: "", reason: lossOf(error, left) });
    const servers = stoppableServers(embedder, inFlight);
    this.#spread = new Spread(servers, { workers, clock, stopped: signal, onChange, onLost });
    this.#semaphore.limit = this.#spread.capacity;
    const outage = new Outage({
      probe: (ended) => embedder.probe(ended),
      isAway,
      ...{ waitMs: outageWaitMs, clock, signal, ...options.outage },
    });
    const { documentPrefix } = embedder;
    this.#embedder = new BatchEmbedder({ ...options, embedder: this.#spread, documentPrefix, signal, outage });
  }

  /** Requests in flight. */
  get inFlight(): number {
    return this.#semaphore.inUse;
  }

  get saturated(): boolean {
    return this.#semaphore.inUse >= this.#semaphore.limit;
  }

  /** Whether each server takes one request after the other; false where there is none, or too little is known. */
  get isOneAtATime(): boolean {
    return this.#options.embedder.servers !== undefined && this.#spread.isOneAtATime;
  }

  get idle(): boolean {
    return this.#underWay.size === 0;
  }

  /** Takes a text. */
  add(text: PendingText): void {
    this.#flushing = false;
    this.#queue.push(text);
    this.#sendBatches();
  }

  /** Lets no worker wait for a batch to fill, until the next text comes. */
  flush(): void {
    this.#flushing = true;
    this.#sendBatches();
  }

  /** Resolves when no batch is on its way, and none that is full waits for a worker. */
  async drain(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  #sendBatches(): void {
    while (!this.#options.stop.requested && this.#queue.length > 0 && this.#semaphore.fits()) {
      const size = Math.min(this.#options.batchSize, this.#embedder.textsMax);
      if (this.#queue.length < size && !this.#flushing) return;
      const batch = this.#send(++this.#number, this.#queue.splice(0, size))
        .catch((error) => this.#options.stop.fail(error))
        .finally(() => {
          this.#underWay.delete(batch);
          this.#sendBatches();
        });
      this.#underWay.add(batch);
    }
  }

  async #send(batch: number, texts: readonly PendingText[]): Promise<void> {
    const { stop, meter, onSettled } = this.#options;
    const { outcomes } = await this.#semaphore.use(async (worker) => {
      const result = await meter.embedding.during(() => this.#embedder.embed({ worker, batch }, texts));
      // Before the permit goes to the next batch, which must not be sent any more.
      if (result.endedBy !== undefined) stop.fail(result.endedBy);
      return result;
    }, stop.signal);
    // What ended before a fatal error, or before the user stopped the run, is settled all the same.
    const settled = texts.flatMap((text) => {
      const outcome = outcomes.get(text);
      return outcome === undefined ? [] : [{ text, outcome }];
    });
    meter.settled(settled.length);
    if (settled.some(({ outcome }) => outcome.kind === "error")) this.batches.failed++;
    else if (settled.length === texts.length) this.batches.completed++;
    for (const { text, outcome } of settled) onSettled(text, outcome);
  }
}

/** A probe says everything as the last word; whether that may pass stands in its cause. */
function isAway(error: IngestError): boolean {
  return isOutage(error) || (error.cause instanceof IngestError && error.cause.decision === "retry");
}

/** What a run says that goes on without a server. */
function lossOf({ message, code, hint }: IngestError, left: number): string {
  // Its own hint is for a run of this server alone.
  const remedy = code === "wrong_dimension" ? "give it the model that the others run" : hint;
  const rest = left === 1 ? "the other one does its share" : `the ${left} others do its share`;
  return `${message}; this server gets nothing more in this run, ${rest}${typeof remedy === "string" ? `; ${remedy}` : ""}`;
}
