import { expect, test } from "bun:test";
import { isOfPart, PARTS_MAX, readPart } from "../../src/parsers/part.ts";

test.each(["1/1", "1/4", "4/4", `${PARTS_MAX}/${PARTS_MAX}`])("%s is a part", (text) => {
  const [index, count] = text.split("/").map(Number);
  expect(readPart(text)).toMatchObject({ index, count });
});

test.each(["0/4", "5/4", "x", "", "1", "/4", "1/", "1/0", "-1/4", "1.5/4", " 1/4", "1/4/2", `1/${PARTS_MAX + 1}`])(
  "%j is none",
  (text) => {
    expect(readPart(text)).toBeUndefined();
  },
);

test("each input is of one part, and parts are about as large as each other", () => {
  const paths = Array.from({ length: 10_000 }, (_, page) => `docs/page-${page}.md`);
  for (const count of [2, 3, 7]) {
    const parts = Array.from({ length: count }, (_, index) => ({ index: index + 1, count }));
    const sizes = parts.map((part) => paths.filter((path) => isOfPart(path, part)).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(paths.length);
    for (const size of sizes) expect(Math.abs(size * count - paths.length)).toBeLessThan(paths.length / 10);
  }
});

test("the part of a path is the same in every version, on every machine", () => {
  const part = (path: string) => [1, 2, 3, 4].find((index) => isOfPart(path, { index, count: 4 }));
  expect(["docs/a.md", "docs/b.md", "docs/ä.md", "manual.pdf"].map(part)).toEqual([2, 4, 3, 3]);
});
