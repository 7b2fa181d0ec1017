import type { IngestorOptions } from "./ingestor-options.ts";
import type { SourceRun } from "./source-run.ts";
import type { StoreStage } from "./store-stage.ts";

type CompleteOptions = Pick<IngestorOptions, "store" | "failures" | "reporter" | "rebuild" | "retry" | "allSources"> & {
  readonly storeStage: StoreStage;
};

/** What comes after the last source: the swap of a rebuild, the end of an adopted table's rows, the vector index. True when it wrote. */
export async function completeRun(runs: readonly SourceRun[], options: CompleteOptions): Promise<boolean> {
  const { store, storeStage, failures, reporter, rebuild, retry, allSources } = options;
  if (rebuild) {
    const unfit = runs.filter((run) => run.failure !== "" || run.unlisted);
    if (unfit.length > 0) {
      const why = unfit.map((run) => `${run.name}: ${run.reason()}`).join("; ");
      const reason = `the rebuild is not swapped in and the old corpus stays; the next --clean goes on with what it has (${why})`;
      reporter.report({ type: "warning", source: "", path: "", reason });
      return false;
    }
    for (const reason of await leaving(runs, options)) {
      reporter.report({ type: "warning", source: "", path: "", reason });
    }
    await storeStage.retrying(() => store.swap(failures.keep(runs)), "");
    return true;
  }
  let wrote = false;
  if (allSources && retry === undefined && runs.every((run) => run.whole)) {
    wrote = (await storeStage.retrying(() => store.removeAdopted(), "")) > 0;
  }
  const built = await storeStage.retrying(() => store.ensureVectorIndex(), "");
  return wrote || built;
}

/** What a rebuild takes away without having looked for it: sources that are disabled, or of another machine. */
async function leaving(runs: readonly SourceRun[], { store, storeStage }: CompleteOptions): Promise<string[]> {
  const names = new Set(runs.map((run) => run.name));
  const counts = await storeStage.retrying(() => store.documentCounts(), "");
  return [...counts]
    .filter(([name]) => !names.has(name))
    .map(([name, documents]) => {
      const what = documents === 1 ? "its document leaves" : `its ${documents} documents leave`;
      return `source "${name}" is not part of this rebuild: ${what} with the old corpus`;
    });
}
