import { readEvalCases } from "../config/eval-cases.ts";
import type { Flags } from "../config/flags.ts";
import type { EmbedderSettings } from "../embed/registry.ts";
import { type Baseline, baselineOf } from "../eval/baseline.ts";
import type { Measured } from "../eval/figures.ts";
import { fatalError, IngestError } from "../flow/errors.ts";
import type { IngestorOptions } from "../ingest/ingestor-options.ts";
import type { CorpusState, Store } from "../store/store.ts";
import { BaselineFile } from "./baseline-file.ts";
import { measureCorpus, type Measuring, measuringOf, requireComparable, tellMeasured, tellOnly } from "./measuring.ts";
import type { World } from "./world.ts";

/** What a rebuild is to be asked before it is swapped in. */
type Judging = {
  readonly measuring: Measuring;
  /** Of `--baseline`; without it the corpus that readers have is the measure. */
  readonly baseline: Baseline | undefined;
};

/** What `--eval` says; undefined without it. Throws a usage error that names all that is wrong with the file. */
export function planJudging(flags: Flags, world: World): Judging | undefined {
  const { eval: file, baseline: name } = flags;
  if (file === undefined) return undefined;
  const measuring = measuringOf(file, readEvalCases(file, world.cwd), flags);
  const baseline = name === undefined ? undefined : requireComparable(measuring, new BaselineFile(name, world.cwd));
  return { measuring, baseline };
}

type Judged = {
  readonly store: Store;
  /** What is to be replaced. */
  readonly corpus: CorpusState;
  readonly embedder: EmbedderSettings;
  readonly flags: Flags;
  readonly world: World;
};

/**
 * Makes what is asked about a rebuild. Without a baseline it measures the corpus that readers have, now: what keeps that
 * from being measured stops the run while nothing was changed.
 */
export async function makeJudge(
  { measuring, baseline }: Judging,
  { store, corpus, ...judged }: Judged,
): Promise<NonNullable<IngestorOptions["judge"]>> {
  const { flags, world } = judged;
  const isMeasured = baseline === undefined && corpus.kind === "current";
  const before = isMeasured ? await measureReplaced(measuring, { store, ...judged }) : undefined;
  return async (rebuild, signal) => {
    let measured: Measured;
    try {
      measured = await measureCorpus(measuring, { of: "rebuild", store: rebuild.rebuilt(), ...judged, signal });
    } catch (error) {
      if (signal.aborted) return "interrupted";
      if (!(error instanceof IngestError)) throw error;
      return `the rebuild could not be measured: ${error.message}`;
    }
    let told = "";
    const { columns } = world.stdout;
    const stdout = { write: (text: string) => void (told += text), columns };
    if (before !== undefined) {
      tellOnly(before, flags, stdout);
      if (!flags.json) stdout.write("\n");
    }
    const measure = before === undefined ? baseline : baselineOf(before, world.clock.date());
    const { exitCode } = tellMeasured(measured, measure, { ...measuring, flags, stdout });
    // A run that is to be quiet has nothing to say of a rebuild that is good.
    if (!flags.quiet || flags.json || exitCode !== 0) world.stdout.write(told);
    return exitCode === 0 ? undefined : "what it finds is worse than it should be";
  };
}

async function measureReplaced(measuring: Measuring, replaced: Omit<Judged, "corpus">): Promise<Measured> {
  try {
    return await measureCorpus(measuring, { of: "corpus", ...replaced });
  } catch (error) {
    if (!(error instanceof IngestError)) throw error;
    const message = `what --eval is to compare the rebuild with, the corpus that readers have, cannot be measured: ${error.message}`;
    throw fatalError(
      error.code,
      message,
      "compare with what was found before, with --baseline FILE, or leave out --eval",
      error,
    );
  }
}
