import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bbjSource } from "../../src/parsers/bbj-source/entry.ts";
import type { ParserEntry } from "../../src/parsers/define-parser.ts";
import { flare } from "../../src/parsers/flare/entry.ts";
import { javadoc } from "../../src/parsers/javadoc/entry.ts";
import { mdx } from "../../src/parsers/mdx/entry.ts";
import type { Note } from "../../src/parsers/parser.ts";
import { pdf } from "../../src/parsers/pdf/entry.ts";
import { readAll, sourceOf } from "../support/read-source.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

/** What becomes of files with these contents. */
async function readFiles(parser: ParserEntry, files: Readonly<Record<string, string>>) {
  using directory = temporaryDirectory();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory.path, path)), { recursive: true });
    writeFileSync(join(directory.path, path), content);
  }
  return await readAll(parser, sourceOf({ parser: parser.name, dataDir: directory.path }));
}

const OID = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
const LFS = `version https://git-lfs.github.com/spec/v1\noid sha256:${OID}\nsize 12345\n`;

const PARSERS: readonly (readonly [ParserEntry, string])[] = [
  [mdx, "page.md"],
  [pdf, "manual.pdf"],
  [bbjSource, "a.bbj"],
  [javadoc, "p.json"],
  [flare, "Content/a.htm"],
];

describe("what stands for a file", () => {
  // Failed, so that rows of an earlier run stay, and the exit code says that documents are missing.
  test.each(PARSERS)("$name: a Git LFS pointer fails, and says what to do", async (parser, path) => {
    for (const pointer of [LFS, LFS.replaceAll("\n", "\r\n"), LFS.replace("git-lfs", "hawser")]) {
      const { documents, notes } = await readFiles(parser, { [path]: pointer });
      expect(documents).toEqual([]);
      expect(notes).toEqual([{ kind: "failed", path, reason: "a Git LFS pointer: run git lfs pull" }]);
    }
  });

  test.each([
    ["of git-annex", `/annex/objects/SHA256E-s12345--${OID}.md\n`, "a git-annex pointer: run git annex get"],
    ["of git-crypt", "\0GITCRYPT\0\u0001\u0002\u0003abc", "encrypted by git-crypt: run git-crypt unlock"],
  ])("one %s fails, too", async (_, content, reason) => {
    const { documents, notes } = await readFiles(mdx, { "a.md": "# A\n\nText.", "b.md": content });
    expect(documents.map(({ title }) => title)).toEqual(["A"]);
    expect(notes).toEqual([{ kind: "failed", path: "b.md", reason }]);
  });

  test.each([
    ["a page about pointers", `# Pointers\n\n\`\`\`\n${LFS}\`\`\`\n`],
    ["a page that begins like one", `${LFS}\n${"And then it goes on. ".repeat(60)}`],
    ["a path in a page", "/annex/objects/ is where they are.\n"],
  ])("%s is a page", async (_, content) => {
    const { documents, notes } = await readFiles(mdx, { "a.md": content });
    expect(documents).toHaveLength(1);
    expect(notes).toEqual([]);
  });

  test.each(["\uFEFF", " ", "\uFEFF\t"])("a file of nothing to read (%j) is no link", async (content) => {
    const { documents, notes } = await readFiles(mdx, { "docs/a.md": content });
    expect(documents).toEqual([]);
    expect(notes).toEqual([{ kind: "skipped", path: "docs/a.md", reason: "a page without text" }]);
  });

  test("a link that was checked out as a file of its path is named", async () => {
    const reason = (target: string) => `a link to ${target} that was checked out as a text file`;
    const files = {
      "docs/a.md": "# A\n\nText.",
      "docs/b.md": "a.md",
      "docs/c.md": "link ../docs/a.md",
      "d.md": "docs",
    };
    const { documents, notes } = await readFiles(mdx, files);
    expect(documents.map(({ title }) => title)).toEqual(["A"]);
    expect(notes).toEqual([
      { kind: "skipped", path: "d.md", reason: reason("docs") },
      { kind: "skipped", path: "docs/b.md", reason: reason("a.md") },
      { kind: "skipped", path: "docs/c.md", reason: reason("../docs/a.md") },
    ]);
  });

  test("a page of one word is a page, and one of its own name too", async () => {
    const { documents } = await readFiles(mdx, {
      "a.md": "Text",
      "b.md": "a.md\n",
      "c.md": "c.md",
      "d.md": "x".repeat(5_000),
    });
    expect(documents.map(({ sourceUrl }) => sourceUrl)).toEqual([
      "docs://a.md",
      "docs://b.md",
      "docs://c.md",
      "docs://d.md",
    ]);
  });

  test.each([
    ["snippet", "Content/b.flsnp", "<MadCap:snippetBlock src='b.flsnp' />"],
    ["set of variables", "Project/VariableSets/Harbour.flvar", "<p><MadCap:variable name='Harbour.Name' /></p>"],
  ])("a topic fails whose %s is a pointer: what is stored of it says more", async (_, path, use) => {
    const topic = (body: string) =>
      `<html xmlns:MadCap='http://www.madcapsoftware.com/Schemas/MadCap.xsd'><body><p>Text.</p>${body}</body></html>`;
    const { documents, notes } = await readFiles(flare, {
      "x.flprj": "<x/>",
      "Content/a.htm": topic(use),
      "Content/c.htm": topic(""),
      [path]: LFS,
    });
    expect(documents.map(({ sourceUrl }) => sourceUrl)).toEqual(["flare://Content/c.htm"]);
    const reason = "a Git LFS pointer: run git lfs pull";
    expect(notes).toEqual([
      { kind: "failed", path: "Content/a.htm", reason: `${path}, which it uses: ${reason}` },
      { kind: "failed", path, reason },
    ]);
  });
});

