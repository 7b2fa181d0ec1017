import type { Element, Root } from "xast";

/** All elements below a node that have a name, in their order, those inside of one another included. */
export function elementsNamed(node: Element | Root, name: string): Element[] {
  return node.children.flatMap((child) => {
    if (child.type !== "element") return [];
    const below = elementsNamed(child, name);
    return child.name === name ? [child, ...below] : below;
  });
}
