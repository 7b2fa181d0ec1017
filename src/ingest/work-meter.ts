import type { Pace, SourceWork, Work } from "./estimate.ts";

/** What a stage did longer ago counts half as much. */
const HALF_LIFE_MS = 60_000;
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
    this.embedding = new Busy(options.workingMs);
    this.storing = new Busy(options.workingMs);
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
  #tasks = 0;
  #sinceMs = 0;
  #units = 0;
  #ms = 0;

  constructor(workingMs: () => number) {
    this.#workingMs = workingMs;
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
    this.#units += units;
  }

  pace(): Pace {
    this.#count();
    return { units: this.#units, ms: this.#ms };
  }

  #count(): void {
    const now = this.#workingMs();
    const ms = now - this.#sinceMs;
    this.#sinceMs = now;
    if (this.#tasks === 0 || ms <= 0) return;
    const left = 0.5 ** (ms / HALF_LIFE_MS);
    this.#units *= left;
    this.#ms = this.#ms * left + ms;
  }
}
