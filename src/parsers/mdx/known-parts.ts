import { type Fence, closesFence, leavesQuote, openFence } from "../../text/markdown.ts";
import type { Range } from "./edits.ts";
import { type PageToken, token, tokensIn } from "./known-shapes.ts";

/** Some of the lines of a page: `tokens` is what micromark would find in them, if that is known without it. */
export type Part = Range & {
  /** Of its first line, within the piece. */
  readonly line: number;
  readonly tokens?: readonly PageToken[];
};

/**
 * A piece of a page, cut where nothing goes on, and what is known of the parts. Most of a page is code, and text without
 * markup of which anything would become: micromark takes a microsecond for each of their characters, and finds nothing.
 *
 * Why the parts say what the piece would:
 * - A part ends before a line at the very left that is no item and no quote, behind a blank line: that ends all paragraphs,
 *   definitions, lists and quotes. Or it is a code block at the very left.
 * - What goes on all the same is a code block that is not closed, or a construct of MDX, a comment or a formula. Which of
 *   them are open is guessed here, so that few are cut, and seen by micromark: whoever reads a part must give up this
 *   division where one was open at its end (`readInParts`).
 * - A part is known if every character in it that could begin something belongs to a shape that lies within a line
 *   (`known-shapes.ts`).
 */
export function partsOf(page: string, { start, end }: Range): readonly Part[] {
  const parts: Part[] = [];
  /** Where the part begins that is being read. */
  let from = { start, line: 1, isRoot: false };
  let isFresh = true;
  let isBehindBlank = true;
  let open = NOTHING_OPEN;
  const endPart = (at: number) => {
    if (at <= from.start) return;
    const tokens = tokensIn(page, { start: from.start, end: at }, from.isRoot);
    parts.push({ start: from.start, end: at, line: from.line, ...(tokens === undefined ? {} : { tokens }) });
  };
  for (let at = start, number = 1; at < end; number++) {
    const lineEnd = endOfLine(page, at, end);
    const next = Math.min(lineEnd + 1, end);
    const line = page.slice(at, lineEnd);
    const isRoot = ROOT.test(line);
    if (isFresh || (isRoot && isBehindBlank && open === NOTHING_OPEN)) {
      endPart(at);
      from = { start: at, line: number, isRoot };
      open = NOTHING_OPEN;
      const block = isRoot ? codeBlock(page, at, end, line) : undefined;
      if (block !== undefined) {
        parts.push({ start: at, end: block.end, line: number, tokens: block.tokens });
        number += block.lines - 1;
        at = block.end;
        from = { start: at, line: number + 1, isRoot: false };
        isFresh = true;
        continue;
      }
    }
    isFresh = false;
    open = openBehind(line, open);
    isBehindBlank = BLANK.test(line);
    at = next;
  }
  endPart(end);
  return parts;
}

// Not `\s` and `trim`: other white space than these two is text in Markdown.
const BLANK = /^[ \t]*$/;
/** At the very left, and no item and no quote. */
const ROOT = /^(?!(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$))[^\s>]/;

function endOfLine(page: string, at: number, end: number): number {
  const newline = page.indexOf("\n", at);
  return newline < 0 || newline > end ? end : newline;
}

/** What may go on behind a blank line. */
type Open = { readonly fence?: Fence; readonly isComment: boolean; readonly braces: number };
const NOTHING_OPEN: Open = { isComment: false, braces: 0 };
const FLOW_START = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?:[{<]|(?:im|ex)port[ \t])/;

function openBehind(line: string, open: Open): Open {
  if (open.fence !== undefined) {
    return closesFence(line, open.fence) || leavesQuote(line, open.fence) ? NOTHING_OPEN : open;
  }
  if (open === NOTHING_OPEN) {
    const fence = openFence(line);
    if (fence !== undefined) return { ...NOTHING_OPEN, fence };
    if (!/[{<]/.test(line) || !FLOW_START.test(line)) return NOTHING_OPEN;
  }
  let { braces } = open;
  for (const [brace] of line.matchAll(/[{}]/g)) braces += brace === "{" ? 1 : -1;
  const [begins, ends] = [line.lastIndexOf("<!--"), line.lastIndexOf("-->")];
  const isComment = begins === ends ? open.isComment : begins > ends;
  return isComment || braces > 0 ? { isComment, braces } : NOTHING_OPEN;
}

const OPENING = /^(?:(`{3,})[^`]*|(~{3,}).*)$/s;
// Not that of `closesFence`, which knows no more than the line, and so allows the marks of quotes.
const CLOSING = /^[ \t]*(`{3,}|~{3,})[ \t]*$/;

/** The code block that a line at the very left opens, if it is closed. */
function codeBlock(
  page: string,
  start: number,
  end: number,
  line: string,
): { readonly end: number; readonly lines: number; readonly tokens: readonly PageToken[] } | undefined {
  const [, backticks, tildes] = OPENING.exec(line) ?? [];
  const mark = backticks ?? tildes;
  if (mark === undefined) return undefined;
  let lines = 1;
  for (let at = start + line.length + 1; at < end;) {
    const lineEnd = endOfLine(page, at, end);
    const text = page.slice(at, lineEnd);
    lines++;
    if (text.includes(mark) && CLOSING.exec(text)?.[1]?.startsWith(mark) === true) {
      const sequence = token("codeFencedFenceSequence", start, start + mark.length);
      // One for the opening, one for the closing fence.
      const tokens = [sequence, sequence, token("codeFenced", start, lineEnd)];
      return { end: Math.min(lineEnd + 1, end), lines, tokens };
    }
    at = lineEnd + 1;
  }
  return undefined;
}
