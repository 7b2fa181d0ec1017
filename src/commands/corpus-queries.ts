import type { Embedder } from "../embed/embedder.ts";
import { createEmbedder, type EmbedderSettings, hasModel, knowsWordsOnly, settingsFor } from "../embed/registry.ts";
import type { Clock } from "../flow/clock.ts";
import { IngestError } from "../flow/errors.ts";
import { type RetryOptions, withRetry } from "../flow/retry.ts";
import { sameIdentity } from "../store/model-identity.ts";
import type { ModelIdentity, SearchHit, SearchRequest, Store } from "../store/store.ts";
import { modelOf } from "./corpus.ts";

const RETRIES = 2;

/** What is asked of a corpus; the vector is made here. */
export type Question = Omit<SearchRequest, "vector">;

type Embedded = { readonly text: string; readonly vector: Float32Array; readonly identity: ModelIdentity };

type CorpusQueriesOptions = { readonly embedder: EmbedderSettings; readonly clock: Clock };

/** Lets `work` have the corpus; whoever is not waited for any longer, by `signal`, is told so. */
export type Reads = <Result>(work: (store: Store) => Promise<Result>, signal?: AbortSignal) => Promise<Result>;

/**
 * Asks one corpus any number of questions, with the model it was made with: its embedder is made and probed once. While a
 * question is embedded nothing is read, so that somebody else may have the database.
 */
export class CorpusQueries {
  readonly #reads: Reads;
  readonly #settings: EmbedderSettings;
  readonly #clock: Clock;
  #model: { readonly identity: ModelIdentity; readonly embedder: Embedder } | undefined;
  /** The last one: it may be asked in several modes. */
  #embedded: Embedded | undefined;
  #place: string | undefined;

  constructor(reads: Reads, { embedder, clock }: CorpusQueriesOptions) {
    this.#reads = reads;
    this.#settings = embedder;
    this.#clock = clock;
  }

  /** Where the embedder is; undefined before the first question. */
  get place(): string | undefined {
    return this.#place;
  }

  /** Makes sure that the model is there, which it may take its time to be. */
  async probe(signal?: AbortSignal): Promise<void> {
    this.#model ??= await this.#probedModel(signal);
  }

  /** Embeds a question, which is asked next, without the words that it leaves out. Throws what the embedder throws. */
  async embed(text: string, signal?: AbortSignal): Promise<Embedded> {
    if (this.#embedded?.text === text) return this.#embedded;
    const { identity, embedder } = (this.#model ??= await this.#probedModel(signal));
    const wanted = await this.#reads((store) => store.wantedText(text), signal);
    const vector = await withRetry(() => embedder.embedQuery(wanted, signal), this.#retrying(signal));
    return (this.#embedded = { text, vector, identity });
  }

  /** The chunks that answer. In the mode `text` nothing is embedded, and no embedder needed. */
  async find(question: Question, signal?: AbortSignal): Promise<SearchHit[]> {
    if (question.mode === "text")
      return this.#reads((store) => store.search({ ...question, vector: undefined }), signal);
    for (;;) {
      const { vector, identity } = await this.embed(question.text, signal);
      const asked = { ...question, vector, wordsLead: knowsWordsOnly(identity.provider) };
      const found = await this.#reads(async (store) => {
        const outcome = await store.search(asked).then(
          (hits) => ({ hits }),
          (error: unknown) => ({ error }),
        );
        // A rebuild with another model may have been swapped in since the text was embedded.
        if (!sameIdentity((await store.inspect()).identity, identity)) return undefined;
        if ("error" in outcome) throw outcome.error;
        return outcome.hits;
      }, signal);
      if (found !== undefined) return found;
      this.#model = undefined;
      this.#embedded = undefined;
    }
  }

  async #probedModel(signal: AbortSignal | undefined) {
    const identity = await this.#reads(async (store) => {
      const found = await modelOf(store);
      if (!hasModel(found)) throw unknownEmbedder(found, store.description);
      return found;
    }, signal);
    const embedder = createEmbedder(settingsFor(identity, this.#settings));
    this.#place = embedder.place;
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
