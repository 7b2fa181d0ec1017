import { groupRows, type Segment } from "./segments.ts";

/** Share of a column's width that most of its lines fill. */
const COLUMN_FILL_MIN = 0.55;
/** In parts of the font's size: narrower ones are columns of a table. */
const COLUMN_WIDTH_MIN = 10;
const COLUMN_ROWS_MIN = 6;
const COLUMNS_MAX = 4;
/** Rows that begin at the right edge of a gutter. */
const STARTS_MIN = 4;
/** Places that are looked at: a page that is all labels has thousands. */
const STARTS_MAX = 60;
/** Gutters that are tried: the ones that part the most text. */
const CANDIDATES_MAX = 12;
/** Text that may run across a gutter (titles, wide figures), as a share of all. */
const CROSSING_SHARE_MAX = 0.35;
/** The same where one side has no running text, how much text both must have and how wide the narrower one is. */
const CROSSING_TABLES_SHARE_MAX = 0.02;
const HALVES_SEGMENTS_MIN = 20;
const HALVES_WIDTH_MIN = 0.8;
/** Share of the rows on either side that stand beside no row of the other, where the two sides have nothing to do with each other. */
const UNALIGNED_SHARE_MIN = 0.5;
/** In parts of the font's size: how far two baselines of one row are apart. */
const SAME_ROW = 0.12;
/** How many rows without a break must stand on both sides of a gutter that much text runs across. */
const BAND_ROWS_MIN = 10;
const BAND_DENSITY_MIN = 0.7;

/** Where a vertical strip of white parts two columns of running text; undefined on a page of one column. */
export function findGutter(segments: readonly Segment[], depth = 1): number | undefined {
  if (segments.length < COLUMN_ROWS_MIN * 2 || depth >= COLUMNS_MAX) return undefined;
  const candidates = startsOf(segments).map((start) => candidate(segments, start - 2));
  candidates.sort((one, other) => other.text - one.text);
  const likely = candidates.slice(0, CANDIDATES_MAX);
  return (likely.find(areUnaligned) ?? likely.find((found) => isGutter(found, depth)))?.x;
}

export function crosses(segment: Segment, x: number): boolean {
  return segment.x < x - 1 && segment.right > x + 1;
}

type Candidate = {
  readonly x: number;
  readonly left: readonly Segment[];
  readonly right: readonly Segment[];
  readonly crossing: readonly Segment[];
  /** How much text it parts: the smaller side, less what runs across. */
  readonly text: number;
};

function candidate(segments: readonly Segment[], x: number): Candidate {
  const crossing = segments.filter((segment) => crosses(segment, x));
  const rest = crossing.length === 0 ? segments : segments.filter((segment) => !crosses(segment, x));
  const left = rest.filter((segment) => segment.x < x);
  const right = rest.filter((segment) => segment.x >= x);
  return { x, left, right, crossing, text: Math.min(widthOf(left), widthOf(right)) - widthOf(crossing) };
}

/** Where several segments begin, in the middle of the page. */
function startsOf(segments: readonly Segment[]): number[] {
  const { left, right } = extentOf(segments);
  const counts = new Map<number, number>();
  for (const { x } of segments) {
    for (const near of [Math.round(x), Math.round(x) - 1]) counts.set(near, (counts.get(near) ?? 0) + 1);
  }
  const isInside = (x: number) => x > left + (right - left) * 0.15 && x < left + (right - left) * 0.85;
  return [...counts]
    .filter(([x, count]) => count >= STARTS_MIN && isInside(x))
    .sort(([, one], [, other]) => other - one)
    .slice(0, STARTS_MAX)
    .map(([x]) => x);
}

function isGutter({ x, left, right, crossing }: Candidate, depth: number): boolean {
  const texts = [left, right].filter((side) => isRunningText(side, depth)).length;
  const all = widthOf(left) + widthOf(right) + widthOf(crossing);
  // Tables fill one column; the two of one table are not as wide as each other.
  if (texts === 1) return widthOf(crossing) <= all * CROSSING_TABLES_SHARE_MAX && areHalves(left, right);
  if (texts === 0) return false;
  return widthOf(crossing) <= all * CROSSING_SHARE_MAX || hasBand(left, right, crossing, x);
}

function areHalves(left: readonly Segment[], right: readonly Segment[]): boolean {
  const [narrow = 0, wide = 0] = [left, right]
    .map((side) => extentOf(side).right - extentOf(side).left)
    .sort((one, other) => one - other);
  return Math.min(left.length, right.length) >= HALVES_SEGMENTS_MIN && narrow > wide * HALVES_WIDTH_MIN;
}

