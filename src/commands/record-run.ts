import { type Call, IngestError } from "../flow/errors.ts";
import { errorEvent, type Reporter, type SourceSummary } from "../ingest/events.ts";
import type { ToldWarnings } from "../ingest/known-warnings.ts";
import type { RunMode } from "../ingest/ingestor-options.ts";
import type { SourceRun } from "../ingest/source-run.ts";
import { partText } from "../parsers/part.ts";
import { isDatabaseAway } from "../store/driver/classify.ts";
import type { Store } from "../store/store.ts";
import { VERSION } from "../text/program.ts";
import type { RunPlan } from "./plan-run.ts";

/** A run that is over. */
type EndedRun = {
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

type ToldByRun = {
  readonly told: ToldWarnings;
  /** Of those that the run read. */
  readonly sources: readonly SourceSummary[];
  /** It did not come to its end. */
  readonly isCutShort: boolean;
};

/** Puts on record what this run warned of, so that the next one says what is new. */
export async function rememberWarnings(
  { knownWarnings, mode, scope, sources: planned }: RunPlan,
  { told, sources, isCutShort }: ToldByRun,
): Promise<void> {
  const saysAll = !isCutShort && mode.kind !== "retry";
  // A source that could not be listed has not named all that there is to name.
  const read = sources.filter(({ status }) => saysAll && status !== "FAILED").map(({ source }) => source);
  const parts = planned.flatMap(({ entry: { name }, part }) => (part === undefined ? [] : [[name, part] as const]));
  await knownWarnings.save({
    ...{ told, listed: scope.listed },
    whole: new Set([...read, ...(saysAll && scope.whole ? [""] : [])]),
    parts: new Map([...parts, ...(scope.part === undefined ? [] : [["", scope.part] as const])]),
  });
}
