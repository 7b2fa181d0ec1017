import type { Element, ElementContent, Root } from "hast";

const BLOCKS = new Set(
  "address article aside blockquote br center dd details div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul".split(
    " ",
  ),
);
const CELLS = new Set(["td", "th"]);

/** The tree with cells that hold text only, for a Markdown cell is one line: their paragraphs, lists and tables become words in a row. */
export function withFlatCells<Node extends Root | Element>(node: Node): Node {
  const children = node.children.map((child) =>
    child.type === "element" ? (CELLS.has(child.tagName) ? flat(child) : withFlatCells(child)) : child,
  );
  return { ...node, children };
}

function flat(cell: Element): Element {
  return { ...cell, children: inline(cell.children) };
}

function inline(children: readonly ElementContent[]): ElementContent[] {
  return children.flatMap((child): ElementContent[] => {
    if (child.type !== "element") return [child];
    const inner = inline(child.children);
    if (!BLOCKS.has(child.tagName)) return [{ ...child, children: inner }];
    const space = { type: "text", value: " " } as const;
    return [space, ...inner, space];
  });
}
