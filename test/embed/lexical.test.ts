import { expect, test } from "bun:test";
import fc from "fast-check";
import { LEXICAL_MODEL, lexicalEmbedder, hashFeatures } from "../../src/embed/lexical.ts";

function similarity(a: string, b: string): number {
  const other = hashFeatures(b, 1024);
  return hashFeatures(a, 1024).reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);
}

test("the model is the method, whatever the settings say", () => {
  expect(lexicalEmbedder({ dimensions: 8 }).model).toBe(LEXICAL_MODEL);
});

// A change here is a new method: give LEXICAL_MODEL another number, or stored corpora mix two of them.
test.each([
  [
    "BBjGrid::setColumnWidth sets the widths of 2 columns; the grid redraws its columns. Größe 日本",
    1024,
    "8a898e305b01d43f7dd71ededca7b2916a4c589a8d5b3e01b4331ab99d1f66d2",
  ],
  [
    "getHTMLText2 IDs BBj_api$ __x__ classes indexes pushes searches caches properties movies us ss",
    16,
    "9946d857b647c6e81505813d0030bb4a7c198b3997471d7537b1184dffd607c2",
  ],
  [
    "ΣΑΣ İstanbul ǅ Ⓐ Ⅷ ไทย ひらがな カタカナ e\u0301 x\ud800y\udc00z 💾𝐀",
    64,
    "5a7da8e08a1e127ea89208b6045184fcfa59babde074ef6b0bd2dd0f7812c7d0",
  ],
  ["=> ... Ⓐ!", 7, "49c629b36a892c4b6d31be73412732fcb9c965370c1efb851ad50a5ae0edcbc7"],
  [`${"grid ".repeat(400)}print to a file`, 300, "a8b43f31aa26a42af4366a459b8fa877b64a2272e6ca0b8579f2e1baa878098e"],
  ["", 3, "3695fc5961dab4c804313662c5662248a3536224fb1dd93f8fb23304c437ff0c"],
])("the vector of %j is the same on every platform and in every release of this method", (text, dimensions, digest) => {
  expect(Bun.SHA256.hash(new Uint8Array(hashFeatures(text, dimensions).buffer), "hex")).toBe(digest);
});

test("a vector does not depend on the texts before it", () => {
  const before = hashFeatures("some text about grids", 256);
  hashFeatures(Array.from({ length: 20_000 }, (_, index) => `word${index}`).join(" "), 256);
  expect(hashFeatures("some text about grids", 256)).toEqual(before);
});

test("every text has a vector of length 1, in any dimension", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 3000 }), (text, dimensions) => {
      const vector = hashFeatures(text, dimensions);
      expect(vector).toHaveLength(dimensions);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
    }),
  );
});

test.each(["...", "!!!", " ", "\n\n", "", "=>", "💾", "___"])("%j, though without a word, has a vector", (text) => {
  expect(hashFeatures(text, 64).some((value) => value !== 0)).toBe(true);
});

test.each([
  ["addButton", "add a button"],
  ["set_column_width", "column width"],
  ["getHTMLText", "html text"],
  ["BBjGrid", "the bbj grid"],
  ["Windows", "window"],
  ["classes and indexes", "class, index"],
  ["caches", "cache"],
  ["properties", "property"],
  ["ÜBUNG", "Übungs übung"],
])("%j resembles %j", (a, b) => {
  expect(similarity(a, b)).toBeGreaterThan(0.35);
});

test("BBj stays one word, and so do plurals of acronyms", () => {
  expect(similarity("BBjGrid", "bj grid")).toBeLessThan(similarity("BBjGrid", "bbj grid"));
  expect(similarity("IDs", "ids")).toBeCloseTo(1);
});

test("a question finds the text that shares its words, and stop words do not decide", () => {
  const question = "How do I sort the rows of a grid?";
  const answer = "A BBjGrid can sort its rows by a column when the user clicks the header.";
  const other = "How do I print the pages of a report to a file? The printer object does it.";
  expect(similarity(question, answer)).toBeGreaterThan(similarity(question, other) * 3);
});
