import { shortened } from "../text/words.ts";

/** Names that are cut shorter are not told apart. */
export const NAME_COLUMNS_MIN = 16;

export type Column = { readonly title: string; readonly align: "left" | "right" };

/** Columns of texts. */
export function left(...titles: readonly string[]): Column[] {
  return titles.map((title) => ({ title, align: "left" }));
}

/** Columns of figures. */
export function right(...titles: readonly string[]): Column[] {
  return titles.map((title) => ({ title, align: "right" }));
}

/**
 * A plain text table: a header line, a rule, a line a row. Where that is wider than `width` characters, a terminal would
 * break the lines anywhere: then it is a paragraph a row, its first cell and below it the others with their titles. A row
 * of one cell is a line between the others, of whatever length.
 */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], width = Infinity): string {
  if (tableWidth(columns, rows) > width) {
    return rows.map((row) => (isRemark(columns, row) ? `${row[0]}\n` : paragraph(columns, row, width))).join("\n");
  }
  const widths = widthsOf(columns, rows);
  const line = (cells: readonly string[]) => {
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

/** A table whose rows begin with a name; where long ones keep it from fitting, their middle is left out. */
export function tableOfNames(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width = Infinity,
): string {
  const longest = Math.max(...rows.map(([name = ""]) => Bun.stringWidth(name)));
  const room = longest - Math.max(tableWidth(columns, rows) - width, 0);
  const fitting = rows.map(([name = "", ...cells]) => [shortened(name, room), ...cells]);
  return table(columns, room >= NAME_COLUMNS_MIN ? fitting : rows, width);
}

/** Characters of the longest line that `table` makes where there is room. */
export function tableWidth(columns: readonly Column[], rows: readonly (readonly string[])[]): number {
  return widthsOf(columns, rows).reduce((sum, column) => sum + column + 2, -2);
}

function widthsOf(columns: readonly Column[], rows: readonly (readonly string[])[]): number[] {
  const full = rows.filter((row) => !isRemark(columns, row));
  return columns.map((column, index) =>
    Math.max(Bun.stringWidth(column.title), ...full.map((row) => Bun.stringWidth(row[index] ?? ""))),
  );
}

function isRemark(columns: readonly Column[], row: readonly string[]): boolean {
  return row.length === 1 && columns.length > 1;
}

function paragraph(columns: readonly Column[], [first = "", ...cells]: readonly string[], width: number): string {
  const lines = [first, ""];
  for (const [index, cell] of cells.entries()) {
    if (cell === "") continue;
    const field = `  ${columns[index + 1]?.title ?? ""} ${cell}`;
    const last = lines.at(-1) ?? "";
    if (last !== "" && Bun.stringWidth(last + field) > width) lines.push(field);
    else lines[lines.length - 1] = last + field;
  }
  return lines.map((line) => `${line}\n`).join("");
}
