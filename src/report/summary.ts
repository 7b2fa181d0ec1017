import type { Call } from "../flow/errors.ts";
import { type SourceSummary, type SourceTotals, totalsOf } from "../ingest/events.ts";
import { count, duration, perSecond, plural } from "../text/words.ts";
import { left, right, table } from "./table.ts";
import type { Spent } from "../ingest/phase-clock.ts";
import { PHASE_NAMES } from "./phase-names.ts";
import { printable } from "../text/printable.ts";

export type RunSummary = {
  readonly sources: readonly SourceSummary[];
  /** `parallel (4w)` or `sequential`. */
  readonly mode: string;
  readonly durationMs: number;
  readonly exitCode: number;
  /** Chunks that an interrupted run has read and not stored. */
  readonly chunksWaiting: number;
  /** Each embedding server took one request after the other. */
  readonly isOneAtATime: boolean;
  /** What the run waited for, and how long. */
  readonly phases: readonly Spent[];
  /** Undefined when it does not name all that failed. */
  readonly failureLog: string | undefined;
  /** Characters a line of the terminal holds; undefined for what is no terminal. */
  readonly columns?: number | undefined;
  readonly call: Call;
};

/** What took less is not worth a word. */
const TIME_MS_MIN = 500;

type Figure = keyof SourceTotals;

const RUN: readonly Figure[] = ["files", "documents", "chunks", "embedded", "reused", "removed", "failed"];
const DRY_RUN: readonly Figure[] = ["files", "documents", "added", "changed", "kept", "removed", "embedded", "failed"];
const TITLES: Partial<Record<Figure, string>> = { embedded: "To embed" };

/** The table at the end of a run, its totals, and what to do next. */
export function summaryText(summary: RunSummary): string {
  const { sources, mode, durationMs, columns } = summary;
  const totals = totalsOf(sources);
  const rows = sources.map((source) => [
    ...[printable(source.source), ...figures(source, RUN)],
    ...[duration(source.durationMs), mode, source.status],
  ]);
  if (sources.length > 1) rows.push(["Total", ...figures(totals, RUN), duration(durationMs), mode, ""]);
  const titles = [...RUN.map(capitalised), "Duration"];
  return [
    `\n${table([...left("Source"), ...right(...titles), ...left("Mode", "Status")], rows, columns)}\n`,
    ...reasonsOf(sources),
    `${speed(summary, totals)}\n`,
    ...timesOf(summary),
    ...hints(summary, totals).map((hint) => `${hint}\n`),
  ].join("");
}

/** The table of `--dry-run`: what the run would do to rows, and how many texts it would embed. */
export function dryRunText({
  sources,
  exitCode,
  columns,
}: Pick<RunSummary, "sources" | "exitCode" | "columns">): string {
  if (exitCode === 130) return "Interrupted; nothing was changed.\n";
  const rows = sources.map((source) => [printable(source.source), ...figures(source, DRY_RUN), source.status]);
  const titles = DRY_RUN.map((figure) => TITLES[figure] ?? capitalised(figure));
  return [
    `\n${table([...left("Source"), ...right(...titles), ...left("Status")], rows, columns)}\n`,
    ...reasonsOf(sources),
    "Dry run: nothing was changed. Added, changed, kept and removed count chunks.\n",
  ].join("");
}

function figures(totals: SourceTotals, shown: readonly Figure[]): string[] {
  return shown.map((figure) => count(totals[figure]));
}

function reasonsOf(sources: readonly SourceSummary[]): string[] {
  return sources
    .filter(({ reason }) => reason !== "")
    .map(({ source, reason }) => `${printable(`${source}: ${reason}`)}\n`);
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** What the run waited for most. */
function longest({ phases }: Pick<RunSummary, "phases">): Spent | undefined {
  return phases.toSorted((one, other) => other.durationMs - one.durationMs)[0];
}

function speed({ durationMs, phases, exitCode }: RunSummary, totals: SourceTotals): string {
  const took = `${plural(totals.chunks, "chunk")} in ${duration(durationMs)}`;
  const most = longest({ phases });
  const share = Math.round((100 * (most?.durationMs ?? 0)) / Math.max(durationMs, 1));
  const limit = most === undefined ? "" : `; limited by ${PHASE_NAMES[most.phase]} (${share}% of the time)`;
  const rate = totals.embedded === 0 ? "" : `, ${count(perSecond(totals.embedded, durationMs))} embedded chunks/s`;
  if (totals.embedded === 0 && exitCode === 0) return `${took}; nothing to embed.`;
  return `${took}${rate}${limit}.`;
}

/** Each thing that took its time, the longest first. */
function timesOf({ phases }: RunSummary): string[] {
  const long = phases.filter(({ durationMs }) => durationMs >= TIME_MS_MIN);
  if (long.length < 2) return [];
  const times = long
    .toSorted((one, other) => other.durationMs - one.durationMs)
    .map(({ phase, durationMs }) => `${PHASE_NAMES[phase]} ${duration(durationMs)}`);
  return [`Time: ${times.join(", ")}.\n`];
}

function hints(summary: RunSummary, { embedded }: SourceTotals): string[] {
  const { exitCode, failureLog, mode, chunksWaiting, isOneAtATime, call } = summary;
  const lines: string[] = [];
  if (exitCode === 1 && failureLog !== undefined) {
    lines.push(
      `Some batches failed. Re-run with --retry-failed:\n  ${call.again(["--retry-failed"])}`,
      `The failed chunks are in ${printable(failureLog)}`,
    );
  }
  if (exitCode === 130 && chunksWaiting > 0) {
    const verb = chunksWaiting === 1 ? "was read and is" : "were read and are";
    lines.push(`${plural(chunksWaiting, "chunk")} ${verb} not stored: no failure, the next run does what is left.`);
  }
  if (exitCode === 130) {
    // These go on by themselves.
    const goesOn = call.has("--clean") || call.has("--retry-failed");
    const how = goesOn ? "" : ", with --resume to skip completed sources";
    const again = call.again(goesOn ? [] : ["--resume"]);
    lines.push(`Interrupted; what was committed stays. Run again to go on${how}:\n  ${again}`);
  }
  if (isOneAtATime && embedded > 0 && longest(summary)?.phase === "embedding") {
    lines.push(
      "Each embedding server took one request after the other: there, more workers save a few percent at most. Faster are " +
        "more servers (--ollama-host one,two), or one that works on several requests at a time (vLLM, " +
        "text-embeddings-inference, llama-server: --embedder openai).",
    );
  }
  if (mode !== "sequential" && embedded > 0) {
    lines.push(`Compare with --sequential for baseline:\n  ${call.again(["--sequential"])}`);
  }
  return lines;
}
