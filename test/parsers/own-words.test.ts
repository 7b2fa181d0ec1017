import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { chunkDocument } from "../../src/chunk/chunk-document.ts";
import { webCrawl } from "../../src/parsers/flare/published/entry.ts";
import { mdx } from "../../src/parsers/mdx/entry.ts";
import type { Document } from "../../src/parsers/parser.ts";
import { wordpressAdvantage, wordpressKb } from "../../src/parsers/web/entry.ts";
import { readAll, sourceOf } from "../support/read-source.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { page, readProject, variables } from "./flare/write-project.ts";
import { index, Site } from "./web/site.ts";

const chunksOf = (document: Document | undefined) =>
  document === undefined
    ? []
    : chunkDocument(document, { chunkSize: 400, chunkOverlap: 50 }).map(({ content }) => content);

/** The chunks of pages of Docusaurus, by their paths. */
async function pages(files: Readonly<Record<string, string>>) {
  using directory = temporaryDirectory();
  for (const [path, text] of Object.entries(files)) writeFileSync(join(directory.path, path), text);
  const { documents, notes } = await readAll(mdx, sourceOf({ name: "d", parser: "mdx", dataDir: directory.path }));
  const chunks = documents.map((document) => [document.sourceUrl.replace("d://", ""), chunksOf(document)] as const);
  return { chunks: Object.fromEntries(chunks), documents, notes };
}

/** The chunks of a page with this front matter. */
async function withHead(head: string, text = "# Splitter\n\nTwo panels and a bar.\n"): Promise<readonly string[]> {
  return (await pages({ "a.md": `---\n${head}\n---\n${text}` })).chunks["a.md"] ?? [];
}

const HEADER = "d > Splitter";
const TEXT = "Two panels and a bar.";

