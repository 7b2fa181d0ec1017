import { z } from "zod";
import type { Figures, Halves } from "../eval/figures.ts";
import { metricsAt } from "../eval/figures.ts";
import type { Shortfall } from "../eval/floors.ts";
import type { Answered } from "../eval/measure.ts";
import { type ModelIdentity, SEARCH_MODES, type SearchMode } from "../store/store.ts";
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
    p50Ms: ms.describe("of a search, the question being embedded"),
    p95Ms: ms,
  }),
  line("question", "what became of a question in one mode", {
    of,
    id: text,
    query: text,
    tags: texts,
    mode,
    rank: count.nullable().describe("of the first right answer; null: none is among the first `k`"),
    ndcg: share,
    ms,
    answers: texts.describe("`source_url`s, the best first"),
  }),
  line("verdict", "the last line", {
    exitCode: count,
    belowFloor: z
      .array(z.strictObject({ mode: mode.nullable(), metric: text, value: share, least: share }))
      .readonly()
      .describe("figures below a `--min`"),
  }),
] as const;

type EvalLine = z.infer<(typeof EVAL_LINES)[number]>;

/** What was measured, and where. */
export type Measured = {
  readonly of: z.infer<typeof of>;
  readonly file: string;
  readonly k: number;
  readonly modes: readonly SearchMode[];
  readonly database: string;
  readonly identity: ModelIdentity;
  readonly answered: readonly Answered[];
  readonly figures: readonly Figures[];
  readonly halves: Halves;
};

/** The lines of a measurement, all but the verdict. */
export function measuredLines(measured: Measured): string {
  const { of: asked, file, k, modes, database, identity, answered, figures, halves } = measured;
  const { embedding, recall } = halves;
  const unanswerable = answered.flatMap(({ isAnswerable, question }) => (isAnswerable ? [] : question.id));
  const { provider: embedder, model, dimensions } = identity;
  return [
    evalLine({
      ...{ type: "eval", of: asked, file, questions: answered.length, k, modes, database, embedder, model, dimensions },
      ...{ unanswerable, embeddingP50Ms: rounded(embedding?.p50Ms), embeddingP95Ms: rounded(embedding?.p95Ms) },
      ...{ recall: rounded(recall?.share), nearestLost: recall?.nearestLost ?? null },
    }),
    ...figures.map(({ tag = null, mode: asIn, questions, means, p50Ms, p95Ms }) =>
      evalLine({
        ...{ type: "figures", of: asked, tag, mode: asIn, questions },
        ...Object.fromEntries(Object.entries(means).map(([name, value]) => [name, round(value)])),
        ...{ p50Ms: round(p50Ms), p95Ms: round(p95Ms) },
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
          ms: round(took),
          answers,
        }),
      ),
    ),
  ].join("");
}

export function verdictLine(exitCode: number, below: readonly Shortfall[]): string {
  const belowFloor = below.map((one) => ({ ...one, value: round(one.value) }));
  return jsonLine({ type: "verdict", exitCode, belowFloor });
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
