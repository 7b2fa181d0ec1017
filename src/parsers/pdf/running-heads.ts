import { bodySize } from "./body-size.ts";
import type { Line, Page } from "./pdf-content.ts";
import { sectionHeads } from "./section-heads.ts";

/** Share of a page, from its top or bottom edge, where heads and feet stand, in no more than the outermost rows. */
const MARGIN = 0.12;
const ROWS_MAX = 2;
const PAGES_MIN = 3;
/** Left and right pages may have different heads: each is on half of the pages then. */
const REPEATED_SHARE = 0.4;
/** The same for small lines with a number that is another one on each page: left or right pages of some chapters. */
const NUMBERED_SHARE = 0.2;
/** Share of the body's font size: what is as large as that may be the text's own `Step 3`. */
const SIZE_MAX = 0.95;
const HEAD_CHARACTERS_MAX = 120;

/**
 * The pages without their page numbers and what repeats at the same place on most of them. Where nothing else is on a page,
 * only what is known to be a running head goes: `Slide 1`, `Slide 2` ... may be all that the pages say.
 */
export function withoutRunningHeads(pages: readonly Page[]): Page[] {
  const filled = pages.filter((page) => page.lines.length > 0).length;
  const body = bodySize(pages.flatMap(({ lines }) => lines));
  const counts = new Map<string, number>();
  /** With their numbers, so that those which have the same number everywhere are known. */
  const texts = new Map<string, Set<string>>();
  for (const page of pages) {
    const margin = new Map(marginLines(page).map((line) => [keyOf(page, line), line.text]));
    for (const [key, text] of margin) {
      counts.set(key, (counts.get(key) ?? 0) + 1);
      texts.set(key, (texts.get(key) ?? new Set()).add(text));
    }
  }
  const repeats = (page: Page, line: Line) => {
    const key = keyOf(page, line);
    const count = counts.get(key) ?? 0;
    const isCounted = line.size < body * SIZE_MAX && numbersOf(line).length > 0 && texts.get(key)?.size === count;
    return count >= PAGES_MIN && count >= filled * (isCounted ? NUMBERED_SHARE : REPEATED_SHARE);
  };
  const offset = offsetOf(pages, filled);
  const ofSections = sectionHeads(pages, body);
  const headless = pages.map((page) => {
    const margin = new Set(marginLines(page));
    const lines = page.lines.filter(
      (line) =>
        !margin.has(line) ||
        (!ofSections.has(line) &&
          !repeats(page, line) &&
          !isPageNumber(line.text, filled) &&
          !hasNumber(page, line, offset)),
    );
    return { ...page, lines };
  });
  // Those that stand on pages beside other text; and where those do that have the page's number.
  const heads = new Set<string>();
  const places = new Set<string>();
  for (const [index, page] of pages.entries()) {
    if (headless[index]?.lines.length === 0) continue;
    for (const line of marginLines(page)) {
      heads.add(keyOf(page, line));
      if (hasNumber(page, line, offset)) places.add(placeOf(page, line));
    }
  }
  const kept = new Set<string>();
  const isHead = (page: Page, line: Line) => {
    const key = keyOf(page, line);
    if (isPageNumber(line.text, filled) || (heads.has(key) && repeats(page, line))) return true;
    if (hasNumber(page, line, offset) && places.has(placeOf(page, line))) return true;
    // What is the same on all pages, and nothing else, is said once.
    if (texts.get(key)?.size !== 1 || !repeats(page, line)) return false;
    const isAgain = kept.has(key);
    kept.add(key);
    return isAgain;
  };
  return pages.map((page, index) => {
    const rest = headless[index] ?? page;
    return rest.lines.length > 0 ? rest : { ...page, lines: page.lines.filter((line) => !isHead(page, line)) };
  });
}

/** What the printed page numbers differ by from the pages': the heads of chapters change, the numbers beside them go on. */
function offsetOf(pages: readonly Page[], filled: number): number | undefined {
  const counts = new Map<number, number>();
  for (const page of pages) {
    const offsets = marginLines(page).flatMap((line) => numbersOf(line).map((number) => number - page.number));
    for (const offset of new Set(offsets)) counts.set(offset, (counts.get(offset) ?? 0) + 1);
  }
  return [...counts].find(([, count]) => count >= PAGES_MIN && count >= filled * REPEATED_SHARE)?.[0];
}

function hasNumber(page: Page, line: Line, offset: number | undefined): boolean {
  return (
    offset !== undefined && line.text.length <= HEAD_CHARACTERS_MAX && numbersOf(line).includes(page.number + offset)
  );
}

/** At its ends, and wherever it is said to be a page. */
function numbersOf({ text }: Line): number[] {
  return NUMBERS.flatMap((pattern) => pattern.exec(text.trim())?.[1] ?? []).map(Number);
}

const NUMBERS = [
  /^[[(|–—-]?\s?(\d{1,4})(?=\s|[|\])·•]|\.?$)/,
  /(?:^|[\s|[(·•])(\d{1,4})\s?[\])|–—-]?$/,
  /(?:\b(?:page|seite|página|pagina)\s|第\s?)(\d{1,4})\b/i,
  /(?:^|\s)(\d{1,4})\s?(?:ページ|页|頁|쪽)/,
];

function marginLines({ lines, height }: Page): Line[] {
  const level = lines.filter(({ aside }) => !aside);
  const rows = [...new Set(level.map(({ y }) => Math.round(y)))].sort((one, other) => one - other);
  const top = new Set(rows.filter((y) => y < height * MARGIN).slice(0, ROWS_MAX));
  const bottom = new Set(rows.filter((y) => y > height * (1 - MARGIN)).slice(-ROWS_MAX));
  return lines.filter(({ y, aside }) => aside || top.has(Math.round(y)) || bottom.has(Math.round(y)));
}

/** What a running head is known by: its words without numbers, and the edge it stands at (left and right pages differ in x). */
function keyOf(page: Page, line: Line): string {
  if (line.aside) return line.text;
  return `${placeOf(page, line)} ${line.text.replace(/\d+|\b[ivxlc]+\b/gi, "#").trim()}`;
}

function placeOf({ height }: Page, { y }: Line): string {
  return `${y < height / 2 ? "top" : "bottom"} ${Math.round(y / 4)}`;
}

function isPageNumber(text: string, pages: number): boolean {
  return (
    pages > 1 &&
    /^(?:[-–—\s]*(?:page\s+)?(?:\d{1,4}|[ivxlc]{1,7})(?:\s*(?:\/|of)\s*\d{1,4})?[-–—\s]*)$/i.test(text.trim())
  );
}
