/** Names of bold faces. */
const BOLD = /bold|black|heavy|demi|medi\b|[-,](?:bd|b)$|[a-z]-?bd$|^(?:sf|cm|ec)?(?:bx|b)\d|^cmssbx|^cmb/i;

/** What pdfjs knows of a font, beside its name for it, which is all it sends with a page's text. */
export type LoadedFont = {
  /** What the file calls it. */
  readonly name: string;
  /** pdfjs says so, which it does of fonts that are not in the file. */
  readonly isSaidBold: boolean;
  /** It has codes of several bytes, which need a map to letters. */
  readonly isComposite: boolean;
  /** Of the codes that the file has names for. */
  readonly glyphNames: readonly string[];
  /** Whether a glyph that was read has another letter than its code. */
  hasLetters(): boolean;
};

/** The fonts while they are watched. */
export type LoadedFonts = {
  /** By pdfjs's name of it; undefined where it has not been read. */
  get(name: string): LoadedFont | undefined;
  release(): void;
};

/**
 * Keeps the fonts that pdfjs loads in this thread. It tells what they are called only with what a page is painted by,
 * which costs as much as to read it: so they are taken where the promise it made for each is kept.
 */
export function watchFonts(): LoadedFonts {
  const fonts = new Map<string, object>();
  const original = Promise.withResolvers;
  Object.assign(Promise, {
    withResolvers() {
      const { resolve, ...others } = original.call(Promise);
      const kept = (value: unknown) => {
        take(value, fonts);
        resolve(value);
      };
      return { ...others, resolve: kept };
    },
  });
  return {
    get(name) {
      const font = fonts.get(name);
      return font === undefined ? undefined : loadedFont(font);
    },
    release: () => void Object.assign(Promise, { withResolvers: original }),
  };
}

/** Which of these fonts, by pdfjs's names of them, are bold. */
export function boldFonts(names: ReadonlySet<string>, fonts: LoadedFonts): ReadonlySet<string> {
  const known = [...names].filter((name) => fonts.get(name) !== undefined);
  // One face tells nothing.
  return new Set(known.length < 2 ? [] : known.filter((name) => isBold(name, fonts)));
}

function isBold(name: string, fonts: LoadedFonts): boolean {
  const font = fonts.get(name);
  if (font === undefined) return false;
  // A subset has six letters before its name.
  return font.isSaidBold || BOLD.test(font.name.replace(/^[A-Z]{6}\+/, ""));
}

function take(value: unknown, fonts: Map<string, object>): void {
  if (typeof value !== "object" || value === null || !("loadedName" in value && "font" in value)) return;
  const { loadedName, font } = value;
  if (typeof loadedName !== "string" || typeof font !== "object" || font === null) return;
  fonts.set(loadedName, font);
  // The font file that it is painted with, which pdfjs has written anew.
  if ("data" in font) font.data = undefined;
}

function loadedFont(font: object): LoadedFont {
  const read = (key: string): unknown => Reflect.get(font, key);
  const name = read("name");
  const differences = read("differences");
  return {
    name: typeof name === "string" ? name : "",
    isSaidBold: read("bold") === true || read("black") === true,
    isComposite: read("composite") === true,
    glyphNames:
      differences instanceof Map ? [...differences.values()].filter((glyph) => typeof glyph === "string") : [],
    hasLetters() {
      const glyphs = read("glyphCacheValues");
      return glyphs instanceof Iterator && glyphs.some(hasLetterOfItsOwn);
    },
  };
}

function hasLetterOfItsOwn(glyph: unknown): boolean {
  if (typeof glyph !== "object" || glyph === null) return false;
  const code: unknown = Reflect.get(glyph, "originalCharCode");
  return typeof code === "number" && Reflect.get(glyph, "unicode") !== String.fromCharCode(code);
}
