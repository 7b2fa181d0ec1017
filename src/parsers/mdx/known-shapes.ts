import type { Program } from "estree";
import type { Range } from "./edits.ts";

/** Something that was found on a page, under micromark's name for it. A whole token comes behind its parts. */
export type PageToken = {
  readonly type: string;
  readonly start: { readonly offset: number };
  readonly end: { readonly offset: number };
  readonly estree?: Program | undefined;
};

export function token(type: string, start: number, end: number): PageToken {
  return { type, start: { offset: start }, end: { offset: end } };
}

/** A title, a line that underlines one, or a statement, as far as the beginning of a line shows it. */
const LINES = String.raw`^[ \t>]*=+[ \t]*$|(?:^|[ \t>])#(?:[ \t]|$)|^[ \t]*(?:im|ex)port\s`;
/** All that may begin something of which anything becomes. */
const SUSPECT = new RegExp(String.raw`[<{[\\&$` + "`" + String.raw`]|~~~|:::|${LINES}`, "m");
/** What no shape has: titles, statements, and line ends of JavaScript that are none of Markdown. */
const UNKNOWN = new RegExp(String.raw`[\u2028\u2029]|~~~|${LINES}`, "m");

const CODE = "(?<!`)`[^`\\n]+`(?!`)";
const LABEL = `(?:[^[\\]\\\\<{&$\`\\n]|${CODE})`;
const DESTINATION = "[^\\s()<>\\\\&{}`\"'$[\\]*!|^\\x00-\\x1f\\x7f]+";
const NAME = String.raw`[A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)*`;
const VALUE = `"[^"\\n]*"|'[^'\\n]*'`;
const ATTRIBUTE = new RegExp(String.raw`[ \t]+([A-Za-z][\w-]*)(?:[ \t]*=[ \t]*(${VALUE}))?`, "gy");
const TAG = String.raw`<(?:\/${NAME}|${NAME}(?:${ATTRIBUTE.source.replaceAll(/\((?!\?)/g, "(?:")})*[ \t]*\/?)>`;

/**
 * What lies within a line and means the same wherever it stands, if nothing else on the line takes characters for its own:
 * micromark reads a text from left to right, and what begins first is first.
 */
const SHAPES = new RegExp(
  [
    `(?<code>${CODE})`,
    `(?<link>!?)\\[(?<label>${LABEL}+)\\]\\((?<destination>${DESTINATION})\\)`,
    `(?<tag>${TAG})`,
    String.raw`^[ \t]*(?<comment><!--[ \t](?:(?!-->)[^\n])*-->[ \t]*)$`,
    String.raw`(?<id>\{#[\w-]+\}$)`,
    String.raw`^(?<colons>:{3,}(?!:)[ \t]*(?![ \t]))(?<kind>[\w-]*(?![\w-]))(?<title>(?:[^<{[\\&$` +
      "`" +
      String.raw`\n]|${CODE})*)$`,
    String.raw`(?<other>[<{[\\&$` + "`]|:::)",
  ].join("|"),
  "gm",
);
const HEADING = /^#{2,6}[ \t]/;
/** Nothing but tags. */
const TAGS = new RegExp(String.raw`^[ \t]*(?:${TAG}[ \t]*)+$`);
const ITEM_OR_QUOTE = /^(?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t])))+/;

