import type { Span } from "./pdf-content.ts";

/** Of the font size of the text beside it. */
const SIZE_MIN = 1.8;
/** Of a page: what is looked at. */
const DROP_CAPS_MAX = 20;
/** Of its font size, what a capital is high. */
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
      letter.size > size * SIZE_MIN &&
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
