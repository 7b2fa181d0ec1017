import type { Clock } from "../flow/clock.ts";
import { IngestError } from "../flow/errors.ts";
import type { ScannedChunk, SearchHit, SearchMode, SearchRequest, Store } from "../store/store.ts";
import { Candidate, type EvalCase, matcher } from "./eval-case.ts";
import { normalizedGain } from "./metrics.ts";

/** A corpus that can be asked. */
export type AskedCorpus = {
  /** Makes the vector of the question that is asked next. */
  embed(text: string): Promise<unknown>;
  find(question: Omit<SearchRequest, "vector">): Promise<SearchHit[]>;
  readonly scan: Store["scan"];
};

export type MeasureOptions = {
  readonly modes: readonly SearchMode[];
  /** How many answers are looked at. */
  readonly k: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Told after each question. */
  readonly onAnswer?: ((answered: number) => void) | undefined;
};

/** What a corpus answered to a question in one mode. */
export type Outcome = {
  /** Of the first right answer, from 1; undefined when there is none among the first `k`. */
  readonly rank: number | undefined;
  /** nDCG@k over pages: what counts of a page is its first right chunk. */
  readonly ndcg: number;
  /** Of the search, the question being embedded; undefined where it could not be asked. */
  readonly ms: number | undefined;
  /** `source_url`s, the best first. */
  readonly answers: readonly string[];
};

/** How much of what a scan of all vectors finds the index finds. */
type Recall = {
  readonly share: number;
  /** The nearest chunk of all is not among the first `k`. */
  readonly isNearestLost: boolean;
};

export type Answered = {
  readonly question: EvalCase;
  /** The corpus has a chunk that is as expected. */
  readonly isAnswerable: boolean;
  readonly outcomes: ReadonlyMap<SearchMode, Outcome>;
  /** Why the model does not take the question: then hybrid asks by its words, as search does, and vector has missed it. */
  readonly refused: string | undefined;
  /** Undefined without a mode that embeds, and when the question is refused. */
  readonly embedMs: number | undefined;
  /** The same, and undefined when there is nothing to be found. */
  readonly recall: Recall | undefined;
};

/**
 * Texts that a question is asked without, as if the corpus did not have them: a residual collection, as of relevance feedback
 * (Salton and Buckley, JASIS 41(4), 1990). Of more of them the others are taken out of the answers.
 */
const IGNORED_MAX = 1_000;
/** Of texts that lie side by side any may come first: pgvector's index and a scan sum up in different orders. */
const COSINE_TOLERANCE = 1e-6;

/** Asks every question in every mode, one after the other. Throws what the corpus throws, but for a question that is refused. */
export async function measure(
  cases: readonly EvalCase[],
  corpus: AskedCorpus,
  { modes, k, clock, signal, onAnswer }: MeasureOptions,
): Promise<Answered[]> {
  const surveyed = await survey(cases, corpus, signal);
  const timed = async <Result>(work: () => Promise<Result>) => {
    const start = clock.now();
    const result = await work();
    return { result, ms: clock.now() - start };
  };
  const answered: Answered[] = [];
  for (const question of cases) {
    signal?.throwIfAborted();
    const { query: text, generation, source } = question;
    const { right, without } = surveyed.get(question) ?? { right: 0, without: [] };
    const asked = { text, generation, source, without, limit: k };
    const embeds = modes.some((mode) => mode !== "text");
    const embedding = embeds ? await timed(() => corpus.embed(text).then(() => undefined, refusal)) : undefined;
    const refused = embedding?.result;
    const outcomes = new Map<SearchMode, Outcome>();
    let near: SearchHit[] | undefined;
    for (const mode of modes) {
      const isMissed = refused !== undefined && mode === "vector";
      const askedIn = refused === undefined ? mode : "text";
      const found = isMissed ? undefined : await timed(() => corpus.find({ ...asked, mode: askedIn }));
      const hits = found?.result ?? [];
      if (mode === "vector") near = hits;
      outcomes.set(mode, { ...rankOf(question, hits, { right, k }), ms: found?.ms });
    }
    const isEmbedded = embeds && refused === undefined;
    const recall = isEmbedded ? await recallOf(corpus, asked, near) : undefined;
    const embedMs = isEmbedded ? embedding?.ms : undefined;
    answered.push({ question, isAnswerable: right > 0, outcomes, refused, embedMs, recall });
    onAnswer?.(answered.length);
  }
  return answered;
}

