import type { Phase, Stage } from "../ingest/events.ts";
import type { Spent } from "../ingest/phase-clock.ts";
import { duration } from "../text/words.ts";
import { PHASE_NAMES } from "./phase-names.ts";

/** What took less is not worth a word. */
const TIME_MS_MIN = 500;

/** What a run did, in a word, in the order of the run; what it needs before it can work is its start. */
const STEPS: Readonly<Record<Stage | Phase, string>> = {
  opening: "start",
  locking: "start",
  listing: "start",
  probing: "start",
  preparing: "start",
  parsing: "parse",
  embedding: "embed",
  storing: "store",
  outage: "outage",
  sweeping: "remove",
  indexing: "index",
  measuring: "measure",
  swapping: "swap",
};

/** What the run waited for most. */
export function longest(phases: readonly Spent[]): Spent | undefined {
  return phases.toSorted((one, other) => other.durationMs - one.durationMs)[0];
}

/** `limited by embedding (84% of the time)`; "" of a run that did nothing. */
export function limitOf(phases: readonly Spent[], durationMs: number): string {
  const most = longest(phases);
  if (most === undefined) return "";
  const share = Math.round((100 * most.durationMs) / Math.max(durationMs, 1));
  return `limited by ${PHASE_NAMES[most.phase]} (${share}% of the time)`;
}

/** `Time: start 7.0 s, parse 3.0 s, embed 1m 56s.`, in the order of the run; "" where there is nothing to compare. */
export function timesOf(phases: readonly Spent[]): string {
  const steps = new Map(Object.values(STEPS).map((step) => [step, 0]));
  for (const { phase, durationMs } of phases) steps.set(STEPS[phase], (steps.get(STEPS[phase]) ?? 0) + durationMs);
  const long = [...steps].filter(([, ms]) => ms >= TIME_MS_MIN);
  return long.length < 2 ? "" : `Time: ${long.map(([step, ms]) => `${step} ${duration(ms)}`).join(", ")}.`;
}
