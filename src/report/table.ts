import { shortened } from "../text/words.ts";
import { wrap } from "./wrap.ts";

/** Names that are cut shorter are hard to tell apart: columns are left out first. */
const NAME_COLUMNS_WANTED = 20;
/** Less of a name says nothing. */
const NAME_COLUMNS_MIN = 8;
/** Cells that say nothing, where all of a column are like that. */
const NOTHING: ReadonlySet<string> = new Set(["", "0", "-"]);
const INDENT = "  ";

export type Column = { readonly title: string; readonly align: "left" | "right" };

type Row = readonly string[];

type TableOptions = {
  /** Characters a line of the terminal holds; undefined for what is no terminal: there nothing is left out. */
  readonly width?: number | undefined;
  /** Titles of columns, in the order in which they are left out where there is no room for all. */
  readonly dispensable?: readonly string[];
  /** Names are to be copied: none is shortened. */
  readonly wholeNames?: boolean;
};

/** Columns of texts. */
export function left(...titles: readonly string[]): Column[] {
  return titles.map((title) => ({ title, align: "left" }));
}

/** Columns of figures. */
export function right(...titles: readonly string[]): Column[] {
  return titles.map((title) => ({ title, align: "right" }));
}

/**
 * A plain text table: a header line, a rule, a line a row, which begins with its name. Where that is wider than `width`, a
 * terminal would break the lines anywhere: the middles of long names are left out, then columns, those first that say
 * nothing; and where what no reader can do without has no room, each row is a block, a line a cell. A row of one cell is a
 * line between the others, of whatever length.
 */
export function table(columns: readonly Column[], rows: readonly Row[], options: TableOptions = {}): string {
  const { width = Infinity, dispensable = [], wholeNames = false } = options;
  const names = rows.filter((row) => !isRemark(columns, row)).map(([name = ""]) => Bun.stringWidth(name));
  const longest = Math.max(0, ...names);
  const order = [...emptyColumns(columns, rows), ...dispensable];
  for (let count = 0; count <= order.length; count++) {
    const some = without(columns, rows, new Set(order.slice(0, count)));
    const room = longest - Math.max(0, widthOf(some) - width);
    const wanted = wholeNames ? Infinity : count < order.length ? NAME_COLUMNS_WANTED : NAME_COLUMNS_MIN;
    if (room >= Math.min(longest, wanted))
      return lines(
        some.columns,
        some.rows.map((row) => named(row, room, columns)),
      );
  }
  return blocks(columns, rows, width);
}

type Shape = { readonly columns: readonly Column[]; readonly rows: readonly Row[] };

function without(columns: readonly Column[], rows: readonly Row[], titles: ReadonlySet<string>): Shape {
  const isKept = (_: unknown, index: number) => index === 0 || !titles.has(columns[index]?.title ?? "");
  return {
    columns: columns.filter(isKept),
    rows: rows.map((row) => (isRemark(columns, row) ? row : row.filter(isKept))),
  };
}

function emptyColumns(columns: readonly Column[], rows: readonly Row[]): string[] {
  const full = rows.filter((row) => !isRemark(columns, row));
  const isEmpty = (index: number) => full.every((row) => NOTHING.has(row[index] ?? ""));
  return columns.flatMap(({ title }, index) => (isEmpty(index) ? [title] : []));
}

function named(row: Row, room: number, columns: readonly Column[]): Row {
  const [name = "", ...cells] = row;
  return isRemark(columns, row) ? row : [shortened(name, room), ...cells];
}

function lines(columns: readonly Column[], rows: readonly Row[]): string {
  const widths = widthsOf({ columns, rows });
  const line = (cells: Row) => {
    if (isRemark(columns, cells)) return `${cells[0]}\n`;
    const padded = columns.map(({ align }, index) => {
      const cell = cells[index] ?? "";
      const space = " ".repeat((widths[index] ?? 0) - Bun.stringWidth(cell));
      return align === "right" ? space + cell : cell + space;
    });
    return `${padded.join("  ").trimEnd()}\n`;
  };
  const rule = widths.map((length) => "-".repeat(length));
  return [columns.map(({ title }) => title), rule, ...rows].map(line).join("");
}

/** The name of each row, and below it what else it has, behind titles of one length. */
function blocks(columns: readonly Column[], rows: readonly Row[], width: number): string {
  const titles = Math.max(...columns.slice(1).map(({ title }) => Bun.stringWidth(title)));
  const block = (row: Row) => {
    if (isRemark(columns, row)) return `${row[0]}\n`;
    const [name = "", ...cells] = row;
    const fields = cells.flatMap((cell, index) => {
      const { title = "" } = columns[index + 1] ?? {};
      const first = `${INDENT}${title}${" ".repeat(titles - Bun.stringWidth(title))}  `;
      const others = " ".repeat(first.length);
      return cell === "" ? [] : wrap(cell, { first, others, columns: width, hard: false });
    });
    // Whole, though a terminal breaks it: it has the line for itself.
    return [name, ...fields].map((line) => `${line}\n`).join("");
  };
  return rows.map(block).join("\n");
}

function widthOf(shape: Shape): number {
  return widthsOf(shape).reduce((sum, column) => sum + column + 2, -2);
}

function widthsOf({ columns, rows }: Shape): number[] {
  const full = rows.filter((row) => !isRemark(columns, row));
  return columns.map((column, index) =>
    Math.max(Bun.stringWidth(column.title), ...full.map((row) => Bun.stringWidth(row[index] ?? ""))),
  );
}

function isRemark(columns: readonly Column[], row: Row): boolean {
  return row.length === 1 && columns.length > 1;
}
