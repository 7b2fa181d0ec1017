import type { SourceSummary } from "../ingest/events.ts";
import type { ToldWarnings } from "../ingest/known-warnings.ts";
import type { RunPlan } from "./plan-run.ts";

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
