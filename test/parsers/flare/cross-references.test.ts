import { expect, test } from "bun:test";
import { page, readProject, toc } from "./write-project.ts";

const TARGET = { "Content/sub/The other.htm": page("<h1>Heading B</h1><p>b</p>", { title: "Title B" }) };
const xref = (text: string, href = "sub/The%20other.htm") => `<MadCap:xref href="${href}">${text}</MadCap:xref>`;

async function textOf(body: string, others: Readonly<Record<string, string>> = {}) {
  const { documents } = await readProject({ "Content/a.htm": page(body), ...TARGET, ...others });
  return documents.find(({ sourceUrl }) => sourceUrl === "flare://Content/a.htm")?.content;
}

test.each([
  ["nothing", `<p>See ${xref("")}.</p>`, "See Heading B."],
  ["nothing at all", '<p>See <MadCap:xref href="sub/The%20other.htm" />.</p>', "See Heading B."],
  ["nothing, and a place in the page", `<p>See ${xref(" ", "sub\\the other.HTM#x")}.</p>`, "See Heading B."],
  ["the title as a variable", `<p>See ${xref("[%=System.LinkedTitle%]")}.</p>`, "See Title B."],
  ["the heading as a variable", `<p>See ${xref('<i>"[%=System.LinkedHeader%]"</i>')}.</p>`, 'See *"Heading B"*.'],
  ["a paragraph as a format", `<p>${xref("See {paratext} on page {page}")}.</p>`, "See Heading B on page ."],
  ["the title as a format", `<p>See ${xref("{title}")} and ${xref("{para}")}.</p>`, "See Title B and Heading B."],
  ["its own words", `<p>See ${xref("{x} of <b>B</b>")}.</p>`, "See {x} of **B**."],
  ["nothing, of a page without a heading", `<p>See ${xref("", "c.htm")}.</p>`, "See Title C."],
  ["nothing, of a page that is not there", `<p>See ${xref("", "gone.htm")}.</p>`, "See ."],
  [
    "a variable, of a page that is not there",
    `<p>See ${xref("it [%=System.LinkedTitle%]", "gone.htm")}.</p>`,
    "See it .",
  ],
  ["nothing, in a snippet", '<MadCap:snippetBlock src="s/s.flsnp" />', "See Heading B."],
])("a cross reference says %s", async (_, body, content) => {
  const others = {
    "Content/c.htm": page("<p>c</p>", { title: "Title C" }),
    "Content/s/s.flsnp": page(`<p>See ${xref("", "../sub/The other.htm")}.</p>`),
  };
  expect(await textOf(body, others)).toBe(content);
});

test("a cross reference that lacks words for want of its topic is named", async () => {
  const { notes } = await readProject({
    "Content/a.htm":
      page(`<p>${xref("")} ${xref("&#160;")} ${xref("<!-- none -->")} ${xref("its own words", "gone.htm")} ${xref("", "c.txt")}</p>
      <p>${xref("", "gone.htm#x")} ${xref("it <i>{title}</i>", "s/lost.htm")}</p>`),
    "Content/c.txt": "c",
    ...TARGET,
  });
  expect(notes.map(({ kind, path, reason }) => `${kind}: ${path}: ${reason}`)).toEqual([
    "warning: Content/a.htm: a cross reference to c.txt lacks words: there is no topic Content/c.txt",
    "warning: Content/a.htm: a cross reference to gone.htm#x lacks words: there is no topic Content/gone.htm",
    "warning: Content/a.htm: a cross reference to s/lost.htm lacks words: there is no topic Content/s/lost.htm",
  ]);
});

test("what a cross reference says is in the fingerprint of its topic", async () => {
  const of = async (title: string) => {
    const files = {
      "Content/a.htm": page(`<p>See ${xref("", "b.htm")}.</p>`),
      "Content/b.htm": page("<p>b</p>", { title }),
      "Content/c.htm": page(`<p>See ${xref("this", "b.htm")}.</p>`),
      "Project/TOCs/x.fltoc": toc(""),
    };
    return (await readProject(files)).fingerprints;
  };
  const [one, other] = [await of("One"), await of("Other")];
  expect([...other.keys()].filter((path) => one.get(path) !== other.get(path))).toEqual([
    "Content/a.htm",
    "Content/b.htm",
  ]);
});
