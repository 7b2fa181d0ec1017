type OpenBracket = {
  /** Of the bracket in the output. */
  readonly index: number;
  /** An anchor is an `<a>` element: its bracket is not one of the page. */
  readonly kind: "link" | "image" | "anchor";
  /** Where its text begins in the page. */
  readonly from: number;
};

/** What is read of a page so far: prose, still to be tidied, and code, never to be touched. */
export class Prose {
  readonly #done: string[] = [];
  #words: string[] = [];
  #brackets: OpenBracket[] = [];
  #lineStart = 0;
  /** Words before this one, back to the start of the line, are white space: they are looked at once. */
  #blankUntil = 0;

  write(text: string): void {
    if (text !== "") this.#words.push(text);
  }

  /** Whole lines of a code block. */
  code(lines: string): void {
    this.#endProse();
    this.#done.push(lines);
  }

  /** A new line of the page begins. */
  startLine(): void {
    this.#lineStart = this.#words.length;
    this.#blankUntil = this.#lineStart;
  }

  /** Nothing but white space was written since the line began. */
  get lineIsBlank(): boolean {
    while (this.#blankUntil < this.#words.length) {
      if ((this.#words[this.#blankUntil] ?? "").trim() !== "") return false;
      this.#blankUntil++;
    }
    return true;
  }

  dropLine(): void {
    this.#cut(Math.min(this.#words.length, this.#lineStart));
  }

  /** A separation of paragraphs or lines; none behind the bullet of an item that has no text yet. */
  separate(mark: string): void {
    if (this.#words.at(-1) !== ITEM) this.#words.push(mark);
  }

  item(): void {
    this.#words.push(ITEM);
  }

  openBracket(kind: OpenBracket["kind"], from: number): void {
    if (this.#brackets.length === OPEN_BRACKETS_MAX) this.#brackets.shift();
    this.#brackets.push({ index: this.#words.length, kind, from });
    this.#words.push(kind === "image" ? "![" : kind === "link" ? "[" : "");
  }

  /** Takes the innermost open bracket of the page. */
  closeBracket(): OpenBracket | undefined {
    return this.#brackets.at(-1)?.kind === "anchor" ? undefined : this.#brackets.pop();
  }

  /** Makes a link of what was written since its `<a>`. */
  closeAnchor(destination: string): void {
    const index = this.#brackets.findLastIndex(({ kind }) => kind === "anchor");
    const anchor = this.#brackets[index];
    if (anchor === undefined) return;
    this.#brackets.length = index;
    this.#words[anchor.index] = "[";
    this.#blankUntil = Math.min(this.#blankUntil, anchor.index);
    this.link(anchor, destination);
  }

  /** No link goes from one paragraph to the next. */
  endParagraph(): void {
    if (this.#brackets.length > 0) this.#brackets = [];
  }

  /** Makes a link of what was written since its bracket; of a link inside of the site, only the text. */
  link({ index }: OpenBracket, destination: string): void {
    const text = this.#words.slice(index + 1).join("");
    const isUseful = /^(?:https?|ftp|mailto):/i.test(destination) && text.trim() !== destination;
    if (text.trim() === "") this.#cut(index);
    else if (isUseful && !text.includes("\n\n")) this.write(`](${destination})`);
    else this.#words[index] = "";
  }

  /** Leaves the alternative text of an image, where it says more than a name. */
  image({ index }: OpenBracket): void {
    const text = this.#words.slice(index + 1).join("");
    this.#cut(index);
    this.write(meaningfulAlternative(text));
  }

  /** Everything that was written, tidy. */
  finish(): string {
    this.#endProse();
    return withoutOuterNewlines(this.#done.join(""));
  }

  /** The first heading of level 1. Call `finish` first. */
  firstHeading(): string {
    for (let index = 0; index < this.#done.length; index += 2) {
      const match = HEADING_1.exec(this.#done[index] ?? "");
      if (match !== null) return (match[1] ?? match[2] ?? "").replace(/(?<=\s)#+$/, "").trimEnd();
    }
    return "";
  }

  /** Takes back what was written from `length` on. */
  #cut(length: number): void {
    this.#words.length = length;
    this.#blankUntil = Math.min(this.#blankUntil, length);
  }

  /** Keeps prose at even and code at odd places. */
  #endProse(): void {
    // Behind code a line has ended already.
    this.#done.push(tidied(this.#words.join("")).replace(/^\n{2,}/, "\n"));
    this.#words = [];
    this.#lineStart = 0;
    this.#blankUntil = 0;
    this.#brackets = [];
  }
}

const ITEM = "\n- ";
/** Brackets that wait for their partner. Each closing one reads the text since its opening one, so this bounds that work. */
const OPEN_BRACKETS_MAX = 32;
const LOST_HEADING = /^#{1,6}[ \t]*$/;
const HEADING_1 = /^ {0,3}#[ \t]+(\S.*)$|^(?=\S)(?![-*+>|#])(.+)\n=+$/m;

/** The alternative text of an image, unless it is a file name or a single word such as "screenshot". */
export function meaningfulAlternative(text: string): string {
  const alternative = text.replace(/\s+/g, " ").trim();
  const isName = /\.(?:png|jpe?g|gif|svg|webp|avif)$/i.test(alternative);
  const saysSomething = /\p{L}{2}.*[\s_].*\p{L}{2}/u.test(alternative) || /[\u3040-\u9fff]{3}/.test(alternative);
  return saysSomething && !isName ? alternative : "";
}

// Not a pattern: `\n+$` looks at a long run of newlines once for each of them.
function withoutOuterNewlines(text: string): string {
  let start = 0;
  let end = text.length;
  while (text[start] === "\n") start++;
  while (end > start && text[end - 1] === "\n") end--;
  return text.slice(start, end);
}

/** Without trailing white space, headings that lost their text, and blank lines in a row. */
function tidied(text: string): string {
  return text
    .split("\n")
    .map((line) => (LOST_HEADING.test(line) ? "" : line.trimEnd()))
    .join("\n")
    .replace(/\n{3,}/g, "\n\n");
}
