import type { RunEvent } from "../ingest/events.ts";
import { identityText } from "../store/model-identity.ts";
import { count, duration, plural } from "../text/words.ts";
import { PHASE_NAMES } from "./phase-names.ts";

/** Phases that are shorter are not worth a line. */
const PHASE_MS_MIN = 1_000;

/** An event as people read it; "" where there is nothing to be said. Those of progress are drawn, or summed up in `progressLine`. */
export function eventLine(event: Exclude<RunEvent, { type: "error" | "progress" }>): string {
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
        `${event.answers ? "answers with errors" : "does not answer"} since ${timeOfDay(new Date(event.since))}; ` +
        `waiting until ${timeOfDay(new Date(event.until))}; ` +
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

/** What ends a run, and what can be done now. */
export function errorLines({ message, hint }: Extract<RunEvent, { type: "error" }>): string[] {
  const [first = "", ...more] = message.split("\n");
  return [`error: ${first}`, ...[...more, ...(hint === "" ? [] : hint.split("\n"))].map((line) => `  ${line}`)];
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
export function timeOfDay(date: Date): string {
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}
