import { describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { mdx } from "../../src/parsers/mdx/entry.ts";
import { readAll, sourceOf } from "../support/read-source.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const FIXTURES = join(import.meta.dir, "../fixtures");

const fixture = () =>
  readAll(mdx, sourceOf({ name: "mdx-dwc", parser: "mdx", dataDir: FIXTURES, paths: ["mdx"], generationTag: "dwc" }));

test("a page is a document with the address and the labels readers know", async () => {
  const { documents } = await fixture();
  expect(documents.find(({ sourceUrl }) => sourceUrl === "mdx-dwc://02-guides/01-tabs.mdx")).toEqual({
    sourceUrl: "mdx-dwc://02-guides/01-tabs.mdx",
    title: "Two ways to open a file",
    docType: "tutorial",
    content: [
      "# Two ways to open a file",
      "",
      "**With a channel**",
      "",
      '    ```bbj title="open.bbj"',
      "    import java.util.List",
      "    rem <TabItem> in code stays, {so} do braces",
      '    open (unt)"CUSTOMER"',
      "    ```",
      "",
      "**With SQL**",
      "",
      "- ask the *data dictionary*",
      "  - then `fetch`",
      "",
      "**Close it**",
      "",
      "Channels are few: close them.",
      "",
      "#fff",
    ].join("\n"),
    generations: ["dwc"],
    contextHeader: "DWC Tutorial > Step by step > Two ways to open a file",
    deprecated: false,
    displayUrl: "https://basishub.github.io/DWC-Course/guides/tabs",
    metadata: { sidebar_position: "2" },
  });
});

test("front matter gives title, address and metadata; HTML gives its text", async () => {
  const { documents } = await fixture();
  expect(documents.find(({ title }) => title === "Introduction")).toMatchObject({
    sourceUrl: "mdx-dwc://01-intro.md",
    contextHeader: "DWC Tutorial > Introduction",
    displayUrl: "https://basishub.github.io/DWC-Course/welcome",
    metadata: { slug: "/welcome", sidebar_position: "1" },
    content: [
      "# Introduction",
      "",
      "Records live in keyed files, and a < b is a comparison.",
      "A map is a `Map<String, List<Integer>>`.",
      "",
      "Read on in the [manual](https://example.com/manual) or in the next page.",
      "",
      "The window of the program",
      "",
      "| Verb | Meaning |",
      "| :--- | :--- |",
      "| `READ` | takes a record   by its key |",
    ].join("\n"),
  });
});

test("drafts and broken front matter are named, and the text below the latter is used", async () => {
  const { documents, notes } = await fixture();
  expect(notes).toEqual([
    {
      kind: "warning",
      path: "mdx/broken-front-matter.md",
      reason: "its front matter is not valid YAML; the text is used",
    },
    { kind: "skipped", path: "mdx/draft.md", reason: "draft: true in its front matter" },
  ]);
  expect(documents.find(({ title }) => title === "Files: and records")?.content).toBe(
    "The text is there all the same.",
  );
});

test("a partial is a document without an address of its own", async () => {
  const { documents } = await fixture();
  expect(documents.find(({ sourceUrl }) => sourceUrl.endsWith("_part.mdx"))).toMatchObject({
    title: "Part",
    displayUrl: "",
  });
});

test("pages without text, and hidden ones, make no document", async () => {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, "a.md"), "---\nunlisted: true\n---\nText");
  writeFileSync(join(directory.path, "b.md"), "import A from 'a'\n\n<A />\n");
  const { documents, notes } = await readAll(mdx, sourceOf({ parser: "mdx", dataDir: directory.path }));
  expect(documents).toEqual([]);
  expect(notes.map(({ kind, path, reason }) => `${kind} ${path}: ${reason}`)).toEqual([
    "skipped a.md: unlisted: true in its front matter",
    "skipped b.md: a page without text",
  ]);
});

test("what is known only when the site is built is named", async () => {
  using directory = temporaryDirectory();
  const map = "{versions.map((version) => <li key={version}>Version <b>{version.name}</b>, of {version.date}</li>)}";
  writeFileSync(
    join(directory.path, "a.mdx"),
    `# A\n\n${map}\n\nSince {new Date().getFullYear()}, {id}.\n\n<Box text={of(1)} onClick={f(2)} />`,
  );
  writeFileSync(join(directory.path, "b.mdx"), "{isNew && <b>New</b>} {/* no */} {props.x}");
  const { documents, notes } = await readAll(mdx, sourceOf({ parser: "mdx", dataDir: directory.path }));
  expect(documents).toMatchObject([{ content: "# A\n\nSince , {id}." }, { content: "New" }]);
  expect(notes).toEqual([
    {
      kind: "warning",
      path: "a.mdx",
      reason:
        "what {versions.map((version) => <li key={version}>Version <b>{ver… and 2 other expressions would show is known only when the site is built, and was left out",
    },
  ]);
});

test("a title comes from the front matter, else from the first heading, else from the file's name", async () => {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, "a.md"), "---\ntitle: 26.00\n---\n# B\n\nx");
  writeFileSync(join(directory.path, "b.md"), "Text\n\n# The `SELECT * FROM _a_` [_verb_](x.md) {#open}");
  writeFileSync(join(directory.path, "03-keyed_files.md"), "Text");
  const { documents } = await readAll(mdx, sourceOf({ parser: "mdx", dataDir: directory.path }));
  expect(documents.map(({ title }) => title)).toEqual(["Keyed files", "26.00", "The SELECT * FROM _a_ verb"]);
});

