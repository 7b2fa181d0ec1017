import { readEsm } from "./esm.ts";
import { closesFence, leavesQuote, openFence } from "./fences.ts";
import { DEFINITION } from "./page-facts.ts";
import { endLine, readInline } from "./read-inline.ts";
import { readElement } from "./read-element.ts";
import { Reading } from "./reading.ts";
import { readTag } from "./read-tag.ts";

const ADMONITION = /^([ \t]*(?:>[ \t]*)*):{3,}[ \t]*([A-Za-z][\w-]*)?[ \t]*(.*)$/;
const HEADING = /^[ \t]*(?:>[ \t]*)*#{1,6}[ \t]/;
const HEADING_ID = /^\{(?:#[^{}\n]*|\/\*[ \t]*#[^{}\n]*\*\/)\}[ \t]*$/;
const TABLE_ROW = /^[ \t]*(?:>[ \t]*)*\|/;
const AUTOLINK = /<((?:[a-z][a-z0-9+.-]*:\/\/|mailto:|data:|tel:|urn:)[^\s<>]*|[\w.+-]+@[\w-]+\.[\w.-]+)>/iy;
const DECLARATION = /<(?:![A-Za-z]|\?[A-Za-z])[^<>]{0,500}>/y;

/** What a page says. */
export type PageText = {
  /** Markdown without JSX, HTML, imports, comments and images; code blocks as they were. */
  readonly content: string;
  /** The text of the first heading of level 1, or "". */
  heading(): string;
};

/**
 * Reads a page of Docusaurus, which may be MDX, Markdown with HTML, or neither quite: what is no markup stays as text.
 * Code blocks come before everything else, so that nothing in them is taken for markup.
 */
export function readPage(body: string): PageText {
  const { prose } = readAll(new Reading(body));
  const content = prose.finish();
  return { content, heading: () => prose.firstHeading() };
}

function readAll(reading: Reading): Reading {
  while (reading.at < reading.text.length) readLine(reading);
  return reading;
}

/** Text inside of an element or a title, read on its own. */
function readNested(text: string, outer: Reading): string {
  return readAll(new Reading(text, outer)).prose.finish();
}

function readLine(reading: Reading): void {
  const { text, at, prose } = reading;
  const newline = text.indexOf("\n", at);
  const lineEnd = newline < 0 ? text.length : newline;
  const line = text.slice(at, lineEnd);
  prose.startLine();
  if (line.trim() === "") {
    reading.endParagraph();
    reading.take("\n", lineEnd + 1);
    return;
  }
  if (readFence(reading, line) || readStatement(reading) || readAdmonition(reading, line)) return;
  if (line.includes("]:") && DEFINITION.test(line)) {
    reading.at = lineEnd + 1;
    return;
  }
  reading.at += indentationByElements(reading, line);
  readText(reading, line, lineEnd);
}

function readText(reading: Reading, line: string, lineEnd: number): void {
  const isHeading = HEADING.test(line);
  const idStart = isHeading ? headingIdStart(line) : -1;
  reading.oneLine = isHeading || TABLE_ROW.test(line);
  readInline(reading, idStart < 0 ? reading.text.length : lineEnd - line.length + idStart, readAngle);
  if (idStart >= 0 && reading.at < lineEnd) {
    reading.at = lineEnd;
    endLine(reading);
  }
  reading.oneLine = false;
}

/** Where the `{#id}` of a heading begins, with the backslash that newer pages write before it; -1 without one. */
function headingIdStart(line: string): number {
  const at = line.lastIndexOf("{");
  if (at < 0 || !HEADING_ID.test(line.slice(at))) return -1;
  return line[at - 1] === "\\" ? at - 1 : at;
}

/** A code block, byte for byte. */
function readFence(reading: Reading, line: string): boolean {
  const fence = openFence(line);
  if (fence === undefined) return false;
  reading.endParagraph();
  const { text, at: start } = reading;
  reading.at += line.length + 1;
  let closed = false;
  while (!closed && reading.at < text.length) {
    const newline = text.indexOf("\n", reading.at);
    const lineEnd = newline < 0 ? text.length : newline;
    const next = text.slice(reading.at, lineEnd);
    if (leavesQuote(next, fence)) break;
    closed = closesFence(next, fence);
    reading.at = lineEnd + 1;
  }
  const lines = text.slice(start, reading.at);
  const ended = lines.endsWith("\n") ? lines : `${lines}\n`;
  // The bullet of a list item is for its first line only.
  reading.prose.code(closed ? ended : `${ended}${fence.prefix.replace(/[^\s>]/g, " ")}${fence.mark}\n`);
  return true;
}

function readStatement(reading: Reading): boolean {
  if (reading.inParagraph) return false;
  const statement = readEsm(reading.text, reading.at, reading.scans.left > 0);
  if (statement === undefined) return false;
  if (!statement.isClosed) reading.scans.left -= reading.text.length - reading.at;
  for (const name of statement.names) reading.declared.add(name);
  reading.at = statement.end + 1;
  return true;
}

/** Keeps the title of `:::note Title` or `:::note[Title]`; the text below it is text like any other. */
function readAdmonition(reading: Reading, line: string): boolean {
  const match = line.includes(":::") ? ADMONITION.exec(line) : null;
  if (match === null) return false;
  reading.endParagraph();
  const [, indent = "", , rest = ""] = match;
  const words = rest.replace(/\{[^{}]*\}\s*$/, "").trim();
  const title = readNested(/^\[(.*)\]$/.exec(words)?.[1] ?? words, reading);
  const blank = `${indent.trimEnd()}\n`;
  reading.take(title === "" ? blank : `${blank}${indent}**${title}**\n${blank}`, reading.at + line.length + 1);
  return true;
}

function readAngle(reading: Reading): void {
  const { text, at } = reading;
  if (text.startsWith("<!--", at)) {
    const end = reading.hasOpenComment ? -1 : text.indexOf("-->", at + 4);
    reading.hasOpenComment ||= end < 0;
    reading.commentOnLine = true;
    // A comment that never ends must not take the rest of the page with it.
    reading.at = end < 0 ? at + 4 : end + 3;
    return;
  }
  AUTOLINK.lastIndex = at;
  const link = AUTOLINK.exec(text);
  if (link !== null) return reading.take(/^data:/i.test(link[1] ?? "") ? "" : link[0], AUTOLINK.lastIndex);
  DECLARATION.lastIndex = at;
  if (DECLARATION.test(text)) return reading.take("", DECLARATION.lastIndex);
  const tag = readTag(text, at, reading.scans);
  if (tag === undefined || !readElement(reading, tag, readNested)) reading.take("<", at + 1);
}

/** How much of a line's indentation only shows that it stands inside of an element, and would make it code in Markdown. */
function indentationByElements({ elements }: Reading, line: string): number {
  const innermost = elements.at(-1);
  if (innermost === undefined) return 0;
  const indent = line.length - line.trimStart().length;
  if (innermost.contentIndent < 0) innermost.contentIndent = indent;
  return Math.max(0, Math.min(indent, innermost.contentIndent) - (elements[0]?.indent ?? 0));
}
