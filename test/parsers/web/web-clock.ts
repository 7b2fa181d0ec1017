import type { Clock } from "../../../src/flow/clock.ts";

/** Whoever sleeps longer than any pause between requests waits for a server that may never answer. */
const PATIENCE_MS = 30_000;

/**
 * A clock for talks with servers: pauses between requests end at once and move its time, while patience with a server
 * ends only when the test moves the time.
 */
export class WebClock implements Clock {
  #now = 0;
  readonly #waiting = new Map<() => void, number>();
  /** The pauses that were made, in order, in milliseconds. */
  readonly pauses: number[] = [];
  /** The same for what ends only with the time. */
  readonly waits: number[] = [];

  now(): number {
    return this.#now;
  }

  date(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.#now);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (ms < PATIENCE_MS) {
      this.pauses.push(ms);
      this.#now += ms;
      return Promise.resolve();
    }
    this.waits.push(ms);
    return new Promise((resolve, reject) => {
      this.#waiting.set(resolve, this.#now + ms);
      signal?.addEventListener(
        "abort",
        () => {
          this.#waiting.delete(resolve);
          reject(signal.reason);
        },
        { once: true },
      );
    });
  }

  /** Moves the time, and ends the patience of those whose time has come. */
  advance(ms: number): void {
    this.#now += ms;
    for (const [resolve, atMs] of this.#waiting) {
      if (atMs > this.#now) continue;
      this.#waiting.delete(resolve);
      resolve();
    }
  }
}
