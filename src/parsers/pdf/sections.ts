import { toMarkdown } from "./blocks.ts";
import type { Line, Page, PdfSection } from "./pdf-content.ts";
import { withoutRunningHeads } from "./running-heads.ts";

export type OutlineEntry = { readonly title: string; /** From 1. */ readonly level: number; readonly page: number };

type PlacedLine = Line & { readonly page: number };
type Heading = { readonly text: string; readonly level: number; /** Lines it takes. */ readonly lines: number };

/** Deeper headings stay in the text of their section. */
const SECTION_LEVEL_MAX = 3;
/** Share of the outline that must be found in the text; a wrong outline is worse than none. */
const OUTLINE_FOUND_MIN = 0.5;
const HEADING_CHARACTERS_MAX = 120;
const HEADING_LINES_MAX = 3;
/** Of the body's font size. */
const HEADING_SIZE_MIN = 1.14;
const PAGES_WITHOUT_HEADINGS = 10;

/** The text of all pages in sections of heading level 1 to 3; without headings, one section for each ten pages. */
export function sectionsOf(pages: readonly Page[], outline: readonly OutlineEntry[]): PdfSection[] {
  const lines = withoutRunningHeads(pages).flatMap((page) =>
    page.lines.map((line): PlacedLine => ({ ...line, page: page.number })),
  );
  if (lines.length === 0) return [];
  const headings = headingsFromOutline(lines, outline) ?? headingsFromSize(lines);
  return headings.size === 0 ? pageRanges(lines) : cut(lines, headings);
}

/** Headings by the index of their first line; undefined when the outline does not fit the text. */
function headingsFromOutline(
  lines: readonly PlacedLine[],
  outline: readonly OutlineEntry[],
): Map<number, Heading> | undefined {
  if (outline.length === 0) return undefined;
  const found = new Map<number, Heading>();
  const byPage = new Map<number, number[]>();
  for (const [index, { page }] of lines.entries()) byPage.set(page, [...(byPage.get(page) ?? []), index]);
  for (const { title, level, page } of outline) {
    const wanted = comparable(title);
    if (wanted === "") continue;
    for (const index of [...(byPage.get(page) ?? []), ...(byPage.get(page + 1) ?? [])]) {
      const taken = found.has(index) ? 0 : linesOfHeading(lines, index, wanted);
      if (taken === 0) continue;
      found.set(index, { text: title.replace(/\s+/g, " "), level, lines: taken });
      break;
    }
  }
  return found.size >= outline.length * OUTLINE_FOUND_MIN ? found : undefined;
}

/** How many lines from `index` on make up the heading; 0 when it is not there. Its number may stand before it. */
function linesOfHeading(lines: readonly PlacedLine[], index: number, wanted: string): number {
  let text = "";
  for (let taken = 1; taken <= HEADING_LINES_MAX; taken++) {
    text += comparable(lines[index + taken - 1]?.text ?? "");
    const bare = text.replace(/^(?:chapter|appendix|section|part)?[\divxlc]+(?=\D)/i, "");
    if (text === wanted || bare === wanted || bare === wanted.replace(/^[\d.]+/, "")) return taken;
    if (!wanted.startsWith(text) && !wanted.startsWith(bare) && text !== "") return 0;
  }
  return 0;
}

function comparable(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");
}

/** Headings are short lines in a larger font than the body's; the sizes, from the largest, are the levels. */
function headingsFromSize(lines: readonly PlacedLine[]): Map<number, Heading> {
  const body = bodySize(lines);
  const isHeading = ({ text, size, mono, cells }: Line) =>
    size >= body * HEADING_SIZE_MIN &&
    !mono &&
    cells.length <= 2 &&
    text.length <= HEADING_CHARACTERS_MAX &&
    /\p{L}{2}/u.test(text) &&
    !/[,;]$/.test(text);
  const sizes = [...new Set(lines.filter(isHeading).map(({ size }) => Math.round(size)))].sort(
    (one, other) => other - one,
  );
  const found = new Map<number, Heading>();
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index];
    if (line === undefined || !isHeading(line)) continue;
    const size = Math.round(line.size);
    const parts = [line.text.trim()];
    // A heading that takes several lines.
    while (parts.length < HEADING_LINES_MAX) {
      const next = lines[index + parts.length];
      if (next === undefined || !isHeading(next) || Math.round(next.size) !== size || next.page !== line.page) break;
      if (next.y - (lines[index + parts.length - 1]?.y ?? 0) > size * 1.6) break;
      parts.push(next.text.trim());
    }
    found.set(index, {
      text: parts.join(" "),
      level: Math.min(sizes.indexOf(size) + 1, SECTION_LEVEL_MAX + 1),
      lines: parts.length,
    });
    index += parts.length - 1;
  }
  return found;
}

/** The font size most characters have. */
function bodySize(lines: readonly Line[]): number {
  const characters = new Map<number, number>();
  for (const { size, text, mono } of lines) {
    if (mono) continue;
    const rounded = Math.round(size * 2) / 2;
    characters.set(rounded, (characters.get(rounded) ?? 0) + text.length);
  }
  return [...characters].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [10, 0])[0];
}

function cut(lines: readonly PlacedLine[], headings: ReadonlyMap<number, Heading>): PdfSection[] {
  const sections: PdfSection[] = [];
  let path: Heading[] = [];
  let heading: Heading | undefined;
  let parts: string[] = [];
  let bare: string[] = [];
  let body: PlacedLine[] = [];
  let firstPage = lines[0]?.page ?? 1;
  let lastPage = firstPage;
  const endBody = () => {
    if (body.length > 0) parts.push(toMarkdown(body));
    body = [];
  };
  /** `level`: of the heading that follows. A heading with nothing below it is not lost: it goes before what comes next. */
  const endSection = (level: number) => {
    endBody();
    const text = parts.join("\n\n");
    parts = [];
    if (!/[\p{L}\p{N}]/u.test(text)) {
      if (heading !== undefined && level <= heading.level) bare.push(heading.text);
      return;
    }
    const above = path.slice(0, -1).map((outer) => outer.text);
    sections.push({
      heading: heading?.text ?? "",
      above,
      text: [...bare, text].join("\n\n"),
      firstPage,
      lastPage,
    });
    bare = [];
  };
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index];
    if (line === undefined) continue;
    const next = headings.get(index);
    if (next === undefined) {
      body.push(line);
      lastPage = line.page;
      continue;
    }
    if (next.level > SECTION_LEVEL_MAX) {
      endBody();
      parts.push(`#### ${next.text}`);
    } else {
      endSection(next.level);
      path = [...path.filter(({ level }) => level < next.level), next];
      heading = next;
      firstPage = line.page;
    }
    lastPage = line.page;
    index += next.lines - 1;
  }
  endSection(0);
  const last = sections.at(-1);
  if (bare.length > 0 && last !== undefined)
    sections[sections.length - 1] = { ...last, text: [last.text, ...bare].join("\n\n"), lastPage };
  else if (bare.length > 0)
    sections.push({ heading: "", above: [], text: bare.join("\n\n"), firstPage: lines[0]?.page ?? 1, lastPage });
  return sections;
}

function pageRanges(lines: readonly PlacedLine[]): PdfSection[] {
  const ranges = Map.groupBy(lines, ({ page }) => Math.floor((page - 1) / PAGES_WITHOUT_HEADINGS));
  return [...ranges.values()].map((range) => ({
    heading: "",
    above: [],
    text: toMarkdown(range),
    firstPage: range[0]?.page ?? 1,
    lastPage: range.at(-1)?.page ?? 1,
  }));
}
