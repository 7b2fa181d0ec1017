import { nextTurn } from "../../flow/clock.ts";
import { type Edit, edited, ordered } from "./edits.ts";
import { elementEdits, foreignPuts } from "./element-edits.ts";
import { indentationEdits } from "./indentation.ts";
import { leadsOutside } from "./inline-rules.ts";
import { type Link, Markup } from "./markup.ts";
import { pageEvents } from "./page-events.ts";
import type { ForeignParts } from "./foreign.ts";

const LONG_CHARACTERS = 100_000;
/** Events of micromark that may have become garbage: with their tokens they take some 15 MB. A page has about a thousand. */
const UNCOLLECTED_EVENTS_MAX = 30_000;
/** Whichever page left them: the heap is that of the process. */
let uncollectedEvents = 0;

/** What a page says. */
export type PageText = {
  /** Markdown without JSX, HTML, imports, comments and images; code blocks as they were. */
  readonly content: string;
  /** The text of the first heading of level 1, or "". */
  heading(): string;
};

/**
 * Reads a page of Docusaurus, which may be MDX, Markdown with HTML, or neither quite: what is no markup stays as text.
 * micromark says what stands where, and the markup is cut out, so that the rest is what its author wrote.
 */
export async function readPage(page: string, shownOn?: (markup: Markup) => Promise<ForeignParts>): Promise<PageText> {
  const markup = new Markup(page);
  for (const events of pageEvents(page)) {
    markup.take(events);
    uncollectedEvents += events.length;
    // A long page is read for seconds: requests in flight, and Ctrl-C, must not wait for its end.
    if (page.length > LONG_CHARACTERS) await nextTurn();
  }
  const text = textOf(markup, await shownOn?.(markup));
  if (uncollectedEvents > UNCOLLECTED_EVENTS_MAX) {
    // Beside an embedded database, which is large, the collector itself would wait for as much garbage again.
    Bun.gc(true);
    uncollectedEvents = 0;
  }
  return text;
}

function readAttribute(value: string): string {
  const markup = new Markup(value);
  for (const events of pageEvents(value)) {
    markup.take(events);
    uncollectedEvents += events.length;
  }
  // What stands in attributes of elements in attributes is not read again: they may be in each other without end.
  return oneLine(textOf(markup, NOTHING, (inner) => (inner.includes("<") ? "" : inner)).content);
}

const NOTHING: ForeignParts = new Map();

function textOf(markup: Markup, shown = NOTHING, attribute = readAttribute): PageText {
  const { page, heading } = markup;
  let edits: readonly Edit[] = [];
  const between = (start: number, end: number) => oneLine(edited(page, edits, start, end));
  const elements = elementEdits(markup, { between, attribute }, shown);
  // An expression that shows something says nothing itself.
  const own = shown.size === 0 ? markup.edits : markup.edits.filter(({ start }) => !shown.has(start));
  edits = ordered([...own, ...elements, ...linkEdits(markup, between), ...indentationEdits(markup)]);
  const lost = foreignPuts(shown.get(page.length) ?? [], "", false);
  return {
    content: edited(page, edits, 0, page.length, lost),
    heading: () => (heading === undefined ? foreignHeading(shown) : between(heading.start, heading.end)),
  };
}

/** That of the first page that is shown and has one. */
function foreignHeading(shown: ForeignParts): string {
  const headings = [...shown.values()].flat().map((part) => (part.kind === "page" ? part.heading : ""));
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
