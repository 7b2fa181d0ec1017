import type { Element, ElementContent } from "hast";

/** A formula on one line: `(a+b)/2`, `x^2`, `x_i`, `√(n)`. */
export function mathText(node: Element): string {
  return content(node).replace(/\s+/g, " ").trim();
}

function content(node: Element): string {
  return node.children.map(textOf).join("");
}

function textOf(node: ElementContent): string {
  if (node.type === "text") return node.value.trim();
  if (node.type !== "element") return "";
  const parts = node.children.filter((child) => child.type === "element");
  const part = (index: number) => {
    const child = parts[index];
    return child === undefined ? "" : textOf(child);
  };
  switch (node.tagName) {
    case "mfrac":
      return `${grouped(part(0))}/${grouped(part(1))}`;
    case "msup":
      return `${part(0)}^${grouped(part(1))}`;
    case "msub":
      return `${part(0)}_${grouped(part(1))}`;
    case "msubsup":
    case "munderover":
      return `${part(0)}_${grouped(part(1))}^${grouped(part(2))}`;
    case "msqrt":
      return `√(${content(node)})`;
    case "mroot":
      return `${grouped(part(0))}^(1/${part(1)})`;
    case "mspace":
      return " ";
    case "mtext":
    case "ms":
      return ` ${content(node)} `;
    case "annotation":
    case "annotation-xml":
      return "";
    default:
      return content(node);
  }
}

/** In parentheses, unless it is one word. */
function grouped(text: string): string {
  return /^[\p{L}\p{N}.]*$/u.test(text) ? text : `(${text})`;
}
