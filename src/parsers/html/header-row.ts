import type { Element, ElementContent } from "hast";

const SECTIONS = new Set(["thead", "tbody", "tfoot"]);
const MARKS = new Set(["b", "strong"]);

/** A table without header cells whose first row is all bold has that row as its header. */
export function withHeaderRow(table: Element): Element {
  const rows = rowsOf(table);
  const [first] = rows;
  if (first === undefined || rows.length < 2 || rows.some(hasHeaderCell) || !isBold(first)) return table;
  return replaced(table, first);
}

function rowsOf(node: Element): Element[] {
  return node.children.flatMap((child) => {
    if (child.type !== "element") return [];
    if (child.tagName === "tr") return [child];
    return SECTIONS.has(child.tagName) ? rowsOf(child) : [];
  });
}

function hasHeaderCell(row: Element): boolean {
  return row.children.some((cell) => cell.type === "element" && cell.tagName === "th");
}

function isBold(row: Element): boolean {
  const cells = row.children.filter((cell) => cell.type === "element");
  return cells.some(hasText) && cells.every((cell) => !hasText(cell) || isAllBold(cell));
}

function isAllBold(node: Element): boolean {
  return node.children.every(
    (child) => !hasText(child) || (child.type === "element" && (MARKS.has(child.tagName) || isAllBold(child))),
  );
}

function hasText(node: ElementContent): boolean {
  if (node.type === "text") return /\S/.test(node.value);
  return node.type === "element" && node.children.some(hasText);
}

function replaced(node: Element, row: Element): Element {
  const children = node.children.map((child) => {
    if (child === row) return { ...row, children: row.children.map(asHeaderCell) };
    return child.type === "element" && SECTIONS.has(child.tagName) ? replaced(child, row) : child;
  });
  return { ...node, children };
}

function asHeaderCell(cell: ElementContent): ElementContent {
  return cell.type === "element" ? { ...cell, tagName: "th" } : cell;
}
