import { expect, test } from "bun:test";
import { parsedPdf } from "./parse-pdf.ts";
import { linesAt, OBJECTS_FROM, pdfFile, pdfStream, rectangle } from "./pdf-file.ts";

const ON = `${OBJECTS_FROM} 0 R`;
const OFF = `${OBJECTS_FROM + 1} 0 R`;
const ALL_ON = `${OBJECTS_FROM + 2} 0 R`;
const NOT_ON = `${OBJECTS_FROM + 3} 0 R`;
const PLACED = `${OBJECTS_FROM + 4} 0 R`;

/** A file with a layer that is on and one that is off, and what depends on both. */
const layered = (runs: Parameters<typeof pdfFile>[0]["pages"][number], config: string, more = {}) =>
  pdfFile({
    pages: [runs],
    objects: [
      "<</Type/OCG/Name(English)>>",
      "<</Type/OCG/Name(German)>>",
      `<</Type/OCMD/OCGs[${ON} ${OFF}]/P/AllOn>>`,
      `<</Type/OCMD/VE[/Not ${ON}]>>`,
      pdfStream(
        "BT /plain 10 Tf 72 500 Td (PlacedWords) Tj ET",
        `/Type/XObject/Subtype/Form/BBox[0 0 612 792]/OC ${OFF}/Resources<</Font<</plain 3 0 R>>>>`,
      ),
    ],
    properties: `/on ${ON}/off ${OFF}/both ${ALL_ON}/not ${NOT_ON}`,
    forms: `/placed ${PLACED}`,
    catalog: `/OCProperties<</OCGs[${ON} ${OFF}]/D<<${config}>>>>`,
    ...more,
  });

const RUNS = [
  { text: "Always there.", x: 72, y: 100 },
  { text: "Here it is.", x: 72, y: 130, layer: "on" },
  { text: "Here it isnt.", x: 72, y: 130, layer: "off" },
  { text: "Both at once", x: 72, y: 160, layer: "both" },
  { text: "And the end.", x: 72, y: 190 },
];
const LEFT_OUT = (name: string) => ({
  kind: "warning" as const,
  path: "file.pdf",
  reason: `left out: the layer "${name}", which is off, on page 1`,
});

test("layers that are off are left out and named, also those that need several to be on", async () => {
  const { documents, notes } = await parsedPdf(layered(RUNS, `/OFF[${OFF}]`));
  expect(documents.map(({ content }) => content)).toEqual(["Always there.\n\nHere it is.\n\nAnd the end."]);
  expect(notes).toEqual([LEFT_OUT("German"), LEFT_OUT("English")]);
});

test("layers are off where all are but some, and where a screen is not to show them", async () => {
  const ofScreen = "<</Type/OCG/Name(German)/Usage<</View<</ViewState/OFF>>/Print<</PrintState/ON>>>>>>";
  for (const file of [layered(RUNS.slice(0, 3), `/BaseState/OFF/ON[${ON}]`), layered(RUNS.slice(0, 3), "")]) {
    const changed = new TextDecoder().decode(file).includes("BaseState")
      ? file
      : pdfFile({
          pages: [RUNS.slice(0, 3)],
          objects: ["<</Type/OCG/Name(English)>>", ofScreen],
          properties: `/on ${ON}/off ${OFF}`,
          catalog: `/OCProperties<</OCGs[${ON} ${OFF}]/D<<>>>>`,
        });
    const { documents, notes } = await parsedPdf(changed);
    expect(documents.map(({ content }) => content)).toEqual(["Always there.\n\nHere it is."]);
    expect(notes).toEqual([LEFT_OUT("German")]);
  }
});

test("what is shown when a layer is off is left out while it is on", async () => {
  const runs = [...RUNS.slice(0, 1), { text: "Not shown", x: 72, y: 130, layer: "not" }];
  const { documents } = await parsedPdf(layered(runs, ""));
  expect(documents.map(({ content }) => content)).toEqual(["Always there."]);
});

test("forms that are placed on the page are on a layer as a whole, and so are notes", async () => {
  const annotation = `<</Type/Annot/Subtype/FreeText/Contents(NoteWords)/F 4/DA(/Helv 11 Tf)/OC ${OFF}/Rect${rectangle(72, 300, 200, 16)}>>`;
  const more = { contents: ["/placed Do BT /plain 10 Tf 72 400 Td (Behind it.) Tj ET"], annotations: [[annotation]] };
  const { documents, notes } = await parsedPdf(layered(RUNS.slice(0, 1), `/OFF[${OFF}]`, more));
  expect(documents.map(({ content }) => content)).toEqual(["Always there.\n\nBehind it."]);
  expect(notes).toEqual([LEFT_OUT("German")]);
});

test("layers that are on are text, and nothing is said", async () => {
  const more = { contents: ["/placed Do"] };
  const { documents, notes } = await parsedPdf(layered(RUNS.slice(0, 3), "", more));
  expect(documents[0]?.content).toMatch(/Here it is.*Here it isnt/s);
  expect(documents[0]?.content).toContain("PlacedWords");
  expect(notes).toEqual([]);
});

test("a page whose text is all on a layer that is off is no scan", async () => {
  const { documents, notes } = await parsedPdf(
    layered([{ text: "Hidden", x: 72, y: 100, layer: "off" }], `/OFF[${OFF}]`),
  );
  expect(documents).toEqual([]);
  expect(notes.map(({ kind, reason }) => [kind, reason])).toEqual([["skipped", LEFT_OUT("German").reason]]);
});

test("text that is off the page, or runs from right to left, is on its layer all the same", async () => {
  const hebrew = (text: string, y: number, layer?: string) => ({
    text: [...text].reverse().join(""),
    x: 72,
    y,
    font: "unicode",
    ...(layer === undefined ? {} : { layer }),
  });
  const runs = [
    ...linesAt(-400, 100, ["Beside the page"]),
    hebrew("שלום עולם", 100),
    hebrew("זה מוסתר", 130, "off"),
    hebrew("זה הסוף", 160),
  ];
  const { documents } = await parsedPdf(layered(runs, `/OFF[${OFF}]`));
  expect(documents.map(({ content }) => content)).toEqual(["שלום עולם\n\nזה הסוף"]);
});
