import { parse, postprocess, preprocess } from "micromark";
import type { Event, Extension } from "micromark-util-types";
import { closesFence, type Fence, headingOf, leavesQuote, openFence, standsLeftOf } from "../../text/markdown.ts";

// micromark keeps some kilobytes for each line that it reads at a time, and its time for blocks of one kind in a row grows with
// the square of their number. So a long page is cut: before a heading, else at a blank line, else anywhere but in code.
const HEADING_CUT_CHARACTERS = 8_000;
const PARAGRAPH_CUT_CHARACTERS = 12_000;
const LINE_CUT_CHARACTERS = 16_000;
/** Even where a brace or a comment is open. */
const CUT_CHARACTERS_MAX = 32_000;
/** Quotes and lists inside of each other, deeper than anybody reads. */
const DEEP = /^(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))){50}/;
/** micromark looks through all of them for each reference. */
const DEFINITIONS_MAX = 5000;
const DEFINITION = /^ {0,3}\[((?:[^[\]\\\n]|\\.){1,999})\]:/gm;

/**
 * What micromark finds on a page, in order, piece by piece, so that neither memory nor time grows faster than the page.
 * References of all pieces are known to each.
 */
export function* pageEvents(page: string, syntax: Extension[]): Generator<readonly Event[]> {
  const cut = pieces(page);
  const defined = cut.length > 1 ? definedLabels(page) : [];
  for (const { start, end } of cut) {
    const parser = parse({ extensions: syntax });
    for (const label of defined) parser.defined.push(label);
    const document = parser.document({ line: 1, column: 1, offset: start });
    yield postprocess(document.write(preprocess()(page.slice(start, end), undefined, true)));
  }
}

/** As micromark compares them. */
function definedLabels(page: string): string[] {
  const labels: string[] = [];
  for (const [, label = ""] of page.matchAll(DEFINITION)) {
    if (labels.length === DEFINITIONS_MAX) break;
    labels.push(
      label
        .replace(/[\t ]+/g, " ")
        .trim()
        .toLowerCase()
        .toUpperCase(),
    );
  }
  return labels;
}

type Piece = { readonly start: number; readonly end: number };

/** The parts of a page to be read; what is between them is text. */
function pieces(page: string): Piece[] {
  const found: Piece[] = [];
  let fence: Fence | undefined;
  let start = 0;
  let isBehindBlank = false;
  let open = NOTHING_OPEN;
  const end = (at: number, next: number) => {
    if (at > start) found.push({ start, end: at });
    start = next;
    open = NOTHING_OPEN;
  };
  for (let at = 0; at < page.length;) {
    const newline = page.indexOf("\n", at);
    const next = newline < 0 ? page.length : newline + 1;
    const line = page.slice(at, newline < 0 ? page.length : newline);
    const length = at - start;
    if (fence !== undefined) {
      // Code in an element may stand left of its fence, too; that much of it seldom does.
      const isOver = length >= CUT_CHARACTERS_MAX && standsLeftOf(line, fence);
      if (isOver || leavesQuote(line, fence) || closesFence(line, fence)) fence = undefined;
    } else {
      const mayCut = length >= CUT_CHARACTERS_MAX || (!open.comment && open.braces <= 0);
      if (mayCut && isCut(length, line, isBehindBlank)) end(at, at);
      else if (isMereText(line)) end(at, next);
      fence = openFence(line);
      open = openBehind(line, open);
    }
    isBehindBlank = line.trim() === "";
    at = next;
  }
  end(page.length, page.length);
  return found;
}

type Open = { readonly comment: boolean; readonly braces: number };
const NOTHING_OPEN: Open = { comment: false, braces: 0 };

/** What may go on behind a line: statements, expressions and comments may have blank lines and lines like headings. */
function openBehind(line: string, { comment, braces }: Open): Open {
  const [begins, ends] = [line.lastIndexOf("<!--"), line.lastIndexOf("-->")];
  let open = braces;
  if (/[{}]/.test(line)) for (const character of line) open += character === "{" ? 1 : character === "}" ? -1 : 0;
  return { comment: begins === ends ? comment : begins > ends, braces: open };
}

/** Whether a line is not worth the time that its markup takes: a file of data in one line, quotes in quotes in quotes. */
function isMereText(line: string): boolean {
  return DEEP.test(line) || (line.length > LINE_CUT_CHARACTERS && !line.includes("data:"));
}

function isCut(length: number, line: string, isBehindBlank: boolean): boolean {
  if (length < HEADING_CUT_CHARACTERS) return false;
  if (length >= LINE_CUT_CHARACTERS) return true;
  return (
    isBehindBlank &&
    ((line.startsWith("#") && headingOf(line) !== undefined) ||
      (length >= PARAGRAPH_CUT_CHARACTERS && /^\S/.test(line)))
  );
}
