import { nextTurn } from "../../flow/clock.ts";
import { garbageCollector } from "../../flow/garbage.ts";
import { keywordsIn, type OwnWords } from "../about-page.ts";
import { type Edit, edited, ordered } from "./edits.ts";
import { elementEdits } from "./element-edits.ts";
import { indentationEdits } from "./indentation.ts";
import { expanded, leftOut, pageScope } from "./expand.ts";
import { leadsOutside } from "./inline-rules.ts";
import { Scope, type Value } from "./scope.ts";
import { type Link, Markup } from "./markup.ts";
import type { PageToken } from "./known-shapes.ts";
import { pageTokens, type PieceReader, readPiece } from "./page-tokens.ts";
import { type Work, workFor } from "./syntax/docusaurus.ts";
import { type ForeignParts, foreignPuts, type PageSurroundings } from "./foreign.ts";

const LONG_CHARACTERS = 100_000;
/** With what micromark makes besides, they take some megabytes. A page has about a hundred. */
const TOKENS_BEFORE_COLLECTION = 5_000;
/** Whichever page left them: the heap is that of the process. */
let tokensLeft = 0;
const collectGarbage = garbageCollector();

/** What a page says. */
export type PageText = {
  /** Markdown without JSX, HTML, imports, comments and images; code blocks as they were. */
  readonly content: string;
  /** The text of the first heading of level 1, or "". */
  heading(): string;
  /** What it has in a `<head>` of its own. */
  readonly ownWords: OwnWords;
  /** Expressions that show what is not known before the site is built. */
  readonly leftOut: readonly string[];
};

/**
 * Reads a page of Docusaurus, which may be MDX, Markdown with HTML, or neither quite: what is no markup stays as text.
 * micromark says what stands where, and the markup is cut out, so that the rest is what its author wrote.
 */
export async function readPage(
  page: string,
  frontMatter: ReadonlyMap<string, string> = new Map(),
  { props, namesCode, partsOn }: PageSurroundings = {},
  reader: PieceReader = readPiece,
): Promise<PageText> {
  const read = async (source: string) => {
    const reading: Reading = { reader, work: workFor(source.length) };
    return { markup: await markupOf(source, reading, frontMatter, props), reading };
  };
  const found = await read(page);
  const known = expanded(found.markup, namesCode);
  const { markup, reading } = known === undefined ? found : await read(known);
  const parts = (await partsOn?.(markup)) ?? NOTHING;
  return {
    ...textOf(markup, parts, attributeReader(reading)),
    ownWords: ownWordsOf(markup),
    leftOut: leftOut(markup, (start) => parts.has(start)),
  };
}

function ownWordsOf({ tags }: Markup): OwnWords {
  const metas = tags.filter(({ name }) => name.toLowerCase() === "meta").map(({ attributes }) => attributes);
  const of = (wanted: string) =>
    metas.filter((meta) => meta.get("name")?.toLowerCase() === wanted).map((meta) => meta.get("content") ?? "");
  return { description: of("description").join(" "), keywords: of("keywords").flatMap(keywordsIn) };
}

/** How a page is read, and what that has cost. */
type Reading = { readonly reader: PieceReader; readonly work: Work };

async function markupOf(
  page: string,
  { reader, work }: Reading,
  frontMatter: ReadonlyMap<string, string>,
  props?: Value,
): Promise<Markup> {
  const markup = new Markup(page, pageScope(page, frontMatter, props));
  for (const tokens of pageTokens(page, work, reader)) {
    markup.take(tokens);
    leave(tokens);
    // A long page is read for seconds: requests in flight, and Ctrl-C, must not wait for its end.
    if (page.length > LONG_CHARACTERS) await nextTurn();
  }
  return markup;
}

/** Tokens that are garbage now, but for few. */
function leave({ length }: readonly PageToken[]): void {
  tokensLeft += length;
  if (tokensLeft < TOKENS_BEFORE_COLLECTION) return;
  tokensLeft = 0;
  collectGarbage();
}

/** Elements in attributes of elements in attributes: deeper than anybody writes, and they may be in each other without end. */
const DEPTH_MAX = 8;
const PLAIN = /^[\p{L}\p{N} ,;()?"'’–—/-]*$/u;

/** Reads values of attributes, which may have markup of their own, within the bounds of the page that has them. */
function attributeReader(reading: Reading, depth = 1): (value: string) => string {
  return (value) => {
    if (PLAIN.test(value)) return value.trim();
    const markup = new Markup(value, new Scope(value));
    for (const tokens of pageTokens(value, reading.work, reading.reader)) {
      markup.take(tokens);
      leave(tokens);
    }
    const inner = depth < DEPTH_MAX ? attributeReader(reading, depth + 1) : withoutTags;
    return textOf(markup, NOTHING, inner).content;
  };
}

function withoutTags(source: string): string {
  return source.includes("<") ? "" : source;
}

const NOTHING: ForeignParts = new Map();

function textOf(
  markup: Markup,
  foreign: ForeignParts,
  attribute: (value: string) => string,
): Pick<PageText, "content" | "heading"> {
  const { page, heading } = markup;
  let edits: readonly Edit[] = [];
  const between = (start: number, end: number) => oneLine(edited(page, edits, start, end));
  const elements = elementEdits(markup, { between, attribute }, foreign);
  // An expression that shows something says nothing itself.
  const own = foreign.size === 0 ? markup.edits : markup.edits.filter(({ start }) => !foreign.has(start));
  edits = ordered([...own, ...elements, ...linkEdits(markup, between), ...indentationEdits(markup)]);
  const lost = foreignPuts(foreign.get(page.length) ?? [], "", false);
  return {
    content: edited(page, edits, 0, page.length, lost),
    heading: () => (heading === undefined ? foreignHeading(foreign) : between(heading.start, heading.end)),
  };
}

/** That of the first page that is shown and has one. */
function foreignHeading(parts: ForeignParts): string {
  const headings = [...parts.values()].flat().map((part) => (part.kind === "page" ? part.heading : ""));
  return headings.find((heading) => heading !== "") ?? "";
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** A link inside of the site is its text; others keep their destination, where there is text to lead there. */
function linkEdits(markup: Markup, textBetween: (start: number, end: number) => string): Edit[] {
  return markup.links.flatMap((link) => {
    const { start, end, label } = link;
    const behind = () => {
      const destination = destinationOf(markup, link);
      const isUseful = leadsOutside(destination) && markup.page.slice(label.start, label.end).trim() !== destination;
      return isUseful && textBetween(label.start, label.end) !== "" ? `](${destination})` : "";
    };
    return [
      { start, end: label.start, puts: () => [{ kind: "text", text: behind() === "" ? "" : "[" }] },
      { start: label.end, end, puts: () => [{ kind: "text", text: behind() }] },
    ];
  });
}

function destinationOf(markup: Markup, { label, destination, reference }: Link): string {
  return destination ?? markup.destinationOf(reference || markup.page.slice(label.start, label.end));
}
