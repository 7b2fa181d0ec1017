import { type Clock, systemClock } from "../flow/clock.ts";
import { builtin } from "./builtin/builtin.ts";
import { lexical } from "./lexical.ts";
import type { EmbedderEntry } from "./define-embedder.ts";
import type { CorpusEmbedder, Embedder } from "./embedder.ts";
import { ollama } from "./ollama.ts";
import { openai } from "./openai.ts";
import { type Prefixes, prefixesOf } from "./prefixes.ts";

/** Every embedder; a new one is a file of its own and a line here. */
export const embedders: readonly EmbedderEntry[] = [ollama, openai, builtin, lexical];

/** The settings an embedder is made from; see `settingsFor` for that of a corpus. */
export type EmbedderSettings = {
  /** Name of an entry; a stored one may be unknown, see `hasModel`. */
  readonly embeddingProvider: string;
  readonly embeddingModel: string;
  readonly embeddingDimensions: number;
  /** What stands before texts when they are sent; left out: what the model wants. */
  readonly embeddingQueryPrefix?: string | undefined;
  readonly embeddingDocumentPrefix?: string | undefined;
  /** Values of the settings of all embedders under their keys in `config.toml`; what is missing has its default. */
  readonly embedderValues: Readonly<Record<string, unknown>>;
  /** Values of the entries' `keyVariable`s under their names. */
  readonly embedderKeys: Readonly<Record<string, string | undefined>>;
};

/** The part of a stored identity that an embedder is made from. */
type Identity = {
  readonly provider: string;
  readonly model: string;
  readonly dimensions: number;
  readonly documentPrefix?: string | undefined;
};

/** Makes the embedder of `settings.embeddingProvider`. Nothing is sent before the first `probe` or `embedBatch`. */
export function createEmbedder(settings: EmbedderSettings, clock: Clock = systemClock): CorpusEmbedder {
  const { embeddingProvider: name, embeddingModel, embeddingDimensions: dimensions } = settings;
  const entry = embedders.find((embedder) => embedder.name === name);
  if (entry === undefined) throw new RangeError(`there is no embedder ${name}`);
  const key = entry.keyVariable === undefined ? undefined : settings.embedderKeys[entry.keyVariable];
  const [model = embeddingModel] = modelNames(name, embeddingModel);
  const embedder = entry.create({ model, dimensions, key, values: settings.embedderValues, clock });
  return withPrefixes(embedder, prefixesFor(settings));
}

/**
 * The prefixes that count. Those that are set are meant for the model of a server: an embedder with a model of its own
 * knows what that wants.
 */
export function prefixesFor(settings: EmbedderSettings): Prefixes {
  const {
    embeddingProvider,
    embeddingModel,
    embeddingQueryPrefix: query,
    embeddingDocumentPrefix: document,
  } = settings;
  const { onlyModel } = embedders.find(({ name }) => name === embeddingProvider) ?? {};
  return onlyModel === undefined ? prefixesOf(embeddingModel, { query, document }) : prefixesOf(onlyModel);
}

/** The embedder that puts its prefix before a question. */
function withPrefixes(embedder: Embedder, { query, document }: Prefixes): CorpusEmbedder {
  const { provider, model, dimensions, place, servers } = embedder;
  return {
    ...{ provider, model, dimensions, place, servers, queryPrefix: query, documentPrefix: document },
    probe: (signal) => embedder.probe(signal),
    mark: async (signal) => embedder.mark?.(signal),
    embedBatch: (texts, signal) => embedder.embedBatch(texts, signal),
    embedQuery: (text, signal) => embedder.embedQuery(query + text, signal),
  };
}

/** The settings for the model that a corpus was made with, and for its documents as they were sent. */
export function settingsFor(
  { provider, model, dimensions, documentPrefix = "" }: Identity,
  settings: EmbedderSettings,
): EmbedderSettings {
  return {
    ...settings,
    ...{ embeddingProvider: provider, embeddingModel: model, embeddingDimensions: dimensions },
    embeddingDocumentPrefix: documentPrefix,
  };
}

/** Whether this version can embed with what a stored identity names. */
export function hasModel({ provider, model }: { readonly provider: string; readonly model: string }): boolean {
  const entry = embedders.find(({ name }) => name === provider);
  return entry !== undefined && (entry.onlyModel ?? model) === model;
}

/** Whether a provider's vectors know no more than the words of a text. */
export function knowsWordsOnly(provider: string): boolean {
  return embedders.find(({ name }) => name === provider)?.wordsOnly ?? false;
}

/** The provider that a stored identity means: a model within this program was once under the name of another one. */
export function providerOf({ provider, model }: { readonly provider: string; readonly model: string }): string {
  const isWithin = embedders.some(({ name, onlyModel }) => name === provider && onlyModel !== undefined);
  // A server may call a model of its own the same.
  return (isWithin && embedders.find(({ onlyModel }) => onlyModel === model)?.name) || provider;
}

/** All names of one model of a provider, the one that is stored and sent first. */
export function modelNames(provider: string, model: string): readonly string[] {
  return embedders.find(({ name }) => name === provider)?.modelNames?.(model) ?? [model];
}
