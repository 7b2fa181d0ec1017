import type { Clock } from "../flow/clock.ts";
import type { Reporter, RunEvent } from "../ingest/events.ts";
import { printable } from "../text/printable.ts";
import { count, duration, plural } from "../text/words.ts";
import { errorLines, eventLine, timeOfDay } from "./event-line.ts";
import type { Output } from "./output.ts";
import { PHASE_NAMES } from "./phase-names.ts";
import {
  heard,
  newRun,
  type RunState,
  shareOf,
  type SourceState,
  speedOf,
  stillMs,
  sumsOf,
  timeLeft,
} from "./run-state.ts";

/** How often progress is told of, unless the user says otherwise: of a run that goes on for long less often. */
const PROGRESS_FIRST_MS = 10_000;
const PROGRESS_MS = 60_000;
const FIRST_MS = 60_000;
/** Of sources at work. */
const NAMES_MAX = 3;
/** A run that got further of late will say so itself. */
const STILL_MS_MIN = 2_000;
/** More than this in one run would bury everything else; the failure log has them all. */
const FAILURE_LINES_MAX = 20;

export type PlainOptions = {
  readonly output: Output;
  readonly clock: Clock;
  /** Also per-worker and per-batch lines. */
  readonly verbose?: boolean | undefined;
  /** Its first line says that nothing is done. */
  readonly dryRun?: boolean | undefined;
  /** Each line begins with the time of day; unless told otherwise, it does. */
  readonly times?: boolean;
  /** Seconds between two lines of progress; 0: there are none. */
  readonly progressInterval?: number | undefined;
};

/** `tick` is to be called now and then, for nothing is heard of a run that waits. */
type PlainReporter = Reporter & { tick(): void };

/** A line an event, for logs and pipes, each with the time of day; progress in lines of the whole run, now and then. */
export function plainReporter(options: PlainOptions): PlainReporter {
  const { output, clock, verbose = false, dryRun = false, times = true, progressInterval } = options;
  const beganMs = clock.now();
  let run = newRun(beganMs);
  let progressMs = beganMs;
  let failures = 0;
  let isOver = false;
  const idle = new IdleSources();
  const say = (line: string) => output.write(`${times ? `${timeOfDay(clock.date())} ` : ""}${printable(line)}\n`);
  const isDue = () => {
    const now = clock.now();
    const usualMs = now - beganMs <= FIRST_MS ? PROGRESS_FIRST_MS : PROGRESS_MS;
    const everyMs = progressInterval === undefined ? usualMs : progressInterval * 1_000 || Infinity;
    if (now - progressMs < everyMs) return false;
    progressMs = now;
    return true;
  };
  return {
    report(event) {
      if (event.type === "error") {
        for (const line of errorLines(event)) output.write(`${printable(line)}\n`);
        return;
      }
      isOver ||= event.type === "summary";
      run = heard(run, event, clock.now());
      if (event.type === "progress") return isDue() ? say(progressLine(run, clock.now())) : undefined;
      if (event.type === "phase" && event.state === "going on" && !isDue()) return;
      if (event.type === "failure" && !verbose) {
        failures++;
        if (failures === FAILURE_LINES_MAX + 1) say("failed: more; the failure log has them all");
        if (failures > FAILURE_LINES_MAX) return;
      }
      if (event.type === "batch" && !verbose) return;
      const line = eventLine(event);
      for (const due of verbose ? [line] : idle.take(event, line))
        if (due !== "") say(dryRun && event.type === "start" ? `dry run, nothing is changed: ${due}` : due);
    },
    tick() {
      const nowMs = clock.now();
      if (!isOver && nowMs - run.furtherMs >= STILL_MS_MIN && isDue()) say(progressLine(run, nowMs));
    },
  };
}

/** Keeps back the lines of sources that do nothing: that one begins is said when something comes of it, that it is unchanged is not. */
class IdleSources {
  readonly #begun = new Map<string, string>();

  /** The lines that are due now that `line` is to be said of `event`. */
  take(event: RunEvent, line: string): string[] {
    switch (event.type) {
      case "source_start":
        this.#begun.set(event.source, line);
        return [];
      case "source_end":
        return event.status === "UNCHANGED" ? this.#drop(event.source) : this.#after(event.source, line);
      case "failure":
        return this.#after(event.source, line);
      default:
        return [line];
    }
  }

  #drop(source: string): string[] {
    this.#begun.delete(source);
    return [];
  }

  #after(source: string, line: string): string[] {
    const begun = this.#begun.get(source);
    this.#begun.delete(source);
    return begun === undefined ? [line] : [begun, line];
  }
}

/** How far the whole run is, on a line; of one that does nothing for how long, and what it waits for. */
function progressLine(run: RunState, nowMs: number): string {
  const { chunks, stored, done } = sumsOf(run);
  const share = shareOf(run, nowMs);
  const leftMs = timeLeft(run, nowMs);
  // A phase has no requests that take their time.
  const stillFromMs = run.phases.length > 0 ? run.furtherMs + STILL_MS_MIN : stillMs(run, STILL_MS_MIN);
  const pace =
    nowMs < stillFromMs
      ? `${count(speedOf(run))} chunks/s, ${run.busy.size} in flight`
      : `nothing done for ${duration(Math.floor((nowMs - run.furtherMs) / 1_000) * 1_000)}, ${waitsFor(run)}`;
  if (run.sources.size === 0) return `progress: ${pace}`;
  const begun = [...run.sources.values()].filter(({ isBegun, status }) => isBegun && status === undefined);
  const atWork = [
    ...begun.slice(0, NAMES_MAX).map((source) => `${source.name} ${filesOf(source)}`),
    ...(begun.length > NAMES_MAX ? [`${count(begun.length - NAMES_MAX)} more at work`] : []),
  ];
  return (
    `progress: ${share === undefined ? "" : `${Math.floor(share * 100)}%, `}` +
    `${count(done)} of ${plural(run.sources.size, "source")} done` +
    `${atWork.map((source) => `, ${source}`).join("")}; ` +
    `${plural(chunks, "chunk")}, ${count(stored)} stored, ${pace}` +
    (leftMs === undefined ? "" : `, about ${duration(Math.ceil(leftMs / 1_000) * 1_000)} left`)
  );
}

function waitsFor({ outage, phases, busy, parsing, sources }: RunState): string {
  const phase = phases.at(-1);
  if (outage !== undefined) return `waiting for ${outage.host} until ${timeOfDay(new Date(outage.until))}`;
  if (phase !== undefined) return PHASE_NAMES[phase.phase];
  if (busy.size > 0) return `waiting for ${plural(busy.size, "request")} to the embedder`;
  if (parsing > 0) return `waiting for ${plural(parsing, "file")} that ${parsing === 1 ? "is" : "are"} parsed`;
  return sources.size === 0 ? "starting" : "waiting for the database";
}

/** "12 of 300 files" */
function filesOf({ files, filesTotal }: SourceState): string {
  return filesTotal === 0 ? plural(files, "file") : `${count(files)} of ${plural(filesTotal, "file")}`;
}
