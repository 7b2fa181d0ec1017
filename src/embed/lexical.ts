import { defineEmbedder } from "./define-embedder.ts";
import type { Embedder } from "./embedder.ts";

/** Changes whenever the same text would get another vector. */
export const LEXICAL_MODEL = "feature-hashing-v1";

/** No model and no server. */
export const lexical = defineEmbedder({
  name: "lexical",
  summary: "hashed words, without a model or a server",
  onlyModel: LEXICAL_MODEL,
  wordsOnly: true,
  settings: {},
  create: lexicalEmbedder,
});

/** Finds texts that share words with the query, and nothing more; for trials, tests, and machines without a network. */
export function lexicalEmbedder({ dimensions }: { readonly dimensions: number }): Embedder {
  return {
    ...{ provider: "lexical", model: LEXICAL_MODEL, dimensions, place: "this program" },
    probe: async (signal) => signal?.throwIfAborted(),
    async embedBatch(texts, signal) {
      signal?.throwIfAborted();
      return texts.map((text) => hashFeatures(text, dimensions));
    },
    async embedQuery(text, signal) {
      signal?.throwIfAborted();
      return hashFeatures(text, dimensions);
    },
  };
}

// Keep apart what is hashed: a word, a whole identifier, a character.
const [WORD_SEED, IDENTIFIER_SEED, CHARACTER_SEED] = [0x811c9dc5, 0x3c6ef372, 0x1b873593];
const [WORD_WEIGHT, IDENTIFIER_WEIGHT, PAIR_WEIGHT, STOP_WORD_WEIGHT] = [1, 1, 0.5, 0.1];

// Characters are UTF-16 code units here. A lone one is a word in scripts that put no spaces between words.
const ASTRAL = /[\u{10000}-\u{10ffff}]/gu;
const LONE = String.raw`[\p{Cs}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]`;
const DIGIT = String.raw`[\p{Nd}--${LONE}]`;
const UPPER = String.raw`[[\p{Lu}\p{Lt}]--${LONE}]`;
const LOWER = String.raw`[[\p{L}\p{M}\p{N}]--[${LONE}\p{Nd}\p{Lu}\p{Lt}]]`;
const PART = `[${DIGIT}${UPPER}${LOWER}]`;
const IDENTIFIER = new RegExp(String.raw`${LONE}|${PART}+(?:[_$]+${PART}+)*`, "gv");
// The last capital of several begins a word when two letters follow (`get|HTML|Text|2`), but not in `BBj` and `IDs`.
const WORD = new RegExp(`${DIGIT}+|${UPPER}(?:${UPPER}(?!${LOWER}{2}))*${LOWER}*|${LOWER}+|${LONE}`, "gv");

const STOP_WORDS = new Set(
  (
    "a an and are as at be been but by can could did do does for from had has have how i if in into is it its may me my " +
    "no not of on or our out s shall should so such t than that the their them then there these they this those to up " +
    "us was we were what when where which who why will with would you your"
  )
    .split(" ")
    .map((word) => hash(singular(word), WORD_SEED)),
);

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
  const sums = new Float64Array(dimensions);
  for (const [feature, { count, weight }] of featuresOf(text)) {
    const hashed = mix(feature);
    const bucket = (hashed >>> 1) % dimensions;
    const sign = mix(hashed) & 1 ? 1 : -1;
    sums[bucket] = (sums[bucket] ?? 0) + sign * weight * (count === 1 ? 1 : Math.fround(1 + Math.log(count)));
  }
  let squares = 0;
  for (const value of sums) squares += value * value;
  // Features of one bucket can cancel each other out, and a vector of zeros has no direction.
  if (squares === 0) sums[0] = squares = 1;
  const length = Math.sqrt(squares);
  return new Float32Array(sums.map((value) => value / length));
}

type Feature = { count: number; readonly weight: number };

/** The features in the order in which they first occur. */
function featuresOf(text: string): Map<number, Feature> {
  const features = new Map<number, Feature>();
  const add = (hashed: number, weight: number) => {
    const feature = features.get(hashed) ?? { count: 0, weight };
    feature.count++;
    features.set(hashed, feature);
  };
  const units = text.replace(ASTRAL, (pair) => pair.split("").join(" "));
  let previous: number | undefined;
  for (const identifier of units.match(IDENTIFIER) ?? []) {
    const words = identifier.match(WORD) ?? [];
    for (const word of words) {
      const feature = hash(singular(lowerCase(word)), WORD_SEED);
      const isStopWord = STOP_WORDS.has(feature);
      add(feature, isStopWord ? STOP_WORD_WEIGHT : WORD_WEIGHT);
      if (isStopWord) continue;
      // Across stop words, so that "print to a file" and "print file" have a pair in common.
      if (previous !== undefined) add(mix(Math.imul(previous, 31) ^ feature), PAIR_WEIGHT);
      previous = feature;
    }
    if (words.length > 1) add(hash(lowerCase(identifier), IDENTIFIER_SEED), IDENTIFIER_WEIGHT);
  }
  if (features.size > 0) return features;
  // Without a word its characters, so that no text is without features.
  for (const character of ["", ...lowerCase(text).split("")]) add(hash(character, CHARACTER_SEED), WORD_WEIGHT);
  return features;
}

/** Code unit by code unit: without the special form of a final sigma, and never longer. */
function lowerCase(text: string): string {
  if (!/[Σİ]/.test(text)) return text.toLowerCase();
  return text
    .replaceAll("Σ", "σ")
    .split("İ")
    .map((part) => part.toLowerCase())
    .join("İ");
}

/**
 * The s-stemmer of Harman 1991, "How effective is suffixing?", and `es` after s, x, sh and most ch ("classes",
 * "indexes", "pushes", "searches", but "caches").
 */
function singular(word: string): string {
  if (word.length <= 3 || !/[^su]s$/.test(word)) return word;
  if (/[^ae]ies$/.test(word)) return `${word.slice(0, -3)}y`;
  return word.slice(0, /(?:x|ss|sh|.[^aeiou]ch)es$/.test(word) ? -2 : -1);
}

/** FNV-1a over UTF-16 code units. */
function hash(text: string, seed: number): number {
  let value = seed | 0;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value;
}

/** The finaliser of MurmurHash3: each bit of the input changes about half of those of the output. */
function mix(value: number): number {
  let hashed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hashed = Math.imul(hashed ^ (hashed >>> 13), 0xc2b2ae35);
  return hashed ^ (hashed >>> 16);
}
