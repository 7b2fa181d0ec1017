import type { Settings } from "../config/settings.ts";
import { BuiltinEmbedder } from "./builtin.ts";
import type { Embedder } from "./embedder.ts";
import { OllamaEmbedder } from "./ollama.ts";
import { OpenAIEmbedder } from "./openai.ts";

/** The settings an embedder is made from. To use the model a corpus was made with, spread its identity over them. */
export type EmbedderSettings = Pick<
  Settings,
  "embeddingProvider" | "embeddingModel" | "embeddingDimensions" | "ollamaHosts" | "openaiBaseUrl" | "openaiApiKey"
>;

type Provider = Settings["embeddingProvider"];

const embedders: Record<Provider, new (settings: EmbedderSettings) => Embedder> = {
  ollama: OllamaEmbedder,
  openai: OpenAIEmbedder,
  builtin: BuiltinEmbedder,
};

/** Makes the embedder of `settings.embeddingProvider`. Nothing is sent before the first `probe` or `embedBatch`. */
export function createEmbedder(settings: EmbedderSettings): Embedder {
  return new embedders[settings.embeddingProvider](settings);
}

/** Whether a stored name is that of a provider this version knows. */
export function isProvider(name: string): name is Provider {
  return Object.hasOwn(embedders, name);
}
