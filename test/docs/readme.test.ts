import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { README, withTables } from "../../scripts/generate-docs.ts";
import { blocks } from "./blocks.ts";

test("the README's tables are what the code has; if not: npm run docs", async () => {
  const text = await Bun.file(README).text();
  expect(text).toBe(withTables(text));
});

test("a table that has no place in the README is missed", () => {
  expect(() => withTables("# A README without tables")).toThrow("<!-- generated: flags -->");
});

test("each link within the README leads to a heading of it, or to a file", async () => {
  const text = await Bun.file(README).text();
  // As GitHub makes them.
  const slug = (heading: string) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-");
  const headings = new Set([...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => slug(heading)));
  const links = [...text.matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link = ""]) => link);
  const known = (link: string) =>
    link.startsWith("#") ? headings.has(link.slice(1)) : existsSync(join(README, "..", link));
  expect(links.filter((link) => !known(link))).toEqual([]);
  expect(links.length).toBeGreaterThan(10);
});

test("each block of the README is run by a test, or says what it needs", async () => {
  const tested = new Set<string>();
  for await (const file of new Bun.Glob("*.test.ts").scan({ cwd: import.meta.dir, absolute: true })) {
    for (const [, name = ""] of (await Bun.file(file).text()).matchAll(/texts?Of\("(\w+)"/g)) tested.add(name);
  }
  const untested = blocks.filter(({ run = "", needs }) => needs === undefined && !tested.has(run));
  expect(untested).toEqual([]);
  expect([...tested].filter((name) => !blocks.some(({ run }) => run === name))).toEqual([]);
});
