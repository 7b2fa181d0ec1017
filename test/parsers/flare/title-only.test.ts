import { expect, test } from "bun:test";
import { chunkDocument } from "../../../src/chunk/chunk-document.ts";
import { page, readProject, toc } from "./write-project.ts";

async function chunksOf(files: Readonly<Record<string, string>>): Promise<string[]> {
  const { documents, silent } = await readProject(files);
  expect(silent).toEqual([]);
  return documents.flatMap((document) =>
    chunkDocument(document, { chunkSize: 400, chunkOverlap: 50 }).map(({ content }) => content),
  );
}

test.each([
  ["a title", page("", { title: "Replacing the filter" })],
  ["a title and a picture", page('<p><img src="f.png" /></p>', { title: "Replacing the filter" })],
  [
    "a title and lists that are made when the help is built",
    page("<MadCap:miniTocProxy /><MadCap:relatedTopics />", { title: "Replacing the filter" }),
  ],
  ["a heading", page("<h1>Replacing the filter</h1>", { title: "" })],
  [
    "a title that is its heading",
    page("<h1>Replacing the filter</h1><p>&#160;</p>", { title: "Replacing the filter" }),
  ],
])("a topic with only %s is found by it", async (_, text) => {
  expect(await chunksOf({ "Content/a.htm": text })).toEqual(["Replacing the filter\n\nReplacing the filter"]);
});

test("a topic of headings is found by each of them, and by its title", async () => {
  const text = page("<h1>Filter</h1><h2>Removing it</h2><h2>Putting it back</h2>", { title: "Replacing parts" });
  expect(await chunksOf({ "Content/a.htm": text })).toEqual([
    "Replacing parts\n\nReplacing parts\n\nFilter\n\nRemoving it\n\nPutting it back",
  ]);
});

test("a topic that only a table of contents has a title for is found by that one", async () => {
  expect(
    await chunksOf({
      "Content/x1.htm": page("", { title: "" }),
      "Project/TOCs/x.fltoc": toc(
        '<TocEntry Title="Parts"><TocEntry Title="The filter" Link="/Content/x1.htm" /></TocEntry>',
      ),
    }),
  ).toEqual(["Parts > The filter\n\nThe filter"]);
});

test.each([
  ["without a title", "Content/a.htm", page("", { title: "" }), ""],
  [
    "with a title that is its file's name",
    "Content/01-filter_parts.htm",
    page("<hr />", { title: "Filter Parts" }),
    "",
  ],
  ["with the title of a program that knew none", "Content/a.htm", page("", { title: "Untitled Document" }), ""],
  ["with a title of punctuation", "Content/a.htm", page("", { title: "..." }), ""],
  [
    "whose text is left out by its conditions",
    "Content/a.htm",
    page('<p MadCap:conditions="Primary.NotImplemented">x</p>', { title: "Replacing the filter" }),
    " (condition tags: Primary.NotImplemented)",
  ],
])("a topic without text and %s is named", async (_, path, text, more) => {
  const { documents, notes } = await readProject({ [path]: text });
  expect(documents).toEqual([]);
  expect(notes).toEqual([{ kind: "skipped", path, reason: `a topic without text${more}` }]);
});

test("code that looks like headings is code", async () => {
  const { documents } = await readProject({ "Content/a.htm": page("<pre># one\n# two</pre>", { title: "Comments" }) });
  expect(documents).toMatchObject([{ content: "```\n# one\n# two\n```" }]);
});

test("a topic whose only snippet is missing is named with both", async () => {
  const { documents, notes } = await readProject({
    "Content/a.htm": page('<MadCap:snippetBlock src="gone.flsnp" />', { title: "" }),
  });
  expect(documents).toEqual([]);
  expect(notes).toEqual([
    { kind: "skipped", path: "Content/a.htm", reason: "a topic without text" },
    {
      kind: "warning",
      path: "Content/a.htm",
      reason: "the snippet gone.flsnp does not exist: there is no Content/gone.flsnp",
    },
  ]);
});
