import type { Range } from "./edits.ts";
import type { PageToken } from "./known-shapes.ts";

const LINK_PARTS = ["labelText", "resource", "resourceDestinationString", "referenceString"];
const ADMONITION_PARTS = ["admonitionKind", "admonitionTitle"];
const HEADING_PARTS = ["atxHeadingSequence", "atxHeadingText", "setextHeadingLineSequence", "setextHeadingText"];
/** What a whole token is made of, which is not to be taken for a part of the next one. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  link: LINK_PARTS,
  image: LINK_PARTS,
  definition: ["definitionLabelString", "definitionDestinationString"],
  admonition: ADMONITION_PARTS,
  atxHeading: HEADING_PARTS,
  setextHeading: HEADING_PARTS,
};
const REMEMBERED: ReadonlySet<string> = new Set(Object.values(PARTS).flat());

/** The parts of what is read on a page: micromark gives a whole token after its parts. */
export class TokenParts {
  readonly #page: string;
  readonly #last = new Map<string, PageToken>();

  constructor(page: string) {
    this.#page = page;
  }

  /** Remembers a part; forgets those of what is whole by now. */
  take(token: PageToken): void {
    if (REMEMBERED.has(token.type)) this.#last.set(token.type, token);
    for (const part of PARTS[token.type] ?? []) this.#last.delete(part);
  }

  /** Where the part of that type stands. */
  rangeOf(type: string): Range | undefined {
    const token = this.#last.get(type);
    return token === undefined ? undefined : { start: token.start.offset, end: token.end.offset };
  }

  /** What stands there; "" where there is none. */
  textOf(type: string): string {
    const range = this.rangeOf(type);
    return range === undefined ? "" : this.#page.slice(range.start, range.end);
  }
}
