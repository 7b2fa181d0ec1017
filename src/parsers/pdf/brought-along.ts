import { packedFolder } from "../../flow/packed-file.ts";

/** By pdfjs's names of their kinds. */
const FOLDERS = new Map([
  ["cMapUrl", packedFolder("node_modules/pdfjs-dist/cmaps")],
  ["standardFontDataUrl", packedFolder("node_modules/pdfjs-dist/standard_fonts")],
]);

/**
 * What stands in for Helvetica, which draws its letters: their text and widths are known without. It is the only thing in
 * pdfjs under the GPL, and would be the only one in the executable.
 */
export const NOT_BROUGHT = /Liberation/i;

/**
 * Gives pdfjs its tables of CJK characters and its standard fonts, but for `NOT_BROUGHT`. Without the tables the text of
 * CJK fonts is empty, and no error says so.
 */
export class BroughtAlong {
  async fetch({ kind, filename }: { readonly kind: string; readonly filename: string }): Promise<Uint8Array> {
    const read = FOLDERS.get(kind);
    if (read === undefined) throw new Error(`pdfjs asks for ${filename}, a file of an unknown kind (${kind})`);
    if (NOT_BROUGHT.test(filename)) throw new Error(`${filename} is not brought along`);
    return read(filename);
  }
}
