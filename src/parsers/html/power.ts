import type { Element, ElementContent } from "hast";
import { rawText } from "./inline-text.ts";

const BASE = /(?:[\p{N})]|(?<!\p{L})\p{L})$/u;
const EXPONENT = /^\s*[-+−–]?(?:\d+(?:\.\d+)?|\p{L})\s*$/u;

/** Whether `sup` is an exponent of what stands before it: 10⁶ is not 106, but 1st is, and a note is no exponent of a word. */
export function isPower(before: ElementContent | undefined, sup: Element): boolean {
  return EXPONENT.test(rawText(sup.children)) && BASE.test(before === undefined ? "" : ending(before));
}

/** The end of the last text in a node. */
function ending(node: ElementContent): string {
  if (node.type === "text") return node.value.slice(-4);
  const last = node.type === "element" ? node.children.at(-1) : undefined;
  return last === undefined ? "" : ending(last);
}
