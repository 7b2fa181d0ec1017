/** What a terminal shows that is written to: as much of one as the display makes use of. Lines that scroll out are kept above. */
export class Screen {
  readonly columns: number;
  readonly rows: number;
  isCursorShown = true;
  /** Grapheme clusters; what follows a wide one is "". */
  #lines: string[][] = [[]];
  #row = 0;
  #column = 0;
  #saved = { row: 0, column: 0 };
  #wraps = true;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  get text(): string {
    return this.#lines
      .map((line) => line.join("").trimEnd())
      .join("\n")
      .trimEnd();
  }

  write(text: string): void {
    const parts = text.matchAll(/\x1b\[(\??)(\d*)([A-Za-z])|\x1b([78])|\x1b\][^\x07]*\x07|\r|\n|[^\x1b\r\n]+/g);
    for (const [part, isPrivate, number = "", letter, cursor] of parts) {
      const count = Number(number || 1);
      if (part === "\r") this.#column = 0;
      else if (part === "\n") this.#down();
      else if (cursor === "7") this.#saved = { row: this.#row, column: this.#column };
      else if (cursor === "8") [this.#row, this.#column] = [this.#saved.row, this.#saved.column];
      else if (isPrivate === "?") this.#mode(Number(number), letter === "h");
      else if (letter === "A") this.#row = Math.max(this.#row - count, this.#lines.length - this.rows, 0);
      else if (letter === "B") this.#row = Math.min(this.#row + count, this.#lines.length - 1);
      else if (letter === "K") this.#line.length = Math.min(this.#line.length, this.#column);
      else if (letter === "J") {
        this.#line.length = Math.min(this.#line.length, this.#column);
        this.#lines.length = this.#row + 1;
      } else if (!part.startsWith("\x1b")) this.#put(part);
    }
  }

  get #line(): string[] {
    return (this.#lines[this.#row] ??= []);
  }

  #mode(mode: number, isOn: boolean): void {
    if (mode === 25) this.isCursorShown = isOn;
    if (mode === 7) this.#wraps = isOn;
  }

  #down(): void {
    this.#row++;
    this.#line.length += 0;
  }

  #put(text: string): void {
    for (const { segment } of new Intl.Segmenter().segment(text)) {
      const width = Bun.stringWidth(segment);
      if (this.#column + width > this.columns) {
        if (!this.#wraps) continue;
        this.#column = 0;
        this.#down();
      }
      const line = this.#line;
      while (line.length < this.#column) line.push(" ");
      line[this.#column] = segment;
      for (let at = 1; at < width; at++) line[this.#column + at] = "";
      this.#column += width;
    }
  }
}
