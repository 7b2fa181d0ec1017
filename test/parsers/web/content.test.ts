import { describe, expect, test } from "bun:test";
import { webCrawl } from "../../../src/parsers/flare/published/entry.ts";
import { wordpressKb } from "../../../src/parsers/web/entry.ts";
import { html, index, Site, status, topic } from "./site.ts";

const HELP = "/help/index.htm";
const KB = "/knowledge-base/";

/** The document of one article of the knowledge base that is sent as it stands. */
async function read(body: string | Uint8Array<ArrayBuffer>, type = "text/html") {
  await using site = new Site({
    [KB]: index("kb1"),
    "/knowledge-base/kb1": () => html(body, { headers: { "content-type": type } }),
  });
  const { documents, notes } = await site.read(wordpressKb, KB);
  return { title: documents[0]?.title ?? "", content: documents[0]?.content ?? "", notes };
}

describe("the encoding of a page", () => {
  const text = "naïve café – “quoted” Ωmega";
  const page = (meta: string) =>
    `<html><head>${meta}<title>T</title></head><body><article><p>${text}</p></article></body></html>`;
  const encodings: readonly { name: string; bytes: Uint8Array<ArrayBuffer>; type: string; expected?: string }[] = [
    { name: "UTF-8 that nothing says", bytes: utf8(page("")), type: "text/html" },
    { name: "UTF-8 with a mark", bytes: utf8(`\ufeff${page("")}`), type: "text/html" },
    { name: "UTF-8, though the header says Latin-1", bytes: utf8(page("")), type: "text/html; charset=ISO-8859-1" },
    { name: "UTF-16 with a mark", bytes: utf16(`\ufeff${page("")}`), type: "text/html" },
    { name: "UTF-16 by the header", bytes: utf16(page("")), type: "text/html; charset=utf-16le" },
    {
      name: "cp1252 by the header",
      bytes: cp1252(page("")),
      type: 'text/html; charset="windows-1252"',
      expected: "naïve café – “quoted” ?mega",
    },
    {
      name: "cp1252 by the page",
      bytes: cp1252(page('<meta http-equiv="Content-Type" content="text/html; charset=windows-1252">')),
      type: "text/html",
      expected: "naïve café – “quoted” ?mega",
    },
    {
      name: "cp1252 that calls itself UTF-8",
      bytes: cp1252(page('<meta charset="utf-8">')),
      type: "text/html; charset=utf-8",
      expected: "naïve café – “quoted” ?mega",
    },
    {
      name: "one nobody knows",
      bytes: cp1252(page("")),
      type: "text/html; charset=klingon",
      expected: "naïve café – “quoted” ?mega",
    },
    {
      name: "Shift_JIS by the page",
      bytes: Uint8Array.from([
        ...utf8('<html><head><meta charset="Shift_JIS"></head><body><article>'),
        ...[0x93, 0xfa, 0x96, 0x7b, 0x8c, 0xea],
        ...utf8("</article></body></html>"),
      ]),
      type: "text/html",
      expected: "日本語",
    },
  ];
  test.each([...encodings])("is found: $name", async ({ bytes, type, expected }) => {
    expect((await read(bytes, type)).content).toBe(expected ?? text);
  });

  test("may be broken in places: a few bad bytes cost themselves", async () => {
    const bytes = utf8(page(""));
    const at = bytes.indexOf(0x54);
    bytes[at] = 0xff;
    const { content } = await read(bytes, "text/html; charset=utf-8");
    expect(content).toBe(text);
  });
});

describe("what is no page", () => {
  test.each([
    { type: "image/png", reason: "not a page: image/png" },
    { type: "application/json", reason: "not a page: application/json" },
    { type: "application/pdf", reason: "not a page: application/pdf" },
  ])("is named and not read: $type", async ({ type, reason }) => {
    await using site = new Site({
      [HELP]: topic("Start", "x.htm", "a.htm"),
      "/help/x.htm": () => new Response("{}", { headers: { "content-type": type } }),
      "/help/a.htm": topic("A"),
    });
    const { documents, notes, unlisted } = await site.read(webCrawl, HELP);
    expect(documents.map(({ title }) => title)).toEqual(["Start", "A"]);
    expect(notes).toEqual([{ kind: "skipped", path: site.url("/help/x.htm"), reason }]);
    expect(unlisted).toEqual([]);
  });

  test("an article without text is named", async () => {
    const { content, notes } = await read(
      "<body><main><article> <p>&nbsp;</p> <nav>Home</nav></article></main></body>",
    );
    expect(content).toBe("");
    expect(notes).toMatchObject([{ kind: "skipped", reason: "no text where its content should be" }]);
  });

  test("a page that is made to take for ever is read at once", async () => {
    const names = " | BASIS".repeat(200_000);
    expect((await read(`<title>Read me${names}</title><article>Text.</article>`)).title).toBe("Read me");
    const nested = "<article>".repeat(100) + "<br>".repeat(50_000);
    expect((await read(nested)).notes).toMatchObject([{ reason: "no text where its content should be" }]);
  });

  test("markup that is nested without end is named or read, and the others are read", async () => {
    await using site = new Site({
      [KB]: index("kb1", "kb2"),
      "/knowledge-base/kb1": `<article>${"<div>".repeat(50_000)}deep`,
      "/knowledge-base/kb2": "<article><p>Two.</p></article>",
    });
    const { documents, notes } = await site.read(wordpressKb, KB);
    expect(documents.at(-1)?.content).toBe("Two.");
    expect(documents.length + notes.length).toBe(2);
  });
});

