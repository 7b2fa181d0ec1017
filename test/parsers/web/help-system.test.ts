import { describe, expect, test } from "bun:test";
import { webCrawl } from "../../../src/parsers/flare/published/entry.ts";
import { type Answer, redirect, Site, status, topic } from "./site.ts";

/** The first page as Flare writes it: its menus are made by scripts. */
const SHELL = `<!DOCTYPE html><html data-mc-runtime-file-type="Default"><head><title></title>
<script src="Resources/Scripts/MadCapAll.js"></script></head><body></body></html>`;
const TABLE = `define({numchunks:2,prefix:'Guide_Chunk',chunkstart:['/Content/Start.htm','/Content/dwc/grid.htm'],
tree:{n:[{i:0,c:0,n:[{i:1,c:0}]},{i:2,c:1}]}});`;

function helpSystem(toc = "Data/Tocs/Guide.js"): Answer {
  return xml(`<?xml version="1.0"?><WebHelpSystem DefaultUrl="Content/Start.htm" Toc="${toc}" Index="Data/Index.js">
    <CatapultSkin Title="x" /></WebHelpSystem>`);
}

function xml(text: string): Answer {
  return () => new Response(text, { headers: { "content-type": "text/xml" } });
}

function script(text: string): Answer {
  return () => new Response(text, { headers: { "content-type": "text/javascript" } });
}

/** A published help whose topics have no links to each other. */
function help(pages: Record<string, Answer> = {}): Record<string, Answer> {
  return {
    "/help/Default.htm": SHELL,
    "/help/Data/HelpSystem.xml": helpSystem(),
    "/help/Data/Tocs/Guide.js": script(TABLE),
    "/help/Data/Tocs/Guide_Chunk0.js": script(
      `define({'/Content/Start.htm':{i:[0],t:['Start: {the} "first"'],b:['']},'___':{i:[1],t:['A book'],b:['']}});`,
    ),
    "/help/Data/Tocs/Guide_Chunk1.js": script(
      `define({"/Content/dwc/grid.htm":{i:[2],t:["'Grid':"],b:['']},'/Content/Bob\\'s \\u0041 page.htm#top':{i:[3],t:['x'],b:['']},
      'https://elsewhere.invalid/Content/other.htm':{i:[4],t:['y'],b:['']},'/../outside.htm':{i:[5],t:['z'],b:['']}})`,
    ),
    "/help/Content/Start.htm": topic("Start"),
    "/help/Content/dwc/grid.htm": topic("Grid"),
    "/help/Content/Bob's%20A%20page.htm": topic("Bob"),
    ...pages,
  };
}

