import { modelOf } from "../commands/corpus.ts";
import { CorpusQueries } from "../commands/corpus-queries.ts";
import { requireFilter } from "../commands/require-corpus.ts";
import type { EmbedderSettings } from "../embed/registry.ts";
import type { Clock } from "../flow/clock.ts";
import type { ErrorCode } from "../flow/error-codes.ts";
import { IngestError } from "../flow/errors.ts";
import { Semaphore } from "../flow/semaphore.ts";
import { Watchdog } from "../flow/watchdog.ts";
import type { SearchHit, Store } from "../store/store.ts";
import { readPart } from "./document-part.ts";
import type { Readers } from "./readers.ts";
import {
  type DocumentAsked,
  type DocumentPart,
  GENERATION_NAMES,
  type SearchAnswer,
  type SearchAsked,
  type Stats,
} from "./shapes.ts";

/** Questions that are embedded at once, and all that may be under way. */
const QUESTIONS_MAX = 8;
const ASKED_MAX = 256;
/** Whoever asks has given up by then. */
const ANSWER_MS_MAX = 30_000;
/** For a model to be loaded. */
const WARM_MS_MAX = 60_000;
const HEALTH_MS_MAX = 5_000;
/** An embedder that has answered since then is there. */
const EMBEDDED_MS_MAX = 60_000;
const MS_A_SECOND = 1_000;
const PROBE = "How do I open a file?";

/** What programs may ask the corpus, each answer within a limit of time. Throws what the corpus and the embedder throw. */
export class Knowledge {
  readonly #readers: Readers;
  readonly #queries: CorpusQueries;
  readonly #questions = new Semaphore(QUESTIONS_MAX);
  readonly #clock: Clock;
  #asked = 0;
  #embeddedAt = -Infinity;

  constructor(readers: Readers, options: { readonly embedder: EmbedderSettings; readonly clock: Clock }) {
    this.#readers = readers;
    this.#queries = new CorpusQueries((work, signal) => this.#use(work, signal), options);
    this.#clock = options.clock;
  }

