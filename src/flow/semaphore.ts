/** One permit of a `Semaphore`. */
export type Permit = {
  /** 1 to the number of permits; a holder is told apart from the others by it. */
  readonly number: number;
  /** Gives the permit back; a second call does nothing. */
  release(): void;
};

type Waiter = {
  readonly grant: (permit: Permit) => void;
  readonly signal: AbortSignal | undefined;
  readonly abort: () => void;
};

/**
 * Bounds how many tasks run at once. First come, first served; waiting can be cancelled;
 * `use` gives the permit back however its task ends.
 */
export class Semaphore {
  readonly #free: number[];
  readonly #waiters: Waiter[] = [];
  readonly permits: number;

  constructor(permits: number) {
    if (!Number.isInteger(permits) || permits < 1)
      throw new RangeError(`a semaphore needs at least 1 permit, not ${permits}`);
    this.permits = permits;
    this.#free = Array.from({ length: permits }, (_, index) => index + 1);
  }

  /** How many permits are taken. */
  get inUse(): number {
    return this.permits - this.#free.length;
  }

  /** Rejects with the signal's reason when it is aborted before a permit is free. */
  acquire(signal?: AbortSignal): Promise<Permit> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    // A free permit means nobody waits: releases hand permits to waiters directly.
    const number = this.#free.shift();
    if (number !== undefined) return Promise.resolve(this.#permit(number));
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        grant: resolve,
        signal,
        abort: () => {
          this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
          reject(signal?.reason);
        },
      };
      this.#waiters.push(waiter);
      signal?.addEventListener("abort", waiter.abort, { once: true });
    });
  }

  /** Runs `task` with a permit and gives it back, also when the task throws. */
  async use<Result>(task: (permitNumber: number) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    const permit = await this.acquire(signal);
    try {
      return await task(permit.number);
    } finally {
      permit.release();
    }
  }

  #permit(number: number): Permit {
    let held = true;
    return {
      number,
      release: () => {
        if (!held) return;
        held = false;
        const next = this.#waiters.shift();
        if (next === undefined) {
          this.#free.push(number);
          this.#free.sort((a, b) => a - b);
          return;
        }
        next.signal?.removeEventListener("abort", next.abort);
        next.grant(this.#permit(number));
      },
    };
  }
}
