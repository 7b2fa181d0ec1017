import { describe, expect, test } from "bun:test";
import { textOfPdf } from "./parse-pdf.ts";
import { linesAt, pdfFile, prose, type Run } from "./pdf-file.ts";

const at = (x: number, y: number, text: string, style: Partial<Run> = {}): Run => ({ text, x, y, ...style });

describe("a table", () => {
  test("has its columns whatever side their cells are aligned to", async () => {
    // Helvetica's digits are 5.56 points wide at 10 points.
    const right = (edge: number, y: number, digits: string) => at(edge - digits.length * 5.56, y, digits);
    const page = [
      at(72, 100, "File"),
      at(180, 100, "Records"),
      at(260, 100, "Bytes"),
      ...["customers", "items", "orders"].map((name, index) => at(72, 114 + index * 14, name)),
      ...["7", "12345", "120"].map((number, index) => right(215, 114 + index * 14, number)),
      ...["4096", "9", "123456"].map((number, index) => right(290, 114 + index * 14, number)),
    ];
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain(
      [
        "| File | Records | Bytes |",
        "| --- | --- | --- |",
        "| customers | 7 | 4096 |",
        "| items | 12345 | 9 |",
        "| orders | 120 | 123456 |",
      ].join("\n"),
    );
  });

  test("has the cells that take several lines in one row", async () => {
    const page = [
      at(72, 100, "Number"),
      at(150, 100, "Meaning"),
      at(72, 118, "0"),
      at(150, 118, "The record is locked"),
      at(150, 130, "by another program"),
      at(72, 148, "11"),
      at(150, 148, "There is no such record"),
      ...linesAt(72, 180, ["And this is the text that follows the table."]),
    ];
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain(
      [
        "| Number | Meaning |",
        "| --- | --- |",
        "| 0 | The record is locked by another program |",
        "| 11 | There is no such record |",
        "",
        "And this is the text",
      ].join("\n"),
    );
  });

  test("goes on with its next page, whether that repeats its head or not, and however wide its margin is", async () => {
    const row = (y: number, left: number, cells: readonly string[], style: Partial<Run> = {}) =>
      cells.map((text, index) => at(left + index * 120, y, text, style));
    const head = (y: number, left: number) => row(y, left, ["Code", "Meaning", "Remedy"], { font: "bold" });
    const rows = (from: number, y: number, left: number) =>
      [0, 1, 2].flatMap((index) =>
        row(y + index * 16, left, [`E${from + index}`, `meaning ${from + index}`, `remedy ${from + index}`]),
      );
    const pages = [
      [...head(600, 72), ...rows(1, 616, 72)],
      rows(4, 120, 90),
      [...head(104, 72), ...rows(7, 120, 72), at(72, 300, "Text after it.")],
    ];
    const text = await textOfPdf(pdfFile({ pages }));
    expect(text).toContain("| Code | Meaning | Remedy |\n| --- | --- | --- |\n| E1 | meaning 1 | remedy 1 |");
    expect(text.match(/^\| (?:Code|E\d)/gm)).toEqual(["| Code", ..."123456789".split("").map((n) => `| E${n}`)]);
    expect(text).toContain("\n\nText after it.");
  });

  test("ends with its page where the next one begins with another table's head", async () => {
    const row = (y: number, cells: readonly string[], style: Partial<Run> = {}) =>
      cells.map((text, index) => at(72 + index * 120, y, text, style));
    const table = (name: string, top: number) => [
      ...row(top, [`${name} name`, `${name} value`], { font: "bold" }),
      ...[1, 2, 3].flatMap((index) => row(top + index * 16, [`${name}${index}`, `value ${index}`])),
    ];
    const text = await textOfPdf(pdfFile({ pages: [table("one", 600), table("two", 120)] }));
    expect(text).toContain("| two name | two value |\n| --- | --- |\n| two1 | value 1 |");
  });

  test("has the words of its cells whole", async () => {
    const page = [
      at(72, 100, "Number"),
      at(150, 100, "Meaning"),
      at(72, 118, "0"),
      at(150, 118, "The record is locked by an appli-"),
      at(150, 130, "cation"),
      at(72, 148, "11"),
      at(150, 148, "There is no such record"),
    ];
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain("| 0 | The record is locked by an application |");
  });

  describe("has its head in its first row", () => {
    const columns = [72, 180, 300];
    const head = (y: number, texts: readonly string[], size = 10) =>
      texts.flatMap((text, index) => (text === "" ? [] : at(columns[index] ?? 0, y, text, { font: "bold", size })));
    const rows = (top: number) =>
      [0, 1, 2, 3].flatMap((row) =>
        ["name", "value", "default"].map((text, index) => at(columns[index] ?? 0, top + row * 16, `${text} ${row}`)),
      );
    const written = (...texts: readonly string[]) =>
      `| ${texts.join(" | ")} |\n| --- | --- | --- |\n| name 0 | value 0 | default 0 |`;

    test("where that is far above the rows", async () => {
      const page = [...head(100, ["Name", "Value", "Default"]), ...rows(142)];
      expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain(written("Name", "Value", "Default"));
    });

    test("where its cells have more lines than the first one, which stands beside the last", async () => {
      const page = [
        ...head(100, ["", "Value of", "Default"]),
        ...head(112, ["Name", "setting", "value"]),
        ...rows(134),
      ];
      expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain(
        written("Name", "Value of setting", "Default value"),
      );
    });

    test("where one of its cells stands over two columns", async () => {
      const page = [...head(100, ["Name", "Value, and its default if none is given"]), ...rows(120)];
      expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain(
        written("Name", "Value, and its default if none is given", ""),
      );
    });

    test("where it is in larger letters, which make no heading of it", async () => {
      const page = [
        ...linesAt(72, 50, prose("text", 4, 15)),
        ...[0, 1, 2, 3].flatMap((row) => [
          at(72, 140 + row * 16, `name ${row}`),
          at(180, 140 + row * 16, `value ${row}`),
        ]),
        ...head(120, ["Name", "Value"], 13),
        ...linesAt(72, 230, prose("more", 4, 15)),
      ];
      expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain(
        "| Name | Value |\n| --- | --- |\n| name 0 | value 0 |",
      );
    });
  });

  test("has the addresses of its cells whole, however many lines they take", async () => {
    const page = [
      at(72, 100, "Name"),
      at(150, 100, "Address"),
      ...[
        ["manual", "https://example.org/manual/", "files/opening.html"],
        ["query", "https://example.org/docs?lang=en&", "version=2"],
        ["name", "https://example.org/a-very-long-", "name-of-it/index.html"],
        ["guide", "https://example.org/guide", "/first-steps"],
        ["other", "see https://example.org/other", "and what it says"],
      ].flatMap(([name = "", first = "", second = ""], index) => [
        at(72, 116 + index * 30, name),
        at(150, 116 + index * 30, first),
        at(150, 128 + index * 30, second),
      ]),
    ];
    const text = await textOfPdf(pdfFile({ pages: [page] }));
    expect(text).toContain("| https://example.org/manual/files/opening.html |");
    expect(text).toContain("| https://example.org/docs?lang=en&version=2 |");
    expect(text).toContain("| https://example.org/a-very-long-name-of-it/index.html |");
    expect(text).toContain("| https://example.org/guide/first-steps |");
    expect(text).toContain("| see https://example.org/other and what it says |");
  });

  test("has rows whose cells are centred beside one that takes several lines, over a page's end too", async () => {
    const row = (y: number, name: string, lines: readonly string[]) => [
      at(72, y + (lines.length - 1) * 6, name),
      ...lines.map((text, index) => at(200, y + index * 12, text)),
    ];
    const pages = [
      [
        at(72, 100, "Number"),
        at(200, 100, "Meaning"),
        ...row(120, "0", ["The record is locked", "by another program", "of this machine"]),
        ...row(164, "11", ["There is no record", "that has this key"]),
        ...row(196, "12", ["There is no such file"]),
      ],
      [...row(120, "13", ["The file cannot", "be opened"]), at(72, 200, "Text after the table.")],
    ];
    expect(await textOfPdf(pdfFile({ pages }))).toContain(
      [
        "| Number | Meaning |",
        "| --- | --- |",
        "| 0 | The record is locked by another program of this machine |",
        "| 11 | There is no record that has this key |",
        "| 12 | There is no such file |",
        "| 13 | The file cannot be opened |",
        "",
        "Text after the table.",
      ].join("\n"),
    );
  });

  test("has no dots between a chapter and its page", async () => {
    const page = ["Files", "Records", "Keys"].flatMap((title, index) => [
      at(72, 100 + index * 14, `A.${index + 1}`),
      at(110, 100 + index * 14, `${title} . . . . . . . . 1${index}`),
    ]);
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain("| A.2 | Records 11 |");
  });

  test("is not a list of bullets and numbers, nor has it the program that follows", async () => {
    const item = (y: number, mark: string) => [
      at(80, y, mark, { font: "unicode" }),
      at(100, y, `The item of ${y} takes`),
      at(100, y + 12, "two lines."),
    ];
    const page = [
      ...[100, 126, 152].flatMap((y) => item(y, "•")),
      ...[178, 204, 230].flatMap((y, index) => item(y, String(index + 1))),
      at(100, 254, "print x", { font: "mono" }),
    ];
    const text = await textOfPdf(pdfFile({ pages: [page] }));
    expect(text).toContain("- The item of 152 takes two lines.\n\n1. The item of 178 takes two lines.");
    expect(text).toContain("3. The item of 230 takes two lines.\n\n```\nprint x\n```");
  });

  test("is not a list whose marks stand apart", async () => {
    const page = [1, 2, 3, 4].flatMap((number) => [
      at(72, 100 + number * 14, `${number}.`),
      at(100, 100 + number * 14, `Do the ${number}th thing`),
    ]);
    const text = await textOfPdf(pdfFile({ pages: [page] }));
    expect(text).not.toContain("|");
    expect(text).toContain("2. Do the 2th thing\n\n3. Do the 3th thing");
  });
});

