import { headingOf } from "../../text/markdown.ts";
import type { Markup } from "./markup.ts";

/** Whether a code block begins between two places; asked for places in ascending order. */
export function fenceFinder({ fences }: Markup): (start: number, end: number) => boolean {
  let next = 0;
  return (start, end) => {
    while ((fences[next]?.start ?? Number.POSITIVE_INFINITY) < start) next++;
    return (fences[next]?.start ?? Number.POSITIVE_INFINITY) < end;
  };
}

const QUOTES = /^[ \t]*(?:>[ \t]*)*/;
const DELIMITER_ROW = /^[-:|> \t]+$/gm;
const BLANK_LINE = /\n[> \t]*\n/g;

/** The kind of line that a place of `page` is in, if it must stay one. Ask for places in ascending order: each line is looked at once. */
export function oneLineFinder(page: string): (at: number) => "row" | "heading" | undefined {
  let lineEnd = -1;
  let found: "row" | "heading" | undefined;
  const isInTable = tableFinder(page);
  return (at) => {
    if (at < lineEnd) return found;
    const lineStart = page.lastIndexOf("\n", at - 1) + 1;
    const newline = page.indexOf("\n", at);
    lineEnd = newline < 0 ? page.length : newline;
    const beginning = page.slice(lineStart, Math.min(lineEnd, lineStart + 200)).replace(QUOTES, "");
    const isRow = isInTable(lineStart, lineEnd) || beginning.startsWith("|");
    found = isRow ? "row" : headingOf(beginning) === undefined ? undefined : "heading";
    return found;
  };
}

/** Whether a line is a row of a table that may have bars in its middle only. */
function tableFinder(page: string): (lineStart: number, lineEnd: number) => boolean {
  const tables = Array.from(page.matchAll(DELIMITER_ROW))
    .filter(([row]) => row.includes("|") && row.includes("-"))
    .map(({ index }) => ({ start: page.lastIndexOf("\n", index - 2) + 1, index }));
  let next = 0;
  let end = -1;
  return (lineStart, lineEnd) => {
    while ((tables[next]?.start ?? Number.POSITIVE_INFINITY) <= lineStart) {
      BLANK_LINE.lastIndex = tables[next]?.index ?? 0;
      if (BLANK_LINE.lastIndex >= end) end = BLANK_LINE.exec(page)?.index ?? page.length;
      next++;
    }
    return lineStart < end && page.slice(lineStart, lineEnd).includes("|");
  };
}
