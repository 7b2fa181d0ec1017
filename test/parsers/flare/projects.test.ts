import { expect, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { flare } from "../../../src/parsers/flare/entry.ts";
import { parseContext, readAll, sourceOf } from "../../support/read-source.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";
import { page, readProject, toc, variables, writeFiles } from "./write-project.ts";

const FIXTURE = join(import.meta.dir, "../../fixtures/flare");
const PROJECT = {
  "P.flprj": "<CatapultProject />",
  "Content/a b.htm": page("<p>a</p>"),
  "Content/sub/b.htm": page("<p>b</p>"),
};
const below = (folder: string, files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));

async function urls(files: Readonly<Record<string, string>>, paths: readonly string[]): Promise<string[]> {
  const { documents } = await readProject(files, { paths });
  return documents.map(({ sourceUrl }) => sourceUrl);
}

test("a topic is a document with the address and the labels readers know", async () => {
  const { documents } = await readAll(flare, sourceOf({ name: "flare", parser: "flare", dataDir: FIXTURE }));
  expect(documents.find(({ title }) => title === "BBjShelf")).toEqual({
    sourceUrl: "flare://Content/bbjobjects/Shelf.htm",
    title: "BBjShelf",
    docType: "api-reference",
    content: [
      "# BBjShelf",
      "",
      "## Description",
      "",
      "A shelf (a list with names) holds records.",
      "",
      "## Syntax",
      "",
      "```",
      "Return  Method",
      "int  size(BBjString key!)",
      "```",
      "",
      "## Parameters",
      "",
      "| Name | Meaning |",
      "| - | - |",
      "| key! | What to look for. May be null. |",
      "",
      "## Example",
      "",
      "```",
      "rem a shelf",
      "shelf! = new BBjShelf()",
      'print shelf!.size("a") <> 0',
      "```",
      "",
      "Or in a page:",
      "",
      "```markup",
      "<Shelf items={list}>",
      "    <Item />",
      "</Shelf>",
      "```",
    ].join("\n"),
    generations: ["bbj_gui"],
    contextHeader: "Welcome to Shelf & Store > Reference > BBjShelf",
    deprecated: false,
    displayUrl: "https://documentation.basis.cloud/BASISHelp/WebHelp/bbjobjects/Shelf.htm",
    metadata: {},
  });
});

test("every file of a project makes a document or is named with the reason", async () => {
  const { documents, notes } = await readAll(flare, sourceOf({ parser: "flare", dataDir: FIXTURE }));
  expect(documents.map(({ sourceUrl }) => sourceUrl.replaceAll("\u00a0", "~"))).toEqual([
    "flare://Content/Resources/Topics/Tables~of records.htm",
    "flare://Content/Welcome.htm",
    "flare://Content/bbjobjects/Shelf.htm",
    "flare://Content/commands/store.htm",
    "flare://Content/old/broken.htm",
  ]);
  expect(notes.filter(({ kind }) => kind !== "warning")).toEqual([
    { kind: "skipped", path: "Content/old/pictures.htm", reason: "a topic without text" },
    { kind: "skipped", path: "Content/old/report.htm", reason: "not a topic: it has no <html> element" },
  ]);
});

test("a project has the same addresses whether the source is its folder, the one above, its content, or a glob", async () => {
  const addresses = ["flare://Content/a b.htm", "flare://Content/sub/b.htm"];
  expect(await urls(PROJECT, ["."])).toEqual(addresses);
  for (const path of [".", "Help", "Help/Content", "Help/Content/**/*.htm"]) {
    expect(await urls(below("Help", PROJECT), [path])).toEqual(addresses);
  }
  expect(await urls(below("Help", PROJECT), ["Help/Content/sub/b.htm"])).toEqual(["flare://Content/sub/b.htm"]);
});

