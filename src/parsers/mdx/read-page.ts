import { setImmediate } from "node:timers/promises";
import { type Edit, ordered } from "./edits.ts";
import { elementEdits } from "./element-edits.ts";
import { firstFrom } from "./edits.ts";
import { indentationEdits } from "./indentation.ts";
import { linkEdits } from "./link-edits.ts";
import { Markup } from "./markup.ts";
import { pageEvents } from "./page-events.ts";
import { Prose } from "./edits.ts";

const LONG_CHARACTERS = 100_000;
/** A page that people write takes some 5 ms. What takes this long has left much garbage. */
const LONG_MS = 80;

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
export async function readPage(page: string): Promise<PageText> {
  const markup = new Markup(page);
  const began = performance.now();
  for (const events of pageEvents(page)) {
    markup.take(events);
    // A long page is read for seconds: requests in flight, and Ctrl-C, must not wait for its end.
    if (page.length > LONG_CHARACTERS) await setImmediate();
  }
  const text = textOf(markup);
  // Beside an embedded database, which is large, the collector would wait for as much garbage again.
  if (performance.now() - began > LONG_MS) Bun.gc(true);
  return text;
}

function readAttribute(value: string): string {
  const markup = new Markup(value);
  for (const events of pageEvents(value)) markup.take(events);
  // What stands in attributes of elements in attributes is not read again: they may be in each other without end.
  return oneLine(textOf(markup, (inner) => (inner.includes("<") ? "" : inner)).content);
}

function textOf(markup: Markup, attribute = readAttribute): PageText {
  const { page, heading } = markup;
  let edits: readonly Edit[] = [];
  const between = (start: number, end: number) => oneLine(edited(page, edits, start, end));
  const elements = elementEdits(markup, { between, attribute });
  edits = ordered([...markup.edits, ...elements, ...linkEdits(markup, between), ...indentationEdits(markup)]);
  return {
    content: edited(page, edits, 0, page.length),
    heading: () => (heading === undefined ? "" : between(heading.start, heading.end)),
  };
}

/** The page from `start` to `end`, with the edits that lie in it carried out. */
function edited(page: string, edits: readonly Edit[], start: number, end: number): string {
  const prose = new Prose();
  let at = start;
  for (let index = firstFrom(edits, start); index < edits.length; index++) {
    const edit = edits[index];
    if (edit === undefined || edit.start >= end) break;
    // Inside of one that was carried out, or of an element that is being read.
    if (edit.start < at || edit.end > end) continue;
    prose.write(page.slice(at, edit.start));
    for (const put of typeof edit.puts === "function" ? edit.puts() : edit.puts) prose.put(put);
    at = edit.end;
  }
  prose.write(page.slice(at, end));
  return prose.finish();
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
