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
 * `use` gives the permit back however its task ends. The bound may be lowered and raised while it is in use.
 */
export class Semaphore {
  readonly #free: number[];
  readonly #waiters: Waiter[] = [];
  readonly permits: number;
  #limit: number;

  constructor(permits: number) {
    if (!Number.isInteger(permits) || permits < 1)
      throw new RangeError(`a semaphore needs at least 1 permit, not ${permits}`);
    this.permits = permits;
    this.#limit = permits;
    this.#free = Array.from({ length: permits }, (_, index) => index + 1);
  }

  /** How many permits are taken. */
  get inUse(): number {
    return this.permits - this.#free.length;
  }

  /** How many permits may be taken now, from 1 to `permits`. Those taken beyond a lowered limit are not called back. */
  get limit(): number {
    return this.#limit;
  }

  set limit(limit: number) {
    this.#limit = Math.min(Math.max(Math.floor(limit), 1), this.permits);
    this.#serve();
  }

  /** Rejects with the signal's reason when it is aborted before a permit is free. */
  acquire(signal?: AbortSignal): Promise<Permit> {
    if (signal?.aborted) return Promise.reject(signal.reason);
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
      this.#serve();
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

  #serve(): void {
    while (this.#waiters.length > 0 && this.inUse < this.#limit) {
      const number = this.#free.shift();
      const next = number === undefined ? undefined : this.#waiters.shift();
      if (number === undefined || next === undefined) return;
      next.signal?.removeEventListener("abort", next.abort);
      next.grant(this.#permit(number));
    }
  }

  #permit(number: number): Permit {
    let held = true;
    return {
      number,
      release: () => {
        if (!held) return;
        held = false;
        this.#free.push(number);
        this.#free.sort((a, b) => a - b);
        this.#serve();
      },
    };
  }
}
