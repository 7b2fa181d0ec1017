import type { LiveTerminal } from "./terminal.ts";

const CSI = "\x1b[";
/** One write of a frame is shown at once, where that is known (DEC mode 2026); others pass it over. */
const [BEGIN, END] = [`${CSI}?2026h`, `${CSI}?2026l`];
/** What a terminal takes for wider than we do is cut at its edge, and breaks no line. */
const [NO_WRAP, WRAP] = [`${CSI}?7l`, `${CSI}?7h`];
const [HIDE, SHOW] = [`${CSI}?25l`, `${CSI}?25h`];
/** Of the cursor: keys that are typed meanwhile are echoed where it is, and move it. */
const [SAVE, RESTORE] = ["\x1b7", "\x1b8"];
const ERASE_LINE_END = `${CSI}K`;
/** From the second column on: what is erased from the first one of a screen tmux takes for a `clear`, and keeps in its history. */
const ERASE_BELOW = `\r ${CSI}J\r`;

/**
 * Keeps some lines at the end of what a terminal shows. The cursor rests at the beginning of the first of them, hidden: when
 * the terminal is given another width it breaks its lines anew, and the cursor stays with the text it stands at. So all
 * that was drawn is what stands below, however it is broken by then.
 */
export class Painter {
  readonly #terminal: LiveTerminal;
  #shown: readonly string[] = [];
  /** The cursor may have been moved by somebody else, but not by a new size. */
  #isPlaced = false;
  #isHidden = false;

  constructor(terminal: LiveTerminal) {
    this.#terminal = terminal;
  }

  /** Writes what stays, `above` the lines, and of these what is not there yet. `cursor`: it is seen. */
  draw(above: readonly string[], lines: readonly string[], { cursor = false } = {}): void {
    const isAnew = above.length > 0 || lines.length !== this.#shown.length || !this.#isPlaced;
    const frame = isAnew ? this.#anew(above, lines) : this.#changed(lines);
    const hidden = cursor === !this.#isHidden ? "" : cursor ? SHOW : HIDE;
    if (frame === "" && hidden === "") return;
    const placed = this.#isPlaced ? RESTORE : "";
    this.#terminal.write(`${BEGIN}${placed}${hidden}${frame}${END}`);
    this.#shown = lines;
    this.#isHidden = !cursor;
    this.#isPlaced = true;
  }

  /** Takes the lines away; `above` stays. The cursor is where they began, and is seen. */
  clear(above: readonly string[] = []): void {
    if (this.#shown.length === 0 && above.length === 0) return;
    const placed = this.#isPlaced ? RESTORE : "";
    this.#terminal.write(
      `${BEGIN}${placed}${ERASE_BELOW}${above.map(ended).join("")}${this.#isHidden ? SHOW : ""}${END}`,
    );
    this.forget();
  }

  /** The terminal has another size: what stands below the cursor is drawn anew. */
  resized(): void {
    this.#isPlaced = false;
  }

  /** Nothing of it is there any more. */
  forget(): void {
    this.#shown = [];
    this.#isPlaced = false;
    this.#isHidden = false;
  }

  #anew(above: readonly string[], lines: readonly string[]): string {
    const up = lines.length > 1 ? `${CSI}${lines.length - 1}A` : "";
    const drawn = `${NO_WRAP}${lines.join("\r\n")}${WRAP}`;
    return `${ERASE_BELOW}${above.map(ended).join("")}${drawn}\r${up}${SAVE}`;
  }

  #changed(lines: readonly string[]): string {
    let at = 0;
    const parts = lines.flatMap((line, index) => {
      if (line === this.#shown[index]) return [];
      const down = index > at ? `${CSI}${index - at}B` : "";
      at = index;
      return `${down}\r${line}${ERASE_LINE_END}`;
    });
    return parts.length === 0 ? "" : `${NO_WRAP}${parts.join("")}${WRAP}${RESTORE}`;
  }
}

/** What a terminal is to be given back with that was left in the middle of it. */
export const GIVEN_BACK = `${ERASE_BELOW}${WRAP}${SHOW}${END}`;

/** Lines of its own, which may be broken by the terminal, so that they can be copied whole. */
function ended(line: string): string {
  return `${line}\r\n`;
}
