import type { Span } from "./pdf-content.ts";

/** Letters, each with a space behind it. */
const SPACED = /^\p{L}(?: \p{L}){3,}$/u;
const SHORT = /^\p{L}(?: \p{L}){1,2}$/u;

/** Whether there is space between the letters of a text: `C H A P T E R`. */
export function isLetterSpaced({ text }: Span): boolean {
  return text[1] === " " && SPACED.test(text) && !isAscending(text);
}

/** Makes words of the letters of a row, if some of its texts are letter-spaced; short ones (`O N E`) alone do not tell. */
export function joinLetters(row: Span[]): void {
  for (const [index, span] of row.entries()) {
    if (isLetterSpaced(span) || SHORT.test(span.text)) row[index] = { ...span, text: span.text.replaceAll(" ", "") };
  }
}

/** `A B C D` are letters. */
function isAscending(text: string): boolean {
  const letters = text.split(" ");
  return letters.every((letter, index) => index === 0 || letter > (letters[index - 1] ?? ""));
}
