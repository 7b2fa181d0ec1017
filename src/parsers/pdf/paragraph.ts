import type { Line } from "./pdf-content.ts";
import { tableAt } from "./table.ts";

/** In parts of the font's size: from baseline to baseline. */
export const PARAGRAPH_GAP = 1.9;
/** What a paragraph's first line may be indented by. */
const INDENT_MIN = 0.8;
const INDENT_MAX = 5;
/** Of the next line, what a paragraph's last line may lack. */
const SHORT_MIN = 0.3;
const BULLET = /^\s*[•●○■▪‣–∙◦]\s*/;
const NUMBERED = /^\s*(?:\d{1,2}[.)]|\(\w\)|[a-z]\))\s+\S/;
/** In a table of contents, between the title and its page. */
const LEADER = /(?:\s?[.·…]){5,}\s*/g;
const SENTENCE_END = /[.!?:][)"'”’»]*\s*$/;
const WIDE = /[\u3000-\u9fff\uff00-\uffef]/;

/** The lines from `start` on that are one paragraph, list item or line of a table of contents. */
export function paragraphAt(lines: readonly Line[], start: number): Line[] {
  const paragraph: Line[] = [];
  for (let index = start; index < lines.length; index++) {
    const line = lines[index];
    const before = paragraph.at(-1);
    if (line === undefined) break;
    if (before !== undefined && (isParted(line, before, lines[index + 1]) || tableAt(lines, index) !== undefined))
      break;
    paragraph.push(line);
  }
  return paragraph;
}

function isParted(line: Line, before: Line, next: Line | undefined): boolean {
  if (line.mono || BULLET.test(line.text) || NUMBERED.test(line.text)) return true;
  if (before.text.search(LEADER) !== -1) return true;
  if (Math.abs(line.size - before.size) > before.size * 0.2) return true;
  const gap = line.y - before.y;
  // Upwards: the next column or page goes on with the sentence.
  if (gap < 0) return SENTENCE_END.test(before.text);
  if (line.column !== before.column) return false;
  return (
    gap > Math.max(line.size, before.size) * PARAGRAPH_GAP || isIndented(line, before, next) || isShort(before, line)
  );
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

/** `compounds`: words with a hyphen that the document has, in lower case; theirs is kept at the end of a line. */
export function paragraphText(lines: readonly Line[], compounds: ReadonlySet<string>): string {
  let text = "";
  for (const line of lines) text = appended(text, line.text.trim(), compounds);
  text = text.replace(LEADER, " ").trim();
  const bullet = BULLET.exec(text);
  if (bullet !== null) return `- ${text.slice(bullet[0].length)}`;
  // A line that looks like a heading or a fence of Markdown is none.
  return text.replace(/^(#{1,6}\s|```|~~~)/, "\\$1");
}

function appended(text: string, next: string, compounds: ReadonlySet<string>): string {
  if (text === "") return next;
  // A word that was parted at the end of a line; not a compound (`double-` `Click`), nor a dash.
  const parted = /(\p{L}*\p{Ll})[-\u2010]$/u.exec(text);
  const rest = /^\p{Ll}\p{L}*/u.exec(next);
  if (parted !== null && rest !== null)
    return compounds.has(`${parted[1]}-${rest[0]}`.toLowerCase()) ? text + next : text.slice(0, -1) + next;
  return text + (WIDE.test(text.at(-1) ?? "") && WIDE.test(next[0] ?? "") ? "" : " ") + next;
}

/** The words of lines that have a hyphen elsewhere than at a line's end. */
export function compoundsOf(lines: readonly Line[]): Set<string> {
  const compounds = new Set<string>();
  for (const { text } of lines) {
    if (!text.includes("-")) continue;
    for (const [word] of text.toLowerCase().matchAll(/\p{L}+-(?=\p{L})\p{L}+/gu)) compounds.add(word);
  }
  return compounds;
}