describe("a paragraph", () => {
  test("ends before a line that is indented", async () => {
    const page = [
      at(72, 100, "The first paragraph has two lines of text"),
      at(72, 112, "and ends here."),
      at(86, 124, "The second paragraph is indented and has"),
      at(72, 136, "another line."),
    ];
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain(
      "and ends here.\n\nThe second paragraph is indented and has another line.",
    );
  });

  test("ends where the next line is further below than its lines are", async () => {
    const page = [
      ...linesAt(72, 100, ["Print all the names of the files", "in the order they have on disk"]),
      ...linesAt(72, 129, ["Sort entries by their size if that", "is asked for, and by name else"]),
    ];
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain(
      "files in the order they have on disk\n\nSort entries by their size if that is asked for, and by name else",
    );
  });

  test("ends with a line that ends early", async () => {
    const page = linesAt(72, 100, [
      "This is a paragraph with a line of text that is",
      "as long as others, or ends.",
      "Return value: the number of records that are left.",
      "It is 0 at the end.",
    ]);
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain(
      "or ends.\n\nReturn value: the number of records that are left. It is 0 at the end.",
    );
  });

  test("has the words that were parted at a line's end whole, and compounds with their hyphen", async () => {
    const page = linesAt(72, 100, [
      "A read-only file is opened by the docu-",
      "mented way, and this is a read-",
      "only file as well.",
    ]);
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain(
      "A read-only file is opened by the documented way, and this is a read-only file as well.",
    );
  });

  test("has addresses whole that were parted where one may be, and no others", async () => {
    const page = linesAt(72, 100, [
      "It is described at https://example.org/manual/chapter/",
      "files.html and in all that is at https://example.org/",
      "and nowhere else, says https://example.org/notes/-",
      "thirteen, as well as the page at https://example.org.",
      "Whoever reads https://example.org/a?name=first&",
      "second=2 knows it.",
    ]);
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain(
      "It is described at https://example.org/manual/chapter/files.html and in all that is at https://example.org/ and nowhere " +
        "else, says https://example.org/notes/thirteen, as well as the page at https://example.org. Whoever reads " +
        "https://example.org/a?name=first&second=2 knows it.",
    );
  });

  test("has hyphens that are no hyphenation: between capitals, before digits and conjunctions", async () => {
    const page = linesAt(72, 100, [
      "It is black, or rather Schwarz-",
      "Wald, encoded in UTF-",
      "8 for the input-",
      "and output of files. WARRANTIES ARE DIS-",
      "CLAIMED by all.",
    ]);
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain(
      "rather Schwarz-Wald, encoded in UTF-8 for the input- and output of files. WARRANTIES ARE DISCLAIMED by all.",
    );
  });

  test("goes on from one page to the next, and the footnotes of the page come after it", async () => {
    const first = [
      ...linesAt(72, 100, prose("text", 30, 15), { leading: 18 }),
      at(72, 650, "1 The note of this page", { size: 8 }),
      at(72, 660, "has two lines.", { size: 8 }),
      at(72, 670, "2 Another note.", { size: 8 }),
    ];
    const second = linesAt(72, 100, ["that ends on the second page.", "", "Then another one begins."]);
    const text = await textOfPdf(pdfFile({ pages: [first, second] }));
    expect(text).toMatch(
      /text30 [a-z ]+that ends on the second page\.\n\n1 The note of this page has two lines\.\n\n2 Another note\.\n\nThen another one begins\./,
    );
  });

  test("is each line of a table of contents, without its dots", async () => {
    const page = linesAt(72, 100, [
      "Opening files . . . . . . . . . . . . 3",
      "Closing files . . . . . . . . . . . . 12",
      "2.1 All other files, which",
      "take two lines . . . . . . . . . . . . 14",
    ]);
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain(
      "Opening files 3\n\nClosing files 12\n\n2.1 All other files, which take two lines 14",
    );
  });
});

