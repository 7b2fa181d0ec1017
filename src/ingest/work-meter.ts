import type { Pace, SourceWork, Work } from "./estimate.ts";

/**
 * What a stage did longer ago counts half as much. That of a server, whose requests are alike, is a share of its time: it
 * follows one that becomes slower. Files are not alike, and a few of them say little.
 */
const [HALF_LIFE_SHARE, HALF_LIFE_MS_MIN, HALF_LIFE_MS_MAX] = [1 / 20, 3_000, 60_000];
/** But so many waits at least: of several answers that come together the first one alone says little. */
const HALF_LIFE_WAITS = 2;
/** A server did not answer when that took so long, and so many times the longest of its last waits: that is no pace. */
const [STALL_MS_MIN, STALL_WAITS] = [5_000, 3];
/** More than are in flight, which may all be answered at once. */
const WAITS = 64;
const BYTES_PER_TOKEN = 2.5;

/** A source before it is read. */
type SourceToRead = Pick<SourceWork, "size" | "textShare" | "isStored"> & { readonly name: string };

type WorkMeterOptions = {
  readonly sequential: boolean;
  /** Tokens. */
  readonly chunkSize: number;
  /** Milliseconds that the index at the end takes for so many texts. */
  readonly indexMs: (texts: number) => number;
  /** Milliseconds of the run in which nothing held it up. */
  readonly workingMs: () => number;
};

/** Measures what a run has done and has still to do, and how long each of its stages was at work. */
export class WorkMeter {
  readonly reading: Busy;
  readonly embedding: Busy;
  readonly storing: Busy;
  readonly #options: WorkMeterOptions;
  readonly #sources = new Map<string, SourceWork>();
  #textsFound = 0;
  #textsSettled = 0;

  constructor(options: WorkMeterOptions) {
    this.#options = options;
    this.reading = new Busy(options.workingMs);
    this.embedding = new Busy(options.workingMs, { isEven: true });
    this.storing = new Busy(options.workingMs, { isEven: true });
  }

  /** The run is to read this source. */
  expect({ name, size, textShare, isStored }: SourceToRead): void {
    this.#sources.set(name, { size, textShare, isStored, read: 0, texts: 0, isRead: false });
  }

  /** An input of that size was read. */
  read(source: string, size: number): void {
    this.#change(source, (work) => ({ ...work, read: work.read + size }));
    this.reading.did(size);
  }

  /** The source was read to its end. */
  readWhole(source: string): void {
    this.#change(source, (work) => ({ ...work, isRead: true }));
  }

  /** So many texts of the source are to be embedded. */
  found(source: string, texts: number): void {
    this.#textsFound += texts;
    this.#change(source, (work) => ({ ...work, texts: work.texts + texts }));
  }

  /** So many of them were embedded, or given up. */
  settled(texts: number): void {
    this.#textsSettled += texts;
    this.embedding.did(texts);
  }

  work(chunksWaiting: number): Work {
    const { sequential, chunkSize, indexMs } = this.#options;
    return {
      sources: [...this.#sources.values()],
      ...{ reading: this.reading.pace(), embedding: this.embedding.pace(), storing: this.storing.pace() },
      textsWaiting: this.#textsFound - this.#textsSettled,
      ...{ chunksWaiting, sequential },
      bytesPerText: chunkSize * BYTES_PER_TOKEN,
      indexMs,
    };
  }

  #change(source: string, change: (work: SourceWork) => SourceWork): void {
    const work = this.#sources.get(source);
    if (work !== undefined) this.#sources.set(source, change(work));
  }
}

/** How much a stage does in the time that it is at work. */
class Busy {
  readonly #workingMs: () => number;
  readonly #isEven: boolean;
  #tasks = 0;
  #sinceMs = 0;
  #units = 0;
  #ms = 0;
  #countedMs = 0;
  /** At work since it did something last. */
  #waitMs = 0;
  readonly #lastMs: number[] = [];

  /** `isEven`: one piece of its work takes about as long as another. */
  constructor(workingMs: () => number, { isEven = false } = {}) {
    this.#workingMs = workingMs;
    this.#isEven = isEven;
  }

  /** It is at work while `task` runs. */
  async during<Result>(task: () => Promise<Result>): Promise<Result> {
    this.begin();
    try {
      return await task();
    } finally {
      this.end();
    }
  }

  begin(): void {
    this.#count();
    this.#tasks++;
  }

  end(): void {
    this.#count();
    this.#tasks--;
  }

  did(units: number): void {
    this.#count();
    const ms = this.#countable();
    const left = 0.5 ** (ms / this.#halfLifeMs);
    this.#units = this.#units * left + units;
    this.#ms = this.#ms * left + ms;
    this.#countedMs += ms;
    this.#lastMs.push(this.#waitMs);
    if (this.#lastMs.length > WAITS) this.#lastMs.shift();
    this.#waitMs = 0;
  }

  /** As of when it did something last: how much of the next piece is done nobody knows. */
  pace(): Pace {
    return { units: this.#units, ms: this.#ms };
  }

  /** Of the wait that has ended, what says how fast it goes. */
  #countable(): number {
    if (!this.#isEven || this.#lastMs.length === 0) return this.#waitMs;
    return this.#waitMs > Math.max(STALL_MS_MIN, STALL_WAITS * this.#longestMs) ? this.#longestMs : this.#waitMs;
  }

  get #halfLifeMs(): number {
    if (!this.#isEven) return HALF_LIFE_MS_MAX;
    const ms = Math.max(this.#countedMs * HALF_LIFE_SHARE, HALF_LIFE_WAITS * this.#longestMs, HALF_LIFE_MS_MIN);
    return Math.min(ms, HALF_LIFE_MS_MAX);
  }

  get #longestMs(): number {
    return Math.max(0, ...this.#lastMs);
  }

  #count(): void {
    const now = this.#workingMs();
    if (this.#tasks > 0) this.#waitMs += now - this.#sinceMs;
    this.#sinceMs = now;
  }
}
