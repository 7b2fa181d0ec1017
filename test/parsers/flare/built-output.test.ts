import { expect, test } from "bun:test";
import { page, readProject, toc, variables } from "./write-project.ts";

const below = (folder: string, files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));
const built = (text: string) =>
  `<!DOCTYPE html>\n<html xmlns:MadCap="http://www.madcapsoftware.com/Schemas/MadCap.xsd" data-mc-target-type="WebHelp2" data-mc-runtime-file-type="Topic;Default"><head><title>Built</title><script src="../Resources/Scripts/MadCapAll.js"></script></head><body><p>${text}</p><MadCap:pageFooter/></body></html>`;

const SOURCE = {
  "Help.flprj": "<CatapultProject />",
  "Content/intro.htm": page("<p>source</p>"),
  "Project/TOCs/x.fltoc": toc(""),
};
/** What Flare makes of it. */
const HTML5 = {
  "Default.htm": "<html><body>frames</body></html>",
  "Data/HelpSystem.js": "define({});",
  "Resources/Scripts/MadCapAll.js": "",
  "Content/intro.htm": built("built"),
};

async function read(files: Readonly<Record<string, string>>, paths: readonly string[] = ["."]) {
  const { documents, notes, silent } = await readProject(files, { paths });
  expect(silent).toEqual([]);
  return {
    texts: documents.map(({ sourceUrl, content }) => `${sourceUrl.slice("flare://".length)}: ${content}`),
    notes: notes.map(({ kind, path, reason }) => `${kind}: ${path}: ${reason}`),
  };
}
const note = (folder: string, files: string) => `skipped: ${folder}: built output of a project, no source: ${files}`;
const ONE = ["Content/intro.htm: source"];

test.each([
  ["in Output", { ...SOURCE, ...below("Output/me/HTML5", HTML5) }, [note("Output", "2 files are left out")]],
  [
    "in several folders of Output",
    { ...SOURCE, ...below("output/me/HTML5", HTML5), ...below("output/me/Mobile", HTML5) },
    [note("output", "4 files are left out")],
  ],
  [
    "in a folder of another name",
    { ...SOURCE, ...below("docs", HTML5), ...below("Old builds/2019", HTML5) },
    [note("Old builds/2019", "2 files are left out"), note("docs", "2 files are left out")],
  ],
  [
    "without the files of a build, but with a Content of its own",
    { ...SOURCE, "LatestBuild/HTML5/Content/intro.htm": page("<p>built</p>") },
    [note("LatestBuild/HTML5", "1 file is left out")],
  ],
  [
    "in a folder that comes first",
    { ...SOURCE, ...below("A/HTML5", HTML5) },
    [note("A/HTML5", "2 files are left out")],
  ],
  [
    "within its content",
    { ...SOURCE, ...below("Content/old/HTML5", HTML5) },
    [note("Content/old/HTML5", "2 files are left out")],
  ],
  [
    "in Output, without pages in a Content",
    { ...SOURCE, "Output/a.htm": page("<p>built</p>") },
    [note("Output", "1 file is left out")],
  ],
  [
    "of a project without a project file",
    { "Content/intro.htm": SOURCE["Content/intro.htm"], ...below("Docs", HTML5) },
    [note("Docs", "2 files are left out")],
  ],
] as const)("what was built of a project is left out and named: %s", async (_, files, notes) => {
  expect(await read(files)).toEqual({ texts: ONE, notes: [...notes] });
  const deep = notes.map((text) => text.replace("skipped: ", "skipped: Manuals/Help/"));
  expect((await read(below("Manuals/Help", files), ["Manuals"])).notes).toEqual(deep);
  expect((await read(below("Manuals/Help", files), ["Manuals/Help"])).texts).toEqual(ONE);
});

test("what was built beside a project is left out too", async () => {
  const files = { ...below("source", SOURCE), ...below("published", HTML5) };
  expect(await read(files)).toEqual({ texts: ONE, notes: [note("published", "2 files are left out")] });
});

test("a built help that the source names itself, or that is all there is, is read", async () => {
  const files = { ...SOURCE, ...below("docs", HTML5) };
  expect((await read(files, ["docs"])).texts).toEqual(["Content/intro.htm: built"]);
  expect((await read(files, ["docs/Content"])).texts).toEqual(["Content/intro.htm: built"]);
  expect((await read(below("docs", HTML5), ["."])).texts).toEqual(["Content/intro.htm: built"]);
});

test("a page with the marks of a build in the content of a project is left out and named", async () => {
  const old =
    '<html xmlns:MadCap="x" MadCap:PathToHelpSystem="../" MadCap:RuntimeFileType="Topic"><body><p>b</p></body></html>';
  const { texts, notes } = await read({
    ...SOURCE,
    "Content/copy/page.htm": built("copied"),
    "Content/copy/old.htm": old,
    "Content/copy/script.htm": page("<p>b</p>").replace("<head>", '<head><script src="../MadCapAll.js"></script>'),
  });
  expect(texts).toEqual(ONE);
  const reason = "a page of a built help, no source: remove it from Content, or open and save it in Flare";
  expect(notes).toEqual(["old", "page", "script"].map((name) => `skipped: Content/copy/${name}.htm: ${reason}`));
});