describe("a list", () => {
  test("has its inner lists indented, whatever their bullets look like", async () => {
    const bullet = (x: number, y: number, mark: string, text: string) => [
      at(x, y, mark, { font: "unicode" }),
      at(x + 20, y, text),
    ];
    const page = [
      at(72, 60, "What there is:"),
      ...bullet(80, 76, "\uf0b7", "the first item, which goes on in"),
      at(100, 88, "a second line"),
      ...bullet(100, 104, "o", "an inner item"),
      ...bullet(100, 120, "o", "another one"),
      ...bullet(80, 136, "\uf0b7", "the last item"),
    ];
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain(
      "- the first item, which goes on in a second line\n\n  - an inner item\n\n  - another one\n\n- the last item",
    );
  });
});

describe("the bullets of a list", () => {
  test("of Courier, as word processors set them, are no code, also when they are on a baseline of their own", async () => {
    const item = (y: number, text: string, raised = 0) => [
      at(108, y - raised, "o", { font: "mono" }),
      at(126, y, text),
    ];
    const page = [
      at(72, 60, "What there is:"),
      at(72, 76, "▪", { font: "unicode" }),
      at(90, 76, "the first item"),
      ...item(92, "an inner item", 5),
      ...item(108, "another one", 5),
      at(72, 124, "▪", { font: "unicode" }),
      at(90, 124, "the last item"),
    ];
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain(
      "- the first item\n\n  - an inner item\n\n  - another one\n\n- the last item",
    );
  });

  test("of inner lists are not so far from the margin, behind a paragraph, that they would be code", async () => {
    const bullet = (x: number, y: number, text: string) => [at(x, y, "▪", { font: "unicode" }), at(x + 18, y, text)];
    const page = [
      ...bullet(72, 60, "the first item"),
      ...bullet(90, 76, "an inner item"),
      at(140, 96, "A paragraph inside of it, which stands apart."),
      ...bullet(108, 116, "the innermost item"),
    ];
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain("apart.\n\n- the innermost item");
  });

  test("are known by their font, whose letter stands alone before each item", async () => {
    const page = [
      at(72, 60, "What there is:"),
      ...["first", "second", "third"].flatMap((text, index) => [
        at(80, 76 + index * 14, "r", { font: "bold" }),
        at(90, 76 + index * 14, `the ${text} item`),
      ]),
    ];
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain("- the first item\n\n- the second item");
  });

  test("are no letters that text begins with", async () => {
    const page = [
      at(72, 60, "x", { font: "bold" }),
      at(82, 60, "is the number of records"),
      at(72, 76, "x", { font: "bold" }),
      at(82, 76, "and"),
      at(110, 76, "y", { font: "bold" }),
      at(120, 76, "are not the same"),
    ];
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain("x is the number of records x and y are not");
  });
});

