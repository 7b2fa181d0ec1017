import type { Element, ElementContent } from "hast";
import { cellsOf, rowsOf } from "./table-rows.ts";

/** What a cell of a Markdown table cannot hold. */
const BLOCKS = new Set(["pre", "ul", "ol", "dl", "table", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"]);

/**
 * The contents of a table that is no table but a frame: one column without a header, around lists, code or headings.
 * Undefined for others.
 */
export function framedBlocks(table: Element): Element | undefined {
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
  return node.children.some((child) => child.type === "element" && (BLOCKS.has(child.tagName) || holdsBlocks(child)));
}
