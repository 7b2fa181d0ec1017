/** How much of a line's end is looked at: a word is no longer. */
const WORD_CHARACTERS_MAX = 60;
const WIDE = /[\u3000-\u9fff\uff00-\uffef]/;
const HYPHEN_LAST = /[\p{L}\p{N}][-\u2010\u00ad]$/u;
/** `Ein- und Ausgabe` */
const CONJUNCTION = /^(?:and|or|und|oder|bzw)\b/;

/**
 * A text with its next line. A word that was parted at the end of a line is whole again; `compounds`, the words with a
 * hyphen that the document has, in lower case, keep theirs.
 */
export function appended(text: string, next: string, compounds: ReadonlySet<string>): string {
  if (text === "") return next;
  // Some put a hyphen behind a stroke at which they end a line.
  if (isUrlParted(text, next)) return (/[/.?&=]-$/.test(text) && /^\w/.test(next) ? text.slice(0, -1) : text) + next;
  const end = text.slice(-WORD_CHARACTERS_MAX);
  const isParted = HYPHEN_LAST.test(end) && /^[\p{L}\p{N}]/u.test(next) && !CONJUNCTION.test(next);
  if (isParted) return (isHyphenated(end, next, compounds) ? text.slice(0, -1) : text.replace(/\u00ad$/, "-")) + next;
  return text + (WIDE.test(end.at(-1) ?? "") && WIDE.test(next[0] ?? "") ? "" : " ") + next;
}

/** How much of a line's end is looked at for an address, and what it looks like. */
const URL_CHARACTERS_MAX = 500;
const URL_LAST = /(?:https?|ftp):\/\/\S*$/;
/** Characters that an address ends with only where it goes on; others may end one before a word, but not before the rest of a path. */
const OPEN_END = /[&=_%#~@+-]$|:\/\/$/;
const PATH_END = /[/?.]$/;
/** The rest of a path: a name with a stroke, an ending or a value in it. */
const REST = /^[\w~%+@-]+(?:[/?&=#_]|\.[a-z0-9]{2,5}(?:[/?#.,;)]|\s|$))/i;
const SENTENCE_START = /^\p{Lu}\p{Ll}*\s+\p{Ll}/u;
const OPEN_START = /^[/?&=#_%][\w~%@-]/;

/** Whether an address goes on in the next line: a blank would make two of it. */
function isUrlParted(text: string, next: string): boolean {
  if (!text.includes("://", text.length - URL_CHARACTERS_MAX)) return false;
  const url = URL_LAST.exec(text.slice(-URL_CHARACTERS_MAX))?.[0];
  if (url === undefined || /^(?:https?|ftp|www)\b/i.test(next)) return false;
  if (OPEN_START.test(next)) return true;
  if (OPEN_END.test(url)) return /^[\w~%@-]/.test(next) && !SENTENCE_START.test(next);
  // Of the cell of a table that has nothing else.
  const isAlone = text === url && /^\S+$/.test(next);
  return (PATH_END.test(url) || (isAlone && /[/=?]/.test(next))) && REST.test(next);
}

/** Whether the hyphen is there only because the line ended. */
function isHyphenated(end: string, next: string, compounds: ReadonlySet<string>): boolean {
  if (end.endsWith("\u00ad")) return true;
  const [word = "", before = ""] = end
    .slice(0, -1)
    .split(/[^\p{L}]+/u)
    .reverse();
  const rest = /^\p{L}+/u.exec(next)?.[0] ?? "";
  if (compounds.has(`${word}-${rest}`.toLowerCase())) return false;
  if (/\p{Ll}$/u.test(word) && /^\p{Ll}/u.test(rest)) return true;
  // In capitals, in a line of capitals: `ARE DIS-`, `CLAIMED`.
  return [before, word, rest].every((part) => /^\p{Lu}{2,}$/u.test(part));
}

/** The words of lines that have a hyphen elsewhere than at a line's end. */
export function compoundsOf(lines: readonly { readonly text: string }[]): Set<string> {
  const compounds = new Set<string>();
  for (const { text } of lines) {
    if (!text.includes("-")) continue;
    for (const word of text.toLowerCase().split(/[^\p{L}-]+/u)) {
      const parts = word.split("-");
      for (const [index, part] of parts.entries()) {
        const next = parts[index + 1] ?? "";
        if (part !== "" && next !== "") compounds.add(`${part}-${next}`);
      }
    }
  }
  return compounds;
}
