import { describe, expect, test } from "bun:test";
import { textOfPdf } from "./parse-pdf.ts";
import { pdfFile, type Run } from "./pdf-file.ts";

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

  test("have their accents, also when those are printed before the letter", async () => {
    expect(await textOfPdf(pdfFile({ pages: [[unicode("na¨ıve M¨uller", 72, 100)]] }))).toContain("naïve Müller");
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
});
