/** What was asked longer ago says little of how a server is now. */
const LAST = 32;

/** How long requests to an embedder take, and how often something had to be asked again. */
export class RequestMeter {
  readonly #lastMs: number[] = [];
  #retries = 0;

  /** A request was answered with vectors. */
  answered(ms: number): void {
    this.#lastMs.push(ms);
    if (this.#lastMs.length > LAST) this.#lastMs.shift();
  }

  /** A request or a statement is made again. */
  retried(): void {
    this.#retries++;
  }

  get retries(): number {
    return this.#retries;
  }

  /** The median of the last requests that were answered; null when none was. */
  get latencyMs(): number | null {
    const sorted = this.#lastMs.toSorted((one, other) => one - other);
    const middle = sorted[Math.floor(sorted.length / 2)];
    return middle === undefined ? null : Math.round(middle);
  }
}
