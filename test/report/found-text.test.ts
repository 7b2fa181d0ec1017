import { describe, expect, test } from "bun:test";
import { type Found, foundText, type FoundTextOptions } from "../../src/report/found-text.ts";
import { typedSpans } from "../support/typed-spans.ts";

type Given = Partial<Found["hit"]> & Partial<Omit<Found["details"], "found">> & { readonly words?: readonly string[] };

/** A hit whose text has its `words`; its hash is its text. */
function found({ words = [], ...given }: Given = {}): Found {
  const content = given.content ?? "Grid\n\nText of a page.";
  return {
    hit: {
      ...{ score: 2 / 51, cosine: null, title: "Sorting", contextHeader: "Grid", sourceUrl: "docs://grid.md" },
      ...{ displayUrl: "", sourceName: "docs", sourceType: "", docType: "", deprecated: false, generations: [] },
      ...{ contentHash: content, ...given, content },
    },
    details: {
      ...{ chunkIndex: 0, cosine: null, firstPage: null, lastPage: null, pageLabels: null, before: [], after: [] },
      ...{ marks: typedSpans(content, words), missing: [], ...given, found: words },
    },
  };
}

const shown = (all: readonly Found[], options: Partial<FoundTextOptions> = {}) =>
  foundText(all, { columns: undefined, bold: false, weak: false, whole: false, ...options }).split("\n");
/** A chunk of `found`'s document. */
const neighbour = (content: string) => ({
  ...{ number: 1, distance: 0, chunkIndex: 0, contentHash: content, content },
});

describe("what is said of a hit", () => {
  test("is its title, score, header, addresses, words and text", () => {
    const one = found({ cosine: 0.71234, displayUrl: "https://host/grid", words: ["text"], missing: ["zeppelin"] });
    expect(shown([one])).toEqual([
      "1. Sorting  (0.0392, cosine 0.712)",
      "   Grid",
      "   https://host/grid  (docs://grid.md)",
      "   words: text; not: zeppelin",
      "   | Text of a page.",
      "",
    ]);
  });

  test.each([
    [{ firstPage: 12, lastPage: 12 }, "   page 12"],
    [{ firstPage: 12, lastPage: 14 }, "   pages 12-14"],
    [{ firstPage: 12, lastPage: 12, pageLabels: "iv" }, "   page 12, printed iv"],
  ])("pages of a manual: %j", (pages, line) => {
    expect(shown([found(pages)])).toContain(line);
  });

  test("no word of the question is one thing, a question without words another", () => {
    expect(shown([found({ missing: ["a", "b"] })])).toContain("   words: none of a, b");
    expect(shown([found()]).join("\n")).not.toContain("words:");
  });

  test("a score may be given to --min-score as it is printed", () => {
    expect(shown([found({ score: 1 / 53 })])[0]).toBe("1. Sorting  (0.0188)");
  });

  test("that nothing is close stands above all of it", () => {
    expect(shown([found()], { weak: true }).slice(0, 3)).toEqual([
      "weak: nothing is close to this",
      "",
      "1. Sorting  (0.0392)",
    ]);
  });
});

describe("on a terminal", () => {
  const code = found({ content: "Grid\n\nA text.\n    open(1)text$", words: ["text"] });

  test("words are bold, and indentation stays", () => {
    expect(shown([code], { bold: true }).slice(-3)).toEqual([
      "   | A \x1b[1mtext\x1b[22m.",
      "   |     open(1)\x1b[1mtext\x1b[22m$",
      "",
    ]);
    expect(shown([code]).join("")).not.toContain("\x1b");
  });

  test("a text cannot smuggle escape codes in, in a word or beside it", () => {
    const evil = "\u001b[2J\u009b31m\u202e";
    const content = `${evil}\n\ntext${evil}text`;
    const marked: Given = { content, marks: [[10, content.length - 2]], words: [evil], missing: [evil], firstPage: 1 };
    const all = [
      found({ ...marked, title: evil, contextHeader: evil, sourceUrl: evil, displayUrl: evil, pageLabels: evil }),
      found({ content: "text", before: [neighbour(content + evil)] }),
    ];
    for (const whole of [false, true]) {
      const text = shown(all, { bold: true, columns: 30, whole }).join("\n");
      expect(text.replace(/\u001b\[(?:1|22)m/g, "")).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
  });

  test.each([40, 80])("no line is longer than %i columns, but for addresses, which stay whole", (columns) => {
    const words = Array.from({ length: 30 }, (_, index) => `word${index}`);
    const url = `https://host/${"path/".repeat(20)}`;
    const content = `Grid\n\n${words.join(" ")}\n      ${"x".repeat(200)} word1`;
    const one = found({ content, words, missing: words, title: words.join(" "), displayUrl: url });
    for (const whole of [false, true]) {
      const lines = shown([one], { columns, bold: true, whole });
      const long = lines.filter((line) => Bun.stringWidth(line) > columns);
      expect(long).toEqual([`   ${url}`]);
      expect(lines.filter((line) => /^\S/.test(line))).toHaveLength(1);
    }
  });
});

describe("with its neighbours", () => {
  const [a, b, c, d] = ["A text.", "B text.\n\n  B again.", "C text.", "D text."].map((text) => `Grid\n\n${text}`);

  test("a hit is shown whole, between them", () => {
    const one = found({ content: b ?? "", before: [neighbour(a ?? "")], after: [neighbour(c ?? "")] });
    expect(shown([one], { whole: true }).slice(3)).toEqual([
      ...["   | A text.", "   |", "   > B text.", "   >   B again.", "   |", "   | C text.", ""],
    ]);
  });

  test("each text is shown once: a neighbour that is a hit with that, another with the first of its hits", () => {
    const first = found({ content: a ?? "", after: [neighbour(b ?? ""), neighbour(c ?? "")] });
    const second = found({ content: d ?? "", before: [neighbour(b ?? ""), neighbour(c ?? "")] });
    const third = found({ content: b ?? "", before: [neighbour(a ?? "")], after: [neighbour(c ?? "")] });
    const lines = shown([first, second, third], { whole: true });
    for (const text of ["A text.", "B text.", "C text.", "D text."]) {
      expect(lines.filter((line) => line.includes(text))).toHaveLength(1);
    }
    expect(lines.filter((line) => line.includes("("))).toEqual([
      ...["1. Sorting  (0.0392)", "   | (result 3)"],
      ...["2. Sorting  (0.0392)", "   | (result 3)", "   | (shown with result 1)"],
      ...["3. Sorting  (0.0392)", "   | (result 1)", "   | (shown with result 1)"],
    ]);
  });

  test("a text of another document is another text", () => {
    const first = found({ content: a ?? "" });
    const second = found({ content: d ?? "", sourceUrl: "docs://other.md", before: [neighbour(a ?? "")] });
    expect(shown([first, second], { whole: true }).filter((line) => line.includes("A text."))).toHaveLength(2);
  });
});
