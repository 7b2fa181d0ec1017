import { expect, test } from "bun:test";
import { page, readProject, readTopic, toc, variables } from "./write-project.ts";

/** Documents by their path, and everything that was said. */
async function read(files: Readonly<Record<string, string>>, entry = {}) {
  const { documents, notes, silent } = await readProject(files, entry);
  expect(silent).toEqual([]);
  return {
    documents: Object.fromEntries(
      documents.map(({ sourceUrl, content }) => [sourceUrl.replace("flare://Content/", ""), content]),
    ),
    notes: notes.map(({ kind, path, reason }) => `${kind}: ${path}: ${reason}`),
  };
}

const block = (src: string) => `<MadCap:snippetBlock src="${src}" />`;

test.each([
  ["an .htm file beside the topic", "part.htm", "Content/part.htm"],
  ["an .html file", "part.html", "Content/part.html"],
  ["an .xhtml file", "part.xhtml", "Content/part.xhtml"],
  ["an .flsnp file in odd case", "part.flsnp", "Content/Part.FLSNP"],
  ["an .htm file in odd case", "Part.HTM", "Content/part.htm"],
  ["a file of any other kind", "part.xml", "Content/part.xml"],
  ["a file among the resources", "Resources/Snippets/part.htm", "Content/Resources/Snippets/part.htm"],
  ["a file by its path in the project", "/Content/Resources/part.htm", "Content/Resources/part.htm"],
  ["a file by backslashes", "Resources\\part.htm", "Content/Resources/part.htm"],
  ["a file by percent signs", "A%20part%20%28new%29.htm", "Content/A part (new).htm"],
  ["a file and a place in it", "part.htm#there", "Content/part.htm"],
  ["a file and a query", "part.htm?x=1", "Content/part.htm"],
  ["a file outside of the content", "../Shared/part.htm", "Shared/part.htm"],
])("a snippet is %s", async (_, src, path) => {
  const { documents, notes } = await read({
    "Content/topic.htm": page(`<h1>Topic</h1><p>Own text.</p>${block(src)}`),
    [path]: page("<p>Text of the part.</p>"),
    "Project/x.txt": "",
  });
  expect(documents).toEqual({ "topic.htm": "# Topic\n\nOwn text.\n\nText of the part." });
  expect(notes.filter((note) => note.startsWith("warning"))).toEqual([]);
});

test.each([
  ["without a declared prefix", "<html><body><p>Text <MadCap:variable name='V.N' />.</p></body></html>"],
  [
    "with the name space of XHTML",
    page("<p>Text 1.</p>").replace("<html", '<html xmlns="http://www.w3.org/1999/xhtml"'),
  ],
  ["of paragraphs without a page around them", "<p>Text</p>\n<p><MadCap:variable name='V.N' />.</p>"],
  ["of one element", "<div><p>Text <i>1.</i></p></div>"],
  ["of a body alone", '<?xml version="1.0"?><body><p>Text 1.</p></body>'],
  ["of elements that are not closed", "<p>Text<br>1.<p>"],
  ["of a list behind a comment", "<!-- c --><ul><li>Text</li><li>1.</li></ul>"],
])("a snippet may be a file %s", async (_, text) => {
  for (const name of ["part.htm", "part.flsnp"]) {
    const { documents } = await read({
      "Content/topic.htm": page(`<p>Own.</p>${block(name)}`),
      [`Content/${name}`]: text,
      "Project/VariableSets/V.flvar": variables({ N: "1" }),
    });
    expect(documents["topic.htm"]?.replace(/[\s*-]+/g, " ").trim()).toBe("Own. Text 1.");
  }
});

test("what is no markup, or a file of the builder, is no snippet", async () => {
  const { documents, notes } = await read({
    "Content/topic.htm": page(`<p>Own.</p>${block("a.flpgl")}${block("b.png")}${block("c.txt")}`),
    "Content/a.flpgl": "<CatapultPageLayout><Page>no</Page></CatapultPageLayout>",
    "Content/b.png": "\u0089PNG\r\n",
    "Content/c.txt": "no",
  });
  expect(documents).toEqual({ "topic.htm": "Own." });
  expect(notes.map((note) => note.replace(/element.*/, "element"))).toEqual([
    "warning: Content/topic.htm: the snippet a.flpgl has no <html> element",
    "warning: Content/topic.htm: the snippet b.png has no <html> element",
    "warning: Content/topic.htm: the snippet c.txt has no <html> element",
  ]);
});

