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
    expect(notes).toMatchObject([
      { kind: "skipped", path: site.url("/help/Default.htm") },
      { kind: "skipped", path: "https://elsewhere.invalid/Content/other.htm", reason: expect.stringContaining("host") },
      { kind: "skipped", path: site.url("/outside.htm"), reason: expect.stringContaining("outside") },
    ]);
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

  describe("whose topics only a program opens", () => {
    const alias = (...links: readonly string[]) => {
      const maps = links.map((link, index) => `<Map Name="N${index}" Link="${link}" ResolvedId="${index}" />`);
      return xml(`<?xml version="1.0"?><CatapultAliasFile>${maps.join("")}</CatapultAliasFile>`);
    };
    const system = (attributes: string): Answer => xml(`<WebHelpSystem ${attributes}></WebHelpSystem>`);
    /** What is found of a help whose first page has no link, and what is said of it. */
    const read = async (pages: Record<string, Answer>) => {
      await using site = new Site({ "/help/Default.htm": SHELL, "/help/Content/Start.htm": topic("Start"), ...pages });
      const { documents, notes, unlisted } = await site.read(webCrawl, "/help/Default.htm");
      const short = (path: string) => path.replace(site.url("/help/"), "");
      return {
        found: documents.map(({ sourceUrl }) => short(sourceUrl)),
        gone: notes.filter(({ reason }) => reason.startsWith("gone")).map(({ path }) => short(path)),
        unlisted,
        asked: site.paths,
      };
    };

    // As the scripts of a help find them: below the folder of its topics.
    test.each([
      ["as Flare writes it", "field.htm", "Content/field.htm"],
      ["in a folder", "ui/field one.htm", "Content/ui/field%20one.htm"],
      ["with its folder", "Content/field.htm", "Content/field.htm"],
      ["with its folder in other letters", "content/field.htm", "Content/field.htm"],
      ["from the root of the help", "/Content/field.htm", "Content/field.htm"],
      ["from the root of its topics", "/field.htm", "Content/field.htm"],
      ["from the folder of the list", "../Content/field.htm", "Content/field.htm"],
      ["with backslashes", "Content\\ui\\field.htm", "Content/ui/field.htm"],
      ["with an anchor", "field.htm#name", "Content/field.htm"],
      ["with a query", "field.htm?skin=blue#name", "Content/field.htm"],
      ["in a folder that is called like that of the topics", "Content/field.htm", "Content/Content/field.htm"],
      ["of a topic beside the folder of the topics", "field.htm", "field.htm"],
    ])("has them: %s", async (_, link, path) => {
      const { found, gone, unlisted } = await read({
        "/help/Data/HelpSystem.xml": system('DefaultUrl="Content/Start.htm" Alias="Data/Alias.xml"'),
        "/help/Data/Alias.xml": alias(link),
        [`/help/${path}`]: topic("Field"),
      });
      expect([found, gone, unlisted]).toEqual([["Content/Start.htm", path], [], []]);
    });

    test("has them at its root where its topics were moved there", async () => {
      const { found, gone, asked } = await read({
        "/help/Data/HelpSystem.xml": system('DefaultUrl="/Content/Home.htm" MoveOutputContentToRoot="true"'),
        "/help/Data/Alias.xml": alias("field.htm", "Content/other.htm"),
        "/help/Home.htm": topic("Home"),
        "/help/field.htm": topic("Field"),
        "/help/other.htm": topic("Other"),
      });
      expect([found, gone]).toEqual([["Home.htm", "field.htm", "other.htm"], []]);
      expect(asked).not.toContain("/help/Content/field.htm");
    });

    test("has them in a folder of small letters where all its names were made so", async () => {
      const { found, asked } = await read({
        "/help/Data/HelpSystem.xml": system('DefaultUrl="content/start.htm" MakeFileLowerCase="True"'),
        "/help/Data/Alias.xml": alias("field.htm", "Content/other.htm"),
        "/help/content/start.htm": topic("Start"),
        "/help/content/field.htm": topic("Field"),
        "/help/content/other.htm": topic("Other"),
      });
      expect(found).toEqual(["content/start.htm", "content/field.htm", "content/other.htm"]);
      expect(asked).not.toContain("/help/Content/field.htm");
    });

    test("has them where the list is all that is left of its scripts", async () => {
      const { found, gone } = await read({
        "/help/Data/Alias.xml": alias("Start.htm"),
        "/help/Data/HelpSystem.xml": status(404),
      });
      expect([found, gone]).toEqual([["Content/Start.htm"], []]);
    });

    test("has them in the list for pages that are opened from a disk, or in one of another name", async () => {
      const opened = `var xmlAliasData = '<?xml version="1.0"?>';\nxmlAliasData += '<CatapultAliasFile><Map Name="A" Link="field.htm" /></CatapultAliasFile>';`;
      const { found } = await read({
        "/help/Data/HelpSystem.xml": system(""),
        "/help/Data/Alias.js": script(opened),
        "/help/Content/field.htm": topic("F"),
      });
      expect(found).toEqual(["Content/field.htm"]);
      const older = `CMCXmlParser._FilePathToXmlStringMap.Add(\n\t'Alias',\n\t'<CatapultAliasFile Version=\\"1\\">' +\n\t'<Map Name=\\"A\\" Link=\\"field.htm\\" /></CatapultAliasFile>'\n);`;
      const escaped = await read({
        "/help/Data/HelpSystem.xml": system(""),
        "/help/Data/Alias.js": script(older),
        "/help/Content/field.htm": topic("F"),
      });
      expect(escaped.found).toEqual(["Content/field.htm"]);
      const named = await read({
        "/help/Data/HelpSystem.xml": system('Alias="Data/Other/Map.xml"'),
        "/help/Data/Other/Map.xml": alias("field.htm"),
        "/help/Content/field.htm": topic("F"),
      });
      expect(named.found).toEqual(["Content/field.htm"]);
    });

    test("are asked for once, wherever else they are named, and named once where they are gone", async () => {
      const { found, gone, asked } = await read({
        "/help/Data/HelpSystem.xml": system('DefaultUrl="Content/Start.htm"'),
        "/help/Data/Alias.xml": alias("Start.htm", "Start.htm#a", "field.htm", "dead.htm", "dead.htm#b"),
        "/help/Content/Start.htm": topic("Start", "field.htm"),
        "/help/Content/field.htm": topic("Field"),
      });
      expect([found, gone]).toEqual([["Content/Start.htm", "Content/field.htm"], ["Content/dead.htm"]]);
      expect(asked.filter((path) => path.endsWith("field.htm"))).toEqual(["/help/Content/field.htm"]);
    });

    test("may be none: an empty list is no failure", async () => {
      for (const empty of ["", "<CatapultAliasFile />"]) {
        const { found, unlisted } = await read({
          "/help/Data/HelpSystem.xml": system('DefaultUrl="Content/Start.htm"'),
          "/help/Data/Alias.xml": xml(empty),
        });
        expect([found, unlisted]).toEqual([["Content/Start.htm"], []]);
      }
    });

    test("and a list that cannot be read keeps what is stored: its pages are unknown, not gone", async () => {
      for (const answer of [status(403), xml("<CatapultAliasFile"), xml("what is this?")]) {
        const { unlisted } = await read({
          "/help/Data/HelpSystem.xml": system('DefaultUrl="Content/Start.htm"'),
          "/help/Data/Alias.xml": answer,
        });
        expect(unlisted.map(({ path }) => new URL(path).pathname)).toEqual(["/help/Data/Alias.xml"]);
      }
    });
  });

  test("is found through its lists also where the crawl begins at one of its topics", async () => {
    await using site = new Site(help());
    const { documents, unlisted } = await site.read(webCrawl, "/help/Content/Start.htm");
    expect(documents.map(({ title }) => title)).toEqual(["Start", "Grid", "Bob"]);
    expect(unlisted).toEqual([]);
  });

  test("has the topics of the helps that were merged into it, and those of its browse sequences", async () => {
    const parts = `<Subsystems><Url Source="Sub/One/Default.htm" TocPath="Guide" /></Subsystems>`;
    await using site = new Site({
      "/help/Default.htm": SHELL,
      "/help/Data/HelpSystem.xml": xml(
        `<WebHelpSystem DefaultUrl="Content/Start.htm" BrowseSequence="Data/Steps.js">${parts}</WebHelpSystem>`,
      ),
      "/help/Data/Steps.js": script("define({'/Content/step.htm':{i:[0],t:['Step'],b:['']}})"),
      "/help/Sub/One/Data/HelpSystem.xml": helpSystem("Data/Toc.js"),
      "/help/Sub/One/Data/Toc.js": script("define({'/Content/part.htm':{i:[0],t:['Part'],b:['']}})"),
      "/help/Sub/One/Data/Alias.xml": xml(`<CatapultAliasFile><Map Name="A" Link="field.htm" /></CatapultAliasFile>`),
      ...Object.fromEntries(
        ["Content/Start", "Content/step", "Sub/One/Content/Start", "Sub/One/Content/part", "Sub/One/Content/field"].map(
          (name) => [`/help/${name}.htm`, topic(name)],
        ),
      ),
    });
    const { documents, unlisted } = await site.read(webCrawl, "/help/Default.htm");
    expect(documents.map(({ title }) => title)).toEqual([
      ...["Content/Start", "Content/step", "Sub/One/Content/Start", "Sub/One/Content/part", "Sub/One/Content/field"],
    ]);
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

  test("of frames has pages for its menus, which are no documents, and a glossary that only its lists name", async () => {
    const page = (type: string, body: string, more = "") =>
      `<html xmlns:MadCap="http://www.madcapsoftware.com/Schemas/MadCap.xsd" MadCap:TargetType="WebHelp" MadCap:RuntimeFileType="${type}" ${more}>
        <head><title>${type}</title></head>${body}</html>`;
    const topicBody = `<body><iframe src="../Skin/Toolbar.htm"></iframe><p>Words of the topic.</p></body>`;
    await using site = new Site({
      "/help/Default.htm": page("Default", `<frameset><frame src="Skin/Navigation.htm" /></frameset>`),
      "/help/Skin/Navigation.htm": page("Navigation", `<body><a href="javascript:void(0);">Contents</a></body>`),
      "/help/Skin/Toolbar.htm": page("Toolbar", `<body><p>Back</p></body>`),
      "/help/Data/HelpSystem.xml": xml(
        `<WebHelpSystem DefaultUrl="Content/Start.htm" Toc="Data/Toc.xml" Glossary="Content/Glossary.htm" Index="Data/Index.xml" />`,
      ),
      "/help/Data/Toc.xml": xml(`<CatapultToc><TocEntry Title="S" Link="/Content/Start.htm" /></CatapultToc>`),
      "/help/Content/Start.htm": page("Topic", topicBody, `MadCap:tocPath="Guide|First steps"`),
      "/help/Content/Glossary.htm": page("Glossary", `<body><p>Channel: a number.</p></body>`),
    });
    const { documents, notes, unlisted } = await site.read(webCrawl, "/help/Default.htm");
    expect(documents.map(({ contextHeader, content }) => [contextHeader, content])).toEqual([
      ["Guide > First steps > Topic", "Words of the topic."],
      ["Glossary", "Channel: a number."],
    ]);
    expect(notes.map(({ path }) => path)).toEqual(
      ["Default", "Skin/Navigation", "Skin/Toolbar"].map((name) => site.url(`/help/${name}.htm`)),
    );
    expect(unlisted).toEqual([]);
  });

  test("has the topics of menus that pages make of other tables of contents, each asked for once", async () => {
    const menu = (...places: string[]) =>
      `<html data-mc-path-to-help-system="../"><body><div id="mc-main-content"><p>Home.</p>${places.map((place) => `<ul data-mc-linked-toc="${place}"></ul>`).join("")}</div></body></html>`;
    await using site = new Site(
      help({
        "/help/Content/Start.htm": menu(
          "Data/Tocs/Guide.js",
          "Data/Tocs/Menu.js",
          "Data/Tocs/Gone.js",
          "http://elsewhere.invalid/Toc.js",
        ),
        "/help/Data/Tocs/Menu.js": script("define({'/Content/tile.htm':{i:[0],t:['Tile'],b:['']}})"),
        "/help/Content/tile.htm": menu("Data/Tocs/Menu.js", "Data/Tocs/Last.js"),
        "/help/Data/Tocs/Last.js": script("define({numchunks:1,prefix:'Last_Chunk'})"),
        "/help/Data/Tocs/Last_Chunk0.js": script("define({'/Content/last.htm':{i:[0],t:['L'],b:['']}})"),
        "/help/Content/last.htm": topic("Last"),
      }),
    );
    const { documents, notes, unlisted } = await site.read(webCrawl, "/help/Default.htm");
    expect(documents.map(({ sourceUrl }) => sourceUrl.replace(/.*\//, ""))).toEqual([
      ...["Start.htm", "grid.htm", "Bob's%20A%20page.htm", "tile.htm", "last.htm"],
    ]);
    const named = notes.map(({ path }) => path);
    expect(named).toContain(site.url("/help/Data/Tocs/Gone.js"));
    expect(named).toContain("http://elsewhere.invalid/Toc.js");
    expect(unlisted).toEqual([]);
    const tables = site.paths.filter((path) => path.endsWith(".js"));
    expect(tables).toEqual([...new Set(tables)]);
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

  test("whose lists robots.txt keeps from being read says so", async () => {
    await using site = new Site({
      ...help({ "/help/Default.htm": topic("Shell", "Content/Start.htm") }),
      "/robots.txt": "User-agent: *\nDisallow: /help/Data/\n",
    });
    const { documents, notes } = await site.read(webCrawl, "/help/Default.htm");
    expect(documents.map(({ title }) => title)).toEqual(["Shell", "Start"]);
    expect(notes).toEqual(
      ["HelpSystem", "Alias"].map((name) => ({
        kind: "skipped",
        path: site.url(`/help/Data/${name}.xml`),
        reason: "robots.txt does not allow it",
      })),
    );
  });

  test("may have its table of contents where older ones have it, in parts", async () => {
    const entries = (...links: string[]) => links.map((link) => `<TocEntry Title="t" Link="${link}" />`).join("");
    await using site = new Site(
      help({
        "/help/Data/HelpSystem.xml": xml(`<WebHelpSystem Version="1" DefaultUrl="Content/Start.htm" />`),
        "/help/Data/Toc.xml": xml(
          `<CatapultToc Version="1">${entries("/Content/Start.htm", "/../Other/Other.flprj")}<TocEntry Title="b" Chunk="Toc1.xml" /></CatapultToc>`,
        ),
        "/help/Data/Toc1.xml": xml(`<CatapultToc>${entries("/Content/dwc/grid.htm")}</CatapultToc>`),
        "/help/Data/BrowseSequences.xml": xml(`<CatapultToc>${entries("/Content/Bob's A page.htm")}</CatapultToc>`),
      }),
    );
    const { documents, notes, unlisted } = await site.read(webCrawl, "/help/Default.htm");
    expect(documents.map(({ title }) => title)).toEqual(["Start", "Grid", "Bob"]);
    expect(notes).toHaveLength(1);
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