test("what topics share is found wherever in the project the source begins", async () => {
  const files = below("Help", {
    "Content/sub/b.htm": page('<MadCap:snippetBlock src="/Content/s.flsnp" />'),
    "Content/s.flsnp": page('<p><MadCap:variable name="V.Name" /></p>'),
    "Project/VariableSets/V.flvar": variables({ Name: "found" }),
  });
  const { documents, notes } = await readProject(files, { paths: ["Help/Content/sub"] });
  expect(documents).toMatchObject([{ content: "found" }]);
  expect(notes).toEqual([]);
});

test("projects side by side keep their topics, variables and contents apart", async () => {
  const project = (name: string) =>
    below(name, {
      "Content/a.htm": page('<p><MadCap:variable name="V.Name" /></p>'),
      "Project/VariableSets/V.flvar": variables({ Name: name }),
      "Project/TOCs/x.fltoc": toc(
        `<TocEntry Title="In ${name}"><TocEntry Title="A page" Link="/Content/a.htm" /></TocEntry>`,
      ),
    });
  const files = { ...project("One"), ...project("Two") };
  const expected = [
    { sourceUrl: "flare://Content/a.htm", content: "One", contextHeader: "In One > A page" },
    { sourceUrl: "flare://Two/Content/a.htm", content: "Two", contextHeader: "In Two > A page" },
  ];
  expect((await readProject(files, { paths: ["."] })).documents).toMatchObject(expected);
  expect((await readProject(files, { paths: ["One", "Two"] })).documents).toMatchObject(expected);
});

test("another project, or another path, leaves the addresses of the topics that are there", async () => {
  const other = below("Other", { ...PROJECT, "Content/c.htm": page("<p>c</p>") });
  const one = ["flare://Content/a b.htm", "flare://Content/sub/b.htm"];
  const both = [...one, "flare://Other/Content/a b.htm", "flare://Content/c.htm", "flare://Other/Content/sub/b.htm"];
  const files = { ...below("Help", PROJECT), ...other };
  expect(await urls(below("Help", PROJECT), ["."])).toEqual(one);
  for (const paths of [["."], ["Help", "Other"], ["Help/Content", "Other/Content"], ["Help", "."], ["*"]]) {
    expect(await urls(files, paths)).toEqual(both);
  }
  expect(await urls(files, ["Other"])).toEqual(["flare://Content/a b.htm", "flare://Content/c.htm", one[1] ?? ""]);
  expect(await urls(below("deep/down", PROJECT), ["."])).toEqual(one.map((url) => url.replace("//", "//deep/down/")));
  expect(await urls(below("deep/down", PROJECT), ["deep"])).toEqual(one);
});

test("what topics share is read through links within the source only", async () => {
  using directory = temporaryDirectory();
  const { path } = directory;
  writeFiles(path, {
    ...below("Help", {
      "Content/a.htm": page('<MadCap:snippetBlock src="s.flsnp" /><MadCap:snippetBlock src="o.flsnp" />'),
    }),
    ...below("Help", { "Content/b.htm": page('<p>b</p><MadCap:snippetBlock src="../../outside/o.flsnp" />') }),
    "shared/s.flsnp": page("<p>shared</p>"),
    "outside/o.flsnp": page("<p>outside</p>"),
  });
  symlinkSync("../../shared/s.flsnp", join(path, "Help/Content/s.flsnp"));
  symlinkSync("../../outside/o.flsnp", join(path, "Help/Content/o.flsnp"));
  const read = (keys: object, paths = ["Help", "shared"]) =>
    readAll(flare, sourceOf({ parser: "flare", dataDir: path, paths, keys: { ...keys } }));
  const { documents, notes } = await read({});
  expect(documents.map(({ content }) => content)).toEqual(["shared", "b"]);
  expect(notes.filter(({ kind }) => kind === "skipped")).toMatchObject([{ path: "Help/Content/o.flsnp" }]);
  expect(notes.filter(({ kind }) => kind === "failed")).toEqual([]);
  const followed = await read({ follow_links: true }, ["Help"]);
  expect(followed.documents.map(({ content }) => content)).toEqual(["shared\n\noutside", "b"]);
});

