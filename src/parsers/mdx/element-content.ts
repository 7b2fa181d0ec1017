import { firstFrom } from "./edits.ts";
import { isComponent, isHtml } from "./elements.ts";
import { decodeEntities } from "../../text/entities.ts";
import { isCodeLike } from "./attribute-names.ts";
import { templateText, unescaped } from "./template.ts";
import { partners, type Tag } from "./tag.ts";

const TEMPLATE = /^\{\s*`([\s\S]*)`\s*\}$/;
const NAME_EXPRESSION = /^\s*\{\s*[\w$.]+\s*\}\s*$/;
const STRING_EXPRESSION = /\{\s*(["'`])((?:(?!\1)[^\\])*)\1\s*\}/g;

/** Code of another file, in place of an expression. */
export type ImportedCode = { readonly start: number; readonly end: number; readonly code: string };

/**
 * The code between two tags: the value of a template literal, or text without the tags in it, with what is imported.
 */
export function elementCode(
  page: string,
  tags: readonly Tag[],
  opening: Tag,
  closing: Tag,
  imported: readonly ImportedCode[],
): string {
  const inner = page.slice(opening.end, closing.start);
  const template = TEMPLATE.exec(inner.trim())?.[1];
  if (template !== undefined && imported.length > 0) {
    return [template.replace(/\$\{[^}]*\}/g, "").trim(), ...imported.map(({ code }) => code)].join("\n").trim();
  }
  if (template !== undefined) {
    return unescaped(template).replace(/^\n/, "").trimEnd();
  }
  // An imported file, or one that is fetched.
  if (imported.length === 0 && NAME_EXPRESSION.test(inner)) return "";
  const parts: (Pick<ImportedCode, "start" | "end"> & { readonly code?: string })[] = [...imported];
  const inside = tagsBetween(tags, opening, closing);
  const partner = partners(inside);
  for (const [index, tag] of inside.entries()) {
    // `List<String>` is code, and so is a name that nothing closes.
    const isWhole = tag.kind === "alone" || partner[index] !== -1;
    if (!isHtml(tag.name) && !(isComponent(tag.name) && isWhole)) continue;
    parts.push(tag);
  }
  const read = (start: number, end: number) => decodeEntities(page.slice(start, end).replace(STRING_EXPRESSION, "$2"));
  let code = "";
  let at = opening.end;
  for (const part of parts.toSorted((one, other) => one.start - other.start)) {
    code += read(at, part.start);
    // A file begins its line, whatever stands before the braces that name it.
    if (part.code !== undefined) code = code.replace(/(?<=^|\n)[ \t]+$/, "") + part.code;
    at = part.end;
  }
  code += read(at, closing.start);
  return code.replace(/^[ \t]*\n/, "").trimEnd();
}

/** Whether the content of an element is a template whose lines are code. */
export function isCodeTemplate(inner: string): boolean {
  const start = inner.search(/\S/);
  if (start < 0 || inner[start] !== "{") return false;
  const lines = templateText(inner.trim());
  return lines?.trim().includes("\n") === true && isCodeLike(lines);
}

/** The tags inside of an element. */
function tagsBetween(tags: readonly Tag[], opening: Tag, closing: Tag): readonly Tag[] {
  return tags.slice(firstFrom(tags, opening.start) + 1, firstFrom(tags, closing.start));
}

type Cell = { readonly start: number; readonly end: number };

const PARTS = new Set(["tr", "td", "th", "thead", "tbody", "tfoot", "caption"]);

/**
 * A table of HTML as a Markdown table, its first row as the head. Undefined when its cells hold what no Markdown table can:
 * tables, code blocks.
 */
export function markdownTable(
  tags: readonly Tag[],
  opening: Tag,
  closing: Tag,
): ((textBetween: (start: number, end: number) => string) => string) | undefined {
  const inner = tagsBetween(tags, opening, closing);
  if (inner.some(({ name }) => name === "table" || name === "pre")) return undefined;
  const parts = inner.filter(({ name }) => PARTS.has(name));
  const rows: Cell[][] = [];
  for (const [index, { name, kind, end }] of parts.entries()) {
    if (kind === "close") continue;
    if (name === "tr") rows.push([]);
    else if (name === "td" || name === "th")
      rows.at(-1)?.push({ start: end, end: (parts[index + 1] ?? closing).start });
  }
  if (rows.flat().length === 0) return undefined;
  const caption = { start: opening.end, end: (parts.find(({ name }) => name === "tr") ?? closing).start };
  return (textBetween) => {
    const read = ({ start, end }: Cell) => textBetween(start, end);
    const filled = rows.map((cells) => cells.map(read)).filter((cells) => cells.some((cell) => cell !== ""));
    return [read(caption), markdownRows(filled)].filter((part) => part !== "").join("\n\n");
  };
}

function markdownRows([head = [], ...body]: readonly (readonly string[])[]): string {
  const columns = body.reduce((most, cells) => Math.max(most, cells.length), head.length);
  if (columns === 0) return "";
  const line = (cells: readonly string[]) =>
    `| ${Array.from({ length: columns }, (_, index) => (cells[index] ?? "").replace(/(?<!\\)\|/g, "\\|")).join(" | ")} |`;
  return [line(head), line(Array.from({ length: columns }, () => "---")), ...body.map(line)].join("\n");
}
