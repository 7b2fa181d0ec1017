import type { Document } from "../parsers/parser.ts";
import { headingOf } from "../text/markdown.ts";
import { scanBlocks, scanSections, type Section, textBlock, textOf } from "./blocks.ts";
import type { Chunk } from "./chunk.ts";
import { boundedHeader, chunkHeader } from "./chunk-header.ts";
import { sentencesOf, type Unit, unitsOf } from "./split-block.ts";
import { beginningOf, estimateTokens, joined, NOTHING, type Size, sizeOf, tokensOf } from "./tokens.ts";

/** Part of every fingerprint: raised when the same document would give other chunks. */
export const CHUNKER_VERSION = 4;

export type ChunkOptions = {
  /** Tokens a chunk has at the most, context header included. */
  readonly chunkSize: number;
  /** Tokens of whole sentences that a chunk repeats from the one before it, within a section. */
  readonly chunkOverlap: number;
};

/** Tokens of a sentence that may be said twice, so that headings do not stand alone. */
const BORROWED_TOKENS_MAX = 40;

/** Text under a heading path. */
type Piece = { readonly path: readonly string[]; readonly text: string };

/**
 * Splits a document at its headings, then at blocks, then at sentences. Sections that are small neighbours under one
 * heading are joined, up to half a chunk, and keep their headings in the text then; otherwise the headings stand in the
 * context header. A text that occurs twice is one chunk, at its first position.
 */
export function chunkDocument(document: Document, options: ChunkOptions): Chunk[] {
  const seen = new Set<string>();
  const chunks: Chunk[] = [];
  const headers = new Headers(document.contextHeader, options.chunkSize);
  for (const [chunkIndex, { path, text }] of piecesOf(document, headers, options).entries()) {
    const contextHeader = headers.of(path).text;
    const content = contextHeader === "" ? text : `${contextHeader}\n\n${text}`;
    const contentHash = new Bun.CryptoHasher("sha256").update(content).digest("hex");
    if (seen.has(contentHash)) continue;
    seen.add(contentHash);
    chunks.push({ content, contentHash, contextHeader, chunkIndex });
  }
  return chunks;
}

/** The context headers of a document's chunks. One path is asked for again and again: each is put together once. */
class Headers {
  readonly #document: string;
  readonly #chunkSize: number;
  readonly #known = new Map<readonly string[], { readonly text: string; readonly tokens: number }>();

  constructor(documentHeader: string, chunkSize: number) {
    this.#document = boundedHeader(documentHeader, chunkSize);
    this.#chunkSize = chunkSize;
  }

