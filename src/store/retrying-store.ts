import { IngestError } from "../flow/errors.ts";
import { Outage, type OutageOptions } from "../flow/outage.ts";
import { type FailedAttempt, withRetry } from "../flow/retry.ts";
import { isDatabaseAway } from "./driver/classify.ts";
import type { Store } from "./store.ts";

/** A task may meet so many outages, and is done again after each. */
const OUTAGES_MAX = 3;

type RetryingOptions = Pick<OutageOptions, "clock" | "signal" | "onWait" | "onEnd"> & {
  /** After the first try. */
  readonly retries: number;
  /** How long to wait for a database that went away. */
  readonly outageWaitMs: number;
  /** `source`: whose rows it is about; "" when it is no source's. */
  readonly onRetry: (source: string, failure: FailedAttempt) => void;
  /** Somebody reads a table that a run is to have for itself. */
  readonly onLockWait: (reason: string) => void;
};

/**
 * The store, doing again what a run asks of it while its failure may pass. A database that is away is waited for; one
 * that stays away is a `fatal` error. What stands before and beside a run is left as it is: `inspect`, `lock`, `search`.
 */
export function retryingStore(store: Store, options: RetryingOptions): Store {
  const { retries, outageWaitMs, clock, signal, onRetry, onWait, onEnd, onLockWait } = options;
  const patience = { clock, signal, waitMs: outageWaitMs, onWait: onLockWait };
  const outage = new Outage({
    probe: () => store.inspect(),
    isAway: isDatabaseAway,
    ...{ waitMs: outageWaitMs, clock, signal, onWait, onEnd },
  });

  async function again<Result>(source: string, task: () => Promise<Result>): Promise<Result> {
    let outages = 0;
    if (outage.isAway) signal.throwIfAborted();
    if (outage.gaveUp !== undefined) throw gone(outage.gaveUp);
    return withRetry(task, {
      ...{ retries, clock, signal, onRetry: (failure) => onRetry(source, failure) },
      async outlast(error) {
        if (!isDatabaseAway(error)) return false;
        const end = await outage.wait(error);
        if (end === "gone") throw gone(outage.gaveUp ?? error);
        // What goes on being lost may be what takes the database down.
        return end === "returned" && outages++ < OUTAGES_MAX;
      },
    });
  }

  return {
    ...store,
    prepare: (identity, mark) => again("", () => store.prepare(identity, mark, patience)),
    loadSource: (source) => again(source, () => store.loadSource(source)),
    documentCounts: () => again("", () => store.documentCounts()),
    known: (source, documents, how) => again(source, () => store.known(source, documents, how)),
    write: (documents) => again(documents[0]?.source ?? "", () => store.write(documents)),
    preview: (documents) => again(documents[0]?.source ?? "", () => store.preview(documents)),
    removeDocuments: (source, urls, part) => again(source, () => store.removeDocuments(source, urls, part)),
    removeAdopted: () => again("", () => store.removeAdopted()),
    leave: () => again("", () => store.leave()),
    whyUnindexed: () => again("", () => store.whyUnindexed()),
    ensureVectorIndex: (watch) => again("", () => store.ensureVectorIndex(watch, patience)),
    swap: (keep, watch) => again("", () => store.swap(keep, watch, patience)),
  };
}

function gone(error: IngestError): IngestError {
  const { message, code, hint = "run again when the database is back: what was committed stays" } = error;
  return new IngestError(message, { decision: "fatal", code, hint, cause: error });
}
