import { describe, expect, test } from "bun:test";
import { textOfPdf } from "./parse-pdf.ts";
import { linesAt, pdfFile, prose, type Run } from "./pdf-file.ts";

const at = (x: number, y: number, text: string, style: Partial<Run> = {}): Run => ({ text, x, y, ...style });
/** Text as wide as a page, above and below a list. */
const above = linesAt(72, 80, prose("above", 3, 15));
const below = (y: number): Run[] => linesAt(72, y, prose("below", 3, 15));
const blocksOf = async (page: readonly Run[]): Promise<string[]> =>
  (await textOfPdf(pdfFile({ pages: [page] }))).split("\n\n").slice(1, -1);

describe("a definition list", () => {
  test("has each term, with its indented description below it, by itself", async () => {
    const page = [
      ...above,
      at(72, 130, "gutter"),
      at(100, 142, "the strip of white that parts two columns of text on a page of a manual"),
      at(100, 154, "is as high as they are"),
      at(72, 166, "leading"),
      at(100, 178, "the distance from one baseline to the next one"),
      at(72, 190, "pitch"),
      at(100, 202, "what a letter advances"),
      ...below(240),
    ];
    expect(await blocksOf(page)).toEqual([
      "gutter\nthe strip of white that parts two columns of text on a page of a manual is as high as they are",
      "leading\nthe distance from one baseline to the next one",
      "pitch\nwhat a letter advances",
    ]);
  });

  test("has each of its entries by itself where the description follows in the term's line", async () => {
    const bold = { font: "bold" } as const;
    const page = [
      ...above,
      at(72, 130, "Gutter", bold),
      at(108, 130, "strip of white that parts two columns"),
      at(72, 142, "Leading", bold),
      at(112, 142, "distance from one baseline to the next one"),
      at(72, 154, "Pitch", bold),
      at(99, 154, "what a letter advances"),
      ...below(190),
    ];
    expect(await blocksOf(page)).toEqual([
      "Gutter strip of white that parts two columns",
      "Leading distance from one baseline to the next one",
      "Pitch what a letter advances",
    ]);
  });

  test("of options has each option by itself, with the lines that hang below it", async () => {
    const page = [
      ...above,
      at(
        72,
        130,
        "-v  says more of what it does, of what it does not do, and of what it would have done in the night if",
      ),
      at(90, 142, "there had been something to do"),
      at(72, 154, "-q  says nothing"),
      at(72, 166, "--dry-run  changes nothing"),
      ...below(200),
    ];
    expect(await blocksOf(page)).toEqual([
      "-v says more of what it does, of what it does not do, and of what it would have done in the night if there had been something to do",
      "-q says nothing",
      "--dry-run changes nothing",
    ]);
  });
});

describe("a paragraph", () => {
  test("is whole where its first line is indented, also between others that are", async () => {
    const [first = "", second = "", third = ""] = prose("text", 3, 15);
    const page = [
      ...above,
      at(86, 130, "One line is a paragraph."),
      at(86, 142, first),
      at(72, 154, "and its end."),
      at(86, 166, second),
      at(72, 178, third),
      ...below(200),
    ];
    expect(await blocksOf(page)).toEqual(["One line is a paragraph.", `${first} and its end.`, `${second} ${third}`]);
  });

  test("goes on below an option or a bold word that happens to begin a line", async () => {
    const [first = "", second = ""] = prose("text", 2, 15);
    const page = [
      ...above,
      at(72, 130, "-v", { font: "bold" }),
      at(86, 130, `and ${first}`),
      at(72, 142, "-q", { font: "bold" }),
      at(86, 142, `and ${second}`),
      ...below(180),
    ];
    expect(await blocksOf(page)).toHaveLength(1);
  });
});
