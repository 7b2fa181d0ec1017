import type { Appearance } from "../appearance.ts";

const COLUMNS_OF_FILE = 80;
/** Longer lines are hard to read, however wide a terminal is. */
const COLUMNS_MAX = 100;
const BOLD = ["\x1b[1m", "\x1b[22m"] as const;
/** Where less is left beside the left column, the right one stands below it: of the columns, and so many of them. */
const RIGHT_COLUMN_MIN = 24;
const RIGHT_COLUMN_SHARE_MIN = 0.3;
const INDENT_BELOW = 6;
/** What does not part at the end of a line until it is printed. */
const JOINED = "\u00a0";

/** Two columns: a name, and what it is. */
export type Row = readonly [string, string];

/** Lines of a help text, for the width and the taste of who reads them. */
export class Layout {
  readonly #columns: number;
  readonly #bold: boolean;

  constructor({ columns = COLUMNS_OF_FILE, bold }: Appearance) {
    this.#columns = Math.min(columns, COLUMNS_MAX);
    this.#bold = bold;
  }

  heading(text: string): string {
    return this.#bold ? `${BOLD[0]}${text}${BOLD[1]}` : text;
  }

  /** A heading with an empty line before it, and what stands below it. */
  section(title: string, lines: readonly string[]): string[] {
    return ["", this.heading(`${title}:`), ...lines];
  }

  paragraph(text: string, indent = 0): string[] {
    const lines = Bun.wrapAnsi(text, this.#columns - indent).split("\n");
    return lines.map((line) => " ".repeat(indent) + line.replaceAll(JOINED, " "));
  }

  /** Beside each other where there is room, and below where there is none, or the left one is longer than `leftMax`. */
  rows(rows: readonly Row[], leftMax = Infinity): string[] {
    const longest = Math.max(...rows.map(([left]) => left.length).filter((length) => length <= leftMax));
    const indent = longest + 4;
    const isNarrow = this.#columns - indent < Math.max(RIGHT_COLUMN_MIN, this.#columns * RIGHT_COLUMN_SHARE_MIN);
    return rows.flatMap(([left, right]) => {
      const longestWord = Math.max(...right.split(" ").map((word) => word.length));
      if (isNarrow || longestWord > this.#columns - indent)
        return [`  ${left.trimStart()}`, ...this.paragraph(right, INDENT_BELOW)];
      const lines = this.paragraph(right, indent);
      if (left.length > longest) return [`  ${left}`, ...lines];
      return lines.map((line, index) => (index === 0 ? `  ${left}`.padEnd(indent) + line.slice(indent) : line));
    });
  }
}

/** Words that stay on one line: a flag and its value. */
export function joined(text: string): string {
  return text.replaceAll(" ", JOINED);
}
