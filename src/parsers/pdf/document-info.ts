import type { PDFDocumentProxy } from "pdfjs-dist";
import type { PdfOmissions, PdfSection } from "./pdf-content.ts";

/** Characters of a page that only says which program shows the document. */
const PLACEHOLDER_CHARACTERS_MAX = 1_500;
const PROGRAM = /\badobe\b|\bacrobat\b|\breader\b/i;

type DocumentInfo = {
  /** Or "". */
  readonly title: string;
  readonly isXfa: boolean;
  /** Has fields that are read, beside an XFA form or not. */
  readonly hasFields: boolean;
  readonly isPortfolio: boolean;
};

export async function infoOf(document: PDFDocumentProxy): Promise<DocumentInfo> {
  try {
    const { info } = await document.getMetadata();
    const title = "Title" in info && typeof info.Title === "string" ? info.Title.trim() : "";
    const is = (key: string) => Reflect.get(info, key) === true;
    return {
      // What a converter leaves there is no title.
      title: /^(?:untitled|microsoft word|.*\.(?:docx?|dvi|tex|indd|fm|pdf))$/i.test(title) ? "" : title,
      isXfa: is("IsXFAPresent"),
      hasFields: is("IsAcroFormPresent"),
      isPortfolio: is("IsCollectionPresent"),
    };
  } catch {
    return { title: "", isXfa: false, hasFields: false, isPortfolio: false };
  }
}

/** What the document is, if its text only says which program shows it ("Please wait ..."). */
export function placeholderOf(
  { isXfa, hasFields, isPortfolio }: DocumentInfo,
  sections: readonly PdfSection[],
): PdfOmissions["placeholder"] {
  if (!isXfa && !isPortfolio) return undefined;
  const text = sections.map((section) => `${section.heading}\n${section.text}`).join("\n");
  if (text.length > PLACEHOLDER_CHARACTERS_MAX) return undefined;
  if (isXfa && (PROGRAM.test(text) || !hasFields)) return "xfa";
  return isPortfolio && (PROGRAM.test(text) || text === "") ? "portfolio" : undefined;
}

export async function labelsOf(document: PDFDocumentProxy): Promise<string[]> {
  try {
    const labels = (await document.getPageLabels()) ?? [];
    return labels.every((label, index) => label === "" || label === String(index + 1)) ? [] : labels;
  } catch {
    return [];
  }
}

/** Names of the files inside of it. */
export async function filesOf(document: PDFDocumentProxy): Promise<string[]> {
  try {
    const files = (await document.getAttachments()) ?? new Map();
    return [...files].map(([name, { filename }]) => filename || name);
  } catch {
    return [];
  }
}
