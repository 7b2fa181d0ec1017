import { IngestError } from "../flow/errors.ts";
import type { IngestorOptions } from "./ingestor-options.ts";
import type { IndexWatch } from "../store/store.ts";
import { count } from "../text/words.ts";
import type { SourceRun } from "./source-run.ts";

type CompleteOptions = Pick<
  IngestorOptions,
  "store" | "embedder" | "reporter" | "phases" | "mode" | "scope" | "judge" | "call"
> & {
  readonly signal: AbortSignal;
};

type Completion = {
  readonly wrote: boolean;
  /** false: a rebuild that was not swapped in. */
  readonly isComplete: boolean;
};

/** What comes after the last source: the swap of a rebuild, the end of an adopted table's rows, the vector index. */
export async function completeRun(runs: readonly SourceRun[], options: CompleteOptions): Promise<Completion> {
  const completion = await complete(runs, options);
  const reason = await options.store.whyUnindexed().catch(passedOver);
  if (reason !== undefined) options.reporter.report({ type: "warning", source: "", path: "", reason });
  return completion;
}

/** All is done by then: a database that does not answer takes nothing back. */
function passedOver(error: unknown): undefined {
  if (!(error instanceof IngestError)) throw error;
}

async function complete(runs: readonly SourceRun[], options: CompleteOptions): Promise<Completion> {
  const { store, mode, scope } = options;
  if (mode.kind === "rebuild") {
    const isComplete = await swapIn(runs, options);
    return { isComplete, wrote: isComplete };
  }
  await warnOfStaying(runs, options);
  let wrote = false;
  if (scope.whole && scope.part === undefined && mode.kind !== "retry") {
    wrote = runs.every((run) => run.whole) && (await store.removeAdopted()) > 0;
  }
  // Whoever of those that share the sources is the last one builds it: writes are several times as fast without.
  if (scope.part !== undefined && (await store.leave())) return { isComplete: true, wrote };
  return { isComplete: true, wrote: (await store.ensureVectorIndex(indexWatch(options))) || wrote };
}

/** False when the rebuild is not fit to be swapped in. */
async function swapIn(runs: readonly SourceRun[], options: CompleteOptions): Promise<boolean> {
  const { store, reporter, phases } = options;
  const unfit = runs.filter((run) => run.failure !== "" || run.coverage.partlyUnlisted);
  if (unfit.length > 0) {
    const why = unfit.map((run) => `${run.name}: ${run.reason}`).join("; ");
    const reason = `the rebuild is not swapped in and the old corpus stays; the next --clean goes on with what it has: ${why}`;
    reporter.report({ type: "warning", source: "", path: "", reason });
    return false;
  }
  if (!(await isGood(options))) return false;
  const names = runs.map(({ name }) => name);
  for (const [name, documents] of await store.documentCounts()) {
    if (names.includes(name)) continue;
    const leave = documents === 1 ? "its document leaves" : `its ${count(documents)} documents leave`;
    const reason = `source "${name}" is not part of this rebuild: ${leave} with the old corpus`;
    reporter.report({ type: "warning", source: "", path: "", reason });
  }
  for (const { name, stored, coverage } of runs) {
    const documents = stored.replaces === undefined ? 0 : coverage.failedBySwap(stored.replaces);
    if (documents === 0) continue;
    const [leave, its] =
      documents === 1 ? ["1 document leaves", "its"] : [`${count(documents)} documents leave`, "their"];
    const reason = `${leave} with the old corpus, which another model made: ${its} text could not be ingested`;
    reporter.report({ type: "warning", source: name, path: "", reason });
  }
  const failed = runs.map((run) => ({ source: run.name, ...run.coverage.failed() }));
  const kept = {
    sources: names,
    documents: failed.flatMap(({ source, documents }) => documents.map((sourceUrl) => ({ source, sourceUrl }))),
    inputs: failed.flatMap(({ source, inputs }) => inputs.map((path) => ({ source, path }))),
  };
  await phases.during("swapping", () => store.swap(kept, indexWatch(options)));
  return true;
}

/** Whether what is asked about the rebuild is for it. It is asked about what readers would get, the index included. */
async function isGood(options: CompleteOptions): Promise<boolean> {
  const { store, reporter, phases, judge, signal, call } = options;
  if (judge === undefined) return true;
  await store.ensureVectorIndex(indexWatch(options));
  const why = await phases.during("measuring", () => judge(store, signal));
  if (signal.aborted) return false;
  if (why === undefined) return true;
  const all = call.again(["--clean"], { without: ["--eval"] });
  const reason = `the rebuild is not swapped in and the old corpus stays: ${why}; the next --clean goes on with what it has; to swap it in all the same: ${all}`;
  reporter.report({ type: "warning", source: "", path: "", reason });
  return false;
}

/** Makes a phase of the build of an index. */
function indexWatch({ phases, reporter, store, embedder }: CompleteOptions): IndexWatch {
  let end = () => {};
  return {
    begun: (rows) =>
      void (end = phases.begin("indexing", { rows, expectedMs: store.indexMs(rows, embedder.dimensions) })),
    goesOn: (share, step) => phases.goesOn("indexing", share, step),
    warned: (reason) => reporter.report({ type: "warning", source: "", path: "", reason }),
    ended: () => end(),
  };
}

/** Names the sources whose rows stay although they do not run: not listed any more, or disabled. */
async function warnOfStaying(
  runs: readonly SourceRun[],
  { store, reporter, mode, scope, call }: CompleteOptions,
): Promise<void> {
  const isOfAll = scope.whole && mode.kind !== "retry";
  for (const [name, documents] of await store.documentCounts()) {
    const isListed = scope.listed.includes(name);
    // Of a run of some sources only, the others are none of its business.
    if (isListed && (!isOfAll || scope.enabled.includes(name) || runs.some((run) => run.name === name))) continue;
    const reason = `${stayingText(name, { documents, isListed })}; to remove: ${call.again(["remove", "--", name])}`;
    reporter.report({ type: "warning", source: "", path: "", reason });
  }
}

/** Of a source whose rows stay: not listed any more, or disabled. */
export function stayingText(
  name: string,
  { documents, isListed }: { readonly documents: number; readonly isListed: boolean },
): string {
  const why = isListed ? "is disabled" : "is not listed any more";
  const stay = documents === 1 ? "its document stays" : `its ${count(documents)} documents stay`;
  return `source "${name}" ${why}: ${stay} in what search finds`;
}
