import { ollamaFaults, startOllama } from "../support/ollama-stand-in.ts";
import { openaiFaults, startOpenAI } from "../support/openai-stand-in.ts";
import { SpyEmbedder } from "../support/run-ingestor.ts";
import { embedderContract } from "./embedder-contract.ts";

embedderContract({ provider: "lexical" });

embedderContract({ provider: "builtin", onlyDimensions: 384 });

embedderContract({
  name: "the embedder that spies for tests of the pipeline",
  provider: "lexical",
  create: ({ embeddingDimensions }) => new SpyEmbedder(embeddingDimensions),
});

embedderContract({
  provider: "ollama",
  service: {
    start: async (options) => {
      const server = await startOllama({ ...options, model: "a-model", dimensions: 64 });
      return { server, settings: { embedderValues: { ollama_host: server.url } } };
    },
    busy: ollamaFaults.busy,
    refused: ollamaFaults.tooLong,
  },
});

embedderContract({
  provider: "openai",
  service: {
    start: async (options) => {
      const server = await startOpenAI({ ...options, model: "a-model", dimensions: 64, apiKey: "sk-test" });
      const embedderValues = { openai_base_url: `${server.url}/v1` };
      return { server, settings: { embedderValues, embedderKeys: { OPENAI_API_KEY: "sk-test" } } };
    },
    busy: openaiFaults.overloaded,
    refused: openaiFaults.tooLong,
  },
});