describe("the text of a page", () => {
  test("is that of the first place that the kind of site has, without what surrounds and interrupts it", async () => {
    const { title, content } =
      await read(`<html><head><title>Locking records – BASIS International Ltd.</title></head><body>
      <header><a class="skip-link" href="#c">Skip to content</a><nav>Home Products</nav></header>
      <main><article><h1>Wrong place</h1></article>
      <div id="eckb-article-body"><div id="eckb-article-left-sidebar">Sidebar</div>
        <div id="eckb-article-content"><div id="eckb-article-content-header">Home / KB<h1>Locking records</h1></div>
        <div id="eckb-article-content-body">
          <div class="eckb-article-toc">Contents</div>
          <nav aria-label="Breadcrumb">Home</nav>
          <h2>Why</h2><p>Two users <b>write</b> one record.</p>
          <!-- a remark -->
          <pre><code class="language-bbj">open (1)"x"\nread record (1)a$</code></pre>
          <aside>A note.</aside>
          <form role="search">Search</form>
          <img src="data:image/png;base64,AAAA">
          <script>track()</script>
          <div id="comments">First!</div>
          <div class="tptn_counter">(Visited 9 times)</div>
        </div></div></div></main><footer>Imprint</footer></body></html>`);
    expect(title).toBe("Locking records");
    expect(content).toBe(
      '## Why\n\nTwo users **write** one record.\n\n```bbj\nopen (1)"x"\nread record (1)a$\n```\n\nA note.',
    );
  });

  test("is all of a page of an unknown make, but for its frame", async () => {
    const { content } = await read(
      "<body><header>Logo</header><nav>Menu</nav><div><p>The text.</p></div><aside>News</aside><footer>Imprint</footer></body>",
    );
    expect(content).toBe("The text.");
  });

  test.each([
    { head: "<title>PRINT verb | BASIS</title>", title: "PRINT verb" },
    { head: "<title>PRINT verb - Knowledge Base</title>", title: "PRINT verb" },
    {
      head: '<meta property="og:site_name" content="Any Name"><title>PRINT verb – Any Name</title>',
      title: "PRINT verb",
    },
    { head: "<title>Heading » Some site</title>", title: "Heading" },
    { head: "<title>PRINT verb | Knowledge Base | BASIS International Ltd.</title>", title: "PRINT verb" },
    // Its own heading is the last one of the page.
    { head: "<title>The real one - part two – Some help</title>", title: "The real one - part two" },
    // The site stands first, and in a heading of its own.
    { head: "<title>BASIS - Read - write</title>", title: "BASIS - Read - write" },
    { head: "<title>Some help - Heading</title>", title: "Some help - Heading" },
    { head: "<title>Heading: the second part</title>", title: "Heading: the second part" },
    { head: "<title>Read - write - verify</title>", title: "Read - write - verify" },
    { head: "<title>BASIS</title>", title: "Heading" },
    { head: "<title> </title>", title: "Heading" },
    { head: "", title: "Heading" },
  ])("has the title $title of $head", async ({ head, title }) => {
    expect(
      (
        await read(
          `<html><head>${head}</head><body><h1>BASIS</h1><h1>Some help</h1><article><h1>Heading</h1><p>Text.</p></article><h1>The real one</h1><h1>The real one - part two</h1></body></html>`,
        )
      ).title,
    ).toBe(title);
  });

  test("has a title in any case: the last part of its address", async () => {
    await using site = new Site({
      [HELP]: topic("Start", "deep/the_last_part.htm", "gone.htm"),
      "/help/deep/the_last_part.htm": "<p>Some text.</p>",
      "/help/gone.htm": status(404),
    });
    const { documents } = await site.read(webCrawl, HELP);
    expect(documents[1]).toMatchObject({ title: "the last part", contextHeader: "deep > the last part" });
  });
});

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function utf16(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text, "utf16le"));
}

function cp1252(text: string): Uint8Array<ArrayBuffer> {
  const special: Record<string, number> = { "–": 0x96, "“": 0x93, "”": 0x94, Ω: 0x3f };
  return Uint8Array.from([...text], (character) => special[character] ?? character.charCodeAt(0));
}
