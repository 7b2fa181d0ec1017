import type { Flags } from "../config/flags.ts";
import { type Baseline, baselineOf } from "../eval/baseline.ts";
import { usageError } from "../flow/errors.ts";
import { BaselineFile } from "./baseline-file.ts";
import { readCorpus } from "./corpus.ts";
import { isComparable, measureCorpus, planMeasuring, requireComparable, tellMeasured } from "./measuring.ts";
import { requireCorpusOf } from "./require-corpus.ts";
import type { World } from "./world.ts";

/**
 * Measures how well search finds what answers the questions of a file. Exit code 1: a figure is below its floor, or that
 * of the baseline.
 */
export async function evaluate(flags: Flags, words: readonly string[], world: World): Promise<number> {
  const [file = "", ...others] = words;
  if (others.length > 0) throw usageError(`eval takes one file of questions, not ${words.length}`);
  const measuring = planMeasuring(file, flags, world);
  const kept = flags.baseline === undefined ? undefined : new BaselineFile(flags.baseline, world.cwd);
  let baseline: Baseline | undefined;
  if (kept !== undefined && flags.updateBaseline) {
    const before = kept.read();
    await kept.requireWritable();
    baseline = before !== undefined && isComparable(measuring, before) ? before : undefined;
  } else if (kept !== undefined) {
    baseline = requireComparable(measuring, kept);
  }
  let exitCode = 0;
  await readCorpus(flags, world, async (store, { embedder }) => {
    await requireCorpusOf(store, flags, world);
    const measured = await measureCorpus(measuring, { of: "corpus", store, embedder, flags, world });
    const verdict = tellMeasured(measured, baseline, { ...measuring, flags, stdout: world.stdout });
    exitCode = verdict.exitCode;
    if (kept === undefined || !flags.updateBaseline) return;
    const stays = exitCode !== 0;
    if (!stays) await kept.write(baselineOf(measured, world.clock.date()));
    if (!flags.quiet)
      world.stderr.write(`${kept.name} ${stays ? "stays as it is: a figure is below its floor" : "written"}\n`);
  });
  return exitCode;
}
