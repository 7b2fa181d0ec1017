import { expect, test } from "bun:test";
import { createEmbedder, type EmbedderSettings, isProvider } from "../../src/embed/create-embedder.ts";

const settings: EmbedderSettings = {
  embeddingProvider: "ollama",
  embeddingModel: "qwen3-embedding:0.6b",
  embeddingDimensions: 1024,
  ollamaHosts: ["http://localhost:11434"],
  openaiBaseUrl: "https://api.openai.com/v1",
  openaiApiKey: undefined,
};

test("each provider has its embedder", () => {
  for (const provider of ["ollama", "openai", "builtin"] as const) {
    expect(createEmbedder({ ...settings, embeddingProvider: provider })).toMatchObject({ provider, dimensions: 1024 });
  }
});

test("the identity of a corpus takes the place of the settings", () => {
  const identity = { embeddingProvider: "openai", embeddingModel: "bge-m3", embeddingDimensions: 512 } as const;
  const embedder = createEmbedder({ ...settings, ...identity });
  expect(embedder).toMatchObject({ provider: "openai", model: "bge-m3", dimensions: 512 });
});

test("a stored provider that this version does not know is recognised", () => {
  expect(["ollama", "openai", "builtin"].every(isProvider)).toBe(true);
  expect(isProvider("cohere")).toBe(false);
  expect(isProvider("toString")).toBe(false);
});
