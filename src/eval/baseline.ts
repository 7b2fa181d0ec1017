import { z } from "zod";
import { type ModelIdentity, SEARCH_MODES, type SearchMode } from "../store/store.ts";
import { parseJson } from "../text/parse-json.ts";
import type { EvalCase } from "./eval-case.ts";
import type { Measured } from "./figures.ts";

const FORMAT = "bbj-ingest-all eval baseline";
/** Raised when a file of before could not be compared with any more. */
const VERSION = 1;

/** Of each question and mode; what stands further below says little. */
const ANSWERS_KEPT_MAX = 20;

const foundShape = z.strictObject({
  rank: z.int().positive().nullable(),
  ndcg: z.number(),
  answers: z.array(z.string()),
});
const baselineShape = z.object({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  made: z.string(),
  file: z.string(),
  k: z.int().positive(),
  modes: z.array(z.enum(SEARCH_MODES)),
  database: z.string(),
  embedder: z.string(),
  model: z.string(),
  dimensions: z.int(),
  documentPrefix: z.string().optional(),
  questions: z.array(
    z.object({ id: z.string(), asks: z.string(), found: z.partialRecord(z.enum(SEARCH_MODES), foundShape) }),
  ),
});

/** What a corpus answered to a question before. */
export type FoundBefore = {
  readonly rank: number | undefined;
  readonly ndcg: number;
  readonly answers: readonly string[];
};

/** What a measurement is compared with: an earlier one, or one of another corpus. */
export type Baseline = {
  /** Date and time. */
  readonly made: string;
  readonly file: string;
  readonly k: number;
  readonly modes: readonly SearchMode[];
  readonly database: string;
  readonly identity: ModelIdentity;
  /** By id. `asks`: a mark of the question and what it expects. */
  readonly questions: ReadonlyMap<
    string,
    { readonly asks: string; readonly found: ReadonlyMap<SearchMode, FoundBefore> }
  >;
};

export function baselineOf({ file, k, modes, database, identity, answered }: Measured, made: Date): Baseline {
  const questions = new Map(
    answered.map(({ question, outcomes }) => [question.id, { asks: asksOf(question), found: outcomes }]),
  );
  return { made: made.toISOString(), file, k, modes, database, identity, questions };
}

/** Tells a question from another of its id. */
export function asksOf({ query, expect, ignore, generation, source }: EvalCase): string {
  return new Bun.CryptoHasher("sha256")
    .update(JSON.stringify([query, expect, ignore, generation, source]))
    .digest("hex")
    .slice(0, 12);
}

/** JSON with a line for each question, so that a diff shows what has changed. */
export function baselineText({ questions, identity, ...about }: Baseline): string {
  const { provider: embedder, ...model } = identity;
  const head = Object.entries({ format: FORMAT, version: VERSION, ...about, embedder, ...model });
  const lines = [...questions].map(([id, { asks, found }]) => {
    const each = [...found].map(([mode, { rank = null, ndcg, answers }]) => [
      mode,
      { rank, ndcg: Number(ndcg.toFixed(6)), answers: answers.slice(0, ANSWERS_KEPT_MAX) },
    ]);
    return JSON.stringify({ id, asks, found: Object.fromEntries(each) });
  });
  const fields = head
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`)
    .join("");
  return `{\n${fields}  "questions": [\n    ${lines.join(",\n    ")}\n  ]\n}\n`;
}

/** Undefined when it is not what `baselineText` writes. */
export function parseBaseline(text: string): Baseline | undefined {
  const { data } = baselineShape.safeParse(parseJson(text));
  if (data === undefined) return undefined;
  const { made, file, k, modes, database, embedder: provider, model, dimensions, documentPrefix, questions } = data;
  return {
    ...{ made, file, k, modes, database, identity: { provider, model, dimensions, documentPrefix } },
    questions: new Map(
      questions.map(({ id, asks, found }) => [
        id,
        {
          asks,
          found: new Map(
            SEARCH_MODES.flatMap((mode): [SearchMode, FoundBefore][] => {
              const { [mode]: one } = found;
              return one === undefined ? [] : [[mode, { ...one, rank: one.rank ?? undefined }]];
            }),
          ),
        },
      ]),
    ),
  };
}
