import { expect, describe, test } from "bun:test";
import { parsedPdf, textOfPdf } from "./parse-pdf.ts";
import { linesAt, OBJECTS_FROM, pdfFile, pdfStream, prose, rectangle } from "./pdf-file.ts";

type Entries = { readonly entries?: string; readonly flags?: number };

/** A text field with its value, in an upright box. */
const field = (x: number, y: number, value: string, { entries = "", flags = 4 }: Entries = {}) =>
  `<</Type/Annot/Subtype/Widget/FT/Tx/T(t${x}-${y})/V(${value})/F ${flags}/DA(/plain 10 Tf 0 g)` +
  `/Rect${rectangle(x, y - 12, 150, 16)}${entries}>>`;

const box = (x: number, y: number, isOn: boolean, entries = "") =>
  `<</Type/Annot/Subtype/Widget/FT/Btn/T(b${x}-${y})/F 4/V/${isOn ? "On" : "Off"}/AS/${isOn ? "On" : "Off"}` +
  `/AP<</N<</On ${OBJECTS_FROM} 0 R/Off ${OBJECTS_FROM} 0 R>>>>/Rect${rectangle(x, y - 10, 10, 10)}${entries}>>`;

const note = (x: number, y: number, text: string, entries = "") =>
  `<</Type/Annot/Subtype/FreeText/Contents(${text})/F 4/DA(/Helv 11 Tf)/Rect${rectangle(x, y - 12, 200, 16)}${entries}>>`;

/** What AP streams of boxes are, the first object of a file that has some. */
const EMPTY_FORM = pdfStream("", "/Type/XObject/Subtype/Form/BBox[0 0 10 10]");

const form = (annotations: readonly string[], more: Partial<Parameters<typeof pdfFile>[0]> = {}) =>
  pdfFile({
    pages: [[]],
    annotations: [annotations],
    objects: [EMPTY_FORM],
    catalog: "/AcroForm<</Fields[]/DA(/plain 0 Tf 0 g)>>",
    ...more,
  });

describe("the values of a form", () => {
  test("are text, also where the page has no other", async () => {
    expect(await textOfPdf(form([field(72, 100, "All that this page says")]))).toBe("file\nAll that this page says");
  });

  test("stand at their place, each behind what the page calls it", async () => {
    const pages = [linesAt(72, 100, ["Customer:", "City:", "Thank you for your order."], { leading: 20 })];
    const annotations = [field(130, 120, "Springfield"), field(130, 100, "Example Widgets Ltd")];
    expect(await textOfPdf(form(annotations, { pages }))).toMatch(
      /Customer:\W+Example Widgets Ltd\W+City:\W+Springfield\W+Thank you/,
    );
  });

  test("have the name a viewer shows for their field, unless the page says it", async () => {
    const pages = [linesAt(72, 100, ["Your name"])];
    const annotations = [
      field(130, 100, "Ada", { entries: "/TU(Your name)" }),
      field(72, 140, "Springfield", { entries: "/TU(Place of birth)" }),
    ];
    expect(await textOfPdf(form(annotations, { pages }))).toMatch(/Your name Ada\W+Place of birth: Springfield/);
  });

  test("of several lines are read from the first one to the last, in their box", async () => {
    const wide = `/Ff 4096/Rect${rectangle(72, 110, 300, 60)}`;
    const lines = ["The first line of it", "and the second one", "and the third one"].join("\\n");
    const value = field(72, 110, lines).replace(/\/Rect\[.*?\]/, wide);
    const pages = [[...linesAt(72, 100, ["Above it."]), ...linesAt(72, 190, ["Below it."])]];
    expect(await textOfPdf(form([value], { pages }))).toMatch(
      /Above it\.\s+The first line of it\s+and the second one\s+and the third one\s+Below it\./,
    );
  });

  test("are what is chosen of a list, as a viewer shows it", async () => {
    const choice = (y: number, entries: string) => field(130, y, "", { entries }).replace("/FT/Tx", "/FT/Ch");
    const options = "/Opt[[(de)(Germany)][(fr)(France)][(it)(Italy)]]";
    const annotations = [
      choice(100, `/Ff 131072${options}`).replace("/V()", "/V(fr)"),
      choice(140, `/Ff 2097152${options}`).replace("/V()", "/V[(de)(it)]"),
    ];
    expect((await textOfPdf(form(annotations))).match(/Germany|France|Italy|\b(?:de|fr|it)\b/g)).toEqual([
      "France",
      "Germany",
      "Italy",
    ]);
  });

  test("are marks of boxes that are checked, and of no others", async () => {
    const pages = [[...linesAt(90, 100, ["Apples", "Pears"]), ...linesAt(90, 160, ["Tea"])]];
    const annotations = [box(72, 100, true), box(72, 112, false), box(72, 160, true, "/TU(Hot drinks)")];
    const text = await textOfPdf(form(annotations, { pages }));
    expect(text).toMatch(/\[x\] Apples\s+Pears\s+\[x\] Hot drinks\s+Tea/);
    // The page has a cross of its own in the first box, and an empty one below the other mark.
    const printed = [
      ...(pages[0] ?? []),
      { text: "X", x: 74, y: 100 },
      { text: "\u2610", x: 73, y: 160, font: "unicode" },
    ];
    const flattened = await textOfPdf(form(annotations, { pages: [printed] }));
    expect(flattened).toMatch(/X Apples\s+Pears\s/);
    expect(flattened).not.toContain("[x] Apples");
    expect(flattened).toContain("[x] Hot drinks");
  });

  test("are there once where the page shows them itself", async () => {
    const pages = [linesAt(72, 100, ["Customer: Example Widgets Ltd", "Customer: Other Widgets"])];
    const flattened = [field(118, 100, "Example Widgets Ltd")];
    expect((await textOfPdf(form(flattened, { pages }))).match(/Example Widgets/g)).toHaveLength(1);
  });

  test("are none where a form is empty, hidden or asks for a password", async () => {
    const annotations = [
      field(72, 100, "", { entries: "/TU(Your name)" }),
      field(72, 130, "HiddenValue", { flags: 6 }),
      field(72, 150, "PrintedValue", { flags: 36 }),
      field(-400, 150, "ValueBesideThePage"),
      field(72, 170, "SecretValue", { entries: "/Ff 8192" }),
      box(72, 190, false, "/TU(Your choice)"),
    ];
    const pages = [linesAt(72, 60, ["Please fill this in."])];
    expect(await textOfPdf(form(annotations, { pages }))).toBe("file\nPlease fill this in.");
  });

  test("of a page that is turned stand at their place", async () => {
    const pages = [linesAt(72, 100, ["First", "Second"], { leading: 40 })];
    const text = await textOfPdf(form([field(110, 100, "one"), field(110, 140, "two")], { pages, turned: [180] }));
    expect(text).toMatch(/First\W+one\W+Second\W+two/);
  });

  test("are no headings, whatever size they have, and no bullets", async () => {
    const pages = [linesAt(72, 100, prose("text", 12, 12))];
    const large = field(72, 300, "A value in large letters", { entries: "/MK<<>>" }).replace("10 Tf", "24 Tf");
    const crosses = [400, 420, 440].map((y) =>
      field(72, y, "x").replace(/\/Rect\[.*?\]/, `/Rect${rectangle(72, y - 12, 12, 16)}`),
    );
    const labels = [400, 420, 440].flatMap((y) => linesAt(100, y, [`Choice ${y}`]));
    const { documents } = await parsedPdf(form([large, ...crosses], { pages: [[...(pages[0] ?? []), ...labels]] }));
    expect(documents.map(({ title }) => title)).toEqual(["file"]);
    expect(documents[0]?.content).toMatch(/A value in large letters\W+x\W+Choice 400\W+x\W+Choice 420/);
  });

  test("make no headings of the text around them, however small and many they are", async () => {
    const pages = [linesAt(72, 100, ["The contents of it."], { size: 14 })];
    const small = field(72, 300, "A value in small letters, of which there are many more").replace("10 Tf", "6 Tf");
    const { documents } = await parsedPdf(form([small], { pages }));
    expect(documents.map(({ title }) => title)).toEqual(["file"]);
  });

  test("are bounded on a page, and that is said", async () => {
    const { notes } = await parsedPdf(
      form(Array.from({ length: 3_100 }, (_, index) => field(72, 100 + index / 10, "v"))),
    );
    expect(notes.map(({ reason }) => reason).join()).toContain("too many form fields");
  });
});