describe("a published help", () => {
  test("is found through its table of contents, which no page links", async () => {
    await using site = new Site(help());
    const { documents, notes, unlisted } = await site.read(webCrawl, "/help/Default.htm");
    expect(documents.map(({ title, sourceUrl }) => [title, sourceUrl])).toEqual([
      ["Start", site.url("/help/Content/Start.htm")],
      ["Grid", site.url("/help/Content/dwc/grid.htm")],
      ["Bob", site.url("/help/Content/Bob's%20A%20page.htm")],
    ]);
    expect(notes).toMatchObject([{ kind: "skipped", path: site.url("/help/Default.htm") }]);
    expect(unlisted).toEqual([]);
  });

  test("has topics by the rules for those of its project, whose folder is no section", async () => {
    await using site = new Site(help());
    const { documents } = await site.read(webCrawl, "/help/Default.htm");
    expect(documents[1]).toMatchObject({ contextHeader: "dwc > Grid", generations: ["dwc"] });
  });

  test("has topics that only a program opens, by their name", async () => {
    const map = `<Map Name="GRID" Link="Content/dwc/grid.htm" /><Map Name="F1" Link="Content/f1.htm#keys" ResolvedId="1" />`;
    await using site = new Site(
      help({
        "/help/Data/Alias.xml": xml(`<?xml version="1.0"?><CatapultAliasFile Version="1">${map}</CatapultAliasFile>`),
        "/help/Content/f1.htm": topic("F1"),
      }),
    );
    const { documents, unlisted } = await site.read(webCrawl, "/help/Default.htm");
    expect(documents.map(({ title }) => title)).toEqual(["Start", "Grid", "Bob", "F1"]);
    expect(unlisted).toEqual([]);
  });

  test("is read as its project would be: code is code, what opens is a heading, what pops up stands in brackets", async () => {
    const body = `<h2>Use</h2><p>Open a <a class="MCTextPopup popup" href="#">channel<span class="MCTextPopupBody popupBody">a
      number</span></a> first.</p>
      <p class="Code">open (1)"a"</p>\n<p class="Code">&#160;&#160;read (1)b$</p>
      <div class="codeSnippet"><a class="codeSnippetCopyButton" role="button" href="#">Copy</a>
      <div style="mc-code-lang: BBj;" class="codeSnippetBody" data-mc-use-line-numbers="False"><pre><code><span>print</span> 1<br/>  print 2</code></pre></div></div>
      <div class="MCDropDown MCDropDown_Closed dropDown"><span class="MCDropDownHead dropDownHead"><a class="MCDropDownHotSpot" href="#">Errors</a></span>
      <div class="MCDropDownBody dropDownBody"><p>Error 12.</p></div></div>
      <ul><li><span class="MCDropDownHead dropDownHead">More</span><p>Text.</p></li></ul>
      <div class="MCDropDown dropDown"><span class="dropDownHead">Notes</span><div><p>None.</p></div></div>`;
    await using site = new Site(
      help({ "/help/Content/Start.htm": topic("Start").replace("<p>All about Start.</p>", () => body) }),
    );
    const { documents } = await site.read(webCrawl, "/help/Default.htm");
    expect(documents[0]?.content).toBe(
      [
        "# Start",
        "## Use",
        "Open a channel (a number) first.",
        '```\nopen (1)"a"\n  read (1)b$\n```',
        "```bbj\nprint 1\n  print 2\n```",
        "### Errors",
        "Error 12.",
        "- **More**\n\n  Text.",
        "### Notes",
        "None.",
      ].join("\n\n"),
    );
  });

  test("may have a table of contents in XML, as older ones do", async () => {
    const entries = `<TocEntry Title="S" Link="/Content/Start.htm"><TocEntry Title="&lt;G&gt;" Link='/Content/dwc/grid.htm' /></TocEntry>`;
    await using site = new Site(
      help({
        "/help/Data/HelpSystem.xml": helpSystem("Data/Toc.xml"),
        "/help/Data/Toc.xml": xml(`<?xml version="1.0"?><CatapultToc Version="1">${entries}</CatapultToc>`),
      }),
    );
    const { documents, unlisted } = await site.read(webCrawl, "/help/Default.htm");
    expect(documents.map(({ title }) => title)).toEqual(["Start", "Grid"]);
    expect(unlisted).toEqual([]);
  });

  test.each([
    { name: "is gone", answer: status(404), reason: "gone: the server answered 404" },
    {
      name: "is cut off",
      answer: script("define({'/Content/Start.htm"),
      reason: "a table of contents that is cut off",
    },
    { name: "is something else", answer: script("alert(1)"), reason: "cannot be read as a table of contents" },
    { name: "leads elsewhere", answer: redirect("http://elsewhere.invalid/", 302), reason: /on another host$/ },
  ])("counts as not listed when a part of its table of contents $name", async ({ answer, reason }) => {
    await using site = new Site(help({ "/help/Data/Tocs/Guide_Chunk1.js": answer }));
    const { documents, unlisted } = await site.read(webCrawl, "/help/Default.htm");
    expect(documents.map(({ title }) => title)).toEqual(["Start"]);
    expect(unlisted).toHaveLength(1);
    expect(unlisted[0]?.path).toBe(site.url("/help/Data/Tocs/Guide_Chunk1.js"));
    expect(unlisted[0]?.reason).toMatch(reason);
  });

  test("is crawled through its links where its table of contents is gone, which is named", async () => {
    await using site = new Site(help({ "/help/Data/Tocs/Guide.js": status(404) }));
    const { documents, unlisted, notes } = await site.read(webCrawl, "/help/Default.htm");
    expect(documents.map(({ title }) => title)).toEqual(["Start"]);
    expect(unlisted).toEqual([]);
    expect(notes).toContainEqual({
      kind: "skipped",
      path: site.url("/help/Data/Tocs/Guide.js"),
      reason: "gone: the server answered 404",
    });
  });

  test("has a table of contents in a bounded number of parts", async () => {
    await using site = new Site(
      help({ "/help/Data/Tocs/Guide.js": script("define({numchunks:99999,prefix:'Guide_Chunk'})") }),
    );
    const { documents, unlisted } = await site.read(webCrawl, "/help/Default.htm");
    expect(documents.map(({ title }) => title)).toEqual(["Start"]);
    expect(unlisted).toMatchObject([{ reason: "a table of contents in more than 1000 parts" }]);
  });
});
