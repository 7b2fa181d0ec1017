import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { flare } from "../../../src/parsers/flare/entry.ts";
import { readAll, sourceOf } from "../../support/read-source.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";
import { page, readProject, variables } from "./write-project.ts";

const one = async (text: string, others: Readonly<Record<string, string>> = {}) =>
  readProject({ "Content/a.htm": text, ...others });
const NOT_XML = expect.stringMatching(/^not well-formed XML, read as HTML: .+ \(line \d+, column \d+\)$/);

test.each([
  ["a bare ampersand and a bare less-than", "<p>a & b < c</p><p>d</p>", "a & b < c\n\nd"],
  ["elements that are not closed", "<p>a<p>b<ul><li>c<li>d</ul>", "a\n\nb\n\n- c\n- d"],
  ["empty elements of MadCap", '<p><MadCap:keyword term="x"/>a <MadCap:variable name="V.N"/> c<p>d', "a value c\n\nd"],
  [
    "empty elements of HTML, which would swallow the rest",
    '<script src="x"/><a name="x"/><td/><p>a<p>b<iframe/>c',
    "a\n\nb c",
  ],
  ["a comment that is never closed", "<p>a<!-- no</p><p>b</p>", "a no\n\nb"],
  ["sections of plain text", "<p>a<p><![CDATA[<b> & c]]>", "a\n\n<b> & c"],
  ["a reference that HTML does not know", "<p>a &nonsense; b</p>", "a &nonsense; b"],
  [
    "a drop-down that ends too late",
    "<MadCap:dropDown><MadCap:dropDownHead>H</MadCap:dropDownHead><MadCap:dropDownBody><p>b</MadCap:dropDown>",
    "## H\n\nb",
  ],
])("a topic with %s is read as HTML, with a warning", async (_, body, markdown) => {
  const { documents, notes } = await one(page(body), { "Project/VariableSets/V.flvar": variables({ N: "value" }) });
  expect(documents).toMatchObject([{ title: "A page", content: markdown }]);
  expect(notes).toEqual([{ kind: "warning", path: "Content/a.htm", reason: NOT_XML }]);
});

test("the title of a topic that is read as HTML has its variables too", async () => {
  const { documents } = await one(page("<p>a<p>b", { title: 'About <MadCap:variable name="V.N" /> &amp; more' }), {
    "Project/VariableSets/V.flvar": variables({ N: "BBj" }),
  });
  expect(documents).toMatchObject([{ title: "About BBj & more", content: "a\n\nb" }]);
});

test("so have its condition tags", async () => {
  const body = '<p MadCap:conditions="Primary.Deprecated">no</p><p>a<br></p>';
  const { documents } = await one(page(body, { html: 'MadCap:conditions="Primary.Superseded"' }));
  expect(documents).toMatchObject([
    {
      content: "a",
      deprecated: true,
      metadata: { conditions: "Primary.Superseded", element_conditions: "Primary.Deprecated" },
    },
  ]);
});

test.each([
  ["an empty file", "  \n", "an empty file"],
  ["a file of another kind", '<?xml version="1.0"?><CatapultSkin/>', "not a topic: it has no <html> element"],
  ["garbage", "\u0001\u0002 no markup", expect.stringMatching(/^not a topic: it has no <html> element \(.+\)$/)],
  ["a topic of pictures", page('<p><img src="a.png" alt="a" />&#160;</p>', { title: "A" }), "a topic without text"],
  [
    "a topic that is left out as a whole",
    page('<p MadCap:conditions="Primary.NotImplemented">a</p>'),
    "a topic without text (condition tags: Primary.NotImplemented)",
  ],
  [
    "markup alone",
    page("<hr /><table><tr><td></td></tr></table><ul><li /></ul>", { title: "" }),
    "a topic without text",
  ],
])("%s makes no document and is named", async (_, text, reason) => {
  const { documents, notes } = await one(text);
  expect(documents).toEqual([]);
  expect(notes).toEqual([{ kind: "skipped", path: "Content/a.htm", reason }]);
});

test.each([2_000, 200_000])(
  "a topic with %p elements within each other is named, and the others are read",
  async (depth) => {
    const { documents, notes } = await readProject({
      "Content/a.htm": page("<p>a</p>"),
      "Content/b.htm": page(`${"<div>".repeat(depth)}x${"</div>".repeat(depth)}`),
    });
    expect(documents).toMatchObject([{ content: "a" }]);
    expect(notes).toEqual([{ kind: "failed", path: "Content/b.htm", reason: "its elements are nested too deeply" }]);
  },
);

test.each([
  ["UTF-16", (text: string) => Buffer.from(`\ufeff${text}`, "utf16le")],
  ["cp1252", (text: string) => Buffer.from(text, "latin1")],
  ["UTF-8 with a byte order mark and CRLF", (text: string) => Buffer.from(`\ufeff${text.replaceAll("\n", "\r\n")}`)],
])("a topic in %s is read", async (_, encoded) => {
  using directory = temporaryDirectory();
  mkdirSync(join(directory.path, "Content"));
  writeFileSync(join(directory.path, "Content/a.htm"), encoded(page("<p>é\nü</p><pre>a\nb</pre>")));
  const source = await readAll(flare, sourceOf({ parser: "flare", dataDir: directory.path }));
  expect(source.documents).toMatchObject([{ content: "é ü\n\n```\na\nb\n```" }]);
  expect(source.notes).toEqual([]);
});

test.each([
  ["comments that are never closed", `<p>a</p>${"<!-- ".repeat(50_000)}`, /^a$/],
  ["sections of text that are never closed", `<p>a</p>${"<![CDATA[ ".repeat(50_000)}`, /^a/],
  ["empty elements that are never closed", `<p>a</p>${'<MadCap:snippetBlock src="'.repeat(50_000)}`, /^a/],
  [
    "a table wider than any",
    '<table><tr><td colspan="100000000" rowspan="100000000">a</td></tr><tr><td>b</td></tr></table>',
    /\| a \|/,
  ],
  [
    "a table of cells that all span",
    `<table>${'<tr><td rowspan="100" colspan="100">a</td></tr>'.repeat(2_000)}</table>`,
    /^\| \|\n\| - \|\n(?:\| a \|\n){1999}\| a \|$/,
  ],
  ["bold words without end", `<p>${"<b>a</b>".repeat(50_000)}</p>`, /^\*\*a{50000}\*\*$/],
  ["a list without items", `<ul><li>a</li>${"<p>b</p>".repeat(5_000)}</ul>`, /^- a\n\n  b\n/],
  ["spaces without end", `<p>a${"&#160; ".repeat(300_000)}b</p><p>c</p>`, /^a b\n\nc$/],
  ["code with spaces without end", `<p class="Code">a${"&#160;".repeat(300_000)}b</p>`, /^```\na {300000}b\n```$/],
])("a topic with %s is read before anybody grows tired", async (_, body, markdown) => {
  const { documents } = await one(page(body));
  expect(documents).toMatchObject([{ content: expect.stringMatching(markdown) }]);
});
