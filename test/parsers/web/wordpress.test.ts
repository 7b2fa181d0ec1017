import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { wordpressAdvantage, wordpressKb } from "../../../src/parsers/web/entry.ts";
import { encryptedPdf, textPdf } from "../../support/hostile-pdf.ts";
import { type Answer, article, html, index, Site, status } from "./site.ts";

const KB = "/knowledge-base/";
const ADVANTAGE = "/advantage-index/";
const MANUAL = join(import.meta.dir, "../../../examples/manual/getting-started.pdf");

/** A sitemap of pages, or of sitemaps. */
function sitemap(site: () => Site, paths: readonly string[], kind: "urlset" | "sitemapindex" = "urlset"): Answer {
  const entry = kind === "urlset" ? "url" : "sitemap";
  return () => {
    const entries = paths.map((path) => `<${entry}><loc>${site().url(path)}</loc></${entry}>`);
    const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<${kind} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${entries.join("")}</${kind}>`;
    return new Response(xml, { headers: { "content-type": "application/xml" } });
  };
}

describe("the knowledge base", () => {
  test("is the articles that its index page links, each once, in the order of the page", async () => {
    await using site = new Site({
      [KB]: index(
        "kb00012/",
        "/knowledge-base/kb00003",
        "kb00012",
        "kb00012/?share=mail#top",
        "about/",
        "/shop/kb00009",
        "#x",
      ),
      "/knowledge-base/kb00012/": article("Twelve"),
      "/knowledge-base/kb00003": article("Three"),
    });
    const { documents, notes, unlisted } = await site.read(wordpressKb, KB);
    expect(documents).toMatchObject([
      {
        sourceUrl: site.url("/knowledge-base/kb00012/"),
        displayUrl: site.url("/knowledge-base/kb00012/"),
        title: "Twelve",
        docType: "concept",
        contextHeader: "Knowledge Base > Twelve",
        generations: ["bbj"],
        metadata: { article: "KB00012" },
      },
      { sourceUrl: site.url("/knowledge-base/kb00003"), title: "Three" },
    ]);
    expect([notes, unlisted]).toEqual([[], []]);
    expect(site.paths).toEqual(["/robots.txt", KB, "/knowledge-base/kb00012/", "/knowledge-base/kb00003"]);
  });

  test("is found by a sitemap where the index page links nothing, through a sitemap of sitemaps", async () => {
    await using site: Site = new Site({
      [KB]: "<body><div id='app'></div></body>",
      "/sitemap.xml": sitemap(() => site, ["/pages.xml", "/articles.xml.gz"], "sitemapindex"),
      "/pages.xml": sitemap(() => site, ["/about/", "/knowledge-base/"]),
      "/articles.xml.gz": () => {
        const xml = `<urlset><url><loc>${site.url("/knowledge-base/kb2")}</loc></url></urlset>`;
        return new Response(Bun.gzipSync(Buffer.from(xml)), { headers: { "content-type": "application/gzip" } });
      },
      "/knowledge-base/kb2": article("Two"),
    });
    const { documents, unlisted } = await site.read(wordpressKb, KB);
    expect(documents.map(({ title }) => title)).toEqual(["Two"]);
    expect(unlisted).toEqual([]);
    expect(site.paths).toEqual([
      ...["/robots.txt", KB, "/kb-sitemap.xml", "/sitemap.xml", "/pages.xml", "/articles.xml.gz"],
      "/knowledge-base/kb2",
    ]);
  });

  test("takes its own sitemap before that of the site", async () => {
    await using site: Site = new Site({
      [KB]: index(),
      "/kb-sitemap.xml": sitemap(() => site, ["/knowledge-base/kb1"]),
      "/sitemap.xml": sitemap(() => site, ["/knowledge-base/kb2"]),
      "/knowledge-base/kb1": article("One"),
    });
    const { documents } = await site.read(wordpressKb, KB);
    expect(documents.map(({ title }) => title)).toEqual(["One"]);
    expect(site.paths).not.toContain("/sitemap.xml");
  });

  test("is found by the sitemap that robots.txt names where there is no other", async () => {
    await using site: Site = new Site({
      "/robots.txt": () =>
        new Response(`Sitemap: https://elsewhere.invalid/map.xml\nSitemap: ${site.url("/wp-sitemap.xml")}\n`),
      [KB]: index(),
      "/wp-sitemap.xml": sitemap(() => site, ["/knowledge-base/kb1"]),
      "/knowledge-base/kb1": article("One"),
    });
    const { documents, unlisted } = await site.read(wordpressKb, KB);
    expect(documents.map(({ title }) => title)).toEqual(["One"]);
    expect(unlisted).toEqual([]);
  });

  test("reads what a sitemap means: prefixes, references, remarks and CDATA", async () => {
    const xml = (site: Site) =>
      `<?xml version="1.0"?>\n<?xml-stylesheet href="x.xsl"?>\n<!-- <s:loc>${site.url("/knowledge-base/kb9")}</s:loc> -->
      <s:urlset xmlns:s="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="i">
      <s:url><s:loc>\n ${site.url("/knowledge-base/kb1?a=1&amp;b=&#50;")} </s:loc>
      <image:image><image:loc>${site.url("/knowledge-base/kb8")}</image:loc></image:image></s:url>
      <s:url><s:loc><![CDATA[${site.url("/knowledge-base/kb2?a=1&b=2")}]]></s:loc></s:url></s:urlset>\n`;
    await using site: Site = new Site({
      [KB]: index(),
      "/kb-sitemap.xml": () => new Response(xml(site), { headers: { "content-type": "text/xml" } }),
      "/knowledge-base/kb1?a=1&b=2": article("One"),
      "/knowledge-base/kb2?a=1&b=2": article("Two"),
    });
    const { documents, notes, unlisted } = await site.read(wordpressKb, KB);
    expect(documents.map(({ title }) => title)).toEqual(["One", "Two"]);
    expect([notes, unlisted]).toEqual([[], []]);
  });

  test("is read once where it has two addresses", async () => {
    await using site = new Site({
      [KB]: index("kb1", "kb1-opening-a-file", "kb2", "kb1?lang=en"),
      "/knowledge-base/kb1": article("One"),
      "/knowledge-base/kb1-opening-a-file": article("One"),
      "/knowledge-base/kb1?lang=en": article("One"),
      "/knowledge-base/kb2": article("Two"),
    });
    const { documents, notes } = await site.read(wordpressKb, KB);
    expect(documents.map(({ title }) => title)).toEqual(["One", "Two"]);
    expect(notes).toEqual(
      ["kb1-opening-a-file", "kb1?lang=en"].map((name) => ({
        kind: "skipped",
        path: site.url(`/knowledge-base/${name}`),
        reason: `the same page as ${site.url("/knowledge-base/kb1")}`,
      })),
    );
  });

  test("has as many articles as page_limit says, wherever they were found", async () => {
    const pages = Object.fromEntries([1, 2, 3].map((number) => [`/knowledge-base/kb${number}`, article(`${number}`)]));
    await using site: Site = new Site({
      [KB]: index(),
      "/kb-sitemap.xml": sitemap(() => site, Object.keys(pages)),
      ...pages,
    });
    const titles = async () => {
      const { documents } = await site.read(wordpressKb, KB, { entry: { keys: { page_limit: 2 } } });
      return documents.map(({ title }) => title);
    };
    expect(await titles()).toEqual(["1", "2"]);
    site.pages[KB] = index("http://elsewhere.invalid/knowledge-base/kb7", "kb1", "kb2", "kb3");
    expect(await titles()).toEqual(["1", "2"]);
  });

  test("keeps an article whose page comes without a byte: that is a fault", async () => {
    await using site = new Site({ [KB]: index("kb1"), "/knowledge-base/kb1": () => html("") });
    const { notes } = await site.read(wordpressKb, KB);
    expect(notes).toMatchObject([{ kind: "failed", reason: "the server sent an empty page" }]);
  });

  test("is read by its sitemap when the index page fails, and counts as not listed", async () => {
    await using site: Site = new Site({
      [KB]: status(500),
      "/kb-sitemap.xml": sitemap(() => site, ["/knowledge-base/kb1"]),
      "/knowledge-base/kb1": article("One"),
    });
    const { documents, unlisted } = await site.read(wordpressKb, KB);
    expect(documents.map(({ title }) => title)).toEqual(["One"]);
    expect(unlisted).toEqual([{ kind: "unlisted", path: site.url(KB), reason: "the server answered 500" }]);
  });

  test.each([
    {
      name: "is not there",
      answer: status(404),
      reason: /^no link to a page of this source, and none in a list of pages/,
    },
    { name: "fails", answer: status(500), reason: /^the server answered 500$/ },
    {
      name: "is a page",
      answer: "<html><body>Not found</body></html>",
      reason: /^no link to a page of this source, and none in a list of pages/,
    },
    {
      name: "is something else",
      answer: () => new Response("<rss></rss>"),
      reason: /^cannot be read as a sitemap: it is no sitemap/,
    },
    { name: "is cut off", answer: () => new Response("<urlset><url><loc>x"), reason: /^cannot be read as a sitemap: / },
    {
      name: "is larger than a sitemap may be",
      answer: () => new Response(Bun.gzipSync(Buffer.from(`<urlset>${" ".repeat(60 * 1_048_576)}</urlset>`))),
      reason: /^cannot be read as a sitemap: /,
    },
    {
      name: "names more than a sitemap may",
      answer: () => new Response(`<urlset>${"<url><loc>x</loc></url>".repeat(50_001)}</urlset>`),
      reason: /^names more than 50000 pages$/,
    },
  ])("counts as not listed when the only sitemap $name", async ({ answer, reason }) => {
    await using site = new Site({ [KB]: index(), "/kb-sitemap.xml": answer });
    const { documents, unlisted } = await site.read(wordpressKb, KB);
    expect(documents).toEqual([]);
    expect(unlisted[0]?.reason).toMatch(reason);
  });

  test("counts as not listed when one sitemap of several is missing, and the others are read", async () => {
    await using site: Site = new Site({
      [KB]: index(),
      "/kb-sitemap.xml": sitemap(() => site, ["/one.xml", "/two.xml"], "sitemapindex"),
      "/two.xml": sitemap(() => site, ["/knowledge-base/kb2"]),
      "/knowledge-base/kb2": article("Two"),
    });
    const { documents, unlisted } = await site.read(wordpressKb, KB);
    expect(documents.map(({ title }) => title)).toEqual(["Two"]);
    expect(unlisted).toEqual([
      { kind: "unlisted", path: site.url("/one.xml"), reason: "gone: the server answered 404" },
    ]);
  });

  test("gives up on sitemaps when none of them answers", async () => {
    const parts = Array.from({ length: 20 }, (_, part) => `/part${part}.xml`);
    await using site: Site = new Site({
      [KB]: index(),
      "/kb-sitemap.xml": sitemap(() => site, parts, "sitemapindex"),
      ...Object.fromEntries(parts.map((part) => [part, status(503)])),
    });
    const { unlisted } = await site.read(wordpressKb, KB);
    expect(unlisted.map(({ reason }) => reason).slice(4)).toEqual([
      "the server answered 503",
      "5 in a row without an answer: 15 lists of pages not asked for",
      expect.stringContaining("no link to a page of this source"),
    ]);
    expect(site.paths).not.toContain("/part5.xml");
  });

  test("names articles on other hosts, and does not ask for them", async () => {
    await using other = new Site({ "/knowledge-base/kb1": article("Elsewhere") });
    await using site = new Site({
      [KB]: index(other.url("/knowledge-base/kb1"), other.url("/about"), "kb2"),
      "/knowledge-base/kb2": article("Two"),
    });
    const { documents, notes } = await site.read(wordpressKb, KB);
    expect(documents.map(({ title }) => title)).toEqual(["Two"]);
    expect(notes).toEqual([
      { kind: "skipped", path: other.url("/knowledge-base/kb1"), reason: "on another host, which is not asked" },
    ]);
    expect(other.asked).toEqual([]);
  });
});

