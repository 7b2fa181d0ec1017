import type { SearchMode } from "../store/store.ts";
import { asksOf, type Baseline, type FoundBefore } from "./baseline.ts";
import type { EvalCase } from "./eval-case.ts";
import { type Measured, meansOf } from "./figures.ts";
import { signTest } from "./metrics.ts";

/** A question that was answered better before. */
type Loser = {
  readonly question: EvalCase;
  readonly before: FoundBefore;
  readonly now: FoundBefore;
};

/** How one mode does against the baseline, over the questions that both have. */
export type ModeComparison = {
  readonly mode: SearchMode;
  readonly questions: number;
  /** The first right answer stands higher, lower, and where it stood. */
  readonly won: number;
  readonly lost: number;
  readonly equal: number;
  /** Of the sign test: how likely that, or something more unequal, is if neither is better. */
  readonly p: number;
  /** By the name of the metric. */
  readonly before: Readonly<Record<string, number>>;
  readonly now: Readonly<Record<string, number>>;
  /** Those that lost most first. */
  readonly losers: readonly Loser[];
};

export type Comparison = {
  readonly baseline: Baseline;
  readonly modes: readonly ModeComparison[];
  /** Modes that the baseline does not have. */
  readonly modesAdded: readonly SearchMode[];
  /** Ids of questions that are not compared: the baseline does not have them, has others besides, or asked something else. */
  readonly added: readonly string[];
  readonly gone: readonly string[];
  readonly changed: readonly string[];
};

/** A figure that is lower than in the baseline, by more than is tolerated. */
export type Drop = {
  readonly mode: SearchMode;
  readonly metric: string;
  readonly value: number;
  readonly baseline: number;
};

/** Sums of floating point do not come out the same in another order. */
const ROUNDING = 1e-9;

export function compare({ answered, modes, k }: Measured, baseline: Baseline): Comparison {
  const { questions, modes: modesBefore } = baseline;
  const ids = new Set(answered.map(({ question }) => question.id));
  const known = answered.filter(({ question }) => questions.has(question.id));
  const same = known.filter(({ question }) => questions.get(question.id)?.asks === asksOf(question));
  return {
    baseline,
    modes: modes.flatMap((mode) => {
      if (!modesBefore.includes(mode)) return [];
      const pairs = same.flatMap(({ question, outcomes }) => {
        const before = questions.get(question.id)?.found.get(mode);
        const now = outcomes.get(mode);
        return before === undefined || now === undefined ? [] : [{ question, before, now }];
      });
      return [compareMode(mode, pairs, k)];
    }),
    modesAdded: modes.filter((mode) => !modesBefore.includes(mode)),
    added: answered.flatMap(({ question: { id } }) => (questions.has(id) ? [] : [id])),
    gone: [...questions.keys()].filter((id) => !ids.has(id)),
    changed: known.filter((one) => !same.includes(one)).map(({ question }) => question.id),
  };
}

function compareMode(mode: SearchMode, pairs: readonly Loser[], k: number): ModeComparison {
  const gains = pairs.map((pair) => ({ pair, gain: placeOf(pair.now) - placeOf(pair.before) }));
  const won = gains.filter(({ gain }) => gain > 0).length;
  const losses = gains.filter(({ gain }) => gain < 0);
  return {
    ...{ mode, questions: pairs.length, won, lost: losses.length, equal: pairs.length - won - losses.length },
    p: signTest(won, losses.length),
    before: meansOf(
      pairs.map((pair) => pair.before),
      k,
    ),
    now: meansOf(
      pairs.map((pair) => pair.now),
      k,
    ),
    losers: losses.toSorted((a, b) => a.gain - b.gain).map(({ pair }) => pair),
  };
}

/** Higher is better; what is not found is below all else. */
function placeOf({ rank }: FoundBefore): number {
  return rank === undefined ? 0 : 1 / rank;
}

export function dropsOf({ modes }: Comparison, tolerance: number): Drop[] {
  return modes.flatMap(({ mode, questions, before, now }) =>
    Object.entries(questions === 0 ? {} : now).flatMap(([metric, value]) => {
      const was = before[metric] ?? 0;
      return value < was - tolerance - ROUNDING ? [{ mode, metric, value, baseline: was }] : [];
    }),
  );
}
