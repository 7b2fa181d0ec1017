import { type Edit, replaced } from "./edits.ts";
import type { Markup } from "./markup.ts";
import { partners } from "./tag.ts";

type OpenElement = {
  readonly closing: number;
  /** White space before its tag. */
  readonly indent: number;
  /** White space before the first line of its content; -1 until that line is read. */
  contentIndent: number;
};

/**
 * Takes away the indentation that only shows that a line stands inside of an element, and would make it code in Markdown.
 * Lists keep what makes them nested.
 */
export function indentationEdits({ page, tags, fences }: Markup): Edit[] {
  const partner = partners(tags);
  const containers = tags.flatMap((tag, index) => {
    const closing = tags[partner[index] ?? -1];
    return tag.kind === "open" && tag.isFlow && closing !== undefined ? [{ tag, closing: closing.start }] : [];
  });
  const edits: Edit[] = [];
  const open: OpenElement[] = [];
  let next = 0;
  let fence = 0;
  for (let lineStart = 0; lineStart < page.length && (next < containers.length || open.length > 0);) {
    const newline = page.indexOf("\n", lineStart);
    const lineEnd = newline < 0 ? page.length : newline;
    while ((containers[next]?.tag.start ?? page.length) < lineStart) {
      const { tag, closing } = containers[next] ?? { tag: { start: 0 }, closing: 0 };
      open.push({ closing, indent: indentOf(page, tag.start), contentIndent: -1 });
      next++;
    }
    while ((open.at(-1)?.closing ?? lineEnd) < lineStart) open.pop();
    while ((fences[fence]?.end ?? page.length) < lineStart) fence++;
    const isCode = (fences[fence]?.start ?? page.length) <= lineStart;
    const innermost = open.at(-1);
    if (innermost !== undefined && !isCode) {
      const line = page.slice(lineStart, lineEnd);
      const indent = line.length - line.trimStart().length;
      if (indent < line.length) {
        if (innermost.contentIndent < 0) innermost.contentIndent = indent;
        const spare = Math.min(indent, innermost.contentIndent) - (open[0]?.indent ?? 0);
        if (spare > 0) edits.push(replaced(lineStart, lineStart + spare));
      }
    }
    lineStart = lineEnd + 1;
  }
  return edits;
}

/** The white space before `at`, which is the first thing on its line or follows another tag. */
function indentOf(page: string, at: number): number {
  let from = at;
  while (from > 0 && (page[from - 1] === " " || page[from - 1] === "\t")) from--;
  return at - from;
}
