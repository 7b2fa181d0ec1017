import { expect, test } from "bun:test";
import { didYouMean, nearest } from "../../src/config/nearest.ts";

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
});

test("nothing is suggested when nothing is near", () => {
  expect(didYouMean("serach", ["search"])).toBe('; did you mean "search"?');
  expect(didYouMean("xyz", ["search"])).toBe("");
});
