import { type SourceSummary, type SourceTotals, totalsOf } from "../ingest/events.ts";
import { printable } from "../text/printable.ts";
import { count, duration, shortened } from "../text/words.ts";
import { type Column, left, NAME_COLUMNS_MIN, right, table, tableWidth } from "./table.ts";

/** One of the counts of a source. */
export type Figure = keyof SourceTotals;

export type SourceTableOptions = {
  /** Those of a column each, where one of the sources has some. */
  readonly figures: readonly Figure[];
  /** Columns that are not called like what they count. */
  readonly titles?: Partial<Record<Figure, string>>;
  /** Left out, one after the other, where there is no room for all. */
  readonly dispensable: readonly Figure[];
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
  const { took, dispensable, width = Infinity } = options;
  const shown = sources.filter(didSomething);
  const unchanged = sources.filter(({ status }) => status === "UNCHANGED").length;
  const all = options.figures.filter((figure) => shown.some((source) => source[figure] > 0));
  const mode = took?.mode === undefined ? [] : [took.mode];
  const made = (figures: readonly Figure[], nameColumns = Infinity) => {
    const cells = (totals: SourceTotals) => figures.map((figure) => count(totals[figure]));
    const time = (ms: number) => (took === undefined ? [] : [duration(ms)]);
    const columns: Column[] = [
      ...left("Source"),
      ...right(...figures.map((figure) => titleOf(figure, options)), ...(took === undefined ? [] : ["Duration"])),
      ...left(...mode.map(() => "Mode"), "Status"),
    ];
    const rows = shown.map((source) => [
      ...[
        shortened(printable(source.source), nameColumns),
        ...cells(source),
        ...time(source.durationMs),
        ...mode,
        source.status,
      ],
    ]);
    if (unchanged > 0) rows.push([`${count(unchanged)} more: unchanged`]);
    if (sources.length > 1) {
      rows.push(["Total", ...cells(totalsOf(sources)), ...time(took?.durationMs ?? 0), ...mode, ""]);
    }
    return { columns, rows };
  };
  const without = (number: number) => all.filter((figure) => !dispensable.slice(0, number).includes(figure));
  const widthOf = ({ columns, rows }: ReturnType<typeof made>) => tableWidth(columns, rows);
  const whole = [...dispensable.keys(), dispensable.length].map((number) => made(without(number)));
  const fewest = without(dispensable.length);
  const longestName = Math.max(...shown.map(({ source }) => Bun.stringWidth(printable(source))));
  const nameColumns = longestName - (widthOf(made(fewest)) - width);
  const fitting =
    whole.find((one) => widthOf(one) <= width) ??
    (nameColumns >= NAME_COLUMNS_MIN ? made(fewest, nameColumns) : made(all));
  return table(fitting.columns, fitting.rows, width);
}

function titleOf(figure: Figure, { titles = {} }: SourceTableOptions): string {
  return titles[figure] ?? figure.charAt(0).toUpperCase() + figure.slice(1);
}
