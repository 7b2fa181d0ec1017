/** A run of text on a page: its left end and baseline in points from the upper left corner of the page. */
export type Run = {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly size?: number;
  /** `plain`, `bold`, `mono`, `unicode`, `vertical`, `symbol`, `fixed`, `digits`, or one of `fonts`. */
  readonly font?: string;
  /** In degrees, against the clock. */
  readonly angle?: number;
  /** Between letters, in points. */
  readonly spacing?: number;
  /** As the words of a scan are. */
  readonly invisible?: boolean;
  /** A name of the `properties`: the layer it is on. */
  readonly layer?: string;
};

export type OutlineItem = { readonly title: string; /** From 0. */ readonly page: number };

const PAGE_HEIGHT = 792;
const PAGE_WIDTH = 612;
/** The first of the objects that a test brings; the pages come after them. */
export const OBJECTS_FROM = 16;

/**
 * A PDF of Letter pages with the standard fonts; `unicode` is a font for all letters, each half as wide as it is high,
 * `vertical` the same from top to bottom, all letters of one width. `fixed` is for code, as browsers and XeTeX embed it:
 * what is missing in it has another width; `digits` has nothing but those.
 */
export function pdfFile({
  pages,
  outline = [],
  labels = "",
  turned = [],
  annotations = [],
  catalog = "",
  objects: own = [],
  fonts = "",
  properties = "",
  forms = "",
  contents = [],
}: {
  readonly pages: readonly (readonly Run[])[];
  readonly outline?: readonly OutlineItem[];
  /** The number tree of page labels, as PDF. */
  readonly labels?: string;
  /** What the pages are turned by when they are shown, in degrees; a Letter page that is not upright is a wide one. */
  readonly turned?: readonly number[];
  /** The dictionaries of each page's annotations, as PDF. */
  readonly annotations?: readonly (readonly string[])[];
  /** More of the catalog, as PDF. */
  readonly catalog?: string;
  /** Objects of the file's own, as PDF; the first one has the number `OBJECTS_FROM`. */
  readonly objects?: readonly string[];
  /** More of the pages' fonts, layers and forms, and of their contents, as PDF. */
  readonly fonts?: string;
  readonly properties?: string;
  readonly forms?: string;
  readonly contents?: readonly string[];
}): Uint8Array {
  const objects: string[] = [];
  const add = (body: string) => objects.push(body);
  const pageNumber = (index: number) => OBJECTS_FROM + own.length + index * 2;
  const outlineNumber = pageNumber(pages.length);
  const kids = pages.map((_, index) => `${pageNumber(index)} 0 R`).join(" ");
  const outlines = outline.length === 0 ? "" : `/Outlines ${outlineNumber} 0 R`;
  add(`<</Type/Catalog/Pages 2 0 R ${outlines} ${labels === "" ? "" : `/PageLabels<</Nums[${labels}]>>`} ${catalog}>>`);
  add(`<</Type/Pages/Kids[${kids}]/Count ${pages.length}>>`);
  for (const name of ["Helvetica", "Helvetica-Bold", "Courier"]) add(standardFont(name));
  add(`<</Type/Font/Subtype/Type0/BaseFont/Any/Encoding/Identity-H/DescendantFonts[7 0 R]/ToUnicode 9 0 R>>`);
  // Not all of one width: that would make it a font for code.
  add(descendant("/W[32 32 250]"));
  add("<</Type/FontDescriptor/FontName/Any/Flags 4/ItalicAngle 0/Ascent 800/Descent -200/StemV 80/FontBBox[0 0 1 1]>>");
  add(pdfStream(unicodeMap()));
  add(`<</Type/Font/Subtype/Type0/BaseFont/Any/Encoding/Identity-V/DescendantFonts[11 0 R]/ToUnicode 9 0 R>>`);
  add(descendant());
  add("<</Type/Font/Subtype/Type1/BaseFont/Symbol>>");
  add(`<</Type/Font/Subtype/Type0/BaseFont/Any/Encoding/Identity-H/DescendantFonts[14 0 R]/ToUnicode 9 0 R>>`);
  add(descendant("/W[32 126 600]", 1000));
  add(
    `<</Type/Font/Subtype/TrueType/BaseFont/Any/FirstChar 48/LastChar 57/Widths[${"556 ".repeat(10)}]` +
      "/FontDescriptor 8 0 R/Encoding/WinAnsiEncoding>>",
  );
  for (const object of own) add(object);
  for (const [index, runs] of pages.entries()) {
    add(
      `<</Type/Page/Parent 2 0 R/MediaBox[0 0 ${PAGE_WIDTH} ${PAGE_HEIGHT}]/Contents ${pageNumber(index) + 1} 0 R` +
        `/Resources<</Font<</plain 3 0 R/bold 4 0 R/mono 5 0 R/unicode 6 0 R/vertical 10 0 R/symbol 12 0 R` +
        `/fixed 13 0 R/digits 15 0 R ${fonts}>>` +
        `/Properties<<${properties}>>/XObject<<${forms}>>>>/Annots[${(annotations[index] ?? []).join(" ")}]` +
        `/Rotate ${turned[index] ?? 0}>>`,
    );
    add(pdfStream([...runs.map(painted), contents[index] ?? ""].join("\n")));
  }
  if (outline.length > 0) {
    const first = outlineNumber + 1;
    add(`<</Type/Outlines/First ${first} 0 R/Last ${outlineNumber + outline.length} 0 R/Count ${outline.length}>>`);
    for (const [index, { title, page }] of outline.entries()) {
      const next = index + 1 < outline.length ? `/Next ${first + index + 1} 0 R` : "";
      add(`<</Title(${escaped(title)})/Parent ${outlineNumber} 0 R/Dest[${pageNumber(page)} 0 R/Fit]${next}>>`);
    }
  }
  return new TextEncoder().encode(written(objects));
}

