import { describe, expect, test } from "bun:test";
import { textOfPdf } from "./parse-pdf.ts";
import { linesAt, pdfFile, prose, type Run } from "./pdf-file.ts";

const at = (x: number, y: number, text: string, style: Partial<Run> = {}): Run => ({ text, x, y, ...style });
/** Letters of `fixed` are 6 points wide at 10 points. */
const CHARACTER = 6;

describe("a program", () => {
  test("is known by its letters, which are all as wide as each other, whatever its font is called", async () => {
    const page = [
      ...linesAt(72, 100, prose("before", 3)),
      at(72, 150, "rem Opens the file of customers", { font: "fixed" }),
      at(72, 162, "for i = 1 to 10", { font: "fixed" }),
      at(72 + 4 * CHARACTER, 174, 'print "item", i', { font: "fixed" }),
      at(72, 186, "next i", { font: "fixed" }),
      ...linesAt(72, 220, prose("after", 3)),
    ];
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain(
      ["```", "rem Opens the file of customers", "for i = 1 to 10", '    print "item", i', "next i", "```"].join("\n"),
    );
  });

  test("is not what is in a font that has nothing but digits, nor the dots of a table of contents", async () => {
    const page = [
      ...linesAt(72, 100, prose("before", 3)),
      at(72, 160, "1984", { font: "digits" }),
      at(72, 190, "Opening a file", {}),
      at(160, 190, ". . . . . . . . . . . . . . . .", { font: "mono" }),
      at(400, 190, "7", {}),
    ];
    const text = await textOfPdf(pdfFile({ pages: [page] }));
    expect(text).not.toContain("```");
    expect(text).toContain("1984");
    expect(text).toContain("Opening a file 7");
  });

  test("is not a line of a sentence that is set in its letters", async () => {
    const full = "The members of this group are called by the names of their kinds, as in";
    const page = [
      ...linesAt(72, 100, [full, full]),
      at(72, 124, "/etc/bbj/first.conf, /etc/bbj/second.conf", { font: "fixed" }),
      ...linesAt(72, 136, ["and nothing else is read before the program has started, and then by", full]),
      at(72, 160, "BBjAPI.open", { font: "fixed" }),
      ...linesAt(72, 190, [full]),
      at(90, 202, "let one = 1", { font: "fixed" }),
      at(90, 214, "let two = 2", { font: "fixed" }),
      ...linesAt(72, 240, [full]),
      at(72, 256, "let three = 3", { font: "fixed" }),
    ];
    const text = await textOfPdf(pdfFile({ pages: [page] }));
    expect(text).toContain("kinds, as in /etc/bbj/first.conf, /etc/bbj/second.conf and nothing");
    expect(text).toContain("kinds, as in BBjAPI.open\n\nThe members");
    expect(text).toContain("as in\n\n```\nlet one = 1\nlet two = 2\n```");
    expect(text).toContain("as in\n\n```\nlet three = 3\n```");
  });

  test("is not a list of names in its letters, whose bullets are not", async () => {
    const page = ["customer.dat", "order.dat", "item.dat"].flatMap((name, index) => [
      at(80, 100 + index * 14, "•", { font: "unicode" }),
      at(90, 100 + index * 14, name, { font: "mono" }),
    ]);
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain("- customer.dat\n\n- order.dat\n\n- item.dat");
  });

  test("is not a list whose text pdfjs takes for one with its bullets, which are in a font of even widths", async () => {
    const page = [
      at(72, 80, "What the manual describes:"),
      ...["Machine learning", "Graphs and their walks", "Matrices"].map((text, index) =>
        at(80, 100 + index * 14, `• ${text}`, { font: "mono" }),
      ),
    ];
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain(
      "- Machine learning\n\n- Graphs and their walks\n\n- Matrices",
    );
  });

  test("is not text in which few words happen to be as wide as each other", async () => {
    const page = [at(72, 100, "About this manual", { font: "bold" }), at(72, 140, "Binary packages", { font: "bold" })];
    expect(await textOfPdf(pdfFile({ pages: [page] }))).not.toContain("```");
  });
});
