import type { Range } from "./markup.ts";

const TITLE_ATTRIBUTE = /^\{[^{}]*\btitle="([^"{}]*)"[^{}]*\}$/;

/** Where the title of an admonition stands in `Title`, `[Title]{.class}` or `{title="Title"}`. */
export function titleIn(source: string): Range {
  const attribute = TITLE_ATTRIBUTE.exec(source.trimEnd())?.[1];
  if (attribute !== undefined) {
    const start = source.indexOf('title="') + 'title="'.length;
    return { start, end: start + attribute.length };
  }
  const { length } = source.replace(/\{[^{}]*\}\s*$/, "").trimEnd();
  return source.startsWith("[") && source[length - 1] === "]"
    ? { start: 1, end: length - 1 }
    : { start: 0, end: length };
}