/** What micromark would find in some lines of a page; undefined if they have other shapes than those that are known. */
export function tokensIn(page: string, { start, end }: Range): readonly PageToken[] | undefined {
  const text = page.slice(start, end);
  if (!SUSPECT.test(text)) return NONE;
  if (UNKNOWN.test(text)) return undefined;
  const tokens: PageToken[] = [];
  /** The kind of the tags on a line, asked once for each line. */
  let tags: { readonly lineEnd: number; readonly kind: "Flow" | "Text" | undefined } = { lineEnd: -1, kind: undefined };
  for (const { 0: whole, index, groups = {} } of text.matchAll(SHAPES)) {
    const { code, link, label, destination = "", tag, comment, id, colons, kind = "", title = "" } = groups;
    const found = { start: start + index, end: start + index + whole.length };
    if (code !== undefined) {
      if (code.includes("data:")) return undefined;
    } else if (label !== undefined) {
      // Code does not keep `](` from ending the label of an image for who allows spaces in its path, nor `]:` that of a definition.
      if (/data:|\][(:]/.test(label)) return undefined;
      tokens.push(...linkTokens(found, label, destination, link === "!"));
    } else if (tag !== undefined) {
      if (index >= tags.lineEnd) tags = { lineEnd: lineEndAt(text, index), kind: tagKind(lineAt(text, index)) };
      if (tags.kind === undefined) return undefined;
      tokens.push(...tagTokens(found, tag, tags.kind));
    } else if (comment !== undefined) {
      tokens.push(token("comment", found.end - comment.length, found.end));
    } else if (id !== undefined) {
      if (!HEADING.test(lineAt(text, index))) return undefined;
      tokens.push(token("atxHeading", start + text.lastIndexOf("\n", index) + 1, found.end));
    } else if (colons !== undefined) {
      if (title.includes("data:")) return undefined;
      const titleStart = found.end - title.length;
      if (kind !== "") tokens.push(token("admonitionKind", found.start + colons.length, titleStart));
      if (title !== "") tokens.push(token("admonitionTitle", titleStart, found.end));
      tokens.push(token("admonition", found.start, found.end));
    } else return undefined;
  }
  return tokens;
}

const NONE: readonly PageToken[] = [];

function lineAt(text: string, index: number): string {
  return text.slice(text.lastIndexOf("\n", index - 1) + 1, lineEndAt(text, index));
}

function lineEndAt(text: string, index: number): number {
  const newline = text.indexOf("\n", index);
  return newline < 0 ? text.length : newline;
}

function linkTokens({ start, end }: Range, label: string, destination: string, isImage: boolean): PageToken[] {
  const labelStart = start + (isImage ? 2 : 1);
  const labelEnd = labelStart + label.length;
  return [
    token("labelText", labelStart, labelEnd),
    token("resourceDestinationString", end - 1 - destination.length, end - 1),
    token("resource", labelEnd + 1, end),
    token(isImage ? "image" : "link", start, end),
  ];
}

/** Tags have lines of their own, or stand in text. Undefined where an item or a quote begins with them. */
function tagKind(line: string): "Flow" | "Text" | undefined {
  if (TAGS.test(line)) return "Flow";
  const prefix = ITEM_OR_QUOTE.exec(line)?.[0] ?? "";
  return prefix !== "" && TAGS.test(line.slice(prefix.length)) ? undefined : "Text";
}

function tagTokens({ start, end }: Range, tag: string, kind: "Flow" | "Text"): PageToken[] {
  const type = `mdxJsx${kind}Tag`;
  const tokens: PageToken[] = [];
  const isClosing = tag.startsWith("</");
  if (isClosing) tokens.push(token(`${type}ClosingMarker`, start + 1, start + 2));
  const nameStart = isClosing ? 2 : 1;
  const nameEnd = nameStart + tag.slice(nameStart).search(/[^\w.-]/);
  tokens.push(token(`${type}Name`, start + nameStart, start + nameEnd));
  ATTRIBUTE.lastIndex = nameEnd;
  for (let match = ATTRIBUTE.exec(tag); match !== null; match = ATTRIBUTE.exec(tag)) {
    const [whole, name = "", value] = match;
    const at = start + match.index + whole.search(/\S/);
    tokens.push(token(`${type}AttributeName`, at, at + name.length));
    const behind = start + match.index + whole.length;
    if (value !== undefined) tokens.push(token(`${type}AttributeValueLiteral`, behind - value.length, behind));
  }
  if (tag.endsWith("/>")) tokens.push(token(`${type}SelfClosingMarker`, end - 2, end - 1));
  return [...tokens, token(type, start, end)];
}
