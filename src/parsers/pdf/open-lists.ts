import { markOf } from "./paragraph.ts";
import type { Line } from "./pdf-content.ts";

/** In parts of the font's size: what an item of an inner list is indented by. */
const INDENT_MIN = 0.6;

/** The lists that the text is in, from the outermost; items of inner lists are indented. */
export class OpenLists {
  /** Where their items begin, and how far those of a list inside are indented. */
  #items: { readonly x: number; readonly indent: number }[] = [];
  #column = 0;

  /** A block of Markdown that begins with `line`; what is no item ends the lists that begin to its right. */
  indented(line: Line, markdown: string): string {
    if (line.column !== this.#column) this.#items = [];
    this.#column = line.column;
    const outer = this.#items.filter(({ x }) => x < line.x - line.size * INDENT_MIN);
    const mark = markOf(line);
    this.#items = outer;
    if (mark === undefined) return markdown;
    const indent = outer.reduce((sum, item) => sum + item.indent, 0);
    this.#items = [...outer, { x: line.x, indent: markdown.startsWith("-") ? 2 : 3 }];
    return " ".repeat(indent) + markdown;
  }
}
