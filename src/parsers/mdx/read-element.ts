import { hasNoText, isCode, isHtml, isImage, mayStayOpen, separation, shownTexts } from "./elements.ts";
import { decodeEntities } from "./entities.ts";
import { expressionEnd, literalValue } from "./expression.ts";
import { fenced } from "../fenced.ts";
import { markdownTable } from "./html-table.ts";
import { meaningfulAlternative } from "./prose.ts";
import { isComponent, readTag, type Tag } from "./read-tag.ts";
import type { Reading } from "./reading.ts";

const HAS_FENCE = /^[ \t>]*(?:`{3}|~{3})/m;
const WHOLE = /^(?:h[1-6]|table|code)$/;
const STRING_EXPRESSION = /\{\s*(["'`])((?:(?!\1)[^\\])*)\1\s*\}/g;

/** Reads text that stands inside of an element, for a heading or a table cell. */
type ReadNested = (text: string, outer: Reading) => string;

/** Takes a tag out and leaves what its element says. False when the tag is text: `List<String>`, `cd <folder>`. */
export function readElement(reading: Reading, tag: Tag, nested: ReadNested): boolean {
  if (!isMarkup(reading, tag)) return false;
  const start = reading.at;
  reading.at = tag.end;
  if (tag.kind === "close") closeElement(reading, tag.name);
  else if (hasNoText(tag.name)) reading.at = contentEnd(reading, tag)?.behind ?? tag.end;
  else if (isImage(tag.name))
    reading.prose.write(meaningfulAlternative(decodeEntities(tag.attributes.get("alt") ?? "")));
  else if (!readWhole(reading, tag, nested)) openElement(reading, tag, start, nested);
  return true;
}

/** A tag that is never closed and has nothing of markup but the brackets is a placeholder or a type in prose. */
function isMarkup(reading: Reading, tag: Tag): boolean {
  const { name, kind, attributes } = tag;
  if (kind !== "open" || name === "" || mayStayOpen(name) || attributes.size > 0) return true;
  return hasClosingTag(reading, tag);
}

function hasClosingTag({ facts }: Reading, { name, kind, end }: Tag): boolean {
  return kind === "open" && (facts.closingTags.get(name) ?? -1) >= end;
}

/** Elements that are read together with their content. */
function readWhole(reading: Reading, tag: Tag, nested: ReadNested): boolean {
  const isWhole = isCode(tag.name) || WHOLE.test(tag.name);
  if (!isWhole) return false;
  const content = contentEnd(reading, tag);
  if (content === undefined) return false;
  const inner = reading.text.slice(tag.end, content.at);
  if (isCode(tag.name)) {
    if (HAS_FENCE.test(inner)) return false;
    if (reading.oneLine) reading.prose.write(codeSpan(codeText(inner)));
    else writeCode(reading, tag, inner, nested);
  } else if (tag.name === "code") {
    reading.prose.write(codeSpan(codeText(inner)));
  } else if (tag.name !== "table") {
    const words = nested(inner, reading).replace(/\s+/g, " ").trim();
    reading.separate("paragraph");
    reading.prose.write(`${"#".repeat(Number(tag.name[1]))} ${words}`);
    reading.separate("paragraph");
  } else {
    const table = reading.oneLine ? undefined : markdownTable(inner, (html) => nested(html, reading));
    if (table === undefined) return false;
    reading.separate("paragraph");
    reading.prose.write(table);
    reading.separate("paragraph");
  }
  reading.at = content.behind;
  return true;
}

