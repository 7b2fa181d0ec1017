import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { linesAt, OBJECTS_FROM, pdfFile, prose, rectangle } from "../parsers/pdf/pdf-file.ts";
import { parsedPdf } from "../parsers/pdf/parse-pdf.ts";
import { run } from "../support/executable.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const JAPANESE_IN_SHIFT_JIS = "93fa967b8cea";

/** A font that is not in the file, and that only the tables of the reader tell the letters of. */
const japanese = [
  `<</Type/Font/Subtype/Type0/BaseFont/Ryumin-Light/Encoding/90ms-RKSJ-H/DescendantFonts[${OBJECTS_FROM + 1} 0 R]>>`,
  `<</Type/Font/Subtype/CIDFontType0/BaseFont/Ryumin-Light/DW 1000/FontDescriptor ${OBJECTS_FROM + 2} 0 R` +
    "/CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>>>",
  "<</Type/FontDescriptor/FontName/Ryumin-Light/Flags 4/ItalicAngle 0/Ascent 800/Descent -200/StemV 80/FontBBox[0 0 1 1]>>",
];

const FILES: Readonly<Record<string, Uint8Array>> = {
  japanese: pdfFile({
    pages: [[]],
    objects: japanese,
    fonts: `/japanese ${OBJECTS_FROM} 0 R`,
    contents: [`BT /japanese 12 Tf 72 700 Td <${JAPANESE_IN_SHIFT_JIS}> Tj ET`],
  }),
  "layers-and-outline": pdfFile({
    pages: [
      [
        { text: "Getting started", x: 72, y: 60, size: 18, font: "bold" },
        ...linesAt(72, 100, prose("first", 8)),
        { text: "Only in the draft.", x: 72, y: 300, layer: "draft" },
      ],
      [{ text: "Symbols", x: 72, y: 60, size: 18, font: "bold" }, ...linesAt(72, 100, prose("second", 8))],
    ],
    outline: [
      { title: "Getting started", page: 0 },
      { title: "Symbols", page: 1 },
    ],
    labels: "0 <</S/r>>",
    objects: ["<</Type/OCG/Name(Draft)>>"],
    properties: `/draft ${OBJECTS_FROM} 0 R`,
    catalog: `/OCProperties<</OCGs[${OBJECTS_FROM} 0 R]/D<</OFF[${OBJECTS_FROM} 0 R]>>>>`,
  }),
  "field-and-note": pdfFile({
    pages: [linesAt(72, 100, prose("line", 8))],
    annotations: [
      [
        `<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(filled in)/Rect${rectangle(72, 300, 200, 20)}>>`,
        `<</Type/Annot/Subtype/Text/Contents(mind this)/RC(<body><p>mind this</p></body>)/Rect${rectangle(72, 400, 20, 20)}>>`,
      ],
    ],
  }),
};

test("PDFs are read by the executable as by the source, with the tables and fonts that it brings along", async () => {
  using directory = temporaryDirectory();
  mkdirSync(join(directory.path, "pdf"));
  for (const [name, bytes] of Object.entries(FILES)) writeFileSync(join(directory.path, "pdf", `${name}.pdf`), bytes);
  writeFileSync(join(directory.path, "sources.toml"), '[[sources]]\nname = "pdf"\nparser = "pdf"\npaths = ["pdf"]\n');
  const { exitCode, stdout } = await run(["parse", "--json", "--full", "--limit", "100"], { cwd: directory.path });
  expect(exitCode).toBe(0);
  const contents = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === "document")
    .map(({ content }) => content);
  expect(contents.join()).toContain("日本語");
  expect(contents.join()).toContain("filled in");
  const bySource = await Promise.all(
    Object.keys(FILES)
      .toSorted()
      .map((name) => textOf(FILES[name])),
  );
  expect(contents).toEqual(bySource.flat());
});

async function textOf(bytes: Uint8Array | undefined): Promise<readonly string[]> {
  return (await parsedPdf(new Uint8Array(bytes ?? []))).documents.map(({ content }) => content);
}
