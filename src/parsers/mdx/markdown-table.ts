import { tagsBetween } from "./element-content.ts";
import type { Tag } from "./tag.ts";

type Cell = { readonly start: number; readonly end: number };

const PARTS = new Set(["tr", "td", "th", "thead", "tbody", "tfoot", "caption"]);

/**
 * A table of HTML as a Markdown table, its first row as the head. Undefined when its cells hold what no Markdown table can:
 * tables, code blocks.
 */
export function markdownTable(
  tags: readonly Tag[],
  opening: Tag,
  closing: Tag,
): ((textBetween: (start: number, end: number) => string) => string) | undefined {
  const inner = tagsBetween(tags, opening, closing);
  if (inner.some(({ name }) => name === "table" || name === "pre")) return undefined;
  const parts = inner.filter(({ name }) => PARTS.has(name));
  const rows: Cell[][] = [];
  for (const [index, { name, kind, end }] of parts.entries()) {
    if (kind === "close") continue;
    if (name === "tr") rows.push([]);
    else if (name === "td" || name === "th")
      rows.at(-1)?.push({ start: end, end: (parts[index + 1] ?? closing).start });
  }
  if (rows.flat().length === 0) return undefined;
  const caption = { start: opening.end, end: (parts.find(({ name }) => name === "tr") ?? closing).start };
  return (textBetween) => {
    const read = ({ start, end }: Cell) => textBetween(start, end);
    const filled = rows.map((cells) => cells.map(read)).filter((cells) => cells.some((cell) => cell !== ""));
    return [read(caption), markdownRows(filled)].filter((part) => part !== "").join("\n\n");
  };
}

function markdownRows([head = [], ...body]: readonly (readonly string[])[]): string {
  const columns = body.reduce((most, cells) => Math.max(most, cells.length), head.length);
  if (columns === 0) return "";
  const line = (cells: readonly string[]) =>
    `| ${Array.from({ length: columns }, (_, index) => (cells[index] ?? "").replace(/(?<!\\)\|/g, "\\|")).join(" | ")} |`;
  return [line(head), line(Array.from({ length: columns }, () => "---")), ...body.map(line)].join("\n");
}
