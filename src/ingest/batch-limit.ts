/** A limit is found when what was refused is no more than this share larger than what passed: knowing it better costs more. */
const PRECISION = 1 / 4;
/** So many batches at a limit that was found by trying, and a larger one is tried again: it may have been those texts. */
const PATIENCE_FIRST = 16;

/**
 * How many texts a request may have, as far as the server's refusals have told. A limit is found by halving, and
 * narrowed by trying what lies between what passed and what did not. It may have been a matter of those texts, such as
 * the sum of their tokens, so larger batches are tried again, after twice as many batches each time.
 */
export class BatchLimit {
  /** Nothing was refused yet. */
  #known = false;
  /** The server has named it. */
  #named = false;
  #passes = 1;
  #refused = Number.POSITIVE_INFINITY;
  #step = 1;
  #patience = PATIENCE_FIRST;
  #waited = 0;

  /** Texts that the next request may have. */
  get max(): number {
    if (!this.#known) return Number.POSITIVE_INFINITY;
    if (this.#refused === Number.POSITIVE_INFINITY) return this.#passes + this.#step;
    return this.#found ? this.#passes : Math.floor((this.#passes + this.#refused) / 2);
  }

  /** The server has said what its limit is. */
  name(max: number): void {
    this.#known = this.#named = true;
    this.#passes = Math.max(1, Math.min(max, this.#refused - 1));
    this.#refused = this.#passes + 1;
  }

  /** A request of `size` texts was refused; its halves, of up to `half` texts, were not. */
  refused(size: number, half: number): void {
    this.#refused = Math.min(this.#refused, size);
    if (!this.#known || this.#passes >= this.#refused) this.#passes = Math.max(1, Math.min(half, this.#refused - 1));
    this.#known = true;
    this.#waited = 0;
  }

  passed(size: number): void {
    if (!this.#known || size * 2 <= this.#passes) return;
    if (this.#refused === Number.POSITIVE_INFINITY) this.#step *= 2;
    if (size > this.#passes && size < this.#refused) this.#passes = size;
    if (this.#named || !this.#found || ++this.#waited < this.#patience) return;
    this.#patience *= 2;
    [this.#waited, this.#step] = [0, 1];
    this.#refused = Number.POSITIVE_INFINITY;
  }

  get #found(): boolean {
    return this.#refused - this.#passes <= Math.max(1, this.#passes * PRECISION);
  }
}
