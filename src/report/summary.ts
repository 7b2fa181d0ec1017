import type { SourceSummary, SourceTotals } from "../ingest/events.ts";
import { count, duration, plural } from "../text/words.ts";
import { table, type Column } from "./table.ts";
import { printable } from "../text/printable.ts";

export type RunSummary = {
  readonly sources: readonly SourceSummary[];
  /** `parallel (4w)` or `sequential`. */
  readonly mode: string;
  readonly durationMs: number;
  readonly exitCode: number;
  /** What the run waited for most. */
  readonly limit: { readonly stage: string; readonly share: number };
  /** Undefined when it does not name all that failed. */
  readonly failureLog: string | undefined;
  /** Characters a line of the terminal holds; undefined where it is none. */
  readonly columns?: number | undefined;
};

const COLUMNS: readonly Column[] = [
  { title: "Source", align: "left" },
  ...["Files", "Documents", "Chunks", "Embedded", "Reused", "Removed", "Failed", "Duration"].map((title): Column => ({
    title,
    align: "right",
  })),
  { title: "Mode", align: "left" },
  { title: "Status", align: "left" },
];

/** The table at the end of a run, its totals, and what to do next. */
export function summaryText(summary: RunSummary): string {
  const { sources, mode, durationMs } = summary;
  const totals = totalsOf(sources);
  const rows = sources.map((source) => [
    printable(source.source),
    ...figures(source),
    duration(source.durationMs),
    mode,
    source.status,
  ]);
  if (sources.length > 1) rows.push(["Total", ...figures(totals), duration(durationMs), mode, ""]);
  const reasons = sources
    .filter((source) => source.reason !== "")
    .map((source) => `${source.source}: ${source.reason}`);
  return [
    `\n${table(COLUMNS, rows, summary.columns)}\n`,
    ...reasons.map((reason) => `${printable(reason)}\n`),
    `${speed(summary, totals)}\n`,
    ...hints(summary, totals).map((hint) => `${hint}\n`),
  ].join("");
}

export function totalsOf(sources: readonly SourceSummary[]): SourceTotals {
  const sum = (key: keyof SourceTotals) => sources.reduce((total, source) => total + source[key], 0);
  return {
    files: sum("files"),
    documents: sum("documents"),
    chunks: sum("chunks"),
    embedded: sum("embedded"),
    reused: sum("reused"),
    removed: sum("removed"),
    failed: sum("failed"),
  };
}

function figures(totals: SourceTotals): string[] {
  const { files, documents, chunks, embedded, reused, removed, failed } = totals;
  return [files, documents, chunks, embedded, reused, removed, failed].map(count);
}

function speed({ durationMs, limit }: RunSummary, totals: SourceTotals): string {
  const took = `${plural(totals.chunks, "chunk")} in ${duration(durationMs)}`;
  if (totals.embedded === 0) return `${took}; nothing to embed.`;
  const perSecond = Math.round(totals.embedded / (Math.max(durationMs, 1) / 1_000));
  return `${took}, ${count(perSecond)} embedded chunks/s; limited by ${limit.stage} (${Math.round(limit.share * 100)}% of the time).`;
}

function hints({ exitCode, failureLog, mode }: RunSummary, { failed, embedded }: SourceTotals): string[] {
  const lines: string[] = [];
  if (exitCode === 1 && failed > 0 && failureLog !== undefined) {
    lines.push("Some batches failed. Re-run with --retry-failed", `The failed chunks are in ${printable(failureLog)}`);
  }
  if (exitCode === 130)
    lines.push("Interrupted; what was committed stays. Run again to go on, with --resume to skip completed sources.");
  if (mode !== "sequential" && embedded > 0) lines.push("Compare with --sequential for baseline");
  return lines;
}
