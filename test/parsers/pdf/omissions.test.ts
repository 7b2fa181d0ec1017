import { describe, expect, test } from "bun:test";
import { parsedPdf, textOfPdf } from "./parse-pdf.ts";
import { linesAt, OBJECTS_FROM, pdfFile, pdfStream, prose } from "./pdf-file.ts";

const reasonsOf = async (bytes: Uint8Array) => (await parsedPdf(bytes)).notes.map(({ kind, reason }) => [kind, reason]);

describe("pages of one line", () => {
  test("are text, whatever number the line has, and wherever it stands", async () => {
    for (const line of ["Slide 1", "1 Introduction to part 1", "Part 1", "A-1", "Step 1 of 8"]) {
      for (const y of [40, 400, 770]) {
        const pages = Array.from({ length: 8 }, (_, index) =>
          linesAt(72, y, [line.replaceAll("1", String(index + 1))]),
        );
        const text = await textOfPdf(pdfFile({ pages }));
        expect(text).toContain(line);
        expect(text).toContain(line.replaceAll("1", "8"));
      }
    }
  });

  test("are text between others that have heads, which go", async () => {
    const body = (index: number) => [
      ...linesAt(72, 40, [`The shop manual ${index + 1}`]),
      ...linesAt(72, 100, prose(`text${index}x`, 10, 15)),
    ];
    const pages = [
      ...[0, 1, 2].map(body),
      [...linesAt(72, 40, ["The shop manual 4"]), ...linesAt(72, 770, ["Part 4"])],
      ...[4, 5, 6].map(body),
    ];
    const { documents, notes } = await parsedPdf(pdfFile({ pages }));
    const text = documents.map(({ content }) => content).join("\n");
    expect(text).toContain("Part 4");
    expect(text).not.toContain("shop manual");
    expect(notes).toEqual([]);
  });

  test("are paragraphs each, but for those that a sentence goes over", async () => {
    const pages = [
      "Opening a channel",
      "Locking rules",
      "Menu bars",
      "A sentence that begins on a page may go",
      "on on the next one",
    ];
    const text = await textOfPdf(pdfFile({ pages: pages.map((line) => linesAt(72, 120, [line])) }));
    expect(text).toContain(
      "Opening a channel\n\nLocking rules\n\nMenu bars\n\nA sentence that begins on a page may go on on the next one",
    );
  });

  test("that say the same are said once, and the others named", async () => {
    const pages = Array.from({ length: 5 }, () => linesAt(72, 40, ["Downloaded from a library"]));
    const { documents, notes } = await parsedPdf(pdfFile({ pages }));
    expect(documents.map(({ content }) => content)).toEqual(["Downloaded from a library"]);
    expect(notes.map(({ reason }) => reason)).toEqual(["nothing but running heads or page numbers on pages 2-5"]);
  });
});

describe("pages with nothing but a head and a number", () => {
  test("are named beside those that have text", async () => {
    const pages = Array.from({ length: 6 }, (_, index) => [
      ...linesAt(72, 40, ["The shop manual"]),
      ...(index === 3 ? [] : linesAt(72, 100, prose(`text${index}x`, 10, 15))),
      ...linesAt(300, 770, [String(index + 1)]),
    ]);
    expect(await reasonsOf(pdfFile({ pages }))).toEqual([
      ["warning", "nothing but running heads or page numbers on page 4"],
    ]);
  });

  test("are named also where the head is another one in each chapter", async () => {
    const pages = Array.from({ length: 9 }, (_, index) => [
      ...linesAt(72, 40, [`${index + 11}   CHAPTER ${"abcdefghi"[index]}`]),
      ...(index === 5 ? [] : linesAt(72, 100, prose(`text${index}x`, 10, 15))),
    ]);
    expect(await reasonsOf(pdfFile({ pages }))).toEqual([
      ["warning", "nothing but running heads or page numbers on page 6"],
    ]);
  });

  test("are no text layer that is missing", async () => {
    const pages = [1, 2, 3].map((number) => linesAt(300, 770, [String(number)]));
    expect(await reasonsOf(pdfFile({ pages }))).toEqual([
      ["skipped", "nothing but running heads or page numbers on pages 1-3"],
    ]);
    expect(await reasonsOf(pdfFile({ pages: [[], []] }))).toEqual([["skipped", "no text layer (scanned?)"]]);
  });
});

