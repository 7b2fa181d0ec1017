import { blankBullets, headingOf, withoutDataUris } from "../../text/markdown.ts";

/** A part of a page. */
export type Range = { readonly start: number; readonly end: number };

/** A part of what is written in place of markup. */
export type Put =
  /** Prose; code and breaks are not made of it. */
  | { readonly kind: "text"; readonly text: string }
  /** Inline code, as it is. */
  | { readonly kind: "span"; readonly text: string }
  /** Lines as they are, with their line ends. */
  | { readonly kind: "code"; readonly lines: string }
  /** What another page says: Markdown, which stays as it is. */
  | { readonly kind: "page"; readonly markdown: string }
  /** Another paragraph or line begins; where a line must not end, a space. */
  | { readonly kind: "break"; readonly mark: "\n\n" | "\n" | " " }
  /** An item of a list begins. */
  | { readonly kind: "item"; readonly bullet: string };

/** What becomes of the characters of a page from `start` to before `end`. What is not edited stays. */
export type Edit = Range & {
  /** In place of them; asked for when the whole page has been read, where it is a function. */
  readonly puts: readonly Put[] | (() => readonly Put[]);
};

export function replaced(start: number, end: number, text = ""): Edit {
  return { start, end, puts: text === "" ? [] : [{ kind: "text", text }] };
}

export const PARAGRAPH: Put = { kind: "break", mark: "\n\n" };

/** In the order in which they are carried out; an edit comes before those inside of it. */
export function ordered(edits: readonly Edit[]): readonly Edit[] {
  return edits.toSorted((one, other) => one.start - other.start || other.end - one.end);
}

/** The index of the first of `parts`, which are in order, that begins at `start` or behind it. A page may have very many. */
export function firstFrom(parts: readonly { readonly start: number }[], start: number): number {
  let low = 0;
  let high = parts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((parts[middle]?.start ?? Number.POSITIVE_INFINITY) < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The page from `start` to `end`, with the edits that lie in it carried out, and what is put behind it. */
export function edited(
  page: string,
  edits: readonly Edit[],
  start: number,
  end: number,
  behind: readonly Put[] = [],
): string {
  const prose = new Prose();
  let at = start;
  for (let index = firstFrom(edits, start); index < edits.length; index++) {
    const edit = edits[index];
    if (edit === undefined || edit.start >= end) break;
    // Inside of one that was carried out, or of an element that is being read.
    if (edit.start < at || edit.end > end) continue;
    prose.write(page.slice(at, edit.start));
    for (const put of typeof edit.puts === "function" ? edit.puts() : edit.puts) prose.put(put);
    at = edit.end;
  }
  prose.write(page.slice(at, end));
  for (const put of behind) prose.put(put);
  return prose.finish();
}

/** What stands on a line before its text: quotes, and one bullet. */
const LINE_START = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?$/;
const BULLET = /(?:^|\n)[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+$/;
const BULLET_CHARACTERS_MAX = 200;
const LOST_BULLET = /^[ \t>]*[-*+][ \t]*$/;

/** The text of a page as it is put together: prose, still to be tidied, and code, never to be touched. */
class Prose {
  /** Prose at even, code at odd places. */
  readonly #done: string[] = [];
  #words: string[] = [];
  #isBehindBullet = false;
  #isBehindPage = false;

  write(text: string): void {
    this.#write(withoutDataUris(text));
  }

  put(put: Put): void {
    switch (put.kind) {
      case "text":
        return this.write(put.text);
      case "span":
        return this.#write(put.text);
      case "code":
        this.#endProse();
        this.#done.push(put.lines);
        return;
      case "page":
        return this.#page(put.markdown);
      case "break":
        // A bullet waits for its text.
        this.#isBehindBullet ||= BULLET.test((this.#words.at(-1) ?? "").slice(-BULLET_CHARACTERS_MAX));
        if (!this.#isBehindBullet) this.#words.push(put.mark);
        return;
      case "item":
        this.#words.push(`\n${put.bullet}`);
        this.#isBehindBullet = true;
    }
  }

  /** In the list or the quote that it stands in; in the sentence, if it is no more than a line. */
  #page(markdown: string): void {
    if (markdown === "") return;
    const isBehindCode = this.#words.length === 0 && this.#done.length > 0;
    const words = isBehindCode ? "\n" : this.#words.join("");
    const lineStart = words.lastIndexOf("\n") + 1;
    const line = words.slice(lineStart);
    const isWhole = line.length < BULLET_CHARACTERS_MAX && LINE_START.test(line);
    const before = isWhole ? words.slice(0, lineStart) : `${words}\n`;
    const isBehindText = /[^>\s]/.test(before.slice(before.lastIndexOf("\n", before.length - 2) + 1));
    if ((isBehindText || !isWhole) && !markdown.includes("\n")) return this.#write(markdown);
    const prefix = isWhole ? line : "";
    const below = blankBullets(prefix);
    this.#words = [before, ...(isBehindText && below === prefix ? [`${below.trimEnd()}\n`] : [])];
    this.#endProse();
    const lines = markdown.split("\n").map((text, index) => {
      if (index === 0) return prefix + text;
      return text === "" ? below.trimEnd() : below + text;
    });
    this.#done.push(`${lines.join("\n")}\n`);
    this.#words = ["\n"];
    this.#isBehindPage = true;
  }

  /** Everything that was put, tidy. */
  finish(): string {
    this.#endProse();
    return withoutOuterNewlines(this.#done.join(""));
  }

  #write(text: string): void {
    const line = this.#isBehindPage ? text.replace(/^[ \t]+/, "") : text;
    const words = this.#isBehindBullet ? line.trimStart() : line;
    if (words === "") return;
    this.#isBehindPage = false;
    this.#isBehindBullet = false;
    this.#words.push(words);
  }

  #endProse(): void {
    // Behind code a line has ended already.
    this.#done.push(tidied(this.#words.join("")).replace(/^\n{2,}/, "\n"));
    this.#words = [];
    this.#isBehindBullet = false;
  }
}

// Not a pattern: `\n+$` looks at a long run of newlines once for each of them.
function withoutOuterNewlines(text: string): string {
  let start = 0;
  let end = text.length;
  while (text[start] === "\n") start++;
  while (end > start && text[end - 1] === "\n") end--;
  return text.slice(start, end);
}

/** Without trailing white space, headings and bullets that lost their text, and blank lines in a row. */
function tidied(text: string): string {
  return text
    .split("\n")
    .map((line, index, lines) =>
      isLost(line, index + 2 < lines.length ? lines[index + 1] : undefined) ? "" : line.trimEnd(),
    )
    .join("\n")
    .replace(/\n{3,}/g, "\n\n");
}

function isLost(line: string, next: string | undefined): boolean {
  if (headingOf(line)?.text === "") return true;
  // The text of an item may begin on the line below its bullet, and the end of prose is the beginning of code.
  return next !== undefined && LOST_BULLET.test(line) && indentOf(next) <= indentOf(line);
}

/** 0 for a line without text. */
function indentOf(line: string): number {
  const indent = line.search(/[^\s>]/);
  return indent < 0 ? 0 : indent;
}
