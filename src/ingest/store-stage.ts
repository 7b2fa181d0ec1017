import type { Clock } from "../flow/clock.ts";
import { IngestError } from "../flow/errors.ts";
import { Outage } from "../flow/outage.ts";
import { withRetry } from "../flow/retry.ts";
import type { Reporter } from "./events.ts";
import { isDatabaseAway } from "../store/driver/classify.ts";
import type { Store, WriteCounts } from "../store/store.ts";
import type { PendingDocument } from "./pending-document.ts";
import type { Stop } from "./stop.ts";

/** Below this the fixed cost of a transaction shows (design, section 8). */
const GROUP_ROWS_MIN = 500;
const GROUP_ROWS_MAX = 2_000;
/** How long a settled document waits for others to share its transaction. */
const GROUP_WAIT_MS = 1_000;

export type StoreStageOptions = {
  readonly store: Store;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly stop: Stop;
  /** Retries after the first try. */
  readonly retries: number;
  /** How long to wait for a database that went away. */
  readonly outageWaitMs: number;
  /** Makes sure that the tables are there, before the first write. */
  readonly prepare: () => Promise<void>;
  /** They are committed; all of one source. */
  readonly onCommitted: (documents: readonly PendingDocument[], counts: WriteCounts) => void;
  /** It could not be stored; its old rows are still there. */
  readonly onLost: (document: PendingDocument, error: IngestError) => void;
  /** Store in the background, or only when flushed. */
  readonly inBackground: boolean;
};

/**
 * Stores settled documents, many of a source in one transaction of at least 500 rows or 1 s of work,
 * one transaction at a time. A document that the database refuses costs only itself.
 */
export class StoreStage {
  readonly #options: StoreStageOptions;
  readonly #outage: Outage;
  readonly #waiting: PendingDocument[] = [];
  #rows = 0;
  #running: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: StoreStageOptions) {
    this.#options = options;
    const { store, clock, stop, reporter, outageWaitMs } = options;
    this.#outage = new Outage({
      probe: () => store.inspect(),
      isAway: isDatabaseAway,
      waitMs: outageWaitMs,
      clock,
      signal: stop.signal,
      onWait: (sinceSeconds) => reporter.report({ type: "outage", service: "database", sinceSeconds }),
    });
  }

  get busy(): boolean {
    return this.#running !== undefined;
  }

  add(document: PendingDocument): void {
    this.#waiting.push(document);
    this.#rows += document.plans.length;
    if (this.#options.inBackground) this.#startWhenDue();
  }

  /** Resolves when all that was added is committed, or lost. */
  async flush(): Promise<void> {
    while (this.#running !== undefined || this.#waiting.length > 0) {
      this.#start();
      await this.#running;
    }
  }

  #startWhenDue(): void {
    if (this.#waiting.length === 0) return;
    if (this.#rows >= GROUP_ROWS_MIN) this.#start();
    else this.#timer ??= setTimeout(() => this.#start(), GROUP_WAIT_MS);
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#running !== undefined || this.#waiting.length === 0) return;
    this.#running = this.#storeGroup(this.#takeGroup()).finally(() => {
      this.#running = undefined;
      if (this.#options.inBackground) this.#startWhenDue();
    });
  }

  /** The next documents that share a transaction; of one source, so that its counts can be told apart. */
  #takeGroup(): PendingDocument[] {
    let rows = 0;
    let end = 0;
    for (const document of this.#waiting) {
      if (end > 0 && (document.run !== this.#waiting[0]?.run || rows + document.plans.length > GROUP_ROWS_MAX)) break;
      rows += document.plans.length;
      end++;
    }
    this.#rows -= rows;
    return this.#waiting.splice(0, end);
  }

  async #storeGroup(group: readonly PendingDocument[]): Promise<void> {
    const { store, prepare, stop, onCommitted, onLost } = this.#options;
    try {
      await prepare();
      const writes = group.map((document) => document.toWrite());
      onCommitted(group, await this.retrying(() => store.write(writes), group[0]?.run.name ?? ""));
    } catch (error) {
      if (!(error instanceof IngestError)) return stop.fail(error);
      if (error.decision === "fatal") {
        // Nothing more can be stored; what was embedded for it must not vanish without a word.
        if (error !== stop.signal.reason) for (const document of group) onLost(document, error);
        return stop.fail(error);
      }
      const [only, ...others] = group;
      if (only !== undefined && others.length === 0) return onLost(only, error);
      // Refused for one of them: the others are stored without it.
      for (const document of group) await this.#storeGroup([document]);
    }
  }

  /**
   * Runs a database task again while its failure may pass. A database that is away is waited for; one that stays away
   * ends the run.
   */
  async retrying<Result>(task: () => Promise<Result>, source: string): Promise<Result> {
    const { clock, reporter, retries, stop } = this.#options;
    for (;;) {
      if (this.#outage.gaveUp !== undefined) throw gone(this.#outage.gaveUp);
      try {
        return await withRetry(task, {
          retries,
          clock,
          signal: stop.signal,
          onRetry: ({ attempt, error, waitMs }) =>
            reporter.report({ type: "retry", source, batch: 0, attempt, error: error.message, waitMs }),
        });
      } catch (error) {
        if (!(error instanceof IngestError) || !isDatabaseAway(error)) throw error;
        const end = await this.#outage.wait(error);
        if (end === "gone") throw gone(error);
        if (end === "answers") throw error;
      }
    }
  }
}

function gone(error: IngestError): IngestError {
  const { message, code, hint = "run again when the database is back: what was committed stays" } = error;
  return new IngestError(message, { decision: "fatal", code, hint, cause: error });
}