  of(path: readonly string[]): { readonly text: string; readonly tokens: number } {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const text = chunkHeader(this.#document, path, this.#chunkSize);
    const header = { text, tokens: estimateTokens(text) };
    this.#known.set(path, header);
    return header;
  }
}

function piecesOf(document: Document, headers: Headers, options: ChunkOptions): Piece[] {
  const pieces: Piece[] = [];
  const room = (path: readonly string[]) => options.chunkSize - headers.of(path).tokens - 1;
  const sizeOfSection = sectionSizes();
  const joinable = Math.floor(options.chunkSize / 2);
  /** What the document says of itself, and headings without text of their own: to be put before what follows. */
  let headings = leading(document.about ?? "", joinable);

  const add = (path: readonly string[], units: readonly Unit[]) => {
    const prefix = headings.map(unitOf);
    headings = [];
    for (const text of fill([...prefix, ...units], room(path), options.chunkOverlap)) pieces.push({ path, text });
  };
  /** What follows is not theirs. */
  const endHeadings = (path: readonly string[]) => {
    const text = headings.join("\n\n");
    // Headings alone are not cut before they have a sentence.
    const texts = saysSomething(text) ? fill(headings.map(unitOf), room(path), 0) : [text];
    if (headings.length > 0) pieces.push(...texts.map((one) => ({ path, text: one })));
    headings = [];
  };
  const visit = (section: Section, path: readonly string[]) => {
    keepApart(section);
    const tokens = room(path);
    const units = section.blocks.flatMap((block) => unitsOf(block, tokens, options.chunkOverlap));
    if (units.some((unit) => hasWords(unit.text))) add(path, units);
    let run: Section[] = [];
    let size = NOTHING;
    const endRun = () => {
      const [only, ...others] = run;
      if (only === undefined) return;
      const text = run.map(render).join("\n\n");
      if (!run.some(hasText)) headings.push(text);
      else if (others.length === 0) visitAlone(only, path);
      else add(path, [{ text, size: run.map(sizeOfSection).reduce(joined), sentences: false }]);
      run = [];
      size = NOTHING;
    };
    for (const child of section.children) {
      const childSize = sizeOfSection(child);
      const together = joined(size, childSize);
      if (tokensOf(together) > Math.min(joinable, room(path))) endRun();
      if (tokensOf(childSize) > Math.min(joinable, room(path))) {
        if (!hasText(child)) endHeadings(path);
        visit(child, [...path, child.heading]);
        continue;
      }
      size = joined(size, childSize);
      run.push(child);
    }
    endRun();
    endHeadings(path);
  };
  /** The heading of a section stands in its text, too, where others would seem to be above that. */
  const keepApart = (section: Section) => {
    if (section.level === 0 || (headings.length === 0 && hasText(section))) return;
    headings.push(beginningOf(headingLine(section), joinable));
  };
  /** A small section without a neighbour to join: one chunk, its own heading in the header. */
  const visitAlone = (section: Section, path: readonly string[]) => {
    const own = [...path, section.heading];
    const text = renderBody(section);
    const size = sizeOf(text);
    if (tokensOf(size) > room(own)) return visit(section, own);
    keepApart(section);
    add(own, [{ text, size, sentences: section.children.length === 0 }]);
  };

  visit(withoutTitle(scanSections(document.content), document.title), []);
  return withText(pieces, ({ path }) => room(path));
}

/** What gives nothing of itself to the next chunk. */
function unitOf(text: string): Unit {
  return { text, size: sizeOf(text), sentences: false };
}

/** A text in pieces that leave room for what they stand before. */
function leading(text: string, tokens: number): string[] {
  const paragraphs = text.split("\n\n").filter(hasWords);
  return paragraphs.flatMap((line) => unitsOf(textBlock([line]), tokens, 0)).map((unit) => unit.text);
}

/**
 * Headings alone say nothing: they are joined to the text before them, or else take the nearest sentence with them. A page
 * of headings has no pieces.
 */
function withText(pieces: readonly Piece[], roomOf: (piece: Piece) => number): Piece[] {
  const result: Piece[] = [];
  for (const [index, piece] of pieces.entries()) {
    if (saysSomething(piece.text)) {
      result.push(piece);
      continue;
    }
    if (!hasWords(piece.text)) continue;
    const before = result.at(-1);
    const together = before === undefined ? undefined : { ...before, text: `${before.text}\n\n${piece.text}` };
    if (together !== undefined && estimateTokens(together.text) <= roomOf(together)) {
      result[result.length - 1] = together;
      continue;
    }
    const behind = pieces.slice(index + 1).find(({ text }) => saysSomething(text));
    if (before === undefined && behind === undefined) continue;
    const [last, first] = [sentencesIn(before).at(-1), sentencesIn(behind)[0]];
    const units = piece.text.split("\n\n").map(unitOf);
    const texts = fill(units, roomOf(piece) - BORROWED_TOKENS_MAX, 0).map((text) => {
      const whole = (last === undefined ? [text, first ?? ""] : [last, text]).join("\n\n").trim();
      return estimateTokens(whole) <= roomOf(piece) ? whole : text;
    });
    // What is said again as a whole is no piece of its own.
    const isSaid = before !== undefined && before.text === last && texts[0]?.startsWith(last) === true;
    if (isSaid && before.path.every((heading, of) => heading === piece.path[of])) result.pop();
    result.push(...texts.map((text) => ({ ...piece, text })));
  }
  return result;
}

/** Sentences of what is neither code nor a table nor a heading, and short enough to be said twice. */
function sentencesIn(piece: Piece | undefined): string[] {
  return scanBlocks(piece?.text ?? "").flatMap((block) =>
    block.kind === "text"
      ? sentencesOf(block.lines.join("\n")).filter((sentence) => estimateTokens(sentence) < BORROWED_TOKENS_MAX)
      : [],
  );
}

/** Whether there is more than headings, markup and punctuation. */
function saysSomething(markdown: string): boolean {
  return markdown.split("\n").some((line) => headingOf(line) === undefined && hasWords(line));
}

/** A first heading that is the title says nothing new: what stands below it belongs to the document itself. */
function withoutTitle(root: Section, title: string): Section {
  const [first, ...others] = root.children;
  if (first === undefined || first.level > 1 || normalised(first.heading) !== normalised(title)) return root;
  return { ...root, blocks: [...root.blocks, ...first.blocks], children: [...first.children, ...others] };
}

/** Fills chunks with units in their order, each with up to `overlap` tokens of the sentences before it. */
function fill(units: readonly Unit[], room: number, overlap: number): string[] {
  const texts: string[] = [];
  let current: Pick<Unit, "text" | "sentences">[] = [];
  let size: Size = NOTHING;
  /** How many of `current` are new, and not overlap. */
  let fresh = 0;
  for (const unit of units) {
    const unitSize = unit.size;
    if (fresh > 0 && tokensOf(joined(size, unitSize)) > room) {
      texts.push(current.map(({ text }) => text).join("\n\n"));
      const tail = overlapOf(current.at(-1), overlap);
      const carried = tail === "" ? NOTHING : sizeOf(tail);
      const fits = tail !== "" && tokensOf(joined(carried, unitSize)) <= room;
      current = fits ? [{ text: tail, sentences: true }] : [];
      size = fits ? carried : NOTHING;
      fresh = 0;
    }
    current.push(unit);
    size = current.length === 1 ? unitSize : joined(size, unitSize);
    fresh++;
  }
  if (fresh > 0) texts.push(current.map(({ text }) => text).join("\n\n"));
  return texts;
}

/** The last whole sentences of a unit, as many as fit into `overlap` tokens. */
function overlapOf(unit: Pick<Unit, "text" | "sentences"> | undefined, overlap: number): string {
  if (unit === undefined || !unit.sentences || overlap <= 0) return "";
  let kept = "";
  for (const sentence of sentencesOf(unit.text).toReversed()) {
    const longer = kept === "" ? sentence : `${sentence} ${kept}`;
    if (estimateTokens(longer) > overlap) break;
    kept = longer;
  }
  return kept;
}

/** The sizes of sections as they are rendered, each measured once: what is joined by white space adds up. */
function sectionSizes(): (section: Section) => Size {
  const known = new Map<Section, Size>();
  const sizeOfSection = (section: Section): Size => {
    const before = known.get(section);
    if (before !== undefined) return before;
    let size = sizeOf(headingLine(section));
    for (const block of section.blocks) size = joined(size, block.size);
    for (const child of section.children) size = joined(size, sizeOfSection(child));
    known.set(section, size);
    return size;
  };
  return sizeOfSection;
}

function render(section: Section): string {
  return [headingLine(section), renderBody(section)].filter((text) => text !== "").join("\n\n");
}

function headingLine({ level, heading }: Section): string {
  return `${"#".repeat(level)} ${heading}`;
}

function renderBody({ blocks, children }: Section): string {
  return [...blocks.map(textOf), ...children.map(render)].join("\n\n");
}

function hasText({ blocks, children }: Section): boolean {
  return blocks.some((block) => hasWords(block.lines.join("\n"))) || children.some(hasText);
}

function hasWords(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}

function normalised(heading: string): string {
  return heading.replace(/[`*_]/g, "").replace(/\s+/g, " ").trim().toLowerCase();
}
