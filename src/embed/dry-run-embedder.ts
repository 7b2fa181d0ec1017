import type { CorpusEmbedder } from "./embedder.ts";

/** The embedder for a dry run: it asks no server, and its vectors are empty. */
export function dryRunEmbedder(embedder: CorpusEmbedder): CorpusEmbedder {
  const { provider, model, dimensions, place, queryPrefix, documentPrefix } = embedder;
  return {
    ...{ provider, model, dimensions, place, queryPrefix, documentPrefix },
    async probe() {},
    embedBatch: async (texts) => texts.map(() => new Float32Array(0)),
    embedQuery: async () => new Float32Array(0),
  };
}
