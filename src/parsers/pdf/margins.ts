import { withoutLineNumbers } from "./line-numbers.ts";
import type { Cell, Line, Page } from "./pdf-content.ts";

/** In parts of the font's size: lines that tell where the body begins, and how far a label is from it. */
const WIDE_MIN = 18;
const GAP_MIN = 0.3;
/** Lines that must begin at the body's left edge, in a document; and share of those that may begin left of it. */
const LINES_MIN = 5;
const OUTSIDE_SHARE_MAX = 0.1;
/** Share of a page, from its top or bottom edge, where running heads stand. */
const HEAD_SHARE = 0.1;
/** In points: what lines that begin at one place differ by. */
const SAME_PLACE = 2;
/** Share of the body's width that a line fills when its paragraph goes on. */
const FULL_MIN = 0.75;
/** Space above a paragraph, as a multiple of the distance between lines. */
const APART_MIN = 1.2;
/** From baseline to baseline, in parts of the font's size: lines of one label. */
const LABEL_LEADING_MAX = 1.6;
/** The same of rows of a table. */
const ROW_GAP = 3.5;
const LABEL_CHARACTERS_MAX = 160;
/** In parts of the font's size: how far the first line of a label is below that of the text. */
const RAISED_MAX = 0.8;
/** Paragraphs without a label, for each one with it: where all have one, they are cells of a table. */
const UNLABELLED_MIN = 1 / 3;
const SENTENCE_END = /[.!?:。！？：][)"'”’»」』）]*\s*$/;
/** Words, and dates; numbers and letters are marks of lists and numbers of titles. */
const LABEL = /\p{L}{2}|\p{Lo}|\d{4}[-/]\d{1,2}|\d[-/]\d{1,2}[-/]\d|\d\.\s?\d{1,2}\.\s?\d{4}/u;
const NUMBER_OF_TITLE = /^(?:chapter|appendix|section|part|kapitel|anhang|abschnitt|teil)\s[\dA-Z.]+$/i;

/** Where the text of a document's left or right pages stands. */
type Body = {
  readonly left: number;
  readonly right: number;
  readonly font: string;
  readonly size: number;
  /** From baseline to baseline. */
  readonly leading: number;
};

/** Lines of a label, by index, and that of the paragraph it goes before. */
type Label = { readonly lines: readonly number[]; readonly before: number };

/**
 * The pages with the labels that stand in the margin beside a paragraph as lines of their own before it. The margin is what is
 * left of the edge that the document's text begins at, on left and on right pages; numbers of lines there are left out.
 */
export function withMarginsApart(pages: readonly Page[]): Page[] {
  const numberless = pages.map((page) => withoutLineNumbers(page));
  const all = bodyOf(numberless);
  const sides = [0, 1].map((side) => bodyOf(numberless.filter(({ number }) => number % 2 === side)) ?? all);
  const found = numberless.map((page) => {
    const body = sides[page.number % 2];
    const labels = body === undefined ? [] : labelsOf(page.lines, body);
    return { page, labels, unlabelled: body === undefined ? 0 : unlabelledOf(page.lines, labels, body) };
  });
  const labelled = found.reduce((sum, { labels }) => sum + labels.length, 0);
  const unlabelled = found.reduce((sum, page) => sum + page.unlabelled, 0);
  if (unlabelled < Math.max(1, labelled * UNLABELLED_MIN)) return numberless;
  return found.map(({ page, labels }) => (labels.length === 0 ? page : { ...page, lines: parted(page.lines, labels) }));
}

