import { fileOfSnippet, snippetHtml } from "./snippet.ts";

/** `{@code x}`, `{@link Class#member label}`: where it stands, what it is called, and what it holds as it stands there. */
type InlineTag = {
  readonly start: number;
  /** Behind its closing brace. */
  readonly end: number;
  readonly name: string;
  readonly text: string;
};

const START = /\{@(\w+)/g;

/** A text with HTML for its inline tags. */
export function withoutInlineTags(text: string): string {
  const parts: string[] = [];
  let from = 0;
  for (const tag of inlineTags(text)) {
    parts.push(text.slice(from, tag.start), html(tag));
    from = tag.end;
  }
  return parts.join("") + text.slice(from);
}

/** The inline tags of a text that lie in no other; braces within them come in pairs, for code has some of its own. */
export function inlineTags(text: string): InlineTag[] {
  const tags: InlineTag[] = [];
  const ends = pairs(text);
  let before = 0;
  for (const { index: start, 0: opening, 1: name = "" } of text.matchAll(START)) {
    const end = ends.get(start);
    if (start < before || end === undefined) continue;
    before = end + 1;
    tags.push({ start, end: before, name, text: text.slice(start + opening.length, end) });
  }
  return tags;
}

/** The files that hold the code of the snippets of a description. */
export function filesOfSnippets(docu: string): string[] {
  if (!docu.includes("{@snippet")) return [];
  return inlineTags(docu).flatMap(({ name, text }) => (name === "snippet" ? (fileOfSnippet(text) ?? []) : []));
}

/** Where each brace is closed. */
function pairs(text: string): ReadonlyMap<number, number> {
  const ends = new Map<number, number>();
  const open: number[] = [];
  for (const { index, 0: brace } of text.matchAll(/[{}]/g)) {
    const start = brace === "{" ? open.push(index) : open.pop();
    if (brace === "}" && start !== undefined) ends.set(start, index);
  }
  return ends;
}

function html({ name, text }: InlineTag): string {
  if (name === "snippet") return snippetHtml(text);
  // Of several lines the first has its indentation, too.
  const inner = text.includes("\n") ? text.replace(/^[ \t]*\n/, "").trimEnd() : text.trim();
  const escaped = inner.replaceAll("<", "&lt;");
  if (name === "code" || name === "literal" || name === "value") return `<code>${escaped}</code>`;
  const [target = "", ...label] = escaped.trim().split(/\s+/);
  return name.startsWith("link") ? label.join(" ") || target.replace(/^#/, "").replace("#", ".") : escaped.trim();
}
