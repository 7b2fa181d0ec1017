import { type Call, IngestError, messageOf } from "../flow/errors.ts";
import { plural } from "../text/words.ts";
import type { SourceRun } from "./source-run.ts";

/** From this many documents on, a source does not lose half of them without `--max-delete`. */
const GUARDED_DOCUMENTS_MIN = 20;

type SweepOptions = {
  /** Documents a source may lose; undefined: half of them, when it has 20 or more. */
  readonly maxDelete: number | undefined;
  readonly call: Call;
  /** Removes the documents in one transaction and returns how many rows left. */
  readonly remove: (sourceUrls: readonly string[]) => Promise<number>;
};

/**
 * Removes what the source no longer has, if it was seen whole and the loss is plausible. A source that suddenly has
 * nothing, or loses too much, fails instead and keeps its rows: in each of its parts, few as the documents of one are. In a rebuild it is what readers have that counts, and the
 * failure keeps that from being swapped away.
 */
export async function sweep(run: SourceRun, { maxDelete, call, remove }: SweepOptions): Promise<void> {
  if (!run.coverage.listedWhole || run.failure !== "") return;
  const doubt = implausible(run, maxDelete, call);
  if (doubt !== "") return run.fail(doubt);
  const gone = run.coverage.gone();
  if (gone.length === 0) return;
  try {
    run.counters.swept(await remove(gone));
  } catch (error) {
    if (!(error instanceof IngestError) || error.decision === "fatal") throw error;
    run.fail(`${plural(gone.length, "document")} could not be removed: ${messageOf(error)}`);
  }
}

/** Why the source is not believed, on a line of its own what to type; "" when it is. */
function implausible({ name, stored, coverage }: SourceRun, maxDelete: number | undefined, call: Call): string {
  const { replaces } = stored;
  const had = (replaces ?? stored).documents.size;
  if (coverage.empty && had === 0) return "it yields no documents; look into its entry in the sources file";
  if (coverage.empty) {
    return (
      `it yields no documents; the ${had} that are stored stay. If that is right, take its entry out of the sources file, ` +
      `and what is stored out of the corpus:\n${call.again(["remove", "--", name])}`
    );
  }
  if (had > 0 && replaces?.carriedOver === false && coverage.nothingWhole) {
    return `none of its documents could be stored; the ${had} that readers have stay`;
  }
  const lost = replaces === undefined ? coverage.lostBySweep() : coverage.lostBySwap(replaces);
  const limit = maxDelete ?? (had >= GUARDED_DOCUMENTS_MIN ? Math.floor(had / 2) : Infinity);
  if (lost <= limit) return "";
  // What moved has rows under both addresses by now: the next run finds the old ones to be lost as well.
  const allowed = replaces === undefined ? coverage.gone().length + coverage.goneElsewhere().length : lost;
  return (
    `it would lose ${lost} of its ${plural(had, "document")}, more than ${limit}; nothing was removed. ` +
    `If that is right, allow so many:\n${call.again(["--max-delete", String(allowed)])}`
  );
}
