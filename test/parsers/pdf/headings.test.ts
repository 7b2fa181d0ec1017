import { describe, expect, test } from "bun:test";
import { parsePdf } from "./parse-pdf.ts";
import { linesAt, pdfFile, prose, type Run } from "./pdf-file.ts";

/** Each document's section path and title. */
async function pathsOf(bytes: Uint8Array): Promise<string[]> {
  const documents = await parsePdf(bytes);
  return documents.map(({ contextHeader }) => contextHeader.replace(/^file(?: > )?/, ""));
}

const bold = (text: string, y: number, size = 10): Run => ({ text, x: 72, y, size, font: "bold" });
const body = (y: number, word = "text", lines = 8) => linesAt(72, y, prose(word, lines, 15));

describe("headings without an outline", () => {
  test("are bold lines that stand apart, below those in larger letters", async () => {
    const page = [
      bold("Files", 60, 16),
      ...body(90),
      bold("2.1 Opening a file", 200),
      ...body(218),
      bold("Closing a file", 330),
      ...body(348),
    ];
    expect(await pathsOf(pdfFile({ pages: [page] }))).toEqual([
      "Files",
      "Files > 2.1 Opening a file",
      "Files > Closing a file",
    ]);
  });

  test("are not bold words in a paragraph, the heads of tables, captions or warnings", async () => {
    const page = [
      bold("Files", 60, 16),
      ...body(90, "before", 3),
      bold("is a bold line of this paragraph", 126),
      ...body(138, "after", 3),
      bold("Number", 190),
      { text: "Meaning", x: 200, y: 190, font: "bold" as const },
      ...linesAt(72, 202, ["0", "11", "12"]),
      ...linesAt(200, 202, ["Record locked", "Record missing", "File missing"]),
      bold("Table 1. Error numbers", 260),
      bold("Warning:", 290),
      ...body(302),
    ];
    expect(await pathsOf(pdfFile({ pages: [page] }))).toEqual(["Files"]);
  });

  test("are bold lines on all pages of a file that has fonts of its own for each", async () => {
    const count = 45;
    const fonts = Array.from(
      { length: count },
      (_, index) => `/own${index}<</Type/Font/Subtype/Type1/BaseFont/Any${index}-Bold/Encoding/WinAnsiEncoding>>`,
    );
    const pages = fonts.map((_, index) => [
      { text: `Opening file ${index + 1}`, x: 72, y: 100, font: `own${index}` },
      ...body(118),
    ]);
    const paths = await pathsOf(pdfFile({ pages, fonts: fonts.join("") }));
    expect(paths).toEqual(fonts.map((_, index) => `Opening file ${index + 1}`));
  });

  test("are not lines with a large bracket", async () => {
    const page = [
      bold("Files", 60, 16),
      ...body(90, "before", 3),
      { text: "[", x: 72, y: 150, size: 16 },
      { text: "an option of the command", x: 80, y: 150 },
      ...body(180, "after", 3),
    ];
    expect(await pathsOf(pdfFile({ pages: [page] }))).toEqual(["Files"]);
  });

  test("are not the chapters of a table of contents, which take no level from the text's either", async () => {
    const contents = (chapter: string) => [bold("Contents", 60, 18), bold(`${chapter} ${". ".repeat(24)}1`, 90, 14.4)];
    const chapter = [
      bold("Files", 60, 18),
      ...body(90),
      bold("Opening", 230, 15),
      ...body(250),
      bold("Modes", 400, 13),
    ];
    const pages = [contents("Files"), contents("Records"), ...[1, 2].map(() => [...chapter, ...body(420)])];
    expect(await pathsOf(pdfFile({ pages }))).toEqual([
      "Contents",
      "Contents",
      ...[1, 2].flatMap(() => ["Files", "Files > Opening", "Files > Opening > Modes"]),
    ]);
  });

  test("have their words whole", async () => {
    const page = [bold("About the docu-", 60, 16), bold("mentation", 78, 16), ...body(110)];
    expect(await pathsOf(pdfFile({ pages: [page] }))).toEqual(["About the documentation"]);
  });

  test("that are called alike, with a number or without, have addresses of their own", async () => {
    const titles = ["Setup", "Setup 2", "Setup", "Setup"];
    const pages = titles.map((title) => [bold(title, 160, 16), ...body(190)]);
    const documents = await parsePdf(pdfFile({ pages }));
    expect(new Set(documents.map(({ sourceUrl }) => sourceUrl)).size).toBe(4);
  });

  test("are told by their size where everything is bold", async () => {
    const lines = Array.from({ length: 20 }, (_, index) => bold(`Line ${index} of the text`, 100 + index * 18));
    expect(await pathsOf(pdfFile({ pages: [[bold("Files", 60, 16), ...lines]] }))).toEqual(["Files"]);
  });

  test("of the text have their levels, however many sizes the cover has", async () => {
    const cover = [30, 28, 26, 24, 22].map((size, index) => bold(`Cover ${size} words`, 100 + index * 100, size));
    const chapter = (name: string) => [
      bold(`Chapter ${name}`, 60, 18),
      ...body(90),
      bold(`Section ${name}`, 220, 14),
      ...body(250),
    ];
    const paths = await pathsOf(pdfFile({ pages: [cover, chapter("one"), chapter("two")] }));
    expect(paths.slice(-4)).toEqual([
      "Chapter one",
      "Chapter one > Section one",
      "Chapter two",
      "Chapter two > Section two",
    ]);
  });
});

