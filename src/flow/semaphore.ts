type Waiter = { readonly weight: number; readonly grant: () => void };

/**
 * Bounds how much runs at once, as the weighted semaphore of golang.org/x/sync does, in units of the caller's choice.
 * First come, first served; waiting can be cancelled. The bound may be lowered and raised while it is in use.
 * Something heavier than the whole bound passes when nothing else is in use, so that nothing waits for ever.
 */
export class Semaphore {
  readonly permits: number;
  readonly #waiters: Waiter[] = [];
  /** Numbers of the tasks that `use` runs. */
  readonly #numbers = new Set<number>();
  #limit: number;
  #inUse = 0;

  constructor(permits: number) {
    if (!Number.isInteger(permits) || permits < 1) {
      throw new RangeError(`a semaphore needs at least 1 permit, not ${permits}`);
    }
    this.permits = permits;
    this.#limit = permits;
  }

  /** How many permits are taken. */
  get inUse(): number {
    return this.#inUse;
  }

  /** How many wait for permits. */
  get waiting(): number {
    return this.#waiters.length;
  }

  /** How many permits may be taken now, from 1 to `permits`. Those taken beyond a lowered limit are not called back. */
  get limit(): number {
    return this.#limit;
  }

  set limit(limit: number) {
    this.#limit = Math.min(Math.max(Math.floor(limit), 1), this.permits);
    this.#serve();
  }

  /** Would `acquire` resolve at once? */
  fits(weight = 1): boolean {
    return this.#waiters.length === 0 && this.#hasRoom(weight);
  }

  /** Takes `weight` permits; rejects with the signal's reason when it is aborted before they are free. */
  async acquire(weight = 1, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.fits(weight)) {
      this.#inUse += weight;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(signal?.reason);
        // Whoever is behind may be lighter.
        this.#serve();
      };
      const waiter: Waiter = {
        weight,
        grant: () => {
          signal?.removeEventListener("abort", leave);
          resolve();
        },
      };
      this.#waiters.push(waiter);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }

  /** Gives permits back, all that were acquired together or a part of them. */
  release(weight = 1): void {
    if (weight > this.#inUse) throw new RangeError(`${weight} permits given back, where ${this.#inUse} are in use`);
    this.#inUse -= weight;
    this.#serve();
  }

  /**
   * Runs `task` with one permit and gives it back, also when the task throws. The task's number, 1 to the number of
   * permits, tells it apart from the others that run.
   */
  async use<Result>(task: (number: number) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    await this.acquire(1, signal);
    let number = 1;
    while (this.#numbers.has(number)) number++;
    this.#numbers.add(number);
    try {
      return await task(number);
    } finally {
      this.#numbers.delete(number);
      this.release();
    }
  }

  #hasRoom(weight: number): boolean {
    return this.#inUse === 0 || this.#inUse + weight <= this.#limit;
  }

  #serve(): void {
    for (let next = this.#waiters[0]; next !== undefined && this.#hasRoom(next.weight); next = this.#waiters[0]) {
      this.#waiters.shift();
      this.#inUse += next.weight;
      next.grant();
    }
  }
}
