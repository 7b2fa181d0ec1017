/** Turns texts into vectors. Throws `IngestError`s that say whether to retry, split, skip or stop. */
export interface Embedder {
  /** Name of its entry in `registry.ts`. */
  readonly provider: string;
  readonly model: string;
  /** Where it is, for messages; no credentials in it. */
  readonly place: string;
  /** Length of every vector. */
  readonly dimensions: number;
  /**
   * Embeds one text to learn that the server answers, has the model and gives vectors of `dimensions`.
   * Throws a `fatal` error that names the fault and the remedy.
   */
  probe(signal?: AbortSignal): Promise<void>;
  /** One vector a text, in the order of the texts, each of `dimensions` finite numbers that are not all zero. */
  embedBatch(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
}
