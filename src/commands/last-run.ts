import type { LastRun } from "../store/store.ts";

/** How a source fared in its last run, whichever parts it was split into. */
type SourceRunRecord = Omit<LastRun, "source" | "part"> & {
  /** Of a source that several runs share: how many parts are known, and of how many; null: it was one run's. */
  readonly parts: { readonly known: number; readonly of: number } | null;
};

/** The worst first. */
const STATUSES = ["FAILED", "PARTIAL", "OK", "UNCHANGED"];

/** What is known of the parts of a source, as of one run: from when the first began until the last ended. */
export function mergedRun(parts: readonly LastRun[]): SourceRunRecord | null {
  const last = newestOf(parts);
  if (last === undefined) return null;
  const { source: _, part, ...newest } = last;
  if (part === "") return { ...newest, parts: null };
  const [worst = newest.status] = parts
    .map(({ status }) => status)
    .toSorted((one, other) => rankOf(one) - rankOf(other));
  const starts = parts.map(({ startedAt }) => startedAt.getTime());
  return {
    ...newest,
    status: worst,
    startedAt: new Date(Math.min(...starts)),
    durationMs: Math.max(...parts.map(({ durationMs }) => durationMs)),
    exitCode: Math.max(...parts.map(({ exitCode }) => exitCode)),
    reason: [...new Set(parts.flatMap(({ reason }) => (reason === "" ? [] : [reason])))].join("; "),
    counts: sums(parts.map(({ counts }) => counts)),
    parts: { known: parts.length, of: Number(part.split("/")[1]) },
  };
}

/** The last run that is known, as a whole. */
type KnownRun = Pick<LastRun, "startedAt" | "endedAt" | "mode" | "version" | "exitCode"> & {
  readonly sources: number;
};

/** The run that ended last. */
export function lastKnownRun(runs: readonly LastRun[]): KnownRun | null {
  const last = newestOf(runs);
  if (last === undefined) return null;
  const { startedAt, endedAt, mode, version, exitCode, run } = last;
  const sources = runs.filter((other) => other.run === run).length;
  return { startedAt, endedAt, mode, version, exitCode, sources };
}

/** What ended last. */
export function newestOf(runs: readonly LastRun[]): LastRun | undefined {
  return runs.toSorted((one, other) => other.endedAt.getTime() - one.endedAt.getTime())[0];
}

function rankOf(status: string): number {
  const rank = STATUSES.indexOf(status);
  return rank < 0 ? STATUSES.length : rank;
}

function sums(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const summed: Record<string, number> = {};
  for (const counts of all) {
    for (const [name, value] of Object.entries(counts)) summed[name] = (summed[name] ?? 0) + value;
  }
  return summed;
}
