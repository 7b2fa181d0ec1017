import { BULLET_SIGNS } from "./bullets.ts";

/** A text run as pdfjs gives it. */
type Item = {
  readonly str: string;
  readonly width: number;
  readonly transform: readonly number[];
  readonly fontName: string;
};

/** Texts whose characters advance alike. */
type Alike = { characters: number; /** The least and the greatest share of narrow ones. */ min: number; max: number };

type Use = {
  /** By the logarithm of what a character advances, in steps of `STEP`. */
  readonly alike: Map<number, Alike>;
  characters: number;
  /** Of China, Japan and Korea. */
  wide: number;
  readonly letters: Set<string>;
};

const STEP = 0.002;
/** Characters of a font that are counted, and that tell something. */
const CHARACTERS_MAX = 20_000;
const CHARACTERS_MIN = 24;
/** Share of the characters that must advance alike: pdfjs guesses some spaces. */
const ALIKE_MIN = 0.9;
/** By which the shares of narrow characters must differ: in another font those texts would not advance alike. */
const NARROW_RANGE_MIN = 0.15;
const LETTERS_MIN = 3;
/** Fonts for Chinese and Japanese have Latin letters of one width. */
const WIDE_SHARE_MAX = 0.3;
const NARROW = /[fijlrtI.,:;'|!()[\]{} ]/g;
const LETTER = /\p{L}/gu;
const WIDE = /[\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef]/g;
const PLAIN = /^[ -~]+$/;
/** What follows a bullet is often in another font than pdfjs says. */
const ITEM = new RegExp(`^[${BULLET_SIGNS}]`);

/**
 * Which fonts of a document are monospaced, by what their characters advance. pdfjs believes the font's table of widths:
 * that is even for nothing but digits or one bullet too, and uneven where it has a width for characters that are missing.
 */
export class Pitches {
  readonly #uses = new Map<string, Use>();

  /** Takes the texts of a page into account. */
  see(items: readonly (Item | { readonly type: string })[]): void {
    for (const item of items) if ("str" in item && item.str.trim() !== "") count(this.#useOf(item.fontName), item);
  }

  /** undefined where the font has too few characters to tell. `isSaid`: what pdfjs says. */
  isMono(font: string, isSaid: boolean): boolean | undefined {
    const use = this.#uses.get(font);
    if (use === undefined) return isSaid;
    if (use.letters.size < LETTERS_MIN) return isSaid ? undefined : false;
    return isSaid || isEven(use);
  }

  #useOf(font: string): Use {
    const known = this.#uses.get(font);
    if (known !== undefined) return known;
    const use = { alike: new Map(), characters: 0, wide: 0, letters: new Set<string>() };
    this.#uses.set(font, use);
    return use;
  }
}

function count(use: Use, { str, width, transform }: Item): void {
  if (use.characters > CHARACTERS_MAX) return;
  if (use.letters.size < LETTERS_MIN && !ITEM.test(str))
    for (const [letter] of str.matchAll(LETTER)) use.letters.add(letter);
  if (!PLAIN.test(str)) {
    use.wide += str.match(WIDE)?.length ?? 0;
    return;
  }
  const size = Math.hypot(transform[0] ?? 0, transform[1] ?? 0);
  if (str.length < 2 || size <= 0 || width <= 0) return;
  const step = Math.round(Math.log(width / str.length / size) / STEP);
  const narrow = (str.match(NARROW)?.length ?? 0) / str.length;
  const alike = use.alike.get(step) ?? { characters: 0, min: narrow, max: narrow };
  alike.characters += str.length;
  alike.min = Math.min(alike.min, narrow);
  alike.max = Math.max(alike.max, narrow);
  use.alike.set(step, alike);
  use.characters += str.length;
}

function isEven({ alike, characters, wide }: Use): boolean {
  if (characters < CHARACTERS_MIN || wide > (characters + wide) * WIDE_SHARE_MAX) return false;
  const [most] = [...alike].reduce((best, entry) => (entry[1].characters > best[1].characters ? entry : best));
  // Either side of a step's edge.
  const near = [most - 1, most, most + 1].flatMap((step) => alike.get(step) ?? []);
  const narrowRange = Math.max(...near.map(({ max }) => max)) - Math.min(...near.map(({ min }) => min));
  return (
    near.reduce((sum, { characters: those }) => sum + those, 0) > characters * ALIKE_MIN &&
    narrowRange > NARROW_RANGE_MIN
  );
}
