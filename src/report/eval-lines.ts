import { z } from "zod";
import type { Comparison } from "../eval/compare.ts";
import { figuresOf, halvesOf, type Measured, metricsAt } from "../eval/figures.ts";
import type { Verdict } from "../eval/verdict.ts";
import { SEARCH_MODES } from "../store/store.ts";
import { jsonLine } from "./json.ts";

const text = z.string();
const count = z.int().nonnegative();
const share = z.number().min(0).max(1);
const ms = z.number().nonnegative();
const texts = z.array(text).readonly();
const mode = z.enum(SEARCH_MODES);
const of = z
  .enum(["corpus", "rebuild"])
  .describe("what was asked; `rebuild`: that of a `--clean --eval`, not swapped in yet");
const metrics = Object.fromEntries(metricsAt(Infinity).map(({ name }) => [name, share.optional()]));

/** What `eval` says with `--json`, a line each, with what it means. */
export const EVAL_LINES = [
  line("eval", "what was measured", {
    of,
    file: text.describe("the questions"),
    questions: count,
    k: count.describe("how many answers were looked at"),
    modes: z.array(mode).readonly(),
    database: text,
    embedder: text,
    model: text,
    dimensions: count,
    unanswerable: texts.describe("ids of questions that no chunk of the corpus answers; they count as missed"),
    refused: texts.describe(
      "ids of questions that the model refuses; hybrid asks by their words, in vector they count as missed",
    ),
    embeddingP50Ms: ms.nullable().describe("of embedding a question; null: nothing was embedded"),
    embeddingP95Ms: ms.nullable(),
    recall: share
      .nullable()
      .describe("the share of the `k` nearest chunks that the index finds; null: nothing was embedded"),
    nearestLost: count.nullable().describe("for how many questions the index does not find the nearest chunk"),
  }),
  line("figures", "the figures of all questions, or of those with a tag, in one mode", {
    of,
    tag: text.nullable().describe("null: all questions"),
    mode,
    questions: count,
    ...metrics,
    p50Ms: ms.nullable().describe("of a search, the question being embedded; null: none could be asked"),
    p95Ms: ms.nullable(),
  }),
  line("question", "what became of a question in one mode", {
    of,
    id: text,
    query: text,
    tags: texts,
    mode,
    rank: count.nullable().describe("of the first right answer; null: none is among the first `k`"),
    ndcg: share,
    ms: ms.nullable(),
    answers: texts.describe("`source_url`s, the best first"),
  }),
  line("baseline", "what is compared with", {
    made: text.describe("date and time"),
    file: text,
    database: text,
    embedder: text,
    model: text,
    dimensions: count,
    added: texts.describe("ids of questions that it does not have, and that are not compared"),
    gone: texts.describe("ids of questions that only it has"),
    changed: texts.describe("ids of questions that ask or expect something else there, and are not compared"),
    modesAdded: z.array(mode).readonly().describe("modes that it does not have"),
  }),
  line("comparison", "how one mode does, over the questions that the baseline has, too", {
    mode,
    questions: count,
    won: count.describe("the first right answer stands higher than before"),
    lost: count,
    equal: count,
    p: share.describe("of a two-sided sign test over what is not equal"),
    ...metrics,
    baseline: z.strictObject(metrics).describe("the same figures in the baseline"),
  }),
  line("loser", "a question that was answered better before", {
    mode,
    id: text,
    query: text,
    rankBefore: count.nullable(),
    rank: count.nullable(),
    answersBefore: texts,
    answers: texts,
  }),
  line("verdict", "the last line", {
    exitCode: count,
    belowFloor: z
      .array(z.strictObject({ mode: mode.nullable(), metric: text, value: share, least: share }))
      .readonly()
      .describe("figures below a `--min`"),
    belowBaseline: z
      .array(z.strictObject({ mode, metric: text, value: share, baseline: share }))
      .readonly()
      .describe("figures lower than in the baseline, by more than `--tolerance`"),
  }),
] as const;

