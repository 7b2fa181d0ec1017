import type { Element, ElementContent, Root } from "hast";
import { BLOCKS, CODE_BLOCKS } from "./elements.ts";
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
  return [SPACE, ...spans.flatMap((line) => [line, SPACE])];
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
  const cells = sum(rows.map(({ length }) => length));
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
  return typeof value === "number" || typeof value === "string" ? Math.max(Number.parseInt(`${value}`, 10) || 1, 1) : 1;
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

/** What a cell of a Markdown table cannot hold. */
const UNFIT_FOR_CELLS = new Set(["pre", "ul", "ol", "dl", "table", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"]);

/**
 * The contents of a table that is no table but a frame: one column without a header, around lists, code or headings.
 * Undefined for others.
 */
function framedBlocks(table: Element): Element | undefined {
  const rows = rowsOf(table).map(cellsOf);
  if (rows.some(([cell, ...others]) => cell?.tagName === "th" || others.length > 0) || !rows.flat().some(holdsBlocks))
    return undefined;
  const captions = table.children.filter((child) => child.type === "element" && child.tagName === "caption");
  const children = [...captions, ...rows.flat()].map((part): ElementContent =>
    part.type === "element" ? { ...part, tagName: "div", properties: {} } : part,
  );
  return { ...table, tagName: "div", properties: {}, children };
}

function holdsBlocks(node: Element): boolean {
  return node.children.some(
    (child) => child.type === "element" && (UNFIT_FOR_CELLS.has(child.tagName) || holdsBlocks(child)),
  );
}

/** Elements between a table and its rows. */
const TABLE_SECTIONS: ReadonlySet<string> = new Set(["thead", "tbody", "tfoot"]);

/** The rows of a table, those of tables in its cells not among them. */
function rowsOf(table: Element): Element[] {
  return table.children.flatMap((child) => {
    if (child.type !== "element") return [];
    if (child.tagName === "tr") return [child];
    return TABLE_SECTIONS.has(child.tagName) ? rowsOf(child) : [];
  });
}

function cellsOf(row: Element): Element[] {
  return row.children.filter((cell): cell is Element => cell.type === "element" && /^t[dh]$/.test(cell.tagName));
}

const BOLD = new Set(["b", "strong"]);
const HEADING_CLASS = /head/i;
const BOLD_STYLE = /font-weight:\s*(?:bold|[6-9]00)/i;

/** A table without header cells whose first row is all bold, or looks like headings, has that row as its header. */
export function withHeaderRow(table: Element): Element {
  const rows = rowsOf(table);
  const [first] = rows;
  if (first === undefined || rows.length < 2 || rows.some(hasHeaderCell) || !isHeading(first)) return table;
  return withHead(table, first);
}

function hasHeaderCell(row: Element): boolean {
  return row.children.some((cell) => cell.type === "element" && cell.tagName === "th");
}

function isHeading(row: Element): boolean {
  const cells = row.children.filter((cell) => cell.type === "element");
  const isMarked = (cell: Element) => isStyled(row) || isStyled(cell) || isAllBold(cell);
  return cells.some(hasText) && cells.every((cell) => !hasText(cell) || isMarked(cell));
}

function isStyled({ properties: { className, style } }: Element): boolean {
  const hasClass = Array.isArray(className) && className.some((name) => HEADING_CLASS.test(name));
  return hasClass || (typeof style === "string" && BOLD_STYLE.test(style));
}

function isAllBold(node: Element): boolean {
  return node.children.every(
    (child) => !hasText(child) || (child.type === "element" && (BOLD.has(child.tagName) || isAllBold(child))),
  );
}

function withHead(node: Element, row: Element): Element {
  const children = node.children.map((child) => {
    if (child === row) return { ...row, children: row.children.map(asHeaderCell) };
    return child.type === "element" && TABLE_SECTIONS.has(child.tagName) ? withHead(child, row) : child;
  });
  return { ...node, children };
}

function asHeaderCell(cell: ElementContent): ElementContent {
  return cell.type === "element" ? { ...cell, tagName: "th" } : cell;
}
