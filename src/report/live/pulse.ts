import { writeSync } from "node:fs";
import { systemClock } from "../../flow/clock.ts";
import { clockText } from "./clock-text.ts";

/** What is needed of a Worker that runs `startPulse`. */
export type PulseWorker = Pick<Worker, "postMessage" | "terminate">;

const STDERR = 2;
const BEAT_MS = 500;
/** The first thread moves the clock on itself unless it is held up for so long. */
const SILENCE_MS = 1_500;
/** To where the cursor rests. */
const RESTORE = "\x1b8";

/** Words of the memory that both threads have. */
const [TURN, OFF, WORDS] = [0, 1, 2];
/** Whose turn it is to write. */
const [NOBODY, FIRST, SECOND] = [0, 1, 2];
/** Epoch milliseconds: when the run began, and when the first thread wrote last. */
const [BEGAN, WROTE, TIMES] = [0, 1, 2];

/** Moves the clock of a run on, from a thread of its own, while the first thread computes and cannot. Only one of them writes at a time. */
export class Pulse {
  readonly #memory = new SharedArrayBuffer(WORDS * 4 + TIMES * 8);
  readonly #views = viewsOf(this.#memory);
  readonly #worker: PulseWorker;

  constructor(start: () => PulseWorker, elapsedMs: number) {
    const { times } = this.#views;
    times[BEGAN] = epochMs() - elapsedMs;
    times[WROTE] = epochMs();
    this.#worker = start();
    this.#worker.postMessage(this.#memory);
  }

  /** Does what the first thread writes. */
  write(work: () => void): void {
    const { words, times } = this.#views;
    // What the other one writes takes microseconds.
    while (Atomics.compareExchange(words, TURN, NOBODY, FIRST) !== NOBODY) Atomics.wait(words, TURN, SECOND, 1);
    try {
      work();
    } finally {
      times[WROTE] = epochMs();
      Atomics.store(words, TURN, NOBODY);
    }
  }

  end(): void {
    this.write(() => void Atomics.store(this.#views.words, OFF, 1));
    this.#worker.terminate();
  }
}

/** What the second thread does: it writes no more than the clock, where the cursor rests. */
export async function startPulse(memory: SharedArrayBuffer): Promise<void> {
  const { words, times } = viewsOf(memory);
  while (Atomics.load(words, OFF) === 0) {
    await systemClock.sleep(BEAT_MS);
    const now = epochMs();
    if (now - (times[WROTE] ?? now) < SILENCE_MS) continue;
    if (Atomics.compareExchange(words, TURN, NOBODY, SECOND) !== NOBODY) continue;
    try {
      if (Atomics.load(words, OFF) === 0)
        writeSync(STDERR, `${RESTORE}${clockText(now - (times[BEGAN] ?? now))}${RESTORE}`);
    } catch {
      // The terminal is gone, or takes nothing now.
    } finally {
      Atomics.store(words, TURN, NOBODY);
    }
  }
}

/** That of both threads, which `now` is not. */
function epochMs(): number {
  return systemClock.date().getTime();
}

/** Both views of a piece of shared memory. */
function viewsOf(memory: SharedArrayBuffer) {
  return { words: new Int32Array(memory, 0, WORDS), times: new Float64Array(memory, WORDS * 4, TIMES) };
}
