import { bodySize } from "./body-size.ts";
import { LEADER, wideTitles } from "./entries.ts";
import { appended } from "./hyphenation.ts";
import { tableAt } from "./table.ts";
import type { Line } from "./pdf-content.ts";

export type OutlineEntry = { readonly title: string; /** From 1. */ readonly level: number; readonly page: number };
export type PlacedLine = Line & { readonly page: number };
export type Heading = { readonly text: string; readonly level: number; /** Lines it takes. */ readonly lines: number };
/** Headings by the index of their first line. */
export type Headings = ReadonlyMap<number, Heading>;

/** Deeper headings stay in the text of their section. */
export const SECTION_LEVEL_MAX = 3;
/** Share of the outline that must be found in the text; a wrong outline is worse than none. */
const OUTLINE_FOUND_MIN = 0.5;
const HEADING_CHARACTERS_MAX = 120;
/** Entries of an outline, and lines of a page that they are looked for in. */
const OUTLINE_ENTRIES_MAX = 20_000;
const PAGE_LINES_MAX = 1_000;
const HEADING_LINES_MAX = 3;
/** Font sizes of headings, as multiples of the body's. */
const HEADING_SIZE_MIN = 1.14;
const BOLD_SIZE_MIN = 0.95;
/** Share of all lines: where more of them are bold, weight says nothing. */
const BOLD_SHARE_MAX = 0.25;
/** From baseline to baseline, in parts of the font's size. */
const GAP_WITHIN = 1.6;
const GAP_ABOVE_BOLD = 1.3;
/** Without its punctuation: `Chapter 2`, `2.1`, `IV`. */
const NUMBER = /^(?:chapter|appendix|section|part)?(?:\d+|[ivxlc]+)(?=\D)/;
/** Parts of a title's number, at its beginning; and what each takes from a style. */
const NUMBER_PART = /(?<=^[\d０-９.．]*)[\d０-９]+/g;
const STYLE_STEP = 0.01;
/** Captions, and the words before a paragraph that stands apart. */
const LABEL = /^(?:figure|fig\.|table|listing|abbildung|tabelle|note|warning|tip|caution|important)\b|:$/i;

/** undefined when the outline does not fit the text. */
export function headingsFromOutline(
  lines: readonly PlacedLine[],
  outline: readonly OutlineEntry[],
): Headings | undefined {
  if (outline.length === 0) return undefined;
  const found = new Map<number, Heading>();
  const byPage = new Map<number, number[]>();
  for (const [index, { page }] of lines.entries()) {
    const onPage = byPage.get(page);
    if (onPage === undefined) byPage.set(page, [index]);
    else onPage.push(index);
  }
  const texts = lines.map(({ text }) => comparable(text.slice(0, HEADING_CHARACTERS_MAX * 2)));
  const places = Map.groupBy(texts.keys(), (index) => texts[index] ?? "");
  for (const { title, level, page } of outline.slice(0, OUTLINE_ENTRIES_MAX)) {
    const wanted = comparable(title);
    if (wanted === "") continue;
    // The page it leads to, the next one, or the only place in the document that says just this.
    const elsewhere = places.get(wanted) ?? [];
    const likely = [page, page + 1].flatMap((number) => byPage.get(number)?.slice(0, PAGE_LINES_MAX) ?? []);
    for (const index of elsewhere.length === 1 ? [...likely, ...elsewhere] : likely) {
      const taken = found.has(index) ? 0 : linesOfHeading(texts, index, wanted);
      if (taken === 0) continue;
      found.set(index, { text: title.replace(/\s+/g, " "), level, lines: taken });
      break;
    }
  }
  return found.size >= outline.length * OUTLINE_FOUND_MIN ? found : undefined;
}

/** How many lines from `index` on make up the heading; 0 when it is not there. Either may have a number the other lacks. */
function linesOfHeading(texts: readonly string[], index: number, wanted: string): number {
  const wantedForms = [wanted, wanted.replace(NUMBER, "")].filter((form) => form !== "");
  if (texts[index] === "") return 0;
  let text = "";
  for (let taken = 1; taken <= HEADING_LINES_MAX; taken++) {
    text += texts[index + taken - 1] ?? "";
    const forms = [text, text.replace(NUMBER, "")];
    if (wantedForms.some((form) => forms.includes(form))) return taken;
    if (text !== "" && !wantedForms.some((form) => forms.some((start) => form.startsWith(start)))) return 0;
  }
  return 0;
}

function comparable(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");
}

/**
 * Headings are short lines in a larger font than the body's, or bold ones that stand apart; the sizes, from the
 * largest, are the levels.
 */
