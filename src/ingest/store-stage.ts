import type { Clock } from "../flow/clock.ts";
import { IngestError } from "../flow/errors.ts";
import type { Store, WriteCounts } from "../store/store.ts";
import type { PendingDocument } from "./pending-document.ts";
import type { RunStart } from "./run-start.ts";
import type { WorkMeter } from "./work-meter.ts";
import type { Stop } from "./stop.ts";

/** Below this the fixed cost of a transaction shows. */
const GROUP_ROWS_MIN = 500;
const GROUP_ROWS_MAX = 2_000;
/** How long a settled document waits for others to share its transaction. */
const GROUP_WAIT_MS = 1_000;

type StoreStageOptions = {
  readonly store: Store;
  readonly clock: Clock;
  readonly stop: Stop;
  readonly start: RunStart;
  readonly meter: WorkMeter;
  /** Stores only when flushed. */
  readonly sequential: boolean;
  /** They are committed; all of one source. */
  readonly onCommitted: (documents: readonly PendingDocument[], counts: WriteCounts) => void;
  /** It could not be stored; its old rows are still there. */
  readonly onLost: (document: PendingDocument, error: IngestError) => void;
};

/**
 * Stores settled documents, many of a source in one transaction of at least 500 rows or 1 s of work,
 * one transaction at a time. A document that the database refuses costs only itself.
 */
export class StoreStage {
  readonly #options: StoreStageOptions;
  readonly #waiting: PendingDocument[] = [];
  #rows = 0;
  #running: Promise<void> | undefined;
  #timer: AbortController | undefined;

  constructor(options: StoreStageOptions) {
    this.#options = options;
  }

  get busy(): boolean {
    return this.#running !== undefined;
  }

  add(document: PendingDocument): void {
    this.#waiting.push(document);
    this.#rows += document.plans.length;
    if (!this.#options.sequential) this.#startWhenDue();
  }

  /** Resolves when all that was added is committed, or lost. */
  async flush(): Promise<void> {
    while (this.#running !== undefined || this.#waiting.length > 0) {
      this.#start();
      await this.#running;
    }
  }

  /** Begins nothing more, and resolves when what runs has ended. What waits goes on waiting. */
  async pause(): Promise<void> {
    this.#timer?.abort();
    this.#timer = undefined;
    const waiting = this.#waiting.splice(0);
    await this.#running;
    this.#waiting.unshift(...waiting);
  }

  #startWhenDue(): void {
    if (this.#waiting.length === 0) return;
    if (this.#rows >= GROUP_ROWS_MIN) return this.#start();
    if (this.#timer !== undefined) return;
    this.#timer = new AbortController();
    this.#options.clock.sleep(GROUP_WAIT_MS, this.#timer.signal).then(
      () => this.#start(),
      () => {},
    );
  }

  #start(): void {
    this.#timer?.abort();
    this.#timer = undefined;
    if (this.#running !== undefined || this.#waiting.length === 0) return;
    this.#running = this.#storeGroup(this.#takeGroup()).finally(() => {
      this.#running = undefined;
      if (!this.#options.sequential) this.#startWhenDue();
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
    const { store, start, stop, meter, onCommitted, onLost } = this.#options;
    try {
      await start.prepare();
      const counts = await meter.storing.during(() => store.write(group.map((document) => document.toWrite())));
      meter.storing.did(group.reduce((sum, { plans }) => sum + plans.length, 0));
      onCommitted(group, counts);
    } catch (error) {
      if (!(error instanceof IngestError)) return stop.fail(error);
      if (error.decision === "fatal") {
        // Nothing more can be stored; what was embedded for it must not vanish without a word.
        const isInterrupted = stop.error === undefined && error === stop.signal.reason;
        if (!isInterrupted) for (const document of group) onLost(document, error);
        return stop.fail(error);
      }
      const [only] = group;
      if (only !== undefined && group.length === 1) return onLost(only, error);
      // Refused for one of them: the others are stored without it.
      for (const document of group) await this.#storeGroup([document]);
    }
  }
}
