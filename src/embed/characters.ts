/** What a character means to a tokenizer of prose and code. */
export const CharacterKind = {
  /** Between words. */
  Other: 0,
  /** A letter without a capital form in use, or a mark on one. */
  Lower: 1,
  Upper: 2,
  Digit: 3,
  /** Inside identifiers, between their words. */
  Joiner: 4,
  /** A word of its own, in scripts that put no spaces between words; half a surrogate pair. */
  Solo: 5,
} as const;

const CODE_UNITS = 0x10000;
const UNKNOWN = 0xff;

// Asked for every character of a corpus: looked up here, and computed once for each character that occurs.
const kinds = new Uint8Array(CODE_UNITS).fill(UNKNOWN);
const lowers = new Uint16Array(CODE_UNITS);

/** One of `CharacterKind`. */
export function kindAt(text: string, position: number): number {
  const code = text.charCodeAt(position);
  if (kinds[code] === UNKNOWN) learn(code);
  return kinds[code] ?? CharacterKind.Other;
}

/** Code unit in lower case, in any locale. */
export function lowerAt(text: string, position: number): number {
  const code = text.charCodeAt(position);
  if (kinds[code] === UNKNOWN) learn(code);
  return lowers[code] ?? code;
}

function learn(code: number): void {
  const character = String.fromCharCode(code);
  const lower = character.toLowerCase();
  kinds[code] = kindOf(character);
  lowers[code] = lower.length === 1 ? lower.charCodeAt(0) : code;
}

function kindOf(character: string): number {
  if (character === "_" || character === "$") return CharacterKind.Joiner;
  if (SOLO.test(character)) return CharacterKind.Solo;
  if (/\p{Nd}/u.test(character)) return CharacterKind.Digit;
  if (/[\p{Lu}\p{Lt}]/u.test(character)) return CharacterKind.Upper;
  return /[\p{L}\p{M}\p{N}]/u.test(character) ? CharacterKind.Lower : CharacterKind.Other;
}

const SOLO =
  /[\p{Cs}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
