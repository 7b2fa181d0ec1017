import { type Edit, PARAGRAPH, type Range, replaced } from "./edits.ts";
import { isComponent, isHtml } from "./elements.ts";
import { decodeEntities } from "../../text/entities.ts";
import { blankBullets, withoutLongData } from "../../text/markdown.ts";
import { customKind, isPlainEscape, meaningfulAlternative, titleIn } from "./inline-rules.ts";
import type { PageExpression } from "./expand.ts";
import type { PageToken } from "./known-shapes.ts";
import { declaredNames, expressionOf, expressionText, mayShow, statementsEnd } from "./javascript.ts";
import type { Scope } from "./scope.ts";
import { htmlTag, type Tag, TagReader } from "./tag.ts";
import { TokenParts } from "./token-parts.ts";

export type Link = Range & {
  readonly label: Range;
  /** Undefined: it is that of a definition. */
  readonly destination: string | undefined;
  /** The label of the definition; "" where it is that of the link. */
  readonly reference: string;
};

// Names that every MDX page may use, and those of JavaScript itself that pages do use.
const GLOBALS = [
  ...["props", "frontMatter", "contentTitle", "toc", "React", "require", "process", "window", "document"],
  ...["Array", "Date", "JSON", "Math", "Number", "Object", "String"],
];
const HEADING_ID = /\\?\{#[^{}\n]*\}[ \t]*$/;
const COLONS_MIN = 3;
const TABLE_ROW = /^[ \t]*(?:>[ \t]*)*\|/;
// Some write spaces in the paths of images, which Markdown does not allow.
const LOOSE_IMAGE = /!\[([^[\]\n]*)\]\((?:[^()\n]|\([^()\n]*\))*\)/g;

/** What micromark found on a page, as edits, and what of it needs the whole page to be judged. */
export class Markup {
  readonly page: string;
  readonly edits: Edit[] = [];
  readonly tags: Tag[] = [];
  readonly fences: Range[] = [];
  readonly links: Link[] = [];
  /** What the names of the page stand for. */
  readonly scope: Scope;
  /** The text of the first heading of level 1. */
  heading: Range | undefined;
  readonly #tagReader: TagReader;
  readonly #expressions: PageExpression[] = [];
  readonly #declared = new Set(GLOBALS);
  readonly #destinations = new Map<string, string>();
  readonly #parts: TokenParts;
  #fenceMarks = 0;
  /** Code spans of the paragraph that is being read. */
  #codeSpans: Range[] = [];

  constructor(page: string, scope: Scope) {
    this.page = page;
    this.scope = scope;
    this.#tagReader = new TagReader(page, scope);
    this.#parts = new TokenParts(page);
  }

  /** Takes what was found on a piece of the page. */
  take(tokens: readonly PageToken[]): void {
    for (const token of tokens) this.#take(token);
  }

  /** Those that may show something else than they say. */
  get expressions(): readonly PageExpression[] {
    return this.#expressions.filter(({ expression }) => mayShow(expression, this.#declared));
  }

  /** Where the definition leads that a reference names; "" for none. */
  destinationOf(label: string): string {
    return this.#destinations.get(labelName(label)) ?? "";
  }

  #take(token: PageToken): void {
    const start = token.start.offset;
    const end = token.end.offset;
    switch (token.type) {
      case "codeFencedFenceSequence":
        this.#fenceMarks++;
        break;
      case "codeFenced":
        this.#fence(start, end);
        break;
      case "formulaLines":
        this.#formula(start, end);
        break;
      case "codeText":
        this.#codeSpan(start, end);
        break;
      case "mdxjsEsm":
        for (const name of declaredNames(token.estree, this.scope)) this.#declared.add(name);
        this.#replace(start, end);
        break;
      case "mdxFlowExpression":
      case "mdxTextExpression":
        this.#expression(token);
        break;
      case "comment":
        this.edits.push({ start, end, puts: [PARAGRAPH] });
        break;
      case "htmlText":
        this.#html(start, end);
        break;
      case "autolink":
        if (/^<data:/i.test(this.page.slice(start, start + 6))) this.#replace(start, end);
        break;
      case "characterReference": {
        const character = decodeEntities(this.page.slice(start, end));
        this.#replace(start, end, character === "|" && this.#isInRow(start) ? "\\|" : character);
        break;
      }
      case "hardBreakEscape":
        this.#replace(start, end);
        break;
      case "characterEscape":
        if (isPlainEscape(this.page, start)) this.#replace(start, start + 1);
        break;
      case "definition":
        this.#definition(start, end);
        break;
      case "image":
        this.#image(start, end);
        break;
      case "link":
        this.#link(start, end);
        break;
      case "paragraph":
        this.#statements(start, end);
        this.#looseImages(start, end);
        break;
      case "admonition":
        this.#admonition(start, end);
        break;
      case "atxHeading":
        this.#headingId(start, end);
        if (this.#parts.textOf("atxHeadingSequence") === "#") this.heading ??= this.#parts.rangeOf("atxHeadingText");
        break;
      case "setextHeading":
        if (this.#parts.textOf("setextHeadingLineSequence").startsWith("=")) {
          this.heading ??= this.#parts.rangeOf("setextHeadingText");
        }
        this.#headingId(start, this.#parts.rangeOf("setextHeadingText")?.end ?? end);
        break;
      default: {
        const tag = this.#tagReader.take(token);
        if (tag !== undefined) this.tags.push(tag);
      }
    }
    this.#parts.take(token);
  }

  #replace(start: number, end: number, text = ""): void {
    this.edits.push(replaced(start, end, text));
  }

  /** A code block, byte for byte, from the start of its first line; closed, if it is not. */
  #fence(at: number, behind: number): void {
    const end = this.page[behind] === "\n" ? behind + 1 : behind;
    const start = this.page.lastIndexOf("\n", at - 1) + 1;
    const isClosed = this.#fenceMarks > 1;
    this.#fenceMarks = 0;
    const lines = this.page.slice(start, end).replace(/\n$/, "");
    const mark = /^(`+|~+)/.exec(this.page.slice(at, end))?.[0] ?? "";
    const closing = isClosed ? "" : `${blankBullets(this.page.slice(start, at))}${mark}\n`;
    this.fences.push({ start, end });
    this.edits.push({ start, end, puts: [{ kind: "code", lines: `${lines}\n${closing}` }] });
  }

  /** As it is, from the start of its first line. */
  #formula(at: number, behind: number): void {
    const end = this.page[behind] === "\n" ? behind + 1 : behind;
    const start = this.page.lastIndexOf("\n", at - 1) + 1;
    this.edits.push({ start, end, puts: [{ kind: "code", lines: `${this.page.slice(start, behind)}\n` }] });
  }

  #codeSpan(start: number, end: number): void {
    this.#codeSpans.push({ start, end });
    const span = this.page.slice(start, end);
    if (!span.includes("data:")) return;
    this.edits.push({ start, end, puts: [{ kind: "span", text: withoutLongData(span) }] });
  }

  #expression({ start, end, estree }: PageToken): void {
    const source = this.page.slice(start.offset, end.offset);
    const inRow = this.#isInRow(start.offset);
    const puts = () => {
      const text = expressionText(estree, this.#declared) ?? source;
      return [{ kind: "text", text: inRow ? text.replace(/(?<!\\)\|/g, "\\|") : text } as const];
    };
    this.edits.push({ start: start.offset, end: end.offset, puts });
    const expression = expressionOf(estree);
    if (expression !== undefined) this.#expressions.push({ start: start.offset, end: end.offset, expression });
  }

  /** Comments and declarations go; tags that HTML has and JSX has not are tags all the same. */
  #html(start: number, end: number): void {
    const tag = htmlTag(this.page.slice(start, end), start);
    if (tag === undefined) this.#replace(start, end);
    else if (isHtml(tag.name) || isComponent(tag.name)) this.tags.push(tag);
  }

  #definition(start: number, end: number): void {
    const label = this.#parts.textOf("definitionLabelString");
    // A footnote.
    if (label.startsWith("^")) return;
    const name = labelName(label);
    if (!this.#destinations.has(name)) this.#destinations.set(name, this.#parts.textOf("definitionDestinationString"));
    this.#replace(start, end);
  }

  #image(start: number, end: number): void {
    this.#replace(start, end, meaningfulAlternative(decodeEntities(this.#parts.textOf("labelText"))));
  }

  #link(start: number, end: number): void {
    const label = this.#parts.rangeOf("labelText");
    // A footnote.
    if (label === undefined || this.page[label.start] === "^") return;
    const destination = this.#parts.rangeOf("resource") && this.#parts.textOf("resourceDestinationString");
    this.links.push({ start, end, label, destination, reference: this.#parts.textOf("referenceString") });
  }

  /** Statements that MDX refuses are a paragraph, which is in no list: there they are text. */
  #statements(start: number, end: number): void {
    if (this.page.slice(this.page.lastIndexOf("\n", start - 1) + 1, start).trim() !== "") return;
    const behind = statementsEnd(this.page, start, end);
    if (behind > start) this.#replace(start, behind);
  }

  #looseImages(start: number, end: number): void {
    const spans = this.#codeSpans;
    this.#codeSpans = [];
    const paragraph = this.page.slice(start, end);
    if (!paragraph.includes("![")) return;
    for (const { 0: image, 1: alternative = "", index } of paragraph.matchAll(LOOSE_IMAGE)) {
      const at = start + index;
      if (spans.some((span) => span.start < at && at < span.end)) continue;
      this.#replace(at, at + image.length, meaningfulAlternative(decodeEntities(alternative)));
    }
  }

  /** The title, and a kind that is none of Docusaurus's, as a paragraph of its own, in the quote or the list that it stands in. */
  #admonition(start: number, end: number): void {
    const at = this.#parts.rangeOf("admonitionTitle")?.start ?? end;
    const title = titleIn(this.page.slice(at, end));
    const [from, to] = [at + title.start, at + title.end];
    const words = this.page.slice(from, to).trim();
    const kind = customKind(this.#parts.textOf("admonitionKind"), words);
    if (kind === "" && words === "") return this.#replace(start, end);
    const lineStart = this.page.lastIndexOf("\n", start - 1) + 1;
    const before = this.page.slice(lineStart, start);
    const prefix = blankBullets(before);
    const opening = `${prefix === before ? `\n${prefix}` : ""}**${kind}`;
    const closing = `**\n${prefix.trimEnd()}`;
    if (words === "") return this.#replace(start, end, opening + closing);
    for (const { index } of this.page.slice(from, to).matchAll(/\*\*/g)) this.#replace(from + index, from + index + 2);
    // `::: a title`
    const isKind = this.page[start + COLONS_MIN] !== " ";
    this.#replace(start, from, `${opening}${kind === "" ? "" : isKind ? ": " : " "}`);
    this.#replace(to, end, closing);
  }

  #isInRow(at: number): boolean {
    return TABLE_ROW.test(this.page.slice(this.page.lastIndexOf("\n", at - 1) + 1, at));
  }

  #headingId(start: number, end: number): void {
    const heading = this.page.slice(start, end);
    const id = heading.endsWith("}") || heading.trimEnd().endsWith("}") ? HEADING_ID.exec(heading) : null;
    if (id !== null) this.#replace(start + id.index, end);
  }
}

/** Labels are the same whatever their case and spaces. */
function labelName(label: string): string {
  return label.replace(/\s+/g, " ").trim().toLowerCase();
}
