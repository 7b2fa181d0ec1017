import { expect, test } from "bun:test";
import { readFrontMatter } from "../../src/parsers/mdx/front-matter.ts";

test("scalars are text as it is written", () => {
  const { values, lists, body, isInvalid } = readFrontMatter(
    '---\ntitle: "A: b"\nversion: 26.00\ndraft: false\ntags: [a, 7, {b: c}]\n---\n\nText',
  );
  expect(Object.fromEntries(lists)).toEqual({ tags: ["a", "7"] });
  expect(Object.fromEntries(values)).toEqual({ title: "A: b", version: "26.00", draft: "false" });
  expect(body).toBe("\nText");
  expect(isInvalid).toBe(false);
});

test.each([
  ["a page without one", "Text\n\n---\n\nmore", "Text\n\n---\n\nmore"],
  ["one that is never closed", "---\ntitle: a\n\nText", "---\ntitle: a\n\nText"],
  ["text between two rules", "---\n\nText, and more.\n\n---\nEnd", "---\n\nText, and more.\n\n---\nEnd"],
  ["an empty one", "---\n---\nText", "Text"],
  ["one that is the whole page", "---\ntitle: a\n---", ""],
])("%s leaves the page", (_, page, body) => {
  expect(readFrontMatter(page).body).toBe(body);
});

test("YAML that is none gives what its lines say, and the page", () => {
  const { values, body, isInvalid } = readFrontMatter(
    "---\ntitle: 'Files: and records' \ndraft: true # yet\nx: [\n---\nText",
  );
  expect(isInvalid).toBe(true);
  expect(values.get("title")).toBe("Files: and records");
  expect(values.get("draft")).toBe("true");
  expect(body).toBe("Text");
});

test("a list is no front matter", () => {
  expect(readFrontMatter("---\n- a\n---\nText")).toMatchObject({ isInvalid: true, body: "Text" });
});

test("a value in quotes keeps what looks like a comment, whatever else is wrong", () => {
  const { values } = readFrontMatter('---\ntitle: "Issue #5 # six" # seven\nx: [\n---\nText');
  expect(values.get("title")).toBe("Issue #5 # six");
});

test("YAML that is none gives lists and texts of several lines", () => {
  const { values, lists } = readFrontMatter(
    [
      ...["---", "title: Files", "  and records", "text: >-", "  On two", "  lines", 'quoted: "One: two', '  three"'],
      ...["tags:", "- a # b", "  - 'c, d'", "words: [e, 'f',", "  g]", "map:", "  key: value", "half: of"],
      ...["  a: map", "x: [", "---", "Text"],
    ].join("\n"),
  );
  expect(Object.fromEntries(values)).toEqual({
    title: "Files and records",
    text: "On two lines",
    quoted: "One: two three",
    half: "of",
  });
  expect(Object.fromEntries(lists)).toEqual({ tags: ["a", "c, d"], words: ["e", "f", "g"] });
});
