import type { Put } from "./edit.ts";

const DATA_URI = /data:[\w.+-]+\/[\w.+-]+(?:;[\w=.+-]+)*,[^\s)"'<>\]]*/g;
const LOST_HEADING = /^#{1,6}[ \t]*$/;
const LINK_WITHOUT_TEXT = /\[\s*\]\([^()\s]*\)/g;

/** The text of a page as it is put together: prose, still to be tidied, and code, never to be touched. */
export class Prose {
  /** Prose at even, code at odd places. */
  readonly #done: string[] = [];
  #words: string[] = [];
  #isBehindBullet = false;

  write(text: string): void {
    const words = this.#isBehindBullet ? text.trimStart() : text;
    if (words === "") return;
    this.#isBehindBullet = false;
    this.#words.push(words.includes("data:") ? words.replace(DATA_URI, "") : words);
  }

  put(put: Put): void {
    switch (put.kind) {
      case "text":
        return this.write(put.text);
      case "code":
        this.#endProse();
        this.#done.push(put.lines);
        return;
      case "break":
        // A bullet waits for its text.
        if (!this.#isBehindBullet) this.#words.push(put.mark);
        return;
      case "item":
        this.#words.push(`\n${put.bullet}`);
        this.#isBehindBullet = true;
    }
  }

  /** Everything that was put, tidy. */
  finish(): string {
    this.#endProse();
    return withoutOuterNewlines(this.#done.join(""));
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

/** Without trailing white space, headings and links that lost their text, and blank lines in a row. */
function tidied(text: string): string {
  return text
    .replace(LINK_WITHOUT_TEXT, "")
    .split("\n")
    .map((line) => (LOST_HEADING.test(line) ? "" : line.trimEnd()))
    .join("\n")
    .replace(/\n{3,}/g, "\n\n");
}
