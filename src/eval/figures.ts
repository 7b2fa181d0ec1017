import type { ModelIdentity, SearchMode } from "../store/store.ts";
import type { Answered, Outcome } from "./measure.ts";
import { hitAt, mean, percentile, reciprocalRank } from "./metrics.ts";

/** What is said of answers, from 0 to 1, the mean over questions. */
type Metric = { readonly name: string; readonly of: (outcome: Place) => number };

/** Of an outcome, what metrics are made of. */
type Place = Pick<Outcome, "rank" | "ndcg">;

const HIT_DEPTHS = [1, 3, 5, 10];

/** The metrics of rankings that are `k` long. */
export function metricsAt(k: number): readonly Metric[] {
  return [
    ...HIT_DEPTHS.filter((depth) => depth <= k).map((depth) => ({
      name: `hit@${depth}`,
      of: ({ rank }: Place) => hitAt(rank, depth),
    })),
    { name: "mrr", of: ({ rank }) => reciprocalRank(rank) },
    { name: "ndcg", of: ({ ndcg }) => ndcg },
  ];
}

/** The figures of the questions with one tag, or of all of them, in one mode. */
export type Figures = {
  /** Undefined: all questions. */
  readonly tag: string | undefined;
  readonly mode: SearchMode;
  readonly questions: number;
  /** By the name of the metric. */
  readonly means: Readonly<Record<string, number>>;
  /** Undefined where none could be asked. */
  readonly times: Times | undefined;
};

/** Half of what was timed took no longer than the first, 19 of 20 no longer than the second. */
type Times = { readonly p50Ms: number; readonly p95Ms: number };

/** A measurement, and what it is of. */
export type Measured = {
  readonly of: "corpus" | "rebuild";
  /** Of the questions, as it was given. */
  readonly file: string;
  readonly k: number;
  readonly modes: readonly SearchMode[];
  readonly database: string;
  readonly identity: ModelIdentity;
  readonly answered: readonly Answered[];
};

/** All questions first, then the tags in the order in which they occur, each in every mode. */
export function figuresOf({ answered, modes, k }: Pick<Measured, "answered" | "modes" | "k">): Figures[] {
  const tags = new Set(answered.flatMap(({ question }) => question.tags));
  return [undefined, ...tags].flatMap((tag) => {
    const some = answered.filter(({ question }) => tag === undefined || question.tags.includes(tag));
    return modes.map((mode) => {
      const outcomes = some.flatMap((one) => one.outcomes.get(mode) ?? []);
      const times = timesOf(outcomes.map(({ ms }) => ms));
      return { tag, mode, questions: outcomes.length, means: meansOf(outcomes, k), times };
    });
  });
}

/** The mean of each metric. */
export function meansOf(outcomes: readonly Place[], k: number): Record<string, number> {
  return Object.fromEntries(metricsAt(k).map(({ name, of }) => [name, mean(outcomes.map(of))]));
}

function timesOf(measured: readonly (number | undefined)[]): Times | undefined {
  const times = measured.filter((ms) => ms !== undefined);
  return times.length === 0 ? undefined : { p50Ms: percentile(times, 0.5), p95Ms: percentile(times, 0.95) };
}

/** How the index and the embedder did. */
export type Halves = {
  /** Undefined where nothing was embedded. */
  readonly embedding: Times | undefined;
  /** The mean share of what a scan of all vectors finds, and for how many questions the nearest chunk was not found. */
  readonly recall: { readonly share: number; readonly nearestLost: number; readonly questions: number } | undefined;
};

export function halvesOf({ answered }: Pick<Measured, "answered">): Halves {
  const recalls = answered.flatMap(({ recall }) => recall ?? []);
  const nearestLost = recalls.filter(({ isNearestLost }) => isNearestLost).length;
  return {
    embedding: timesOf(answered.map(({ embedMs }) => embedMs)),
    recall:
      recalls.length === 0
        ? undefined
        : { share: mean(recalls.map(({ share }) => share)), nearestLost, questions: recalls.length },
  };
}
