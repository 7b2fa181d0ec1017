import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bbjSource } from "../../src/parsers/bbj-source/entry.ts";
import { describe as describeCode } from "../../src/parsers/bbj-source/describe.ts";
import { readAll, sourceOf } from "../support/read-source.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const FIXTURES = join(import.meta.dir, "../fixtures");

const source = (dataDir: string, generationTag = "auto") => sourceOf({ parser: "bbj-source", dataDir, generationTag });

/** What becomes of files with these contents. */
async function readFiles(files: Readonly<Record<string, string | Uint8Array>>, extensions?: readonly string[]) {
  using directory = temporaryDirectory();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory.path, path)), { recursive: true });
    writeFileSync(join(directory.path, path), content);
  }
  return await readAll(bbjSource, { ...source(directory.path), ...(extensions === undefined ? {} : { extensions }) });
}

describe("a BBj file", () => {
  test("is a document: its description, then all of its code in a fence", async () => {
    const { documents } = await readAll(bbjSource, { ...source(FIXTURES), paths: ["bbj-source"] });
    const code = await Bun.file(join(FIXTURES, "bbj-source/Stack.bbj")).text();
    expect(documents.find(({ title }) => title === "Stack")).toEqual({
      sourceUrl: "file://bbj-source/Stack.bbj",
      title: "Stack",
      docType: "example",
      content: `A stack of objects, last in, first out. Empty stacks give null.\n\n\`\`\`bbj\n${code}\`\`\``,
      generations: ["all"],
      contextHeader: "BBj Source Code > Stack.bbj -- A stack of objects, last in, first out > Stack",
      deprecated: false,
      displayUrl: "",
      metadata: {},
    });
  });

  test("without a class is called like its file, which the header names once", async () => {
    const { documents } = await readAll(bbjSource, { ...source(FIXTURES), paths: ["bbj-source/legacy"] });
    expect(documents).toMatchObject([
      {
        title: "report.src",
        contextHeader: "BBj Source Code > report.src -- Prints the names of all customers",
        generations: ["all"],
      },
    ]);
  });

  test("with backticks in it gets a longer fence", async () => {
    const { documents } = await readAll(bbjSource, { ...source(FIXTURES), paths: ["bbj-source/theme.bbj"] });
    expect(documents[0]?.content).toStartWith("Gives a button a style of its own in the browser\n\n````bbj\nrem ---");
    expect(documents[0]?.content).toEndWith("process_events\n````");
    expect(documents[0]?.generations).toEqual(["dwc"]);
  });

  test("that ends without a newline loses nothing", async () => {
    const { documents } = await readFiles({ "a.bbj": "\n\n  print 1\n  print 2" });
    expect(documents[0]?.content).toBe("```bbj\n\n\n  print 1\n  print 2\n```");
  });
});

