import type { ElementContent } from "hast";

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

/** Text as it stands, with `br` as a line end. */
export function rawText(content: readonly ElementContent[]): string {
  return content
    .map((child) => {
      if (child.type === "text") return child.value;
      if (child.type !== "element") return "";
      return child.tagName === "br" ? "\n" : rawText(child.children);
    })
    .join("");
}

/** Whether there is more than white space. */
export function hasText(node: ElementContent): boolean {
  if (node.type === "text") return /\S/.test(node.value);
  return node.type === "element" && node.children.some(hasText);
}