describe("a file with the marks of a merge that is not finished", () => {
  const CONFLICT = "Before.\n\n<<<<<<< HEAD\nOurs.\n=======\nTheirs.\n>>>>>>> branch\n\nBehind.\n";
  const warning = (path: string, line: number): Note => ({
    kind: "warning",
    path,
    reason: `conflict markers of an unfinished merge (line ${line}): both sides are ingested; resolve it`,
  });

  test.each([
    ["of Git", mdx, "a.md", CONFLICT, 3],
    ["with the base between", mdx, "a.md", CONFLICT.replace("=======", "||||||| base\nBase.\n======="), 3],
    ["of Subversion, on Windows", mdx, "a.md", CONFLICT.replace("HEAD", ".mine").replaceAll("\n", "\r\n"), 3],
    ["around a fence", mdx, "a.md", "A.\n<<<<<<< a\n```\nx\n=======\n```bbj\ny\n>>>>>>> b\n```\n", 2],
    ["behind a fence that shows some", mdx, "a.md", `\`\`\`\n${CONFLICT}\`\`\`\n${CONFLICT}`, 14],
    ["in a program", bbjSource, "a.bbj", `rem a\n<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> b`, 2],
    ["in a topic", flare, "Content/a.htm", `<html><body><p>\n${CONFLICT}</p></body></html>`, 4],
  ] as const)("%s is ingested with a warning", async (_, parser, path, content, line) => {
    const { documents, notes } = await readFiles(parser, { [path]: content });
    expect(documents).toHaveLength(1);
    expect(notes).toContainEqual(warning(path, line));
  });

  test("is named by them where it cannot be read because of them", async () => {
    const { notes } = await readFiles(javadoc, {
      "a.json": '{\n<<<<<<< HEAD\n"name": "a",\n=======\n"name": "b",\n>>>>>>> branch\n"classes": []}',
    });
    const reason = "conflict markers of an unfinished merge (line 2): not valid JSON";
    expect(notes).toMatchObject([{ kind: "failed", path: "a.json", reason: expect.stringContaining(reason) }]);
  });

  test.each([
    ["shown in a fence", `Text.\n\n\`\`\`diff\n${CONFLICT}\`\`\`\n`],
    ["in another order", "Text.\n>>>>>>> a\n=======\n<<<<<<< b\n"],
    ["in prose", "Text with <<<<<<< HEAD, ======= and >>>>>>> branch.\n"],
    ["none but a heading and quotes", "Text\n=======\n\n>>>>>>> quoted\n"],
  ])("not where they are %s", async (_, content) => {
    expect((await readFiles(mdx, { "a.md": content })).notes).toEqual([]);
  });
});
