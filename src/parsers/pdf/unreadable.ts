import type { LoadedFont, LoadedFonts } from "./loaded-fonts.ts";

/** Share of a page's characters, from which on they are more than the odd symbol of a formula. */
const CONTROLS_SHARE_MIN = 0.1;
const PRIVATE_SHARE_MIN = 0.3;
const UNMAPPED_SHARE_MIN = 0.3;
const CHARACTERS_MIN = 5;
/** Of one font on one page: fewer tell nothing of a language. */
const FONT_CHARACTERS_MIN = 60;
/** Of Latin letters; prose has 0.35 to 0.5, in any language. */
const VOWELS_SHARE_MIN = 0.2;
const VOWELS_SHARE_MAX = 0.65;
const LETTERS_SHARE_MIN = 0.35;
const DIGITS_SHARE_MAX = 0.3;
/** Scripts, by blocks of 128 characters, that one font has letters of. */
const SCRIPTS_MAX = 8;

/** Codes of glyphs that nothing says the letters of; pdfjs gives them as they are. */
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffd\ufffe\uffff\p{Cn}\p{Cs}]/gu;
const PRIVATE = /\p{Co}/gu;
const PLAIN = /^[ -~\s]*$/;
/** Names of glyphs that say no letter: `g12`, `cid_34`, `glyph5`, `G0A`. */
const NUMBERED_NAME = /^(?:g|gid|glyph|cid|c|index|char|sym|f|h)[_.]?[\da-f]+$/i;

type Text = { readonly str: string; readonly fontName: string };

/** Finds pages whose fonts do not say which letters their glyphs are. */
export class UnreadablePages {
  readonly #fonts: LoadedFonts;

  constructor(fonts: LoadedFonts) {
    this.#fonts = fonts;
  }

  isUnreadable(texts: readonly Text[]): boolean {
    if (standForNothing(texts)) return true;
    const { doubtful, characters } = doubtfulFonts(texts);
    const unmapped = [...doubtful].reduce(
      (before, [font, count]) => before + (isUnmapped(this.#fonts.get(font)) ? count : 0),
      0,
    );
    return unmapped > characters * UNMAPPED_SHARE_MIN;
  }
}

function standForNothing(texts: readonly Text[]): boolean {
  let characters = 0;
  let controls = 0;
  let ownUse = 0;
  for (const { str } of texts) {
    characters += str.length;
    if (PLAIN.test(str)) continue;
    controls += str.match(CONTROL)?.length ?? 0;
    ownUse += str.match(PRIVATE)?.length ?? 0;
  }
  return (
    (controls >= CHARACTERS_MIN && controls > characters * CONTROLS_SHARE_MIN) ||
    (ownUse >= CHARACTERS_MIN && ownUse > characters * PRIVATE_SHARE_MIN)
  );
}

/** Fonts whose text has no words of any language, with how many characters of each. */
function doubtfulFonts(texts: readonly Text[]) {
  const parts = new Map<string, string[]>();
  let characters = 0;
  for (const { str, fontName } of texts) {
    const part = parts.get(fontName);
    if (part === undefined) parts.set(fontName, [str]);
    else part.push(str);
    characters += str.trim().length;
  }
  const doubtful = new Map<string, number>();
  for (const [font, part] of parts) {
    const text = part.join("").replace(/\s+/g, "");
    if (text.length >= FONT_CHARACTERS_MIN && isNoLanguage(text)) doubtful.set(font, text.length);
  }
  return { doubtful, characters };
}

function isNoLanguage(text: string): boolean {
  const share = (pattern: RegExp, of: number) => (of === 0 ? 0 : (text.match(pattern)?.length ?? 0) / of);
  const latin = text.match(/[a-z]/gi)?.length ?? 0;
  const vowels = share(/[aeiouyà-öø-ÿ]/gi, latin);
  if (latin > text.length / 2 && (vowels < VOWELS_SHARE_MIN || vowels > VOWELS_SHARE_MAX)) return true;
  if (share(/\p{L}/gu, text.length) < LETTERS_SHARE_MIN) return share(/\d/g, text.length) < DIGITS_SHARE_MAX;
  const scripts = new Set(text.match(/[\u0250-\u2dff\ua4d0-\uabff]/g)?.map((letter) => letter.charCodeAt(0) >> 7));
  return scripts.size > SCRIPTS_MAX;
}

/** Composite fonts need a map; the others have names of their glyphs, which may be numbers. */
function isUnmapped(font: LoadedFont | undefined): boolean {
  if (font === undefined) return false;
  if (font.isComposite) return !font.hasLetters();
  return font.glyphNames.filter((glyph) => NUMBERED_NAME.test(glyph)).length > font.glyphNames.length / 2;
}
