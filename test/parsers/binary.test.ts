import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { mdx } from "../../src/parsers/mdx/entry.ts";
import { readAll, sourceOf } from "../support/read-source.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

async function readPage(content: string | Uint8Array) {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, "a.md"), content);
  return await readAll(mdx, sourceOf({ parser: "mdx", dataDir: directory.path }));
}

test.each([
  [
    "a ZIP archive",
    Bun.gzipSync(Buffer.from("Some text of a page. ".repeat(40).split("").toSorted().join("") + Math.PI)),
  ],
  ["a picture", Buffer.from("89504e470d0a1a0a0000000d49484452000000200000002008060000001f15c489", "hex")],
])("%s that is called like a page is named", async (_, bytes) => {
  const { documents, notes } = await readPage(bytes);
  expect(documents).toEqual([]);
  expect(notes).toEqual([{ kind: "skipped", path: "a.md", reason: "a binary file, no page" }]);
});

test.each([
  ["in UTF-16 without a byte order mark", Buffer.from("Some text of a page.", "utf16le")],
  ["with a form feed, escapes and a NUL", "Some text\f of a page.\u001b[1m And more.\0 And more, and more."],
  ["in another alphabet", "Некоторый текст. 本文の一部。"],
])("a page %s is a page", async (_, content) => {
  expect((await readPage(content)).documents).toHaveLength(1);
});
