import type { PDFDocumentProxy, PDFPageProxy } from "pdfjs-dist/legacy/build/pdf.mjs";

const BOLD = /bold|black|heavy|demi|medi\b|[-,](?:bd|b)$|[a-z]-?bd$|^(?:sf|cm|ec)?(?:bx|b)\d|^cmssbx|^cmb/i;
/** Pages of a document; one is prepared for its fonts' sake in a tenth of a second. */
const PAGES_PREPARED_MAX = 40;

/**
 * Which of these fonts of a document are bold, by the names pdfjs gives them. pdfjs tells what a font is called only after a
 * page was prepared for painting, which costs as much as to read it: so this is asked when there is no outline, and of
 * the first page of each font. `firstPages`: of each font, from 1.
 */
export async function boldFonts(
  document: PDFDocumentProxy,
  fonts: ReadonlySet<string>,
  firstPages: ReadonlyMap<string, number>,
): Promise<ReadonlySet<string>> {
  const bold = new Set<string>();
  const wanted = [...firstPages].filter(([font]) => fonts.has(font));
  // One face tells nothing.
  if (wanted.length < 2) return bold;
  for (const number of [...new Set(wanted.map(([, first]) => first))].slice(0, PAGES_PREPARED_MAX)) {
    try {
      const page = await document.getPage(number);
      await page.getOperatorList();
      for (const [font, first] of wanted) if (first === number && isBold(page, font)) bold.add(font);
      page.cleanup();
    } catch {
      // Its text was read all the same; only its headings may be missed.
    }
  }
  return bold;
}

function isBold({ commonObjs }: PDFPageProxy, name: string): boolean {
  if (!commonObjs.has(name)) return false;
  const font: unknown = commonObjs.get(name);
  if (typeof font !== "object" || font === null) return false;
  const isSaid = (key: "bold" | "black") => Reflect.get(font, key) === true;
  const ownName: unknown = Reflect.get(font, "name");
  // A subset has six letters before its name.
  return (
    isSaid("bold") || isSaid("black") || (typeof ownName === "string" && BOLD.test(ownName.replace(/^[A-Z]{6}\+/, "")))
  );
}
