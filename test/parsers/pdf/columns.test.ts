import { describe, expect, test } from "bun:test";
import { textOfPdf } from "./parse-pdf.ts";
import { linesAt, pdfFile, prose } from "./pdf-file.ts";

/** The marks of the text, in the order it has them. */
async function marksOf(bytes: Uint8Array): Promise<string[]> {
  return [...(await textOfPdf(bytes)).matchAll(/\b(?:left|middle|right)\d+/g)].map(([mark]) => mark);
}

function marks(word: string, count: number, from = 1): string[] {
  return Array.from({ length: count }, (_, index) => `${word}${index + from}`);
}

describe("columns are read one after the other", () => {
  test("when there are three of them", async () => {
    const page = [
      ...linesAt(50, 100, prose("left", 20)),
      ...linesAt(235, 100, prose("middle", 20)),
      ...linesAt(435, 100, prose("right", 20)),
    ];
    expect(await marksOf(pdfFile({ pages: [page] }))).toEqual([
      ...marks("left", 20),
      ...marks("middle", 20),
      ...marks("right", 20),
    ]);
  });

  test("when a figure with many small labels stands in one of them", async () => {
    const labels = Array.from({ length: 90 }, (_, index) => ({
      text: `l${index}`,
      x: 60 + (index % 3) * 60,
      y: 100 + Math.floor(index / 3) * 6,
      size: 5,
    }));
    const page = [...labels, ...linesAt(50, 300, prose("left", 30, 9)), ...linesAt(320, 100, prose("right", 46, 9))];
    expect(await marksOf(pdfFile({ pages: [page] }))).toEqual([...marks("left", 30), ...marks("right", 46)]);
  });

  test("when tables fill one of them", async () => {
    const cells = (row: number) => [`left${row}`, "Rita", "Texas"];
    const table = Array.from({ length: 30 }, (_, index) =>
      cells(index + 1).map((text, at) => ({ text, x: 60 + at * 85, y: 100 + index * 14 })),
    );
    const page = [
      ...table.flat(),
      { text: "Table 1. What was found in all the articles of September.", x: 60, y: 540 },
      ...linesAt(320, 103, prose("right", 40, 9)),
    ];
    expect(await marksOf(pdfFile({ pages: [page] }))).toEqual([...marks("left", 30), ...marks("right", 40)]);
  });

  test("when half of the page is text across them", async () => {
    const across = linesAt(
      50,
      60,
      Array.from({ length: 30 }, (_, index) => `Across ${index} ${"the whole page and more ".repeat(4)}`),
    );
    const page = [...across, ...linesAt(50, 440, prose("left", 20, 9)), ...linesAt(320, 440, prose("right", 20, 9))];
    expect(await marksOf(pdfFile({ pages: [page] }))).toEqual([...marks("left", 20), ...marks("right", 20)]);
  });

  test("when a line is longer than its column", async () => {
    const left = prose("left", 20, 9).map((text, index) => (index === 10 ? `${text} ${"x".repeat(14)}` : text));
    const page = [...linesAt(50, 100, left), ...linesAt(320, 100, prose("right", 20, 9))];
    page.splice(30, 1, { text: "right11", x: 420, y: 220 });
    expect(await marksOf(pdfFile({ pages: [page] }))).toEqual([...marks("left", 20), ...marks("right", 20)]);
  });

  test("when the white between them is narrower than a letter is high", async () => {
    // Courier's letters are 6 points wide at 10 points: a line of 40 ends at 290.
    const filled = (word: string) => prose(word, 20, 3).map((text) => text.padEnd(40, "x"));
    const page = [
      ...linesAt(50, 100, filled("left"), { font: "mono" }),
      ...linesAt(298, 100, filled("right"), { font: "mono" }),
    ];
    expect(await marksOf(pdfFile({ pages: [page] }))).toEqual([...marks("left", 20), ...marks("right", 20)]);
  });

  test("when each is a table, whose rows are not those of the other", async () => {
    const table = (word: string, x: number, leading: number) =>
      Array.from({ length: 30 }, (_, index) => [
        { text: `${word}${index + 1}`, x, y: 100 + index * leading },
        { text: "what it means", x: x + 90, y: 100 + index * leading },
      ]).flat();
    expect(await marksOf(pdfFile({ pages: [[...table("left", 50, 14), ...table("right", 320, 15.3)]] }))).toEqual([
      ...marks("left", 30),
      ...marks("right", 30),
    ]);
  });

  test("but a table's are not, however many rows it has", async () => {
    const page = [
      ...linesAt(
        50,
        100,
        Array.from({ length: 20 }, (_, index) => `name ${index + 1}`),
        { leading: 24 },
      ),
      ...linesAt(200, 100, prose("right", 40, 9)),
    ];
    const text = await textOfPdf(pdfFile({ pages: [page] }));
    expect(text.indexOf("name 2")).toBeGreaterThan(text.indexOf("right1 "));
    expect(text.indexOf("name 2")).toBeLessThan(text.indexOf("right5 "));
  });
});
