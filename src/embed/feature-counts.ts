const PLACES_AT_FIRST = 2048;
/** Slots per place: the table is never more than half full. */
const SLOTS_PER_PLACE = 2;

/**
 * Counts occurrences of features (32-bit hashes) and keeps them in the order of first occurrence.
 * Open addressing in typed arrays that serve text after text: twice as fast as a `Map`.
 */
export class FeatureCounts {
  #size = 0;
  /** The place of a feature plus 1; 0 is free. */
  #slots = new Int32Array(PLACES_AT_FIRST * SLOTS_PER_PLACE);
  #features = new Int32Array(PLACES_AT_FIRST);
  #counts = new Int32Array(PLACES_AT_FIRST);
  #weights = new Float64Array(PLACES_AT_FIRST);

  get size(): number {
    return this.#size;
  }

  clear(): void {
    this.#slots.fill(0);
    this.#size = 0;
  }

  /** The weight a feature has is the one it was first added with. */
  add(feature: number, weight: number): void {
    const slot = this.#slotOf(feature);
    const place = this.#slots[slot] ?? 0;
    if (place !== 0) {
      this.#counts[place - 1] = (this.#counts[place - 1] ?? 0) + 1;
      return;
    }
    this.#features[this.#size] = feature;
    this.#counts[this.#size] = 1;
    this.#weights[this.#size] = weight;
    this.#slots[slot] = ++this.#size;
    if (this.#size === this.#features.length) this.#grow();
  }

  forEach(visit: (feature: number, count: number, weight: number) => void): void {
    for (let place = 0; place < this.#size; place++) {
      visit(this.#features[place] ?? 0, this.#counts[place] ?? 0, this.#weights[place] ?? 0);
    }
  }

  #slotOf(feature: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = (feature ^ (feature >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const place = this.#slots[slot] ?? 0;
      if (place === 0 || this.#features[place - 1] === feature) return slot;
    }
  }

  #grow(): void {
    const places = this.#size * 2;
    const [features, counts, weights] = [this.#features, this.#counts, this.#weights];
    this.#features = new Int32Array(places);
    this.#features.set(features);
    this.#counts = new Int32Array(places);
    this.#counts.set(counts);
    this.#weights = new Float64Array(places);
    this.#weights.set(weights);
    this.#slots = new Int32Array(places * SLOTS_PER_PLACE);
    for (let place = 0; place < this.#size; place++) this.#slots[this.#slotOf(this.#features[place] ?? 0)] = place + 1;
  }
}
