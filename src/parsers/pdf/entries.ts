import { isRightToLeft } from "./direction.ts";
import type { Line } from "./pdf-content.ts";

/** In parts of the font's size: what lines that begin at one place differ by, and what a description is indented by. */
export const SAME_PLACE = 0.3;
const INDENT_MIN = 0.8;
const INDENT_MAX = 16;
/** Lines on either side that the width of a column is told by, and how many of them must be as wide. */
const NEIGHBOURS = 15;
const WIDE_LINES_MIN = 3;
/** What a word's width is overestimated by: its letters may be wider than others. */
const WORD_WIDTH = 1.2;
const WIDE_LETTERS = 4;
const WIDE = /[\u3000-\u9fff\uff00-\uffef]/;
/** In a table of contents, between the title and its page. */
export const LEADER = /(?:\s?[.·…]){5,}\s*/g;
const OPTION = /^(?:--?|\+)[\p{L}?]/u;
/** `term - description`, `Term: description` */
const TERM = /^[^.!?:]{1,40}(?:\s[-–—=]|:)\s+\S/u;
export const TITLE_CHARACTERS_MAX = 60;
/** A title's number, and a word that begins one. */
const TITLE =
  /^(?:第\s?[\d０-９一二三四五六七八九十百]{1,4}\s?[章節部編篇回节编]|[\d０-９]{1,2}(?:[.．][\d０-９]{1,2}){1,3}[.．]?(?:\s|(?=[^\d０-９.．\s!-/:-@])))\s*["“「『(（]?[\p{Lu}\p{Lo}]/u;
/** Sentences, and lines of a table of contents. */
const NO_TITLE = /[.,;!?。、，；！？．]$|[.·…]{4}|(?:\s?\.){4}|\s\d{1,4}$/;
const SENTENCE_END = /[.!?。！？][)"'”’»」』）]*\s*$/;

/**
 * What line `index`, right below the last one of `paragraph`, begins: an entry of a definition list or of a list with a
 * hanging indent, the indented description of a term, or nothing. Where it stands tells, and that the line before it was ended
 * on purpose.
 */
export function beginningOf(
  lines: readonly Line[],
  index: number,
  paragraph: readonly Line[],
): "entry" | "description" | undefined {
  const [first] = paragraph;
  const before = paragraph.at(-1);
  const line = lines[index];
  const following = lines[index + 1];
  if (first === undefined || before === undefined || line === undefined) return undefined;
  if (isRightToLeft([line, before]) || /[-\u2010\u00ad]$/.test(before.text)) return undefined;
  const next = following?.column === line.column && following.y > line.y ? following : undefined;
  const indent = (line.x - before.x) / line.size;
  const isEnded = () => endsEarly(lines, index);
  if (Math.abs(indent) > INDENT_MAX) return undefined;
  if (indent > INDENT_MIN) {
    // More of the description is below, or the next term; or it is a paragraph whose first line is indented.
    const isWhole = next === undefined || isAt(next, line);
    if (paragraph.length > 1 || !(isWhole || isAt(next, before)) || !isEnded()) return undefined;
    return isWhole || endsEarly(lines, index + 1) ? "description" : "entry";
  }
  const isEntry =
    indent < -INDENT_MIN ? isOutdented(line, paragraph, next, isEnded) : isLike(line, paragraph, next, isEnded);
  return isEntry ? "entry" : undefined;
}

function isAt(one: Line | undefined, other: Line): boolean {
  return one !== undefined && Math.abs(one.x - other.x) < other.size * SAME_PLACE;
}

function hasFormOf(first: Line, line: Line): boolean {
  return [OPTION, TERM].some((form) => form.test(line.text) && form.test(first.text));
}

/** The next term below a description, or the next item below one whose other lines are indented. */
function isOutdented(
  line: Line,
  [first, ...others]: readonly Line[],
  next: Line | undefined,
  isEnded: () => boolean,
): boolean {
  const before = others.at(-1) ?? first;
  if (first === undefined || before === undefined) return false;
  // Not the second line of a paragraph whose first one is indented.
  if (others.length === 0) return isAt(next, before) && isEnded();
  if (!others.every((part) => isAt(part, before))) return false;
  if (isAt(first, line)) {
    // Below a large first letter the text goes on as far left as that.
    const isLikeFirst = line.lead !== "" || line.cells.length > 1 || hasFormOf(first, line);
    return isAt(next, before) || (isLikeFirst && isEnded());
  }
  return isAt(first, before) && (SENTENCE_END.test(before.text) || isEnded());
}

/** A line at the same place as the one before that begins as the paragraph does: with an option, a term, or words in a font of their own. */
function isLike(line: Line, paragraph: readonly Line[], next: Line | undefined, isEnded: () => boolean): boolean {
  const [first] = paragraph;
  const before = paragraph.at(-1);
  if (first === undefined || before === undefined || !isAt(line, before)) return false;
  const isSentenceEnd = SENTENCE_END.test(before.text);
  // The indented first line of a paragraph, below one that is a paragraph of its own.
  if (next !== undefined && line.x - next.x > line.size * INDENT_MIN && isSentenceEnd) return isEnded();
  if (!isAt(first, line) || /[,;]$/.test(before.text)) return false;
  const isInSentence = !isSentenceEnd && /^[^\p{L}]{0,3}\p{Ll}/u.test(line.text);
  const isLed =
    !isInSentence &&
    !WIDE.test(line.text + before.text) &&
    line.lead + first.lead !== "" &&
    (line.lead || line.font) === (first.lead || first.font);
  return (hasFormOf(first, line) || isLed) && isEnded();
}

/**
 * Whether line `index` is a numbered title: `1.2 ファイルを開く`, `第1章 概要`, `2.1 Opening a file`. It is short, ends no sentence, and
 * the line before it ended on purpose; so did it, if there is one below it.
 */
export function isTitle(lines: readonly Line[], index: number): boolean {
  const line = lines[index];
  if (line === undefined || line.mono || line.aside || line.note) return false;
  const text = line.text.trim();
  if (text.length > TITLE_CHARACTERS_MAX || !TITLE.test(text) || NO_TITLE.test(text)) return false;
  const [before, after] = [lines[index - 1], lines[index + 1]];
  const isAbove = before !== undefined && before.column === line.column && before.y < line.y;
  const isBelow = after !== undefined && after.column === line.column && after.y > line.y;
  if (isAbove && !SENTENCE_END.test(before.text) && !endsEarly(lines, index)) return false;
  // Not the upper line of an entry of a table of contents.
  return !isBelow || (after.text.search(LEADER) === -1 && endsEarly(lines, index + 1));
}

/** Lines that are titles in Chinese or Japanese, whose fonts seldom tell them; one alone may be anything. */
export function wideTitles(lines: readonly Line[]): ReadonlySet<number> {
  const titles = new Set<number>();
  for (const [index, { text }] of lines.entries()) if (WIDE.test(text) && isTitle(lines, index)) titles.add(index);
  return titles.size < 2 ? new Set() : titles;
}

/** Whether the first word of a line would have had its place at the end of the line before. */
export function endsEarly(lines: readonly Line[], index: number): boolean {
  const line = lines[index];
  const before = lines[index - 1];
  if (line === undefined || before === undefined) return false;
  const rights = lines
    .slice(Math.max(0, index - NEIGHBOURS), index + NEIGHBOURS)
    .flatMap(({ column, mono, x, width }) => (column === line.column && !mono ? [x + width] : []))
    .sort((one, other) => other - one);
  const right = rights[Math.min(WIDE_LINES_MIN - 1, Math.floor(rights.length / WIDE_LINES_MIN))] ?? 0;
  const text = line.text.trim();
  // Between most letters of Chinese and Japanese a line may end.
  const word = WIDE.test(text[0] ?? "") ? WIDE_LETTERS : (text.split(/\s/, 1)[0]?.length ?? 0);
  const character = line.width / Math.max(line.text.length, 1);
  return right - before.x - before.width > (word + 1) * character * WORD_WIDTH;
}
