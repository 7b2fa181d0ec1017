import type { Element, ElementContent, Root } from "hast";
import { BLOCKS } from "./blocks.ts";
import { flat } from "./flat-cells.ts";
import { withHeaderRow } from "./header-row.ts";

const HEADING = /^h[1-6]$/;
/** Blocks that hold text alone. */
const TEXT_BLOCKS = new Set(["p", "dt", "summary"]);
const LISTS = new Set(["ul", "ol", "menu", "dir"]);
/** Inline elements that leave no trace in Markdown. Fewer elements are less work for all that follows. */
const WRAPPERS = new Set(["a", "abbr", "acronym", "bdi", "bdo", "big", "cite", "font", "label", "small", "span", "tt"]);
const EMPTY = new Set(["col", "colgroup"]);
const MARKS = new Set(["b", "strong", "i", "em"]);

/**
 * The tree as Markdown can have it: paragraphs and inline elements around blocks are mere groups, for XML allows
 * `<p><ul>` and everybody writes `<b><p>`; blocks in a heading are its words.
 */
export function wellNested(root: Root): Root {
  const children = root.children.filter((child) => child.type !== "doctype");
  return { ...root, children: nested({ type: "element", tagName: "body", properties: {}, children }).node.children };
}

function nested(element: Element): { readonly node: Element; readonly hasBlock: boolean } {
  let holdsBlock = false;
  const found: ElementContent[] = [];
  const take = (child: ElementContent) => append(found, child);
  for (const child of element.children) {
    if (child.type === "text") take(child);
    else if (child.type === "element" && !EMPTY.has(child.tagName)) {
      const { node, hasBlock } = nested(child);
      holdsBlock ||= hasBlock;
      if (WRAPPERS.has(child.tagName)) node.children.forEach(take);
      else {
        if (node.tagName === "table") captionsOf(node).forEach(take);
        take(node);
      }
    }
  }
  const children = holdsBlock ? withoutIndentation(found) : found;
  const isBlock = BLOCKS.has(element.tagName);
  if (element.tagName === "table") return { node: withHeaderRow({ ...element, children }), hasBlock: true };
  if (LISTS.has(element.tagName)) return { node: { ...element, children: items(children) }, hasBlock: true };
  if (!holdsBlock) return { node: { ...element, children }, hasBlock: isBlock };
  if (HEADING.test(element.tagName)) return { node: flat({ ...element, children }), hasBlock: true };
  const isGroup = !isBlock || TEXT_BLOCKS.has(element.tagName);
  return { node: isGroup ? { ...element, tagName: "div", children } : { ...element, children }, hasBlock: true };
}

/** Adds a node, or what is in it: `<b>No</b><b>te</b>` is one word, and many small texts are one. */
function append(nodes: ElementContent[], node: ElementContent): void {
  const before = nodes.at(-1);
  if (node.type === "text" && before?.type === "text") {
    nodes[nodes.length - 1] = { type: "text", value: before.value + node.value };
  } else if (
    node.type === "element" &&
    before?.type === "element" &&
    before.tagName === node.tagName &&
    MARKS.has(node.tagName)
  ) {
    // Changed in place, as all elements here are new: a copy for each of many would be a copy of all of them each time.
    for (const part of node.children) append(before.children, part);
  } else {
    nodes.push(node);
  }
}

/** Without the white space between blocks, of which sources have more than of text. */
function withoutIndentation(children: readonly ElementContent[]): ElementContent[] {
  const isEdge = (node: ElementContent | undefined) =>
    node === undefined || (node.type === "element" && BLOCKS.has(node.tagName));
  return children.filter(
    (child, index) =>
      child.type !== "text" || /\S/.test(child.value) || !(isEdge(children[index - 1]) || isEdge(children[index + 1])),
  );
}

/** The captions of a table, as paragraphs above it: a table in Markdown has none. */
function captionsOf(table: Element): Element[] {
  return table.children.flatMap((child) => {
    if (child.type !== "element" || child.tagName !== "caption") return [];
    const words: Element = { ...flat(child), tagName: "strong", properties: {} };
    return [{ type: "element", tagName: "p", properties: {}, children: [words] }];
  });
}

/** Items alone: what stands between two of them is shown below the first one, so it belongs to it. */
function items(children: readonly ElementContent[]): ElementContent[] {
  const result: Element[] = [];
  for (const child of children) {
    const last = result.at(-1);
    if (child.type === "element" && child.tagName === "li") result.push(child);
    else if (child.type === "element" || (child.type === "text" && child.value.trim() !== "")) {
      if (last === undefined) result.push({ type: "element", tagName: "li", properties: {}, children: [child] });
      else last.children.push(child);
    }
  }
  return result;
}