describe("what is typed onto a page", () => {
  test("is text at its place, unless it is hidden", async () => {
    const pages = [linesAt(72, 100, ["Above it.", "Below it."], { leading: 60 })];
    const annotations = [
      note(72, 130, "Typed in later"),
      note(72, 145, "HiddenNote", "/F 2"),
      note(72, 145, "UnseenNote", "/F 32"),
    ];
    expect(await textOfPdf(pdfFile({ pages, annotations: [annotations] }))).toMatch(
      /Above it\.\s+Typed in later\s+Below it\./,
    );
  });

  test("has the words its appearance shows", async () => {
    const appearance = pdfStream(
      "BT /plain 11 Tf 2 20 Td (Shown first) Tj 0 -12 Td (shown then) Tj ET",
      "/Type/XObject/Subtype/Form/BBox[0 0 200 32]/Resources<</Font<</plain 3 0 R>>>>",
    );
    const shown = `<</Type/Annot/Subtype/FreeText/Contents(Shown first)/F 4/DA(/Helv 11 Tf)/AP<</N ${OBJECTS_FROM} 0 R>>/Rect${rectangle(72, 100, 200, 32)}>>`;
    expect(await textOfPdf(pdfFile({ pages: [[]], annotations: [[shown]], objects: [appearance] }))).toContain(
      "Shown first shown then",
    );
  });
});

test("comments of reviewers and links are no text; the comments are named", async () => {
  const pages = [linesAt(72, 100, ["The text."]), linesAt(72, 100, ["More text."])];
  const at = `/Rect${rectangle(72, 90, 20, 20)}`;
  const annotations = [
    [
      `<</Type/Annot/Subtype/Text/Contents(Is this right?)${at}>>`,
      `<</Type/Annot/Subtype/Highlight/Contents(Delete this)/QuadPoints[72 700 90 700 72 690 90 690]${at}>>`,
      `<</Type/Annot/Subtype/Highlight/QuadPoints[72 700 90 700 72 690 90 690]${at}>>`,
      `<</Type/Annot/Subtype/Popup/Contents(Is this right?)${at}>>`,
    ],
    [`<</Type/Annot/Subtype/Link/Contents(LinkWords)/A<</S/URI/URI(https://example.com)>>${at}>>`],
  ];
  const { documents, notes } = await parsedPdf(pdfFile({ pages, annotations }));
  expect(documents.map(({ content }) => content)).toEqual(["The text.\n\nMore text."]);
  expect(notes).toEqual([{ kind: "warning", path: "file.pdf", reason: "left out: 2 reviewer's comments on page 1" }]);
});
