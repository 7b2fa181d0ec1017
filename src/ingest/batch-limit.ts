/** How many texts the server takes in one request, as far as its refusals have told: learnt once for the whole run. */
export class BatchLimit {
  #textsMax = Number.POSITIVE_INFINITY;

  get textsMax(): number {
    return this.#textsMax;
  }

  learn(textsMax: number): void {
    this.#textsMax = Math.max(1, Math.min(this.#textsMax, textsMax));
  }

  /** Parts of about the same size that the server takes. */
  parts<Item>(items: readonly Item[]): (readonly Item[])[] {
    if (items.length <= this.#textsMax) return [items];
    const size = Math.ceil(items.length / Math.ceil(items.length / this.#textsMax));
    const parts: Item[][] = [];
    for (let start = 0; start < items.length; start += size) parts.push(items.slice(start, start + size));
    return parts;
  }
}
