import { shortened } from "../../text/words.ts";
import type { TerminalAbilities } from "./terminal.ts";

const CODES = { dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };

/** How things look on a terminal of these abilities. */
export class Style {
  readonly #abilities: Pick<TerminalAbilities, "colors" | "unicode">;

  constructor(abilities: Pick<TerminalAbilities, "colors" | "unicode">) {
    this.#abilities = abilities;
  }

  in(color: keyof typeof CODES, text: string): string {
    return this.#abilities.colors && text !== "" ? `\x1b[${CODES[color]}m${text}\x1b[0m` : text;
  }

  /** A bar of so many columns, `share` (0 to 1) of it full. */
  bar(share: number, columns: number): string {
    const all = Math.max(columns, 0);
    const [full, empty] = this.#abilities.unicode ? ["█", "░"] : ["#", "."];
    const done = Math.floor(Math.min(Math.max(share, 0), 1) * all);
    return `${this.in("cyan", full.repeat(done))}${this.in("dim", empty.repeat(all - done))}`;
  }

  /** `text` in at most so many columns. */
  cut(text: string, columns: number): string {
    return Bun.sliceAnsi(text, 0, Math.max(columns, 0), this.#mark);
  }

  /** The same in exactly so many. */
  filled(text: string, columns: number): string {
    return padded(this.cut(text, columns), columns);
  }

  /** A name in exactly so many. */
  named(name: string, columns: number): string {
    return padded(shortened(name, columns, this.#mark), columns);
  }

  get #mark(): string {
    return this.#abilities.unicode ? "…" : "~";
  }
}

function padded(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - Bun.stringWidth(text)));
}