describe("front matter", () => {
  test.each([
    ["a text", "description: Divides a layout."],
    ["in quotes", 'description: "Divides a layout."'],
    ["folded", "description: >-\n  Divides\n  a layout.\ntitle: Splitter"],
    ["a block of lines", "description: |\n  Divides\n  a layout.\n"],
    ["over two lines", "description: Divides\n  a layout."],
    ["a list", "description:\n  - Divides\n  - a layout."],
    ["with markup", "description: <p><b>Divides</b> [a&nbsp;layout](x.md).</p><br/>"],
    ["with an image inside", "description: Divides ![](data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==) a layout."],
    ["in YAML that is broken elsewhere", "description: Divides a layout.\nx: [\n"],
    ["folded, in YAML that is broken elsewhere", "description: >-\n  Divides\n  a layout.\nx: [\n"],
    ["over two lines, in YAML that is broken elsewhere", 'description: "Divides\n  a layout."\nx: [\n'],
  ])("says what a page is about: %s", async (_, head) => {
    expect(await withHead(head)).toEqual([`${HEADER}\n\nDivides a layout.\n\n${TEXT}`]);
  });

  test("may have a colon in a description, which is no YAML", async () => {
    expect(await withHead("description: In short: divides a layout.")).toEqual([
      `${HEADER}\n\nIn short: divides a layout.\n\n${TEXT}`,
    ]);
  });

  test.each([
    ["a text", "keywords: resize, drag; gutter"],
    ["a list", "keywords:\n  - resize\n  - drag\n  - gutter"],
    ["a list in brackets", "keywords: [resize, 'drag', gutter]"],
    ["a list of lists in texts", "keywords: ['resize, drag', gutter]"],
    ["with one twice", "keywords: [resize, Resize, drag, gutter]"],
    ["with words of the page", "keywords: [resize, Splitter, drag, panel, two panels, gutter]"],
    ["in YAML that is broken elsewhere", 'keywords: [resize, "drag", gutter]\nx: [\n'],
    ["a list in YAML that is broken elsewhere", 'keywords:\n  - resize\n  - "drag"\n  - gutter\nx: [\n'],
    ["with placeholders", "keywords: [keyword1, '', resize, drag, '{{ tag }}', gutter, todo]"],
  ])("has keywords that are not in the text: %s", async (_, head) => {
    expect(await withHead(head)).toEqual([`${HEADER}\n\nresize, drag, gutter\n\n${TEXT}`]);
  });

  test("has short keywords that longer words begin with", async () => {
    expect(await withHead("keywords: [Pan, Two, ba, bar]")).toEqual([`${HEADER}\n\nPan, ba\n\n${TEXT}`]);
  });

  test("has both, the description first; a keyword of the description is said", async () => {
    expect(await withHead("keywords: [drag, layout]\ndescription: Divides a layout.")).toEqual([
      `${HEADER}\n\nDivides a layout.\n\ndrag\n\n${TEXT}`,
    ]);
  });

  test("with hundreds of keywords gives the first ones", async () => {
    const words = Array.from({ length: 300 }, (_, number) => `w${number}`);
    const [chunk = ""] = await withHead(`keywords: [${words.join(", ")}, ${"x".repeat(500)}]`);
    expect(chunk.split("\n\n")[1]).toBe(words.slice(0, 20).join(", "));
  });

  test("of the length of a book has the beginning of it, up to the end of a sentence", async () => {
    const book = Array.from({ length: 20_000 }, (_, number) => `Sentence ${number} of many.`).join(" ");
    const text = (await withHead(`description: ${book}`)).join("\n");
    expect(text).toContain("Sentence 0 of many. Sentence 1 of many.");
    expect(text).toMatch(/Sentence 458 of many\.$/m);
    expect(text).not.toContain("Sentence 459");
  });

  test.each([
    ["as its first paragraph does", "Two panels and a bar."],
    ["in other marks and letters", "“TWO panels, and a bar”"],
    ["as a part of a sentence", "Panels and a bar"],
    ["as an excerpt that was cut", "Splitter Two panels and a b…"],
    ["as an excerpt in brackets", "Two panels and [&hellip;]"],
    ["as its title does", "Splitter."],
    ["as its title does, with what any page has", "Learn more about: Splitter"],
    ["like a placeholder", "TODO"],
    ["like another one", "Enter a short description here"],
    ["like one that the builder makes", "Documentation for Splitter"],
    ["like one in brackets", "<!-- add a description -->"],
    ["like code of a server", "<?php echo $DESCRIPTION; ?>"],
    ["like a property", "${project.description}"],
    ["like a template", "'{{ page.description }}'"],
    ["like a template with the title in it", "'Overview of {% title %} Splitter'"],
    ["as nothing", "'  '"],
    ["as punctuation", "'---'"],
  ])("says nothing new %s", async (_, description) => {
    expect(await withHead(`description: ${description}`)).toEqual([`${HEADER}\n\n${TEXT}`]);
  });

  test("says the sentences that the text does not say", async () => {
    expect(await withHead("description: Two panels and a bar. Divides a layout into resizable parts.")).toEqual([
      `${HEADER}\n\nDivides a layout into resizable parts.\n\n${TEXT}`,
    ]);
  });

  test("says something in plain words", async () => {
    expect(await withHead("description: Read and write text.\nkeywords: [read, write, enter, find]")).toEqual([
      `${HEADER}\n\nRead and write text.\n\nenter, find\n\n${TEXT}`,
    ]);
  });

  test.each([
    "How `{{ slot }}` and `<b>x</b>` are used.",
    "The <img> and the List<String> of it.",
    "Reads ${HOME} first.",
  ])("may be about markup: %s", async (description) => {
    expect(await withHead(`description: "${description}"`)).toEqual([`${HEADER}\n\n${description}\n\n${TEXT}`]);
  });

  test("in a script without spaces says nothing new from the middle of a text", async () => {
    const text = "# Splitter\n\n分割器把布局分成可调整大小的面板，并且可以嵌套。\n";
    expect(await withHead("description: 可调整大小的面板。\nkeywords: [嵌套, 拖动]", text)).toEqual([
      `${HEADER}\n\n拖动\n\n分割器把布局分成可调整大小的面板，并且可以嵌套。`,
    ]);
  });

  test("with a template in a sentence says the sentence", async () => {
    expect(await withHead("description: Install {{ product }} on Linux in minutes.")).toEqual([
      `${HEADER}\n\nInstall on Linux in minutes.\n\n${TEXT}`,
    ]);
  });

  test("says it of a text with links and code, as readers see them", async () => {
    const text = "# Splitter\n\nUse [`add()`](https://x.example/add) for &quot;**each**&quot; panel.\n";
    expect(await withHead('description: Use add() for "each" panel.', text)).toEqual([
      `${HEADER}\n\nUse [\`add()\`](https://x.example/add) for "**each**" panel.`,
    ]);
  });

  test.each([
    ["of HTML", '<head>\n  <meta name="description" content="Divides a layout." />\n</head>', "Divides a layout."],
    ["of React", "<Head><meta name='keywords' content={'drag, panel'} /></Head>", "drag"],
    ["not closed", '<head><meta name="Description" content="Divides a layout."></head>', "Divides a layout."],
  ])("may stand in a head in the page: %s", async (_, head, about) => {
    expect(await withHead("title: Splitter", `${head}\n\n${TEXT}\n`)).toEqual([`${HEADER}\n\n${about}\n\n${TEXT}`]);
  });

  test("is what an example of a head says for nobody", async () => {
    const code = '```html\n<meta name="description" content="Divides a layout." />\n```';
    expect(await withHead("title: Splitter", `${code}\n`)).toEqual([`${HEADER}\n\n${code}`]);
  });

  test("is the text of a page that has none", async () => {
    const { chunks, notes } = await pages({
      "a.md": "---\ntitle: Layouts\ndescription: All that divides a window.\n---\n<DocCardList />\n",
      "b.md": "---\ntitle: Layouts\ndescription: TODO\n---\n<DocCardList />\n",
    });
    expect(chunks).toEqual({ "a.md": ["d > Layouts\n\nAll that divides a window."] });
    expect(notes).toEqual([{ kind: "skipped", path: "b.md", reason: "a page without text" }]);
  });

  test("of a partial is not that of the page which shows it", async () => {
    const { chunks } = await pages({
      "_part.md": "---\ndescription: Of the part.\n---\nShared words.\n",
      "_alone.md": "---\ndescription: Tells of nobody.\n---\nLonely words.\n",
      "a.mdx": "---\ntitle: Splitter\ndescription: Divides a layout.\n---\nimport Part from './_part.md'\n\n<Part />\n",
    });
    expect(chunks).toEqual({
      "_alone.md": ["d > Alone\n\nTells of nobody.\n\nLonely words."],
      "a.mdx": [`${HEADER}\n\nDivides a layout.\n\nShared words.`],
    });
  });

  test("leaves the text of the document as it is", async () => {
    const { documents } = await pages({ "a.md": `---\ndescription: Divides a layout.\n---\n# Splitter\n\n${TEXT}\n` });
    expect(documents[0]).toMatchObject({ content: `# Splitter\n\n${TEXT}`, about: "Divides a layout." });
  });
});

