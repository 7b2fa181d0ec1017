import type { Span } from "./pdf-content.ts";

/** In parts of the font's size: how far a letter must reach below the accent before it, and how far it may. */
const OVERLAP_MIN = 0.15;
const OVERLAP_MAX = 1.2;
const ACCENTS: ReadonlyMap<string, string> = new Map([
  ["`", "\u0300"],
  ["´", "\u0301"],
  ["ˆ", "\u0302"],
  ["˜", "\u0303"],
  ["¯", "\u0304"],
  ["˘", "\u0306"],
  ["˙", "\u0307"],
  ["¨", "\u0308"],
  ["˚", "\u030a"],
  ["˝", "\u030b"],
  ["ˇ", "\u030c"],
]);
const LETTER_FIRST = /^\p{L}/u;

/**
 * Spans, in the order they are painted, whose accents are with their letters. TeX paints an accent, goes back and
 * paints the letter below it; an accent that no letter is painted below is left as it is.
 */
export function withAccents<Placed extends Span>(spans: readonly Placed[]): Placed[] {
  const read: Placed[] = [];
  for (const span of spans) {
    const before = read.at(-1);
    const mark = before === undefined ? undefined : ACCENTS.get(before.text.at(-1) ?? "");
    if (before === undefined || mark === undefined || !isBelow(span, before)) {
      read.push(span);
      continue;
    }
    read.pop();
    const rest = before.text.slice(0, -1).trimEnd();
    if (rest !== "") read.push({ ...before, text: rest, width: Math.max(span.x - before.x, 0) });
    read.push({ ...span, text: accented(span.text, mark) });
  }
  return read;
}

function isBelow({ text, x, y, size }: Span, before: Span): boolean {
  if (!LETTER_FIRST.test(text) || Math.abs(y - before.y) > size * 0.5) return false;
  const overlap = before.x + before.width - x;
  return overlap > size * OVERLAP_MIN && overlap < size * OVERLAP_MAX;
}

/** The letters without a dot are there to have an accent instead. */
function accented(text: string, mark: string): string {
  const [letter = ""] = text;
  const base = letter === "ı" ? "i" : letter === "ȷ" ? "j" : letter;
  return `${base}${mark}`.normalize("NFC") + text.slice(letter.length);
}
