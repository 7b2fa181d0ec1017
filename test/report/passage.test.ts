import { describe, expect, test } from "bun:test";
import { bestPassage } from "../../src/report/passage.ts";
import { typedSpans } from "../support/typed-spans.ts";

/** The lines that are shown of a text for words, with dots where a line goes on. */
function shown(text: string, words: readonly string[], from = 0): string[] {
  const lines = bestPassage(text, typedSpans(text, words), from);
  return lines.map(
    ({ span, cutBefore, cutAfter }) => `${cutBefore ? ".." : ""}${text.slice(...span)}${cutAfter ? ".." : ""}`,
  );
}

const lines = (count: number) => Array.from({ length: count }, (_, index) => `Line ${index} of a page.`);

describe("the part of a text that is shown", () => {
  test("is its first lines when no word is in it", () => {
    expect(shown(lines(9).join("\n\n"), ["zeppelin"])).toEqual(lines(4));
    expect(shown("", ["zeppelin"])).toEqual([]);
    expect(shown("```\n\n---", [])).toEqual([]);
  });

  test("is where the word stands, with something before it and behind it", () => {
    const text = [...lines(9), "A zeppelin flies.", ...lines(9)].join("\n");
    expect(shown(text, ["zeppelin"])).toContain("A zeppelin flies.");
    expect(shown(text, ["zeppelin"])).toHaveLength(4);
    expect(shown(text, ["zeppelin"]).indexOf("A zeppelin flies.")).toBeWithin(1, 3);
  });

  test("has two words rather than one of them many times", () => {
    const text = ["grid grid grid", ...lines(6), "sort a grid", ...lines(6)].join("\n");
    expect(shown(text, ["grid", "sort"])).toContain("sort a grid");
  });

  test("does not begin above the text", () => {
    expect(shown("Grid > Sorting\n\nText one.\nText two.", ["grid"], 15)).toEqual(["Text one.", "Text two."]);
  });

  test("takes a part of a long line, from sentence to sentence", () => {
    const sentences = Array.from({ length: 30 }, (_, index) => `Sentence ${index} says nothing that anybody needs.`);
    const text = [...sentences.slice(0, 20), "A zeppelin flies.", ...sentences.slice(20)].join(" ");
    const [line = "", ...more] = shown(text, ["zeppelin"]);
    expect(more).toEqual([]);
    expect(line).toMatch(/^\.\.Sentence .*A zeppelin flies\..*needs\.\.\.$/);
    expect(line.length).toBeLessThan(330);
  });

  test("has no lines without a letter, which say nothing", () => {
    expect(shown("```bbj\nopen(1)\n}\n```\n---\nText.", ["open"])).toEqual(["open(1)", "Text."]);
  });

  test("of a line without a space is its beginning", () => {
    const [line = ""] = shown("x".repeat(5_000), []);
    expect(line).toBe(`${"x".repeat(320)}..`);
  });
});
