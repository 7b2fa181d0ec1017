import type { Element, ElementContent, Root, Text } from "hast";
import { BLOCKS, CODE_BLOCKS, INLINE_CODE, REPLACED } from "./elements.ts";

const SPACES = /[\t\n\v\f\r ]+/g;
const WORD_START = /^[\p{L}\p{N}]/u;
const WORD_END = /[\p{L}\p{N}]$/u;

/** Leaves the white space that a browser shows: none at the edges of a line, one space between words. Changes the tree. */
export function collapseSpace(root: Root): void {
  new Line().block(root);
}

/** The line of text that is read, through all the elements in it. */
class Line {
  /** A new line, or a space stands last: another one would not be seen. */
  #isOpen = true;
  /** The text whose space stands last, which the end of the line takes away. */
  #spaced: Text | undefined;
  /** The end of the text that stands last. */
  #end = "";
  /** A picture or a button stands behind it, so what follows is another word. */
  #isParted = false;

  block(node: Root | Element): void {
    this.#endLine();
    this.#content(node);
    this.#endLine();
  }

  #content(node: Root | Element): void {
    const kept: ElementContent[] = [];
    for (const child of node.children) {
      if (child.type === "text") this.#text(child.value, kept);
      else if (child.type === "element") this.#element(child, kept);
    }
    node.children = kept;
  }

  #element(node: Element, kept: ElementContent[]): void {
    const { tagName } = node;
    if (INLINE_CODE.has(tagName)) {
      this.#code(node, kept);
      return;
    }
    if (REPLACED.has(tagName)) {
      this.#isParted = !this.#isOpen;
      return;
    }
    kept.push(node);
    if (CODE_BLOCKS.has(tagName) || tagName === "br") this.#endLine();
    else if (BLOCKS.has(tagName)) this.block(node);
    else this.#content(node);
  }

  #text(value: string, kept: ElementContent[]): void {
    const collapsed = value.replace(SPACES, " ");
    const text = this.#isOpen && collapsed.startsWith(" ") ? collapsed.slice(1) : collapsed;
    if (text === "") return;
    const isParted = this.#isParted && WORD_END.test(this.#end) && WORD_START.test(text);
    const shown = isParted ? ` ${text}` : text;
    const before = kept.at(-1);
    const node: Text = before?.type === "text" ? before : { type: "text", value: "" };
    if (node !== before) kept.push(node);
    node.value += shown;
    this.#show(text);
    this.#isOpen = text.endsWith(" ");
    this.#spaced = this.#isOpen ? node : undefined;
  }

  /** Code is one text, with the space at its edges outside of it. */
  #code(node: Element, kept: ElementContent[]): void {
    const value = codeText(node);
    const code = value.trim();
    if (code === "") return this.#text(value, kept);
    if (/^\s/.test(value)) this.#text(" ", kept);
    if (this.#isParted && WORD_END.test(this.#end)) this.#text(" ", kept);
    kept.push({ ...node, children: [{ type: "text", value: code }] });
    this.#show(code);
    if (/\s$/.test(value)) this.#text(" ", kept);
  }

  #show(text: string): void {
    this.#isOpen = false;
    this.#spaced = undefined;
    this.#isParted = false;
    this.#end = text.slice(-2);
  }

  #endLine(): void {
    if (this.#spaced !== undefined) this.#spaced.value = this.#spaced.value.slice(0, -1);
    this.#spaced = undefined;
    this.#isOpen = true;
    this.#isParted = false;
  }
}

/** With a line end for each `br`. */
function codeText(node: Element): string {
  const text = node.children.map((child) => {
    if (child.type === "text") return child.value.replace(SPACES, " ");
    if (child.type !== "element") return "";
    if (REPLACED.has(child.tagName)) return " ";
    return child.tagName === "br" ? "\n" : codeText(child);
  });
  return text.join("").replaceAll("\u00a0", " ");
}