describe("what is BBj", () => {
  test.each([
    ["a.bbj", "x = 1"],
    ["a.BBJT", "x = 1"],
    ["a.src", "0010 REM nothing else"],
    ["a.src", 'PRINT "a",'],
    ["a.src", "begin\nx = 1\nreturn"],
    ["a.src", "declare auto BBjWindow window!"],
    ["a.src", 'open (unt,err=*next)"X0"'],
    ["a.txt", "use ::a.bbj::A\nclass public B"],
    // Programs, stored procedures, callpoints, libraries: two signs, as in a text file.
    ["a.aon", "rem --- Day of week\n    seterr std_error\n    enter when$,dow$"],
    ["A.AON", "0010 REM Prices\n0020 LET price$ = STR(1)"],
    ["a.prc", "REM Totals\ndeclare BBjStoredProcedureData sp!"],
    ["a.cdf", "[[SHELF.NAME.AVAL]]\nrem --- Not empty\n\tname$=callpoint!.getUserInput()"],
    ["a.cdf", "[[SHELF.<CUSTOM>]]\n#include std_functions.src"],
    ["a.bbl", "def fnhalf(q)=q/2\nrem halves\ngosub done"],
    ["a.bbx", "rem Prices\nread record (chan,key=k$,dom=*next)rec$"],
    ["a.cdf", '[[SHELF.ASHO]]\n\tcallpoint!.setStatus("EXIT")'],
    ["a.cdf", "[[SHELF.<CUSTOM>]]\n#include [+ADDON_LIB]std_params.aon"],
    ["a.aon", "\tenter x\n\tgosub halve\n\texit\nhalve:\n\tx=x/2\n\treturn"],
    ["a.aon", 'enter id,status\n\tcall stbl("+DIR")+"open.bbj",id,status\n\texit'],
    ["a.bbl", "def fnhalf(q)\n\treturn q/2\nfnend"],
    ["a.txt", "interface public Shelf\n\tmethod public void fill()\ninterfaceend"],
    // Listings of PRO/5.
    ["a.src", '10 INPUT "Name",N$\n20 IF N$="" THEN GOTO 10'],
    ["a.txt", '0100 IF POS("A"=X$)=0 THEN GOTO 0200\n0110 GOTO 0300\n0200 EXIT'],
    ["a.aon", "0010 BEGIN\n0020 LET A=1\n0030 PRINT A\n0040 END"],
    ["a.men", 'use ::menu.bbj::Menu\nmenu! = new Menu("File")'],
    ["a.arc", 'VERSION "4"\nWINDOW 101 "Shelves" 10 10 200 100\nBEGIN\nEND'],
  ])("%s with %j is", async (path, code) => {
    const { documents } = await readFiles({ [path]: code });
    expect(documents).toHaveLength(1);
  });

  test.each([
    ["a.src", "Print the list, open (or close) the door.", "not recognised as BBj source"],
    ["a.txt", "rem a word of BBj, and English below", "not recognised as BBj source"],
    ["a.aon", "rem a word of BBj, and English below", "not recognised as BBj source"],
    ["a.txt", "1 Open the shelf\n2 Print the label\n3 Return the key", "not recognised as BBj source"],
    ["a.prc", "BEGIN\nDECLARE total INT;\nPRINT 'done'\nEND", "not recognised as BBj source"],
    ["a.arc", "A story of an arc, with a\nBEGIN\nand an\nEND", "not recognised as BBj source"],
    ["a.men", "File^FILE^M\n\tOpen^OPEN^A^open.bbj", "not recognised as BBj source"],
    ["a.bbj", " \n\t\n", "an empty file"],
    ["a.bbj", "<<bbj>>\u0001\u0002abc", "tokenised BBj program: save it as text to have it ingested"],
    ["a.src", "rem \u0001\u0002\u0003\u0000\u0004", "tokenised BBj program: save it as text to have it ingested"],
    ["a.aon", "<<bbx>>\u0000\u0001\u0002", "tokenised BBj program: save it as text to have it ingested"],
    ["a.arc", "ArC\u0001\u0002\u0003\u0000\u0004\u0005", "a binary file"],
  ])("%s with %j is not, and is named", async (path, content, reason) => {
    const { documents, notes } = await readFiles({ [path]: content });
    expect(documents).toEqual([]);
    expect(notes).toEqual([{ kind: "skipped", path, reason }]);
  });

  test("UTF-16 is no tokenised program", async () => {
    const { documents } = await readFiles({ "a.bbj": new Uint8Array([0xff, 0xfe, 0x78, 0, 0x3d, 0, 0x31, 0]) });
    expect(documents[0]?.content).toBe("```bbj\nx=1\n```");
  });

  test("the source says which extensions count", async () => {
    const files = { "a.prg": "rem a\ngosub done", "b.bbj": "rem b" };
    expect((await readFiles(files)).documents.map(({ title }) => title)).toEqual(["b.bbj"]);
    expect((await readFiles(files, [".prg"])).documents.map(({ title }) => title)).toEqual(["a.prg"]);
  });
});