/** Why a text is refused; what is no matter of the text is thrown. */
function refusal(error: unknown): string {
  const isOfText = error instanceof IngestError && (error.decision === "split" || error.decision === "skip");
  if (!isOfText) throw error;
  return error.message;
}

type Surveyed = {
  /** How many pages have a right answer. */
  readonly right: number;
  /** Hashes of the texts that are passed over. */
  readonly without: readonly string[];
};

/** What the corpus has for each question, from one look at every chunk. */
async function survey(
  cases: readonly EvalCase[],
  corpus: AskedCorpus,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<EvalCase, Surveyed>> {
  const looks = cases.map((question) => ({
    ...{ question, isExpected: matcher(question.expect), isIgnored: matcher(question.ignore) },
    ...{ pages: new Set<string>(), without: new Set<string>() },
  }));
  const withContent = cases.some(({ expect, ignore }) =>
    [...expect, ...ignore].some((one) => one.contentContains !== undefined),
  );
  for await (const chunks of corpus.scan({ withContent })) {
    signal?.throwIfAborted();
    for (const chunk of chunks) {
      const candidate = new Candidate(chunk);
      for (const { question, isExpected, isIgnored, pages, without } of looks) {
        if (!isAskedOf(question, chunk)) continue;
        if (isIgnored(candidate)) without.add(chunk.contentHash);
        else if (isExpected(candidate)) pages.add(pageOf(chunk));
      }
    }
  }
  return new Map(
    looks.map(({ question, pages, without }) => [
      question,
      { right: pages.size, without: [...without].slice(0, IGNORED_MAX) },
    ]),
  );
}

function isAskedOf({ generation, source }: EvalCase, chunk: ScannedChunk): boolean {
  if (source !== undefined && chunk.sourceName !== source) return false;
  return generation === undefined || chunk.generations.includes(generation);
}

function pageOf({ sourceName, sourceUrl }: Pick<ScannedChunk, "sourceName" | "sourceUrl">): string {
  return `${sourceName}\n${sourceUrl}`;
}

/** The place of what is right, in a ranking without what is to be passed over. */
function rankOf(
  { expect, ignore }: EvalCase,
  hits: readonly SearchHit[],
  { right, k }: { readonly right: number; readonly k: number },
): Omit<Outcome, "ms"> {
  const [isExpected, isIgnored] = [matcher(expect), matcher(ignore)];
  const ranked = hits.filter((hit) => !isIgnored(new Candidate(hit)));
  const ranks = new Map<string, number>();
  for (const [index, hit] of ranked.entries()) {
    if (!ranks.has(pageOf(hit)) && isExpected(new Candidate(hit))) ranks.set(pageOf(hit), index + 1);
  }
  const [rank] = ranks.values();
  return {
    rank,
    ndcg: normalizedGain([...ranks.values()], right, k),
    answers: ranked.map(({ sourceUrl }) => sourceUrl),
  };
}

/**
 * By distance, not by text: whatever is as near as what the scan found is as good (as in Aumüller, Bernhardsson and
 * Faithfull, ANN-Benchmarks, Information Systems 87, 2020).
 */
async function recallOf(
  corpus: AskedCorpus,
  asked: Omit<SearchRequest, "vector">,
  near: readonly SearchHit[] | undefined,
): Promise<Recall | undefined> {
  const exact = await corpus.find({ ...asked, mode: "vector", exact: true });
  const found = near ?? (await corpus.find({ ...asked, mode: "vector" }));
  const [nearest, farthest] = [exact[0]?.cosine, exact.at(-1)?.cosine];
  if (typeof nearest !== "number" || typeof farthest !== "number") return undefined;
  const within = (bound: number) =>
    found.filter(({ cosine }) => cosine !== null && cosine >= bound - COSINE_TOLERANCE).length;
  return { share: Math.min(within(farthest) / exact.length, 1), isNearestLost: within(nearest) === 0 };
}