test("a folder is called like its category, else like its index page, else by its name", async () => {
  using directory = temporaryDirectory();
  for (const folder of ["01-one", "02-two", "03-three_four"])
    cpSync(join(FIXTURES, "mdx/01-intro.md"), join(directory.path, folder, "x.md"));
  writeFileSync(join(directory.path, "01-one/_category_.yml"), "label: 'The first'\n");
  writeFileSync(join(directory.path, "02-two/index.md"), "---\ntitle: Second steps\nsidebar_label: Second\n---\nText");
  const { documents } = await readAll(mdx, sourceOf({ name: "guide", parser: "mdx", dataDir: directory.path }));
  expect(documents.map(({ contextHeader }) => contextHeader)).toEqual([
    "guide > The first > Introduction",
    "guide > Second > Second steps",
    "guide > Second > Introduction",
    "guide > Three four > Introduction",
  ]);
});

test("a title keeps its formula", async () => {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, "a.md"), "# The _law_ of $\\alpha_{1}*$ and `x_`\n\nText");
  const { documents } = await readAll(mdx, sourceOf({ parser: "mdx", dataDir: directory.path }));
  expect(documents).toMatchObject([{ title: "The law of $\\alpha_{1}*$ and x_" }]);
});

test("a label that changes makes the pages below it new ones", async () => {
  using directory = temporaryDirectory();
  cpSync(join(FIXTURES, "mdx/02-guides"), join(directory.path, "guides"), { recursive: true });
  cpSync(join(FIXTURES, "mdx/01-intro.md"), join(directory.path, "intro.md"));
  const source = sourceOf({ parser: "mdx", dataDir: directory.path });
  const before = (await readAll(mdx, source)).fingerprints;
  writeFileSync(join(directory.path, "guides/_category_.json"), '{ "label": "Another" }');
  const after = (await readAll(mdx, source)).fingerprints;
  expect(after.get("intro.md")).toBe(before.get("intro.md"));
  expect(after.get("guides/01-tabs.mdx")).not.toBe(before.get("guides/01-tabs.mdx"));
});

describe("the address of a page", () => {
  async function addresses(files: readonly string[], paths: readonly string[], absolute = false): Promise<string[]> {
    using directory = temporaryDirectory();
    const dataDir = directory.path;
    for (const file of files) {
      mkdirSync(dirname(join(dataDir, file)), { recursive: true });
      writeFileSync(join(dataDir, file), `# ${file}\n\nText.\n`);
    }
    const from = absolute ? paths.map((path) => join(dataDir, path)) : paths;
    const { documents } = await readAll(mdx, sourceOf({ name: "guide", parser: "mdx", dataDir, paths: from }));
    return documents.map(({ sourceUrl }) => sourceUrl.replace("guide://", "").replace(`${dataDir}/`, ""));
  }
  const files = ["docs/a.md", "docs/index.md", "docs/sub/b.md", "more/c.md", "more/index.md", "more/sub/d.md"];

  test.each([
    [["docs"], ["a.md", "index.md", "sub/b.md"]],
    [["more"], ["c.md", "index.md", "sub/d.md"]],
    [
      ["docs", "more"],
      ["a.md", "index.md", "sub/b.md", "c.md", "more/index.md", "sub/d.md"],
    ],
    [
      ["more", "docs"],
      ["c.md", "index.md", "sub/d.md", "a.md", "docs/index.md", "sub/b.md"],
    ],
    [["*/*.md"], ["docs/a.md", "docs/index.md", "more/c.md", "more/index.md"]],
    [["*/sub"], ["docs/sub/b.md", "more/sub/d.md"]],
    [
      ["docs/*.md", "more"],
      ["a.md", "index.md", "c.md", "more/index.md", "sub/d.md"],
    ],
    [
      ["docs/index.md", "more/index.md", "docs/sub/b.md"],
      ["index.md", "more/index.md", "b.md"],
    ],
    [
      ["docs", "docs/sub"],
      ["a.md", "index.md", "sub/b.md"],
    ],
    [
      ["docs/sub", "docs"],
      ["b.md", "a.md", "index.md"],
    ],
  ])("of the paths %j", async (paths, expected) => {
    expect(await addresses(files, paths)).toEqual(expected);
    expect(await addresses(files, paths, true)).toEqual(expected);
  });

  test("is never that of another, however they lie", async () => {
    const all = await addresses(["docs/index.md", "docs/more/index.md", "more/index.md"], ["docs", "more"]);
    expect(all).toEqual(["index.md", "more/index.md", "/more/index.md"]);
  });
});

test("a label of a folder comes from no file that a link out of the source leads to, and the file is named", async () => {
  using directory = temporaryDirectory();
  const { path } = directory;
  const dataDir = join(path, "data");
  mkdirSync(join(dataDir, "docs/basics"), { recursive: true });
  mkdirSync(join(dataDir, "docs/broken/_category_.json"), { recursive: true });
  writeFileSync(join(path, "secret.yml"), "label: Secret");
  writeFileSync(join(dataDir, "docs/basics/a.md"), "# A\n\nText.\n");
  writeFileSync(join(dataDir, "docs/broken/b.md"), "# B\n\nText.\n");
  symlinkSync(join(path, "secret.yml"), join(dataDir, "docs/basics/_category_.yml"));
  const read = (keys: object) =>
    readAll(mdx, sourceOf({ name: "guide", parser: "mdx", dataDir, paths: ["docs"], keys: { ...keys } }));
  const { documents, notes } = await read({});
  expect(documents).toMatchObject([{ contextHeader: "guide > Basics > A" }, { contextHeader: "guide > Broken > B" }]);
  expect(notes).toMatchObject([
    { kind: "skipped", path: "docs/basics/_category_.yml" },
    { kind: "failed", path: "docs/broken/_category_.json", reason: "not a regular file" },
  ]);
  const followed = await read({ follow_links: true });
  expect(followed.documents).toMatchObject([{ contextHeader: "guide > Secret > A" }, {}]);
});
