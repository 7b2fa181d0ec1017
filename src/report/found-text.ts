import type { HitDetails, Neighbour, SearchHit, Span } from "../store/store.ts";
import { printable } from "../text/printable.ts";
import { bestPassage } from "./passage.ts";
import { wrap } from "./wrap.ts";

/** A hit with all that is shown of it. */
export type Found = { readonly hit: SearchHit; readonly details: HitDetails };

export type FoundTextOptions = {
  /** Lines are wrapped at so many columns; left out: not at all. */
  readonly columns?: number | undefined;
  /** The words that were found stand out, by escape codes. */
  readonly bold: boolean;
  /** None of them may be an answer. */
  readonly weak: boolean;
  /** Hits are shown whole, between their neighbours. */
  readonly whole: boolean;
};

const BOLD = ["\x1b[1m", "\x1b[22m"] as const;
const INDENT = "   ";

/** What a search found, as a person reads it. */
export function foundText(found: readonly Found[], options: FoundTextOptions): string {
  const shown = new ShownTexts(found);
  const entries = found.map((one, index) => entryText(one, index + 1, shown, options)).join("\n");
  return options.weak ? `weak: nothing is close to this\n\n${entries}` : entries;
}

/** The pages of a manual; "" elsewhere. */
function pagesText({ firstPage, lastPage, pageLabels }: HitDetails): string {
  if (firstPage === null) return "";
  const isOne = lastPage === null || lastPage === firstPage;
  const pages = isOne ? `page ${firstPage}` : `pages ${firstPage}-${lastPage}`;
  return pageLabels === null ? pages : `${pages}, printed ${printable(pageLabels)}`;
}

/** The part of a hit that matches, on as many lines as it has there. */
export function snippetOf({ hit, details }: Found, mark: (text: string) => string = printable): string[] {
  const { content } = hit;
  return bestPassage(content, details.marks, bodyOf(hit)).map(({ span, cutBefore, cutAfter }) => {
    const text = markedText(content, span, details.marks, mark);
    return `${cutBefore ? "... " : ""}${text}${cutAfter ? " ..." : ""}`;
  });
}

function entryText(found: Found, number: number, shown: ShownTexts, options: FoundTextOptions): string {
  const { hit, details } = found;
  const { columns, bold, whole } = options;
  const cosine = details.cosine === null ? "" : `, cosine ${details.cosine.toFixed(3)}`;
  const about = [hit.contextHeader, hit.displayUrl === "" ? hit.sourceUrl : `${hit.displayUrl}  (${hit.sourceUrl})`];
  const mark = bold ? (text: string) => `${BOLD[0]}${printable(text)}${BOLD[1]}` : printable;
  const texted = (lines: readonly string[], bar: string) => {
    const margin = `${INDENT}${bar} `;
    return lines.flatMap((line) => wrap(line, { first: margin, others: margin, columns, hard: true }));
  };
  const beside = (neighbours: readonly Neighbour[]) =>
    neighbours.map((neighbour) => texted(shown.linesOf(neighbour, hit, number), "|"));
  const chunks = [
    ...beside(details.before),
    whole ? texted(wholeLines(found, mark), ">") : texted(snippetOf(found, mark), "|"),
    ...beside(details.after),
  ];
  // Addresses stay whole, to be clicked at and copied.
  const soft = { others: INDENT, columns, hard: false };
  return [
    ...wrap(`${number}. ${printable(hit.title)}  (${shownScore(hit.score)}${cosine})`, { ...soft, first: "" }),
    ...[...about.map(printable), pagesText(details), wordsText(details)]
      .filter((line) => line !== "")
      .flatMap((line) => wrap(line, { ...soft, first: INDENT })),
    ...chunks.flatMap((lines, index) => (index === 0 ? lines : [`${INDENT}|`, ...lines])),
    "",
  ].join("\n");
}

/** Cut, not rounded: what is printed may be given to `--min-score`. */
export function shownScore(score: number): string {
  return (Math.floor(score * 10_000) / 10_000).toFixed(4);
}

function wordsText({ found, missing }: HitDetails): string {
  const list = (words: readonly string[]) => words.map(printable).join(", ");
  if (found.length === 0) return missing.length === 0 ? "" : `words: none of ${list(missing)}`;
  return `words: ${list(found)}${missing.length === 0 ? "" : `; not: ${list(missing)}`}`;
}

/** Where the text begins behind the context header, which is shown apart. */
function bodyOf({ content, contextHeader }: SearchHit): number {
  return content.startsWith(contextHeader) ? contextHeader.length : 0;
}

function wholeLines({ hit, details }: Found, mark: (text: string) => string): string[] {
  const lines: string[] = [];
  let start = bodyOf(hit);
  for (const line of hit.content.slice(start).split("\n")) {
    if (line.trim() !== "") lines.push(markedText(hit.content, [start, start + line.length], details.marks, mark));
    start += line.length + 1;
  }
  return lines;
}

/** A stretch of a text on one line; `mark` makes what is shown of its words. */
function markedText(text: string, [from, to]: Span, marks: readonly Span[], mark: (text: string) => string): string {
  let shown = "";
  let at = from;
  for (const [begin, end] of marks) {
    const [start, stop] = [Math.max(begin, at), Math.min(end, to)];
    if (start >= stop) continue;
    shown += printable(text.slice(at, start)) + mark(text.slice(start, stop));
    at = stop;
  }
  return shown + printable(text.slice(at, to));
}

/** Which chunks are shown where: each text is shown once. */
class ShownTexts {
  readonly #places = new Map<string, number>();
  readonly #hits: ReadonlyMap<string, number>;

  constructor(found: readonly Found[]) {
    this.#hits = new Map(found.map(({ hit }, index) => [keyOf(hit, hit.contentHash), index + 1]));
  }

  /** The lines of a neighbour of result `number`, or where they are to be found. */
  linesOf({ contentHash, content }: Neighbour, hit: SearchHit, number: number): string[] {
    const key = keyOf(hit, contentHash);
    const place = this.#hits.get(key) ?? this.#places.get(key);
    if (place !== undefined) return [`(${this.#hits.has(key) ? "" : "shown with "}result ${place})`];
    this.#places.set(key, number);
    const text = content.slice(bodyOf({ ...hit, content }));
    return text.split("\n").flatMap((line) => (line.trim() === "" ? [] : [printable(line)]));
  }
}

function keyOf({ sourceName, sourceUrl }: SearchHit, hash: string): string {
  return JSON.stringify([sourceName, sourceUrl, hash]);
}
