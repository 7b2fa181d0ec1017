import type { RunEvent, SourceStatus, Stage } from "../ingest/events.ts";
import { perSecond } from "../text/words.ts";

/** How fast a run is, is told by so much of it. */
const RATE_MS = 30_000;
/** With requests in flight a run is silent when it did nothing for so long, and for so many of the times that they take. */
const [SILENT_MS_MIN, SILENT_LATENCIES] = [10_000, 3];

type Event<Type extends RunEvent["type"]> = Extract<RunEvent, { type: Type }>;

/** A source, as far as its run is known to be. */
export type SourceState = {
  readonly name: string;
  /** Undefined while it is under way. */
  readonly status?: SourceStatus;
  readonly isBegun: boolean;
  readonly files: number;
  /** 0: not known. */
  readonly filesTotal: number;
  readonly chunks: number;
  readonly stored: number;
  readonly failed: number;
};

/** A phase under way, which holds up the stages. */
type PhaseState = Pick<Event<"phase">, "phase" | "share" | "step"> & {
  /** When its step ends, on the clock of the run. */
  readonly endsMs: number | undefined;
};

/** What is known of a run at some time, from its events alone. Times are milliseconds of its clock. */
export type RunState = {
  readonly beganMs: number;
  /** In the order of the run. */
  readonly sources: ReadonlyMap<string, SourceState>;
  /** Those within others last. */
  readonly phases: readonly PhaseState[];
  /** Workers whose request is under way. */
  readonly busy: ReadonlySet<number>;
  readonly workers: number;
  readonly parsing: number;
  readonly latencyMs: number | null;
  readonly retries: number;
  readonly limitedBy: Stage | undefined;
  /** When the run is expected to end. */
  readonly endsMs: number | undefined;
  /** When it was heard of that it got further. */
  readonly furtherMs: number;
  /** What was done of it at least. */
  readonly share: number;
  readonly outage: Event<"outage"> | undefined;
  readonly isStopping: boolean;
  /** Chunks that were stored at a time, the oldest first. */
  readonly rates: readonly { readonly ms: number; readonly stored: number }[];
};

/** A run of which nothing was heard. */
export function newRun(nowMs: number): RunState {
  return {
    ...{ beganMs: nowMs, sources: new Map(), phases: [], busy: new Set(), workers: 0, parsing: 0 },
    ...{ latencyMs: null, retries: 0, limitedBy: undefined, endsMs: undefined, share: 0, furtherMs: nowMs },
    ...{ outage: undefined, isStopping: false, rates: [] },
  };
}

/** The run after `event`, of which was heard at `nowMs`. */
export function heard(run: RunState, event: RunEvent, nowMs: number): RunState {
  switch (event.type) {
    case "start":
      return {
        ...run,
        furtherMs: nowMs,
        workers: event.workers,
        sources: new Map(event.sources.map((name) => [name, untouched(name)])),
      };
    case "source_start":
      return withSource({ ...run, furtherMs: nowMs }, event.source, { isBegun: true, filesTotal: event.files });
    case "progress":
      return progressed(run, event, nowMs);
    case "batch":
      return { ...run, busy: withWorker(run.busy, event) };
    case "phase":
      return { ...run, phases: withPhase(run.phases, event, nowMs), furtherMs: nowMs };
    case "outage":
      return { ...run, outage: event };
    case "outage_end":
      return { ...run, outage: undefined };
    case "stopping":
      return { ...run, isStopping: true };
    case "source_end": {
      const { status, files, chunks, embedded, reused, failed } = event;
      const ended = { status, files, chunks, stored: embedded + reused, failed };
      return withSource({ ...run, furtherMs: nowMs }, event.source, ended);
    }
    default:
      return run;
  }
}

