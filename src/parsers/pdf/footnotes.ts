import { bodySize } from "./body-size.ts";
import type { Line, Page } from "./pdf-content.ts";

/** Font size of a note, as a share of the body's. */
const SIZE_MAX = 0.93;
/** Share of the page, from its top, below which footnotes begin. */
const TOP_MIN = 0.45;
/** In a column; what is longer is a list of references. */
const LINES_MAX = 15;
const MARK = /^(?:\d{1,3}|[*∗†‡§¶])\s?\p{L}/u;

/** The pages with the footnotes of each behind its text, marked as such. */
export function withFootnotesLast(pages: readonly Page[]): Page[] {
  const body = bodySize(pages.flatMap(({ lines }) => lines));
  return pages.map((page) => {
    const notes = new Set(columnsOf(page).flatMap((column) => footnotesOf(column, page, body)));
    if (notes.size === 0) return page;
    const text = page.lines.filter((line) => !notes.has(line));
    return { ...page, lines: [...text, ...[...notes].map((line) => ({ ...line, note: true as const }))] };
  });
}

function columnsOf({ lines }: Page): Line[][] {
  return [...Map.groupBy(lines, ({ column }) => column).values()];
}

/** The lines in small letters at the foot of a column, from one that begins with a mark on. */
function footnotesOf(column: readonly Line[], { height }: Page, body: number): readonly Line[] {
  const last = column.findLastIndex(({ size, y }) => size > body * SIZE_MAX || y < height * TOP_MIN);
  const small = column.slice(last + 1);
  const first = small.findIndex(({ text, cells }) => MARK.test(text) && cells.length <= 2);
  // Small letters alone may be a table or a page of references.
  if (first === -1 || last === -1 || small.length - first > LINES_MAX) return [];
  return small.slice(first);
}

export function beginsFootnote({ text }: Line): boolean {
  return MARK.test(text);
}