function writeCode(reading: Reading, tag: Tag, inner: string, nested: ReadNested): void {
  reading.separate("paragraph");
  writeLabels(reading, shownTexts(tag, true), nested);
  const named = tag.attributes.get("language");
  const language =
    named ?? /class(?:Name)?=\{?["'`][^"'`]*language-([\w+#-]+)/.exec(`${classOf(tag)}${inner}`)?.[1] ?? "";
  const text = codeText(inner);
  if (text.trim() !== "") reading.prose.code(`${fenced(text, language)}\n`);
}

function classOf({ attributes }: Tag): string {
  return `class="${attributes.get("className") ?? attributes.get("class") ?? ""}"`;
}

function openElement(reading: Reading, tag: Tag, start: number, nested: ReadNested): void {
  const { name, kind, attributes } = tag;
  const isOpen = kind === "open" && !mayStayOpen(name);
  if (name === "li") {
    if (reading.oneLine) reading.prose.write(" ");
    else reading.prose.item();
    skipSpace(reading);
  } else {
    reading.separate(separation(name));
  }
  // In the middle of a sentence a title is a tooltip.
  const isBox = !reading.oneLine && (reading.prose.lineIsBlank || reading.text[start - 1] === ">");
  if (isBox) writeLabels(reading, shownTexts(tag, hasClosingTag(reading, tag)), nested);
  if (!isOpen) return;
  const indent = indentation(reading.text, start);
  if (indent >= 0) reading.elements.push({ name, indent, contentIndent: -1 });
  if (name === "a" && !reading.oneLine) {
    reading.anchors.push(attributes.get("href") ?? "");
    reading.prose.openBracket("anchor", reading.at);
  }
}

function closeElement(reading: Reading, name: string): void {
  const open = reading.elements.findLastIndex((element) => element.name === name);
  if (open >= 0) reading.elements.length = open;
  if (name === "a") {
    const href = reading.anchors.pop();
    if (href !== undefined) reading.prose.closeAnchor(href);
  }
  reading.separate(separation(name));
  // Components on one line are boxes of their own; text would run together.
  if (isComponent(name) && reading.text[reading.at] === "<" && reading.text[reading.at + 1] !== "/") {
    reading.separate("line");
  }
}

/** Writes what the attributes of a component show, each as a paragraph. */
function writeLabels(reading: Reading, texts: readonly string[], nested: ReadNested): void {
  for (const text of texts) {
    reading.separate("paragraph");
    reading.prose.write(`**${nested(text, reading).replace(/\s+/g, " ").trim()}**`);
    reading.separate("paragraph");
  }
}

/** Where the content of an element ends, and its closing tag. */
function contentEnd(reading: Reading, opening: Tag): { at: number; behind: number } | undefined {
  if (!hasClosingTag(reading, opening)) return undefined;
  const { text, contentEnds } = reading;
  const { name, end } = opening;
  // Elements of one name inside of each other all end at the same tag.
  const known = contentEnds.get(name);
  if (known !== undefined && known.from <= end && end <= known.at) return known;
  const closing = `</${name}`;
  for (let at = text.indexOf(closing, end); at >= 0; at = text.indexOf(closing, at + 1)) {
    const tag = readTag(text, at);
    if (tag?.name !== name) continue;
    const found = { from: end, at, behind: tag.end };
    contentEnds.set(name, found);
    return found;
  }
  return undefined;
}

/** Code between tags: the value of a template literal, or text without tags. */
function codeText(inner: string): string {
  const trimmed = inner.trim();
  if (trimmed.startsWith("{") && expressionEnd(trimmed, 0) === trimmed.length) {
    const value = literalValue(trimmed.slice(1, -1));
    if (value !== undefined) return value.replace(/^\n/, "");
  }
  let text = "";
  let at = 0;
  for (let next = inner.indexOf("<"); next >= 0; next = inner.indexOf("<", at)) {
    const tag = readTag(inner, next);
    const isTag = tag !== undefined && (isHtml(tag.name) || isComponent(tag.name));
    text += inner.slice(at, next) + (isTag ? "" : "<");
    at = isTag ? tag.end : next + 1;
  }
  text += inner.slice(at);
  return decodeEntities(text.replace(STRING_EXPRESSION, "$2"))
    .replace(/^[ \t]*\n/, "")
    .trimEnd();
}

function codeSpan(code: string): string {
  const line = code.replace(/\s*\n\s*/g, " ").trim();
  if (line === "") return "";
  const longest = (line.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
  const mark = "`".repeat(longest + 1);
  return longest === 0 ? `${mark}${line}${mark}` : `${mark} ${line} ${mark}`;
}

/** The white space before `at` when nothing else stands there on its line; else -1. */
function indentation(text: string, at: number): number {
  let from = at;
  while (from > 0 && (text[from - 1] === " " || text[from - 1] === "\t")) from--;
  return from === 0 || text[from - 1] === "\n" ? at - from : -1;
}

function skipSpace(reading: Reading): void {
  while (/\s/.test(reading.text[reading.at] ?? "")) reading.at++;
}
