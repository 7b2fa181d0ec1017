import type { Element, ElementContent, Root } from "hast";
import { BLOCKS, CODE_BLOCKS } from "./elements.ts";
import { framedBlocks } from "./layout-table.ts";
import { cellsOf, rowsOf } from "./table-rows.ts";
import { hasText, rawText, withoutEdges } from "./inline-text.ts";

const CELLS = new Set(["td", "th"]);
/** Beyond these a table has more cells by its spans than by its markup: each would be as many cells in Markdown. */
const AREA_PER_CELL_MAX = 10;
const AREA_ALWAYS_FINE = 1_000;
const SPACE: ElementContent = { type: "text", value: " " };

/** The tree with cells that hold text only, for a Markdown cell is one line: their paragraphs, lists and tables become words in a row. */
export function withFlatCells<Node extends Root | Element>(node: Node, hasSpans = true): Node {
  const children = node.children.map((child) => {
    if (child.type !== "element") return child;
    if (CELLS.has(child.tagName)) return flat(hasSpans ? child : { ...child, properties: {} });
    if (child.tagName !== "table") return withFlatCells(child, hasSpans);
    const canSpan = isSane(child, span);
    if (!canSpan && !isSane(child, () => 1)) return rowsAsText(child);
    return withFlatCells(framedBlocks(child) ?? child, canSpan);
  });
  // What has no cells, most of most trees, is not copied.
  return children.every((child, index) => child === node.children[index]) ? node : { ...node, children };
}

/** The content of an element without the lines of its blocks. */
export function flat(element: Element): Element {
  return { ...element, children: inline(element.children) };
}

function inline(children: readonly ElementContent[]): ElementContent[] {
  return children.flatMap((child): ElementContent[] => {
    if (child.type !== "element") return [child];
    if (child.tagName === "br") return [SPACE];
    if (CODE_BLOCKS.has(child.tagName)) return codeLines(child);
    if (child.tagName === "table") return [SPACE, ...tableWords(child), SPACE];
    const inner = inline(child.children);
    return BLOCKS.has(child.tagName) ? [SPACE, ...inner, SPACE] : [{ ...child, children: inner }];
  });
}

/** Code stays code, each line on its own: run together they would be another program. */
function codeLines(code: Element): ElementContent[] {
  const lines = rawText(code.children)
    .split("\n")
    .filter((line) => /\S/.test(line));
  const spans = lines.map((value): Element => {
    return { type: "element", tagName: "code", properties: {}, children: [{ type: "text", value: value.trim() }] };
  });
  return [SPACE, ...spans.flatMap((span) => [span, SPACE])];
}

/** A table within a cell: `a, b; c, d`. */
function tableWords(table: Element): ElementContent[] {
  const captions = table.children.filter((child) => child.type === "element" && child.tagName === "caption");
  const rows = rowsOf(table).map((row) =>
    joined(
      cellsOf(row).map(({ children }) => inline(children)),
      ", ",
    ),
  );
  return [...inline(captions), SPACE, ...joined(rows, "; ")];
}

function joined(parts: readonly ElementContent[][], mark: string): ElementContent[] {
  const filled = parts.filter((part) => part.some(hasText)).map(withoutEdges);
  return filled.flatMap((part, index) => (index === 0 ? [...part] : [{ type: "text", value: mark }, ...part]));
}

/** Whether a table has about as many cells in Markdown, where each row has as many as the longest, as in its markup. */
function isSane(table: Element, spanOf: (value: unknown) => number): boolean {
  const rows = rowsOf(table).map(cellsOf);
  const cells = rows.reduce((sum, row) => sum + row.length, 0);
  const areaMax = Math.max(cells * AREA_PER_CELL_MAX, AREA_ALWAYS_FINE);
  let area = 0;
  let columns = 0;
  for (const row of rows) {
    const widths = row.map(({ properties }) => spanOf(properties.colSpan));
    columns = Math.max(columns, sum(widths));
    area += sum(row.map(({ properties }, index) => (widths[index] ?? 1) * spanOf(properties.rowSpan)));
  }
  return Math.max(area, columns * rows.length) <= areaMax;
}

function span(value: unknown): number {
  return Math.max(Number.parseInt(String(value ?? 1), 10) || 1, 1);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** A paragraph for each row. */
function rowsAsText(table: Element): Element {
  const children = rowsOf(table).map((row): Element => {
    const words = cellsOf(row).flatMap((cell): ElementContent[] => [...flat(cell).children, SPACE]);
    return { type: "element", tagName: "p", properties: {}, children: words };
  });
  return { ...table, tagName: "div", properties: {}, children };
}
