/** Letters, each with a space behind it. */
const SPACED = /^\p{L}(?: \p{L}){3,}$/u;
const SHORT = /^\p{L}(?: \p{L}){0,2}$/u;

/** The texts of a row, those with space between their letters (`C H A P T E R`) as words. */
export function withoutLetterSpacing(texts: readonly string[]): readonly string[] {
  const isSpaced = texts.map((text) => SPACED.test(text) && !isAscending(text));
  if (!isSpaced.includes(true)) return texts;
  return texts.map((text, index) => (isSpaced[index] || SHORT.test(text) ? text.replaceAll(" ", "") : text));
}

/** `A B C D` are letters. */
function isAscending(text: string): boolean {
  const letters = text.split(" ");
  return letters.every((letter, index) => index === 0 || letter > (letters[index - 1] ?? ""));
}
