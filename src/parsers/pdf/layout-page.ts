import type { Line, Span } from "./pdf-content.ts";

/** Parts of a font's size: what two spans of a line may be apart, and what makes them cells of a table. */
const WORD_GAP = 0.18;
const CELL_GAP = 1;
/** Of its column's width, what most of the lines of running text fill. */
const COLUMN_FILL_MIN = 0.55;
const COLUMN_ROWS_MIN = 6;
/** Rows that may run across a gutter (titles, wide figures), as a share of all. */
const CROSSING_SHARE_MAX = 0.35;
const COLUMNS_MAX = 4;

type Segment = {
  text: string;
  readonly x: number;
  right: number;
  readonly y: number;
  readonly size: number;
  readonly mono: boolean;
};

/** The lines of a page in reading order: columns one after the other, between what runs across them. */
export function layoutPage(spans: readonly Span[]): Line[] {
  return readingOrder(segmentsOf(spans), 0);
}

/** Joins spans that touch into segments; a wide gap ends one. */
function segmentsOf(spans: readonly Span[]): Segment[] {
  const segments: Segment[] = [];
  const rows = groupRows([...spans].sort((one, other) => one.y - other.y || one.x - other.x));
  for (const row of rows) {
    row.sort((one, other) => one.x - other.x);
    let current: Segment | undefined;
    for (const { text, x, y, width, size, mono } of row) {
      if (current !== undefined) {
        const gap = x - current.right;
        if (text.trim() === "") {
          if (gap < size * CELL_GAP) {
            if (width < size * CELL_GAP) current.text += " ";
          }
          continue;
        }
        // Printed twice at one place, to look bold.
        if (text.trim() === current.text.trim() && Math.abs(x - current.x) < size * 0.2) continue;
        if (gap < size * CELL_GAP && gap > -size * 2) {
          const space = gap > size * WORD_GAP && !current.text.endsWith(" ") && !text.startsWith(" ") ? " " : "";
          current.text += space + text;
          current.right = Math.max(current.right, x + width);
          continue;
        }
      }
      if (text.trim() === "") continue;
      current = { text, x, right: x + width, y, size, mono };
      segments.push(current);
    }
  }
  return segments;
}

/** Items whose baselines are less than half a line apart, in rows from the top. */
function groupRows<Item extends { readonly y: number; readonly size: number }>(sorted: readonly Item[]): Item[][] {
  const rows: Item[][] = [];
  let baseline = Number.NEGATIVE_INFINITY;
  for (const item of sorted) {
    const row = rows.at(-1);
    if (row !== undefined && Math.abs(item.y - baseline) < Math.max(item.size, row[0]?.size ?? 0) * 0.45) {
      row.push(item);
    } else {
      rows.push([item]);
      baseline = item.y;
    }
  }
  return rows;
}

function readingOrder(segments: readonly Segment[], column: number, depth = 1): Line[] {
  const gutter = depth < COLUMNS_MAX ? findGutter(segments) : undefined;
  if (gutter === undefined) return linesOf(segments, column);
  const lines: Line[] = [];
  let left: Segment[] = [];
  let right: Segment[] = [];
  const endBand = () => {
    for (const line of readingOrder(left, column * COLUMNS_MAX + 1, depth + 1)) lines.push(line);
    for (const line of readingOrder(right, column * COLUMNS_MAX + 2, depth + 1)) lines.push(line);
    left = [];
    right = [];
  };
  for (const row of groupRows([...segments].sort((one, other) => one.y - other.y))) {
    if (row.some((segment) => segment.x < gutter - 1 && segment.right > gutter + 1)) {
      endBand();
      lines.push(...linesOf(row, column));
      continue;
    }
    for (const segment of row) (segment.x < gutter ? left : right).push(segment);
  }
  endBand();
  return lines;
}

/** Where a vertical strip of white parts two columns of running text; undefined when there is none. */
function findGutter(segments: readonly Segment[]): number | undefined {
  if (segments.length < COLUMN_ROWS_MIN * 2) return undefined;
  const { left, right } = extentOf(segments);
  const width = right - left;
  let best: { x: number; crossing: number } | undefined;
  const starts = [...new Set(segments.map(({ x }) => Math.round(x)))].filter(
    (x) => x > left + width * 0.15 && x < left + width * 0.85,
  );
  for (const start of starts) {
    const x = start - 2;
    const crossing = segments.filter((segment) => segment.x < x - 1 && segment.right > x + 1).length;
    if (best === undefined || crossing < best.crossing) best = { x, crossing };
  }
  if (best === undefined || best.crossing > segments.length * CROSSING_SHARE_MAX) return undefined;
  const { x } = best;
  const inLeft = segments.filter((segment) => segment.right <= x + 1);
  const inRight = segments.filter((segment) => segment.x >= x - 1);
  if (!isRunningText(inLeft) || !isRunningText(inRight)) return undefined;
  return x;
}

/** Not `Math.min(...)`: a page may have more segments than a call takes arguments. */
function extentOf(segments: readonly Segment[]): { readonly left: number; readonly right: number } {
  let left = Number.POSITIVE_INFINITY;
  let right = Number.NEGATIVE_INFINITY;
  for (const segment of segments) {
    left = Math.min(left, segment.x);
    right = Math.max(right, segment.right);
  }
  return { left, right };
}

function isRunningText(segments: readonly Segment[]): boolean {
  if (segments.length < COLUMN_ROWS_MIN) return false;
  const { left, right } = extentOf(segments);
  const widths = segments.map((segment) => segment.right - segment.x).sort((one, other) => one - other);
  const median = widths[Math.floor(widths.length / 2)] ?? 0;
  return median > (right - left) * COLUMN_FILL_MIN;
}

function linesOf(segments: readonly Segment[], column: number): Line[] {
  return groupRows([...segments].sort((one, other) => one.y - other.y)).map((row) => {
    row.sort((one, other) => one.x - other.x);
    const cells = row.map(({ text, x, right }) => ({ text: text.replace(/\s+/g, " ").trim(), x, width: right - x }));
    const longest = row.reduce((one, other) => (other.text.length > one.text.length ? other : one));
    const mono = row.every((segment) => segment.mono);
    const x = row[0]?.x ?? 0;
    const end = row.at(-1)?.right ?? x;
    return {
      cells,
      text: mono ? monospaced(row) : cells.map((cell) => cell.text).join(" "),
      x,
      y: longest.y,
      width: end - x,
      size: longest.size,
      mono,
      column,
    };
  });
}

/** Code keeps its gaps, in characters. */
function monospaced(row: readonly Segment[]): string {
  let text = "";
  let right = row[0]?.x ?? 0;
  for (const segment of row) {
    const character = (segment.right - segment.x) / Math.max(segment.text.length, 1) || segment.size * 0.6;
    text += " ".repeat(Math.max(Math.round((segment.x - right) / character), text === "" ? 0 : 1)) + segment.text;
    right = segment.right;
  }
  return text.trimEnd();
}