describe("an ASCII resource file", () => {
  const RESOURCE = [
    "//#charset: UTF-8",
    "// SHELVES - Shelf Entry",
    'VERSION "4.0"',
    'WINDOW 101 "Shelf Entry" 10 10 400 200',
    "BEGIN",
    '    NAME "win_shelf"',
    '    STATICTEXT 1, "&Shelf number:", 10, 10, 90, 25',
    '    BEGIN NAME "lbl" END',
    '    EDIT 2, "", 110, 10, 90, 25',
    '    BUTTON 3, "E&xit", 10, 50, 90, 25',
    "    BEGIN",
    '        SHORTCUE "Leaves && saves"',
    "    END",
    '    TABCONTROL 4, "tabs", 10, 80, 90, 25',
    "    BEGIN",
    '        TAB "Ro&ws" 0 51',
    '        LONGCUE "Rows of the shelf"',
    "    END",
    "END",
  ].join("\n");

  test("is a document: what its windows say, then all of it", async () => {
    const { documents } = await readFiles({ "shelf.arc": RESOURCE });
    expect(documents).toMatchObject([
      {
        title: "shelf.arc",
        content: `Windows: Shelf Entry\n\nLabels: Shelf number:, Exit, Leaves & saves, tabs, Rows, Rows of the shelf\n\n\`\`\`bbj\n${RESOURCE}\n\`\`\``,
        contextHeader: "BBj Source Code > shelf.arc -- Shelf Entry",
      },
    ]);
  });

  test("without a title and labels is its text", async () => {
    const resource = 'VERSION "4"\nCHILD-WINDOW 100 0 0 500 120\nBEGIN\nEND';
    const { documents } = await readFiles({ "a.arc": resource });
    expect(documents).toMatchObject([
      { content: `\`\`\`bbj\n${resource}\n\`\`\``, contextHeader: "BBj Source Code > a.arc" },
    ]);
  });
});

describe("the description of a program", () => {
  test.each([
    ["rem lines", "rem One line\nrem and another.\nx=1", "One line and another."],
    ["a box", "REM ********\nREM * Title  *\nREM ********\nrem", "Title"],
    ["a block without rem", "/**\n * Reads files.\n * @param a b\n */\nx=1", "Reads files."],
    ["a head behind use statements", "use java.util.Map\n\nrem Counts\nx=1", "Counts"],
    ["the text behind a licence", "rem Copyright 2020\nrem by us\nrem\nrem Counts to ten\nx=1", "Counts to ten"],
    [
      "the next block when the first is a licence",
      "/* All rights reserved */\nrem /**\nrem  * Counts\nrem  */\nx=1",
      "Counts",
    ],
    [
      "a doc comment in the program when it has no head",
      "x=1\nrem one step\nrem /**\nrem  * Counts\nrem  */",
      "Counts",
    ],
    ["no doc comment of a member", "class public A\nrem /**\nrem  * Counts\nrem  */\n", ""],
    [
      "no name of the file, no address, no code",
      "rem a.bbj\nrem https://a.b/c\nrem x$ = 1\nrem use ::a.bbj::A\nrem Counts",
      "Counts",
    ],
    [
      "paragraphs, and lines that were not wrapped",
      "rem Login\nrem Parameters:\nrem 1) name\nrem\nrem More",
      "Login\nParameters:\n1) name\n\nMore",
    ],
    ["no code fence of its own", "rem see ``` there", "see ''' there"],
    ["nothing without comments", "x=1", ""],
  ])("is %s", (_, code, expected) => {
    expect(describeCode(code, "a.bbj").text).toBe(expected);
  });

  test("is short, its summary is a sentence at the most", () => {
    const { text, summary } = describeCode(`rem Counts to ten. Then\n${"rem on and on and on\n".repeat(100)}`, "a.bbj");
    expect(text.length).toBeLessThanOrEqual(800);
    expect(text).toEndWith("…");
    expect(summary).toBe("Counts to ten");
    expect(describeCode(`rem ${"word ".repeat(100)}`, "a.bbj").summary.length).toBeLessThanOrEqual(120);
  });
});