type EvalLine = z.infer<(typeof EVAL_LINES)[number]>;

/** The lines of a measurement, all but the verdict. */
export function measuredLines(measured: Measured): string {
  const { of: asked, file, k, modes, database, identity, answered } = measured;
  const { embedding, recall } = halvesOf(measured);
  const unanswerable = answered.flatMap(({ isAnswerable, question }) => (isAnswerable ? [] : question.id));
  const refusedOnes = answered.flatMap(({ refused, question }) => (refused === undefined ? [] : question.id));
  const { provider: embedder, model, dimensions } = identity;
  return [
    evalLine({
      ...{ type: "eval", of: asked, file, questions: answered.length, k, modes, database, embedder, model, dimensions },
      ...{ unanswerable, refused: refusedOnes },
      ...{ embeddingP50Ms: rounded(embedding?.p50Ms), embeddingP95Ms: rounded(embedding?.p95Ms) },
      ...{ recall: rounded(recall?.share), nearestLost: recall?.nearestLost ?? null },
    }),
    ...figuresOf(measured).map(({ tag = null, mode: asIn, questions, means, times }) =>
      evalLine({
        ...{ type: "figures", of: asked, tag, mode: asIn, questions },
        ...roundedAll(means),
        ...{ p50Ms: rounded(times?.p50Ms), p95Ms: rounded(times?.p95Ms) },
      }),
    ),
    ...answered.flatMap(({ question: { id, query, tags }, outcomes }) =>
      [...outcomes].map(([asIn, { rank = null, ndcg, ms: took, answers }]) =>
        evalLine({
          type: "question",
          of: asked,
          id,
          query,
          tags,
          mode: asIn,
          rank,
          ndcg: round(ndcg),
          ms: rounded(took),
          answers,
        }),
      ),
    ),
  ].join("");
}

/** The lines of a comparison, all but the verdict. */
export function comparisonLines({ baseline, modes, ...others }: Comparison): string {
  const { made, file, database, identity } = baseline;
  const { provider: embedder, model, dimensions } = identity;
  return [
    evalLine({ type: "baseline", made, file, database, embedder, model, dimensions, ...others }),
    ...modes.map(({ mode: asIn, questions, won, lost, equal, p, before, now }) =>
      evalLine({
        ...{ type: "comparison", mode: asIn, questions, won, lost, equal, p: round(p) },
        ...{ ...roundedAll(now), baseline: roundedAll(before) },
      }),
    ),
    ...modes.flatMap(({ mode: asIn, losers }) =>
      losers.map(({ question: { id, query }, before, now }) =>
        evalLine({
          ...{ type: "loser", mode: asIn, id, query, rankBefore: before.rank ?? null, rank: now.rank ?? null },
          ...{ answersBefore: before.answers, answers: now.answers },
        }),
      ),
    ),
  ].join("");
}

export function verdictLine({ exitCode, belowFloor, belowBaseline }: Verdict): string {
  return evalLine({
    ...{ type: "verdict", exitCode },
    belowFloor: belowFloor.map((one) => ({ ...one, value: round(one.value) })),
    belowBaseline: belowBaseline.map((one) => ({ ...one, value: round(one.value), baseline: round(one.baseline) })),
  });
}

function roundedAll(values: Readonly<Record<string, number>>): Record<string, number> {
  // Of no questions there are no means.
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (Number.isNaN(value) ? [] : [[name, round(value)]])),
  );
}

function evalLine(value: EvalLine): string {
  return jsonLine(value);
}

function rounded(value: number | undefined): number | null {
  return value === undefined ? null : round(value);
}

function round(value: number): number {
  return Number(value.toFixed(6));
}

function line<const Type extends string, Fields extends z.ZodRawShape>(type: Type, meaning: string, fields: Fields) {
  return z.strictObject({ type: z.literal(type), ...fields }).describe(meaning);
}
