import type { ElementContent } from "hast";
import { BLOCKS, REPLACED, UNSEEN } from "./elements.ts";

/** Content without the white space around it. */
export function withoutEdges(content: readonly ElementContent[]): readonly ElementContent[] {
  const isShown = (child: ElementContent) =>
    child.type === "element" || (child.type === "text" && /\S/.test(child.value));
  const [start, end] = [content.findIndex(isShown), content.findLastIndex(isShown)];
  return content.slice(Math.max(start, 0), end + 1).map((child, index, shown) => {
    if (child.type !== "text") return child;
    const value = index === 0 ? child.value.trimStart() : child.value;
    return { ...child, value: index === shown.length - 1 ? value.trimEnd() : value };
  });
}

/** Text as it stands, with a line end for each `br` and around each block. */
export function rawText(content: readonly ElementContent[]): string {
  let text = "";
  let isLineStart = true;
  const add = (part: string) => {
    text += part;
    if (part !== "") isLineStart = part.endsWith("\n");
  };
  const visit = (node: ElementContent) => {
    if (node.type === "text") add(node.value);
    if (node.type !== "element" || REPLACED.has(node.tagName) || UNSEEN.has(node.tagName)) return;
    if (node.tagName === "br") add("\n");
    const isBlock = BLOCKS.has(node.tagName);
    if (isBlock && !isLineStart) add("\n");
    node.children.forEach(visit);
    if (isBlock && !isLineStart) add("\n");
  };
  content.forEach(visit);
  return text;
}

/** Whether there is more than white space. */
export function hasText(node: ElementContent): boolean {
  if (node.type === "text") return /\S/.test(node.value);
  return node.type === "element" && node.children.some(hasText);
}
