import type { IngestorOptions } from "./ingestor-options.ts";
import type { SourceRun } from "./source-run.ts";
import type { StoreStage } from "./store-stage.ts";

type CompleteOptions = Pick<
  IngestorOptions,
  "store" | "failures" | "reporter" | "rebuild" | "retry" | "allSources" | "enabledSources"
> & {
  readonly storeStage: StoreStage;
};

/** What comes after the last source: the swap of a rebuild, the end of an adopted table's rows, the vector index. True when it wrote. */
export async function completeRun(runs: readonly SourceRun[], options: CompleteOptions): Promise<boolean> {
  const { store, storeStage, failures, reporter, rebuild, retry, allSources, enabledSources } = options;
  if (rebuild) {
    const unfit = runs.filter((run) => run.failure !== "" || run.unlisted);
    if (unfit.length > 0) {
      const why = unfit.map((run) => `${run.name}: ${run.reason()}`).join("; ");
      const reason = `the rebuild is not swapped in and the old corpus stays; the next --clean goes on with what it has (${why})`;
      reporter.report({ type: "warning", source: "", path: "", reason });
      return false;
    }
    const leaves = (what: string) => `is not part of this rebuild: ${what} with the old corpus`;
    await warnOfOthers(
      runs.map(({ name }) => name),
      options,
      ["leaves", "leave"],
      leaves,
    );
    await storeStage.retrying(() => store.swap(failures.keep(runs)), "");
    return true;
  }
  if (allSources && retry === undefined) {
    const stays = (what: string) => `is disabled or not listed: ${what}; --clean removes what is there`;
    await warnOfOthers(enabledSources, options, ["stays", "stay"], stays);
  }
  let wrote = false;
  if (allSources && retry === undefined && runs.every((run) => run.whole)) {
    wrote = (await storeStage.retrying(() => store.removeAdopted(), "")) > 0;
  }
  const built = await storeStage.retrying(() => store.ensureVectorIndex(), "");
  return wrote || built;
}

/** Names the sources that have documents and are none of `names`: disabled, no longer listed, or of another machine. */
async function warnOfOthers(
  names: readonly string[],
  { store, storeStage, reporter }: CompleteOptions,
  [one, many]: readonly [string, string],
  say: (what: string) => string,
): Promise<void> {
  const counts = await storeStage.retrying(() => store.documentCounts(), "");
  for (const [name, documents] of counts) {
    if (names.includes(name)) continue;
    const what = documents === 1 ? `its document ${one}` : `its ${documents} documents ${many}`;
    reporter.report({ type: "warning", source: "", path: "", reason: `source "${name}" ${say(what)}` });
  }
}
