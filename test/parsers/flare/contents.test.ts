import { expect, test } from "bun:test";
import { page, readProject, toc, variables } from "./write-project.ts";

const TOPICS = {
  "Content/a.htm": page("<p>a</p>", { title: "Title A" }),
  "Content/sub-folder/b.htm": page("<p>b</p>", { title: "Title B" }),
};

async function headers(files: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const { documents } = await readProject({ ...TOPICS, ...files });
  return Object.fromEntries(documents.map(({ title, contextHeader }) => [title, contextHeader]));
}

test("without a table of contents the folders lead to a topic", async () => {
  expect(await headers({})).toEqual({ "Title A": "Title A", "Title B": "Sub folder > Title B" });
});

test("the entries of a table of contents lead to a topic, its own where it adds to the title", async () => {
  const contents = toc(
    '<TocEntry Title="Guide"><TocEntry Title="title a" Link="/Content/a.htm"><TocEntry Title="Beginners" Link="/Content/sub-folder/b.htm" /></TocEntry></TocEntry>',
  );
  expect(await headers({ "Project/TOCs/x.fltoc": contents })).toEqual({
    "Title A": "Guide > Title A",
    "Title B": "Guide > title a > Beginners > Title B",
  });
});

test("an entry may be called like the topic it links to, and by variables", async () => {
  const contents = toc(
    '<TocEntry Title="The [%=V.Name%] guide"><TocEntry Title="[%=System.LinkedTitle%]" Link="/Content/A.htm"><TocEntry Title="[%=System.LinkedTitle%]" Link="/Content/sub-folder/b.htm" /></TocEntry></TocEntry>',
  );
  expect(
    await headers({
      "Content/a.htm": page("<p>a</p>", { title: 'Title <MadCap:variable name="V.Name" />' }),
      "Project/TOCs/x.fltoc": contents,
      "Project/VariableSets/V.flvar": variables({ Name: "BBj" }),
    }),
  ).toEqual({ "Title BBj": "The BBj guide > Title BBj", "Title B": "The BBj guide > Title BBj > Title B" });
});

test("links may have backslashes, anchors, queries, percent signs and another case", async () => {
  const contents = toc(
    '<TocEntry Title="One"><TocEntry Title="x" Link="\\Content\\A.HTM#top" /></TocEntry><TocEntry Title="Two"><TocEntry Title="Title B" Link="/Content/sub%2Dfolder/b.htm?x=1" /></TocEntry>',
  );
  expect(await headers({ "Project/TOCs/x.fltoc": contents })).toEqual({
    "Title A": "One > x > Title A",
    "Title B": "Two > Title B",
  });
});

test("within a table of contents the entry for all of a topic comes before one for a part of it", async () => {
  const contents = toc(
    '<TocEntry Title="Part"><TocEntry Title="Title A" Link="/Content/a.htm#part" /></TocEntry><TocEntry Title="Whole"><TocEntry Title="Title A" Link="/Content/a.htm" /></TocEntry>',
  );
  expect(await headers({ "Project/TOCs/x.fltoc": contents })).toMatchObject({ "Title A": "Whole > Title A" });
});

test("the first of several tables of contents wins: those of BASIS in their order, then by name", async () => {
  const named = (title: string) =>
    toc(`<TocEntry Title="${title}"><TocEntry Title="Title A" Link="/Content/a.htm" /></TocEntry>`);
  const order = ["BASISHelp", "emhelp", "BDTHelp", "pro5toc", "another", "zebra"];
  for (const [index, first] of order.entries()) {
    const files = order.slice(index).map((name) => [`Project/TOCs/${name}.fltoc`, named(name)]);
    expect(await headers(Object.fromEntries(files))).toMatchObject({ "Title A": `${first} > Title A` });
  }
});

test("a table of contents may hold others, and one that holds itself ends", async () => {
  expect(
    await headers({
      "Project/TOCs/basishelp.fltoc": toc(
        '<TocEntry Title="Top"><TocEntry Title="More" Link="/Project/TOCs/Sub/more.fltoc" /></TocEntry>',
      ),
      "Project/TOCs/Sub/more.fltoc": toc(
        '<TocEntry Title="Title A" Link="/Content/a.htm" /><TocEntry Title="Back" Link="/Project/TOCs/basishelp.fltoc" />',
      ),
    }),
  ).toMatchObject({ "Title A": "Top > More > Title A" });
});

test("tables of contents within each other are read once, however often they are linked", async () => {
  const tocs = Array.from({ length: 60 }, (_, index) => [
    `Project/TOCs/${index}.fltoc`,
    toc(`<TocEntry Title="T" Link="/Project/TOCs/${index + 1}.fltoc" />`.repeat(2)),
  ]);
  const last = toc('<TocEntry Title="Title A" Link="/Content/a.htm" />');
  expect(await headers({ ...Object.fromEntries(tocs), "Project/TOCs/60.fltoc": last })).toMatchObject({
    "Title A": expect.stringMatching(/^(?:T > )*Title A$/),
  });
});

test("tables of contents in a long row are read", async () => {
  const tocs = Array.from({ length: 3_000 }, (_, index) => [
    `Project/TOCs/${index}.fltoc`,
    toc(`<TocEntry Title="T${index}" Link="/Project/TOCs/${index + 1}.fltoc" />`),
  ]);
  const last = toc('<TocEntry Title="Part"><TocEntry Title="Title A" Link="/Content/a.htm" /></TocEntry>');
  expect(await headers({ ...Object.fromEntries(tocs), "Project/TOCs/3000.fltoc": last })).toMatchObject({
    "Title A": expect.stringContaining("Part > Title A"),
  });
});

test("an entry of its own that adds to the title of its topic is not repeated either", async () => {
  const contents = toc(
    '<TocEntry Title="Top"><TocEntry Title="[%=System.LinkedTitle%] (new)" Link="/Content/a.htm" /></TocEntry>',
  );
  expect(await headers({ "Project/TOCs/x.fltoc": contents })).toMatchObject({ "Title A": "Top > Title A" });
});

test("a title that its entry has without the name of the site is that of the entry", async () => {
  const contents = toc('<TocEntry Title="Top"><TocEntry Title="Shelves" Link="/Content/a.htm" /></TocEntry>');
  const { documents } = await readProject({
    "Content/a.htm": page("<h1>All shelves</h1><p>a</p>", { title: "Shelves | Site" }),
    "Project/TOCs/x.fltoc": contents,
  });
  expect(documents).toMatchObject([{ title: "Shelves", contextHeader: "Top > Shelves" }]);
});

test("links that lead nowhere are no topics", async () => {
  const contents = toc(
    '<TocEntry Title="[%=System.LinkedTitle%]" Link="/Content/gone.htm"><TocEntry Title="Title A" Link="/Content/a.htm" /></TocEntry>',
  );
  expect(await headers({ "Project/TOCs/x.fltoc": contents })).toMatchObject({ "Title A": "Title A" });
});
