import { readEvalCases } from "../config/eval-cases.ts";
import { EVAL_SEED_DEFAULT } from "../config/flag-table.ts";
import type { Flags } from "../config/flags.ts";
import { unknownOf } from "../config/nearest.ts";
import { type Baseline, baselineOf } from "../eval/baseline.ts";
import type { EvalCase } from "../eval/eval-case.ts";
import { generateCases } from "../eval/generate.ts";
import { usageError } from "../flow/errors.ts";
import type { Share, Statistics, Store } from "../store/store.ts";
import { printable } from "../text/printable.ts";
import { BaselineFile } from "./baseline-file.ts";
import { readCorpus } from "./corpus.ts";
import { GeneratedFile } from "./generated-file.ts";
import {
  isComparable,
  measureCorpus,
  type Measuring,
  measuringOf,
  requireComparable,
  tellMeasured,
} from "./measuring.ts";
import { requireCorpusOf } from "./require-corpus.ts";
import type { World } from "./world.ts";

/**
 * Measures how well search finds what answers the questions of a file. Exit code 1: a figure is below its floor, or that
 * of the baseline.
 */
export async function evaluate(flags: Flags, words: readonly string[], world: World): Promise<number> {
  const [file = "", ...others] = words;
  if (others.length > 0) throw usageError(`eval takes one file of questions, not ${words.length}`);
  const made = flags.generate === undefined ? undefined : new GeneratedFile(file, world.cwd);
  await made?.requireNew();
  const cases = made === undefined ? readEvalCases(file, world.cwd) : [];
  const kept = flags.baseline === undefined ? undefined : new BaselineFile(flags.baseline, world.cwd);
  const baseline = kept && (await readBaseline(kept, measuringOf(file, cases, flags), flags));
  let exitCode = 0;
  await readCorpus(flags, world, async (store, { embedder }) => {
    await requireCorpusOf(store, flags, world);
    const asked = made === undefined ? cases : await generated(store, flags, world);
    const measuring = measuringOf(file, asked, flags);
    const measured = await measureCorpus(measuring, { of: "corpus", store, embedder, flags, world });
    await made?.write(asked);
    const missed = measured.answered.filter(({ isAnswerable }) => !isAnswerable).map(({ question }) => question);
    if (missed.length > 0 && !flags.quiet)
      for (const name of unknownNames(missed, await store.statistics()))
        world.stderr.write(`warning: ${printable(name)}\n`);
    const verdict = tellMeasured(measured, baseline, { ...measuring, flags, stdout: world.stdout });
    exitCode = verdict.exitCode;
    if (kept === undefined || !flags.updateBaseline) return;
    const stays = exitCode !== 0;
    if (!stays) await kept.write(baselineOf(measured, world.clock.date()));
    const lost = baseline?.modes.filter((mode) => !measuring.modes.includes(mode)) ?? [];
    const without = lost.length === 0 ? "" : `, without ${lost.join(" and ")}, which it had`;
    const became = stays ? "stays as it is: a figure is below its floor" : `written${without}`;
    if (!flags.quiet) world.stderr.write(`${kept.name} ${became}\n`);
  });
  return exitCode;
}

/** What is compared with. One that is to be replaced, and cannot be compared with, is not. */
async function readBaseline(
  kept: BaselineFile,
  measuring: Measuring,
  { updateBaseline }: Flags,
): Promise<Baseline | undefined> {
  if (!updateBaseline) return requireComparable(measuring, kept);
  const before = kept.read();
  await kept.requireWritable();
  return before !== undefined && isComparable(measuring, before) ? before : undefined;
}

async function generated(store: Store, flags: Flags, { stderr }: World): Promise<EvalCase[]> {
  const { generate: number = 0, seed = EVAL_SEED_DEFAULT } = flags;
  const cases = await generateCases(() => store.scan({ withContent: true }), { number, seed });
  const hint = "a question needs a page of several chunks, with headings or sentences that no other page has";
  if (cases.length === 0) throw usageError(`no question can be made of the corpus in ${store.description}`, hint);
  if (cases.length < number && !flags.quiet) {
    stderr.write(`only ${cases.length} questions could be made: ${hint}\n`);
  }
  return cases;
}

/** What questions name and the corpus has not, each said once with the name that was probably meant. */
function unknownNames(
  cases: readonly EvalCase[],
  { bySource, byGeneration, byDocType }: Pick<Statistics, "bySource" | "byGeneration" | "byDocType">,
): string[] {
  const found = new Set<string>();
  for (const { id, source, generation, expect, ignore } of cases) {
    const look = (noun: string, shares: readonly Share[], given: readonly (string | undefined)[]) => {
      const known = shares.flatMap(({ name }) => (name === "" ? [] : [name]));
      const isKnown = (word: string) => known.some((name) => name.toLowerCase() === word.toLowerCase());
      for (const word of given)
        if (word !== undefined && !isKnown(word)) found.add(`question "${id}": ${unknownOf(noun, word, known)}`);
    };
    const expected = [...expect, ...ignore];
    look("source", bySource, [source, ...expected.map((one) => one.source)]);
    look("generation", byGeneration, [generation, ...expected.flatMap(({ generations = [] }) => generations)]);
    look(
      "document type",
      byDocType,
      expected.map(({ docType }) => docType),
    );
  }
  return [...found];
}
