import { inReadingDirection, isRightToLeft } from "./direction.ts";
import { BULLET_SIGNS, nameBullets } from "./bullets.ts";
import type { Span } from "./pdf-content.ts";

/** Parts of a font's size: what two spans of a line may be apart, and what makes them cells of a table. */
const WORD_GAP = 0.12;
const CELL_GAP = 1;
/** What is enough of a gap where several rows have one before the same place. */
const ALIGNED_GAP = 0.5;
const ALIGNED_ROWS_MIN = 6;
/** Share of a segment's characters that decides what it is set in. */
const MOST = 0.8;
/** The same, of the first words' font: in a sentence with some code in it those are what most is set in. */
const LEAD_MAX = 0.5;
/** In parts of the font's size: how far a text is from where it was printed before, and how many texts of a row are compared. */
const AGAIN_DISTANCE = 0.2;
const PRINTED_MAX = 6;
const BULLET = new RegExp(`^\\s*[${BULLET_SIGNS}]`);
const LETTER = /[\p{L}\p{N}]/u;

/** A piece of a line without a wide gap. */
export type Segment = {
  readonly text: string;
  readonly x: number;
  readonly right: number;
  readonly y: number;
  readonly size: number;
  /** undefined: like the text beside it. */
  readonly mono: boolean | undefined;
  readonly font: string;
  readonly lead: string;
};

/** Joins spans that touch into segments; a wide gap ends one. */
export function segmentsOf(spans: readonly Span[]): Segment[] {
  const rows = groupRows([...spans].sort((one, other) => one.y - other.y || one.x - other.x));
  for (const row of rows) {
    row.sort((one, other) => one.x - other.x);
    if (row.some(isLetterSpaced)) joinLetters(row);
  }
  nameBullets(rows);
  const starts = startsOf(rows);
  return rows.flatMap((row) => partsOf(row, starts).map(segmentOf));
}

/** Where several rows go on after a gap, by whole points: the left edge of a column, even if the gap is no wide one. */
function startsOf(rows: readonly (readonly Span[])[]): ReadonlySet<number> {
  const counts = new Map<number, number>();
  for (const row of rows) {
    let right = Number.POSITIVE_INFINITY;
    for (const { text, x, width, size } of row) {
      if (text.trim() === "") continue;
      if (x - right > size * ALIGNED_GAP) {
        for (const near of [Math.floor(x), Math.ceil(x)]) counts.set(near, (counts.get(near) ?? 0) + 1);
      }
      right = x + width;
    }
  }
  return new Set([...counts].filter(([, count]) => count >= ALIGNED_ROWS_MIN).map(([x]) => x));
}

/** Items whose baselines are less than half a line apart, in rows from the top. */
export function groupRows<Item extends { readonly y: number; readonly size: number }>(
  sorted: readonly Item[],
): Item[][] {
  const rows: Item[][] = [];
  // Where the largest item of the row stands: what is higher or lower are exponents and indices.
  let baseline = Number.NEGATIVE_INFINITY;
  let size = 0;
  for (const item of sorted) {
    if (Math.abs(item.y - baseline) < Math.max(item.size, size) * 0.45) {
      rows.at(-1)?.push(item);
      if (item.size <= size * 1.05) continue;
    } else {
      rows.push([item]);
    }
    baseline = item.y;
    size = item.size;
  }
  return rows;
}

/** The spans of a row, parted at wide gaps. White spans are only what they do to the gaps. */
function partsOf(row: readonly Span[], starts: ReadonlySet<number>): Span[][] {
  const parts: Span[][] = [];
  let right = Number.NEGATIVE_INFINITY;
  const printed: Span[] = [];
  for (const span of row) {
    const { text, x, width, size } = span;
    const gap = x - right;
    const part = parts.at(-1);
    if (part !== undefined && text.trim() === "") {
      if (gap < size * CELL_GAP && width < size * CELL_GAP) part.push(span);
      continue;
    }
    if (text.trim() === "" || isPrintedAgain(span, printed)) continue;
    printed.push(span);
    if (printed.length > PRINTED_MAX) printed.shift();
    const isStart = gap > size * ALIGNED_GAP && (starts.has(Math.floor(x)) || starts.has(Math.ceil(x)));
    if (part !== undefined && !isStart && gap < size * CELL_GAP && gap > -size * 2) {
      part.push(span);
      right = Math.max(right, x + width);
    } else {
      parts.push([span]);
      right = x + width;
    }
  }
  return parts;
}

