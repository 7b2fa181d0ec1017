import { defineEmbedder } from "./define-embedder.ts";
import type { Embedder } from "./embedder.ts";
import { hashFeatures } from "./feature-hashing.ts";

/** Changes whenever the same text would get another vector. */
export const BUILTIN_MODEL = "feature-hashing-v1";

/** No model and no server. */
export const builtin = defineEmbedder({
  name: "builtin",
  summary: "hashed words, without a model or a server",
  onlyModel: BUILTIN_MODEL,
  settings: {},
  create: (options) => new BuiltinEmbedder(options),
});

/**
 * Embeds without a model and without a server: by hashing words, see `hashFeatures`. Finds texts that share words with
 * the query, and nothing more; for trials, tests, and machines without a network. The model setting is not used.
 */
export class BuiltinEmbedder implements Embedder {
  readonly provider = "builtin";
  readonly model = BUILTIN_MODEL;
  readonly dimensions: number;

  constructor({ dimensions }: { readonly dimensions: number }) {
    this.dimensions = dimensions;
  }

  async probe(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
  }

  async embedBatch(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    signal?.throwIfAborted();
    return texts.map((text) => hashFeatures(text, this.dimensions));
  }
}
