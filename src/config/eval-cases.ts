import { resolve } from "node:path";
import { z } from "zod";
import type { EvalCase, Expectation } from "../eval/eval-case.ts";
import { usageError } from "../flow/errors.ts";
import { hasWord } from "../text/words.ts";
import { unknownOf } from "./nearest.ts";
import { isTable, listedProblems, placedValues } from "./placed-values.ts";
import { shownValue } from "./problems.ts";
import { readTextFile } from "./text-file.ts";

const FILE_BYTES_MAX = 64_000_000;

const text = (allowed = "a text that is not empty") =>
  z
    .union([z.string(), z.number(), z.boolean()], allowed)
    .transform((value) => String(value).trim())
    .refine((value) => value !== "", allowed);
const perhaps = <Output>(schema: z.ZodType<Output>) => schema.nullish().transform((value) => value ?? undefined);
/** One, or a list of them. */
const several = <Output>(schema: z.ZodType<Output>) =>
  z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(schema));

const anExpectation = "a table with at least one of its keys";
const expectationShape = z
  .strictObject(
    {
      source_url: perhaps(text()),
      url_contains: perhaps(text()),
      title_contains: perhaps(text()),
      content_contains: perhaps(text()),
      doc_type: perhaps(text()),
      generation: perhaps(text()),
      generations_contains: perhaps(several(text())),
      source: perhaps(text()),
    },
    anExpectation,
  )
  .refine((keys) => Object.values(keys).some((value) => value !== undefined), anExpectation);
const expectations = several(expectationShape).refine((list) => list.length > 0, "a list of what is expected");
const A_QUESTION = "the question, a text with a word";
const shared = {
  query: text(A_QUESTION).refine(hasWord, A_QUESTION),
  generation: perhaps(text("the name of a generation")),
  source: perhaps(text("the name of a source")),
  tags: perhaps(several(text("a text, or a list of texts"))),
};
const caseShape = z.strictObject(
  {
    id: text("a text that no other question has"),
    ...shared,
    expect: expectations,
    ignore: perhaps(several(expectationShape)),
  },
  "a table with id, query and expect",
);
/** As in the readers' own file, in a list under `validation_cases`. */
const validationCaseShape = z.object(
  {
    id: perhaps(text()),
    ...shared,
    search_type: perhaps(text("a text, e.g. hybrid")),
    expected: expectations,
  },
  "a table with query and expected",
);

/**
 * Reads the questions of a file: JSON Lines, JSON, or YAML; a list of them, or one under `validation_cases`. Throws one
 * usage error that names all that is wrong. `path` is relative to `cwd`.
 */
export function readEvalCases(path: string, cwd: string): EvalCase[] {
  const content = readTextFile(resolve(cwd, path), path, { bytesMax: FILE_BYTES_MAX });
  const hint =
    'each question has id, query and expect, e.g. {"id": "1", "query": "...", "expect": [{"url_contains": "..."}]}';
  if (content === undefined) throw usageError(`${path} does not exist`, hint);
  const { placed, isValidation } = placedValues(content, path);
  if (placed.length === 0) throw usageError(`${path} has no questions`, hint);
  const read = placed.map(({ value, place }) => ({
    place,
    ...(isValidation ? checkValidation(value) : checkCase(value)),
  }));
  const problems = read.flatMap(({ place, value, problems: own }) =>
    own.map((problem) => `${place}${idOf(value)}: ${problem}`),
  );
  const cases = read.flatMap(({ found }) => found ?? []);
  if (!isValidation) problems.push(...sameIds(read));
  if (problems.length > 0) throw listedProblems(path, problems);
  return isValidation ? withIds(cases) : cases;
}

/** Questions as JSON Lines, which `readEvalCases` reads. */
export function evalCasesText(cases: readonly EvalCase[]): string {
  return cases
    .map(({ expect, ignore, tags, ...one }) => {
      const others = { expect: expect.map(keysOf), ignore: ignore.length > 0 ? ignore.map(keysOf) : undefined };
      return `${JSON.stringify({ ...one, ...others, tags })}\n`;
    })
    .join("");
}