describe("fonts without a Unicode map", () => {
  /** The codes of glyphs of a font that was cut down to those, by their place in it. */
  const glyphs = (text: string) =>
    `<${[...text].map((letter) => (letter.charCodeAt(0) - 29).toString(16).padStart(4, "0")).join("")}>`;
  const bare = {
    objects: ["<</Type/Font/Subtype/Type0/BaseFont/ABCDEF+Some/Encoding/Identity-H/DescendantFonts[7 0 R]>>"],
    fonts: `/bare ${OBJECTS_FROM} 0 R`,
  };
  const shown = (lines: readonly string[], shift = (text: string) => glyphs(text)) =>
    `BT /bare 10 Tf 12 TL 72 600 Td ${lines.map((line) => `${shift(line)} Tj T*`).join(" ")} ET`;

  test("are a warning with the pages that are lost or garbled", async () => {
    const contents = ["", shown(prose("lost", 20))];
    const pages = [linesAt(72, 100, prose("text", 20)), []];
    const [[kind, reason] = []] = await reasonsOf(pdfFile({ pages, contents, ...bare }));
    expect(kind).toBe("warning");
    expect(reason).toStartWith("text on page 2 is lost or garbled, because its fonts do not say which letters");
  });

  test("are no missing text layer, also where no letter is left", async () => {
    const numbers = (text: string) =>
      `<${[...text].map((_, index) => ((index % 20) + 1).toString(16).padStart(4, "0")).join("")}>`;
    const { documents, notes } = await parsedPdf(
      pdfFile({ pages: [[]], contents: [shown(prose("lost", 20), numbers)], ...bare }),
    );
    expect(documents).toEqual([]);
    expect(notes.map(({ kind }) => kind)).toEqual(["skipped"]);
    expect(notes[0]?.reason).toStartWith("text on page 1 is lost or garbled");
  });

  test("are a warning where the letters are others, and no control character tells", async () => {
    // Spaces are gaps, as TeX has them.
    const apart = (line: string) => `[${line.split(" ").map(glyphs).join(" -300 ")}] TJ T*`;
    const lines = prose("something in other letters than those of the file", 12).map((line) =>
      line.replace(/\d+/g, ""),
    );
    const contents = [`BT /bare 10 Tf 12 TL 72 600 Td ${lines.map(apart).join(" ")} ET`];
    const [[kind, reason] = []] = await reasonsOf(pdfFile({ pages: [[]], contents, ...bare }));
    expect([kind, reason?.slice(0, 32)]).toEqual(["warning", "text on page 1 is lost or garble"]);
  });

  test("are a warning where glyphs are only numbered", async () => {
    const codes = [...Array(60).keys()];
    const numbered = {
      objects: [
        "<</Type/Font/Subtype/Type1/BaseFont/ABCDEF+Some/FirstChar 33/LastChar 92/Widths[" +
          `${"500 ".repeat(60)}]/FontDescriptor 8 0 R/Encoding<</Type/Encoding/Differences[33 ${codes.map((code) => `/g${code}`).join("")}]>>>>`,
      ],
      fonts: `/bare ${OBJECTS_FROM} 0 R`,
    };
    const order = [...new Set(prose("lost", 20).join("").replaceAll(" ", ""))];
    const coded = (text: string) =>
      `<${[...text].map((letter) => (letter === " " ? "20" : (33 + order.indexOf(letter)).toString(16))).join("")}>`;
    const contents = [shown(prose("lost", 20), coded)];
    const [[kind, reason] = []] = await reasonsOf(pdfFile({ pages: [[]], contents, ...numbered }));
    expect([kind, reason?.slice(0, 32)]).toEqual(["warning", "text on page 1 is lost or garble"]);
  });

  test("are none that only tables of codes and programs look like", async () => {
    const codes = Array.from(
      { length: 40 },
      (_, index) => `${"BCDFGHKLMNPQRSTVWXZ".slice(index % 9, (index % 9) + 8)} #$%&*`,
    );
    for (const font of ["plain", "mono"])
      expect(await reasonsOf(pdfFile({ pages: [linesAt(72, 100, codes, { font })] }))).toEqual([]);
  });

  test("are none that only bullets, symbols or a formula have", async () => {
    const page = [
      ...linesAt(90, 100, prose("text", 20)),
      ...linesAt(
        72,
        100,
        Array.from({ length: 20 }, () => "\uf0b7"),
        { font: "unicode" },
      ),
    ];
    expect(await reasonsOf(pdfFile({ pages: [page] }))).toEqual([]);
  });
});

