import { CharacterKind, kindAt, lowerAt } from "./characters.ts";
import { FeatureCounts } from "./feature-counts.ts";

/**
 * A vector of a text made from its words alone: features hashed into `dimensions` signed buckets, after
 * Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask Learning" (arXiv:0902.2206).
 *
 * Features are words, pairs of neighbouring words, and whole identifiers; the words of an identifier count as words, so
 * `addButton`, `add_button` and "add button" have them in common. A feature that occurs n times weighs 1 + ln n
 * (Salton & Buckley 1988), and the vector has length 1. It is lexical: it knows no synonyms.
 *
 * The result is the same on every platform: the hashes are integer arithmetic, sums run in the order of the text, and
 * the logarithm, the one operation whose last bit is up to the platform, is rounded to float32.
 */
export function hashFeatures(text: string, dimensions: number): Float32Array {
  counts.clear();
  collectWords(text);
  if (counts.size === 0) collectCharacters(text);
  return folded(dimensions);
}

/** Keep apart what is hashed: a word, a whole identifier, a character. */
const WORD_SEED = 0x811c9dc5;
const IDENTIFIER_SEED = 0x3c6ef372;
const CHARACTER_SEED = 0x1b873593;

const WORD_WEIGHT = 1;
const IDENTIFIER_WEIGHT = 1;
const PAIR_WEIGHT = 0.5;
const STOP_WORD_WEIGHT = 0.1;

const STOP_WORDS =
  "a an and are as at be been but by can could did do does for from had has have how i if in into is it its may me my no " +
  "not of on or our out s shall should so such t than that the their them then there these they this those to up us was " +
  "we were what when where which who why will with would you your";

// Code units of letters.
const [A, C, E, H, I, S, U, X, Y] = [0x61, 0x63, 0x65, 0x68, 0x69, 0x73, 0x75, 0x78, 0x79] as const;
const VOWELS: ReadonlySet<number> = new Set([A, E, I, 0x6f, U]);

const counts = new FeatureCounts();
const stopWords = new Set(STOP_WORDS.split(" ").map((word) => hashWord(word, 0, word.length)));

function collectWords(text: string): void {
  let previous: number | undefined;
  for (let position = 0; position < text.length;) {
    const kind = kindAt(text, position);
    if (kind === CharacterKind.Other || kind === CharacterKind.Joiner) {
      position++;
      continue;
    }
    const start = position;
    const end = kind === CharacterKind.Solo ? position + 1 : endOfIdentifier(text, position);
    let words = 0;
    while (position < end) {
      if (kindAt(text, position) === CharacterKind.Joiner) {
        position++;
        continue;
      }
      const wordEnd = kind === CharacterKind.Solo ? end : endOfWord(text, position, end);
      const word = hashWord(text, position, wordEnd);
      position = wordEnd;
      words++;
      if (stopWords.has(word)) {
        counts.add(word, STOP_WORD_WEIGHT);
        continue;
      }
      counts.add(word, WORD_WEIGHT);
      // Across stop words, so that "print to a file" and "print file" have a pair in common.
      if (previous !== undefined) counts.add(mix(Math.imul(previous, 31) ^ word), PAIR_WEIGHT);
      previous = word;
    }
    if (words > 1) counts.add(hashCharacters(text, start, end, IDENTIFIER_SEED), IDENTIFIER_WEIGHT);
  }
}

/** For text without a word: its characters, so that no text is without features. */
function collectCharacters(text: string): void {
  counts.add(CHARACTER_SEED, WORD_WEIGHT);
  for (let position = 0; position < text.length; position++) {
    counts.add(hashCharacters(text, position, position + 1, CHARACTER_SEED), WORD_WEIGHT);
  }
}

function endOfIdentifier(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length) {
    const kind = kindAt(text, end);
    if (kind === CharacterKind.Other || kind === CharacterKind.Solo) break;
    end++;
  }
  while (kindAt(text, end - 1) === CharacterKind.Joiner) end--;
  return end;
}

/** Words of an identifier end at joiners, between letters and digits, and before a capital: `get|HTML|Text|2`. */
function endOfWord(text: string, start: number, limit: number): number {
  let before = kindAt(text, start);
  for (let position = start + 1; position < limit; position++) {
    const kind = kindAt(text, position);
    if (kind === before && kind !== CharacterKind.Upper) continue;
    if (kind === CharacterKind.Joiner) return position;
    if (kind === CharacterKind.Digit || before === CharacterKind.Digit) return position;
    if (kind === CharacterKind.Upper) {
      if (before === CharacterKind.Lower) return position;
      // The last capital of several begins a word when one follows (`HTML|Text`), but not in `BBj` and `IDs`.
      if (isLower(text, position + 1, limit) && isLower(text, position + 2, limit)) return position;
    }
    before = kind;
  }
  return limit;
}

function isLower(text: string, position: number, limit: number): boolean {
  return position < limit && kindAt(text, position) === CharacterKind.Lower;
}

/**
 * Hash of a word in lower case and in the singular: the s-stemmer of Harman 1991, "How effective is suffixing?",
 * and `es` after s, x, sh and most ch ("classes", "indexes", "pushes", "searches", but "caches").
 */
function hashWord(text: string, start: number, end: number): number {
  if (end - start <= 3 || lowerAt(text, end - 1) !== S) return hashCharacters(text, start, end, WORD_SEED);
  const second = lowerAt(text, end - 2);
  if (second === S || second === U) return hashCharacters(text, start, end, WORD_SEED);
  if (second !== E) return hashCharacters(text, start, end - 1, WORD_SEED);

  const third = lowerAt(text, end - 3);
  const fourth = lowerAt(text, end - 4);
  if (third === I && fourth !== E && fourth !== A) return hashCharacters(text, start, end - 3, WORD_SEED, Y);
  const sibilant =
    third === X ||
    (third === S && fourth === S) ||
    (third === H && fourth === S) ||
    (third === H && fourth === C && end - start > 5 && !VOWELS.has(lowerAt(text, end - 5)));
  return hashCharacters(text, start, sibilant ? end - 2 : end - 1, WORD_SEED);
}

/** FNV-1a over UTF-16 code units in lower case, and over `suffix`, if any. */
function hashCharacters(text: string, start: number, end: number, seed: number, suffix = 0): number {
  let hash = seed | 0;
  for (let position = start; position < end; position++) hash = Math.imul(hash ^ lowerAt(text, position), 0x01000193);
  return suffix === 0 ? hash : Math.imul(hash ^ suffix, 0x01000193);
}

function folded(dimensions: number): Float32Array {
  const sums = new Float64Array(dimensions);
  counts.forEach((feature, count, weight) => {
    const hash = mix(feature);
    const bucket = (hash >>> 1) % dimensions;
    const sign = mix(hash) & 1 ? 1 : -1;
    sums[bucket] = (sums[bucket] ?? 0) + sign * weight * termWeight(count);
  });
  let squares = 0;
  for (let index = 0; index < dimensions; index++) squares += (sums[index] ?? 0) * (sums[index] ?? 0);
  // Features of one bucket can cancel each other out, and a vector of zeros has no direction.
  if (squares === 0) sums[0] = squares = 1;
  const length = Math.sqrt(squares);
  const vector = new Float32Array(dimensions);
  for (let index = 0; index < dimensions; index++) vector[index] = (sums[index] ?? 0) / length;
  return vector;
}

function termWeight(count: number): number {
  return count === 1 ? 1 : Math.fround(1 + Math.log(count));
}

/** The finaliser of MurmurHash3: each bit of the input changes about half of those of the output. */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