describe("a Flare topic", () => {
  const topic = (head: string, body = `<h1>Splitter</h1><p>${TEXT}</p>`) =>
    page(body, { title: `Splitter</title>${head}<title>` }).replace("<title></title>", "");

  test.each([
    [
      "a description",
      '<meta name="description" content="Divides a &lt;b&gt;layout&lt;/b&gt;." />',
      "Divides a layout.",
    ],
    ["in other letters", '<META NAME="Description" CONTENT="Divides a layout."></META>', "Divides a layout."],
    ["with a variable", '<meta name="description" content="Divides a [%=My.Thing%]." />', "Divides a layout."],
    ["keywords", '<meta name="keywords" content="resize, Splitter,drag" />', "resize, drag"],
    ["index entries", '<MadCap:keyword term="Dragging:bars;Resizing;Bar:panels" />', "Dragging: bars, Resizing"],
    [
      "all of them",
      '<meta name="keywords" content="drag" /><meta name="description" content="Divides." /><MadCap:keyword term="bars" />',
      "Divides.\n\ndrag, bars",
    ],
  ])("has %s", async (_, head, about) => {
    const { documents } = await readProject({
      "Content/a.htm": topic(head),
      "Project/VariableSets/My.flvar": variables({ Thing: "layout" }),
    });
    expect(documents.flatMap(chunksOf)).toEqual([`Splitter\n\n${about}\n\n${TEXT}`]);
  });

  test("has index entries in its text, too, but not those of elements that are left out", async () => {
    const body = `<h1>Splitter<MadCap:keyword term="Gutter" /></h1><p>${TEXT}</p><p MadCap:conditions="Primary.Deprecated"><MadCap:keyword term="Old" /></p>`;
    const { documents } = await readProject({ "Content/a.htm": topic("", body) });
    expect(documents.flatMap(chunksOf)).toEqual([`Splitter\n\nGutter\n\n${TEXT}`]);
  });

  test("is found by its description where it has no text, but not where its text is left out", async () => {
    const head = '<meta name="description" content="Divides a layout." />';
    const { documents, notes } = await readProject({
      "Content/a.htm": page("<MadCap:menuProxy />", { title: `</title>${head}<title>` }).replaceAll(
        "<title></title>",
        "",
      ),
      "Content/b.htm": page('<p MadCap:conditions="Primary.NotImplemented">x</p>', {
        title: `B</title>${head}<title>`,
      }),
    });
    expect(documents.flatMap(chunksOf)).toEqual(["A\n\nDivides a layout."]);
    expect(notes.map(({ path }) => path)).toEqual(["Content/b.htm"]);
  });
});

