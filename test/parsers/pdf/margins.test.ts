import { describe, expect, test } from "bun:test";
import { textOfPdf } from "./parse-pdf.ts";
import { linesAt, pdfFile, type Run } from "./pdf-file.ts";

const MARGIN = 60;
const BODY = 160;
const LEADING = 12;

type Style = Partial<Pick<Run, "size" | "font">>;

/** A line as wide as the text. */
function wide(word: string): string {
  return `${word} ${"goes on and on as it does in manuals ".repeat(2)}`.trim();
}

/** Three lines, the last of them short: `word1`, `word2`, `word3`. */
function paragraph(word: string, y: number, x = BODY): Run[] {
  const texts = [wide(`${word}1`), wide(`${word}2`), `${word}3 ends.`];
  return linesAt(x, y, texts, { leading: LEADING });
}

function label(text: string, y: number, style: Style = {}): Run {
  return { text, x: MARGIN, y, ...style };
}

/** The blocks of a page. */
async function blocksOf(...pages: readonly (readonly Run[])[]): Promise<string[]> {
  return (await textOfPdf(pdfFile({ pages }))).split(/\n+/).filter((block) => block !== "");
}

function whole(word: string): string {
  return `${wide(`${word}1`)} ${wide(`${word}2`)} ${word}3 ends.`;
}

describe("a label in the margin is a paragraph before the one that it stands beside", () => {
  test("when there are few of them on a page", async () => {
    const page = [
      ...paragraph("first", 100),
      label("Note", 160),
      ...paragraph("second", 160),
      ...paragraph("third", 220),
      label("Since 7.2", 280, { font: "bold", size: 8 }),
      ...paragraph("fourth", 280),
      label("open()", 340, { font: "mono" }),
      ...paragraph("fifth", 340),
    ];
    expect(await blocksOf(page)).toEqual([
      expect.anything(),
      whole("first"),
      "Note",
      whole("second"),
      whole("third"),
      "Since 7.2",
      whole("fourth"),
      "open()",
      whole("fifth"),
    ]);
  });

  test("when there are so many that they would be the first column of a table", async () => {
    const labels = ["Note", "Tip", "Warning", "2024-05-01"];
    const page = [
      ...paragraph("first", 100),
      ...paragraph("second", 160),
      ...labels.flatMap((text, at) => [label(text, 220 + at * 48), ...paragraph(text.slice(0, 3), 220 + at * 48)]),
    ];
    expect(await blocksOf(page)).toEqual([
      expect.anything(),
      whole("first"),
      whole("second"),
      ...labels.flatMap((text) => [text, whole(text.slice(0, 3))]),
    ]);
  });

  test("when it has several lines, between those of the text or longer than it", async () => {
    const page = [
      ...paragraph("first", 100),
      ...linesAt(MARGIN, 160, ["How to open", "a large file"], { leading: LEADING }),
      ...paragraph("second", 160),
      ...paragraph("third", 220),
      ...linesAt(MARGIN, 280, ["Files that", "others have", "locked, and", "what to do"], { leading: 9, size: 8 }),
      { text: wide("short"), x: BODY, y: 280 },
      ...paragraph("fourth", 340),
    ];
    expect(await blocksOf(page)).toEqual([
      expect.anything(),
      whole("first"),
      "How to open a large file",
      whole("second"),
      whole("third"),
      "Files that others have locked, and what to do",
      wide("short"),
      whole("fourth"),
    ]);
  });

  test("when its page has no other text, but others of the document do", async () => {
    const plain = [1, 2, 3].map((at) => paragraph(`plain${at}`, 100 + at * 60)).flat();
    const page = [1, 2, 3].map((at) => [label(`Tip ${at}`, 100 + at * 60), ...paragraph(`told${at}`, 100 + at * 60)]);
    const blocks = await blocksOf(plain, page.flat());
    expect(blocks).toContain("Tip 2");
    expect(blocks).toContain(whole("told2"));
  });
});