/** Whether both sides are full of rows that are not each other's: columns of tables, or of anything, each by itself. */
function areUnaligned({ left, right, crossing }: Candidate): boolean {
  if (Math.min(left.length, right.length) < HALVES_SEGMENTS_MIN || !isDense(left) || !isDense(right)) return false;
  if (widthOf(crossing) > (widthOf(left) + widthOf(right)) * CROSSING_TABLES_SHARE_MAX) return false;
  return isBesideNothing(left, right) && isBesideNothing(right, left);
}

function isBesideNothing(side: readonly Segment[], other: readonly Segment[]): boolean {
  const ys = other.map(({ y }) => y).sort((one, two) => one - two);
  const rows = groupRows([...side].sort((one, two) => one.y - two.y)).flatMap(([first]) => first ?? []);
  let at = 0;
  const alone = rows.filter(({ y, size }) => {
    while (at < ys.length && (ys[at] ?? y) < y - size * SAME_ROW) at++;
    return (ys[at] ?? Number.POSITIVE_INFINITY) > y + size * SAME_ROW;
  });
  return alone.length > rows.length * UNALIGNED_SHARE_MIN;
}

function isRunningText(segments: readonly Segment[], depth: number): boolean {
  if (segments.length < COLUMN_ROWS_MIN) return false;
  const { left, right } = extentOf(segments);
  const { width, size } = typical(segments);
  if (width < size * COLUMN_WIDTH_MIN) return false;
  return width > (right - left) * COLUMN_FILL_MIN || findGutter(segments, depth + 1) !== undefined;
}

/** Whether both sides are full of lines somewhere on the page, however much runs across it elsewhere. */
function hasBand(
  left: readonly Segment[],
  right: readonly Segment[],
  crossing: readonly Segment[],
  gutter: number,
): boolean {
  const bands = bandsOf(crossing);
  const fullBands = (side: readonly Segment[], extent: number) =>
    new Set(
      [...Map.groupBy(side, bands)]
        .filter(([, band]) => isDense(band.filter(({ x, right: end }) => end - x > extent * COLUMN_FILL_MIN)))
        .map(([band]) => band),
    );
  const fullLeft = fullBands(left, gutter - extentOf(left).left);
  return !fullLeft.isDisjointFrom(fullBands(right, extentOf(right).right - gutter));
}

/** The number of the band, between two rows that run across, that a segment stands in. */
function bandsOf(crossing: readonly Segment[]): (segment: Segment) => number {
  const edges = crossing.map(({ y }) => y).sort((one, other) => one - other);
  return ({ y }) => {
    let low = 0;
    let high = edges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((edges[middle] ?? y) < y) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** Lines that follow each other without holes, as those of a table's cells do not. */
function isDense(segments: readonly Segment[]): boolean {
  const rows = groupRows([...segments].sort((one, other) => one.y - other.y));
  if (rows.length < BAND_ROWS_MIN) return false;
  const ys = rows.map((row) => row[0]?.y ?? 0);
  const pitches = ys.slice(1).map((y, index) => y - (ys[index] ?? y));
  const pitch = [...pitches].sort((one, other) => one - other)[Math.floor(pitches.length / 2)] ?? 0;
  const height = (ys.at(-1) ?? 0) - (ys[0] ?? 0);
  return pitch * pitches.length > height * BAND_DENSITY_MIN;
}

/** The width and size of the segment that half of all text is narrower than: labels of a figure do not count for much. */
function typical(segments: readonly Segment[]): { readonly width: number; readonly size: number } {
  const sorted = segments
    .map(({ x, right, size }) => ({ width: right - x, size }))
    .sort((one, other) => one.width - other.width);
  let left = widthOf(segments) / 2;
  for (const segment of sorted) {
    left -= segment.width;
    if (left <= 0) return segment;
  }
  return { width: 0, size: 1 };
}

function widthOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { x, right }) => sum + right - x, 0);
}

/** Not `Math.min(...)`: a page may have more segments than a call takes arguments. */
function extentOf(segments: readonly Segment[]): { readonly left: number; readonly right: number } {
  let left = Number.POSITIVE_INFINITY;
  let right = Number.NEGATIVE_INFINITY;
  for (const segment of segments) {
    left = Math.min(left, segment.x);
    right = Math.max(right, segment.right);
  }
  return { left, right };
}