function keysOf(expectation: Expectation): z.input<typeof expectationShape> {
  const { sourceUrl, urlContains, titleContains, contentContains, docType, generations, source } = expectation;
  return {
    ...{ source_url: sourceUrl, url_contains: urlContains, title_contains: titleContains },
    ...{ content_contains: contentContains, doc_type: docType, generations_contains: generations, source },
  };
}

type Checked = { readonly value: unknown; readonly found?: EvalCase; readonly problems: readonly string[] };

function checkCase(value: unknown): Checked {
  const { data, error } = caseShape.safeParse(value);
  if (error !== undefined) return { value, problems: problemsOf(error, value) };
  return { value, found: caseOf(data), problems: [] };
}

function checkValidation(value: unknown): Checked {
  const { data, error } = validationCaseShape.safeParse(value);
  if (error !== undefined) return { value, problems: problemsOf(error, value) };
  const { id = "", search_type: type, expected: expect, tags = [], ...asked } = data;
  return {
    value,
    found: caseOf({ ...asked, id, expect, ignore: [], tags: [...tags, type ?? []].flat() }),
    problems: [],
  };
}

function caseOf({
  id,
  query,
  expect,
  ignore = [],
  generation,
  source,
  tags = [],
}: z.infer<typeof caseShape>): EvalCase {
  return { id, query, expect: expect.map(expectationOf), ignore: ignore.map(expectationOf), generation, source, tags };
}

function expectationOf(keys: z.infer<typeof expectationShape>): Expectation {
  const { source_url: sourceUrl, url_contains: urlContains, title_contains: titleContains, source } = keys;
  const { content_contains: contentContains, doc_type: docType, generation, generations_contains: more = [] } = keys;
  const generations = [...(generation === undefined ? [] : [generation]), ...more];
  return { sourceUrl, urlContains, titleContains, contentContains, docType, source, generations };
}

function problemsOf({ issues }: z.ZodError, value: unknown): string[] {
  // One line a key, however many of its rules the value breaks.
  const problems = new Map<string, string>();
  /** Where a key is unknown it may be the one that seems to be missing. */
  const misspelt = new Set<string>();
  for (const issue of issues) {
    const path = issue.path.reduce<string>(
      (all, key) => (typeof key === "number" ? `${all}[${key}]` : `${all}${all && "."}${String(key)}`),
      "",
    );
    if (issue.code === "unrecognized_keys") {
      misspelt.add(path);
      const known = Object.keys(path === "" ? caseShape.shape : expectationShape.shape);
      for (const key of issue.keys)
        problems.set(`${path} ${key}`, `${path && `${path}: `}${unknownOf("key", key, known)}`);
      continue;
    }
    if (misspelt.has(path)) continue;
    const given = issue.path.reduce<unknown>(
      (inner, key) => (isTable(inner) ? Reflect.get(inner, key) : undefined),
      value,
    );
    const not = typeof given === "object" ? "" : `, not ${shownValue(given)}`;
    problems.set(
      path,
      given === undefined
        ? `${path} is missing: it must be ${issue.message}`
        : `${path || "it"} must be ${issue.message}${not}`,
    );
  }
  return [...problems.values()];
}

function idOf(value: unknown): string {
  if (!isTable(value)) return "";
  const name = value.id ?? value.query;
  return typeof name === "string" || typeof name === "number" ? ` (${shownValue(name)})` : "";
}

function sameIds(read: readonly (Checked & { readonly place: string })[]): string[] {
  const first = new Map<string, string>();
  return read.flatMap(({ found, place }) => {
    if (found === undefined) return [];
    const before = first.get(found.id);
    if (before === undefined) first.set(found.id, place);
    return before === undefined ? [] : [`${place}: the id ${shownValue(found.id)} is that of ${before}, too`];
  });
}

/** Questions without an id have their text as one. */
function withIds(cases: readonly EvalCase[]): EvalCase[] {
  const taken = new Set<string>();
  return cases.map((one) => {
    const name = one.id || one.query;
    let id = name;
    for (let count = 2; taken.has(id); count++) id = `${name} (${count})`;
    taken.add(id);
    return { ...one, id };
  });
}
