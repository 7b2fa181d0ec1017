import { expect, test } from "bun:test";
import { withoutNumberPrefix } from "../../src/parsers/titles.ts";

test("numbers that are dates or versions are no prefixes", () => {
  expect(["01-intro", "2. intro", "7.1-notes", "2024-05-01-news", "24"].map(withoutNumberPrefix)).toEqual([
    "intro",
    "intro",
    "7.1-notes",
    "2024-05-01-news",
    "24",
  ]);
});
