import { BULLET_SIGNS } from "./bullets.ts";
import { LEADER } from "./entries.ts";
import { appended } from "./hyphenation.ts";
import type { Cell, Line } from "./pdf-content.ts";

const ROWS_MIN = 3;
/** Share of the rows that must have two cells or more. */
const FULL_ROWS_MIN = 0.6;
/** From baseline to baseline, in parts of the font's size: within a row whose cells take several lines, and between rows. */
const WRAPPED_GAP = 1.6;
const ROW_GAP = 3.5;
/** The same below the head, which has a background or a rule of its own. */
const HEAD_GAP = 5;
/** How far the line below may be, as a share of the distance to the line above. */
const NEARER_MAX = 0.9;
/** In parts of the font's size. */
const ALIGNED = 0.8;
/** Columns of a table and cells of a line; what has more is a diagram. */
const COLUMNS_MAX = 40;
/** Lines after which a run of them must have become a table. */
const LINES_JUDGED = 60;
/** In points: left and right pages may have different margins. */
const MARGIN_SHIFT_MAX = 100;
const BULLET = new RegExp(`^[${BULLET_SIGNS}]$`);
const MARK = new RegExp(`^(?:[${BULLET_SIGNS}–*-]|\\(?(?:\\d{1,2}|[a-z]|[ivx]{1,5})[.)])$`, "i");

const WORD = /\p{L}{2}/u;

export type Table = {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Lines it takes. */
  readonly lines: number;
};

type Column = { left: number; right: number };
/** The lines of each cell. */
type Row = Map<Column, string[]>;

/** The table that begins at line `start`: cells that stand under each other, whatever side they are aligned to. */
export function tableAt(lines: readonly Line[], start: number): Table | undefined {
  return rowsAt(lines, start) ?? withHead(lines, start);
}

/** A table whose head has a cell over several columns, so that they do not stand under it one by one. */
function withHead(lines: readonly Line[], start: number): Table | undefined {
  const head = lines[start];
  const first = lines[start + 1];
  if (head === undefined || first === undefined || head.cells.length < 2 || first.cells.length <= head.cells.length)
    return undefined;
  if (head.mono || head.font === "" || head.font === first.font || !isNext(first, head)) return undefined;
  // What ends with a number, or has dots before it, is a table of contents.
  if (!head.cells.every(({ text }) => WORD.test(text)) || [head, first].some(({ text }) => text.search(LEADER) !== -1))
    return undefined;
  const table = rowsAt(lines, start + 1);
  if (table === undefined) return undefined;
  const row: Row = new Map();
  for (const { x, width, text } of head.cells) {
    const column = table.columns.find(({ left, right }) => x < right && x + width > left);
    if (column === undefined || row.has(column)) return undefined;
    row.set(column, [text]);
  }
  return { ...table, rows: [row, ...table.rows], lines: table.lines + 1 };
}

function rowsAt(lines: readonly Line[], start: number): Table | undefined {
  const head = lines[start];
  if (head === undefined || head.cells.length < 2) return undefined;
  const columns: Column[] = [];
  const rows: Row[] = [];
  let taken = 0;
  // How far right the table stands on the page that it has come to.
  let shift = 0;
  // The row has lines above the one that its first cell stands in: its cells are centred.
  let isOpen = false;
  for (let index = start; index < lines.length; index++, taken++) {
    if (taken === LINES_JUDGED && !isTable(rows, columns)) return undefined;
    const line = lines[index];
    const before = taken === 0 ? undefined : lines[index - 1];
    if (line === undefined) break;
    if (before !== undefined && !isNext(line, before, taken === 1 && isHeadOver(line, head) ? HEAD_GAP : ROW_GAP)) {
      const found = isTable(rows, columns) ? shiftOfNextPage(line, before, lines[index + 1], head, columns) : undefined;
      if (found === undefined) break;
      shift = found;
      if (line.text === head.text) continue;
    }
    const cells = shift === 0 ? line.cells : line.cells.map((cell) => ({ ...cell, x: cell.x - shift }));
    const placed = place(cells, columns);
    if (placed === undefined) break;
    if (BULLET.test(cells[0]?.text ?? "")) break;
    const isClose = before !== undefined && line.y > before.y && line.y - before.y <= line.size * WRAPPED_GAP;
    const isInner = before !== undefined && isUnderOthers(cells, placed, line, columns);
    const isAbove: boolean = isInner && !isOpen && isNearerBelow(line, before, lines[index + 1]);
    const isWrapped = isClose && !isAbove && (isInner || isOpen) && (before.mono || !line.mono);
    if (cells.length === 1 && !isWrapped && !isAbove) break;
    const row: Row = isWrapped ? (rows.at(-1) ?? new Map()) : new Map();
    if (!isWrapped) rows.push(row);
    isOpen = isAbove || (isOpen && isInner);
    for (const [at, cell] of cells.entries()) {
      const column = placed[at] ?? added(columns, cell);
      column.left = Math.min(column.left, cell.x);
      column.right = Math.max(column.right, cell.x + cell.width);
      const texts = row.get(column);
      if (texts === undefined) row.set(column, [cell.text]);
      else texts.push(cell.text);
    }
  }
  joinHead(rows, columns, lines.slice(start, start + 3));
  return isTable(rows, columns) ? { columns, rows, lines: taken } : undefined;
}

