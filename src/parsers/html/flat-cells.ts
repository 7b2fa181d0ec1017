import type { Element, ElementContent, Root } from "hast";
import { BLOCKS } from "./blocks.ts";
import { framedBlocks } from "./layout-table.ts";
import { cellsOf, rowsOf } from "./table-rows.ts";

const CELLS = new Set(["td", "th"]);
/** Beyond these a table has more cells by its spans than by its markup: each would be as many cells in Markdown. */
const AREA_PER_CELL_MAX = 10;
const AREA_ALWAYS_FINE = 1_000;

/** The tree with cells that hold text only, for a Markdown cell is one line: their paragraphs, lists and tables become words in a row. */
export function withFlatCells<Node extends Root | Element>(node: Node, hasSpans = true): Node {
  const children = node.children.map((child) => {
    if (child.type !== "element") return child;
    if (CELLS.has(child.tagName)) return flat(hasSpans ? child : { ...child, properties: {} });
    if (child.tagName !== "table") return withFlatCells(child, hasSpans);
    return withFlatCells(framedBlocks(child) ?? child, hasSaneSpans(child));
  });
  return { ...node, children };
}

/** The content of an element without the lines of its blocks. */
export function flat(element: Element): Element {
  return { ...element, children: inline(element.children) };
}

function inline(children: readonly ElementContent[]): ElementContent[] {
  return children.flatMap((child): ElementContent[] => {
    if (child.type !== "element") return [child];
    const space = { type: "text", value: " " } as const;
    if (child.tagName === "br") return [space];
    // Code stays code.
    if (child.tagName === "pre") return [space, { ...child, tagName: "code", children: inline(child.children) }, space];
    const inner = inline(child.children);
    return BLOCKS.has(child.tagName) ? [space, ...inner, space] : [{ ...child, children: inner }];
  });
}

function hasSaneSpans(table: Element): boolean {
  const cells = rowsOf(table).flatMap(cellsOf);
  const span = (value: unknown) => Math.max(Number.parseInt(String(value ?? 1), 10) || 1, 1);
  const area = cells.reduce((sum, { properties }) => sum + span(properties.colSpan) * span(properties.rowSpan), 0);
  return area <= Math.max(cells.length * AREA_PER_CELL_MAX, AREA_ALWAYS_FINE);
}