function bodyOf(pages: readonly Page[]): Body | undefined {
  const wide = pages.flatMap(({ lines, height }) =>
    lines.filter(
      ({ column, mono, aside, cells, width, size, y }) =>
        column === 0 &&
        !mono &&
        !aside &&
        cells.length === 1 &&
        width > size * WIDE_MIN &&
        y > height * HEAD_SHARE &&
        y < height * (1 - HEAD_SHARE),
    ),
  );
  const left = mostOf(wide.map(({ x }) => Math.round(x)));
  if (left === undefined) return undefined;
  const at = wide.filter(({ x }) => Math.abs(x - left) < SAME_PLACE);
  const outside = wide.filter(({ x, size }) => x < left - size);
  if (at.length < LINES_MIN || outside.length > at.length * OUTSIDE_SHARE_MAX) return undefined;
  const rights = at.map(({ x, width }) => x + width).sort((one, other) => one - other);
  const gaps = at.slice(1).map(({ y }, index) => Math.round((y - (at[index]?.y ?? y)) * 2) / 2);
  const size = mostOf(at.map((line) => line.size)) ?? 0;
  return {
    left,
    right: rights[Math.floor(rights.length * 0.9)] ?? left,
    font: mostOf(at.map(({ font }) => font)) ?? "",
    size,
    leading: mostOf(gaps.filter((gap) => gap > size * 0.9 && gap < size * 2)) ?? size * 1.2,
  };
}

function mostOf<Item>(items: readonly Item[]): Item | undefined {
  const counts = new Map<Item, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts].reduce<[Item | undefined, number]>(
    (best, entry) => (entry[1] > best[1] ? entry : best),
    [undefined, 0],
  )[0];
}

function isAtBody({ x }: Cell | Line, { left }: Body): boolean {
  return Math.abs(x - left) < SAME_PLACE;
}

function isInMargin({ x, width, size }: Cell, { left }: Body): boolean {
  return x + width < left - size * GAP_MIN && x < left - size;
}

/** The two cells of a line whose first one may be a label, and whose second one is text. */
function isBeside({ cells: [first, second, ...others], mono, aside }: Line, body: Body): boolean {
  if (first === undefined || second === undefined || others.length > 0 || mono || aside) return false;
  return isInMargin(first, body) && isAtBody(second, body);
}

function isOfBody({ font, size, mono }: Cell, body: Body): boolean {
  return mono === true || ((font === body.font || font === "") && Math.abs(size - body.size) < body.size * 0.1);
}

function isAlone({ cells: [first, ...others], mono, aside }: Line, body: Body): boolean {
  return first !== undefined && others.length === 0 && !mono && !aside && isInMargin(first, body);
}

function isFull({ x, width }: Cell | Line, { left, right }: Body): boolean {
  return x + width > left + (right - left) * FULL_MIN;
}

function labelsOf(lines: readonly Line[], body: Body): Label[] {
  if (lines.some(({ column, aside }) => column !== 0 && !aside)) return [];
  if (lines.some((line) => isHead(line, body))) return [];
  const groups: number[][] = [];
  for (const [index, line] of lines.entries()) {
    if (!isBeside(line, body) && !isAlone(line, body)) continue;
    const group = groups.at(-1);
    const last = lines[group?.at(-1) ?? -1];
    const gap = line.y - (last?.y ?? Number.NEGATIVE_INFINITY);
    if (group !== undefined && gap >= 0 && gap < (line.cells[0]?.size ?? 0) * LABEL_LEADING_MAX) group.push(index);
    else groups.push([index]);
  }
  const labels: Label[] = [];
  let chain: Label[] = [];
  let isOfTable = false;
  for (const [at, group] of groups.entries()) {
    if (!isNextRow(lines, groups[at - 1]?.[0], group[0], body)) {
      labels.push(...(isOfTable ? [] : chain));
      chain = [];
      isOfTable = false;
    }
    const before = paragraphOf(lines, group, body);
    // What stands directly below or above the row of a table is one.
    if (before === "row") isOfTable = true;
    else if (before !== undefined) chain.push({ lines: group, before });
  }
  return isOfTable ? labels : [...labels, ...chain];
}

/** Whether there is no more between two lines of the margin than the paragraph beside the first one. */
function isNextRow(
  lines: readonly Line[],
  first: number | undefined,
  last: number | undefined,
  { size, leading }: Body,
): boolean {
  if (first === undefined || last === undefined) return false;
  return lines.slice(first + 1, last + 1).every(({ y }, at, between) => {
    const gap = y - (lines[first + at]?.y ?? y);
    return gap <= (at === between.length - 1 ? size * ROW_GAP : leading * APART_MIN);
  });
}

