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
 * The parts of a piece of a page in which something may be found. Most of a page is code, and text without markup of which
 * anything would become: micromark takes a microsecond for each of their characters, and finds nothing.
 *
 * Why the parts say what the piece would:
 * - A part ends before a line at the very left behind a blank line: that ends all paragraphs and definitions, and whatever items
 *   and quotes hold. The next item of a list is read as if it were the first. Or it ends before a code block at the very left,
 *   which ends all of that without a blank line, too.
 * - What goes on all the same is a code block that is not closed, or a construct of MDX, a comment or a formula. Which of
 *   them are open is guessed here, so that few are cut, and seen by micromark: whoever reads a part must give up this
 *   division where one was open at its end (`readInParts`).
 * - A part is known if every character in it that could begin something belongs to a shape that lies within a line
 *   (`known-shapes.ts`).
 */
export function partsOf(page: string, { start, end }: Range): readonly Part[] {
  const parts: Part[] = [];
  /** The part that is being read. */
  let from = { start, line: 1 };
  /** Whatever comes begins a part. */
  let isFresh = true;
  let isBehindBlank = true;
  let open = NOTHING_OPEN;
  const endPart = (at: number) => {
    const { start: partStart, line } = from;
    const tokens = tokensIn(page, { start: partStart, end: at });
    if (tokens === undefined) parts.push({ start: partStart, end: at, line });
    else if (tokens.length > 0) parts.push({ start: partStart, end: at, line, tokens });
  };
  for (let at = start, number = 1; at < end; number++) {
    const lineEnd = endOfLine(page, at, end);
    const line = page.slice(at, lineEnd);
    const mark = openingMark(line);
    const mayEnd = open === NOTHING_OPEN && (mark !== "" || (isBehindBlank && AT_LEFT.test(line)));
    if (isFresh || mayEnd) {
      endPart(at);
      from = { start: at, line: number };
      open = NOTHING_OPEN;
      isFresh = false;
      if (mark !== "") {
        const block = codeBlock(page, { start: at, end }, mark);
        // One that is not closed goes to the end.
        if (block === undefined) break;
        parts.push({ start: at, end: block.end, line: number, tokens: block.tokens });
        number += block.lines - 1;
        at = block.end;
        from = { start: at, line: number + 1 };
        isFresh = true;
        continue;
      }
    }
    open = openBehind(line, open);
    isBehindBlank = BLANK.test(line);
    at = Math.min(lineEnd + 1, end);
  }
  endPart(end);
  return parts;
}

// Not `\s` and `trim`: other white space than these two is text in Markdown.
const BLANK = /^[ \t]*$/;
const AT_LEFT = /^\S/;

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
const CLOSING = /^[ \t]*(?:`+|~+)[ \t]*$/;

/** The mark of the code block that a line at the very left opens; "" for none. */
function openingMark(line: string): string {
  if (!line.startsWith("```") && !line.startsWith("~~~")) return "";
  const [, backticks = "", tildes = ""] = OPENING.exec(line) ?? [];
  return backticks + tildes;
}

type CodeBlock = { readonly end: number; readonly lines: number; readonly tokens: readonly PageToken[] };

/** The code block that begins at `start`, if it is closed. */
function codeBlock(page: string, { start, end }: Range, mark: string): CodeBlock | undefined {
  let lines = 1;
  for (let at = endOfLine(page, start, end) + 1; at < end;) {
    const lineEnd = endOfLine(page, at, end);
    const line = page.slice(at, lineEnd);
    lines++;
    if (line.includes(mark) && CLOSING.test(line)) {
      const sequence = token("codeFencedFenceSequence", start, start + mark.length);
      // One for the opening, one for the closing fence.
      const tokens = [sequence, sequence, token("codeFenced", start, lineEnd)];
      return { end: Math.min(lineEnd + 1, end), lines, tokens };
    }
    at = lineEnd + 1;
  }
  return undefined;
}
