import { type PageFacts, pageFacts } from "./page-facts.ts";
import { Prose } from "./prose.ts";

// A page of unclosed braces would be scanned again to its end for each of them.
const FAILED_SCAN_CHARACTERS_MAX = 2_000_000;
// Names every MDX page may use.
const GLOBALS = ["props", "frontMatter", "contentTitle", "toc"];
const PARAGRAPH_END = /\n[ \t]*(?:\n|`{3}|~{3}|:::)/g;

/** An element that began on a line of its own, and whose content may be indented for that reason alone. */
export type OpenElement = {
  readonly name: string;
  /** Of its tag. */
  readonly indent: number;
  /** Of the first line of its content; -1 before that line. */
  contentIndent: number;
};

/** A page, how far it is read, and what is open there. */
export class Reading {
  readonly text: string;
  readonly facts: PageFacts;
  readonly prose = new Prose();
  readonly elements: OpenElement[] = [];
  /** Destinations of open `<a>` elements. */
  readonly anchors: string[] = [];
  /** Names that `import` and `export` declare. */
  readonly declared: Set<string>;
  at = 0;
  /** In a heading or a table row, where a new line would end it. */
  oneLine = false;
  inParagraph = false;
  commentOnLine = false;
  /** A comment began that never ends: no later one does. */
  hasOpenComment = false;
  /** The last closing tag that was looked for, by name, and from where. */
  readonly contentEnds = new Map<string, { readonly from: number; readonly at: number; readonly behind: number }>();
  readonly scans = { left: FAILED_SCAN_CHARACTERS_MAX };
  /** Lengths of backtick runs that have no partner in this paragraph. */
  readonly lonelyRuns = new Set<number>();
  #paragraphEnd = -1;

  constructor(text: string, outer?: Reading) {
    this.text = text;
    const facts = pageFacts(text);
    this.facts = outer === undefined ? facts : { ...facts, definitions: outer.facts.definitions };
    this.declared = outer?.declared ?? new Set(GLOBALS);
  }

  get paragraphEnd(): number {
    if (this.#paragraphEnd < this.at) {
      PARAGRAPH_END.lastIndex = this.at;
      this.#paragraphEnd = PARAGRAPH_END.exec(this.text)?.index ?? this.text.length;
      this.lonelyRuns.clear();
    }
    return this.#paragraphEnd;
  }

  /** Writes `text` in place of what stands before `end`. */
  take(text: string, end: number): void {
    this.prose.write(text);
    this.at = end;
  }

  endParagraph(): void {
    this.inParagraph = false;
    this.prose.endParagraph();
  }

  /** Separates paragraphs or lines, as far as the place allows. */
  separate(kind: "paragraph" | "line" | "none"): void {
    if (kind === "none") return;
    if (this.oneLine) this.prose.write(" ");
    else this.prose.separate(kind === "paragraph" ? "\n\n" : "\n");
  }
}