/** Makes one row of a head whose first cell has fewer lines than others, and stands beside their last one. */
function joinHead(rows: Row[], [first]: readonly Column[], [upper, lower, below]: readonly Line[]): void {
  const [head, next] = rows;
  if (head === undefined || next === undefined || first === undefined || head.has(first) || !next.has(first)) return;
  if (upper === undefined || lower === undefined || below === undefined) return;
  if (upper.font === "" || upper.font !== lower.font || upper.font === below.font) return;
  const gap = lower.y - upper.y;
  if (rows.length <= ROWS_MIN || gap > upper.size * WRAPPED_GAP || gap > (below.y - lower.y) * NEARER_MAX) return;
  for (const [column, texts] of next) head.set(column, [...(head.get(column) ?? []), ...texts]);
  rows.splice(1, 1);
}

/** As Markdown; the first row is the head. */
export function tableMarkdown({ rows, columns }: Table, compounds: ReadonlySet<string>): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const textOf = (texts: readonly string[] = []) =>
    texts
      .reduce((text, next) => appended(text, next, compounds), "")
      .replace(LEADER, " ")
      .trim();
  const [head = "", ...body] = rows.map((row) => line(columns.map((column) => textOf(row.get(column)))));
  return [head, line(columns.map(() => "---")), ...body].join("\n");
}

function isTable(rows: readonly Row[], columns: readonly Column[]): boolean {
  if (rows.length < ROWS_MIN || rows.filter((row) => row.size > 1).length < rows.length * FULL_ROWS_MIN) return false;
  const [marks] = columns;
  if (marks === undefined) return false;
  const firstCells = rows.flatMap((row) => row.get(marks)?.join(" ") ?? []);
  const from = Number(firstCells[0]);
  const isList =
    firstCells.every((text) => MARK.test(text)) || firstCells.every((text, at) => text === String(from + at));
  return !isList;
}

/**
 * How far the table's columns stand to the right on the next page, if the line goes on with it there: cells under the
 * same left edges, and not the head of another table, which is set in the same font as this one's.
 */
function shiftOfNextPage(
  line: Line,
  before: Line,
  next: Line | undefined,
  head: Line,
  columns: readonly Column[],
): number | undefined {
  const [first, ...others] = line.cells;
  const [left] = columns;
  if (first === undefined || left === undefined) return undefined;
  if (line.y > before.y || line.column !== before.column || Math.abs(line.size - before.size) > 1) return undefined;
  const isHead = head.font !== "" && line.font === head.font;
  if (line.text !== head.text && isHead && line.font !== before.font) return undefined;
  const isAt = (x: number) => columns.slice(1).some((column) => Math.abs(x - column.left) < line.size * ALIGNED);
  // The upper line of a cell that takes several; the first cell of the row is centred beside it.
  if (others.length === 0) return isAt(first.x) && isNearerBelow(line, before, next) ? 0 : undefined;
  const shift = first.x - left.left;
  const isUnder = ({ x }: Cell) => isAt(x - shift);
  return Math.abs(shift) < MARGIN_SHIFT_MAX && others.every(isUnder) ? shift : undefined;
}

function isNext(line: Line, before: Line, gap = ROW_GAP): boolean {
  return line.column === before.column && line.y > before.y && line.y - before.y < line.size * gap;
}

/** Whether a row with as many cells, in another font, stands above the first one of a table. */
function isHeadOver(line: Line, head: Line): boolean {
  if (head.font === "" || head.font === line.font || head.mono || head.cells.length !== line.cells.length) return false;
  return head.cells.every(({ x, width }, at) => {
    const below = line.cells[at];
    return below !== undefined && x < below.x + below.width && x + width > below.x;
  });
}

/** The column of each cell, undefined for one that begins a new column; undefined when they do not fit the table. */
function place(cells: readonly Cell[], columns: readonly Column[]): (Column | undefined)[] | undefined {
  const placed: (Column | undefined)[] = [];
  if (cells.length > COLUMNS_MAX || columns.length > COLUMNS_MAX) return undefined;
  for (const { x, width } of cells) {
    const under = columns.filter(({ left, right }) => x < right && x + width > left);
    const [column] = under;
    if (under.length > 1 || (column !== undefined && placed.includes(column))) return undefined;
    placed.push(column);
  }
  return placed;
}

/** Whether a line has nothing in the first column, and cells under the left edges of others. */
function isUnderOthers(
  cells: readonly Cell[],
  placed: readonly (Column | undefined)[],
  line: Line,
  [first]: readonly Column[],
): boolean {
  return placed.every(
    (column, at) =>
      column !== undefined && column !== first && Math.abs((cells[at]?.x ?? 0) - column.left) < line.size * ALIGNED,
  );
}

/** Whether a line belongs to the row below it rather than to the one above. */
function isNearerBelow(line: Line, before: Line, next: Line | undefined): boolean {
  if (next === undefined || next.column !== line.column || next.y < line.y) return false;
  const gap = next.y - line.y;
  // The line above may be on the page before.
  const isNearer = line.y < before.y || gap < (line.y - before.y) * NEARER_MAX;
  return gap <= line.size * WRAPPED_GAP && isNearer;
}

function added(columns: Column[], { x, width }: Cell): Column {
  const column = { left: x, right: x + width };
  columns.push(column);
  columns.sort((one, other) => one.left - other.left);
  return column;
}
