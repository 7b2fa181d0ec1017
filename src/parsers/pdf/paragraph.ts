import { beginsBlock } from "../../text/markdown.ts";
import { appended } from "./hyphenation.ts";
import { BULLET_SIGNS } from "./bullets.ts";
import { beginningOf, endsEarly, isTitle, LEADER, TITLE_CHARACTERS_MAX } from "./entries.ts";
import type { Line } from "./pdf-content.ts";
import { tableAt } from "./table.ts";

/** In parts of the font's size: from baseline to baseline. */
export const PARAGRAPH_GAP = 1.9;
/** Space above a paragraph, as a multiple of the distance between its lines. */
const APART_MIN = 1.3;
/** What a paragraph's first line may be indented by. */
const INDENT_MIN = 0.8;
const INDENT_MAX = 5;
/** What a paragraph's last line is shorter by, as a share of the next line. */
const SHORT_MIN = 0.3;
const BULLET = new RegExp(`^\\s*[${BULLET_SIGNS}–]\\s*`);
const NUMBERED = /^\s*(?:\d{1,2}[.)]|\(\w\)|[a-z]\))\s+(?=\S)/;
export const SENTENCE_END = /[.!?:。！？：؟۔][)"'”’»」』）]*\s*$/;

/** The lines from `start` on that are one paragraph, list item or line of a table of contents; a term and its description are two parts. */
export function paragraphAt(lines: readonly Line[], start: number): Line[][] {
  const first = lines[start];
  if (first === undefined) return [];
  let part = [first];
  const parts = [part];
  if (isTitle(lines, start)) return parts;
  for (let index = start + 1; index < lines.length; index++) {
    const line = lines[index];
    const before = part.at(-1);
    if (line === undefined || before === undefined) break;
    if (isParted(lines, index) || tableAt(lines, index) !== undefined || isTitle(lines, index)) break;
    const isBelow = line.y > before.y && line.column === before.column;
    const [term] = parts.length > 1 ? (parts[0] ?? []) : [];
    if (term !== undefined && isBelow && line.x < term.x + line.size * INDENT_MIN) break;
    const beginning = isBelow ? beginningOf(lines, index, part) : undefined;
    if (beginning === "entry" || (beginning === "description" && parts.length > 1)) break;
    if (beginning === undefined) part.push(line);
    else parts.push((part = [line]));
  }
  return parts;
}

function isParted(lines: readonly Line[], index: number): boolean {
  const [before, line, next] = [lines[index - 1], lines[index], lines[index + 1]];
  if (before === undefined || line === undefined) return false;
  if (line.aside !== before.aside || line.label !== before.label) return true;
  if (line.mono || markOf(line) !== undefined) return true;
  if (before.text.search(LEADER) !== -1) return true;
  if (Math.abs(line.size - before.size) > before.size * 0.2) return true;
  const gap = line.y - before.y;
  if (gap <= 0) return SENTENCE_END.test(before.text) || isEnded(lines, index);
  if (line.column !== before.column) return false;
  return (
    gap > Math.max(line.size, before.size) * PARAGRAPH_GAP ||
    isIndented(line, before, next) ||
    isShort(before, line) ||
    isApart(line, before, next)
  );
}

/** Whether a column or page, in which no sentence ends, ends with a paragraph: it ends early, or has this line only. */
function isEnded(lines: readonly Line[], index: number): boolean {
  const [above, before, line, below] = [-2, -1, 0, 1].map((at) => lines[index + at]);
  if (before === undefined || line === undefined || goesOn(before, line)) return false;
  const isOnly = (above === undefined || above.y >= before.y) && (below === undefined || below.y <= line.y);
  return (isOnly && before.text.length <= TITLE_CHARACTERS_MAX) || endsEarly(lines, index);
}

function goesOn(before: Line, line: Line): boolean {
  return !SENTENCE_END.test(before.text) && (/^\p{Ll}/u.test(line.text) || /[-,\u2010]$/.test(before.text));
}

/** Further below the line above than the next line is below it, and no sentence goes on. */
function isApart(line: Line, before: Line, next: Line | undefined): boolean {
  if (next === undefined || next.column !== line.column || next.cells.length > 1) return false;
  const leading = next.y - line.y;
  if (leading < line.size || line.y - before.y < leading * APART_MIN) return false;
  return !goesOn(before, line);
}

/** A first line, between one that ends a sentence and one that is not indented. */
function isIndented(line: Line, before: Line, next: Line | undefined): boolean {
  const indent = (line.x - before.x) / line.size;
  if (indent < INDENT_MIN || indent > INDENT_MAX || !SENTENCE_END.test(before.text)) return false;
  return next !== undefined && next.column === line.column && Math.abs(next.x - before.x) < line.size * 0.3;
}

/** The last line of a paragraph: it ends a sentence long before the next line does, which begins one. */
function isShort(before: Line, line: Line): boolean {
  const right = line.x + line.width;
  return (
    SENTENCE_END.test(before.text) &&
    right - before.x - before.width > (right - before.x) * SHORT_MIN &&
    /^[^\p{L}]{0,3}\p{Lu}/u.test(line.text)
  );
}

/** What a list item begins with; undefined for other lines. */
export function markOf({ text, cells }: Line): string | undefined {
  const [first, second] = cells;
  // Letters that are marks only where they stand apart.
  if (second !== undefined && /^(?:[o*+-]|\d{1,2})$/.test(first?.text ?? "")) return `${first?.text} `;
  return (BULLET.exec(text) ?? NUMBERED.exec(text))?.[0];
}

/** `compounds`: of the document, see `appended`. */
export function paragraphText(lines: readonly Line[], compounds: ReadonlySet<string>): string {
  let text = "";
  for (const line of lines) text = appended(text, line.text.trim(), compounds);
  text = text.replace(LEADER, " ").trim();
  const [first] = lines;
  const mark = first === undefined ? undefined : markOf(first);
  if (mark !== undefined && /^\d+ $/.test(mark)) return `${mark.trim()}. ${text.slice(mark.length)}`;
  if (mark !== undefined && !NUMBERED.test(text)) return `- ${text.slice(mark.length)}`;
  return beginsBlock(text) ? `\\${text}` : text;
}
