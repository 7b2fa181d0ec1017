import type { Element, Nodes, Root } from "hast";

/** `tag#id.class[attribute=value][attribute*=part]`, each part optional. */
type Compound = {
  readonly tag: string | undefined;
  readonly id: string | undefined;
  readonly classes: readonly string[];
  readonly attributes: readonly { readonly name: string; readonly how: string; readonly value: string }[];
};
type Selector = { readonly within: Compound | undefined; readonly last: Compound };

const PART = /([a-z][\w-]*)|#([\w-]+)|\.([\w-]+)|\[([\w-]+)(?:(\*?=)["']?([^\]"']*)["']?)?\]/giy;
/** Selectors of two parts in one list; what an element lies in is kept as the bits of a number. */
const WITHIN_MAX = 30;

/**
 * The elements that any of the selectors means, in the order of the text. One walk, whatever the selectors are, because
 * `hast-util-select` takes a time that grows with the depth of the page and the number of selectors: minutes for a page
 * of half a megabyte that is nested 40 deep. Of CSS it knows what stands in the rules for sites: compounds, and one in
 * another.
 */
export function findElements(tree: Root | Element, selectors: readonly string[]): Element[] {
  const rules = selectors.map(parseSelector);
  const outer = rules.flatMap(({ within }) => within ?? []);
  if (outer.length > WITHIN_MAX) throw new TypeError(`more than ${WITHIN_MAX} selectors of two parts`);
  const found: Element[] = [];
  const open: [Nodes, number][] = [[tree, 0]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [node, lies] = next;
    let inside = lies;
    if (node.type === "element") {
      if (rules.some(({ within, last }) => fits(node, last) && isWithin(lies, outer, within))) found.push(node);
      for (const [bit, compound] of outer.entries()) if (fits(node, compound)) inside |= 1 << bit;
    }
    if (!("children" in node)) continue;
    for (let at = node.children.length - 1; at >= 0; at--) {
      const child = node.children[at];
      if (child?.type === "element") open.push([child, inside]);
    }
  }
  return found;
}

/** The first of them. */
export function findElement(tree: Root | Element, selector: string): Element | undefined {
  return findElements(tree, [selector])[0];
}

function isWithin(lies: number, outer: readonly Compound[], within: Compound | undefined): boolean {
  return within === undefined || (lies & (1 << outer.indexOf(within))) !== 0;
}

function fits({ tagName, properties }: Element, { tag, id, classes, attributes }: Compound): boolean {
  if (tag !== undefined && tag !== tagName) return false;
  if (id !== undefined && id !== properties.id) return false;
  const { className } = properties;
  if (classes.length > 0 && !(Array.isArray(className) && classes.every((name) => className.includes(name))))
    return false;
  return attributes.every(({ name, how, value }) => {
    const own = properties[name];
    if (own === undefined || own === null || own === false) return false;
    const text = Array.isArray(own) ? own.join(" ") : String(own);
    return how === "" || (how === "=" ? text === value : text.includes(value));
  });
}

function parseSelector(text: string): Selector {
  const [last, within, ...more] = text
    .split(/\s+(?![^[]*\])/)
    .map(parseCompound)
    .toReversed();
  if (last === undefined || more.length > 0) throw new TypeError(`a selector that is not known here: ${text}`);
  return { within, last };
}

function parseCompound(text: string): Compound {
  const parts = [...text.matchAll(PART)];
  if (parts.map(([part]) => part).join("") !== text) throw new TypeError(`a selector that is not known here: ${text}`);
  return {
    tag: parts.find(([, tag]) => tag !== undefined)?.[1],
    id: parts.find(([, , id]) => id !== undefined)?.[2],
    classes: parts.flatMap(([, , , name]) => name ?? []),
    attributes: parts.flatMap(([, , , , name, how = "", value = ""]) =>
      name === undefined ? [] : { name: propertyOf(name), how, value },
    ),
  };
}

/** The tree's name for an attribute: `ariaLabel` for `aria-label`. */
function propertyOf(attribute: string): string {
  if (attribute === "class") return "className";
  return attribute.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