/** A rectangle of a page, from its upper left corner, as PDF. */
export function rectangle(x: number, y: number, width: number, height: number): string {
  return `[${x} ${PAGE_HEIGHT - y - height} ${x + width} ${PAGE_HEIGHT - y}]`;
}

/** Lines under each other, as one column or paragraph. */
export function linesAt(
  x: number,
  top: number,
  texts: readonly string[],
  { leading = 12, ...style }: Partial<Pick<Run, "size" | "font">> & { readonly leading?: number } = {},
): Run[] {
  return texts.map((text, index) => ({ text, x, y: top + index * leading, ...style }));
}

/** Lines of a full column, each with a word of its own: `left1`, `left2` ... */
export function prose(word: string, lines: number, words = 6): string[] {
  return Array.from(
    { length: lines },
    (_, index) => `${word}${index + 1} ${"and some more ".repeat(Math.ceil(words / 3)).trim()}`,
  );
}

function standardFont(name: string): string {
  return `<</Type/Font/Subtype/Type1/BaseFont/${name}/Encoding/WinAnsiEncoding>>`;
}

function descendant(widths = "", other = 500): string {
  return (
    `<</Type/Font/Subtype/CIDFontType2/BaseFont/Any/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>` +
    `/FontDescriptor 8 0 R/DW ${other}${widths}>>`
  );
}

/** In WinAnsiEncoding. */
const BULLET = "\\225";

function painted({
  text,
  x,
  y,
  size = 10,
  font = "plain",
  angle = 0,
  spacing = 0,
  invisible = false,
  layer,
}: Run): string {
  const string =
    font === "unicode" || font === "vertical" || font === "fixed"
      ? `<${[...Array(text.length).keys()].map((at) => text.charCodeAt(at).toString(16).padStart(4, "0")).join("")}>`
      : `(${escaped(text).replaceAll("•", BULLET)})`;
  const turn = (angle * Math.PI) / 180;
  const matrix = [Math.cos(turn), Math.sin(turn), -Math.sin(turn), Math.cos(turn)].map((number) => number.toFixed(6));
  const style = `/${font} ${size} Tf ${spacing} Tc ${invisible ? 3 : 0} Tr`;
  const painting = `BT ${style} ${matrix.join(" ")} ${x} ${PAGE_HEIGHT - y} Tm ${string} Tj ET`;
  return layer === undefined ? painting : `/OC /${layer} BDC ${painting} EMC`;
}

function escaped(text: string): string {
  return text.replace(/[\\()]/g, "\\$&");
}

/** `entries`: more of its dictionary. */
export function pdfStream(content: string, entries = ""): string {
  return `<<${entries}/Length ${content.length}>>stream\n${content}\nendstream`;
}

function unicodeMap(): string {
  return (
    "/CIDInit/ProcSet findresource begin 12 dict begin begincmap /CMapName/Any def /CMapType 2 def " +
    "1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfrange <0000> <ffff> <0000> endbfrange endcmap end end"
  );
}

function written(objects: readonly string[]): string {
  let file = "%PDF-1.7\n";
  const offsets = objects.map((body, index) => {
    const offset = file.length;
    file += `${index + 1} 0 obj\n${body}\nendobj\n`;
    return `${String(offset).padStart(10, "0")} 00000 n \n`;
  });
  const size = objects.length + 1;
  return `${file}xref\n0 ${size}\n0000000000 65535 f \n${offsets.join("")}trailer\n<</Size ${size}/Root 1 0 R>>\nstartxref\n${file.length}\n%%EOF\n`;
}
