import { BULLET_SIGNS } from "./bullets.ts";
import { crosses, findGutter } from "./columns.ts";
import { inReadingDirection, isRightToLeft } from "./direction.ts";
import type { Line, Span } from "./pdf-content.ts";
import { groupRows, type Segment, segmentsOf } from "./segments.ts";

const LINE_NUMBER = /^\d{1,5}[.:]?$/;
/** Spaces of a gap in a line of code; where there seem to be more, the page is broken. */
const GAP_CHARACTERS_MAX = 200;
/** Columns in columns; their numbers must not meet. */
const NUMBERS_PER_COLUMN = 4;
const ASIDE_COLUMN = -1;

/** The lines of a page in reading order: columns one after the other, between what runs across them; other directions last. */
export function layoutPage(spans: readonly Span[]): Line[] {
  const { 0: level = [], ...others } = Object.groupBy(spans, ({ direction }) => direction);
  const segments = segmentsOf(level);
  const lines = readingOrder(segments, 0, 1, isRightToLeft(segments));
  for (const other of Object.values(others)) {
    for (const line of linesOf(segmentsOf(other ?? []), ASIDE_COLUMN)) lines.push({ ...line, aside: true });
  }
  return lines;
}

function readingOrder(segments: readonly Segment[], column: number, depth: number, rightFirst: boolean): Line[] {
  const gutter = findGutter(segments, depth);
  if (gutter === undefined) return linesOf(segments, column);
  const lines: Line[] = [];
  let left: Segment[] = [];
  let right: Segment[] = [];
  const endBand = () => {
    for (const [side, part] of rightFirst ? [right, left].entries() : [left, right].entries()) {
      for (const line of readingOrder(part, column * NUMBERS_PER_COLUMN + side + 1, depth + 1, rightFirst))
        lines.push(line);
    }
    left = [];
    right = [];
  };
  for (const row of groupRows([...segments].sort((one, other) => one.y - other.y))) {
    // A line that is longer than its column has its neighbour beside it all the same.
    const isAcross = row.some((segment) => crosses(segment, gutter)) && !row.some(({ x }) => x > gutter);
    if (isAcross) {
      endBand();
      lines.push(...linesOf(row, column));
      continue;
    }
    for (const segment of row) (segment.x < gutter - 1 ? left : right).push(segment);
  }
  endBand();
  return lines;
}

function linesOf(segments: readonly Segment[], column: number): Line[] {
  let isCode = false;
  return rowsOf(segments).map((row) => {
    row.sort((one, other) => one.x - other.x);
    const x = row[0]?.x ?? 0;
    const width = (row.at(-1)?.right ?? x) - x;
    const read = isRightToLeft(row) ? inReadingDirection(row) : row;
    const cells = read.map(({ text, x: start, right, ...style }) => ({
      text: text.replace(/\s+/g, " ").trim(),
      x: start,
      width: right - start,
      size: style.size,
      font: style.font,
      mono: style.mono,
    }));
    const longest = row.reduce((one, other) => (other.text.length > one.text.length ? other : one));
    const [first, ...others] = row;
    // A number of the line stands before it, in whatever font.
    const isNumbered = first !== undefined && others.length > 0 && LINE_NUMBER.test(first.text);
    const told = (isNumbered ? others : row).flatMap((segment) => segment.mono ?? []);
    // Nothing but an arrow, or a brace: like the line above.
    const mono = told.length === 0 ? isCode : told.every(Boolean);
    isCode = mono;
    return {
      cells,
      text: mono ? monospaced(row) : cells.map((cell) => cell.text).join(" "),
      x,
      y: longest.y,
      width,
      size: longest.size,
      mono,
      font: row.every(({ font }) => font === longest.font) ? longest.font : "",
      lead: first === undefined || first === longest || first.font === longest.font ? longest.lead : first.font,
      column,
    };
  });
}

/** In parts of the font's size: what a bullet is above or below the text it stands before, and how far before it. */
const BULLET_RAISED_MAX = 0.75;
const BULLET_GAP_MAX = 4;
const BULLET = new RegExp(`^[o${BULLET_SIGNS}]$`);

/** From the top; a bullet that is not on the baseline of its text is in its row all the same. */
function rowsOf(segments: readonly Segment[]): Segment[][] {
  const rows = groupRows([...segments].sort((one, other) => one.y - other.y));
  if (!rows.some(isBullet)) return rows;
  const isBefore = ([bullet]: readonly Segment[], row: readonly Segment[] | undefined) => {
    const x = row?.reduce((least, segment) => Math.min(least, segment.x), Number.POSITIVE_INFINITY) ?? 0;
    const [text] = row ?? [];
    if (bullet === undefined || text === undefined || isBullet(row ?? [])) return false;
    const isBeside = x > bullet.right && x - bullet.right < text.size * BULLET_GAP_MAX;
    return isBeside && Math.abs(text.y - bullet.y) < text.size * BULLET_RAISED_MAX;
  };
  const parted: Segment[][] = [];
  let waiting: Segment[] = [];
  for (const [index, row] of rows.entries()) {
    const last = parted.at(-1);
    if (isBullet(row) && last !== undefined && isBefore(row, last)) last.push(...row);
    else if (isBullet(row) && isBefore(row, rows[index + 1])) waiting = row;
    else {
      parted.push([...waiting, ...row]);
      waiting = [];
    }
  }
  return parted;
}

function isBullet(row: readonly Segment[]): boolean {
  return row.length === 1 && BULLET.test(row[0]?.text.trim() ?? "");
}

/** Code keeps its gaps, in characters. */
function monospaced(row: readonly Segment[]): string {
  let text = "";
  let right = row[0]?.x ?? 0;
  for (const segment of row) {
    const character = (segment.right - segment.x) / Math.max(segment.text.length, 1) || segment.size * 0.6;
    const gap = Math.min(Math.round((segment.x - right) / character), GAP_CHARACTERS_MAX);
    text += " ".repeat(Math.max(gap, text === "" ? 0 : 1)) + segment.text;
    right = segment.right;
  }
  return text.trimEnd();
}
