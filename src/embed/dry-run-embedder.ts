import type { Embedder } from "./embedder.ts";

/** The embedder for a dry run: it asks no server, and its vectors are empty. */
export function dryRunEmbedder({ provider, model, dimensions, place }: Embedder): Embedder {
  return {
    ...{ provider, model, dimensions, place },
    async probe() {},
    embedBatch: async (texts) => texts.map(() => new Float32Array(0)),
    embedQuery: async () => new Float32Array(0),
  };
}
