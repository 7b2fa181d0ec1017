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

/** In parts of the letter's font size. */
const SCRIPT_SIZE_MIN = 0.45;
const SCRIPT_SIZE_MAX = 0.87;
const SCRIPT_RAISED_MAX = 0.65;
const SCRIPT_GAP_MAX = 0.3;

/**
 * Spans, in the order they are painted, whose exponents and indices are on the baseline of the letter they belong to:
 * between two close lines, or beside a fraction, their height alone does not tell.
 */
export function withScripts<Placed extends Span>(spans: readonly Placed[]): Placed[] {
  let base: Placed | undefined;
  let right = 0;
  return spans.map((span) => {
    if (span.text.trim() === "") return span;
    if (base === undefined || !isScript(span, base, right)) {
      base = span;
      right = span.x + span.width;
      return span;
    }
    right = Math.max(right, span.x + span.width);
    return { ...span, y: base.y };
  });
}

function isScript({ x, y, size }: Span, base: Span, right: number): boolean {
  return (
    size < base.size * SCRIPT_SIZE_MAX &&
    size > base.size * SCRIPT_SIZE_MIN &&
    Math.abs(y - base.y) < base.size * SCRIPT_RAISED_MAX &&
    x > base.x + base.width - base.size * SCRIPT_GAP_MAX &&
    x < right + base.size * SCRIPT_GAP_MAX
  );
}

/** In parts of the font size of the text beside it. */
const DROP_CAP_SIZE_MIN = 1.8;
/** Large letters of a page that are looked at. */
const DROP_CAPS_MAX = 20;
/** Height of a capital, as a share of its font size. */
const CAPITAL_HEIGHT = 0.7;
const LETTER_GAP = 0.12;
const CAPITAL = /^["“„«]?\p{Lu}$/u;

/** Spans whose large first letters of chapters are on the line that they begin. */
export function withDropCaps<Placed extends Span>(spans: readonly Placed[]): readonly Placed[] {
  const large = spans
    .filter(({ text }) => CAPITAL.test(text.trim()))
    .sort((one, other) => other.size - one.size)
    .slice(0, DROP_CAPS_MAX);
  const lowered = new Map<Placed, Placed>();
  for (const letter of large) {
    const line = lineBeside(letter, spans);
    if (line === undefined) continue;
    const gap = line.x - letter.x - letter.width;
    const width = gap < letter.size * LETTER_GAP ? line.x - letter.x : letter.width;
    lowered.set(letter, { ...letter, text: letter.text.trim(), y: line.y, size: line.size, width });
  }
  return lowered.size === 0 ? spans : spans.map((span) => lowered.get(span) ?? span);
}

/** The first of two lines or more that are as high as the letter together. */
function lineBeside(letter: Span, spans: readonly Span[]): Span | undefined {
  const right = letter.x + letter.width;
  const top = letter.y - letter.size * CAPITAL_HEIGHT;
  const beside = spans.filter(
    ({ text, x, y, size }) =>
      /\p{L}/u.test(text) &&
      letter.size > size * DROP_CAP_SIZE_MIN &&
      x > right - size * 0.5 &&
      x < right + size * 2 &&
      y > top &&
      y < letter.y + size * 0.3,
  );
  const first = beside.reduce<Span | undefined>(
    (one, other) => (one !== undefined && one.y <= other.y ? one : other),
    undefined,
  );
  if (first === undefined || beside.every(({ y }) => y - first.y < first.size * 0.8)) return undefined;
  return Math.abs(first.y - first.size * CAPITAL_HEIGHT - top) < first.size * 0.6 ? first : undefined;
}
