import { EVAL_K_DEFAULT, EVAL_TOLERANCE_DEFAULT } from "../config/flag-table.ts";
import type { Flags } from "../config/flags.ts";
import type { EmbedderSettings } from "../embed/registry.ts";
import { asksOf, type Baseline } from "../eval/baseline.ts";
import { compare } from "../eval/compare.ts";
import type { EvalCase } from "../eval/eval-case.ts";
import type { Measured } from "../eval/figures.ts";
import { readFloors } from "../eval/floors.ts";
import { measure } from "../eval/measure.ts";
import { type Standard, type Verdict, verdictOf } from "../eval/verdict.ts";
import { fatalError, type Hint, type IngestError, usageError } from "../flow/errors.ts";
import { comparisonLines, measuredLines, verdictLine } from "../report/eval-lines.ts";
import { comparisonText, measuredText, verdictText } from "../report/eval-report.ts";
import { sameIdentity } from "../store/model-identity.ts";
import { SEARCH_MODES, type SearchMode, type Store } from "../store/store.ts";
import type { BaselineFile } from "./baseline-file.ts";
import { CorpusQueries, type Question } from "./corpus-queries.ts";
import { modelOf } from "./corpus.ts";
import type { World } from "./world.ts";

/** A line on how far it is, that often. */
const PROGRESS_MS = 10_000;

/** What is to be asked, and what the answers are held against. */
export type Measuring = {
  /** As it was given. */
  readonly file: string;
  readonly cases: readonly EvalCase[];
  readonly k: number;
  readonly modes: readonly SearchMode[];
  readonly standard: Standard;
};

/** What flags say of it. */
export function measuringOf(file: string, cases: readonly EvalCase[], flags: Flags): Measuring {
  const {
    k = EVAL_K_DEFAULT,
    mode: modes = SEARCH_MODES,
    tolerance = EVAL_TOLERANCE_DEFAULT,
    min = [],
    updateBaseline = false,
  } = flags;
  return {
    file,
    cases,
    k,
    modes,
    standard: { floors: readFloors(min), tolerance, accepts: updateBaseline },
  };
}

/** The baseline of a file. Throws a usage error when there is none, or nothing to compare. */
export function requireComparable(measuring: Measuring, kept: BaselineFile): Baseline {
  const baseline = kept.read();
  const hint: Hint = (call) =>
    `make one of what is found now: ${call.again(["eval", measuring.file, `--baseline=${kept.name}`, "--update-baseline"])}`;
  if (baseline === undefined) throw usageError(`${kept.name} does not exist`, hint);
  const problem = comparingProblem(measuring, baseline);
  if (problem !== undefined) throw usageError(`${kept.name} ${problem}`, hint);
  return baseline;
}

export function isComparable(measuring: Measuring, baseline: Baseline): boolean {
  return comparingProblem(measuring, baseline) === undefined;
}

function comparingProblem({ cases, k, modes }: Measuring, baseline: Baseline): string | undefined {
  if (baseline.k !== k) return `was made with --k ${baseline.k}, this is --k ${k}`;
  if (!modes.some((mode) => baseline.modes.includes(mode))) {
    return `has none of the modes ${modes.join(", ")}, only ${baseline.modes.join(", ")}`;
  }
  const known = cases.filter(({ id }) => baseline.questions.has(id));
  if (known.length === 0) return "has none of these questions";
  const isSame = known.some((question) => baseline.questions.get(question.id)?.asks === asksOf(question));
  return isSame ? undefined : "has these questions, but asks something else in all of them";
}

type Asked = {
  readonly of: Measured["of"];
  readonly store: Store;
  readonly embedder: EmbedderSettings;
  readonly flags: Flags;
  readonly world: Pick<World, "clock" | "stderr">;
  readonly signal?: AbortSignal;
};

/** Asks a corpus all of it, with the model that the corpus was made with. */
export async function measureCorpus({ file, cases, k, modes }: Measuring, asked: Asked): Promise<Measured> {
  const { of, store, embedder, flags, world, signal } = asked;
  const identity = await modelOf(store);
  const queries = new CorpusQueries((work) => work(store), { embedder, clock: world.clock });
  const corpus = {
    embed: (text: string) => queries.embed(text, signal),
    find: (question: Question) => queries.find(question, signal),
    scan: store.scan,
  };
  // No question is to take as long as the first one would.
  if (modes.some((mode) => mode !== "text")) await queries.probe(signal);
  const onAnswer = progress(flags, world, cases.length);
  const answered = await measure(cases, corpus, { modes, k, clock: world.clock, onAnswer, ...(signal && { signal }) });
  if (!sameIdentity((await store.inspect()).identity, identity)) throw replacedMeanwhile(store.description);
  return { of, file, k, modes, database: store.description, identity, answered };
}

/** Half of the figures are of one corpus, half of another. */
function replacedMeanwhile(description: string): IngestError {
  const message = `a rebuild with another model was swapped in while the corpus in ${description} was measured`;
  return fatalError("model_mismatch", message, "measure again");
}

/** Prints a measurement. */
export function tellOnly(measured: Measured, { json = false, verbose = false }: Flags, stdout: World["stdout"]): void {
  const { columns: width } = stdout;
  stdout.write(json ? measuredLines(measured) : measuredText(measured, { verbose, width }));
}

/** Prints a measurement, and what it is compared with, and says whether it is good enough. */
export function tellMeasured(
  measured: Measured,
  baseline: Baseline | undefined,
  {
    standard,
    flags,
    stdout,
  }: Pick<Measuring, "standard"> & { readonly flags: Flags; readonly stdout: World["stdout"] },
): Verdict {
  const comparison = baseline === undefined ? undefined : compare(measured, baseline);
  const verdict = verdictOf(measured, comparison, standard);
  tellOnly(measured, flags, stdout);
  if (flags.json) {
    if (comparison !== undefined) stdout.write(comparisonLines(comparison));
    stdout.write(verdictLine(verdict));
    return verdict;
  }
  if (comparison !== undefined) stdout.write(comparisonText(measured, comparison, stdout.columns));
  stdout.write(verdictText(verdict));
  return verdict;
}

/** Says on stderr how far it is, when it takes its time. */
function progress({ quiet }: Flags, { clock, stderr }: Asked["world"], questions: number): (answered: number) => void {
  let saidMs = clock.now();
  return (answered) => {
    if (quiet || clock.now() - saidMs < PROGRESS_MS) return;
    saidMs = clock.now();
    stderr.write(`${answered} of ${questions} questions asked\n`);
  };
}
