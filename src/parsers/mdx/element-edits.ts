import { codeBlock, codeSpan } from "../../text/markdown.ts";
import { leadsOutside, meaningfulAlternative } from "./inline-rules.ts";
import { elementCode, type ImportedCode, isCodeTemplate, markdownTable } from "./element-content.ts";
import { type Edit, firstFrom, PARAGRAPH, type Put } from "./edits.ts";
import { hasNoText, isCode, isComponent, isHtml, isImage, mayStayOpen, separation } from "./elements.ts";
import { explanation, shownPuts, wordsInstead } from "./shown-puts.ts";
import { decodeEntities } from "../../text/entities.ts";
import { joinedLines } from "../../text/printable.ts";
import type { Markup } from "./markup.ts";
import { type ForeignParts, foreignPuts } from "./foreign.ts";
import { fenceFinder, oneLineFinder } from "./finders.ts";
import { partners, type Tag } from "./tag.ts";

/** Reads text that an element says. */
type Readers = {
  /** What stands from one place of the page to another, as one line. */
  readonly between: (start: number, end: number) => string;
  /** The value of an attribute, which may have several lines. */
  readonly attribute: (value: string) => string;
};

const HEADING = /^h([1-6])$/;
/** The row below the head of a table. */
const MARKDOWN_TABLE = /\n[ \t]*\|[ \t]*:?-/;
const LANGUAGE = /language-([\w+#-]+)/;

/** What becomes of the tags of a page, and of expressions that show something of another file. */
export function elementEdits(markup: Markup, read: Readers, foreign: ForeignParts): Edit[] {
  const { page, tags } = markup;
  const expressions = markup.expressions.filter(({ start }) => foreign.has(start));
  let nextExpression = 0;
  const partner = partners(tags);
  const kindOfLine = oneLineFinder(page);
  const hasFence = fenceFinder(markup);
  const edits: Edit[] = [];
  const lists: { readonly isOrdered: boolean; items: number }[] = [];
  /** Code, and elements without text, end here: what stands in them is not read. */
  let skipUntil = -1;
  /** Headings and tables end here: what stands in them stands on one line. */
  let oneLineUntil = -1;
  /** A link ends here: another one cannot stand in it. */
  let linkUntil = -1;

  for (const [index, tag] of tags.entries()) {
    showExpressions(tag.start);
    if (tag.start < skipUntil) continue;
    const closing = tag.kind === "open" ? tags[partner[index] ?? -1] : undefined;
    if (!isMarkup(tag, closing !== undefined) && !foreign.has(tag.start)) continue;
    const line = lineAt(tag.start);
    const whole = closing === undefined ? undefined : readWhole(tag, closing, line !== undefined);
    if (whole !== undefined && closing !== undefined) {
      if (tag.name === "a") linkUntil = closing.end;
      if (typeof whole === "function") oneLineUntil = Math.max(oneLineUntil, closing.end);
      else skipUntil = closing.end;
      const puts = typeof whole === "function" ? whole : [...whole, ...pagesIn(tag, closing, line !== undefined)];
      edits.push({ start: tag.start, end: closing.end, puts: typeof puts === "function" ? puts : onLine(puts, line) });
      continue;
    }
    const puts = putsOf(tag, tags[partner[index] ?? -1], line !== undefined);
    edits.push({ start: tag.start, end: tag.end, puts: onLine(puts, line) });
  }
  showExpressions(page.length);
  return edits;

  /** Those before `until` that nothing else has read. */
  function showExpressions(until: number): void {
    for (; (expressions[nextExpression]?.start ?? until) < until; nextExpression++) {
      const { start, end } = expressions[nextExpression] ?? { start: 0, end: 0 };
      if (start < skipUntil) continue;
      const line = lineAt(start);
      edits.push({ start, end, puts: onLine(foreignPuts(foreign.get(start) ?? [], "", line !== undefined), line) });
    }
  }

  /** What the line is that must not end, if it is one. */
  function lineAt(at: number): Line {
    return kindOfLine(at) ?? (at < oneLineUntil ? "element" : undefined);
  }

  /** What is shown between tags whose content is not read as text: it would stand nowhere else. */
  function pagesIn(opening: Tag, closing: Tag, oneLine: boolean): readonly Put[] {
    if (foreign.size === 0) return [];
    const inside = tags.slice(firstFrom(tags, opening.end), firstFrom(tags, closing.start));
    const parts = inside.flatMap(({ start }) => foreign.get(start) ?? []).filter(({ kind }) => kind === "page");
    return foreignPuts(parts, "", oneLine);
  }

  function importedCode(from: number, to: number): ImportedCode[] {
    return expressions.slice(firstFrom(expressions, from), firstFrom(expressions, to)).map(({ start, end }) => {
      const codes = (foreign.get(start) ?? []).flatMap((part) => (part.kind === "code" ? [part.code] : []));
      return { start, end, code: codes.join("\n").trimEnd() };
    });
  }

  /** What is put in place of an element together with its content; undefined for those that are read tag by tag. */
  function readWhole(tag: Tag, closing: Tag, oneLine: boolean): Edit["puts"] | undefined {
    const { name } = tag;
    if (hasNoText(name)) return [];
    const imported = isCode(name) || name === "code" ? importedCode(tag.end, closing.start) : [];
    const isShort = name === "code" && !imported.some(({ code }) => code.trim().includes("\n"));
    if (isShort || ((isCode(name) || name === "code") && oneLine)) {
      const code = joinedLines(elementCode(page, tags, tag, closing, imported)).trim();
      const span = code === "" ? "" : codeSpan(code.includes("`") ? ` ${code} ` : code);
      return [{ kind: "span", text: span }];
    }
    const isBlock = name === "code" || (isCode(name) && !hasFence(tag.end, closing.start));
    if (isBlock || (!oneLine && isComponent(name) && isCodeTemplate(page.slice(tag.end, closing.start)))) {
      return elementBlock(tag, closing, imported);
    }
    const href = tag.attributes.get("href") ?? "";
    if (
      name === "a" &&
      tag.start >= linkUntil &&
      leadsOutside(href) &&
      !page.slice(tag.end, closing.start).includes("\n\n")
    ) {
      const link = (words: string) => text(words === "" ? "" : `[${words}](${href})`);
      return () => [link(read.between(tag.end, closing.start))];
    }
    const level = HEADING.exec(name === "Heading" ? (tag.attributes.get("as") ?? "") : name)?.[1];
    if (level !== undefined && !oneLine) {
      const words = () => read.between(tag.end, closing.start) || (tag.attributes.get("children") ?? "");
      return () => [PARAGRAPH, text(`${"#".repeat(Number(level))} ${words()}`), PARAGRAPH];
    }
    if (name !== "table" || oneLine || hasFence(tag.end, closing.start)) return undefined;
    const rows = markdownTable(tags, tag, closing);
    if (rows === undefined || MARKDOWN_TABLE.test(page.slice(tag.end, closing.start))) return undefined;
    return () => [PARAGRAPH, text(rows(read.between)), PARAGRAPH];
  }

  function elementBlock(tag: Tag, closing: Tag, imported: readonly ImportedCode[]): readonly Put[] {
    const code = elementCode(page, tags, tag, closing, imported);
    const { attributes } = tag;
    const classes = `${attributes.get("className") ?? attributes.get("class") ?? ""} ${page.slice(tag.start, closing.start)}`;
    const [part] = foreign.get(imported[0]?.start ?? -1) ?? [];
    const ending = part?.kind === "code" ? part.language : "";
    const language = attributes.get("language") ?? LANGUAGE.exec(classes)?.[1] ?? ending;
    const block: Put[] = code.trim() === "" ? [] : [{ kind: "page", markdown: codeBlock(code, language) }];
    const titles = shown(tag, true);
    // Without a title it stands in the list or the quote that its tag stands in.
    const before = titles.length > 0 || block.length === 0 ? [PARAGRAPH, ...titles] : [];
    return [...before, ...block, ...foreignPuts(foreign.get(tag.start) ?? [], language, false)];
  }

  function putsOf(tag: Tag, other: Tag | undefined, oneLine: boolean): readonly Put[] {
    const parts = foreign.get(tag.start);
    if (parts === undefined || tag.kind === "close") return ownPuts(tag, other, oneLine);
    // What a page is given it shows itself.
    const own = parts.some((part) => part.kind === "page" && part.isElement) ? [] : ownPuts(tag, other, oneLine);
    return [...own, ...foreignPuts(parts, tag.attributes.get("language") ?? "", oneLine)];
  }

  function ownPuts(tag: Tag, other: Tag | undefined, oneLine: boolean): readonly Put[] {
    const { name, kind, end } = tag;
    const closing = kind === "open" ? other : undefined;
    const hasContent = closing !== undefined && hasText(end, closing.start);
    if (isImage(name)) return [text(meaningfulAlternative(decodeEntities(tag.attributes.get("alt") ?? "")))];
    if (name === "ul" || name === "ol") {
      if (closing !== undefined) lists.push({ isOrdered: name === "ol", items: itemsBefore(tag) });
      else if (kind === "close") lists.pop();
    }
    if (name === "li") return kind === "open" ? [bullet()] : [];
    const mark = tag.isFlow ? "\n\n" : separation(name);
    const edge: readonly Put[] = mark === undefined ? [] : [{ kind: "break", mark }];
    if (kind === "close") {
      const explained =
        other === undefined || isBox(other, tag.end, oneLine)
          ? []
          : [text(explanation(other, markup.scope, read.attribute))];
      // Components on one line are boxes of their own; text would run together.
      const endsBox = isComponent(name) && page[end] === "<" && page[end + 1] !== "/";
      return [...explained, ...(endsBox && mark === undefined ? [{ kind: "break", mark: "\n" } as const] : edge)];
    }
    if (isBox(tag, closing?.end ?? end, oneLine)) return [...edge, ...shown(tag, hasContent)];
    return hasContent ? edge : [...edge, text(wordsInstead(tag, markup.scope, read.attribute))];
  }

  function hasText(start: number, end: number): boolean {
    let at = start;
    while (at < end && /\s/.test(page[at] ?? "")) at++;
    return at < end;
  }

  /** Whether it has lines of its own: in the middle of a sentence a title is a tooltip. */
  function isBox({ isFlow, start }: Tag, end: number, oneLine: boolean): boolean {
    if (oneLine || isFlow) return !oneLine;
    return (
      /(?:^|\n|>)[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*$/.test(page.slice(Math.max(0, start - 80), start)) &&
      !/^[ \t]*[\p{L}\p{N}.,;:]/u.test(page.slice(end, end + 80))
    );
  }

  function shown(tag: Tag, hasContent: boolean): Put[] {
    return shownPuts(tag, hasContent, markup.scope, read.attribute);
  }

  function bullet(): Put {
    const list = lists.at(-1);
    if (list !== undefined) list.items++;
    const mark = list?.isOrdered === true ? `${list.items}. ` : "- ";
    return { kind: "item", bullet: `${"  ".repeat(Math.max(0, lists.length - 1))}${mark}` };
  }
}

/**
 * A tag without a partner and with nothing of markup but the brackets is a placeholder or a type in prose: `List<String>`,
 * `<api-key>`.
 */
function isMarkup({ name, kind, attributes, isFlow }: Tag, isPaired: boolean): boolean {
  if (kind !== "open" || name === "" || isPaired || mayStayOpen(name)) return true;
  if (isFlow && (isHtml(name) || /^[A-Z]/.test(name))) return true;
  return [...attributes.values()].some((value) => value !== undefined);
}

function itemsBefore({ attributes }: Tag): number {
  return Math.max(0, Number.parseInt(attributes.get("start") ?? "1", 10) - 1 || 0);
}

function text(words: string): Put {
  return { kind: "text", text: words };
}

type Line = "row" | "heading" | "element" | undefined;

/** Where a line must not end, and in a row, where a bar would end its cell. */
function onLine(puts: readonly Put[], line: Line): readonly Put[] {
  if (line === undefined) return puts;
  return puts.map((put) => {
    if (put.kind === "break" || put.kind === "item") return { kind: "break", mark: " " };
    if (line !== "row" || !("text" in put)) return put;
    return { ...put, text: put.text.replace(/(?<!\\)\|/g, "\\|") };
  });
}
