import type { PDFPageProxy } from "pdfjs-dist/legacy/build/pdf.mjs";

export type Face = { readonly bold: boolean; readonly mono: boolean };

const PLAIN: Face = { bold: false, mono: false };
const BOLD = /bold|black|heavy|semibold|demi|[-,](?:bd|b)$|^(?:sf)?bx|cmb|cmssbx/i;
const MONO = /mono|courier|consol|menlo|typewriter|cmtt|sftt|code\b/i;

/**
 * The faces of a document's fonts, by the names pdfjs gives them. It tells a font's own name only after the page was
 * prepared for painting, so that is done for pages with a font not yet seen.
 */
export class Faces {
  readonly #known = new Map<string, Face>();

  async learn(page: PDFPageProxy, names: readonly string[]): Promise<void> {
    if (names.every((name) => this.#known.has(name))) return;
    try {
      await page.getOperatorList();
    } catch {
      // The text is there all the same.
    }
    for (const name of names) {
      if (!this.#known.has(name)) this.#known.set(name, faceOf(page, name));
    }
  }

  of(name: string): Face {
    return this.#known.get(name) ?? PLAIN;
  }
}

function faceOf(page: PDFPageProxy, name: string): Face {
  if (!page.commonObjs.has(name)) return PLAIN;
  const font: unknown = page.commonObjs.get(name);
  if (typeof font !== "object" || font === null) return PLAIN;
  const ownName = "name" in font && typeof font.name === "string" ? font.name.replace(/^[A-Z]{6}\+/, "") : "";
  const isSaid = (key: "bold" | "black") => key in font && Reflect.get(font, key) === true;
  return { bold: BOLD.test(ownName) || isSaid("bold") || isSaid("black"), mono: MONO.test(ownName) };
}
