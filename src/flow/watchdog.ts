import type { Clock } from "./clock.ts";

type Limit = {
  readonly ms: number;
  /** What `signal` is aborted with. */
  readonly error: () => Error;
  /** When a sign of life last came, by the clock, if signs of life put the end off. */
  readonly heardAt?: () => number;
};

/** Ends work that takes, or is silent for, longer than a limit; or that the caller's signal ends. */
export class Watchdog implements Disposable {
  readonly #clock: Clock;
  readonly #work = new AbortController();
  readonly #watch = new AbortController();

  constructor(clock: Clock, outer?: AbortSignal) {
    this.#clock = clock;
    const forward = () => this.#work.abort(outer?.reason);
    if (outer?.aborted) forward();
    outer?.addEventListener("abort", forward, { once: true });
    this.#watch.signal.addEventListener("abort", () => outer?.removeEventListener("abort", forward), { once: true });
  }

  /** Aborted when the work is to end; the reason says why. */
  get signal(): AbortSignal {
    return this.#work.signal;
  }

  /** Begins to count one limit; there may be several. */
  async limit({ ms, error, heardAt = () => 0 }: Limit): Promise<void> {
    const startedAt = this.#clock.now();
    for (let leftMs = ms; leftMs > 0; leftMs = ms - (this.#clock.now() - Math.max(startedAt, heardAt()))) {
      const ended = await this.#clock.sleep(Math.ceil(leftMs), this.#watch.signal).then(
        () => this.#watch.signal.aborted,
        () => true,
      );
      if (ended) return;
    }
    this.#work.abort(error());
  }

  /** The work has ended: nothing is watched any more. */
  [Symbol.dispose](): void {
    this.#watch.abort();
  }
}