  /** The passages that answer; a filter that no passage passes is an error that names what there is. */
  search(asked: SearchAsked, signal?: AbortSignal): Promise<SearchAnswer> {
    const { query, limit, source, doc_type: docType } = asked;
    const generation = asked.generation === undefined ? undefined : storedGeneration(asked.generation);
    return this.#within(ANSWER_MS_MAX, signal, async (limited) => {
      const question = { text: query, limit, generation, source, docType };
      const hits = await this.#embedding(() => this.#queries.find(question, limited), limited);
      if (hits.length === 0) {
        // One that the rules know may have no text yet.
        const isKnown = Object.values(GENERATION_NAMES).some((name) => name === generation);
        const filter = { source, docType, generation: isKnown ? undefined : generation };
        await this.#use((store) => requireFilter(store, filter), limited);
      }
      return { query, results: hits.map(resultOf), count: hits.length, source_type_counts: countTypes(hits) };
    });
  }

  /** A document, or a part of one. */
  document(asked: DocumentAsked, signal?: AbortSignal): Promise<DocumentPart> {
    return this.#read(signal, async (store) => {
      await modelOf(store);
      return readPart(store, asked);
    });
  }

  /** What the corpus consists of. */
  stats(signal?: AbortSignal): Promise<Stats> {
    return this.#read(signal, async (store) => {
      const { provider, model, dimensions } = await modelOf(store);
      const { chunks, documents, bySource, bySourceType, byDocType, byGeneration } = await store.statistics();
      const counts = await store.documentCounts();
      const names = new Set([...bySource.map(({ name }) => name), ...counts.keys()]);
      const chunksOf = new Map(bySource.map(({ name, chunks: own }) => [name, own]));
      return {
        ...{ chunks, documents, model: { provider, model, dimensions } },
        sources: [...names].map((name) => ({
          ...{ name, documents: counts.get(name) ?? 0, chunks: chunksOf.get(name) ?? 0 },
        })),
        ...{ source_types: bySourceType, doc_types: byDocType, generations: byGeneration },
      };
    });
  }

  /** Throws what would keep a question from being answered. */
  health(signal?: AbortSignal, msMax = HEALTH_MS_MAX): Promise<void> {
    return this.#within(msMax, signal, async (limited) => {
      await this.#use(modelOf, limited);
      if (this.#clock.now() - this.#embeddedAt < EMBEDDED_MS_MAX) return;
      // Not the text of the last time, whose vector is known.
      const text = `${PROBE} ${this.#clock.now()}`;
      await this.#embedding(() => this.#queries.embed(text, limited), limited);
    });
  }

  /** The same for a server that begins: its embedder may be loading a model, and has loaded it for the first question. */
  warm(): Promise<void> {
    return this.health(undefined, WARM_MS_MAX);
  }

  /** Asks the corpus what needs no vector. */
  #read<Result>(signal: AbortSignal | undefined, work: (store: Store) => Promise<Result>): Promise<Result> {
    return this.#within(ANSWER_MS_MAX, signal, (limited) => this.#use(work, limited));
  }

  /** Asks what embeds a text, when it is its turn. */
  async #embedding<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    let isAsked = false;
    try {
      const result = await this.#questions.use(() => ((isAsked = true), work()), signal);
      this.#embeddedAt = this.#clock.now();
      return result;
    } catch (error) {
      // Whatever it was: health asks again.
      this.#embeddedAt = -Infinity;
      if (!(error instanceof Late)) throw error;
      throw isAsked
        ? late(
            this.#queries.place ?? "the embedder",
            error,
            "timeout",
            "a model that is being loaded answers by and by",
          )
        : tooBusy(`no answer ${error.message}: others ask, too`);
    }
  }

  /** Has `work` read the corpus. */
  async #use<Result>(work: (store: Store) => Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
    let asked: Store | undefined;
    try {
      return await this.#readers.use((store) => work((asked = store)), signal);
    } catch (error) {
      if (!(error instanceof Late)) throw error;
      throw asked === undefined
        ? tooBusy(`no answer ${error.message}: others ask, too`)
        : late(asked.description, error, "database_timeout", "look for a session that locks its tables");
    }
  }

  /** Has `work` done beside what else is asked, and waits no longer than `ms`. */
  async #within<Result>(
    ms: number,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    if (this.#asked >= ASKED_MAX) throw tooBusy(`${ASKED_MAX} questions wait already`);
    this.#asked++;
    try {
      using patience = new Watchdog(this.#clock, signal);
      patience.limitTime(ms, () => new Late(`within ${ms / MS_A_SECOND} s`));
      return await work(patience.signal);
    } finally {
      this.#asked--;
    }
  }
}

/** The time of a question is over; whoever was asked is named by whoever asked it. */
class Late extends Error {}

function late(who: string, { message }: Late, code: ErrorCode, hint: string): IngestError {
  return new IngestError(`${who} has not answered ${message}`, { decision: "retry", code, hint });
}

function tooBusy(message: string): IngestError {
  return new IngestError(message, { decision: "retry", code: "database_busy", hint: "ask again in a moment" });
}

/** As the corpus has it: `bbj-gui` is `bbj_gui` there. */
function storedGeneration(given: string): string {
  return Object.entries(GENERATION_NAMES).find(([name]) => name === given)?.[1] ?? given;
}

function resultOf(hit: SearchHit): SearchAnswer["results"][number] {
  const { content, title, generations, deprecated, score } = hit;
  return {
    ...{ content, title, source_url: hit.sourceUrl, doc_type: hit.docType, generations },
    ...{ context_header: hit.contextHeader, deprecated, display_url: hit.displayUrl, source_type: hit.sourceType },
    ...{ score, content_hash: hit.contentHash },
  };
}

function countTypes(hits: readonly SearchHit[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { sourceType } of hits) counts.set(sourceType, (counts.get(sourceType) ?? 0) + 1);
  return Object.fromEntries(counts);
}
