import { expect, test } from "bun:test";
import { page, readProject, readTopic, toc, variables } from "./write-project.ts";

const SET = { "Project/VariableSets/General.flvar": variables({ Name: "Widget", Long: "[%=General.Name%] Pro" }) };

test.each([
  [
    "a cross reference",
    '<p>Read <MadCap:xref href="b.htm">[%=General.Name%] guide</MadCap:xref>.</p>',
    "Read Widget guide.",
  ],
  ["a paragraph, twice", "<p>[%=General.Name%] and [%= general.name %]</p>", "Widget and Widget"],
  ["a heading", "<h2>The [%=General.Long%]</h2><p>x</p>", "## The Widget Pro\n\nx"],
  ["a link", '<p><a href="x.htm">[%=General.Name%]</a></p>', "Widget"],
  [
    "the head of a drop-down",
    "<MadCap:dropDown><MadCap:dropDownHead>[%=General.Name%]</MadCap:dropDownHead><MadCap:dropDownBody><p>b</p></MadCap:dropDownBody></MadCap:dropDown>",
    "## Widget\n\nb",
  ],
  [
    "the caption of a table",
    "<table><caption>[%=General.Name%]</caption><tr><td>a</td></tr></table>",
    "**Widget**\n\n| |\n| - |\n| a |",
  ],
  ["a table", "<table><tr><td>[%=General.Name%]</td></tr></table>", "| |\n| - |\n| Widget |"],
  ["code", "<pre>run [%=General.Name%]</pre>", "```\nrun Widget\n```"],
  ["plain text of XML", "<p><![CDATA[[%=General.Name%]]]></p>", "Widget"],
  [
    "a popup",
    "<p><MadCap:popup><MadCap:popupHead>a</MadCap:popupHead><MadCap:popupBody>[%=General.Name%]</MadCap:popupBody></MadCap:popup></p>",
    "a (Widget)",
  ],
  ["a page read as HTML", "<p>[%=General.Name%]<br><p>b", "Widget\n\nb"],
])("a variable has its value in the text of %s", async (_, body, content) => {
  const { documents } = await readTopic(body, SET);
  expect(documents).toMatchObject([{ content }]);
});

test("a variable has its value in titles, in snippets, and in tables of contents", async () => {
  const { documents, notes } = await readProject({
    ...SET,
    "Content/a.htm": page('<MadCap:snippetBlock src="s.flsnp" />', { title: "About [%=General.Name%]" }),
    "Content/s.flsnp": page("<p>in [%=General.Name%]</p>"),
    "Project/TOCs/x.fltoc": toc(
      '<TocEntry Title="[%=General.Name%] manual"><TocEntry Title="x" Link="/Content/a.htm" /></TocEntry>',
    ),
  });
  expect(documents).toMatchObject([
    { title: "About Widget", content: "in Widget", contextHeader: "Widget manual > x > About Widget" },
  ]);
  expect(notes).toEqual([]);
});

test("the place of a snippet gives its variables other values there too, made of others if need be", async () => {
  const { documents } = await readTopic(
    '<MadCap:snippetBlock src="s.flsnp" MadCap:snippetVariables="General.Name:Gadget of [%=General.Name%]" />',
    { ...SET, "Content/s.flsnp": page('<p>[%=General.Name%], <MadCap:variable name="General.Name" /></p>') },
  );
  expect(documents).toMatchObject([{ content: "Gadget of Widget, Gadget of Widget" }]);
});

test("what a variable says in a text is in the fingerprint of its topic", async () => {
  const files = { "Content/a.htm": page("<p>[%=General.Name%]</p>"), "Content/b.htm": page("<p>b</p>") };
  const of = async (name: string) =>
    (await readProject({ ...files, "Project/VariableSets/General.flvar": variables({ Name: name }) })).fingerprints;
  const [one, other] = [await of("1"), await of("2")];
  expect(other.get("Content/a.htm")).not.toBe(one.get("Content/a.htm") ?? "");
  expect(other.get("Content/b.htm")).toBe(one.get("Content/b.htm") ?? "");
});

test("a variable that is not defined is named and leaves nothing in a text; in code it may be code", async () => {
  const { documents, notes } = await readTopic("<p>a [%=General.Gone%] b</p><pre>[%= item.name %]</pre>", SET);
  expect(documents).toMatchObject([{ content: "a b\n\n```\n[%= item.name %]\n```" }]);
  expect(notes).toEqual([
    { kind: "warning", path: "Content/a.htm", reason: "the variable General.Gone is not defined" },
  ]);
});

test("variables of the system: what the project tells is told, the rest is named once", async () => {
  const { documents, notes } = await readProject({
    "My Help.flprj": "",
    "Content/a.htm": page(
      '<h1>Head</h1><p>[%=System.Title%], <MadCap:variable name="System.ProjectName" />, [%=Heading.Level1%].</p><p>On [%=System.LongDate%] <MadCap:variable name="System.PageNumber" /> c</p>',
      { title: "Title" },
    ),
    "Content/b.htm": page("<h1>First</h1><h2>Second</h2><p>[%=System.LongDate%] d</p>", {
      title: "[%=Heading.AnyLevel%]",
    }),
    "Content/c.htm": page("<h2>Second</h2><p>e</p>", { title: '<MadCap:variable name="Heading.AnyLevel" />' }),
    "Content/d.htm": page("<h2>Second</h2><p>f</p>", { title: "[%=System.LongDate%]" }),
  });
  expect(documents).toMatchObject([
    { title: "Title", content: "# Head\n\nTitle, My Help, Head.\n\nOn c" },
    { title: "First", content: "# First\n\n## Second\n\nd" },
    { title: "Second", content: "## Second\n\ne" },
    { title: "D", content: "## Second\n\nf" },
  ]);
  expect(notes).toEqual([
    {
      kind: "skipped",
      path: "My Help.flprj",
      reason:
        "variables that have a value only when the help is built are left out: System.LongDate, System.PageNumber",
    },
  ]);
});

