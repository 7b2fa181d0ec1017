import type { Element, ElementContent, Root } from "hast";
import { BLOCKS } from "./blocks.ts";
import { flat } from "./flat-cells.ts";

const HEADING = /^h[1-6]$/;
/** Blocks that hold text alone. */
const TEXT_BLOCKS = new Set(["p", "dt", "summary"]);
const MARKS = new Set(["b", "strong", "i", "em"]);

/**
 * The tree as Markdown can have it: paragraphs and inline elements around blocks are mere groups, for XML allows
 * `<p><ul>` and everybody writes `<b><p>`; blocks in a heading are its words.
 */
export function wellNested(root: Root): Root {
  return { ...root, children: root.children.map((child) => (child.type === "element" ? nested(child).node : child)) };
}

function nested(element: Element): { readonly node: Element; readonly hasBlock: boolean } {
  let holdsBlock = false;
  const children: ElementContent[] = [];
  for (const child of element.children) {
    if (child.type !== "element") {
      children.push(child);
      continue;
    }
    const { node, hasBlock } = nested(child);
    holdsBlock ||= hasBlock;
    const before = children.at(-1);
    const isSame = before?.type === "element" && before.tagName === node.tagName && MARKS.has(node.tagName);
    // `<b>No</b><b>te</b>` is one word.
    if (isSame) children[children.length - 1] = { ...before, children: [...before.children, ...node.children] };
    else children.push(node);
  }
  const isBlock = BLOCKS.has(element.tagName);
  if (!holdsBlock) return { node: { ...element, children }, hasBlock: isBlock };
  if (HEADING.test(element.tagName)) return { node: flat({ ...element, children }), hasBlock: true };
  const isGroup = !isBlock || TEXT_BLOCKS.has(element.tagName);
  return { node: isGroup ? { ...element, tagName: "div", children } : { ...element, children }, hasBlock: true };
}
