import type { LoadedFonts } from "./loaded-fonts.ts";

const BOLD = /bold|black|heavy|demi|medi\b|[-,](?:bd|b)$|[a-z]-?bd$|^(?:sf|cm|ec)?(?:bx|b)\d|^cmssbx|^cmb/i;

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