const article = (head: string) =>
  `<html><head><title>Splitter</title>${head}</head><body><article><p>${TEXT}</p></article></body></html>`;
const DESCRIPTION = '<meta name="description" content="Divides a layout.">';

describe("a page of the web", () => {
  const KB = "/knowledge-base/";
  const read = async (head: string) => {
    await using site = new Site({ [KB]: index("kb1"), "/knowledge-base/kb1": article(head) });
    return (await site.read(wordpressKb, KB)).documents.flatMap(chunksOf);
  };

  test.each([
    ["a description", DESCRIPTION, "Divides a layout."],
    ["in other letters", "<META NAME=Description CONTENT='Divides a layout.'>", "Divides a layout."],
    ["in the body, where broken pages have it", `<p></p>${DESCRIPTION}`, "Divides a layout."],
    ["for others", '<meta property="og:description" content="Divides a layout.">', "Divides a layout."],
    ["for others, by name", '<meta name="twitter:description" content="Divides a layout.">', "Divides a layout."],
    [
      "its own before that for others",
      `<meta property="og:description" content="Buy one.">${DESCRIPTION}`,
      "Divides a layout.",
    ],
    [
      "an empty one and one for others",
      '<meta name="description" content=" "><meta property="og:description" content="Divides a layout.">',
      "Divides a layout.",
    ],
    ["keywords", '<meta name="keywords" content="resize,panels, drag">', "resize, drag"],
  ])("has %s", async (_, head, about) => {
    expect(await read(head)).toEqual([`Knowledge Base > Splitter\n\n${about}\n\n${TEXT}`]);
  });

  test("says nothing new with an excerpt", async () => {
    expect(await read('<meta property="og:description" content="Two panels and [&amp;hellip;]">')).toEqual([
      `Knowledge Base > Splitter\n\n${TEXT}`,
    ]);
  });

  test("says nothing new with an excerpt of a list, which has no numbers, nor languages of code", async () => {
    const [first, second] = ["<li>Open the file of the customer.</li>", "<li>Read the first record of it.</li>"];
    const text = `<ol>${first}<li>Print all of it: <pre class="language-bbj">print a$</pre></li>${second}</ol>`;
    const excerpt = "Open the file of the customer. Print all of it: print a$ Read the first record of";
    await using site = new Site({
      [KB]: index("kb1"),
      "/knowledge-base/kb1": article(`<meta name="description" content="${excerpt}">`).replace(`<p>${TEXT}</p>`, text),
    });
    const { documents } = await site.read(wordpressKb, KB);
    expect(documents.map(({ about }) => about)).toEqual([undefined]);
    expect(documents[0]?.content).toContain("1. Open the file");
  });

  test("of every web parser has it", async () => {
    await using site = new Site({
      "/advantage-index/": index("/advantage/a"),
      "/advantage/a": article(DESCRIPTION),
    });
    const { documents } = await site.read(wordpressAdvantage, "/advantage-index/");
    expect(documents.flatMap(chunksOf)).toEqual([`Advantage Magazine > Splitter\n\nDivides a layout.\n\n${TEXT}`]);
  });

  test("does not have that of its site: the one of the page where the crawl begins, which keeps it", async () => {
    const own = '<meta name="description" content="About the bar."><meta name="keywords" content="drag">';
    const head = `${DESCRIPTION}<meta name="keywords" content="gutter,drag">`;
    const linked = (text: string) => text.replace("</p>", ' <a href="b.htm">b</a> <a href="c.htm">c</a></p>');
    await using site = new Site({
      "/help/index.htm": linked(article(head)),
      "/help/b.htm": article(head).replace(TEXT, "The other page."),
      "/help/c.htm": article(own).replace(TEXT, "The third page."),
    });
    const { documents } = await site.read(webCrawl, "/help/index.htm");
    expect(documents.flatMap(chunksOf)).toEqual([
      `Splitter\n\nDivides a layout.\n\ngutter, drag\n\n${TEXT} b c`,
      "Splitter\n\nThe other page.",
      "Splitter\n\nAbout the bar.\n\nThe third page.",
    ]);
  });

  test("without text makes no document, whatever it says of itself", async () => {
    await using site = new Site({
      [KB]: index("kb1"),
      "/knowledge-base/kb1": article(DESCRIPTION).replace(TEXT, ""),
    });
    const { documents, notes } = await site.read(wordpressKb, KB);
    expect([documents, notes.map(({ kind }) => kind)]).toEqual([[], ["skipped"]]);
  });
});
