type Waiter = { readonly amount: number; readonly grant: () => void };

/**
 * Bounds how much is in flight between two stages, counted in units of the caller's choice.
 * Something larger than the whole bound passes when nothing else is in flight, so that nothing waits for ever.
 */
export class Capacity {
  readonly limit: number;
  #used = 0;
  readonly #waiters: Waiter[] = [];

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Would `take` resolve at once? */
  fits(amount: number): boolean {
    return this.#waiters.length === 0 && (this.#used === 0 || this.#used + amount <= this.limit);
  }

  /** Resolves when `amount` fits, first come, first served; rejects with the signal's reason when that is aborted first. */
  async take(amount: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.fits(amount)) {
      this.#used += amount;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(signal.reason);
      };
      const waiter: Waiter = {
        amount,
        grant: () => {
          signal.removeEventListener("abort", leave);
          resolve();
        },
      };
      this.#waiters.push(waiter);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  give(amount: number): void {
    this.#used -= amount;
    for (;;) {
      const next = this.#waiters[0];
      if (next === undefined || (this.#used > 0 && this.#used + next.amount > this.limit)) return;
      this.#waiters.shift();
      this.#used += next.amount;
      next.grant();
    }
  }
}