/** The head of a table: two words in a font that is not the text's. */
function isHead(line: Line, body: Body): boolean {
  const [first, second] = line.cells;
  if (first === undefined || second === undefined || !isBeside(line, body)) return false;
  const isTitled = /\d/.test(first.text) || !/\p{L}{2}/u.test(first.text);
  return !isTitled && second.font !== "" && first.font === second.font && !isOfBody(second, body);
}

/** The line that the paragraph beside a label begins with; undefined if there is none or this is no label, "row" of a table. */
function paragraphOf(lines: readonly Line[], group: readonly number[], body: Body): number | "row" | undefined {
  const [first = 0] = group;
  const last = group.at(-1) ?? first;
  const text = group.map((index) => lines[index]?.cells[0]?.text ?? "").join(" ");
  if (text.length > LABEL_CHARACTERS_MAX) return "row";
  if (!LABEL.test(text) || NUMBER_OF_TITLE.test(text)) return undefined;
  const beside = group.filter((index) => lines[index] !== undefined && isBeside(lines[index], body));
  // One that is no line of text, or ends although the next line has a label too, is a row of a table.
  const areText = beside.every((index) => {
    const cell = lines[index]?.cells[1];
    if (cell === undefined || !isOfBody(cell, body)) return false;
    const isLast = index === beside.at(-1);
    const neighbours = isLast ? [lines[first - 1], lines[last + 1]] : [lines[index + 1]];
    return isFull(cell, body) || !neighbours.some((line) => line !== undefined && isBeside(line, body));
  });
  if (!areText) return "row";
  const before = besideAt(lines, first, body);
  const paragraph = lines[before ?? -1];
  const cell = paragraph !== undefined && isBeside(paragraph, body) ? paragraph.cells[1] : paragraph;
  if (before === undefined || cell === undefined || !isAtBody(cell, body)) return undefined;
  return beginsParagraph(lines, before, body) ? before : undefined;
}

/** The first line of the text that is no higher than line `first` of the margin, and not far below it. */
function besideAt(lines: readonly Line[], first: number, body: Body): number | undefined {
  const top = lines[first]?.y ?? 0;
  for (let index = Math.max(first - 1, 0); index < lines.length; index++) {
    const line = lines[index];
    if (line === undefined || line.y - top > body.size * LABEL_LEADING_MAX) return undefined;
    if (line.y - top > -body.size * RAISED_MAX && !isAlone(line, body)) return index;
  }
  return undefined;
}

function beginsParagraph(lines: readonly Line[], index: number, body: Body): boolean {
  const line = lines[index];
  if (line === undefined) return false;
  for (let at = index - 1; at >= 0; at--) {
    const above = lines[at];
    if (above === undefined || above.y > line.y || line.y - above.y > body.leading * APART_MIN) return true;
    if (isAlone(above, body)) continue;
    const end = above.x + above.width;
    return SENTENCE_END.test(above.text) && end < body.left + (body.right - body.left) * FULL_MIN;
  }
  return true;
}

/** Paragraphs that begin with a full line and have no label. */
function unlabelledOf(lines: readonly Line[], labels: readonly Label[], body: Body): number {
  const labelled = new Set(labels.map(({ before }) => before));
  return lines.filter(
    (line, index) =>
      !labelled.has(index) &&
      line.cells.length === 1 &&
      line.column === 0 &&
      isAtBody(line, body) &&
      isFull(line, body) &&
      beginsParagraph(lines, index, body),
  ).length;
}

function parted(lines: readonly Line[], labels: readonly Label[]): Line[] {
  const before = new Map(labels.map((label) => [label.before, label.lines]));
  const ofLabels = new Set(labels.flatMap((label) => label.lines));
  return lines.flatMap((line, index) => {
    const label = (before.get(index) ?? []).flatMap((at) => {
      const { [at]: own } = lines;
      return own?.cells[0] === undefined ? [] : [{ ...withCell(own, own.cells[0]), mono: false, label: true as const }];
    });
    if (!ofLabels.has(index)) return [...label, line];
    const text = line.cells[1];
    return text === undefined ? label : [...label, withCell(line, text)];
  });
}

/** What is left of a line. */
function withCell(line: Line, cell: Cell): Line {
  const { text, x, width, size, font, mono } = cell;
  return { ...line, cells: [cell], text, x, width, size, font, mono: mono === true, lead: "" };
}
