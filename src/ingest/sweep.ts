import { IngestError, messageOf } from "../flow/errors.ts";
import { plural } from "../text/words.ts";
import type { ReplacedSource } from "../store/store.ts";
import type { SourceRun } from "./source-run.ts";

/** From this many documents on, a source does not lose half of them without `--max-delete`. */
const GUARDED_DOCUMENTS_MIN = 20;

export type SweepOptions = {
  /** Documents a source may lose; undefined: half of them, when it has 20 or more. */
  readonly maxDelete: number | undefined;
  /** Removes the documents in one transaction and returns how many rows left. */
  readonly remove: (sourceUrls: readonly string[]) => Promise<number>;
};

/**
 * Removes what the source no longer has, if it was seen whole and the loss is plausible. A source that suddenly has
 * nothing, or loses too much, fails instead and keeps its rows. In a rebuild it is what readers have that counts, and the
 * failure keeps that from being swapped away.
 */
export async function sweep(run: SourceRun, options: SweepOptions): Promise<void> {
  if (!run.listedWhole || run.unlisted || run.failure !== "") return;
  run.failure = implausible(run, options.maxDelete);
  const gone = run.gone();
  if (run.failure !== "" || gone.length === 0) return;
  try {
    run.removed += await options.remove(gone);
  } catch (error) {
    if (!(error instanceof IngestError) || error.decision === "fatal") throw error;
    run.failure = `${plural(gone.length, "document")} could not be removed: ${messageOf(error)}`;
  }
}

/** Why the source is not believed; "" when it is. */
function implausible(run: SourceRun, maxDelete: number | undefined): string {
  const { stored } = run;
  const had = (stored.replaces ?? stored).documents.size;
  if (run.seen.size === 0 && run.keptInputs.size === 0) {
    return `it yields no documents${had > 0 ? `; the ${had} that are stored stay` : ""}`;
  }
  if (had > 0 && stored.replaces?.carriedOver === false && hasNothing(run)) {
    return `none of its documents could be stored; the ${had} that readers have stay`;
  }
  const lost = stored.replaces === undefined ? run.gone().length : lostBySwap(run, stored.replaces);
  const limit = maxDelete ?? defaultLimit(had);
  if (lost <= limit) return "";
  const clean = stored.replaces === undefined ? "" : "--clean ";
  return (
    `it would lose ${lost} of its ${plural(had, "document")}, more than ${limit}; nothing was removed. ` +
    `If that is right, run again with ${clean}--max-delete ${lost}`
  );
}

/** Whether nothing of it is whole in the tables of this run. */
function hasNothing({ seen, missing, unsettled, keptInputs, failedInputs }: SourceRun): boolean {
  const isWhole = (sourceUrl: string) => !missing.has(sourceUrl) && !unsettled.has(sourceUrl);
  return ![...seen].some(isWhole) && ![...keptInputs].some((input) => !failedInputs.has(input));
}

/** How many documents readers have, and would not have any more. */
function lostBySwap(run: SourceRun, { documents, carriedOver }: ReplacedSource): number {
  const isFailed = (sourceUrl: string, input: string) =>
    run.failedInputs.has(input) || run.missing.has(sourceUrl) || run.unsettled.has(sourceUrl);
  const isKept = (sourceUrl: string) => run.keptInputs.has(run.stored.documents.get(sourceUrl)?.input ?? "");
  return [...documents].filter(([sourceUrl, { input }]) =>
    isFailed(sourceUrl, input) ? !carriedOver : !run.seen.has(sourceUrl) && !isKept(sourceUrl),
  ).length;
}

function defaultLimit(documents: number): number {
  return documents >= GUARDED_DOCUMENTS_MIN ? Math.floor(documents / 2) : Infinity;
}
