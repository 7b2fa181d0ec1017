import { modelOf } from "../commands/corpus.ts";
import { requireFilter } from "../commands/require-corpus.ts";
import type { Clock } from "../flow/clock.ts";
import type { ErrorCode } from "../flow/error-codes.ts";
import { IngestError } from "../flow/errors.ts";
import { Watchdog } from "../flow/watchdog.ts";
import type { SearchHit } from "../store/store.ts";
import { readPart } from "./document-part.ts";
import type { Reader, Readers } from "./readers.ts";
import {
  type DocumentAsked,
  type DocumentPart,
  GENERATION_NAMES,
  type SearchAnswer,
  type SearchAsked,
  type Stats,
} from "./shapes.ts";

/** Whoever asks has given up by then. */
const ANSWER_MS_MAX = 30_000;
/** For a model to be loaded. */
const WARM_MS_MAX = 60_000;
const HEALTH_MS_MAX = 5_000;
/** An embedder that has answered since then is there. */
const EMBEDDED_MS_MAX = 60_000;
const PROBE = "How do I open a file?";

/** What programs may ask the corpus, each answer within a limit of time. Throws what the corpus and the embedder throw. */
export class Knowledge {
  readonly #readers: Readers;
  readonly #clock: Clock;
  #embeddedAt = -Infinity;

  constructor(readers: Readers, clock: Clock) {
    this.#readers = readers;
    this.#clock = clock;
  }

  /** The passages that answer; a filter that no passage passes is an error that names what there is. */
  search(asked: SearchAsked, signal?: AbortSignal): Promise<SearchAnswer> {
    const { query, limit, source, doc_type: docType } = asked;
    const generation = asked.generation === undefined ? undefined : storedGeneration(asked.generation);
    return this.#ask(signal, ANSWER_MS_MAX, async ({ store, queries }, limited) => {
      const hits = await queries.find({ text: query, limit, generation, source, docType }, limited).catch((error) => {
        // Whatever it was: health asks again.
        this.#embeddedAt = -Infinity;
        throw error;
      });
      this.#embeddedAt = this.#clock.now();
      // One that the rules know may have no text yet.
      const isKnown = Object.values(GENERATION_NAMES).some((name) => name === generation);
      if (hits.length === 0)
        await requireFilter(store, { source, docType, generation: isKnown ? undefined : generation });
      return { query, results: hits.map(resultOf), count: hits.length, source_type_counts: countTypes(hits) };
    });
  }

  /** A document, or a part of one. */
  document(asked: DocumentAsked, signal?: AbortSignal): Promise<DocumentPart> {
    return this.#ask(signal, ANSWER_MS_MAX, async ({ store }) => {
      await modelOf(store);
      return readPart(store, asked);
    });
  }

  /** What the corpus consists of. */
  stats(signal?: AbortSignal): Promise<Stats> {
    return this.#ask(signal, ANSWER_MS_MAX, async ({ store }) => {
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
    return this.#ask(signal, msMax, async ({ store, queries }, limited) => {
      await modelOf(store);
      if (this.#clock.now() - this.#embeddedAt < EMBEDDED_MS_MAX) return;
      // Not the text of the last time, whose vector is known.
      await queries.embed(`${PROBE} ${this.#clock.now()}`, limited);
      this.#embeddedAt = this.#clock.now();
    });
  }

  /** The same for a server that begins: its embedder may be loading a model, and has loaded it for the first question. */
  warm(): Promise<void> {
    return this.health(undefined, WARM_MS_MAX);
  }

  /** Asks a reader of the corpus, and waits no longer than `ms`. */
  async #ask<Result>(
    signal: AbortSignal | undefined,
    ms: number,
    work: (reader: Reader, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    using patience = new Watchdog(this.#clock, signal);
    let asked: Reader | undefined;
    patience.limitTime(ms, () => tooLate(ms, asked));
    return await this.#readers.use((reader) => work((asked = reader), patience.signal), patience.signal);
  }
}

/** `reader`: the one that was asked; undefined when none was free. */
function tooLate(ms: number, reader: Reader | undefined): IngestError {
  const limit = `within ${ms / 1_000} s`;
  const late = (message: string, code: ErrorCode, hint: string) =>
    new IngestError(message, { decision: "retry", code, hint });
  if (reader === undefined)
    return late(`no answer ${limit}: others ask, too`, "database_busy", "ask again in a moment");
  const { store, queries } = reader;
  return queries.awaited === undefined
    ? late(
        `${store.description} has not answered ${limit}`,
        "database_timeout",
        "look for a session that locks its tables",
      )
    : late(`${queries.awaited} has not answered ${limit}`, "timeout", "a model that is being loaded answers by and by");
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
