import type { Range } from "./edits.ts";

/** The alternative text of an image, unless it is a file name or a single word such as "screenshot". */
export function meaningfulAlternative(text: string): string {
  const alternative = text.replace(/\s+/g, " ").trim();
  const isName = /\.(?:png|jpe?g|gif|svg|webp|avif)$/i.test(alternative);
  const saysSomething = hasTwoWords(alternative) || /[\u3040-\u9fff]{3}/.test(alternative);
  return saysSomething && !isName ? alternative : "";
}

/** In three steps: one pattern for all would try each pair of places. */
function hasTwoWords(text: string): boolean {
  const word = text.search(/\p{L}{2}/u);
  const gap = word < 0 ? -1 : text.slice(word).search(/[\s_]/);
  return gap >= 0 && /\p{L}{2}/u.test(text.slice(word + gap));
}

/** Escapes go where the character means itself without them: `ON\_CLOSE` is written so for renderers, not for readers. */
export function isPlainEscape(page: string, at: number): boolean {
  const character = page[at + 1] ?? "";
  const next = page[at + 2] ?? "";
  if ("<>{}=&$%@~^:;,?\"'/()".includes(character)) return true;
  if (character === "!") return next !== "[";
  if (character === "_") return /\w/.test(page[at - 1] ?? "") && /\w/.test(next);
  if (character === "\\") return /\w/.test(next);
  // Those that make a heading or a list at the start of a line.
  return "-+#.".includes(character) && !/(?:^|\n)[ \t]*\d*$/.test(page.slice(Math.max(0, at - 20), at));
}

const ATTRIBUTES = /^\{[^{}]*\}$/;
/** The last one. */
const TITLE_ATTRIBUTE = /^.*\btitle="([^"{}]*)"/s;

/** Where the title of an admonition stands in ` Title`, `[Title]{.class}` or `{title="Title"}`. */
export function titleIn(source: string): Range {
  const trimmed = source.trim();
  const attribute = ATTRIBUTES.test(trimmed) ? TITLE_ATTRIBUTE.exec(trimmed)?.[1] : undefined;
  if (attribute !== undefined) {
    const start = source.indexOf('title="') + 'title="'.length;
    return { start, end: start + attribute.length };
  }
  const start = source.length - source.trimStart().length;
  const { length } = source.replace(/\{[^{}]*\}\s*$/, "").trimEnd();
  return source[start] === "[" && source[length - 1] === "]"
    ? { start: start + 1, end: length - 1 }
    : { start: Math.min(start, length), end: length };
}

/** Kinds of admonitions that every site has, and boxes that only say how something is laid out. */
const KNOWN_KINDS = new Set(
  (
    "note tip info warning danger caution important success secondary " +
    "details tabs tab code-group columns column cards card grid div container center left right row col raw v-pre"
  ).split(" "),
);

/** The kind of an admonition as a reader must know it: "" for those of Docusaurus, and where the title says it. */
export function customKind(kind: string, title: string): string {
  const word = kind.toLowerCase();
  const words = (text: string) => ` ${text.toLowerCase().replace(/[^a-z\d]+/g, " ")} `;
  const isSaid = KNOWN_KINDS.has(word) || words(title).includes(words(kind));
  return isSaid || !/[a-z]/.test(word) ? "" : kind;
}

/** Whether a link is of use without the site: it leads out of it. */
export function leadsOutside(destination: string): boolean {
  return /^(?:https?|ftp|mailto):/i.test(destination);
}
