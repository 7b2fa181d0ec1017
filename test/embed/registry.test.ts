import { expect, test } from "bun:test";
import {
  createEmbedder,
  embedders,
  type EmbedderSettings,
  hasModel,
  providerOf,
  settingsFor,
} from "../../src/embed/registry.ts";
import { failureOf } from "../support/failure-of.ts";
import { startOpenAI } from "../support/openai-stand-in.ts";

const settings: EmbedderSettings = {
  embeddingProvider: "ollama",
  embeddingModel: "qwen3-embedding:0.6b",
  embeddingDimensions: 1024,
  embedderValues: {},
  embedderKeys: {},
};

test("each provider has its embedder, also when all its settings have their defaults", () => {
  for (const provider of ["ollama", "openai", "lexical"]) {
    expect(createEmbedder({ ...settings, embeddingProvider: provider })).toMatchObject({ provider, dimensions: 1024 });
  }
});

test("the identity of a corpus takes the place of the settings", () => {
  const identity = { embeddingProvider: "openai", embeddingModel: "bge-m3", embeddingDimensions: 512 };
  const embedder = createEmbedder({ ...settings, ...identity });
  expect(embedder).toMatchObject({ provider: "openai", model: "bge-m3", dimensions: 512 });
});

test("a stored model that this version does not know is recognised", () => {
  expect(["ollama", "openai"].every((provider) => hasModel({ provider, model: "any" }))).toBe(true);
  expect(hasModel({ provider: "lexical", model: "feature-hashing-v1" })).toBe(true);
  // Of a later version.
  expect(hasModel({ provider: "builtin", model: "another" })).toBe(false);
  expect(hasModel({ provider: "cohere", model: "any" })).toBe(false);
  expect(hasModel({ provider: "toString", model: "any" })).toBe(false);
  expect(() => createEmbedder({ ...settings, embeddingProvider: "cohere" })).toThrow(RangeError);
});

test("an embedder gets its own values and its own key, whatever else is set", async () => {
  await using server = await startOpenAI({ apiKey: "sk-right", model: "m" });
  const embedderValues = { openai_base_url: `${server.url}/v1`, ollama_host: 7, chunk_size: 400 };
  const own = { ...settings, embeddingProvider: "openai", embeddingModel: "m", embedderValues };
  await createEmbedder({ ...own, embedderKeys: { OPENAI_API_KEY: "sk-right", OTHER_KEY: "x" } }).probe();
  expect(await failureOf(createEmbedder(own).probe())).toMatchObject({ code: "unauthorized" });
});

test("a model of Ollama is called the same whatever it is called", () => {
  const nameOf = (embeddingModel: string) =>
    createEmbedder({ ...settings, embeddingProvider: "ollama", embeddingModel }).model;
  for (const model of ["m", "m:latest", "library/m", "registry.ollama.ai/library/m:latest"]) {
    expect(nameOf(model)).toBe("m");
  }
  for (const model of ["m:q4", "me/m", "host:5000/m"]) expect(nameOf(model)).toBe(model);
  const { model } = createEmbedder({ ...settings, embeddingProvider: "openai", embeddingModel: "m:latest" });
  expect(model).toBe("m:latest");
});

test("names, settings and variables are told apart from each other", () => {
  const names = embedders.map(({ name }) => name);
  const keys = embedders.flatMap((embedder) => Object.keys(embedder.settings));
  expect(new Set([...names, ...keys]).size).toBe(names.length + keys.length);
});

test("a port of Ollama that is not valid is warned of under the setting's key", () => {
  const warnings = embedders.flatMap((embedder) => embedder.warnings({ ollama_host: "gpu:x" }));
  expect(warnings).toEqual([`ollama_host: port "x" of Ollama host "gpu" is not valid, using 11434`]);
});

test("a corpus of an embedder with a model of its own is asked without the prefixes that are set for another", async () => {
  const set = { ...settings, embeddingQueryPrefix: "query: ", embeddingDocumentPrefix: "passage: " };
  const identity = { provider: "lexical", model: "feature-hashing-v1", dimensions: 8 };
  const embedder = createEmbedder(settingsFor(identity, set));
  expect(embedder).toMatchObject({ queryPrefix: "", documentPrefix: "" });
  expect(await embedder.embedQuery("rows")).toEqual(
    await createEmbedder(settingsFor(identity, settings)).embedQuery("rows"),
  );
  expect(createEmbedder({ ...set, embeddingProvider: "lexical" })).toMatchObject({ documentPrefix: "" });
});

test("a model within this program is known under the name it had, and one of a server keeps its server", () => {
  const hashed = { provider: "builtin", model: "feature-hashing-v1" };
  expect(providerOf(hashed)).toBe("lexical");
  for (const provider of ["ollama", "openai", "of another version"])
    expect(providerOf({ provider, model: "all-MiniLM-L6-v2-int8" })).toBe(provider);
});
