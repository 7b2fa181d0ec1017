import type { Clock } from "../../src/flow/clock.ts";

/** A clock that only the test moves: sleeps end when their time has come. */
export class HandClock implements Clock {
  #now = 0;
  readonly #waiting = new Map<() => void, number>();

  /** How many wait for their time. */
  get sleepers(): number {
    return this.#waiting.size;
  }

  now(): number {
    return this.#now;
  }

  date(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.#now);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(wake);
        reject(signal?.reason);
      };
      const wake = () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      this.#waiting.set(wake, this.#now + ms);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }

  /** Moves the time, and wakes those whose time has come. */
  advance(ms: number): void {
    this.#now += ms;
    for (const [wake, atMs] of this.#waiting) {
      if (atMs > this.#now) continue;
      this.#waiting.delete(wake);
      wake();
    }
  }
}