test("a file that is a snippet is no topic of its own, and says where its text is", async () => {
  const { documents, notes } = await read({
    "Content/a-part.htm": page(`<p>a</p>${block("z-part.htm")}`),
    "Content/middle.htm": page(`<p>m</p>${block("a-part.htm")}`),
    "Content/other.htm": page(`<p>o</p><p>in <MadCap:snippetText src="z-part.htm"/></p>`),
    "Content/z-part.htm": page("<p>z</p>"),
  });
  expect(documents).toEqual({ "middle.htm": "m\n\na\n\nz", "other.htm": "o\n\nin z" });
  expect(notes).toEqual([
    "skipped: Content/a-part.htm: a snippet: its text is in Content/middle.htm",
    "skipped: Content/z-part.htm: a snippet: its text is in Content/middle.htm and 1 topic more",
  ]);
});

test("one that a table of contents names is a topic too", async () => {
  const { documents, notes } = await read({
    "Content/all.htm": page(block("Part%20one.htm")),
    "Content/Part one.htm": page("<p>one</p>"),
    "Project/TOCs/x.fltoc": toc('<TocEntry Title="One" Link="/Content/Part one.htm" />'),
  });
  expect(documents).toEqual({ "all.htm": "one", "Part one.htm": "one" });
  expect(notes).toEqual([]);
});

test("text is never left out for a snippet that nobody shows", async () => {
  const { documents, notes } = await read({
    "Content/commented.htm": page(`<p>1</p><!-- ${block("part1.htm")} -->`),
    "Content/data.htm": page(`<pre><![CDATA[${block("part2.htm")}]]></pre>`),
    "Content/dropped.htm": page(`<p>3</p><div MadCap:conditions="Primary.Deprecated">${block("part3.htm")}</div>`),
    "Content/unused.flsnp": page(block("part4.htm")),
    "Content/whole.htm": page(block("part6.htm") + block("part7.htm") + block("part9.htm")),
    "Content/piece.htm": `<p>no topic</p>${block("part8.htm")}`,
    "Content/part6.htm": page("<p>part 6</p>", { html: 'MadCap:conditions="Primary.Deprecated"' }),
    "Content/part7.htm": page("<p>part 7</p>", { html: 'MadCap:conditions="Other.One, Primary.NotImplemented"' }),
    "Content/part8.htm": page("<p>part 8</p>"),
    "Content/part9.htm": page("<p>part 9</p>").replace("<body", '<body MadCap:conditions="Primary.Deprecated"'),
    "Content/escaped.htm": page("<p>&lt;MadCap:snippetBlock src='part5.htm'/&gt;</p>"),
    ...Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`Content/part${n}.htm`, page(`<p>part ${n}</p>`)])),
  });
  for (const n of [1, 2, 3, 4, 5, 6, 7, 8]) expect(documents[`part${n}.htm`]).toBe(`part ${n}`);
  expect(notes).toContain("skipped: Content/part9.htm: a topic without text (condition tags: Primary.Deprecated)");
});

test("a file without markup is no snippet, and is not said to be one", async () => {
  const { documents, notes } = await read({
    "Content/a.htm": page(`<p>a</p>${block("empty.htm")}${block("plain.htm")}${block("piece.htm")}`),
    "Content/empty.htm": "",
    "Content/plain.htm": "words without an element",
    "Content/piece.htm": "<p>piece</p>",
  });
  expect(documents).toEqual({ "a.htm": "a\n\npiece" });
  expect(notes.map((note) => note.replace(/(?<=element).*/, ""))).toEqual([
    "warning: Content/a.htm: the snippet empty.htm has no <html> element",
    "warning: Content/a.htm: the snippet plain.htm has no <html> element",
    "skipped: Content/empty.htm: an empty file",
    "skipped: Content/piece.htm: a snippet: its text is in Content/a.htm",
    "skipped: Content/plain.htm: not a topic: it has no <html> element",
  ]);
});

