import type { Span } from "./pdf-content.ts";

/** What lies on a page beside its content: the value of a form field, a note that was typed onto it. */
export type Inset = {
  /** Where, as the file says it: two opposite corners. */
  readonly rect: readonly [number, number, number, number];
  readonly lines: readonly string[];
  /** The point its last line begins at, if that is known. */
  readonly lastLine: readonly [number, number] | undefined;
  /** Of its font; 0: as large as it fits. */
  readonly size: number;
  /** What a form calls it, or "". */
  readonly label: string;
  /** That of a box that is checked, which stands before its label. */
  readonly isMark: boolean;
  /** In the middle otherwise. */
  readonly isAtTop: boolean;
};

type Point = readonly [number, number];
type Box = { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };

const SIZE = 10;
const LABEL_CHARACTERS_MAX = 200;
/** In parts of the font's size. */
const LEADING = 1.2;
const CHARACTER_WIDTH = 0.5;
const CAPITAL_HEIGHT = 0.7;
/** What a box that is checked has inside. */
const MARK = /^[x×✓✔✕✖✗✘☑☒●■•]$/iu;
/** Points around a field. */
const NEAR = 2;

/**
 * The spans of a page with its insets, each at its place, unless the page itself says the same there: that of a form
 * which was flattened. `upright` turns a point of the file into one of the page as it is read.
 */
export function withInsets(
  spans: readonly Span[],
  insets: readonly Inset[],
  upright: (point: Point) => Point,
): readonly Span[] {
  const level = spans.filter(({ direction }) => direction === 0);
  const size = usualSize(level);
  const letters = lettersOf(level.map(({ text }) => text).join(""));
  const added = insets.flatMap((inset) => {
    const box = boxOf(inset.rect, upright);
    if (isPrinted(inset, box, level)) return [];
    const isLabelled = inset.label === "" || letters.includes(lettersOf(inset.label));
    return spansIn(box, isLabelled ? inset.lines : labelled(inset), inset, size, upright);
  });
  return [...spans, ...added];
}

function boxOf([x1, y1, x2, y2]: Inset["rect"], upright: (point: Point) => Point): Box {
  const [ax, ay] = upright([x1, y1]);
  const [bx, by] = upright([x2, y2]);
  return { left: Math.min(ax, bx), top: Math.min(ay, by), right: Math.max(ax, bx), bottom: Math.max(ay, by) };
}

function isPrinted({ lines, isMark }: Inset, { left, top, right, bottom }: Box, spans: readonly Span[]): boolean {
  const inside = spans.filter(
    ({ x, y, width, size }) =>
      y > top - NEAR && y < bottom + NEAR && x + Math.min(width, size) / 2 > left - NEAR && x < right + NEAR,
  );
  const printed = lettersOf(inside.map(({ text }) => text).join(""));
  const wanted = lettersOf(lines.join(""));
  // The box itself may be printed as well.
  return isMark ? inside.some(({ text }) => MARK.test(text.trim())) : wanted !== "" && printed.includes(wanted);
}

function labelled({ label, lines, isMark }: Inset): readonly string[] {
  const name = label.slice(0, LABEL_CHARACTERS_MAX);
  const [first = "", ...others] = lines;
  if (isMark) return [`${first} ${name}`, ...others];
  return [`${name}${/[\p{L}\p{N})]$/u.test(name) ? ":" : ""} ${first}`, ...others];
}

function spansIn(
  box: Box,
  lines: readonly string[],
  { size: own, lastLine, isAtTop }: Inset,
  usual: number | undefined,
  upright: (point: Point) => Point,
): Span[] {
  const height = box.bottom - box.top;
  // That of the page's text: a value is no heading, and makes none of its label.
  const size = usual ?? Math.max(Math.min(own || SIZE, height || SIZE), 1);
  const pitch = Math.min(size * LEADING, height / lines.length || size * LEADING);
  const [, known = Number.NaN] = lastLine === undefined ? [] : upright(lastLine);
  const isKnown = known > box.top && known < box.bottom + NEAR;
  const block = pitch * (lines.length - 1);
  const middle = (box.top + box.bottom + size * CAPITAL_HEIGHT - block) / 2;
  const first = isKnown ? Math.max(known - block, box.top) : isAtTop ? box.top + size : middle;
  return lines.map((text, index) => ({
    text,
    x: box.left + NEAR,
    y: first + index * pitch,
    width: Math.max(Math.min(box.right - box.left - NEAR * 2, text.length * size * CHARACTER_WIDTH), 1),
    size,
    mono: false,
    font: "",
    direction: 0,
  }));
}

/** That of most text. */
function usualSize(spans: readonly Span[]): number | undefined {
  const characters = new Map<number, number>();
  for (const { text, size } of spans) characters.set(size, (characters.get(size) ?? 0) + text.trim().length);
  return [...characters].reduce<readonly [number | undefined, number]>(
    (best, entry) => (entry[1] > best[1] ? entry : best),
    [undefined, 0],
  )[0];
}

function lettersOf(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");
}
