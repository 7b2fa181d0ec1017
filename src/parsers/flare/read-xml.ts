import type { Element, ElementContent as XmlContent, Root as XmlRoot } from "xast";
import type { Element as HtmlElement, ElementContent as HtmlContent, Root as HtmlRoot } from "hast";
import {
  parseXml as parse,
  XmlCdata,
  XmlComment,
  type XmlDocument,
  XmlElement,
  type XmlNode,
  XmlText,
} from "@rgrove/parse-xml";
import { parseHtml } from "../html/parse-html.ts";
import { namedCharacter } from "../../text/entities.ts";

/** A topic or snippet as a tree. */
type ReadXml = {
  /** Undefined when the file has no such element, and so is not a topic. */
  readonly html: Element | undefined;
  /** Why the file had to be read as browsers read it; "" for well-formed XML. */
  readonly remark: string;
};

const XML_ENTITIES = new Set(["amp", "lt", "gt", "quot", "apos"]);
const ENTITY = /&([A-Za-z][A-Za-z\d]*);/g;
const CDATA = "<![CDATA[";
const COMMENT = "<!--";
const COMMENT_OR_CLOSED_TAG = /<!--|<([A-Za-z][\w:.-]*)((?:"[^"]*"|'[^']*'|[^"'<>])*)\/>/g;
/** The only elements that HTML lets end where they begin. */
const VOID = /^(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)$/i;

/** The remark on a file that cannot be read at all. Real topics are not a tenth as deep, and readers of trees call themselves. */
export const TOO_DEEP = "its elements are nested too deeply";
const DEPTH_MAX = 500;

/** The `<html>` element of a file. What is not well-formed XML is read as HTML, with a remark. */
export function readXml(text: string): ReadXml {
  try {
    return { html: htmlIn(parseXml(text)), remark: "" };
  } catch (error) {
    if (isTooDeep(error)) return { html: undefined, remark: TOO_DEEP };
    if (!/<html[\s>]/i.test(text)) return { html: undefined, remark: reasonOf(error) };
    return readHtml(text, reasonOf(error));
  }
}

/** What may stand before the first element of XML, and nowhere else. */
const PROLOG = /^\s*(?:<\?xml\b[^>]*>\s*)?(?:<!DOCTYPE\b[^>[]*>\s*)?/i;
const FIRST_TAG = /<([A-Za-z][\w:.-]*)[\s/>]/;

/** As `readXml` does, but the file may be no more than a piece of a page. */
export function readFragment(text: string): ReadXml {
  const read = readXml(text);
  const first = FIRST_TAG.exec(text)?.[1]?.toLowerCase() ?? "";
  // Files of the builder, like page layouts, are XML of its own.
  if (read.html !== undefined || read.remark === TOO_DEEP || first === "" || first.startsWith("catapult")) return read;
  const content = text.replace(PROLOG, "");
  return readXml(`<html>${first === "body" ? content : `<body>${content}</body>`}</html>`);
}

function readHtml(text: string, remark: string): ReadXml {
  try {
    return { html: htmlIn(bounded(toXml(parseHtml(forHtml(text))))), remark };
  } catch (error) {
    if (!isTooDeep(error)) throw error;
    return { html: undefined, remark: TOO_DEEP };
  }
}

/** What a reader that calls itself throws when it runs out of room, as it is or as the cause of another error. */
function isTooDeep(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof Error && error.cause instanceof RangeError);
}

function bounded(root: XmlRoot): XmlRoot {
  let level: readonly XmlContent[] = root.children.filter((child) => child.type === "element");
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > DEPTH_MAX) throw new RangeError(TOO_DEEP);
    level = level.flatMap((node) => (node.type === "element" ? node.children : []));
  }
  return root;
}

/** The tree of well-formed XML. Throws what the parser throws, and a `RangeError` when it is too deep. */
export function parseXml(text: string): XmlRoot {
  // Named references are HTML's, which a topic may use whether or not it has a document type that declares them.
  const named = text.includes("&") ? outsideOfCdata(text, withoutNames, (data) => `${CDATA}${data}]]>`) : text;
  return bounded(toTree(parse(named.trimStart(), { preserveCdata: true, preserveComments: true })));
}

