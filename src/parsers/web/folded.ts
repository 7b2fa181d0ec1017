import type { Element, Nodes, Root } from "hast";

/** Heads of what plug-ins fold, where they stand in no heading. */
const FOLDING = /accordion|faq/i;

/** What a page shows when its reader asks for it: accordions and tabs, whose heads are buttons. */
export type Folded = {
  /** Elements that take the places of the buttons. */
  readonly heads: ReadonlyMap<Element, Element>;
  /** Hidden ones. */
  readonly panels: ReadonlySet<Element>;
};

/** Finds them. Not recursive: pages may be nested deeper than the stack. */
export function foldedIn(tree: Root): Folded {
  const heads = new Map<Element, Element>();
  const controlled = new Set<string>();
  const hidden: Element[] = [];
  const open: (readonly [node: Nodes, isInHeading: boolean])[] = [[tree, false]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [node, isInside] = next;
    if (!("children" in node)) continue;
    const isInHeading = isInside || (node.type === "element" && /^(?:h[1-6]|dt)$/.test(node.tagName));
    if (node.type === "element") {
      const { tagName, properties } = node;
      if (properties.hidden !== undefined && properties.hidden !== null) hidden.push(node);
      const { ariaExpanded = null, ariaControls = null } = properties;
      // Others in a heading copy a link to it.
      const opens = isInHeading && (ariaExpanded !== null || ariaControls !== null);
      const isFolding =
        opens || properties.role === "tab" || listOf(properties.className).some((name) => FOLDING.test(name));
      if (tagName === "button" && isFolding) {
        const children = node.children.filter((child) => child.type !== "element" || !isForEyes(child));
        heads.set(node, { ...node, tagName: isInHeading ? "span" : "p", properties: {}, children });
        for (const id of listOf(ariaControls)) controlled.add(id);
      }
    }
    for (const child of node.children) if (child.type === "element") open.push([child, isInHeading]);
  }
  const isPanel = ({ properties: { hidden: how, role, id } }: Element) =>
    how === "until-found" || role === "tabpanel" || (typeof id === "string" && controlled.has(id));
  return { heads, panels: new Set(hidden.filter(isPanel)) };
}

/** Signs such as a plus. */
function isForEyes({ properties: { ariaHidden } }: Element): boolean {
  return ariaHidden === "true";
}

function listOf(value: Element["properties"][string]): string[] {
  return Array.isArray(value) ? value.map(String) : typeof value === "string" ? value.split(/\s+/) : [];
}
