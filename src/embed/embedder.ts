/** What tells a model from another of its name: a tag can be pulled anew, a server started with other weights. */
export type ModelMark = {
  /** The server's own word for what it runs. */
  readonly digest?: string | undefined;
  /** Its vector of a text that is always the same. */
  readonly probe: readonly number[];
};

/** What a server says of itself; each is left out where it does not say. */
export type ServerFacts = {
  readonly version?: string | undefined;
  /** Of the model that it runs behind the name. */
  readonly digest?: string | undefined;
  /** The longest text that it takes. */
  readonly contextTokens?: number | undefined;
};

/** One of the servers of an embedder, for whoever decides which of them gets a batch. */
export interface EmbedderServer {
  /** Where it is, for messages; no credentials in it. Left out by what stands for one in tests. */
  readonly place?: string;
  /** What it says of itself, as far as it does. Left out by what says nothing. */
  facts?(signal?: AbortSignal): Promise<ServerFacts>;
  /** How long it is still to be passed over while others work, in milliseconds; 0 for one that works. */
  readonly restMs: number;
  /** As that of the embedder, at this server. */
  embedBatch(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
}

/** Turns texts into vectors. Throws `IngestError`s that say whether to retry, split, skip or stop. */
export interface Embedder {
  /** Name of its entry in `registry.ts`. */
  readonly provider: string;
  readonly model: string;
  /** Where it is, for messages; no credentials in it. */
  readonly place: string;
  /** Length of every vector. */
  readonly dimensions: number;
  /** Its servers; left out by what computes in this process. */
  readonly servers?: readonly EmbedderServer[] | undefined;
  /**
   * Embeds one text to learn that the server answers, has the model and gives vectors of `dimensions`.
   * Throws a `fatal` error that names the fault and the remedy.
   */
  probe(signal?: AbortSignal): Promise<void>;
  /** The mark of its model, once a probe has passed. Left out where the model's name says all. */
  mark?(signal?: AbortSignal): Promise<ModelMark | undefined>;
  /** One vector a text, in the order of the texts, each of `dimensions` finite numbers that are not all zero. */
  embedBatch(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
  /** The vector to look for a question with, among those that `embedBatch` gave; of the same kind. */
  embedQuery(text: string, signal?: AbortSignal): Promise<Float32Array>;
}

/** The embedder of a corpus: with what its model wants before texts. */
export interface CorpusEmbedder extends Embedder {
  /** `embedQuery` puts it before a question. */
  readonly queryPrefix: string;
  /** Whoever calls `embedBatch` puts it before a document's text (`documentText`), since it may name the document's title. */
  readonly documentPrefix: string;
}

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
