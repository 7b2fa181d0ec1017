import { expect, test } from "bun:test";
import { README, withTables } from "../../scripts/generate-docs.ts";

test("the README's tables are what the code has; if not: npm run docs", async () => {
  const text = await Bun.file(README).text();
  expect(text).toBe(withTables(text));
});

test("a table that has no place in the README is missed", () => {
  expect(() => withTables("# A README without tables")).toThrow("<!-- generated: flags -->");
});
