const ROW = /<tr\b[^>]*>/i;
const CELL = /<t[hd]\b[^>]*>/i;

/**
 * An HTML table as a Markdown table, its first row as the head; `textOf` reads what is in a cell.
 * Undefined when its cells hold what no Markdown table can: tables, code blocks.
 */
export function markdownTable(inner: string, textOf: (html: string) => string): string | undefined {
  if (/<(?:table|pre)\b|```|~~~/i.test(inner)) return undefined;
  const [before = "", ...rows] = inner.split(ROW);
  const lines = rows
    .map((row) =>
      row
        .split(CELL)
        .slice(1)
        .map((cell) => textOf(cell).replace(/\s+/g, " ").trim()),
    )
    .filter((cells) => cells.some((cell) => cell !== ""));
  const columns = lines.reduce((most, cells) => Math.max(most, cells.length), 0);
  if (columns === 0) return undefined;
  const line = (cells: readonly string[]) =>
    `| ${Array.from({ length: columns }, (_, index) => (cells[index] ?? "").replace(/(?<!\\)\|/g, "\\|")).join(" | ")} |`;
  const [head = [], ...body] = lines;
  const caption = textOf(before).trim();
  const rule = line(head.map(() => "---").concat(Array.from({ length: columns - head.length }, () => "---")));
  return [...(caption === "" ? [] : [caption, ""]), line(head), rule, ...body.map(line)].join("\n");
}