test("a folder called Content above a project, or within it, is not taken for its own", async () => {
  expect(await urls(below("Content/Help", PROJECT), ["Content/Help"])).toEqual([
    "flare://Content/a b.htm",
    "flare://Content/sub/b.htm",
  ]);
  expect(await urls({ "Content/Content/a.htm": page("<p>a</p>"), "P.flprj": "" }, ["."])).toEqual([
    "flare://Content/Content/a.htm",
  ]);
});

test("pages outside of Content are named", async () => {
  const { documents, notes } = await readProject({ ...PROJECT, "Notes/a.htm": page("<p>note</p>") });
  expect(documents).toHaveLength(2);
  expect(notes).toEqual([
    { kind: "skipped", path: "Notes/a.htm", reason: "not in the Content folder of a Flare project" },
  ]);
});

test("readers are shown the topic in the built help, or where the source says", async () => {
  const shown = async (displayBase?: string) => {
    const { documents } = await readProject(
      PROJECT,
      displayBase === undefined ? {} : { keys: { display_base: displayBase } },
    );
    return documents[0]?.displayUrl;
  };
  expect(await shown()).toBe("https://documentation.basis.cloud/BASISHelp/WebHelp/a%20b.htm");
  expect(await shown("https://example.com/help")).toBe("https://example.com/help/a%20b.htm");
});

test.each([
  ["Project/VariableSets/V.flvar", "<CatapultVariableSet><Variable"],
  ["Project/TOCs/x.fltoc", "<CatapultToc></Wrong>"],
])("%s that is not well-formed is named as a failure, in every run", async (path, text) => {
  const { documents, notes } = await readProject({ ...PROJECT, [path]: text });
  expect(documents).toHaveLength(2);
  expect(notes).toMatchObject([{ kind: "failed", path, reason: expect.stringMatching(/^not well-formed XML: .+/) }]);
});

test("a snippet over the size limit is named as a failure, and so is what it leaves out", async () => {
  using directory = temporaryDirectory();
  writeFiles(directory.path, {
    "Content/a.htm": page('<MadCap:snippetBlock src="big.flsnp" /><p>a</p>'),
    "Content/big.flsnp": page(`<p>${"x".repeat(1_000)}</p>`),
  });
  const context = parseContext({ fileSizeBytesMax: 1_000 });
  const { documents, notes } = await readAll(flare, sourceOf({ parser: "flare", dataDir: directory.path }), context);
  expect(documents).toMatchObject([{ content: "a" }]);
  expect(notes).toMatchObject([
    {
      kind: "warning",
      path: "Content/a.htm",
      reason: "the snippet big.flsnp does not exist: there is no Content/big.flsnp",
    },
    { kind: "failed", path: "Content/big.flsnp", reason: expect.stringMatching(/^too large/) },
  ]);
});

test("a folder of a project that cannot be listed is named once, whether or not the source begins below it", async () => {
  using directory = temporaryDirectory();
  writeFiles(directory.path, below("Help", { ...PROJECT, "Project/x.txt": "" }));
  symlinkSync("nowhere", join(directory.path, "Help/Project/TOCs"));
  const read = (path: string) => readAll(flare, sourceOf({ parser: "flare", dataDir: directory.path, paths: [path] }));
  const reason = expect.stringMatching(/^a link that leads nowhere/);
  const [content, whole] = [await read("Help/Content"), await read("Help")];
  expect(content.documents).toHaveLength(2);
  expect(content.notes).toEqual([{ kind: "failed", path: "Help/Project/TOCs", reason }]);
  expect(whole.notes).toEqual([]);
  expect(whole.unlisted).toEqual([{ kind: "unlisted", path: "Help/Project/TOCs", reason }]);
});