describe("what is no label in the margin", () => {
  /** A table of two columns that has several lines in most rows. */
  const table = (x: number, y: number) =>
    ["name", "size", "mode"].flatMap((name, at) => [
      { text: name, x, y: y + at * 40 },
      ...paragraph(name, y + at * 40, x + 100),
    ]);

  test("a first cell of a table in text that begins as far left", async () => {
    const page = [...paragraph("first", 100, MARGIN), ...paragraph("second", 160, MARGIN), ...table(MARGIN, 220)];
    expect(await blocksOf(page)).toContain(`| size | ${whole("size")} |`);
  });

  test("a first cell of a table beside a margin", async () => {
    const page = [...paragraph("first", 100), label("Note", 160), ...paragraph("second", 160), ...table(BODY, 220)];
    const blocks = await blocksOf(page, [1, 2, 3].map((at) => paragraph(`more${at}`, 100 + at * 60)).flat());
    expect(blocks).toContain("Note");
    expect(blocks).toContainEqual(expect.stringMatching(/^\| size \| size1 .* size3 ends\. \|$/));
  });

  test("a first cell of a table that is all of the document", async () => {
    expect(await blocksOf([...table(MARGIN, 100), ...table(MARGIN, 240)])).toContain(`| size | ${whole("size")} |`);
  });

  test("a first cell of a table in the margin and the text, each row of one line", async () => {
    const rows = ["one", "two", "three", "four"].flatMap((text, at) => [
      label(text, 220 + at * 14),
      { text: `${text} times`, x: BODY, y: 220 + at * 14 },
    ]);
    const page = [...paragraph("first", 100), ...paragraph("second", 160), ...rows, ...paragraph("third", 320)];
    expect(await blocksOf(page)).toContain("| three | three times |");
  });

  test("a first cell of a list of terms, some of which have one line", async () => {
    const rows = [
      label("[left]", 220),
      ...paragraph("left", 220),
      label("[right]", 262),
      { text: "short", x: BODY, y: 262 },
      label("[middle]", 278),
      ...paragraph("middle", 278),
    ];
    const page = [...paragraph("first", 100), ...paragraph("second", 160), ...rows, ...paragraph("third", 350)];
    expect(await blocksOf(page)).toContain(`| [left] | ${whole("left")} |`);
  });

  test("the number of a title, and the mark of a list", async () => {
    const page = [
      ...paragraph("first", 100),
      label("2.1", 160, { font: "bold", size: 14 }),
      { text: "Opening a file", x: BODY, y: 160, font: "bold", size: 14 },
      ...paragraph("second", 190),
      label("2.1.3.4", 240),
      { text: "Opening", x: BODY, y: 240 },
      label("1.", 290),
      ...paragraph("third", 290),
    ];
    const blocks = await blocksOf(page);
    expect(blocks.join("\n")).toContain("2.1 Opening a file");
    expect(blocks).toContain("2.1.3.4 Opening");
    expect(blocks).toContain(`1. ${whole("third")}`);
  });
});

describe("numbers of lines are left out", () => {
  test("of text that has one at every fifth line", async () => {
    const lines = linesAt(
      BODY,
      100,
      Array.from({ length: 25 }, (_, at) => wide(`line${at + 1}`)),
    );
    const numbers = [5, 10, 15, 20, 25].map((number) => ({ text: `${number}`, x: 140, y: 100 + (number - 1) * 12 }));
    const [, text = ""] = await blocksOf([...lines, ...numbers]);
    expect(text).toContain(`${wide("line4")} ${wide("line5")} ${wide("line6")}`);
    expect(text).toContain(`${wide("line24")} ${wide("line25")}`);
  });

  test("of text that has one at each line", async () => {
    const lines = linesAt(
      BODY,
      100,
      Array.from({ length: 25 }, (_, at) => wide(`line${at + 1}`)),
    );
    const numbers = lines.map(({ y }, at) => ({ text: `${at + 1}`, x: at < 9 ? 140 : 134.4, y }));
    const blocks = await blocksOf([...lines, ...numbers]);
    expect(blocks[1]).toContain(`${wide("line1")} ${wide("line2")} ${wide("line3")}`);
    expect(blocks[1]).toContain(`${wide("line24")} ${wide("line25")}`);
  });

  test("but not those of a list, nor of a program, which its text may name", async () => {
    const names = ["Anna", "Berta", "Clara", "Dora", "Emma", "Frida", "Greta", "Hanna"];
    const table = names.flatMap((text, at) => [
      { text: `${at + 1}`, x: 60, y: 200 + at * 14 },
      { text, x: 160, y: 200 + at * 14 },
      { text: "yes", x: 300, y: 200 + at * 14 },
    ]);
    const code = ["open(1)", "read(1)", "close(1)"].flatMap((text, at) => [
      { text: `${at + 1}`, x: 60, y: 400 + at * 12, font: "mono" },
      { text, x: 90, y: 400 + at * 12, font: "mono" },
    ]);
    const text = await textOfPdf(pdfFile({ pages: [[...paragraph("first", 100, 60), ...table, ...code]] }));
    expect(text).toContain("3. Clara yes");
    expect(text).toMatch(/^1 +open/m);
  });
});