describe("numbered titles in Japanese", () => {
  const wide = (y: number, text: string): Run => ({ text, x: 72, y, font: "unicode" });
  const sentence = "この章ではファイルの開き方と閉じ方について詳しく説明します。まず最初に必要な準備を行い";

  test.each([
    ["1.2 ファイルを開く", "1.3 ファイルを閉じる"],
    ["１．２　ファイルを開く", "１．３　ファイルを閉じる"],
    ["第１章　ファイルを開く", "第２章　ファイルを閉じる"],
  ])("in letters as large as the text's are headings: %s, %s", async (first, second) => {
    const page = [
      wide(100, sentence),
      wide(115, "次に設定を確認してください。"),
      wide(130, first),
      wide(145, sentence),
      wide(160, "次に名前を確認してください。"),
      wide(175, second),
      wide(190, sentence),
      wide(205, "終わりです。"),
    ];
    const documents = await parsePdf(pdfFile({ pages: [page] }));
    const spaced = (text: string) => text.replaceAll("\u3000", " ");
    expect(documents.slice(1).map(({ title, content }) => [title, content])).toEqual([
      [spaced(first), `${sentence}次に名前を確認してください。`],
      [spaced(second), `${sentence}終わりです。`],
    ]);
  });

  test("are no lines of a sentence that goes on with a number", async () => {
    const page = [
      wide(100, sentence),
      wide(115, "1.2 ファイルを確認してくださいまず最初に必要な準備を行いそれから次の名前を確認する人"),
      wide(130, sentence),
      wide(145, "1.3 ファイル"),
    ];
    expect(await parsePdf(pdfFile({ pages: [page] }))).toHaveLength(1);
  });
});

describe("an outline", () => {
  test("fits headings that lack its numbers", async () => {
    const page = [bold("Introduction", 60), ...body(72), bold("Conclusion", 200), ...body(212)];
    const outline = [
      { title: "1. Introduction", page: 0 },
      { title: "2. Conclusion", page: 0 },
    ];
    expect(await pathsOf(pdfFile({ pages: [page], outline }))).toEqual(["1. Introduction", "2. Conclusion"]);
  });

  test("that leads to the wrong pages still has the names of the headings", async () => {
    const pages = ["Files", "Records", "Locks"].map((title) => [{ text: title, x: 72, y: 60 }, ...body(72)]);
    const outline = ["Files", "Records", "Locks"].map((title, index) => ({ title, page: 2 - index }));
    expect(await pathsOf(pdfFile({ pages, outline }))).toEqual(["Files", "Records", "Locks"]);
  });

  test("has no paragraphs in its headings", async () => {
    const page = [...linesAt(72, 50, ["Before it", "* * *", "Files"]), ...body(90)];
    const documents = await parsePdf(pdfFile({ pages: [page], outline: [{ title: "Files", page: 0 }] }));
    expect(documents.map(({ content }) => content).join()).toContain("Before it * * *");
  });

  test("that is not of this text is not used", async () => {
    const page = [bold("Files", 60, 16), ...body(90), bold("Records", 220, 16), ...body(250)];
    const outline = ["Slide 1", "Slide 2", "Files"].map((title) => ({ title, page: 0 }));
    expect(await pathsOf(pdfFile({ pages: [page], outline }))).toEqual(["Files", "Records"]);
  });
});

describe("a section's metadata", () => {
  const pages = ["One", "Two", "Three"].map((title) => [bold(title, 60, 16), ...body(90)]);

  test("says what is printed on its pages beside their numbers", async () => {
    const documents = await parsePdf(pdfFile({ pages, labels: "0<</S/r/St 3>> 2<</S/D/P(A-)>>" }));
    expect(documents.map(({ metadata }) => [metadata["first_page"], metadata["pages"]])).toEqual([
      ["1", "iii"],
      ["2", "iv"],
      ["3", "A-1"],
    ]);
  });

  test("says nothing more where the pages are called by their numbers", async () => {
    const [first] = await parsePdf(pdfFile({ pages, labels: "0<</S/D>>" }));
    expect(first?.metadata).toEqual({ file: "file.pdf", first_page: "1", last_page: "1" });
  });
});