test("what lies too deep to be shown is a topic of its own", async () => {
  const name = (n: number) => `t${String(n).padStart(4, "0")}.htm`;
  const topics = Array.from({ length: 1_003 }, (_, n) => [
    `Content/${name(n)}`,
    page(`<p>${n}</p>${block(name(n + 1))}`),
  ]);
  const { documents } = await read({ ...Object.fromEntries(topics), [`Content/${name(1_003)}`]: page("<p>1003</p>") });
  expect(Object.keys(documents)).toEqual([name(0), name(1_001)]);
  expect(documents[name(0)]?.endsWith("999\n\n1000")).toBe(true);
  expect(documents[name(1_001)]).toBe("1001\n\n1002\n\n1003");
});

test("topics that contain each other, or themselves, are not lost", async () => {
  const { documents, notes } = await read({
    "Content/a.htm": page(`<p>a</p>${block("b.htm")}`),
    "Content/b.htm": page(`<p>b</p>${block("a.htm")}`),
    "Content/self.htm": page(`<p>s</p>${block("self.htm")}`),
  });
  expect(documents).toEqual({ "a.htm": "a\n\nb", "self.htm": "s" });
  expect(notes).toEqual([
    "warning: Content/a.htm: the snippet a.htm contains itself",
    "skipped: Content/b.htm: a snippet: its text is in Content/a.htm",
    "warning: Content/self.htm: the snippet self.htm contains itself",
  ]);
});

test("a topic is a snippet only for topics of its source", async () => {
  const files = {
    "P.flprj": "",
    "Content/in/part.htm": page("<p>part</p>"),
    "Content/out/all.htm": page(block("../in/part.htm")),
  };
  expect((await read(files, { paths: ["Content/in"] })).documents).toEqual({ "in/part.htm": "part" });
  expect((await read(files)).documents).toEqual({ "out/all.htm": "part" });
});

test("what such a snippet says, and whether a topic is one, is in the fingerprints", async () => {
  const files = {
    "Content/part.htm": page("<p>part</p>"),
    "Content/topic.htm": page(`<p>t</p>${block("part.htm")}`),
    "Content/without.htm": page("<p>w</p>"),
  };
  const before = (await readProject(files)).fingerprints;
  const changed = async (others: Readonly<Record<string, string>>) =>
    [...(await readProject({ ...files, ...others })).fingerprints].flatMap(([path, hash]) =>
      before.get(path) === hash ? [] : [path],
    );
  expect(await changed({ "Content/part.htm": page("<p>new</p>") })).toEqual(["Content/part.htm", "Content/topic.htm"]);
  expect(await changed({ "Content/topic.htm": page("<p>t</p>") })).toEqual(["Content/part.htm", "Content/topic.htm"]);
  expect(await changed({ "Content/without.htm": page(block("part.htm")) })).toEqual(["Content/without.htm"]);
});

test("of files that differ by case alone, a snippet is the one that is named", async () => {
  const { documents } = await readTopic(`${block("Part.flsnp")}${block("part.flsnp")}${block("PART.flsnp")}`, {
    "Content/Part.flsnp": page("<p>upper</p>"),
    "Content/part.flsnp": page("<p>lower</p>"),
  });
  expect(documents).toMatchObject([{ content: "upper\n\nlower\n\nupper" }]);
});

test("a snippet that does not exist is named with the path that was looked for", async () => {
  const { notes } = await read({ "Content/a/b.htm": page(`<p>b</p>${block("../s/gone.flsnp")}`) });
  expect(notes).toEqual([
    "warning: Content/a/b.htm: the snippet ../s/gone.flsnp does not exist: there is no Content/s/gone.flsnp",
  ]);
});

test("a topic may have as many snippets as its writer likes", async () => {
  const { documents, notes } = await readTopic(block("s.flsnp").repeat(3_000), {
    "Content/s.flsnp": page("<p>row</p>"),
  });
  expect(documents[0]?.content.match(/row/g)).toHaveLength(3_000);
  expect(notes).toEqual([]);
});

test("a page that is no XML may name its snippets without quotes", async () => {
  const { documents } = await readTopic(
    "<p>a<br><MadCap:snippetBlock src=part.htm /><MadCap:snippetBlock src=more.flsnp></MadCap:snippetBlock><MadCap:snippetBlock src=last.htm/>",
    {
      "Content/part.htm": page("<p>part <MadCap:variable name=V.N /></p>"),
      "Content/more.flsnp": page("<p>more</p>"),
      "Content/last.htm": page("<p>last</p>"),
      "Project/VariableSets/V.flvar": variables({ N: "1" }),
    },
  );
  expect(documents).toMatchObject([{ content: "a\n\npart 1\n\nmore\n\nlast" }]);
});
