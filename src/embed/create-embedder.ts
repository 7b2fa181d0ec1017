import type { Clock } from "../flow/clock.ts";
import type { Embedder } from "./embedder.ts";
import * as registry from "./registry.ts";

// Goes when the settings hold `embedderValues` and `embedderKeys` themselves.

type Provider = "ollama" | "openai" | "builtin";

/** The settings an embedder is made from. To use the model a corpus was made with, spread its identity over them. */
export type EmbedderSettings = {
  readonly embeddingProvider: Provider;
  readonly embeddingModel: string;
  readonly embeddingDimensions: number;
  readonly ollamaHosts: readonly string[];
  readonly openaiBaseUrl: string;
  readonly openaiApiKey: string | undefined;
};

export function createEmbedder(settings: EmbedderSettings, clock?: Clock): Embedder {
  const { ollamaHosts, openaiBaseUrl, openaiApiKey } = settings;
  const embedderValues = { ollama_host: ollamaHosts.join(","), openai_base_url: openaiBaseUrl };
  return registry.createEmbedder(
    { ...settings, embedderValues, embedderKeys: { OPENAI_API_KEY: openaiApiKey } },
    clock,
  );
}

export function isProvider(name: string): name is Provider {
  return registry.isProvider(name);
}