/** Whether the same letters are at this place already: text is printed twice to look bold, or to have a shadow. */
function isPrintedAgain(again: Span, printed: readonly Span[]): boolean {
  const near = again.size * AGAIN_DISTANCE;
  const right = again.x + again.width;
  return printed.some(({ text, x, y, width, size }) => {
    if (Math.abs(size - again.size) > near || Math.abs(y - again.y) > near) return false;
    // Not beside it, nor beyond its end.
    if (x + width < again.x + Math.min(near, again.width / 2) || right > x + width + near * 2) return false;
    const letters = withoutSpaces(text);
    const at = letters.indexOf(withoutSpaces(again.text));
    // Letters are not all of one width: the place of a part of a text is known roughly.
    const expected = x + (width * at) / letters.length;
    return at !== -1 && Math.abs(again.x - expected) < (at === 0 ? near : again.size);
  });
}

function withoutSpaces(text: string): string {
  return text.replaceAll(" ", "");
}

function segmentOf(spans: readonly Span[]): Segment {
  let right = 0;
  let size = 0;
  let y = 0;
  let isOfLetter = false;
  const fonts = new Map<string, number>();
  let monospaced = 0;
  let proportional = 0;
  let characters = 0;
  for (const span of spans) {
    const length = span.text.trim().length;
    if (length === 0) continue;
    right = Math.max(right, span.x + span.width);
    // A large bracket does not make a large line.
    if (!isOfLetter || span.size > size * 1.05) {
      const hasLetter = LETTER.test(span.text);
      if (hasLetter || size === 0) ({ size, y } = span);
      isOfLetter ||= hasLetter;
    }
    characters += length;
    if (span.mono === true) monospaced += length;
    else if (span.mono === false) proportional += length;
    fonts.set(span.font, (fonts.get(span.font) ?? 0) + length);
  }
  const told = monospaced + proportional;
  const mono = told === 0 ? undefined : monospaced >= told * MOST && !isItem(spans);
  const [lead] = fonts;
  return {
    text: joined(!mono && isRightToLeft(spans) ? inReadingDirection(spans) : spans),
    x: spans[0]?.x ?? 0,
    right,
    y,
    size,
    mono,
    font: [...fonts].find(([, length]) => length >= characters * MOST)?.[0] ?? "",
    lead: lead !== undefined && lead[1] < characters * LEAD_MAX ? lead[0] : "",
  };
}

/** Whether it begins with a bullet that is in no letters of a program. */
function isItem(spans: readonly Span[]): boolean {
  const first = spans.find(({ text }) => text.trim() !== "");
  return first?.mono === false && BULLET.test(first.text);
}

function joined(spans: readonly Span[]): string {
  let text = "";
  let before: Span | undefined;
  for (const span of spans) {
    if (span.text.trim() === "") {
      text += " ";
      continue;
    }
    if (before !== undefined) {
      const gap = span.x > before.x ? span.x - before.x - before.width : before.x - span.x - span.width;
      const isParted = gap > span.size * WORD_GAP && !text.endsWith(" ") && !span.text.startsWith(" ");
      text += isParted ? " " : "";
    }
    text += span.text;
    before = span;
  }
  return text;
}

/** Letters, each with a space behind it. */
const SPACED = /^\p{L}(?: \p{L}){3,}$/u;
const SHORT = /^\p{L}(?: \p{L}){1,2}$/u;

/** Whether there is space between the letters of a text: `C H A P T E R`. */
function isLetterSpaced({ text }: Span): boolean {
  return text[1] === " " && SPACED.test(text) && !isAscending(text);
}

/** Makes words of the letters of a row, if some of its texts are letter-spaced; short ones (`O N E`) alone do not tell. */
function joinLetters(row: Span[]): void {
  for (const [index, span] of row.entries()) {
    if (isLetterSpaced(span) || SHORT.test(span.text)) row[index] = { ...span, text: span.text.replaceAll(" ", "") };
  }
}

/** `A B C D` are letters. */
function isAscending(text: string): boolean {
  const letters = text.split(" ");
  return letters.every((letter, index) => index === 0 || letter > (letters[index - 1] ?? ""));
}
