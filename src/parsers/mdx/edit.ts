/** A part of what is written in place of markup. */
export type Put =
  /** Prose; code and breaks are not made of it. */
  | { readonly kind: "text"; readonly text: string }
  /** Inline code, as it is. */
  | { readonly kind: "span"; readonly text: string }
  /** Lines as they are, with their line ends. */
  | { readonly kind: "code"; readonly lines: string }
  /** Another paragraph or line begins; where a line must not end, a space. */
  | { readonly kind: "break"; readonly mark: "\n\n" | "\n" | " " }
  /** An item of a list begins. */
  | { readonly kind: "item"; readonly bullet: string };

/** What becomes of the characters of a page from `start` to before `end`. What is not edited stays. */
export type Edit = {
  readonly start: number;
  readonly end: number;
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
