import type { Element, ElementContent } from "hast";
import { hasText } from "./inline-text.ts";
import { rowsOf, TABLE_SECTIONS } from "./table-rows.ts";

const MARKS = new Set(["b", "strong"]);

const HEADING_CLASS = /head/i;
const BOLD_STYLE = /font-weight:\s*(?:bold|[6-9]00)/i;

/** A table without header cells whose first row is all bold, or looks like headings, has that row as its header. */
export function withHeaderRow(table: Element): Element {
  const rows = rowsOf(table);
  const [first] = rows;
  if (first === undefined || rows.length < 2 || rows.some(hasHeaderCell) || !isHeading(first)) return table;
  return replaced(table, first);
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
  const hasClass = Array.isArray(className) && className.some((name) => HEADING_CLASS.test(String(name)));
  return hasClass || (typeof style === "string" && BOLD_STYLE.test(style));
}

function isAllBold(node: Element): boolean {
  return node.children.every(
    (child) => !hasText(child) || (child.type === "element" && (MARKS.has(child.tagName) || isAllBold(child))),
  );
}

function replaced(node: Element, row: Element): Element {
  const children = node.children.map((child) => {
    if (child === row) return { ...row, children: row.children.map(asHeaderCell) };
    return child.type === "element" && TABLE_SECTIONS.has(child.tagName) ? replaced(child, row) : child;
  });
  return { ...node, children };
}

function asHeaderCell(cell: ElementContent): ElementContent {
  return cell.type === "element" ? { ...cell, tagName: "th" } : cell;
}
