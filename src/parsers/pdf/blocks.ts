import { beginsFootnote } from "./footnotes.ts";
import { markOf, PARAGRAPH_GAP, paragraphAt, paragraphText, SENTENCE_END } from "./paragraph.ts";
import { endsEarly, SAME_PLACE } from "./entries.ts";
import { codeBlock } from "../../text/markdown.ts";
import type { Line } from "./pdf-content.ts";
import { tableAt, tableMarkdown } from "./table.ts";

/** Spaces before a line of code; where there seem to be more, the page is broken. */
const INDENT_CHARACTERS_MAX = 200;
/** In parts of the font's size: from one line of a sentence to the next, and what a full line has at least. */
const SENTENCE_GAP = 1.35;
const FULL_MIN = 20;

/**
 * Lines of a section as Markdown: paragraphs with their words joined, lists, code in fences, tables. Footnotes come
 * after the block they interrupt, so that a sentence goes on from one page to the next.
 */
export function toMarkdown(lines: readonly Line[], compounds: ReadonlySet<string>): string {
  const read: Line[] = [];
  const notes: { readonly line: Line; readonly after: number }[] = [];
  for (const line of lines) {
    if (line.note) notes.push({ line, after: read.length });
    else read.push(line);
  }
  const text = withSentencesWhole(read);
  const blocks: string[] = [];
  const lists = new OpenLists();
  for (let index = 0; index < text.length;) {
    const block = blockAt(text, index, compounds);
    const first = text[index];
    blocks.push(first === undefined ? block.markdown : lists.indented(first, block.markdown));
    index += block.lines;
    const due = notes.findIndex(({ after }) => after > index);
    blocks.push(...footnotes(notes.splice(0, due === -1 ? notes.length : due), compounds));
  }
  blocks.push(...footnotes(notes, compounds));
  return blocks.filter((block) => block !== "").join("\n\n");
}

/** Lines in the letters of a program that are words of a sentence are not one. */
function withSentencesWhole(lines: readonly Line[]): Line[] {
  const read: Line[] = [];
  for (const [index, line] of lines.entries()) {
    const isQuoted = line.mono && isInSentence(lines, index, read.at(-1));
    read.push(isQuoted ? { ...line, mono: false } : line);
  }
  return read;
}

/** Whether the line before is full and ends no sentence, and this one is right below it, or goes on at the same place. */
function isInSentence(lines: readonly Line[], index: number, before: Line | undefined): boolean {
  const [line, next, afterNext] = lines.slice(index, index + 3);
  if (line === undefined || before === undefined || before.mono || line.cells.length > 1) return false;
  const gap = line.y - before.y;
  if (line.column !== before.column || gap <= 0 || gap > line.size * SENTENCE_GAP) return false;
  if (next?.mono && afterNext?.mono) return false;
  const isAt = (other: Line) => Math.abs(other.x - line.x) < line.size * SAME_PLACE;
  if (!isAt(before) && !(next !== undefined && !next.mono && next.y > line.y && isAt(next))) return false;
  return before.width > before.size * FULL_MIN && !SENTENCE_END.test(before.text) && !endsEarly(lines, index);
}

function blockAt(
  lines: readonly Line[],
  start: number,
  compounds: ReadonlySet<string>,
): { readonly markdown: string; readonly lines: number } {
  const code = codeAt(lines, start);
  if (code.length > 0) return { markdown: listing(code), lines: code.length };
  const table = tableAt(lines, start);
  if (table !== undefined) return { markdown: tableMarkdown(table, compounds), lines: table.lines };
  const paragraph = paragraphAt(lines, start);
  return {
    markdown: paragraph.map((part) => paragraphText(part, compounds)).join("\n"),
    lines: paragraph.flat().length,
  };
}

function codeAt(lines: readonly Line[], start: number): Line[] {
  const run: Line[] = [];
  for (let index = start; index < lines.length; index++) {
    const line = lines[index];
    if (line === undefined || !(line.mono || isNextNumber(line, run.at(-1)))) break;
    run.push(line);
  }
  return run;
}

/** A line of a listing that has a number and nothing else. */
function isNextNumber({ text, y }: Line, before: Line | undefined): boolean {
  return (
    before !== undefined && y > before.y && /^\d+$/.test(text) && Number(text) === Number.parseInt(before.text) + 1
  );
}

function listing(lines: readonly Line[]): string {
  const left = lines.reduce((least, { x }) => Math.min(least, x), Number.POSITIVE_INFINITY);
  const widths = lines.map(({ width, text }) => width / Math.max(text.length, 1)).sort((one, other) => one - other);
  const character = widths[Math.floor(widths.length / 2)] || 5;
  const code: string[] = [];
  for (const [index, line] of lines.entries()) {
    const before = lines[index - 1];
    if (before !== undefined && line.column === before.column && line.y - before.y > line.size * PARAGRAPH_GAP)
      code.push("");
    const indent = Math.min(Math.round((line.x - left) / character), INDENT_CHARACTERS_MAX);
    code.push(" ".repeat(indent) + line.text);
  }
  return codeBlock(code.join("\n"), "");
}

/** A paragraph for each mark. */
function footnotes(notes: readonly { readonly line: Line }[], compounds: ReadonlySet<string>): string[] {
  const paragraphs: Line[][] = [];
  for (const { line } of notes) {
    const paragraph = paragraphs.at(-1);
    if (paragraph === undefined || beginsFootnote(line)) paragraphs.push([line]);
    else paragraph.push(line);
  }
  return paragraphs.map((paragraph) => paragraphText(paragraph, compounds));
}

/** In parts of the font's size: what an item of an inner list is indented by. */
const INDENT_MIN = 0.6;

/** Blanks that make a program of a line, unless a list is open. */
const CODE_INDENT = 4;

/** The lists that the text is in, from the outermost; items of inner lists are indented. */
class OpenLists {
  /** Where their items begin, and how far those of a list inside are indented. */
  #items: { readonly x: number; readonly indent: number }[] = [];
  #column = 0;
  #isOpen = false;

  /** A block of Markdown that begins with `line`; what is no item ends the lists that begin to its right. */
  indented(line: Line, markdown: string): string {
    if (line.column !== this.#column) this.#items = [];
    this.#column = line.column;
    const outer = this.#items.filter(({ x }) => x < line.x - line.size * INDENT_MIN);
    const mark = markOf(line);
    this.#items = outer;
    const isAfterItem = this.#isOpen;
    this.#isOpen = mark !== undefined;
    if (mark === undefined) return markdown;
    const sum = outer.reduce((blanks, item) => blanks + item.indent, 0);
    // Behind a block that is no item, an inner one begins a list of its own.
    const isNew = !isAfterItem && sum >= CODE_INDENT;
    const kept = isNew ? outer.map(({ x }) => ({ x, indent: 0 })) : outer;
    this.#items = [...kept, { x: line.x, indent: markdown.startsWith("-") ? 2 : 3 }];
    return " ".repeat(isNew ? 0 : sum) + markdown;
  }
}
