export type Column = { readonly title: string; readonly align: "left" | "right" };

/**
 * A plain text table: a header line, a rule, a line a row. Where that is wider than `width` characters, a terminal would
 * break the lines anywhere: then it is a paragraph a row, its first cell and below it the others with their titles.
 */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], width = Infinity): string {
  const widths = columns.map((column, index) =>
    Math.max(Bun.stringWidth(column.title), ...rows.map((row) => Bun.stringWidth(row[index] ?? ""))),
  );
  if (widths.reduce((sum, column) => sum + column + 2, -2) > width) {
    return rows.map((row) => paragraph(columns, row, width)).join("\n");
  }
  const line = (cells: readonly string[]) =>
    columns
      .map((column, index) => {
        const cell = cells[index] ?? "";
        const space = " ".repeat(Math.max((widths[index] ?? 0) - Bun.stringWidth(cell), 0));
        return column.align === "right" ? space + cell : cell + space;
      })
      .join("  ")
      .trimEnd();
  return [
    line(columns.map((column) => column.title)),
    widths.map((width) => "-".repeat(width)).join("  "),
    ...rows.map(line),
  ]
    .map((text) => `${text}\n`)
    .join("");
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
