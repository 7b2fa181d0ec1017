import { type Call, IngestError } from "../flow/errors.ts";
import { errorEvent, type Reporter, type SourceSummary } from "../ingest/events.ts";
import type { RunMode } from "../ingest/ingestor-options.ts";
import type { SourceRun } from "../ingest/source-run.ts";
import { partText } from "../parsers/part.ts";
import { isDatabaseAway } from "../store/driver/classify.ts";
import type { Store } from "../store/store.ts";
import { VERSION } from "../text/program.ts";

/** A run that is over. */
export type EndedRun = {
  readonly mode: RunMode;
  readonly exitCode: number;
  readonly durationMs: number;
  /** Of those that it began with. */
  readonly sources: readonly SourceSummary[];
  readonly runs: ReadonlyMap<string, SourceRun>;
  /** What ended it early. */
  readonly error: unknown;
};

/** Puts a run on record, for `status`. All is stored by then: what keeps it from that is a warning. */
export async function recordRun(
  store: Store,
  { mode, exitCode, durationMs, sources, runs, error }: EndedRun,
  { reporter, call }: { readonly reporter: Reporter; readonly call: Call },
): Promise<void> {
  // The error says it all, and each further question would wait for an answer.
  if (sources.length === 0 || (error instanceof IngestError && isDatabaseAway(error))) return;
  const isSwappedIn = mode.kind === "rebuild" && [...runs.values()].every((run) => !run.isWithheld);
  const record = {
    ...{ run: crypto.randomUUID(), mode: mode.kind, version: VERSION },
    ...{ runMs: durationMs, exitCode, isWhole: isSwappedIn },
    sources: sources.map(({ source, status, reason, durationMs: took, ...counts }) => {
      const part = runs.get(source)?.part;
      return { source, part: part && partText(part), status, reason, durationMs: took, counts };
    }),
  };
  try {
    await store.recordRun(record);
  } catch (failure) {
    if (!(failure instanceof IngestError)) throw failure;
    const { message, hint } = errorEvent(failure, call);
    const reason = `status will not know of this run: ${message}${hint === "" ? "" : `; ${hint}`}`;
    reporter.report({ type: "warning", source: "", path: "", reason });
  }
}
