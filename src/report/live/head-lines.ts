import type { Stage } from "../../ingest/events.ts";
import { printable } from "../../text/printable.ts";
import { count, duration, plural } from "../../text/words.ts";
import { timeOfDay } from "../event-line.ts";
import { PHASE_NAMES } from "../phase-names.ts";
import { type RunState, shareOf, silentMs, speedOf, sumsOf, timeLeft } from "../run-state.ts";
import { CLOCK_COLUMNS, clockText } from "./clock-text.ts";
import type { Style } from "./style.ts";

const ACTIVITY_COLUMNS_MIN = 8;
const BAR_COLUMNS_MIN = 8;
const BAR_COLUMNS_MAX = 40;

/** What the run is at and how far it is; and in up to `rows` more lines what it does meanwhile, and what holds it up. */
export function headLines(
  run: RunState,
  { columns, rows, nowMs, style }: { columns: number; rows: number; nowMs: number; style: Style },
): string[] {
  return [
    style.cut(statusLine(run, columns, nowMs, style), columns),
    ...wrapped(figuresOf(run, nowMs), columns, rows, style),
  ];
}

/** What the run is at, in words; of an outage in so many columns, for where it is away stands above, too. */
function activityOf(run: RunState, columns: number): string {
  const { phases, outage, busy, sources, isStopping } = run;
  const phase = phases.at(-1);
  if (isStopping) return "stopping";
  if (outage !== undefined) {
    const until = `until ${timeOfDay(new Date(outage.until))}`;
    const whole = `waiting for ${printable(outage.host)} ${until}`;
    return Bun.stringWidth(whole) <= columns ? whole : `waiting ${until}`;
  }
  if (phase?.phase === "indexing")
    return `building the index${phase.share === null ? "" : ` ${Math.floor(phase.share * 100)}%`}`;
  if (phase !== undefined) return PHASE_NAMES[phase.phase];
  if (sources.size === 0) return "starting";
  const stages: Stage[] = [];
  if (isReading(run)) stages.push("parsing");
  if (busy.size > 0) stages.push("embedding");
  return stages.length === 0 ? PHASE_NAMES.storing : stages.join(" and ");
}

/** A source was begun, and not all of its files were read, as far as is known. */
function isReading({ sources, parsing }: RunState): boolean {
  const isUnread = ({ files, filesTotal }: { files: number; filesTotal: number }) =>
    filesTotal === 0 || files < filesTotal;
  const left = [...sources.values()].filter(({ status }) => status === undefined);
  return parsing > 0 || left.some((source) => !source.isBegun || isUnread(source));
}

function statusLine(run: RunState, columns: number, nowMs: number, style: Style): string {
  const clock = clockText(nowMs - run.beganMs);
  const share = shareOf(run, nowMs);
  const leftMs = timeLeft(run, nowMs);
  const percent = share === undefined ? "" : `  ${String(Math.floor(share * 100)).padStart(2)}%`;
  const left = leftMs === undefined ? "" : `${roughly(leftMs)} left`;
  const withLeft = left === "" ? [] : [`${percent}  about ${left}`, `${percent}  ${left}`];
  const roomBeside = (end: string) => columns - Bun.stringWidth(`${clock}  ${end}`);
  // Before what it is at is cut, "about" goes, but not what is left.
  const end =
    withLeft.find((one) => roomBeside(one) >= Bun.stringWidth(activityOf(run, roomBeside(one)))) ??
    [...withLeft, percent].find((one) => roomBeside(one) >= ACTIVITY_COLUMNS_MIN) ??
    "";
  const activity = activityOf(run, roomBeside(end));
  const room = Math.min(roomBeside(end) - Bun.stringWidth(activity) - 2, BAR_COLUMNS_MAX);
  if (share !== undefined && room >= BAR_COLUMNS_MIN) return `${clock}  ${activity}  ${style.bar(share, room)}${end}`;
  // What cannot stand in full is the activity, the only one that can be guessed from its beginning.
  return `${clock}  ${style.cut(activity, roomBeside(end))}${end}`;
}

function figuresOf(run: RunState, nowMs: number): string[] {
  const { busy, workers, latencyMs, retries, limitedBy, phases, parsing, furtherMs } = run;
  const { stored, chunks } = sumsOf(run);
  if (chunks === 0 && busy.size === 0) return [];
  const isHeldUp = phases.length > 0;
  const isSilent = nowMs > silentMs(run);
  const pace = isSilent ? `nothing done for ${roughly(nowMs - furtherMs)}` : `${count(speedOf(run))} chunks/s`;
  return [
    `${count(stored)} of ${plural(chunks, "chunk")}`,
    ...(isHeldUp ? [] : [pace]),
    ...(parsing > 0 && !isHeldUp ? [`${plural(parsing, "file")} at work`] : []),
    ...(isHeldUp ? [] : [`${busy.size} of ${plural(workers, "request")} in flight`]),
    ...(latencyMs === null || isHeldUp || isSilent ? [] : [`latency ${duration(latencyMs)}`]),
    ...(retries === 0 ? [] : [retries === 1 ? "1 retry" : `${count(retries)} retries`]),
    ...(limitedBy === undefined || isHeldUp ? [] : [`limited by ${PHASE_NAMES[limitedBy]}`]),
  ];
}

/** Below the activity, as many to a line as fit. */
function wrapped(texts: readonly string[], columns: number, rows: number, style: Style): string[] {
  const indent = " ".repeat(columns < 60 ? 2 : CLOCK_COLUMNS + 2);
  const lines: string[] = [];
  for (const text of texts) {
    const last = lines.at(-1);
    if (last !== undefined && Bun.stringWidth(`${last}, ${text}`) <= columns)
      lines[lines.length - 1] = `${last}, ${text}`;
    else lines.push(`${indent}${text}`);
  }
  return lines.slice(0, Math.max(rows, 0)).map((line) => style.in("dim", style.cut(line, columns)));
}

/** "40 s", "2m 10s", "1h 5m": no finer than it is known. */
function roughly(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) {
    const rounded = seconds < 300 ? seconds : Math.ceil(seconds / 10) * 10;
    return `${Math.floor(rounded / 60)}m ${rounded % 60}s`;
  }
  const minutes = Math.ceil(seconds / 60);
  return `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}
