import { describe, expect, test } from "bun:test";
import { availableParallelism } from "node:os";
import { readPdf } from "../../../src/parsers/pdf/read-pdf.ts";
import { textOfPdf } from "./parse-pdf.ts";
import { linesAt, pdfFile, prose, type Run } from "./pdf-file.ts";

const unicode = (text: string, x: number, y: number): Run => ({ text, x, y, font: "unicode" });

describe("the words of a PDF", () => {
  test("of a right-to-left line are read from the right, Latin ones inside of it from the left", async () => {
    // As they are painted: each word on its own, its letters from left to right.
    const painted = (word: string) => [...word].reverse().join("");
    const page = [
      unicode(painted("שלום"), 300, 100),
      unicode(painted("עולם"), 270, 100),
      { text: "Visual", x: 200, y: 100 },
      { text: "PRO", x: 232, y: 100 },
      unicode(painted("טוב"), 175, 100),
    ];
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain("שלום עולם Visual PRO טוב");
  });

  test("have their accents, also when those are printed above the letter before it is", async () => {
    // Each letter of this font is 5 points wide.
    const page = [unicode("na¨", 72, 100), unicode("ıve M¨", 82.5, 100), unicode("uller", 107.5, 100)];
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain("naïve Müller");
  });

  test("have accents with no letter below them as they are", async () => {
    expect(await textOfPdf(pdfFile({ pages: [[unicode("name ˆpattern", 72, 100)]] }))).toContain("name ˆpattern");
  });

  test("that run from top to bottom are read from the right line to the left one", async () => {
    const vertical = (text: string, x: number): Run => ({ text, x, y: 100, font: "vertical" });
    // In a font of letters of one width, which makes no code of it.
    const page = [vertical("文書の検索は", 400), vertical("この道具で", 385), vertical("できます。", 370)];
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toBe("file\n文書の検索はこの道具でできます。");
  });

  test("have no ligatures", async () => {
    expect(await textOfPdf(pdfFile({ pages: [[unicode("eﬃcient ﬁles", 72, 100)]] }))).toContain("efficient files");
  });

  test("have their exponents and indices in their line", async () => {
    const page = [
      { text: "An area of 5 km", x: 72, y: 100 },
      { text: "2", x: 143, y: 96, size: 6 },
      { text: "and x", x: 150, y: 100 },
      { text: "1", x: 176, y: 102, size: 6 },
      { text: "in one line", x: 184, y: 100 },
      { text: "and the next.", x: 72, y: 112 },
    ];
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toMatch(/5 km ?2 and x ?1 in one line and the next/);
  });

  test("have exponents of their own line where another line is as near", async () => {
    const page = [
      { text: "F over G", x: 90, y: 92 },
      { text: "so z", x: 72, y: 100 },
      { text: "2", x: 90.3, y: 96, size: 7 },
      { text: "is large", x: 97, y: 100 },
    ];
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain("so z2 is large");
  });

  test("are there once when they are printed twice to look bold or to have a shadow", async () => {
    const page = [
      { text: "Twice is bold", x: 72, y: 80 },
      { text: "Twice", x: 72.3, y: 80 },
      { text: "is bold", x: 98.3, y: 80 },
      { text: "Shadow", x: 72, y: 100, size: 20 },
      { text: "Shadow", x: 73.5, y: 101.5, size: 20 },
      { text: "well, well", x: 72, y: 130 },
    ];
    const text = await textOfPdf(pdfFile({ pages: [page] }));
    expect(text.match(/Twice|bold|Shadow|well/g)).toEqual(["Twice", "bold", "Shadow", "well", "well"]);
  });

  test("have no space between their letters where those are set wide", async () => {
    const page = [
      { text: "BBj Programming", x: 72, y: 80, spacing: 3 },
      { text: "I N D E X", x: 72, y: 110 },
      { text: "A B C D", x: 72, y: 140 },
    ];
    const text = await textOfPdf(pdfFile({ pages: [page] }));
    expect(text).toContain("BBj Programming");
    expect(text).toContain("INDEX");
    expect(text).toContain("A B C D");
  });

  test("begin with the large letter that a chapter begins with", async () => {
    const page = [
      { text: "O", x: 72, y: 124, size: 44 },
      ...linesAt(108, 100, [
        "nce upon a time there was a manual",
        "with a large letter, and nobody",
        "knew why this was so.",
      ]),
      { text: "And then it went on.", x: 72, y: 136 },
    ];
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain(
      "Once upon a time there was a manual with a large letter, and nobody knew why this was so. And then it went on.",
    );
  });

  test("of a scan, which lie invisible over its picture, are text", async () => {
    const page = linesAt(72, 100, prose("scanned", 3)).map((run) => ({ ...run, invisible: true }));
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain("scanned1 and some more");
  });

  test("across the page come after its text, and are left out where they are on most pages", async () => {
    const stamp = { text: "DRAFT OF MAY", x: 150, y: 500, size: 60, angle: 45 };
    const page = (name: string) => [...linesAt(72, 120, prose(name, 30)), stamp];
    const once = await textOfPdf(pdfFile({ pages: [page("text")] }));
    expect(once).toMatch(/text30 and some more and some more\n\nDRAFT OF MAY$/);
    expect(await textOfPdf(pdfFile({ pages: ["a", "b", "c", "d"].map(page) }))).not.toContain("DRAFT");
  });

  test("of pages that are turned are read upright", async () => {
    const pages = ["a", "b", "c", "d"].map((name) => linesAt(200, 200, prose(name, 3)));
    const text = await textOfPdf(pdfFile({ pages, turned: [0, 90, 180, 270] }));
    expect(text.match(/\b[a-d]\d/g)).toEqual(["a1", "a2", "a3", "b1", "b2", "b3", "c1", "c2", "c3", "d1", "d2", "d3"]);
  });

  test("that are printed upwards on a page that is not turned are read as it is meant", async () => {
    const page = prose("up", 4).map((text, index) => ({ text, x: 100 + index * 14, y: 700, angle: 90 }));
    expect((await textOfPdf(pdfFile({ pages: [page] }))).match(/\bup\d/g)).toEqual(["up1", "up2", "up3", "up4"]);
  });

  test("are refused where a page has hundreds of thousands of pieces of text, and no others are", async () => {
    const pieces = Array.from({ length: 40_000 }, (_, index) => ({
      text: "x = 1",
      x: 30 + (index % 3) * 50,
      y: 20 + index * 0.01,
      size: 0.05,
      font: "mono" as const,
    }));
    const file = pdfFile({ pages: [pieces, linesAt(72, 100, prose("text", 5))] });
    const content = await readPdf(file, undefined);
    expect(content.problems).toEqual(["page 1: more than 200000 pieces of text"]);
    expect(content.sections[0]?.text).toContain("text5");
  });
});

test("whoever counts the processors after a PDF was read here still finds them", async () => {
  await readPdf(pdfFile({ pages: [linesAt(72, 100, prose("text", 5))] }), undefined);
  expect(availableParallelism()).toBeGreaterThan(0);
});