test("an entry of a table of contents may be called like the heading of its topic", async () => {
  const { documents } = await readProject({
    "Content/a.htm": page("<h1>Heading A</h1><p>a</p>", { title: "Title A" }),
    "Content/b.htm": page("<p>b</p>", { title: "Title B" }),
    "Project/TOCs/x.fltoc": toc(
      '<TocEntry Title="[%=System.LinkedHeader%]" Link="/Content/a.htm"><TocEntry Title="[%=System.LinkedHeader%]" Link="/Content/b.htm"><TocEntry Title="[%=System.LinkedTitle%] [%=System.LongDate%]" Link="/Content/c.htm" /></TocEntry></TocEntry>',
    ),
    "Content/c.htm": page("<p>c</p>", { title: "Title C" }),
  });
  expect(documents.map(({ contextHeader }) => contextHeader)).toEqual([
    "Title A",
    "Heading A > Title B",
    "Heading A > Title B > Title C",
  ]);
});

test("sets of variables may lie in folders, and two may have one name", async () => {
  const { documents, notes } = await readTopic(
    '<p><MadCap:variable name="V.A" /> <MadCap:variable name="V.B" /> <MadCap:variable name="Sub/V.A" /> [%=Other\\V.A%] [%=sub/Single.C%]</p>',
    {
      "Project/VariableSets/V.flvar": variables({ A: "own" }),
      "Project/VariableSets/Sub/V.flvar": variables({ A: "sub", B: "b" }),
      "Project/VariableSets/Other/V.flvar": variables({ A: "other" }),
      "Project/VariableSets/Single.flvar": variables({ C: "c" }),
    },
  );
  expect(documents).toMatchObject([{ content: "own b sub other c" }]);
  expect(notes).toEqual([]);
});

test("of the definitions of a variable the first one holds", async () => {
  const { documents } = await readTopic('<p><MadCap:variable name="V.A" /> <MadCap:variable name="V.B" /></p>', {
    "Project/VariableSets/V.flvar":
      '<CatapultVariableSet><Variable Name="A">one<Definition MadCap:conditions="T.Print" xmlns:MadCap="m">two</Definition></Variable>' +
      '<Variable Name="B"><Definition>three</Definition><Definition>four</Definition></Variable></CatapultVariableSet>',
  });
  expect(documents).toMatchObject([{ content: "one three" }]);
});

test("variables whose names differ by case alone have their own values", async () => {
  const { documents } = await readTopic(
    '<p><MadCap:variable name="V.Project" /> [%=V.project%] [%=V.PROJECT%] [%=v.Project%]</p>',
    {
      "Project/VariableSets/V.flvar": variables({ Project: "Cluster", project: "cluster" }),
    },
  );
  expect(documents).toMatchObject([{ content: "Cluster cluster Cluster Cluster" }]);
});

test("a variable may be made of what a topic is called, and of what only a build knows", async () => {
  const { documents, notes } = await readProject({
    "Content/a.htm": page('<h1>Head A</h1><p>In <MadCap:variable name="V.H1" />: [%=V.Chapter%], [%=V.Page%].</p>'),
    "Project/TOCs/x.fltoc": toc(
      '<TocEntry Title="Part [%=V.H1%]"><TocEntry Title="A page" Link="/Content/a.htm" /></TocEntry>',
    ),
    "Project/VariableSets/V.flvar":
      '<CatapultVariableSet><Variable Name="H1" EvaluatedDefinition="">[%=Heading.Level1%]</Variable>' +
      '<Variable Name="Chapter" EvaluatedDefinition="1">[%=System.ChapterNumber%]</Variable><Variable Name="Page">[%=System.PageNumber%]</Variable></CatapultVariableSet>',
  });
  expect(documents).toMatchObject([{ content: "# Head A\n\nIn Head A: 1, .", contextHeader: "Part > A page" }]);
  expect(notes).toEqual([
    {
      kind: "skipped",
      path: ".",
      reason: "variables that have a value only when the help is built are left out: V.Page",
    },
  ]);
});

test("a date that was never made leaves no format in a text, and is named", async () => {
  const { documents, notes } = await readTopic(
    '<p>c <MadCap:variable name="V.Year" /> Us, <MadCap:variable name="V.Day" />.</p>',
    {
      "Project/VariableSets/V.flvar":
        '<CatapultVariableSet><Variable Name="Year" Type="DateTime" EvaluatedDefinition="yyyy">yyyy</Variable>' +
        '<Variable Name="Day" Type="DateTime" EvaluatedDefinition="May 1">MMM d</Variable></CatapultVariableSet>',
    },
  );
  expect(documents).toMatchObject([{ content: "c Us, May 1." }]);
  expect(notes.map(({ reason }) => reason)).toEqual([
    "variables that have a value only when the help is built are left out: V.Year",
  ]);
});
