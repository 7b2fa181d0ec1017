import { IngestError, messageOf } from "../flow/errors.ts";
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
 * Removes what the source no longer has, if it was seen whole and the loss is plausible.
 * A source that suddenly has nothing, or loses too much, fails instead and keeps its rows.
 */
export async function sweep(run: SourceRun, options: SweepOptions): Promise<void> {
  if (!run.listedWhole || run.unlisted || run.failure !== "") return;
  if (run.seen.size === 0 && run.keptInputs.size === 0) {
    const had = run.stored.documents.size;
    run.failure = `it yields no documents${had > 0 ? `; the ${had} that are stored stay` : ""}`;
    return;
  }
  const gone = run.gone();
  if (gone.length === 0) return;
  const limit = options.maxDelete ?? defaultLimit(run.stored.documents.size);
  if (gone.length > limit) {
    run.failure =
      `it would lose ${gone.length} of its ${run.stored.documents.size} documents, more than ${limit}; nothing was removed. ` +
      `If that is right, run again with --max-delete ${gone.length}`;
    return;
  }
  try {
    run.removed += await options.remove(gone);
  } catch (error) {
    if (!(error instanceof IngestError) || error.decision === "fatal") throw error;
    run.failure = `${gone.length} documents could not be removed: ${messageOf(error)}`;
  }
}

function defaultLimit(documents: number): number {
  return documents >= GUARDED_DOCUMENTS_MIN ? Math.floor(documents / 2) : Infinity;
}
