import type { Embedder } from "../embed/embedder.ts";
import { createEmbedder, type EmbedderSettings, hasModel, knowsWordsOnly, settingsFor } from "../embed/registry.ts";
import { IngestError } from "../flow/errors.ts";
import { type RetryOptions, withRetry } from "../flow/retry.ts";
import { sameIdentity } from "../store/model-identity.ts";
import type { ModelIdentity, SearchHit, SearchRequest, Store } from "../store/store.ts";
import { modelOf } from "./corpus.ts";

const RETRIES = 2;

/** What is asked of a corpus; the vector is made here. */
export type Question = Omit<SearchRequest, "vector">;

type Embedded = { readonly text: string; readonly vector: Float32Array; readonly identity: ModelIdentity };

type CorpusQueriesOptions = Pick<RetryOptions, "clock"> & { readonly embedder: EmbedderSettings };

/** Asks one corpus any number of questions, with the model it was made with: its embedder is made and probed once. */
export class CorpusQueries {
  readonly #store: Store;
  readonly #settings: EmbedderSettings;
  readonly #clock: RetryOptions["clock"];
  #model: { readonly identity: ModelIdentity; readonly embedder: Embedder } | undefined;
  /** The last one: it may be asked in several modes. */
  #embedded: Embedded | undefined;

  constructor(store: Store, { embedder, clock }: CorpusQueriesOptions) {
    this.#store = store;
    this.#settings = embedder;
    this.#clock = clock;
  }

  /** Makes sure that the model is there, which it may take its time to be. */
  async probe(signal?: AbortSignal): Promise<void> {
    this.#model ??= await this.#probedModel(signal);
  }

  /** Embeds a question, which is asked next, without the words that it leaves out. Throws what the embedder throws. */
  async embed(text: string, signal?: AbortSignal): Promise<Embedded> {
    if (this.#embedded?.text === text) return this.#embedded;
    const { identity, embedder } = (this.#model ??= await this.#probedModel(signal));
    const wanted = await this.#store.wantedText(text);
    const vector = await withRetry(() => embedder.embedQuery(wanted, signal), this.#retrying(signal));
    return (this.#embedded = { text, vector, identity });
  }

  /** The chunks that answer. In the mode `text` nothing is embedded, and no embedder needed. */
  async find(question: Question, signal?: AbortSignal): Promise<SearchHit[]> {
    if (question.mode === "text") return this.#store.search({ ...question, vector: undefined });
    for (;;) {
      const { vector, identity } = await this.embed(question.text, signal);
      const outcome = await this.#store
        .search({ ...question, vector, wordsLead: knowsWordsOnly(identity.provider) })
        .then(
          (hits) => ({ hits }),
          (error: unknown) => ({ error }),
        );
      // A rebuild with another model may have been swapped in since the text was embedded.
      if (!sameIdentity((await this.#store.inspect()).identity, identity)) {
        this.#model = undefined;
        this.#embedded = undefined;
        continue;
      }
      if ("error" in outcome) throw outcome.error;
      return outcome.hits;
    }
  }

  async #probedModel(signal: AbortSignal | undefined) {
    const identity = await modelOf(this.#store);
    if (!hasModel(identity)) throw unknownEmbedder(identity, this.#store.description);
    const embedder = createEmbedder(settingsFor(identity, this.#settings));
    // The probe tells a server that shortens vectors to do so, and names what is wrong with it.
    await withRetry(() => embedder.probe(signal), this.#retrying(signal));
    return { identity, embedder };
  }

  #retrying(signal: AbortSignal | undefined): RetryOptions {
    return { retries: RETRIES, clock: this.#clock, ...(signal && { signal }) };
  }
}

function unknownEmbedder({ provider, model }: ModelIdentity, description: string): IngestError {
  const made = `the corpus in ${description} was made with ${provider} ${model}`;
  return new IngestError(`${made}, which this version does not know`, {
    decision: "fatal",
    code: "model_mismatch",
    hint: (call) =>
      `use the version that made it, or embed everything again: ${call.again(["--clean"], { without: ["--source"] })}`,
  });
}
