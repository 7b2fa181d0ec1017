import { NOTHING, SPACE, sizeOf, tokensOf } from "./tokens.ts";

const NUMBER = String.raw`^[ \t]*(?:\d+[ \t]+)?`;
const line = (pattern: string) => new RegExp(NUMBER + pattern, "i");

const REM = line("rem\\b");
const DECLARATION = line(
  "(?:class\\b|interface\\b|method\\b|field\\b|def\\b|function\\b|export\\b|public\\b|private\\b|protected\\b|\\[\\[\\S|[A-Za-z_]\\w*:\\s*(?:rem\\b.*)?$)",
);
const FIELD = line("field\\b");
/** Of code for an event; it ends where the next one begins. */
const CALLPOINT = /^\[\[\S+\]\]\s*$/;
/** What stands between a comment and what it is about. */
const ANNOTATION = /^\s*(?:@\w|\/\/)/;
const LABEL = line("[A-Za-z_]\\w*:\\s*(?:rem\\b.*)?$");
/** What ends a subroutine. */
const RETURN = line("(?:return|exit|release|stop|end)[ \\t]*(?:;|rem\\b|$)");
/** How routines begin and end. Those of one kind do not lie within each other. */
const ROUTINES: readonly { readonly begin: RegExp; readonly end: RegExp }[] = [
  { begin: line("class\\b"), end: line("classend\\b") },
  { begin: line("interface\\b"), end: line("interfaceend\\b") },
  { begin: line("method\\b"), end: line("methodend\\b") },
  { begin: line("def[ \\t]+fn\\w+[$%!]?[ \\t]*\\([^)]*\\)[ \\t]*(?:;|rem\\b|$)"), end: line("fnend\\b") },
];

/** Lines, from the first to the last. */
type Span = { readonly first: number; readonly last: number };

/** `long`: a routine begins there that has more than the tokens of a chunk. */
type Group = { readonly text: string; readonly long: boolean };

/**
 * Lines of code in groups that begin after a blank line or at a declaration. A method, a class or the like that has no more
 * than `tokens` is one group, with the comment above it where there is room for it, too, and the blank lines below it.
 */
export function groupCode(lines: readonly string[], tokens: number): Group[] {
  const isLeading = leadingLines(lines);
  const starts = startsIn(lines, isLeading);
  /** Of all lines before one, with their ends. */
  const sizes = [NOTHING];
  for (const text of lines) sizes.push((sizes.at(-1) ?? NOTHING) + sizeOf(text) + SPACE);
  const fits = (from: number, to: number) => tokensOf((sizes[to + 1] ?? NOTHING) - (sizes[from] ?? NOTHING)) <= tokens;
  let free = 0;
  const long = new Set<number>();
  for (const { first, last } of routinesIn(lines, isLeading)) {
    if (first < free) continue;
    const [above, below] = [Math.max(firstOf(first, lines, isLeading), free), lastBlank(lines, last)];
    const ways = [
      [above, below],
      [above, last],
      [first, below],
      [first, last],
    ] as const;
    const [from, to] = ways.find((way) => fits(...way)) ?? [];
    if (from === undefined || to === undefined) {
      long.add(above);
      continue;
    }
    for (let inside = from; inside <= to; inside++) starts.delete(inside);
    starts.add(from).add(to + 1);
    free = to + 1;
  }
  const ordered = [...starts].filter((index) => index < lines.length).toSorted((one, other) => one - other);
  return ordered.map((from, index) => ({
    text: lines.slice(from, ordered[index + 1]).join("\n"),
    long: long.has(from),
  }));
}

/** Where a group may begin. */
function startsIn(lines: readonly string[], isLeading: readonly boolean[]): Set<number> {
  const starts = new Set([0]);
  for (const [index, text] of lines.entries()) {
    const before = lines[index - 1] ?? "";
    if (CALLPOINT.test(before)) continue;
    if (before.trim() === "" && text.trim() !== "" && isLeading[index - 1] !== true) starts.add(index);
    else if (isLeading[index] === true) {
      if (REM.test(text) && !REM.test(before)) starts.add(index);
    } else if (DECLARATION.test(text) && !(FIELD.test(text) && FIELD.test(before))) {
      const first = firstOf(index, lines, isLeading);
      for (let inside = first + 1; inside <= index; inside++) starts.delete(inside);
      starts.add(first);
    }
  }
  return starts;
}

/** The first line of what goes with a line: of the comment right above it, or a blank line above, or the head of its callpoint. */
function firstOf(index: number, lines: readonly string[], isLeading: readonly boolean[]): number {
  const isApart = lines[index - 1]?.trim() === "" && isLeading[index - 1] !== true && isLeading[index - 2] === true;
  let first = isApart ? index - 1 : index;
  while (isLeading[first - 1] === true) first--;
  return CALLPOINT.test(lines[first - 1] ?? "") ? first - 1 : first;
}

/** Whether a line is part of a comment, or of what else goes with the line below it. */
function leadingLines(lines: readonly string[]): boolean[] {
  let isOpen = false;
  return lines.map((text) => {
    const opens = /^\s*\/\*/.test(text);
    const isComment = isOpen || opens || REM.test(text) || ANNOTATION.test(text);
    isOpen = (isOpen || opens) && !text.includes("*/");
    return isComment;
  });
}

/** Routines, subroutines and what stands between braces, in the order of their first lines; of two, the longer comes first. */
function routinesIn(lines: readonly string[], isLeading: readonly boolean[]): Span[] {
  const spans: Span[] = [];
  const open: (number | undefined)[] = [];
  const braces: { readonly indent: number; readonly first: number }[] = [];
  let label: { readonly first: number; readonly indent: number } | undefined;
  let callpoint: number | undefined;
  const endCallpoint = (last: number) => {
    if (callpoint !== undefined) spans.push({ first: callpoint, last });
  };
  for (const [index, text] of lines.entries()) {
    const indent = text.search(/\S/);
    if (indent < 0 || isLeading[index] === true) continue;
    if (CALLPOINT.test(text)) {
      endCallpoint(index - 1);
      callpoint = index;
      label = undefined;
    }
    for (const [kind, { begin, end }] of ROUTINES.entries()) {
      const begins = begin.test(text);
      if (!begins && !end.test(text)) continue;
      const first = open[kind];
      if (!begins && first !== undefined) spans.push({ first, last: index });
      open[kind] = begins ? index : undefined;
      label = undefined;
    }
    if (label === undefined) {
      if (LABEL.test(text)) label = { first: index, indent: Number.POSITIVE_INFINITY };
    } else {
      label = { ...label, indent: Math.min(label.indent, indent) };
      if (indent === label.indent && RETURN.test(text)) {
        spans.push({ first: label.first, last: index });
        label = undefined;
      }
    }
    if (/^\s*[}\])]/.test(text)) {
      while ((braces.at(-1)?.indent ?? -1) > indent) braces.pop();
      const brace = braces.at(-1);
      if (brace?.indent === indent) spans.push({ first: brace.first, last: index });
      if (brace?.indent === indent && !text.trimEnd().endsWith("{")) braces.pop();
    } else if (text.trimEnd().endsWith("{")) braces.push({ indent, first: index });
  }
  endCallpoint(lines.length - 1);
  return spans.toSorted((one, other) => one.first - other.first || other.last - one.last);
}

/** The last of the blank lines below a line. */
function lastBlank(lines: readonly string[], index: number): number {
  let last = index;
  while (lines[last + 1]?.trim() === "") last++;
  return last;
}
