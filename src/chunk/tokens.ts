/** How long a text is, in parts that add up when texts are joined by white space. */
export type Size = { readonly words: number; readonly weight: number };

const WORDS_PER_TOKEN = 0.75;
const CHARACTERS_PER_TOKEN = 4;

/**
 * Tokens of a text, estimated: words / 0.75, but never less than characters / 4, so that long identifiers and base64
 * cannot hide. A character of a script without spaces (CJK, kana, hangul) counts as a token of its own.
 */
export function estimateTokens(text: string): number {
  return tokensOf(sizeOf(text));
}

/** The same from a size. */
export function tokensOf({ words, weight }: Size): number {
  return Math.ceil(Math.max(words / WORDS_PER_TOKEN, weight / CHARACTERS_PER_TOKEN));
}

/** Measures a text in one pass. */
export function sizeOf(text: string): Size {
  let words = 0;
  let wide = 0;
  let inWord = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const space = code <= 32 || code === 0xa0 || code === 0x3000;
    if (!space && !inWord) words++;
    inWord = !space;
    if (code >= WIDE_FROM && isWide(code)) wide++;
  }
  return { words, weight: text.length + wide * (CHARACTERS_PER_TOKEN - 1) };
}

/** The size of two texts with a blank line between them. */
export function joined(one: Size, other: Size): Size {
  return { words: one.words + other.words, weight: one.weight + other.weight + 2 };
}

export const NOTHING: Size = { words: 0, weight: 0 };

const WIDE_FROM = 0x1100;

function isWide(code: number): boolean {
  return (
    code <= 0x11ff ||
    (code >= 0x2e80 && code <= 0x9fff) ||
    (code >= 0xa960 && code <= 0xa97f) ||
    (code >= 0xac00 && code <= 0xd7ff) ||
    (code >= 0xf900 && code <= 0xfaff)
  );
}
