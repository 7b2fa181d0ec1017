import type { Element, ElementContent, Root } from "hast";
import { BLOCKS, INLINE_CODE, MEANT, REPLACED, UNSEEN } from "./elements.ts";
import { flat, withHeaderRow } from "./tables.ts";
import { hasText, rawText } from "./inline-text.ts";
import { mathText } from "./math-text.ts";

const HEADING = /^h[1-6]$/;
/** Blocks that hold text alone. */
const TEXT_BLOCKS = new Set(["p", "dt", "summary"]);
const LISTS = new Set(["ul", "ol", "menu", "dir"]);
const EMPTY = new Set(["col", "colgroup"]);
/** Inline elements of which two in a row are one. */
const MARKS = new Set(["b", "strong", "i", "em", ...INLINE_CODE]);
/** Blocks that leave nothing when they are empty, but end the line they stand in. */
const PARTING = new Set([...BLOCKS].filter((name) => !/^(?:hr|pre|li|d[dlt]|t\w+|caption)$/.test(name)));

/**
 * The tree as Markdown can have it: paragraphs and inline elements around blocks are mere groups, for XML allows
 * `<p><ul>` and everybody writes `<b><p>`; blocks in a heading are its words.
 */
export function wellNested(root: Root): Root {
  const children = root.children.filter((child) => child.type === "element" || child.type === "text");
  return {
    ...root,
    children: nested({ type: "element", tagName: "body", properties: {}, children }, false).node.children,
  };
}

/** `isInItem`: an item in an item that is of no list of its own is a part of it, as in snippets that hold items. */
function nested(outer: Element, isInItem: boolean): { readonly node: Element; readonly hasBlock: boolean } {
  const isItem = outer.tagName === "li";
  const isGroupOnly = (isItem && isInItem) || outer.tagName === "details";
  const element = isGroupOnly ? { ...outer, tagName: "div" } : outer;
  const isWithin = isItem || (isInItem && !LISTS.has(element.tagName));
  let holdsBlock = false;
  const found: ElementContent[] = [];
  let last: ElementContent | undefined;
  const take = (child: ElementContent) => {
    last = child;
    append(found, child);
  };
  for (const child of element.children) {
    if (child.type === "text") take(child);
    else if (child.type === "element" && child.tagName === "math") take({ type: "text", value: mathText(child) });
    else if (child.type === "element" && !EMPTY.has(child.tagName) && !UNSEEN.has(child.tagName)) {
      const { node, hasBlock } = nested(REPLACED.has(child.tagName) ? { ...child, children: [] } : child, isWithin);
      holdsBlock ||= hasBlock;
      if (node.tagName === "sup" && isPower(last, node)) take({ type: "text", value: "^" });
      if (isMere(child)) node.children.forEach(take);
      else if (PARTING.has(node.tagName) && node.children.every(isWordless)) found.push(group([]));
      else {
        if (node.tagName === "table") captionsOf(node).forEach(take);
        take(node);
      }
    }
  }
  if (isMere(element)) return { node: { ...element, children: found }, hasBlock: holdsBlock };
  const children = holdsBlock ? withoutIndentation(withLines(found)) : found;
  if (element.tagName === "table") return { node: withHeaderRow({ ...element, children }), hasBlock: true };
  if (LISTS.has(element.tagName)) return { node: listOf(element, children), hasBlock: true };
  if (!holdsBlock) return { node: { ...element, children }, hasBlock: isBlock(element) };
  if (HEADING.test(element.tagName)) return { node: flat({ ...element, children }), hasBlock: true };
  const isGroup = !isBlock(element) || TEXT_BLOCKS.has(element.tagName);
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

/** An inline element that leaves nothing but its content. */
function isMere({ tagName }: Element): boolean {
  return !BLOCKS.has(tagName) && !MEANT.has(tagName);
}

/** With each line that an empty block ends as a block of its own, and without the empty blocks. */
function withLines(nodes: readonly ElementContent[]): ElementContent[] {
  const result: ElementContent[] = [];
  for (const node of nodes) {
    if (node.type !== "element" || node.tagName !== "div" || node.children.length > 0) {
      result.push(node);
      continue;
    }
    const line = result.splice(result.findLastIndex(isBlock) + 1);
    if (!line.every(isWordless)) result.push(group(line));
  }
  return result;
}

function group(children: ElementContent[]): Element {
  return { type: "element", tagName: "div", properties: {}, children };
}

function isBlock(node: ElementContent): boolean {
  return node.type === "element" && BLOCKS.has(node.tagName);
}

/** What ends the sentence of an item, put behind the item by mistake. */
function isPunctuation(node: ElementContent): boolean {
  return node.type === "text" && /^\s*[.,;:!?)]\s*$/.test(node.value);
}

/** White space, pictures, line breaks: nothing will be left of them. */
function isWordless(node: ElementContent): boolean {
  return !isBlock(node) && !hasText(node);
}

function isSpace(node: ElementContent): boolean {
  return node.type === "text" && !/\S/.test(node.value);
}

/** Without the white space between blocks, of which sources have more than of text. */
function withoutIndentation(children: readonly ElementContent[]): ElementContent[] {
  const isEdge = (node: ElementContent | undefined) => node === undefined || isBlock(node);
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

/** An item without text is a mere dot, unless it is counted. */
function listOf({ tagName, properties }: Element, children: readonly ElementContent[]): Element {
  // A list of lists alone only moves them to the right.
  const isIndentation = children.every(
    (child) => isSpace(child) || (child.type === "element" && LISTS.has(child.tagName)),
  );
  if (isIndentation) return group([...children]);
  if (tagName === "ol") return { type: "element", tagName, properties, children: items(children) };
  const filled = items(children).filter((item) => !item.children.every(isWordless));
  return { type: "element", tagName: "ul", properties, children: filled };
}

/** The line of text behind an item's own content, which is not one with that. */
function lineOf(item: Element, lines: Set<ElementContent>): ElementContent[] {
  const end = item.children.at(-1);
  if (end?.type === "element" && lines.has(end)) return end.children;
  const line = group([]);
  lines.add(line);
  item.children.push(line);
  return line.children;
}

/** Items alone: what stands between two of them is shown below the first one, so it belongs to it. */
function items(children: readonly ElementContent[]): Element[] {
  const result: Element[] = [];
  const lines = new Set<ElementContent>();
  for (const child of children) {
    const last = result.at(-1);
    if (child.type === "element" && child.tagName === "li") result.push(child);
    else if (!isSpace(child)) {
      if (last === undefined) result.push({ type: "element", tagName: "li", properties: {}, children: [child] });
      else if (isBlock(child) || isPunctuation(child)) last.children.push(child);
      else lineOf(last, lines).push(child);
    }
  }
  return result;
}

const BASE = /(?:[\p{N})]|(?<!\p{L})\p{L})$/u;
const EXPONENT = /^\s*[-+−–]?(?:\d+(?:\.\d+)?|\p{L})\s*$/u;

/** Whether `sup` is an exponent of what stands before it: 10⁶ is not 106, but 1st is, and a note is no exponent of a word. */
function isPower(before: ElementContent | undefined, sup: Element): boolean {
  return EXPONENT.test(rawText(sup.children)) && BASE.test(before === undefined ? "" : ending(before));
}

/** The end of the last text in a node. */
function ending(node: ElementContent): string {
  if (node.type === "text") return node.value.slice(-4);
  const last = node.type === "element" ? node.children.at(-1) : undefined;
  return last === undefined ? "" : ending(last);
}
