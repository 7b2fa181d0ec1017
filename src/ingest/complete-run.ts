import type { IngestorOptions } from "./ingestor-options.ts";
import type { SourceRun } from "./source-run.ts";

type CompleteOptions = Pick<IngestorOptions, "store" | "reporter" | "mode" | "scope">;

export type Completion = {
  readonly wrote: boolean;
  /** false: a rebuild that was not swapped in. */
  readonly isComplete: boolean;
};

/** What comes after the last source: the swap of a rebuild, the end of an adopted table's rows, the vector index. */
export async function completeRun(runs: readonly SourceRun[], options: CompleteOptions): Promise<Completion> {
  const { store, mode, scope } = options;
  if (mode.kind === "rebuild") {
    const isComplete = await swapIn(runs, options);
    return { isComplete, wrote: isComplete };
  }
  let wrote = false;
  if (scope.whole && mode.kind !== "retry") {
    const stays = (what: string) => `is disabled or not listed: ${what}; --clean removes what is there`;
    const names = [...scope.enabled, ...runs.map(({ name }) => name)];
    await warnOfOthers(names, options, "stay", stays);
    wrote = runs.every((run) => run.whole) && (await store.removeAdopted()) > 0;
  }
  return { isComplete: true, wrote: (await store.ensureVectorIndex()) || wrote };
}

/** False when the rebuild is not fit to be swapped in. */
async function swapIn(runs: readonly SourceRun[], options: CompleteOptions): Promise<boolean> {
  const { store, reporter } = options;
  const unfit = runs.filter((run) => run.failure !== "" || run.coverage.partlyUnlisted);
  if (unfit.length > 0) {
    const why = unfit.map((run) => `${run.name}: ${run.reason}`).join("; ");
    const reason = `the rebuild is not swapped in and the old corpus stays; the next --clean goes on with what it has (${why})`;
    reporter.report({ type: "warning", source: "", path: "", reason });
    return false;
  }
  const names = runs.map(({ name }) => name);
  const leaves = (what: string) => `is not part of this rebuild: ${what} with the old corpus`;
  await warnOfOthers(names, options, "leave", leaves);
  const failed = runs.map((run) => ({ source: run.name, ...run.coverage.failed() }));
  await store.swap({
    sources: names,
    documents: failed.flatMap(({ source, documents }) => documents.map((sourceUrl) => ({ source, sourceUrl }))),
    inputs: failed.flatMap(({ source, inputs }) => inputs.map((path) => ({ source, path }))),
  });
  return true;
}

/** Names the sources that have documents and are none of `names`: disabled, no longer listed, or of another machine. */
async function warnOfOthers(
  names: readonly string[],
  { store, reporter }: CompleteOptions,
  verb: string,
  say: (what: string) => string,
): Promise<void> {
  for (const [name, documents] of await store.documentCounts()) {
    if (names.includes(name)) continue;
    const what = documents === 1 ? `its document ${verb}s` : `its ${documents} documents ${verb}`;
    reporter.report({ type: "warning", source: "", path: "", reason: `source "${name}" ${say(what)}` });
  }
}
