import { type SourceSummary, type SourceTotals, totalsOf } from "../ingest/events.ts";
import { printable } from "../text/printable.ts";
import { count, duration } from "../text/words.ts";
import { type Column, left, right, table } from "./table.ts";

/** One of the counts of a source. */
export type Figure = keyof SourceTotals;

/** What a narrow terminal does without, one after the other: how a source ended, and what failed of it, stays. */
const DISPENSABLE: readonly (Figure | "duration" | "mode")[] = [
  ...(["files", "reused", "kept", "documents", "chunks"] as const),
  ...(["mode", "duration", "added", "changed", "embedded", "removed"] as const),
];

type SourceTableOptions = {
  /** Those of a column each, where one of the sources has some. */
  readonly figures: readonly Figure[];
  /** Columns that are not called like what they count. */
  readonly titles?: Partial<Record<Figure, string>>;
  /** Of a run: how long it took, and how it went about it; `mode` is undefined where that made no difference. */
  readonly took?: { readonly durationMs: number; readonly mode: string | undefined };
  readonly width: number | undefined;
};

/** A source that there is something to say of. */
export function didSomething({ status }: SourceSummary): boolean {
  return status !== "UNCHANGED" && status !== "SKIPPED";
}

/** A line for each source that did something, one for all that are unchanged, and the sums of both. */
export function sourceTable(sources: readonly SourceSummary[], options: SourceTableOptions): string {
  const { took, titles = {}, width } = options;
  const shown = sources.filter(didSomething);
  const unchanged = sources.filter(({ status }) => status === "UNCHANGED").length;
  const figures = options.figures.filter((figure) => shown.some((source) => source[figure] > 0));
  const mode = took?.mode === undefined ? [] : [took.mode];
  const titleOf = (figure: string) => figure.charAt(0).toUpperCase() + figure.slice(1);
  const titleOfFigure = (figure: Figure) => titles[figure] ?? titleOf(figure);
  const cells = (totals: SourceTotals) => figures.map((figure) => count(totals[figure]));
  const time = (ms: number) => (took === undefined ? [] : [duration(ms)]);
  const columns: Column[] = [
    ...left("Source"),
    ...right(...figures.map(titleOfFigure), ...(took === undefined ? [] : ["Duration"])),
    ...left(...mode.map(() => "Mode"), "Status"),
  ];
  const rows = shown.map((source) => [
    ...[printable(source.source), ...cells(source), ...time(source.durationMs), ...mode, source.status],
  ]);
  if (unchanged > 0) rows.push([`${count(unchanged)} more: unchanged`]);
  if (sources.length > 1)
    rows.push(["Total", ...cells(totalsOf(sources)), ...time(took?.durationMs ?? 0), ...mode, ""]);
  const dispensable = DISPENSABLE.map((one) =>
    one === "mode" || one === "duration" ? titleOf(one) : titleOfFigure(one),
  );
  return table(columns, rows, { width, dispensable });
}
