import { joinedLines } from "../../text/printable.ts";
import { parseHtml } from "../html/parse-html.ts";
import { htmlToMarkdown } from "../html/to-markdown.ts";
import { inlineTags, withoutInlineTags } from "./inline-tags.ts";

/** A description as Markdown, and where it is published. */
export type Description = {
  readonly markdown: string;
  /** Target of the `[Docs](url)` at its end; "" without one. */
  readonly url: string;
  readonly deprecated: boolean;
};

const DOCS_LINK = "[Docs](";
const COMMENT = /^\s*\/\*\*?|\*\/\s*$/g;
const COMMENT_LINE = /^[ \t]*\*(?!\/) ?/gm;
const HEADING_END = "</h1>";

/** What the block tags of a Javadoc comment say, in words. */
const BLOCK_TAGS: Readonly<Record<string, (text: string) => string>> = {
  param: (text) => text.replace(/^(<?[\w$]+>?)\s*/, (_, name: string) => `- \`${name}\`: `),
  return: (text) => `- Returns: ${text}`,
  returns: (text) => `- Returns: ${text}`,
  throws: (text) => `- Throws ${text}`,
  exception: (text) => `- Throws ${text}`,
  since: (text) => `- Since: ${text}`,
  see: (text) => `- See: ${text.replace("#", ".")}`,
  deprecated: (text) => `- Deprecated: ${text}`,
  apiNote: (text) => `- Note: ${text}`,
  implNote: (text) => `- Note: ${text}`,
  implSpec: (text) => `- Note: ${text}`,
};
/** Code that begins on a line of its own. */
const FENCE = /^ *(?:`{3}|~{3})/m;
/** The end of the text that stands on the line of its tag. */
const LEAD_END = /\n\n|^ *(?:`{3}|~{3})/m;
/** They say nothing to readers. */
const AUTHORS_TAGS = ["author", "version", "serial", "serialData", "serialField", "hidden"];
/** Others are no tags: an annotation in an example looks like one. */
const BLOCK_TAG = new RegExp(`^[ \\t]*@(${[...Object.keys(BLOCK_TAGS), ...AUTHORS_TAGS].join("|")})\\b[ \\t]*`, "gm");

/** Reads a `docu`: HTML with a link to its page, or a Javadoc comment as it stands in the source. */
export function readDescription(docu: string): Description {
  const { text: linked, url } = withoutDocsLink(docu);
  const text = withoutPageFrame(linked.replace(/\r\n?/g, "\n"));
  const isComment = /^\s*\/\*\*/.test(text);
  const body = isComment ? text.replace(COMMENT, "").replace(COMMENT_LINE, "") : text;
  const [description = "", ...tags] = splitTags(body);
  const lines = tags.map(blockTag).filter((line) => line !== "");
  const markdown = [toMarkdown(description), lines.join("\n")].filter((part) => part !== "").join("\n\n");
  const deprecated = lines.some((line) => line.startsWith("- Deprecated")) || /^\W*deprecated\b/i.test(markdown);
  return { markdown, url, deprecated };
}

function withoutDocsLink(docu: string): { readonly text: string; readonly url: string } {
  const trimmed = docu.trimEnd();
  const start = trimmed.lastIndexOf(DOCS_LINK);
  const url = start < 0 ? "" : trimmed.slice(start + DOCS_LINK.length, -1);
  const isLink = start >= 0 && trimmed.endsWith(")") && !/\s/.test(url);
  return isLink ? { text: trimmed.slice(0, start), url } : { text: docu, url: "" };
}

/** Some exports hold a whole page of the help up to its heading, of which only what follows describes anything. */
function withoutPageFrame(text: string): string {
  const body = text.indexOf("<body");
  const end = body < 0 ? -1 : text.indexOf(HEADING_END, body);
  return end < 0 ? text : text.slice(end + HEADING_END.length);
}

/** The text before the first block tag, then each tag with its text. What stands within an inline tag is code, mostly. */
function splitTags(body: string): string[] {
  const inline = inlineTags(body);
  const starts = [...body.matchAll(BLOCK_TAG)].flatMap(({ index }) => {
    while (inline[0] !== undefined && inline[0].end <= index) inline.shift();
    return inline[0] !== undefined && inline[0].start < index ? [] : index;
  });
  return [0, ...starts].map((start, nth) => body.slice(start, starts[nth]));
}

function blockTag(text: string): string {
  const { 0: whole = "", 1: name = "" } = text.matchAll(BLOCK_TAG).next().value ?? [];
  const say = BLOCK_TAGS[name];
  // A type parameter looks like a tag of HTML.
  const html = text.slice(whole.length).replace(/^\s*<(\w+)>/, "&lt;$1&gt;");
  const said = toMarkdown(html);
  if (say === undefined || said === "") return "";
  if (!FENCE.test(said)) return say(joinedLines(said));
  // Code keeps its lines, below those of its item.
  const end = said.search(LEAD_END);
  const rest = said.slice(end).replace(/^\n+/, "");
  return `${say(joinedLines(said.slice(0, end).trim())).trimEnd()}\n\n${rest.replace(/^(?=.)/gm, "  ")}`;
}

function toMarkdown(html: string): string {
  return htmlToMarkdown(parseHtml(withoutInlineTags(html)));
}