describe("a document that only one program shows", () => {
  const WAIT = [
    "Please wait...",
    "If this message is not eventually replaced with the proper contents of the document, your PDF",
    "viewer may not be able to display this type of document. You can upgrade to the latest version",
    "of Adobe Reader by visiting a page of its maker.",
  ];
  const xfa = pdfStream('<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/"></xdp:xdp>');

  test("is an XFA form: its page that asks to wait is no text, and it is named", async () => {
    for (const fields of ["", "<</T(form1)/FT/Tx>>"]) {
      const file = pdfFile({
        pages: [linesAt(72, 100, WAIT)],
        objects: [xfa],
        catalog: `/AcroForm<</Fields[${fields}]/XFA ${OBJECTS_FROM} 0 R>>`,
      });
      const { documents, notes } = await parsedPdf(file);
      expect(documents).toEqual([]);
      expect(notes.map(({ kind, reason }) => [kind, reason])).toEqual([
        ["skipped", expect.stringContaining("an XFA form")],
      ]);
    }
  });

  test("is no XFA form that has its pages as well", async () => {
    const file = pdfFile({
      pages: [linesAt(72, 100, ["Application", "Name:"])],
      annotations: [
        ["<</Type/Annot/Subtype/Widget/FT/Tx/T(n)/V(Ada)/F 4/DA(/plain 10 Tf 0 g)/Rect[110 675 300 691]>>"],
      ],
      objects: [xfa],
      catalog: `/AcroForm<</Fields[<</T(n)/FT/Tx>>]/XFA ${OBJECTS_FROM} 0 R>>`,
    });
    const { documents, notes } = await parsedPdf(file);
    expect(documents.map(({ content }) => content).join()).toMatch(/Application[^]*Name:\W+Ada/);
    expect(notes).toEqual([]);
  });

  test("is a portfolio: the files inside of it are named", async () => {
    const file = pdfFile({
      pages: [linesAt(72, 100, ["For the best experience, open this PDF portfolio in Acrobat or Adobe Reader."])],
      objects: [
        pdfStream("hello", "/Type/EmbeddedFile"),
        `<</Type/Filespec/F(prices.txt)/EF<</F ${OBJECTS_FROM} 0 R>>>>`,
      ],
      catalog: `/Collection<</Type/Collection>>/Names<</EmbeddedFiles<</Names[(prices)${OBJECTS_FROM + 1} 0 R]>>>>`,
    });
    const { documents, notes } = await parsedPdf(file);
    expect(documents).toEqual([]);
    expect(notes.map(({ kind, reason }) => [kind, reason])).toEqual([
      ["skipped", "a PDF portfolio: save the files inside of it as files of their own to have them read: prices.txt"],
    ]);
  });
});

test("files inside of a PDF are named", async () => {
  const file = pdfFile({
    pages: [linesAt(72, 100, ["The text."])],
    objects: [
      pdfStream("hello", "/Type/EmbeddedFile"),
      `<</Type/Filespec/F(prices.txt)/EF<</F ${OBJECTS_FROM} 0 R>>>>`,
    ],
    catalog: `/Names<</EmbeddedFiles<</Names[(prices)${OBJECTS_FROM + 1} 0 R]>>>>`,
  });
  expect(await reasonsOf(file)).toEqual([
    ["warning", "left out: 1 file inside of it: prices.txt; save what is to be read beside it"],
  ]);
});
