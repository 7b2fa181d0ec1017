import type { Cell, Line, Page } from "./pdf-content.ts";

const NUMBER = /^\d{1,4}$/;
/** By which numbers of lines differ, and how many there must be on a page. */
const STEPS = new Set([1, 2, 5, 10]);
const NUMBERS_MIN = 4;
/** The same where each line has one: those may be a list. */
const EACH_MIN = 8;
/** In points: what right or left edges of the numbers differ by. */
const SAME_PLACE = 2;
/** Share of the numbers with as many lines between them as they say, and of the lines that go on with a sentence. */
const COUNTED_MIN = 0.8;
const FLOWING_MIN = 0.5;
/** Share of the widest line's width that others have. */
const WIDE_MIN = 0.8;
/** A line of a table of contents. */
const CONTENTS = /(?:[.·…]\s?){5}|\s\d{1,4}$/;

type Numbered = { readonly index: number; readonly cell: Cell; readonly number: number };

/** The page without the numbers of its lines in the margin: 5, 10, 15 ... or 1, 2, 3 ... beside running text. */
export function withoutLineNumbers(page: Page): Page {
  const numbers = page.lines.flatMap<Numbered>(({ cells: [first, ...others], column, mono, aside }, index) =>
    first !== undefined && NUMBER.test(first.text) && others.length === 1 && column === 0 && !mono && !aside
      ? [{ index, cell: first, number: Number(first.text) }]
      : [],
  );
  const [first, second] = numbers;
  if (first === undefined || second === undefined || numbers.length < NUMBERS_MIN) return page;
  const step = second.number - first.number;
  const isAt = (edge: (one: Numbered) => number) =>
    numbers.every((one) => Math.abs(edge(one) - edge(first)) < SAME_PLACE);
  if (!STEPS.has(step) || !(isAt(({ cell }) => cell.x) || isAt(({ cell }) => cell.x + cell.width))) return page;
  if (!numbers.every(({ number }, at) => number === first.number + at * step)) return page;
  const texts = numbers.flatMap(({ index }) => page.lines[index]?.cells[1] ?? []);
  const widest = texts.reduce((most, { width }) => Math.max(most, width), 0);
  const wide = texts.filter(({ width }) => width > widest * WIDE_MIN).length;
  const left = numbers.reduce((least, { cell }) => Math.min(least, cell.x), Number.POSITIVE_INFINITY);
  const isBeside = page.lines.every(({ x }) => x > left - SAME_PLACE);
  if (!isBeside || wide < texts.length * FLOWING_MIN) return page;
  if (step === 1 && !(numbers.length >= EACH_MIN && isFlowing(texts.map(({ text }) => text)))) return page;
  const counted = numbers.filter(({ index }, at) => at > 0 && index - (numbers[at - 1]?.index ?? 0) === step).length;
  if (counted < (numbers.length - 1) * COUNTED_MIN) return page;
  const numbered = new Set(numbers.map(({ index }) => index));
  return { ...page, lines: page.lines.map((line, index) => (numbered.has(index) ? withoutFirst(line) : line)) };
}

function isFlowing(texts: readonly string[]): boolean {
  const going = texts.filter((text) => /^[\p{Ll}\p{Lo}]/u.test(text)).length;
  return going > texts.length * FLOWING_MIN && !texts.some((text) => CONTENTS.test(text));
}

function withoutFirst(line: Line): Line {
  const cells = line.cells.slice(1);
  const x = cells[0]?.x ?? line.x;
  const text = cells.map((cell) => cell.text).join(" ");
  const [cell] = cells;
  return {
    ...line,
    cells,
    text,
    x,
    width: line.x + line.width - x,
    size: cell?.size ?? line.size,
    font: cell?.font ?? "",
  };
}
