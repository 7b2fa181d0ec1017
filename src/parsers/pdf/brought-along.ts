import { packedFolder } from "../../flow/packed-file.ts";

/** By pdfjs's names of their kinds. */
const FOLDERS = new Map([
  ["cMapUrl", packedFolder("node_modules/pdfjs-dist/cmaps")],
  ["standardFontDataUrl", packedFolder("node_modules/pdfjs-dist/standard_fonts")],
]);

/**
 * Gives pdfjs its tables of CJK characters and its standard fonts. Without the tables the text of CJK fonts is empty, and
 * no error says so.
 */
export class BroughtAlong {
  async fetch({ kind, filename }: { readonly kind: string; readonly filename: string }): Promise<Uint8Array> {
    const read = FOLDERS.get(kind);
    if (read === undefined) throw new Error(`pdfjs asks for ${filename}, a file of an unknown kind (${kind})`);
    return read(filename);
  }
}