/** Milliseconds until the run ends; undefined where that is not known, and of one that waits, stops, is silent or late. */
export function timeLeft(run: RunState, nowMs: number): number | undefined {
  const { phases, endsMs, outage, isStopping } = run;
  if (outage !== undefined || isStopping || nowMs > silentMs(run)) return undefined;
  const phase = phases.at(-1);
  // What comes after it takes less than it is off by.
  const ends = phase?.phase === "indexing" ? phase.endsMs : endsMs;
  return ends === undefined || ends < nowMs ? undefined : ends - nowMs;
}

/** What is done of the run, 0 to 1, by time; undefined where that is not known. */
export function shareOf(run: RunState, nowMs: number): number | undefined {
  // What time does to a share is no work of a server that does not answer.
  const atMs = Math.min(nowMs, silentMs(run));
  const leftMs = timeLeft(run, atMs);
  const doneMs = atMs - run.beganMs;
  const share = leftMs === undefined ? 0 : doneMs / Math.max(doneMs + leftMs, 1);
  const most = Math.max(run.share, share);
  return most === 0 ? undefined : Math.min(most, 0.99);
}

/** From when on a run, if it goes on as it does, waits for answers that may not come. */
export function silentMs(run: RunState): number {
  return run.busy.size === 0 || run.phases.length > 0 ? Infinity : stillMs(run, SILENT_MS_MIN);
}

/** From when on it does nothing, be it for `leastMs` at least: requests take their time. */
export function stillMs({ furtherMs, latencyMs }: RunState, leastMs: number): number {
  return furtherMs + Math.max(leastMs, SILENT_LATENCIES * (latencyMs ?? 0));
}

/** Chunks that are stored in a second, of late. */
export function speedOf({ rates }: RunState): number {
  const [first, last] = [rates[0], rates.at(-1)];
  if (first === undefined || last === undefined || first === last) return 0;
  return perSecond(last.stored - first.stored, last.ms - first.ms);
}

/** The sums over all sources. */
export function sumsOf({ sources }: RunState) {
  const sums = { done: 0, chunks: 0, stored: 0 };
  for (const { status, chunks, stored } of sources.values()) {
    if (status !== undefined) sums.done++;
    sums.chunks += chunks;
    sums.stored += stored;
  }
  return sums;
}

function untouched(name: string): SourceState {
  return { name, isBegun: false, files: 0, filesTotal: 0, chunks: 0, stored: 0, failed: 0 };
}

function withSource(run: RunState, name: string, change: Partial<SourceState>): RunState {
  const source = { ...(run.sources.get(name) ?? untouched(name)), ...change };
  return { ...run, sources: new Map([...run.sources, [name, source]]) };
}

function progressed(run: RunState, event: Event<"progress">, nowMs: number): RunState {
  const { source, files, filesTotal, chunks, stored, failed, etaS } = event;
  const { parsing, latencyMs, retries, limitedBy } = event;
  const next = withSource(run, source, { files, filesTotal, chunks, stored, failed });
  const rates = [...next.rates, { ms: nowMs, stored: sumsOf(next).stored }];
  const endsMs = etaS === null ? undefined : nowMs + etaS * 1_000;
  const known = { ...next, parsing, latencyMs, retries, limitedBy, endsMs, furtherMs: nowMs };
  return {
    ...known,
    share: shareOf(known, nowMs) ?? 0,
    rates: rates.filter(({ ms }, index) => index === rates.length - 1 || nowMs - ms <= RATE_MS),
  };
}

function withWorker(busy: ReadonlySet<number>, { worker, outcome }: Event<"batch">): ReadonlySet<number> {
  const others = new Set(busy);
  if (outcome === "sent") others.add(worker);
  else others.delete(worker);
  return others;
}

function withPhase(phases: readonly PhaseState[], event: Event<"phase">, nowMs: number): readonly PhaseState[] {
  const { phase, state, share, step, etaS } = event;
  const at = phases.findLastIndex((one) => one.phase === phase);
  if (state === "ended") return phases.toSpliced(at, at < 0 ? 0 : 1);
  const told = { phase, share, step, endsMs: etaS === null ? undefined : nowMs + etaS * 1_000 };
  return state === "begun" || at < 0 ? [...phases, told] : phases.with(at, told);
}
