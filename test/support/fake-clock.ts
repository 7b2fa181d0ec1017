import type { Clock } from "../../src/flow/clock.ts";

/** A clock whose sleeps end at once and only move its own time. */
export class FakeClock implements Clock {
  #now = 0;
  /** What was slept, in order, in milliseconds. */
  readonly sleeps: number[] = [];

  now(): number {
    return this.#now;
  }

  date(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.#now);
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.sleeps.push(ms);
    this.#now += ms;
    await Promise.resolve();
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}
