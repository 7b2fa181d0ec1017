import type { Element as HtmlElement, ElementContent, Properties } from "hast";
import type { Element } from "xast";
import { rawText, withoutEdges } from "../html/inline-text.ts";

/** An element of HTML. */
export function made(tagName: string, children: readonly ElementContent[], properties: Properties = {}): HtmlElement {
  return { type: "element", tagName, properties, children: [...children] };
}

export function text(value: string): ElementContent {
  return { type: "text", value };
}

export const SPACE = text(" ");

/** What is shown beside a word, or when one clicks on it: in brackets behind it. */
export function inBrackets(content: readonly ElementContent[]): ElementContent[] {
  return [text(" ("), made("span", content), text(")")];
}

/** The content of a snippet that stands in the middle of a text: its paragraphs are words in a row. */
export function inline(content: readonly ElementContent[]): ElementContent[] {
  const result: ElementContent[] = [];
  let isAfterParagraph = false;
  for (const child of withoutEdges(content)) {
    const isParagraph = child.type === "element" && child.tagName === "p";
    if (result.length > 0 && (isParagraph || isAfterParagraph)) result.push(SPACE);
    if (isParagraph) result.push(...child.children);
    else result.push(child);
    isAfterParagraph = isParagraph;
  }
  return result;
}

/** Content that is not to be one word with what stands before it. */
export function apart(content: ElementContent[]): ElementContent[] {
  const isWord = /^[\p{L}\p{N}]/u.test(rawText(content));
  return [...(isWord ? [SPACE] : []), ...content];
}

/** Attributes that say how an element is read, and their names in a tree of HTML. */
const KEPT = new Map([
  ["class", "className"],
  ["style", "style"],
  ["colspan", "colSpan"],
  ["rowspan", "rowSpan"],
  ["start", "start"],
  ["xml:space", "xmlSpace"],
]);

/** The attributes of an element that matter in a tree of HTML. */
export function htmlProperties({ attributes }: Element): Properties {
  const properties: Properties = {};
  for (const [name, value] of Object.entries(attributes)) {
    const key = KEPT.get(name.toLowerCase());
    if (key !== undefined && value) properties[key] = key === "className" ? value.split(/\s+/).filter(Boolean) : value;
  }
  return properties;
}
