import type { ReadDocuments } from "./diff-documents.ts";
import type { Stop } from "./stop.ts";

/** Chunks of inputs that are compared together, unless one has more. */
const CHUNKS_MAX = 1_024;

type DiffQueueOptions = {
  readonly stop: Stop;
  /** Compares inputs of one source. */
  readonly diff: (inputs: readonly ReadDocuments[]) => Promise<void>;
  /** All that came was compared. */
  readonly onEmpty: () => void;
};

/**
 * Inputs on their way to their diff, in their order. What comes while the database answers is compared next, together: a
 * question for each file would cost as much as the answers, and the reader would wait for every one.
 */
export class DiffQueue {
  readonly #options: DiffQueueOptions;
  readonly #waiting: ReadDocuments[] = [];
  #running: Promise<void> = Promise.resolve();
  #isRunning = false;

  constructor(options: DiffQueueOptions) {
    this.#options = options;
  }

  /** Those whose diff has not come to its end. */
  get waiting(): readonly ReadDocuments[] {
    return this.#waiting;
  }

  add(input: ReadDocuments): void {
    this.#waiting.push(input);
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#running = this.#run();
  }

  /** Resolves when all that was added is compared, or the run is to stop. */
  async drain(): Promise<void> {
    while (this.#isRunning) await this.#running;
  }

  async #run(): Promise<void> {
    const { stop, diff, onEmpty } = this.#options;
    // What is read in this turn comes along.
    await Promise.resolve();
    while (this.#waiting.length > 0 && !stop.requested) {
      const inputs = this.#next();
      try {
        await diff(inputs);
        this.#waiting.splice(0, inputs.length);
      } catch (error) {
        stop.fail(error);
      }
    }
    // At once, or what is added now would wait for ever.
    this.#isRunning = false;
    onEmpty();
  }

  #next(): readonly ReadDocuments[] {
    let chunks = 0;
    let end = 0;
    for (const { run, documents } of this.#waiting) {
      chunks += documents.reduce((sum, { chunks: of }) => sum + of.length, 0);
      if (end > 0 && (run !== this.#waiting[0]?.run || chunks > CHUNKS_MAX)) break;
      end++;
    }
    return this.#waiting.slice(0, end);
  }
}