export function headingsFromFonts(
  lines: readonly PlacedLine[],
  compounds: ReadonlySet<string>,
  boldOf: (fonts: ReadonlySet<string>) => ReadonlySet<string>,
): Headings {
  const body = bodySize(lines);
  const candidates = lines.filter((line) => line.size >= body * BOLD_SIZE_MIN && isShort(line));
  const boldFonts = boldOf(new Set(candidates.map(({ font }) => font)));
  const bold = lines.filter(({ font }) => boldFonts.has(font)).length;
  const isWeightTold = bold > 0 && bold <= lines.length * BOLD_SHARE_MAX;
  const isBold = ({ font, size, cells }: Line) =>
    isWeightTold && boldFonts.has(font) && size >= body * BOLD_SIZE_MIN && (cells.length === 1 || isNumbered(cells));
  const isLarge = ({ size }: Line) => size >= body * HEADING_SIZE_MIN;
  const isHeading = (line: Line) => (isLarge(line) || isBold(line)) && isShort(line);
  const titles = wideTitles(lines);
  const plain = new Set([...titles].flatMap((index) => lines[index] ?? []).filter((line) => !isHeading(line)));
  // Below those that stand out, by the parts of their numbers.
  const styleOf = (line: PlacedLine) =>
    Math.round(line.size) +
    (isBold(line) ? 0.5 : 0) -
    (plain.has(line) ? (line.text.match(NUMBER_PART)?.length ?? 1) * STYLE_STEP : 0);
  const starts = new Map<number, PlacedLine[]>();
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index];
    if (line === undefined || !(isHeading(line) || plain.has(line)) || isHeadOfTable(lines, index)) continue;
    const before = lines[index - 1];
    const gap = before === undefined || !isBelow(line, before) ? Number.POSITIVE_INFINITY : line.y - before.y;
    // The end of a list of names in large letters, or of a paragraph in bold ones.
    if (before !== undefined && styleOf(before) === styleOf(line) && gap < line.size * GAP_WITHIN) continue;
    if (!isLarge(line) && !titles.has(index) && (gap < line.size * GAP_ABOVE_BOLD || LABEL.test(line.text))) continue;
    const parts = [line];
    // A heading that takes several lines.
    while (parts.length < HEADING_LINES_MAX) {
      const next = lines[index + parts.length];
      const last = parts.at(-1);
      if (next === undefined || last === undefined || !isHeading(next) || styleOf(next) !== styleOf(line)) break;
      if (!isBelow(next, last) || next.y - last.y > line.size * GAP_WITHIN) break;
      parts.push(next);
    }
    starts.set(index, parts);
    index += parts.length - 1;
  }
  const styles = stylesWithLevel(
    [...starts.values()].flatMap(([line]) => (line === undefined ? [] : [{ style: styleOf(line), page: line.page }])),
  );
  const largest = styles.sort((one, other) => other - one).slice(0, SECTION_LEVEL_MAX);
  const found = new Map<number, Heading>();
  for (const [index, parts] of starts) {
    const [first] = parts;
    if (first === undefined) continue;
    const level = largest.filter((style) => style > styleOf(first)).length + 1;
    const text = parts.reduce((before, part) => appended(before, part.text.trim(), compounds), "");
    found.set(index, { text, level, lines: parts.length });
  }
  return found;
}

/** What is on one page only (a cover, a diagram) takes no level from the headings of the text, where there are many. */
function stylesWithLevel(headings: readonly { readonly style: number; readonly page: number }[]): number[] {
  const byStyle = [...Map.groupBy(headings, ({ style }) => style)];
  const repeated = byStyle.filter(([, those]) => new Set(those.map(({ page }) => page)).size > 1);
  const ranked = byStyle.length > SECTION_LEVEL_MAX && repeated.length > 0 ? repeated : byStyle;
  return ranked.map(([style]) => style);
}

function isShort({ text, mono, note, aside, cells }: Line): boolean {
  return (
    !mono &&
    !note &&
    !aside &&
    cells.length <= 2 &&
    text.length <= HEADING_CHARACTERS_MAX &&
    /\p{L}{2}/u.test(text) &&
    !/[,;]$/.test(text) &&
    text.search(LEADER) === -1
  );
}

/** `2.1   Opening a file`; two bold words beside each other are the head of a table. */
function isNumbered(cells: Line["cells"]): boolean {
  return cells.length === 2 && /^(?:[\divx]+(?:\.\d+)*\.?|[A-Z]\.?|chapter \d+)$/i.test(cells[0]?.text ?? "");
}

/** In larger letters than its rows. */
function isHeadOfTable(lines: readonly PlacedLine[], index: number): boolean {
  const cells = lines[index]?.cells ?? [];
  const isOverRow = cells.length > 1 && !isNumbered(cells) && lines[index + 1]?.cells.length === cells.length;
  return isOverRow && tableAt(lines, index) !== undefined;
}

function isBelow(line: PlacedLine, before: PlacedLine): boolean {
  return line.page === before.page && line.column === before.column && line.y > before.y;
}
