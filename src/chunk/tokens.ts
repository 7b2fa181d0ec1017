/**
 * How many tokens a text is thought to have, in tenths: it adds up when texts are joined by white space, and a text never
 * has fewer than a part of it.
 */
export type Size = number;

export const NOTHING: Size = 0;
/** Of a line end, or of any other character of white space. */
export const SPACE: Size = 1;

/** More characters than this for each token are more tokens. */
export const CHARACTERS_PER_TOKEN_MAX = 15;

/**
 * Tokens of a text, estimated as the WordPiece vocabulary of bert-base-uncased counts them: of the vocabularies of today's
 * models it makes the most of nearly every text, and its models take the shortest ones. It is the same for every model.
 *
 * A word is a token, and the more of them the less its neighbouring letters belong together (`PAIRS`): so identifiers,
 * hashes and words of other languages have more than English words of their length. Any other character is a token of its
 * own, white space a tenth.
 */
export function estimateTokens(text: string): number {
  return tokensOf(sizeOf(text));
}

/** The same from a size. */
export function tokensOf(size: Size): number {
  return Math.ceil(size / 10);
}

/** Measures a text in one pass. */
export function sizeOf(text: string): Size {
  let size = NOTHING;
  /** Of the pairs of the word so far; 0 between words. */
  let pairs = 0;
  let before = WHITE;
  for (let index = 0; index < text.length; index++) {
    const kind = KINDS[text.charCodeAt(index)] ?? OTHER;
    if (kind < WHITE) {
      pairs += PAIR_COSTS[(before << 6) | kind] ?? 0;
    } else {
      size += (COSTS[kind] ?? 0) + wordSize(pairs);
      pairs = 0;
    }
    before = kind;
  }
  return size + wordSize(pairs);
}

/** Of a word whose pairs of characters cost so much. */
function wordSize(pairs: number): Size {
  return pairs === 0 ? NOTHING : Math.max(WORD, pairs - PAIRS_FREE);
}

/** The size of two texts with a blank line between them. */
export function joined(one: Size, other: Size): Size {
  return one + other + 2 * SPACE;
}

/** The longest beginning of a text that has at most so many tokens; one character if none has. */
export function beginningOf(text: string, tokens: number): string {
  let [fits, over] = [0, Math.min(text.length, tokens * CHARACTERS_PER_TOKEN_MAX) + 1];
  while (over - fits > 1) {
    const middle = (fits + over) >> 1;
    if (estimateTokens(text.slice(0, middle)) <= tokens) fits = middle;
    else over = middle;
  }
  // Not through a surrogate pair.
  const last = text.charCodeAt(fits - 1);
  const end = fits < text.length && last >= 0xd800 && last <= 0xdbff ? fits - 1 : fits;
  const [first = ""] = text;
  return end > 0 ? text.slice(0, end) : first;
}

// Kinds of characters. Those before WHITE make up words: letters in lower and in upper case, accented ones, digits.
const [UPPER, ACCENTED, DIGIT, WHITE, OTHER, HANGUL, BOX] = [26, 52, 53, 54, 55, 56, 57];

/** The kind of each UTF-16 code unit. */
const KINDS = new Uint8Array(0x10000)
  .fill(OTHER)
  .fill(WHITE, 0, 0x21)
  .fill(DIGIT, 0x30, 0x3a)
  .fill(WHITE, 0xa0, 0xa1)
  .fill(ACCENTED, 0xc0, 0x370)
  .fill(OTHER, 0xd7, 0xd8)
  .fill(OTHER, 0xf7, 0xf8)
  .fill(HANGUL, 0x1100, 0x1200)
  .fill(ACCENTED, 0x1e00, 0x1f00)
  .fill(BOX, 0x2500, 0x25a0)
  .fill(WHITE, 0x3000, 0x3001)
  .fill(HANGUL, 0xac00, 0xd800);
for (let letter = 0; letter < 26; letter++) {
  KINDS[0x61 + letter] = letter;
  KINDS[0x41 + letter] = UPPER + letter;
}

/** Tenths of a character outside words. */
const COSTS = new Uint8Array(64);
COSTS[WHITE] = SPACE;
COSTS[OTHER] = 10;
// A syllable is taken apart.
COSTS[HANGUL] = 20;
// Drawn lines are long, and a token for several characters.
COSTS[BOX] = 3;

/** Tenths of a word, at least: with the space beside it, a token. */
const WORD = 9;
/** Tenths of its pairs that do not count: short words are mostly whole, whatever their letters. */
const PAIRS_FREE = 4;

/**
 * Tenths of the second of two characters in a word: how often WordPiece begins a new piece between them. Rows are the
 * first, columns the second, in the order a to z, an accented letter, a digit. Fitted to words of ten languages and eleven
 * programming languages (test/bench/RESULTS.md).
 */
const PAIRS = [
  "e117771d29c153b5b35111a3388e",
  "1f8d38a89471482a553917976e4f",
  "2d591aa73c11df1961a117ca28ce",
  "567548352173196ca31853ae54ae",
  "1931265d9bc464811436b1527a9e",
  "3c5f14ae18647c2ab494198d384e",
  "4dcf484178d6716fc4476ebf1f7f",
  "21652e6419b313169536799a173a",
  "3114514c9bb54112462181b7c279",
  "6bce6ea48a6d696f9cbd5b8a987a",
  "859836174b9aa1b4a947b88b5bbb",
  "4a6125bf2fa4a647f344336a158b",
  "21981fd229812541986c5897765b",
  "4e13371848496594db1154b967bb",
  "1123613611232151d16112121969",
  "2ac41d9159f11f2192124a7f196f",
  "299fbb9989b8a9afaade2bba9b7a",
  "17251218286811318515617f197e",
  "7a5732c23d686a646e12393a57ba",
  "3d1d1c811b75a96144153a1e157d",
  "6314457c5a811283a243d8849bca",
  "598a2f9e1afcf7bcedbb9def7d5f",
  "3daa3e414ca1e15ca6298b6cab8c",
  "2a6d5e763a8bbbd18de57a674a7f",
  "b8586ed62aa54637d3159b57e8ca",
  "7f6f6faaaa89f8caba9f88cb888f",
  "88677a9ba78887813869c767aba7",
  "888899474765778b573546593778",
];

/** By both kinds: `first << 6 | second`. */
const PAIR_COSTS = new Uint8Array(64 * 64).fill(1);
for (let first = 0; first < WHITE; first++) {
  for (let second = 0; second < WHITE; second++) {
    // `getText` is two words.
    const hump = first < UPPER && second >= UPPER && second < ACCENTED;
    PAIR_COSTS[(first << 6) | second] = hump ? 7 : Number.parseInt(PAIRS[plain(first)]?.[plain(second)] ?? "", 36);
  }
}

/** The row or column of PAIRS. */
function plain(kind: number): number {
  return kind < UPPER ? kind : kind - UPPER;
}
