import type { Clock } from "../flow/clock.ts";
import { count, duration, plural } from "../text/words.ts";
import { IdleSources } from "./idle-sources.ts";
import type { Output } from "./output.ts";
import { PHASE_NAMES } from "./phase-names.ts";
import { printable } from "../text/printable.ts";
import { identityText } from "../store/model-identity.ts";
import type { Reporter, RunEvent } from "../ingest/events.ts";

/** Phases that are shorter are not worth a line. */
const PHASE_MS_MIN = 1_000;
const PROGRESS_EVERY_MS = 10_000;
/** More than this in one run would bury everything else; the failure log has them all. */
const FAILURE_LINES_MAX = 20;

export type PlainOptions = {
  readonly output: Output;
  readonly clock: Clock;
  /** Also per-worker and per-batch lines. */
  readonly verbose?: boolean;
  /** Only errors, those of single files included. */
  readonly quiet?: boolean;
  /** Its first line says that nothing is done. */
  readonly dryRun?: boolean;
};

/** A line an event, for logs and pipes; progress at most every 10 s. */
export function plainReporter({
  output,
  clock,
  verbose = false,
  quiet = false,
  dryRun = false,
}: PlainOptions): Reporter {
  let progressMs = clock.now();
  let failures = 0;
  const idle = new IdleSources();
  const say = (line: string) => output.write(`${printable(line)}\n`);
  return {
    report(event) {
      if (event.type === "error") return sayError(event, say);
      if (quiet) return sayFailed(event, say);
      if (event.type === "progress" || (event.type === "phase" && event.state === "going on")) {
        if (clock.now() - progressMs < PROGRESS_EVERY_MS) return;
        progressMs = clock.now();
      }
      if (event.type === "failure" && !verbose) {
        failures++;
        if (failures === FAILURE_LINES_MAX + 1) say("failed: more; the failure log has them all");
        if (failures > FAILURE_LINES_MAX) return;
      }
      if (event.type === "batch" && !verbose) return;
      const line = lineOf(event);
      for (const due of verbose ? [line] : idle.take(event, line))
        if (due !== "") say(dryRun && event.type === "start" ? `dry run, nothing is changed: ${due}` : due);
    },
  };
}

/** Files that could not be ingested are named in any case; the log of failures names chunks only. */
function sayFailed(event: RunEvent, say: (line: string) => void): void {
  if (event.type !== "source_end") return;
  for (const { kind, path, reason } of event.skipped)
    if (kind === "failed") say(`failed: ${event.source}: ${path}: ${reason}`);
}

/** What ends a run, and what can be done now. */
export function sayError(event: Extract<RunEvent, { type: "error" }>, say: (line: string) => void): void {
  for (const [index, line] of event.message.split("\n").entries()) say(index === 0 ? `error: ${line}` : `  ${line}`);
  if (event.hint !== "") for (const line of event.hint.split("\n")) say(`  ${line}`);
}

/** What takes its time is told of at its end; what takes minutes, and is not its own event, at its beginning too. */
function phaseLine({
  phase,
  state,
  rows,
  step,
  share,
  durationMs,
  etaS,
}: Extract<RunEvent, { type: "phase" }>): string {
  const what = `${PHASE_NAMES[phase]}${rows === null ? "" : ` of ${plural(rows, "row")}`}`;
  if (phase === "outage") return "";
  switch (state) {
    case "begun":
      return phase === "indexing" || phase === "swapping" ? `${what} ...` : "";
    case "going on":
      return share === null
        ? ""
        : `${what}: ${Math.round(share * 100)}%${step === null ? "" : ` (${step})`}${etaS === null ? "" : `, about ${duration(etaS * 1_000)} left`}`;
    case "ended":
      return durationMs < PHASE_MS_MIN && phase !== "indexing" ? "" : `${what} took ${duration(durationMs)}`;
  }
}

/** 12:03:10, on the clock of whoever reads it. */
function timeOf(iso: string): string {
  const date = new Date(iso);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

function lineOf(event: Exclude<RunEvent, { type: "error" }>): string {
  switch (event.type) {
    case "start": {
      const mode =
        event.mode === "sequential" ? "(sequential mode)" : `in parallel, ${plural(event.workers, "worker")}`;
      const part = event.shard === null ? "" : `part ${event.shard} of `;
      return (
        `bbj-ingest-all ${event.version}: ${part}${plural(event.sources.length, "source")} into ${event.database}, ` +
        `${identityText({ ...event, provider: event.embedder })}, ${mode}`
      );
    }
    case "source_start":
      return `${event.source}: ${event.parser}${event.files > 0 ? `, ${plural(event.files, "file")}` : ""}`;
    case "progress":
      return (
        `${event.source}: ${plural(event.documents, "document")}, ${plural(event.chunks, "chunk")}, ${count(event.stored)} stored, ` +
        `${event.inFlight} in flight, ${count(event.chunksPerS)} chunks/s` +
        (event.etaS === null ? "" : `, about ${duration(event.etaS * 1_000)} left`)
      );
    case "batch":
      return (
        `worker ${event.worker}: batch ${event.batch}, ${plural(event.chunks, "chunk")}, attempt ${event.attempt}: ${event.outcome}` +
        (event.outcome === "sent" ? "" : ` after ${duration(event.durationMs)}`)
      );
    case "retry":
      return (
        `retry: ${event.batch > 0 ? `batch ${event.batch}, ` : ""}attempt ${event.attempt} failed: ${event.error}; ` +
        `again in ${duration(event.waitMs)}`
      );
    case "warning":
      return `${event.kind ?? "warning"}: ${[event.source, event.path, event.reason].filter((part) => part !== "").join(": ")}`;
    case "failure":
      return `failed: ${event.source}: ${event.sourceUrl}: ${event.error} (${plural(event.attempts, "attempt")})`;
    case "phase":
      return phaseLine(event);
    case "outage":
      return (
        `outage: the ${event.service} (${event.host}) ` +
        `${event.answers ? "answers with errors" : "does not answer"} since ${timeOf(event.since)}; ` +
        `waiting until ${timeOf(event.until)}; ` +
        `${event.answers ? "when it works again" : "start it"}, the run goes on (${event.error})`
      );
    case "outage_end":
      // A run that stops says so itself.
      if (event.end === "stopped") return "";
      return (
        `outage: the ${event.service} (${event.host}) ` +
        (event.end === "returned" ? "answers again after " : "is given up after ") +
        duration(event.lastedS * 1_000)
      );
    case "stopping":
      return event.gaveUp
        ? `stopping: given up after ${duration(event.sinceS * 1_000)}: ${event.waitsFor}; the next run does it`
        : `stopping: waiting for ${event.waitsFor}, begun ${duration(event.sinceS * 1_000)} ago; Ctrl-C again leaves now`;
    case "source_end":
      return (
        `${event.source}: ${event.status}, ` +
        `${plural(event.documents, "document")}, ${plural(event.chunks, "chunk")}: ${count(event.embedded)} embedded, ` +
        `${count(event.reused)} reused, ${count(event.removed)} removed, ${count(event.failed)} failed, ${duration(event.durationMs)}` +
        // At the end: it may be followed by a command to paste.
        (event.reason === "" ? "" : `: ${event.reason}`)
      );
    case "summary":
      return "";
  }
}
