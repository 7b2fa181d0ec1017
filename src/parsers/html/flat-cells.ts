import type { Element, ElementContent, Root } from "hast";
import { BLOCKS } from "./blocks.ts";

const CELLS = new Set(["td", "th"]);
/** Wider and higher cells than any table has: each would be as many cells in Markdown. */
const SPAN_MAX = 100;

/** The tree with cells that hold text only, for a Markdown cell is one line: their paragraphs, lists and tables become words in a row. */
export function withFlatCells<Node extends Root | Element>(node: Node): Node {
  const children = node.children.map((child) =>
    child.type === "element" ? (CELLS.has(child.tagName) ? flat(child) : withFlatCells(child)) : child,
  );
  return { ...node, children };
}

/** The content of an element without the lines of its blocks. */
export function flat(element: Element): Element {
  return { ...element, properties: withSpansBounded(element.properties), children: inline(element.children) };
}

function inline(children: readonly ElementContent[]): ElementContent[] {
  return children.flatMap((child): ElementContent[] => {
    if (child.type !== "element") return [child];
    const space = { type: "text", value: " " } as const;
    // Code stays code.
    if (child.tagName === "pre") return [space, { ...child, tagName: "code", children: inline(child.children) }, space];
    const inner = inline(child.children);
    return BLOCKS.has(child.tagName) ? [space, ...inner, space] : [{ ...child, children: inner }];
  });
}

function withSpansBounded(properties: Element["properties"]): Element["properties"] {
  const { colSpan, rowSpan } = properties;
  if (colSpan === undefined && rowSpan === undefined) return properties;
  const bounded = (span: unknown) => Math.min(Math.max(Number.parseInt(String(span ?? 1), 10) || 1, 1), SPAN_MAX);
  return { ...properties, colSpan: bounded(colSpan), rowSpan: bounded(rowSpan) };
}
