import { describe, expect, test } from "bun:test";
import {
  closesFence,
  codeBlock,
  codeSpan,
  headingOf,
  leavesQuote,
  openFence,
  withoutDataUris,
  withoutLongData,
} from "../../src/text/markdown.ts";

describe("a fence", () => {
  test.each([
    ["```bbj", "", "```"],
    ["    ~~~", "    ", "~~~"],
    ["- ```", "- ", "```"],
    ["12. ````", "12. ", "````"],
    ["> > ```", "> > ", "```"],
    ["- > ```", "- > ", "```"],
    ["> 1. ~~~ a`b", "> 1. ", "~~~"],
  ])("is opened by %p", (line, prefix, mark) => {
    expect(openFence(line)).toEqual({ prefix, mark });
  });

  test.each(["``", "``` a`b", "text ```", "-```", "1234567890. ```"])("is not opened by %p", (line) => {
    expect(openFence(line)).toBeUndefined();
  });

  test("is closed by its own mark or a longer one, which nothing follows", () => {
    const fence = { prefix: "", mark: "````" };
    const lines = ["```", "````", "  `````  ", "> ````", "~~~~", "```` bbj"];
    expect(lines.filter((line) => closesFence(line, fence))).toEqual(["````", "  `````  ", "> ````"]);
  });

  test("in a quote ends with it", () => {
    const fence = { prefix: "> ", mark: "```" };
    expect(["> code", " > code", "text"].filter((line) => leavesQuote(line, fence))).toEqual(["text"]);
  });

  test("is longer than any in the code", () => {
    expect(codeBlock("````\na\n````", "md")).toBe("`````md\n````\na\n````\n`````");
    expect(codeBlock("a\n", "")).toBe("```\na\n```");
  });
});

test.each([
  ["## Files ##", 2, "Files"],
  ["   # C#", 1, "C#"],
  ["###", 3, ""],
  ["# #", 1, ""],
])("%p is a heading", (line, level, text) => {
  expect(headingOf(line)).toEqual({ level, text });
});

test.each(["#hash", "####### seven", "    # code", "text # text"])("%p is no heading", (line) => {
  expect(headingOf(line)).toBeUndefined();
});

test("code stands between more backticks than it has", () => {
  expect(["a", "a`b", "`a", "``a`"].map(codeSpan)).toEqual(["`a`", "``a`b``", "`` `a ``", "``` ``a` ```"]);
});

test("data URIs go, and of long ones in code all but their kind", () => {
  const long = `data:image/png;base64,${"A".repeat(100)}`;
  expect(withoutDataUris(`see ![x](${long}) and data:text/plain,a<b`)).toBe("see ![x]() and <b");
  expect(withoutLongData(`\`${long}\` and \`data:text/plain,a\``)).toBe("`data:image/png` and `data:text/plain,a`");
});
