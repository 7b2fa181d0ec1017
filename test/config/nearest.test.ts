import { expect, test } from "bun:test";
import { didYouMean, nearest, nearness, unknownOf } from "../../src/config/nearest.ts";

test.each([
  ["serach", "search"],
  ["SEARCH", "search"],
  ["clena", "clean"],
  ["worker", "workers"],
  ["retry-faild", "retry-failed"],
  ["xyz", undefined],
  ["", undefined],
  ["a".repeat(100_000), undefined],
])("a misspelt %p is taken for %p", (word, expected) => {
  expect(nearest(word, ["ingest", "search", "clean", "workers", "retry-failed"])).toBe(expected);
});

test("of two near words the nearer one is suggested, and of two equally near ones the first", () => {
  expect(nearest("modell", ["mode", "model"])).toBe("model");
  expect(nearest("ab", ["ac", "ad"])).toBe("ac");
  expect(nearest("x", ["k"])).toBeUndefined();
});

test("nothing is suggested when nothing is near", () => {
  expect(didYouMean("serach", ["search"])).toBe('; did you mean "search"?');
  expect(didYouMean("xyz", ["search"])).toBe("");
});

test("all names there are follow, the nearest first", () => {
  expect(unknownOf("source", "pfd", ["mdx", "docs", "pdf"])).toBe(
    'unknown source "pfd"; did you mean "pdf"? (sources: pdf, mdx, docs)',
  );
  expect(unknownOf("generation", "x", [])).toBe('unknown generation "x" (there is none)');
  const many = Array.from({ length: 30 }, (_, index) => `source ${index}`);
  expect(unknownOf("source", "x".repeat(1_000_000), many)).toEndWith("source 19, and 10 more)");
});

test.each([
  ["docs://guide/page.md", "docs://guide/page.md", 0],
  ["docs://guide/pgae.md", "docs://guide/page.md", 1],
  ["docs://gude/pag.md", "docs://guide/page.md", 2],
  ["docs://guide/page", "docs://guide/page.md", 3],
  ["docs://guide/page", "docs://guide/page/index.md", undefined],
  ["abc", "xyz", undefined],
  ["a".repeat(10_000), `${"a".repeat(9_999)}b`, 1],
  [`x${"a".repeat(100)}y`, "b".repeat(102), undefined],
] as const)("%p differs from %p in %p letters", (word, candidate, expected) => {
  expect(nearness(word, candidate, 6)).toBe(expected);
});