test("a page with the marks of a build below the content of others is left out, even if nothing says where the project is", async () => {
  const files = { "Content/intro.htm": page("<p>source</p>"), "Latest/Content/intro.htm": built("built") };
  const { texts, notes } = await read(files);
  expect(texts).toEqual(ONE);
  expect(notes).toEqual([expect.stringMatching(/^skipped: Latest\/Content\/intro.htm: a page of a built help/)]);
  expect((await read(files, ["Latest"])).texts).toEqual(["Content/intro.htm: built"]);
  const two = { ...files, "Latest/Content/intro.htm": page("<p>other</p>") };
  expect((await read(two)).texts).toEqual([...ONE, "Latest/Content/intro.htm: other"]);
});

test("topics that speak of a build, or are called like one, are topics", async () => {
  const { texts, notes } = await read({
    ...SOURCE,
    "Content/Output/a.htm": page("<p>an output</p>"),
    "Content/Data/HelpSystem.htm": page("<p>data</p>"),
    "Content/Build/Content/b.htm": page('<p data-mc-conditions="A.B">inner</p>'),
    "Content/c.htm": page("<pre>&lt;script src='MadCapAll.js'&gt; data-mc-target-type=\"x\"</pre>"),
    "Content/e.htm": built('e <MadCap:variable name="V.Gone">of one\'s own</MadCap:variable>'),
    "Content/d.htm": page('<p MadCap:lastBlockDepth="1">d</p>', {
      html: 'MadCap:lastHeight="1" MadCap:searchable="1"',
    }),
  });
  expect(texts).toEqual([
    "Content/Build/Content/b.htm: inner",
    "Content/Data/HelpSystem.htm: data",
    "Content/Output/a.htm: an output",
    expect.stringContaining("Content/c.htm: "),
    "Content/d.htm: d",
    "Content/e.htm: e of one's own",
    ...ONE,
  ]);
  expect(notes).toEqual(["warning: Content/e.htm: the variable V.Gone is not defined"]);
});

test("a project below a folder named Output is read", async () => {
  expect((await read(below("Output/Help", SOURCE))).texts).toEqual(["Output/Help/Content/intro.htm: source"]);
  expect((await read(below("Output", { "Content/a.htm": page("<p>a</p>") }))).texts).toEqual(["Content/a.htm: a"]);
});

test("a project is no build, whatever else lies in its folder", async () => {
  const mixed = { ...SOURCE, "Data/HelpSystem.xml": "<x/>" };
  expect((await read({ ...below("One", mixed), ...below("Two", SOURCE) })).texts).toEqual([
    ...ONE,
    "Two/Content/intro.htm: source",
  ]);
});

test("projects that lie in one folder, or within another, are projects, each with its own variables and contents", async () => {
  const project = (folder: string) =>
    below(folder, {
      [`${folder}.flprj`]: "",
      "Content/a.htm": page('<p><MadCap:variable name="V.Name" /></p>', { title: "A page" }),
      "Project/VariableSets/V.flvar": variables({ Name: folder }),
      "Project/TOCs/x.fltoc": toc(
        `<TocEntry Title="In ${folder}"><TocEntry Title="A" Link="/Content/a.htm" /></TocEntry>`,
      ),
    });
  const outer = {
    "Outer.flprj": "",
    "Content/a.htm": page('<p>outer <MadCap:variable name="V.Name" /></p>'),
    "Project/VariableSets/V.flvar": variables({ Name: "outside" }),
  };
  const { documents, notes } = await readProject({
    ...outer,
    ...project("Beta"),
    ...below("Output", project("Alpha")),
  });
  expect(documents.map(({ content, contextHeader }) => [content, contextHeader])).toEqual([
    ["Beta", "In Beta > A page"],
    ["outer outside", "A page"],
    ["Alpha", "In Alpha > A page"],
  ]);
  expect(notes).toEqual([]);
});

test("a folder that is called like a project file makes no project of the folder it lies in", async () => {
  const files = {
    ...below("Help.flprj", SOURCE),
    "Content/a.htm": page("<p>a</p>"),
    "Sub/Content/b.htm": page("<p>b</p>"),
  };
  expect((await read(files)).texts).toEqual(["Content/a.htm: a", "Content/intro.htm: source", "Content/b.htm: b"]);
});

test("a project in the content of another is one of its own", async () => {
  const inner = {
    "Inner.flprj": "",
    "Content/a.htm": page('<MadCap:snippetBlock src="s.flsnp" />'),
    "Content/s.flsnp": page('<p><MadCap:variable name="V.Name" /></p>'),
    "Project/VariableSets/V.flvar": variables({ Name: "inner" }),
  };
  const outer = {
    ...SOURCE,
    "Project/VariableSets/V.flvar": variables({ Name: "outer" }),
    "Content/b.htm": page('<p><MadCap:variable name="V.Name" /></p>'),
  };
  const { texts, notes } = await read({ ...outer, ...below("Content/Sub", inner) });
  expect(texts).toEqual(["Content/Sub/Content/a.htm: inner", "Content/b.htm: outer", ...ONE]);
  expect(notes).toEqual([]);
});
