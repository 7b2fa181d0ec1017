import type { Span } from "../../src/store/store.ts";

/** Where words stand in a text letter by letter. */
export function typedSpans(text: string, words: readonly string[]): Span[] {
  if (words.length === 0) return [];
  const pattern = new RegExp(`\\b(?:${words.map((word) => RegExp.escape(word)).join("|")})\\b`, "gi");
  return Array.from(text.matchAll(pattern), ({ 0: found, index }) => [index, index + found.length]);
}
