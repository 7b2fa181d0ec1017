import type { Line } from "./pdf-content.ts";

const ROWS_MIN = 3;
/** Of the rows, those that have two cells or more. */
const FULL_ROWS_MIN = 0.6;
/** From baseline to baseline, in parts of the font's size: within a row whose cells take several lines, and between rows. */
const WRAPPED_GAP = 1.6;
const ROW_GAP = 3.5;
/** In parts of the font's size. */
const ALIGNED = 0.8;
const MARK = /^(?:[•●○■▪‣–∙◦*-]|\(?(?:\d{1,2}|[a-z]|[ivx]{1,5})[.)])$/i;

export type Table = { readonly markdown: string; /** It takes. */ readonly lines: number };

type Cell = Line["cells"][number];
type Column = { left: number; right: number };
type Row = Map<Column, string>;

/** The table that begins at line `start`: cells that stand under each other, whatever side they are aligned to. */
export function tableAt(lines: readonly Line[], start: number): Table | undefined {
  const first = lines[start];
  if (first === undefined || first.cells.length < 2) return undefined;
  const columns: Column[] = [];
  const rows: Row[] = [];
  let taken = 0;
  for (let index = start; index < lines.length; index++, taken++) {
    const line = lines[index];
    const before = lines[index - 1];
    if (line === undefined) break;
    if (index > start && (before === undefined || !isNext(line, before))) break;
    const placed = place(line.cells, columns);
    if (placed === undefined) break;
    const isWrapped = before !== undefined && index > start && isContinued(line, placed, before, columns);
    if (line.cells.length === 1 && !isWrapped) break;
    const row: Row = isWrapped ? (rows.at(-1) ?? new Map()) : new Map();
    if (!isWrapped) rows.push(row);
    for (const [at, cell] of line.cells.entries()) {
      const column = placed[at] ?? added(columns, cell);
      column.left = Math.min(column.left, cell.x);
      column.right = Math.max(column.right, cell.x + cell.width);
      row.set(column, [row.get(column) ?? "", cell.text].join(" ").trim());
    }
  }
  if (rows.length < ROWS_MIN || rows.filter((row) => row.size > 1).length < rows.length * FULL_ROWS_MIN)
    return undefined;
  const [marks] = columns;
  if (marks === undefined || rows.every((row) => MARK.test(row.get(marks) ?? ""))) return undefined;
  return { markdown: markdownOf(rows, columns), lines: taken };
}

function isNext(line: Line, before: Line): boolean {
  return line.column === before.column && line.y > before.y && line.y - before.y < line.size * ROW_GAP;
}

/** The column of each cell, undefined for one that begins a new column; undefined when they do not fit the table. */
function place(cells: readonly Cell[], columns: readonly Column[]): (Column | undefined)[] | undefined {
  const placed: (Column | undefined)[] = [];
  for (const { x, width } of cells) {
    const under = columns.filter(({ left, right }) => x < right && x + width > left);
    const [column] = under;
    if (under.length > 1 || (column !== undefined && placed.includes(column))) return undefined;
    placed.push(column);
  }
  return placed;
}

/** Whether a line goes on with cells of the row above: nothing in the first column, and close below. */
function isContinued(
  line: Line,
  placed: readonly (Column | undefined)[],
  before: Line,
  columns: readonly Column[],
): boolean {
  const [first] = columns;
  if (line.y - before.y > line.size * WRAPPED_GAP || first === undefined) return false;
  return placed.every(
    (column, at) =>
      column !== undefined &&
      column !== first &&
      Math.abs((line.cells[at]?.x ?? 0) - column.left) < line.size * ALIGNED,
  );
}

function added(columns: Column[], { x, width }: Cell): Column {
  const column = { left: x, right: x + width };
  columns.push(column);
  columns.sort((one, other) => one.left - other.left);
  return column;
}

function markdownOf(rows: readonly Row[], columns: readonly Column[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const [head = "", ...body] = rows.map((row) => line(columns.map((column) => row.get(column) ?? "")));
  return [head, line(columns.map(() => "---")), ...body].join("\n");
}