function toTree({ children }: XmlDocument): XmlRoot {
  return { type: "root", children: children.flatMap(toContent) };
}

function toContent(node: XmlNode): XmlContent[] {
  if (node instanceof XmlElement) {
    const { name, attributes, children } = node;
    return [{ type: "element", name, attributes: { ...attributes }, children: children.flatMap(toContent) }];
  }
  if (node instanceof XmlComment) return [{ type: "comment", value: node.content }];
  if (node instanceof XmlCdata) return [{ type: "cdata", value: node.text }];
  return node instanceof XmlText ? [{ type: "text", value: node.text }] : [];
}

/** What the XML parser says about a file, on one line. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const message = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
  return message.trim();
}

function htmlIn(root: XmlRoot): Element | undefined {
  return root.children.find((child): child is Element => child.type === "element" && /^html$/i.test(child.name));
}

function withoutNames(text: string): string {
  return text.replace(ENTITY, (whole, name: string) => {
    const character = XML_ENTITIES.has(name) ? undefined : namedCharacter(name);
    // HTML has other names for the marks of XML, too, such as `LT`.
    return character?.replaceAll("&", "&amp;").replaceAll("<", "&lt;") ?? whole;
  });
}

/** XML as HTML: there `<title />` or `<MadCap:variable />` would stay open and swallow what follows, and CDATA would be a comment. */
function forHtml(text: string): string {
  return outsideOfCdata(text, withTagsClosed, (data) => data.replaceAll("&", "&amp;").replaceAll("<", "&lt;"));
}

function withTagsClosed(text: string): string {
  const lastCommentEnd = text.lastIndexOf("-->");
  return text.replace(
    COMMENT_OR_CLOSED_TAG,
    (whole, name: string | undefined, attributes: string | undefined, at: number) => {
      // A comment that is never closed would swallow the rest.
      if (whole === COMMENT) return at < lastCommentEnd ? whole : "";
      return name === undefined || VOID.test(name) ? whole : `<${name}${attributes ?? ""}></${name}>`;
    },
  );
}

/** Changes what stands inside and outside of CDATA sections. By hand: a pattern would look for the end of each of many open ones. */
function outsideOfCdata(text: string, outside: (text: string) => string, inside: (data: string) => string): string {
  let result = "";
  let at = 0;
  for (;;) {
    const start = text.indexOf(CDATA, at);
    const end = start < 0 ? -1 : text.indexOf("]]>", start);
    if (end < 0) return result + outside(text.slice(at));
    result += outside(text.slice(at, start)) + inside(text.slice(start + CDATA.length, end));
    at = end + "]]>".length;
  }
}

function toXml(root: HtmlRoot): XmlRoot {
  const elements = root.children.filter((child) => child.type === "element");
  return { type: "root", children: elements.map(elementToXml) };
}

function elementToXml({ tagName, properties, children }: HtmlElement): Element {
  const attributes = Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [
      key === "className" ? "class" : key.toLowerCase(),
      Array.isArray(value) ? value.join(" ") : String(value ?? ""),
    ]),
  );
  return { type: "element", name: tagName, attributes, children: contentToXml(tagName, children) };
}

function contentToXml(parent: string, children: readonly HtmlContent[]): XmlContent[] {
  return children.flatMap((child): XmlContent[] => {
    if (child.type === "element") return [elementToXml(child)];
    if (child.type !== "text") return [];
    // HTML knows no elements in a title: its variables are text.
    const markup = parent === "title" && child.value.includes("<") ? bodyOf(child.value) : undefined;
    return markup ?? [{ type: "text", value: child.value }];
  });
}

function bodyOf(markup: string): XmlContent[] | undefined {
  // A title in a title would be read again, and so on.
  const html = htmlIn(toXml(parseHtml(markup.replace(/<(?=\/?title\b)/gi, "&lt;"))));
  return html?.children.flatMap((child) => (child.type === "element" && child.name === "body" ? child.children : []));
}

/** The value of an attribute, "" without one. What was read as HTML has lower-case names. */
export function attribute({ attributes }: Element, name: string): string {
  return attributes[name] ?? attributes[name.toLowerCase()] ?? "";
}
