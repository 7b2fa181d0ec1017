import type { Line, Page } from "./pdf-content.ts";

/** Share of a page, from its top or bottom edge. */
const MARGIN = 0.12;
const PAGES_MIN = 5;
/** Share of the pages that have such a line at one place, and of those that have it in common with another one. */
const PLACE_SHARE = 0.5;
const REPEATED_SHARE = 0.5;
/** In parts of the font's size: what it is away from the text. */
const GAP_MIN = 1.6;
/** Of the body's font size: what is larger is the title of a slide. */
const SIZE_MAX = 1.1;
const CHARACTERS_MAX = 120;
const CHAPTER_PAGE = /(?:^|\s)([A-Z\d]{1,2})[-–](\d{1,3})$|^([A-Z\d]{1,2})[-–](\d{1,3})(?=\s)/;

/**
 * The running heads that change with the section, and so are on few pages each: what stands by itself at the same place on most
 * pages, several times with the same words, which the text has as well; and what ends with the number of a page in its
 * chapter, `3-12`.
 */
export function sectionHeads(pages: readonly Page[], body: number): ReadonlySet<Line> {
  const filled = pages.filter(({ lines }) => lines.length > 0).length;
  const edges = pages.flatMap((page) => edgesOf(page, body));
  const heads = new Set(chapterPages(edges, filled));
  for (const lines of Map.groupBy(edges, ({ place }) => place).values()) {
    if (lines.length < PAGES_MIN || lines.length < filled * PLACE_SHARE) continue;
    const byText = [...Map.groupBy(lines, ({ words }) => words).values()];
    const repeated = byText.filter(([first, second]) => first?.words !== "" && second !== undefined);
    if (byText.length < 2 || repeated.flat().length < lines.length * REPEATED_SHARE) continue;
    const said = textOf(pages, new Set(lines.map(({ line }) => line)));
    for (const group of repeated) {
      if (said.has(group[0]?.words ?? "")) for (const { line } of group) heads.add(line);
    }
  }
  return heads;
}

type Edge = { readonly page: number; readonly line: Line; readonly place: string; readonly words: string };

/** The first and the last line of a page, where they stand by themselves. */
function edgesOf({ number, lines, height }: Page, body: number): Edge[] {
  const level = lines.filter(({ aside, note }) => !aside && !note);
  return (["top", "bottom"] as const).flatMap((edge) => {
    const inward = edge === "top" ? 1 : -1;
    const line = level.reduce<Line | undefined>(
      (outer, other) => (outer === undefined || (other.y - outer.y) * inward < 0 ? other : outer),
      undefined,
    );
    if (line === undefined || line.size > body * SIZE_MAX || line.text.length > CHARACTERS_MAX) return [];
    if (edge === "top" ? line.y > height * MARGIN : line.y < height * (1 - MARGIN)) return [];
    const isAlone = level.every(({ y }) => Math.abs(y - line.y) < 1 || Math.abs(y - line.y) > line.size * GAP_MIN);
    if (!isAlone) return [];
    const place = `${edge} ${Math.round(line.y / 4)} ${Math.round(line.size * 2)}`;
    return [{ page: number, line, place, words: wordsOf(line.text) }];
  });
}

function wordsOf(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}]/gu, "");
}

/** What lines say elsewhere. */
function textOf(pages: readonly Page[], except: ReadonlySet<Line>): ReadonlySet<string> {
  const said = new Set<string>();
  for (const { lines } of pages) {
    for (const line of lines) if (!except.has(line) && line.text.length <= CHARACTERS_MAX) said.add(wordsOf(line.text));
  }
  return said;
}

/** Lines that have such numbers on most pages, one after the other. */
function chapterPages(edges: readonly Edge[], filled: number): Line[] {
  const numbered = edges.flatMap(({ page, line }) => {
    const [, endChapter, endPage, chapter = endChapter, number = endPage] = CHAPTER_PAGE.exec(line.text.trim()) ?? [];
    return chapter === undefined ? [] : [{ page, line, chapter, number: Number(number) }];
  });
  const isNext = (one: (typeof numbered)[number], other: (typeof numbered)[number] | undefined) =>
    other !== undefined &&
    (other.chapter === one.chapter ? other.number - one.number === other.page - one.page : other.number <= 2);
  const inOrder = numbered.filter((one, at) => isNext(one, numbered[at + 1])).length;
  const isNumbering =
    numbered.length >= PAGES_MIN &&
    numbered.length >= filled * PLACE_SHARE &&
    inOrder >= (numbered.length - 1) * PLACE_SHARE;
  return isNumbering ? numbered.map(({ line }) => line) : [];
}
