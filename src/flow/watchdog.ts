import type { Clock } from "./clock.ts";

/** Ends work that takes, or is silent for, longer than a limit, and work that the caller's signal ends. */
export class Watchdog implements Disposable {
  readonly #clock: Clock;
  readonly #work = new AbortController();
  #heardAt: number;

  constructor(clock: Clock, outer?: AbortSignal) {
    this.#clock = clock;
    this.#heardAt = clock.now();
    const forward = () => this.#work.abort(outer?.reason);
    if (outer?.aborted) forward();
    outer?.addEventListener("abort", forward, { signal: this.signal });
  }

  /** Aborted when the work is to end; the reason says why. */
  get signal(): AbortSignal {
    return this.#work.signal;
  }

  /** A sign of life came. */
  heard(): void {
    this.#heardAt = this.#clock.now();
  }

  /** Aborts with `error()` once nothing was heard for `ms`. */
  limitSilence(ms: number, error: () => Error): void {
    void this.#limit(ms, () => this.#heardAt, error);
  }

  /** Aborts with `error()` once `ms` have passed from now. */
  limitTime(ms: number, error: () => Error): void {
    const startedAt = this.#clock.now();
    void this.#limit(ms, () => startedAt, error);
  }

  /** Gives up what is still under way; does nothing to work that has ended. */
  [Symbol.dispose](): void {
    this.#work.abort();
  }

  async #limit(ms: number, since: () => number, error: () => Error): Promise<void> {
    for (;;) {
      const leftMs = ms - (this.#clock.now() - since());
      if (leftMs <= 0) return this.#work.abort(error());
      try {
        await this.#clock.sleep(Math.ceil(leftMs), this.signal);
      } catch {
        return;
      }
    }
  }
}
