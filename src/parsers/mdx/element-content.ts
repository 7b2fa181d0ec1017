import { firstFrom } from "./first-from.ts";
import { isComponent, isHtml } from "./elements.ts";
import { decodeEntities } from "../../text/entities.ts";
import { partners, type Tag } from "./tag.ts";

const TEMPLATE = /^\{\s*`([\s\S]*)`\s*\}$/;
const NAME_EXPRESSION = /^\s*\{\s*[\w$.]+\s*\}\s*$/;
const STRING_EXPRESSION = /\{\s*(["'`])((?:(?!\1)[^\\])*)\1\s*\}/g;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "" };

/** The code between two tags: the value of a template literal, or text without the tags in it. */
export function elementCode(page: string, tags: readonly Tag[], opening: Tag, closing: Tag): string {
  const inner = page.slice(opening.end, closing.start);
  const template = TEMPLATE.exec(inner.trim())?.[1];
  if (template !== undefined) {
    return template
      .replace(/\\(.)/gs, (_, character: string) => ESCAPES[character] ?? character)
      .replace(/^\n/, "")
      .trimEnd();
  }
  // An imported file, or one that is fetched.
  if (NAME_EXPRESSION.test(inner)) return "";
  let code = "";
  let at = opening.end;
  const inside = tagsBetween(tags, opening, closing);
  const partner = partners(inside);
  for (const [index, tag] of inside.entries()) {
    // `List<String>` is code, and so is a name that nothing closes.
    const isWhole = tag.kind === "alone" || partner[index] !== -1;
    if (!isHtml(tag.name) && !(isComponent(tag.name) && isWhole)) continue;
    code += page.slice(at, tag.start);
    at = tag.end;
  }
  code += page.slice(at, closing.start);
  return decodeEntities(code.replace(STRING_EXPRESSION, "$2"))
    .replace(/^[ \t]*\n/, "")
    .trimEnd();
}

/** The tags inside of an element. */
export function tagsBetween(tags: readonly Tag[], opening: Tag, closing: Tag): readonly Tag[] {
  return tags.slice(firstFrom(tags, opening.start) + 1, firstFrom(tags, closing.start));
}

/** Code on one line, between backticks longer than any in it. */
export function codeSpan(code: string): string {
  const line = code.replace(/\s*\n\s*/g, " ").trim();
  if (line === "") return "";
  const longest = (line.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
  const mark = "`".repeat(longest + 1);
  return longest === 0 ? `${mark}${line}${mark}` : `${mark} ${line} ${mark}`;
}
