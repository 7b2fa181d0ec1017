import { ollamaFaults, startOllama } from "../support/ollama-stand-in.ts";
import { openaiFaults, startOpenAI } from "../support/openai-stand-in.ts";
import { embedderContract } from "./embedder-contract.ts";

embedderContract({ provider: "builtin" });

embedderContract({
  provider: "ollama",
  service: {
    start: async (options) => {
      const server = await startOllama({ ...options, model: "a-model", dimensions: 64 });
      return { server, settings: { ollamaHosts: [server.url] } };
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
      return { server, settings: { openaiBaseUrl: `${server.url}/v1`, openaiApiKey: "sk-test" } };
    },
    busy: openaiFaults.overloaded,
    refused: openaiFaults.tooLong,
  },
});
