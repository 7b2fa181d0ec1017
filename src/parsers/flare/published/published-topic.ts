import type { Element, ElementContent } from "hast";
import { codeBlock, languageOf, withCodeBlocks } from "../code.ts";
import { inBrackets, made } from "../html-nodes.ts";

const HEADING_LEVEL_MAX = 6;
/** Flare's names for what it makes of its own elements, in both of its spellings. */
const HEAD = /^(?:mc)?dropdownhead$/i;
const POPUP_BODY = /^(?:mctext)?popupbody$/i;
const CODE_BODY = /^codesnippetbody$/i;
const BUTTON = /^codesnippet(?:copy)?button$/i;
const NARROW: ReadonlySet<string> = new Set(["li", "td", "th", "dd"]);

/**
 * A published topic as its source would be read: what one clicks on to see what follows is a heading, what is shown beside
 * a word stands in brackets after it, code is code.
 */
export function publishedTopic(root: Element): Element {
  return new TopicReader().read(root, false);
}

class TopicReader {
  #headingLevel = 1;
  #isInHead = false;

  read(element: Element, isNarrow: boolean): Element {
    const level = /^h([1-6])$/.exec(element.tagName)?.[1];
    if (level !== undefined) this.#headingLevel = Number(level);
    const within = isNarrow || NARROW.has(element.tagName);
    const before = this.#headingLevel;
    const children = element.children.flatMap((child) =>
      child.type === "element" ? this.#child(child, within) : [child],
    );
    if (hasClass(element, /^(?:mc)?dropdown$/i)) this.#headingLevel = before;
    return { ...element, children: withCodeBlocks(children) };
  }

  #child(element: Element, isNarrow: boolean): ElementContent[] {
    if (hasClass(element, BUTTON)) return [];
    if (hasClass(element, CODE_BODY)) return [codeBlock(verbatim(element), languageOf(element))];
    if (hasClass(element, HEAD) && !this.#isInHead) return [this.#head(element, isNarrow)];
    const read = this.read(element, isNarrow);
    if (!hasClass(element, POPUP_BODY)) return [read];
    return inBrackets(read.children);
  }

  #head(element: Element, isNarrow: boolean): Element {
    // A heading within a heading is only its words.
    this.#isInHead = true;
    const { children } = this.read(element, isNarrow);
    this.#isInHead = false;
    if (isNarrow) return made("p", [made("strong", children)]);
    this.#headingLevel = Math.min(this.#headingLevel + 1, HEADING_LEVEL_MAX);
    return made(`h${this.#headingLevel}`, children);
  }
}

function hasClass({ properties }: Element, pattern: RegExp): boolean {
  return Array.isArray(properties.className) && properties.className.some((name) => pattern.test(name));
}

function verbatim(node: ElementContent): string {
  if (node.type === "text") return node.value;
  if (node.type !== "element") return "";
  return node.tagName === "br" ? "\n" : node.children.map(verbatim).join("");
}