describe("a program", () => {
  test("keeps the numbers of its lines and its empty lines", async () => {
    const lines = ["rem start", "if x=1 then", "    print x", "", "endif"];
    const page = [
      at(72, 60, "Look at this:"),
      ...lines.map((_, index) => at(60, 90 + index * 12, String(index + 1), { size: 7 })),
      ...lines.flatMap((text, index) => (text === "" ? [] : [at(80, 90 + index * 12, text, { font: "mono" })])),
    ];
    expect(await textOfPdf(pdfFile({ pages: [page] }))).toContain(
      "```\n1   rem start\n2   if x=1 then\n3       print x\n4\n5   endif\n```",
    );
  });

  test("has no more blanks than a line may have, wherever it stands", async () => {
    const page = [10, 0.0001].map((size, index) => at(72 + index * 400, 90, "endif", { font: "mono", size }));
    expect((await textOfPdf(pdfFile({ pages: [page] }))).length).toBeLessThan(1_000);
  });
});

describe("the margins of a page", () => {
  test("have no heads beside page numbers, also when the heads change with each chapter", async () => {
    const pages = Array.from({ length: 8 }, (_, index) => [
      at(72, 40, `${index + 11}   Chapter ${"abcdefgh"[index]}`),
      ...linesAt(72, 100, prose(`text${index}x`, 10, 15)),
    ]);
    const text = await textOfPdf(pdfFile({ pages }));
    expect(text).toContain("text7x1 ");
    expect(text).not.toContain("Chapter");
  });

  test.each([
    ["a stroke between", (page: number) => `Part ${"abcdefghij"[page]} | ${page + 44}`],
    ["a word before, in the middle", (page: number) => `Guide ${"abcdefghij"[page]}, page ${page + 44} of 120, draft`],
    ["brackets around", (page: number) => `${"abcdefghij"[page]}-files [${page + 44}]`],
    [
      "that of the chapter before",
      (page: number) => `Guide of ${"abcdefghij"[page]} ${page < 6 ? `1-${page + 7}` : `2-${page - 5}`}`,
    ],
  ])("have no heads with a page number that has %s", async (_, head) => {
    const pages = Array.from({ length: 10 }, (_page, index) => [
      at(72, 40, head(index)),
      ...linesAt(72, 100, prose(`text${index}x`, 6, 15)),
    ]);
    const text = await textOfPdf(pdfFile({ pages }));
    expect(text).toContain("text9x1 ");
    expect(text).not.toMatch(/Part|Guide|files/);
  });

  test("have no heads of sections that the text has as headings, beside page numbers at its foot; others stay", async () => {
    const heads = ["Opening files", "Locking records", "Closing files", "Printing", "Unsaid"];
    const pages = Array.from({ length: 10 }, (_, index) => [
      at(300, 770, String(index + 11)),
      at(72, 40, heads[index >> 1] ?? ""),
      ...(index % 2 === 0 && index < 8 ? [at(72, 90, heads[index >> 1] ?? "", { size: 14 })] : []),
      ...linesAt(72, 120, prose(`text${index}x`, 6, 15)),
    ]);
    const text = await textOfPdf(pdfFile({ pages }));
    expect([...(text.match(/Opening files|Locking records|Closing files|Printing/g) ?? [])]).toEqual(heads.slice(0, 4));
    expect(text).toContain("Unsaid");
  });

  test("have no small heads with page numbers, also when few pages have them", async () => {
    const pages = Array.from({ length: 15 }, (_, index) => [
      ...(index % 4 === 1 ? [at(72, 770, `${index * index + 3}  The shop manual`, { size: 7 })] : []),
      ...linesAt(72, 100, prose(`text${index}x`, 10, 15)),
    ]);
    expect(await textOfPdf(pdfFile({ pages }))).not.toContain("shop manual");
  });

  test("keep the steps that begin pages in the text's own letters", async () => {
    const pages = Array.from({ length: 15 }, (_, index) => [
      ...(index % 4 === 1 ? [at(72, 60, `Step ${index}`)] : []),
      ...linesAt(72, 100, prose(`text${index}x`, 10, 15)),
    ]);
    expect((await textOfPdf(pdfFile({ pages }))).match(/Step \d+/g)).toHaveLength(4);
  });

  test("keep text that ends with another number", async () => {
    const pages = Array.from({ length: 8 }, (_, index) => [
      at(300, 770, String(index + 11)),
      at(72, 40, `The year of ${"abcdefgh"[index]} was 19${index}${(index * 7) % 10}`),
      ...linesAt(72, 100, prose(`text${index}x`, 10, 15)),
    ]);
    expect((await textOfPdf(pdfFile({ pages }))).match(/The year of [a-h] was/g)).toHaveLength(8);
  });
});
