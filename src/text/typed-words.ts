/** From one character of a text up to another. */
export type Span = readonly [from: number, to: number];

/** A question may be a whole log file. */
const WORDS_MAX = 64;
/** Of an identifier's parts, those that say something alone. */
const PART_CHARACTERS_MIN = 3;

/** The words of a question as they were typed, each once; what a `-` shuts out is none. */
export function typedWords(question: string): string[] {
  const words = new Map<string, string>();
  for (const piece of question.split(/\s+/)) {
    const word = piece.startsWith("-")
      ? ""
      : piece.replace(/^[^\p{L}\p{N}_]+|(?<![^\p{L}\p{N}_])[^\p{L}\p{N}_]+$/gu, "");
    if (word !== "" && !words.has(word.toLowerCase())) words.set(word.toLowerCase(), word);
    if (words.size === WORDS_MAX) break;
  }
  return [...words.values()];
}

/** Where words stand in a text letter by letter, in whatever case; of `Class.method` also where its parts do. */
export function typedSpans(text: string, words: readonly string[]): Span[] {
  if (words.length === 0) return [];
  const parts = words.flatMap((word) => [word, ...partsOf(word).filter(({ length }) => length >= PART_CHARACTERS_MIN)]);
  // The longest first, of which the others are parts.
  const sorted = [...new Set(parts)].toSorted((one, other) => other.length - one.length);
  const pattern = `(?<![\\p{L}\\p{N}_])(?:${sorted.map((part) => RegExp.escape(part)).join("|")})(?![\\p{L}\\p{N}_])`;
  return Array.from(text.matchAll(new RegExp(pattern, "giu")), ({ 0: found, index }) => [index, index + found.length]);
}

/** Whether a text has a word letter by letter, or of `Class.method` both parts. */
export function hasTyped(text: string, word: string): boolean {
  const lower = text.toLowerCase();
  // Most texts lack most words: a pattern is only made for those that may be there.
  return partsOf(word).every((part) => lower.includes(part.toLowerCase()) && typedSpans(text, [part]).length > 0);
}

function partsOf(word: string): string[] {
  return word.split(/[^\p{L}\p{N}_-]+/u).filter((part) => part !== "");
}

/** Spans in the order of the text, those that overlap or touch as one. */
export function unitedSpans(spans: readonly Span[]): Span[] {
  const united: Span[] = [];
  for (const [from, to] of spans.toSorted(([one], [other]) => one - other)) {
    const last = united.at(-1);
    if (last !== undefined && from <= last[1]) united[united.length - 1] = [last[0], Math.max(last[1], to)];
    else united.push([from, to]);
  }
  return united;
}
