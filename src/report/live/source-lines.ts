import type { SourceStatus } from "../../ingest/events.ts";
import { printable } from "../../text/printable.ts";
import { count, plural } from "../../text/words.ts";
import type { RunState, SourceState } from "../run-state.ts";
import type { Style } from "./style.ts";

const NAME_COLUMNS_MAX = 32;
const BAR_COLUMNS_MIN = 6;
const BAR_COLUMNS_MAX = 30;
/** Of the word that stands where a bar was. */
const STATUS_COLUMNS = 9;
const PERCENT_COLUMNS = 5;

const STATUSES: Readonly<Record<SourceStatus, string>> = {
  OK: "done",
  UNCHANGED: "unchanged",
  PARTIAL: "in part",
  FAILED: "failed",
  SKIPPED: "skipped",
};

/** A line for each source, or for those that matter most: at work, failed, done, to come; each in its place of the run. */
export function sourceLines(
  { sources }: RunState,
  { columns, rows, style }: { readonly columns: number; readonly rows: number; readonly style: Style },
): string[] {
  const all = [...sources.values()];
  if (rows < 1) return [];
  const isAll = all.length <= rows;
  const shown = isAll ? all : foremost(all, rows - 1);
  const names = shown.map(({ name }) => Bun.stringWidth(printable(name)));
  const nameColumns = Math.min(Math.max(...names, 4), NAME_COLUMNS_MAX, Math.floor(columns / 3));
  const lines = shown.map((source) => style.cut(sourceLine(source, { columns, nameColumns, style }), columns));
  if (isAll) return lines;
  const others = all.filter((source) => !shown.includes(source));
  return [...lines, style.in("dim", style.cut(`  ${othersText(others, columns - 2)}`, columns))];
}

/** What is done of a source, 0 to 1: what was read of it, and stored of that. Undefined where that is not known. */
function shareOfSource({ files, filesTotal, chunks, stored, failed }: SourceState): number | undefined {
  if (filesTotal === 0) return undefined;
  const read = Math.min(files / filesTotal, 1);
  return chunks === 0 ? read : read * Math.min((stored + failed) / chunks, 1);
}

function sourceLine(
  source: SourceState,
  { columns, nameColumns, style }: { readonly columns: number; readonly nameColumns: number; readonly style: Style },
): string {
  const { status, isBegun } = source;
  const name = `  ${style.named(printable(source.name), nameColumns)}  `;
  const room = columns - nameColumns - 4;
  if (status === undefined && !isBegun) return `${name}${style.in("dim", "to come")}`;
  const share = status === undefined ? shareOfSource(source) : undefined;
  // As wide as the bars above and below it.
  const barColumns = Math.min(BAR_COLUMNS_MAX, Math.max(BAR_COLUMNS_MIN, Math.floor(room / 3)), room - PERCENT_COLUMNS);
  const width = Math.max(barColumns + PERCENT_COLUMNS, STATUS_COLUMNS);
  const figures = figuresText(source, room - width - 2);
  if (share === undefined) return `${name}${style.filled(stateText(source, style), width)}  ${figures}`;
  const percent = `${Math.floor(share * 100)}%`.padStart(PERCENT_COLUMNS);
  return `${name}${style.filled(`${style.bar(share, barColumns)}${percent}`, width)}  ${figures}`;
}

function stateText({ status }: SourceState, style: Style): string {
  if (status === undefined) return "reading";
  const color = status === "FAILED" ? "red" : status === "PARTIAL" ? "yellow" : status === "OK" ? "green" : "dim";
  return style.in(color, STATUSES[status]);
}

/** As much of it as has room. */
function figuresText({ status, files, filesTotal, chunks, failed }: SourceState, room: number): string {
  const ofAll = status !== undefined || filesTotal === 0 ? count(files) : `${count(files)}/${count(filesTotal)}`;
  const texts = [
    ...(failed > 0 ? [`${count(failed)} failed`] : []),
    `${ofAll} ${files === 1 && ofAll === "1" ? "file" : "files"}`,
    ...(chunks > 0 ? [plural(chunks, "chunk")] : []),
  ];
  return fitting(texts, room);
}

/** The first of them, as many as have room. */
function fitting(texts: readonly string[], room: number): string {
  let text = "";
  for (const next of texts) {
    const longer = text === "" ? next : `${text}, ${next}`;
    if (Bun.stringWidth(longer) > room) break;
    text = longer;
  }
  return text;
}

function foremost(sources: readonly SourceState[], most: number): SourceState[] {
  const chosen = new Set(sources.toSorted((one, other) => rankOf(one) - rankOf(other)).slice(0, Math.max(most, 0)));
  return sources.filter((source) => chosen.has(source));
}

function rankOf({ status, isBegun }: SourceState): number {
  if (status === undefined) return isBegun ? 0 : 3;
  if (status === "FAILED" || status === "PARTIAL") return 1;
  return status === "OK" ? 2 : 4;
}

/** "and 13 more: 10 done, 3 to come" */
function othersText(others: readonly SourceState[], columns: number): string {
  const words = others.map(({ status, isBegun }) =>
    status === undefined ? (isBegun ? "at work" : "to come") : STATUSES[status],
  );
  const numbers = new Map<string, number>();
  for (const word of words) numbers.set(word, (numbers.get(word) ?? 0) + 1);
  const more = `and ${count(others.length)} more`;
  const parts = [...numbers].map(([word, number]) => `${count(number)} ${word}`);
  const shown = fitting(parts, columns - more.length - 2);
  return shown === "" ? more : `${more}: ${shown}`;
}
