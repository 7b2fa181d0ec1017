import { postprocess, preprocess } from "micromark";
import type { Event, ParseContext } from "micromark-util-types";
import { closesFence, type Fence, headingOf, leavesQuote, openFence, standsLeftOf } from "../../text/markdown.ts";
import type { Range } from "./edits.ts";
import { type Part, partsOf } from "./known-parts.ts";
import type { PageToken } from "./known-shapes.ts";
import { parserFor, type Work } from "./syntax/docusaurus.ts";

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

/** Reads a piece of a page; `labels` are those of definitions on others. */
export type PieceReader = (page: string, piece: Range, labels: readonly string[], work: Work) => readonly PageToken[];

/**
 * What micromark finds on a page, in order, piece by piece, so that neither memory nor time grows faster than the page.
 * References of all pieces are known to each.
 */
export function* pageTokens(page: string, work: Work, read: PieceReader): Generator<readonly PageToken[]> {
  const cut = pieces(page);
  const labels = cut.length > 1 ? definedLabels(page) : [];
  for (const piece of cut) yield read(page, piece, labels, work);
}

/** In parts, most of which are known; whole, where something goes on from one of them to the next. */
export const readPiece: PieceReader = (page, piece, labels, work) => {
  const before = { ...work };
  const tokens = readInParts(page, piece, labels, work);
  if (tokens !== undefined) return tokens;
  Object.assign(work, before);
  return readWhole(page, piece, labels, work);
};

/** By micromark alone. */
export const readWhole: PieceReader = (page, { start, end }, labels, work) =>
  tokensOf(flowOf(parserFor(work, labels), page, { start, end, line: 1 }));

// micromark takes them for the ends of lines, for a character to replace, and for none.
const UNUSUAL = /[\r\0\uFEFF]/;

/** As `readWhole`; undefined where the parts are not what the piece is. */
function readInParts(
  page: string,
  piece: Range,
  labels: readonly string[],
  work: Work,
): readonly PageToken[] | undefined {
  if (UNUSUAL.test(page.slice(piece.start, piece.end))) return undefined;
  const parser = parserFor(work, labels);
  // What takes whole lines, definitions among it, is found in all parts before the text in them is read: as in a piece.
  const found: (readonly PageToken[] | Unfinished)[] = [];
  for (const part of partsOf(page, piece)) {
    const { tokens } = part;
    work.isOpen = false;
    found.push(tokens ?? { events: flowOf(parser, page, part), isLast: part.end === piece.end });
    if (work.isOpen && part.end < piece.end) return undefined;
  }
  const read: (readonly PageToken[])[] = [];
  for (const part of found) {
    const tokens = "events" in part ? tokensOf(part.events) : part;
    if ("events" in part && !part.isLast && hasOpenFence(tokens)) return undefined;
    read.push(tokens);
  }
  return read.flat();
}

/** A part whose lines are read, and whose text is not. */
type Unfinished = { readonly events: Event[]; readonly isLast: boolean };

function flowOf(
  parser: ParseContext,
  page: string,
  { start, end, line }: Pick<Part, "start" | "end" | "line">,
): Event[] {
  const document = parser.document({ line, column: 1, offset: start });
  return document.write(preprocess()(page.slice(start, end), undefined, true));
}

function tokensOf(events: Event[]): readonly PageToken[] {
  return postprocess(events).flatMap(([kind, token]) => (kind === "exit" ? [token] : []));
}

function hasOpenFence(tokens: readonly PageToken[]): boolean {
  let fences = 0;
  for (const { type } of tokens) {
    if (type === "codeFencedFence") fences++;
    if (type !== "codeFenced") continue;
    if (fences < 2) return true;
    fences = 0;
  }
  return false;
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

/** The parts of a page to be read; what is between them is text. */
function pieces(page: string): Range[] {
  const found: Range[] = [];
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