describe("the Advantage magazine", () => {
  test("is the articles that its index page links", async () => {
    const dated = article("Grids").replace(
      "<head>",
      '<head><meta property="article:published_time" content="2019-03-04T10:00:00+00:00"><meta property="og:site_name" content="BASIS">',
    );
    await using site = new Site({
      [ADVANTAGE]: index("/advantage/grids/", "/advantage/", "/products/"),
      "/advantage/grids/": dated.replace("Grids</title>", "Grids - BASIS</title>"),
    });
    const { documents } = await site.read(wordpressAdvantage, ADVANTAGE);
    const url = site.url("/advantage/grids/");
    expect(documents).toEqual([
      {
        sourceUrl: url,
        title: "Grids",
        docType: "article",
        content: "All about Grids.",
        generations: ["bbj"],
        contextHeader: "Advantage Magazine > Grids",
        deprecated: false,
        displayUrl: url,
        metadata: { published: "2019-03-04" },
      },
    ]);
  });

  test("falls back to the sitemap of posts", async () => {
    await using site: Site = new Site({
      [ADVANTAGE]: index(),
      "/post-sitemap.xml": sitemap(() => site, ["/advantage/one/", "/news/two/"]),
      "/advantage/one/": article("One"),
    });
    const { documents } = await site.read(wordpressAdvantage, ADVANTAGE);
    expect(documents.map(({ title }) => title)).toEqual(["One"]);
  });

  test("reads PDFs among the articles, by name or by type, and gives them the site's addresses", async () => {
    const pdf = (bytes: Uint8Array, type: string) => () =>
      new Response(Uint8Array.from(bytes), { headers: { "content-type": type } });
    const manual = await Bun.file(MANUAL).bytes();
    await using site = new Site({
      [ADVANTAGE]: index(
        ...["/advantage/v1/getting-started.pdf", "/advantage/download/7", "/advantage/forced.pdf", "/advantage/last/"],
        "/advantage/again.pdf",
      ),
      "/advantage/v1/getting-started.pdf": pdf(manual, "application/octet-stream"),
      "/advantage/download/7": pdf(textPdf("Words of a download"), "application/pdf"),
      "/advantage/forced.pdf": pdf(textPdf("Words that are forced"), "application/force-download"),
      "/advantage/last/": article("Last"),
      "/advantage/again.pdf": pdf(manual, "text/html"),
    });
    const { documents, notes } = await site.read(wordpressAdvantage, ADVANTAGE);
    expect(notes).toEqual([
      {
        kind: "skipped",
        path: site.url("/advantage/again.pdf"),
        reason: `the same page as ${site.url("/advantage/v1/getting-started.pdf")}`,
      },
    ]);
    const places = documents.map(({ displayUrl }) => new URL(displayUrl).pathname);
    expect([...new Set(places)]).toEqual([
      ...["/advantage/v1/getting-started.pdf", "/advantage/download/7", "/advantage/forced.pdf", "/advantage/last/"],
    ]);
    expect(places.filter((place) => place.startsWith("/advantage/v1")).length).toBeGreaterThan(1);
    for (const { sourceUrl, displayUrl, docType, contextHeader } of documents.slice(0, -1)) {
      expect(sourceUrl).toMatch(new RegExp(`^${RegExp.escape(displayUrl)}#[\\w-]+$`));
      expect(docType).toBe("article");
      expect(contextHeader).toMatch(/^Advantage Magazine > /);
    }
    expect(new Set(documents.map(({ sourceUrl }) => sourceUrl)).size).toBe(documents.length);
    expect(documents.at(-1)?.title).toBe("Last");
  });

  test("names PDFs that cannot be read, and reads the others", async () => {
    const pdf = (bytes: Uint8Array) => () =>
      new Response(Uint8Array.from(bytes), { headers: { "content-type": "application/pdf" } });
    await using site = new Site({
      [ADVANTAGE]: index(...["locked", "damaged", "page", "none", "good"].map((name) => `/advantage/${name}.pdf`)),
      "/advantage/locked.pdf": pdf(encryptedPdf("secret", "password")),
      "/advantage/damaged.pdf": pdf(Buffer.from("%PDF-1.4 and nothing else")),
      "/advantage/page.pdf": article("Not found"),
      "/advantage/none.pdf": pdf(Buffer.from("\x89PNG")),
      "/advantage/good.pdf": pdf(textPdf("Words of a good file")),
    });
    const { documents, notes } = await site.read(wordpressAdvantage, ADVANTAGE);
    expect(documents.map(({ content }) => content)).toEqual(["Words of a good file"]);
    expect(notes.map(({ kind, path }) => [kind, path])).toEqual(
      ["locked", "damaged", "page", "none"].map((name) => ["failed", site.url(`/advantage/${name}.pdf`)]),
    );
    expect(notes[0]?.reason).toContain("password");
    expect(notes[2]?.reason).toBe("a PDF by its name, but the server sent text/html");
  });

  test("names what is neither a page nor a PDF", async () => {
    await using site = new Site({
      [ADVANTAGE]: index("/advantage/cover.png", "/advantage/list.zip"),
      "/advantage/cover.png": () => new Response("x", { headers: { "content-type": "image/png" } }),
      "/advantage/list.zip": () => html("PK", { headers: { "content-type": "application/zip" } }),
    });
    const { notes } = await site.read(wordpressAdvantage, ADVANTAGE);
    expect(notes.map(({ kind, reason }) => [kind, reason])).toEqual([
      ["skipped", "not a page: image/png"],
      ["skipped", "not a page: application/zip"],
    ]);
  });
});
