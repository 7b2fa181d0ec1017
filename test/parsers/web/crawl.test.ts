import { describe, expect, test } from "bun:test";
import { brotliCompressSync, deflateRawSync, deflateSync } from "node:zlib";
import { PageCache } from "../../../src/parsers/web/page-cache.ts";
import { type Page, PageFetcher } from "../../../src/parsers/web/page-fetcher.ts";
import { Crawl } from "../../../src/parsers/web/crawl.ts";
import { webCrawl } from "../../../src/parsers/flare/published/entry.ts";
import { readAll } from "../../support/read-source.ts";
import { html, redirect, Site, status, topic } from "./site.ts";

const HELP = "/help/index.htm";

describe("a crawl", () => {
  test("reads every page that links lead to, once, however they are written", async () => {
    await using site = new Site({
      [HELP]: topic("Start", "a.htm#top", "a.htm", "./b.htm?utm_source=mail", "/help/c.htm?skin=blue", "mailto:x@y.z"),
      "/help/a.htm": topic("A", "b.htm", "index.htm", "deep/d.htm"),
      "/help/b.htm": topic("B", "a.htm#x", "javascript:void(0)", "c.htm"),
      "/help/c.htm": topic("C"),
      "/help/deep/d.htm": topic("D", "../a.htm"),
    });
    const { documents, notes, unlisted } = await site.read(webCrawl, HELP);
    const paths = ["index", "a", "b", "c", "deep/d"].map((name) => `/help/${name}.htm`);
    expect(documents.map(({ sourceUrl }) => sourceUrl)).toEqual(paths.map((path) => site.url(path)));
    expect(documents.map(({ displayUrl }) => displayUrl)).toEqual(paths.map((path) => site.url(path)));
    expect(site.paths).toEqual([
      "/robots.txt",
      ...paths,
      "/help/Data/HelpSystem.xml",
      "/help/Data/Alias.xml",
      "/help/Sitemap.xml",
    ]);
    expect([notes, unlisted]).toEqual([[], []]);
  });

  test("asks for nothing outside of the folder it begins in, nor for what is no page, and names what might be", async () => {
    await using other = new Site({ "/help/x.htm": topic("X") });
    const foreign = other.url("/help/x.htm");
    await using site = new Site({
      [HELP]: topic(
        "Start",
        "/other/y.htm",
        "../z.htm",
        "manual.pdf",
        "data.xml",
        foreign,
        "a.htm",
        "picture.PNG",
        "./",
      ),
      // Each is named once.
      "/help/a.htm": topic("A", "manual.pdf#page=2", `${foreign}#top`, "all.zip", other.url("/logo.svg")),
    });
    const { documents, notes, unlisted } = await site.read(webCrawl, HELP);
    expect(documents.map(({ title }) => title)).toEqual(["Start", "A"]);
    expect(site.paths).toEqual([
      "/robots.txt",
      HELP,
      "/help/a.htm",
      "/help/Data/HelpSystem.xml",
      "/help/Data/Alias.xml",
      "/help/Sitemap.xml",
    ]);
    expect(other.asked).toEqual([]);
    expect(unlisted).toEqual([]);
    expect(notes.map(({ kind, path, reason }) => [kind, path, reason])).toEqual([
      ["skipped", site.url("/other/y.htm"), "outside of the folder that crawl_base_url begins in"],
      ["skipped", site.url("/z.htm"), "outside of the folder that crawl_base_url begins in"],
      ["skipped", site.url("/help/manual.pdf"), "no page of HTML by its name, so it is not read"],
      ["skipped", site.url("/help/data.xml"), "no page of HTML by its name, so it is not read"],
      ["skipped", foreign, "on another host, which is not asked"],
    ]);
  });

  test("names the first of many pages that it does not read, and counts the others", async () => {
    const links = Array.from({ length: 120 }, (_, number) => `http://elsewhere.invalid/${number}`);
    await using site = new Site({ [HELP]: topic("Start", ...links, "a.htm"), "/help/a.htm": topic("A", ...links) });
    const { documents, notes } = await site.read(webCrawl, HELP);
    expect(documents).toHaveLength(2);
    expect(notes).toHaveLength(21);
    expect(notes.at(-1)).toEqual({
      kind: "skipped",
      path: `${site.url(HELP)}#other-host`,
      reason: "100 more: on another host, which is not asked",
    });
  });

  test("takes topics for topics, however they end", async () => {
    const names = ["b.html", "c.HTM", "d.xhtml", "e.Html", "f", "g.aspx", "h.shtml"];
    await using site = new Site({
      [HELP]: topic("Start", ...names, "a.htm"),
      ...Object.fromEntries(["a.htm", ...names].map((name) => [`/help/${name}`, topic(name)])),
    });
    const { documents, notes } = await site.read(webCrawl, HELP);
    expect(documents.map(({ title }) => title)).toEqual(["Start", ...names, "a.htm"]);
    expect(notes).toEqual([]);
  });

  test("stays in its folder also where the slash after that is missing", async () => {
    await using site = new Site({
      "/help/": topic("Frame", "a.htm", "/helpers/b.htm", "/c.htm"),
      "/help/a.htm": topic("A", "../c.htm"),
      "/c.htm": topic("C"),
    });
    const { documents } = await site.read(webCrawl, "/help");
    expect(documents.map(({ title, contextHeader }) => [title, contextHeader])).toEqual([["A", "A"]]);
    expect(site.paths).toEqual([
      "/robots.txt",
      "/help/",
      "/help/a.htm",
      "/help/Data/HelpSystem.xml",
      "/help/Data/Alias.xml",
      "/help/Sitemap.xml",
    ]);
  });

  test("takes a folder that is called like a version for a folder", async () => {
    await using site = new Site({
      "/help/v21.0/": topic("Frame", "a.htm", "/help/z.htm"),
      "/help/v21.0/a.htm": topic("A"),
      "/help/z.htm": topic("Z"),
    });
    const { documents } = await site.read(webCrawl, "/help/v21.0");
    expect(documents.map(({ title }) => title)).toEqual(["A"]);
  });

  test("reads the sitemap where the first page leads nowhere", async () => {
    const sitemap = (site: Site) =>
      `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>${site.url("/help/a.htm")}</loc></url></urlset>`;
    await using site: Site = new Site({
      "/help/": "<html><body><script>open()</script></body></html>",
      "/help/Sitemap.xml": () => new Response(sitemap(site), { headers: { "content-type": "text/xml" } }),
      "/help/a.htm": topic("A", "b.htm"),
      "/help/b.htm": topic("B"),
    });
    const { documents, unlisted } = await site.read(webCrawl, "/help/");
    expect(documents.map(({ title }) => title)).toEqual(["A", "B"]);
    expect(unlisted).toEqual([]);
  });

  test("shows no password that its first address has", async () => {
    await using site = new Site({ [HELP]: topic("Start", "a.htm", "locked.htm"), "/help/a.htm": topic("A") });
    const settings = { crawl_base_url: site.url(HELP).replace("http://", "http://me:secret@") };
    const whole = await readAll(webCrawl, site.source(webCrawl), site.context(HELP, { settings }));
    expect(whole.documents).toHaveLength(2);
    expect(JSON.stringify([whole, [...whole.fingerprints]])).not.toContain("secret");
  });

  test("reads what only the sitemap leads to after what links lead to", async () => {
    const place = (site: Site, path: string) => `<url><loc>${site.url(path)}</loc></url>`;
    await using site: Site = new Site({
      [HELP]: topic("Start", "b.htm"),
      "/help/Sitemap.xml": () => {
        const places = ["/help/a.htm", "/help/b.htm", "/other/c.htm"].map((path) => place(site, path));
        return new Response(`<urlset>${places.join("")}</urlset>`, { headers: { "content-type": "text/xml" } });
      },
      "/help/a.htm": topic("A", "d.htm"),
      "/help/b.htm": topic("B"),
      "/help/d.htm": topic("D"),
    });
    const { documents, unlisted } = await site.read(webCrawl, HELP);
    expect(documents.map(({ title }) => title)).toEqual(["Start", "B", "A", "D"]);
    expect(unlisted).toEqual([]);
  });

  test("takes a first page that leads nowhere for a list that is lost", async () => {
    await using site = new Site({ "/help/index.htm": topic("Start") });
    const { documents, unlisted } = await site.read(webCrawl, HELP);
    expect(documents.map(({ title }) => title)).toEqual(["Start"]);
    expect(unlisted).toMatchObject([{ path: site.url(HELP) }]);
  });

  test("names a page that cannot be had, and takes the list of pages for incomplete", async () => {
    await using site = new Site({
      [HELP]: topic("Start", "locked.htm", "a.htm"),
      "/help/locked.htm": status(403),
      "/help/a.htm": topic("A"),
    });
    const { documents, unlisted } = await site.read(webCrawl, HELP);
    expect(documents.map(({ title }) => title)).toEqual(["Start", "A"]);
    expect(unlisted).toEqual([
      { kind: "unlisted", path: site.url("/help/locked.htm"), reason: "not open to everybody: 403" },
    ]);
  });

  test("takes pages that are gone for gone: they are named, and nothing is missing", async () => {
    await using site = new Site({
      [HELP]: topic("Start", "old.htm", "older.htm"),
      "/help/older.htm": status(410),
    });
    const { documents, notes, unlisted } = await site.read(webCrawl, HELP);
    expect(documents).toHaveLength(1);
    expect(notes).toEqual([
      { kind: "skipped", path: site.url("/help/old.htm"), reason: "gone: the server answered 404" },
      { kind: "skipped", path: site.url("/help/older.htm"), reason: "gone: the server answered 410" },
    ]);
    expect(unlisted).toEqual([]);
  });

  test("yields its pages in the order of the links, whatever the server takes its time for", async () => {
    const names = Array.from({ length: 12 }, (_, number) => `p${(number * 7) % 12}`);
    const pages = (slow: (number: number) => boolean) =>
      Object.fromEntries(
        names.map((name, number) => [
          `/help/${name}.htm`,
          async () => {
            if (slow(number)) for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
            return html(topic(name));
          },
        ]),
      );
    const start = topic("Start", ...names.map((name) => `${name}.htm`));
    await using even = new Site({ [HELP]: start, ...pages((number) => number % 2 === 0) });
    await using odd = new Site({ [HELP]: start, ...pages((number) => number % 2 === 1) });
    const titles = async (site: Site) => (await site.read(webCrawl, HELP)).documents.map(({ title }) => title);
    expect(await titles(even)).toEqual(["Start", ...names]);
    expect(await titles(odd)).toEqual(["Start", ...names]);
  });

  test("does not read a page twice that says where it belongs, if that page says the same", async () => {
    const canonical = (to: string, page: string) => page.replace("<head>", `<head><link rel="canonical" href="${to}">`);
    await using site = new Site({
      [HELP]: topic("Start", "copy.htm", "original.htm", "wrong.htm", "circle.htm"),
      "/help/copy.htm": canonical("original.htm", topic("Original")),
      "/help/original.htm": topic("Original"),
      // Many sites name their front page on each of their pages.
      "/help/wrong.htm": canonical("index.htm", topic("Wrong")),
      "/help/circle.htm": canonical("circle2.htm", topic("Circle")),
      "/help/circle2.htm": canonical("circle.htm", topic("Circle two")),
    });
    const { documents, notes } = await site.read(webCrawl, HELP);
    expect(documents.map(({ title }) => title)).toEqual(["Start", "Original", "Wrong", "Circle two", "Circle"]);
    expect(documents[1]?.sourceUrl).toBe(site.url("/help/original.htm"));
    expect(notes).toMatchObject([
      {
        kind: "skipped",
        path: site.url("/help/copy.htm"),
        reason: `the same page as ${site.url("/help/original.htm")}`,
      },
    ]);
  });

  test("follows redirects to pages of its own, and makes one document of two ways to one page", async () => {
    await using site = new Site({
      [HELP]: topic("Start", "old.htm", "older.htm", "new.htm"),
      "/help/old.htm": redirect("/help/new.htm"),
      "/help/older.htm": redirect("old.htm", 302),
      "/help/new.htm": topic("New"),
    });
    const { documents, notes } = await site.read(webCrawl, HELP);
    expect(documents.map(({ sourceUrl }) => sourceUrl)).toEqual([site.url(HELP), site.url("/help/new.htm")]);
    expect(notes.map(({ path, kind }) => [kind, path])).toEqual([["skipped", site.url("/help/older.htm")]]);
  });

  test("stands breadcrumbs, tables of contents or folders before the title", async () => {
    const page = (inner: string, root = "") =>
      `<html ${root}><head><title>T</title></head><body><div class="body-container">${inner}<p>Some text.</p></div></body></html>`;
    await using site = new Site({
      [HELP]: topic("Start", "x/crumbs.htm", "x/toc.htm", "x/unnamed.htm", "x/y/folders.htm"),
      "/help/x/crumbs.htm": page(
        `<div class="MCBreadcrumbsBox_0"><span class="MCBreadcrumbsPrefix">You are here: </span><a class="MCBreadcrumbsLink" href="index.htm">Commands</a><span class="MCBreadcrumbsDivider"> &gt; </span><a class="MCBreadcrumbsLink" href="f.htm">Files</a></div>`,
        'data-mc-toc-path="Not|This"',
      ),
      "/help/x/toc.htm": page("", 'data-mc-toc-path="Language|Verbs"'),
      "/help/x/unnamed.htm": page(
        "",
        'data-mc-toc-path="[%=System.LinkedHeader%]|Verbs of [%=My.Name%]|[%=System.LinkedTitle%]"',
      ),
      "/help/x/y/folders.htm": page("", 'data-mc-toc-path="[%=System.LinkedHeader%]"'),
    });
    const { documents } = await site.read(webCrawl, HELP);
    expect(documents.map(({ contextHeader }) => contextHeader)).toEqual([
      "Start",
      "Commands > Files > T",
      "Language > Verbs > T",
      "Verbs of > T",
      "x > y > T",
    ]);
    expect(documents.map(({ content }) => content).join()).not.toContain("You are here");
  });
});

describe("the limits of a crawl", () => {
  test("page_limit ends it, and says so without failing", async () => {
    await using site = new Site({
      [HELP]: topic("Start", "a.htm", "b.htm", "c.htm"),
      ...Object.fromEntries(["a", "b", "c"].map((name) => [`/help/${name}.htm`, topic(name)])),
    });
    const { documents, notes, unlisted } = await site.read(webCrawl, HELP, { entry: { keys: { page_limit: 2 } } });
    expect(documents.map(({ title }) => title)).toEqual(["Start", "a"]);
    const reason = `page_limit is 2: at least 2 pages not read: ${site.url("/help/b.htm")}, ${site.url("/help/c.htm")}`;
    expect(notes).toEqual([{ kind: "skipped", path: `${site.url(HELP)}#page_limit`, reason }]);
    expect(unlisted).toEqual([]);
    expect(site.paths).not.toContain("/help/b.htm");
  });

  test("all pages together may weigh so much and no more", async () => {
    const names = ["a", "b", "c", "d"];
    await using site = new Site(Object.fromEntries(names.map((name) => [`/${name}`, topic(name.repeat(1_000))])));
    const { web, signal } = site.context("/");
    if (web === undefined) throw new Error("expected the web");
    const source = site.source(webCrawl);
    using cache = await PageCache.open({ path: site.cachePath, writable: true, source: source.name });
    const start = site.url("/a");
    const fetcher = new PageFetcher({ web, source, start, rateLimitMs: 0, bytesMax: () => 1e6, cache, signal });
    const links = names.map((name) => new URL(site.url(`/${name}`)));
    const read = async ({ url }: Page) => ({ links, lists: [], canonical: undefined, identity: url, twin: url });
    const scope = { start, follows: true, isWanted: () => true, whyLeftOut: () => undefined, lists: [], read };
    const crawl = new Crawl(scope, fetcher, { pagesMax: 100, pagesAreChosen: false, bytesMax: 5_000 });
    const outcomes = [];
    for await (const { kind, path } of crawl.pages()) outcomes.push([kind, new URL(path).pathname]);
    expect(outcomes).toEqual([
      ["page", "/a"],
      ["page", "/b"],
      ["unlisted", "/a"],
    ]);
    expect(crawl.whole).toBe(false);
  });

  test("page_limit counts pages, not the redirects that lead to them", async () => {
    await using site = new Site({
      [HELP]: topic("Start", "a.htm", "b.htm"),
      "/help/a.htm": redirect("a1.htm"),
      "/help/b.htm": redirect("b1.htm"),
      ...Object.fromEntries(["a1", "b1", "c", "d"].map((name) => [`/help/${name}.htm`, topic(name, "c.htm", "d.htm")])),
    });
    const { documents, notes } = await site.read(webCrawl, HELP, { entry: { keys: { page_limit: 5 } } });
    expect(documents.map(({ title }) => title)).toEqual(["Start", "a1", "b1", "c", "d"]);
    expect(notes).toEqual([]);
  });

  test("a maze of pages without end is left at the limit", async () => {
    const maze = new Proxy<Record<string, string>>(
      {},
      {
        get: (_, path) => {
          const room = /^\/help\/(?:index|room(\d+))\.htm$/.exec(String(path));
          if (room === null) return undefined;
          const number = Number(room[1] ?? 0);
          return topic(`Room ${number}`, ...[1, 2, 3].map((door) => `room${number * 3 + door}.htm`));
        },
      },
    );
    await using site = new Site(maze);
    const { documents } = await site.read(webCrawl, HELP, { entry: { keys: { page_limit: 40 } } });
    expect(documents).toHaveLength(40);
    expect(site.asked).toHaveLength(41);
  });

  test("a page that is too large is named, however small it was packed", async () => {
    const bomb = Bun.gzipSync(new Uint8Array(64 * 1_048_576).fill(0x20));
    await using site = new Site({
      [HELP]: topic("Start", "bomb.htm", "a.htm"),
      "/help/bomb.htm": () => html(bomb, { headers: { "content-encoding": "gzip" } }),
      "/help/a.htm": () => html(Bun.gzipSync(Buffer.from(topic("A"))), { headers: { "content-encoding": "gzip" } }),
    });
    const { documents, unlisted } = await site.read(webCrawl, HELP);
    expect(documents.map(({ title }) => title)).toEqual(["Start", "A"]);
    expect(unlisted).toMatchObject([{ path: site.url("/help/bomb.htm"), reason: "too large: more than 5.0 MB" }]);
  });

  test("a bomb is stopped while it is unpacked, and what is packed in an unknown way is named", async () => {
    const packed = (bytes: Uint8Array, encoding: string) => () =>
      html(Uint8Array.from(bytes), { headers: { "content-encoding": encoding } });
    const page = (title: string) => Buffer.from(topic(title));
    await using site = new Site({
      [HELP]: topic("Start", "br-bomb.htm", "br.htm", "deflate.htm", "raw.htm", "zip.htm"),
      "/help/br-bomb.htm": packed(brotliCompressSync(Buffer.alloc(16 * 1_048_576, 32)), "br"),
      "/help/br.htm": packed(brotliCompressSync(page("Brotli")), "BR"),
      "/help/deflate.htm": packed(deflateSync(page("Deflate")), "deflate"),
      "/help/raw.htm": packed(deflateRawSync(page("Raw")), "deflate"),
      "/help/zip.htm": packed(page("Zip"), "zip"),
    });
    const { documents, unlisted } = await site.read(webCrawl, HELP);
    expect(documents.map(({ title }) => title)).toEqual(["Start", "Brotli", "Deflate", "Raw"]);
    expect(unlisted.map(({ path, reason }) => [new URL(path).pathname, reason])).toEqual([
      ["/help/br-bomb.htm", "too large: more than 5.0 MB"],
      ["/help/zip.htm", "packed as zip, which cannot be unpacked here"],
    ]);
    expect(site.asked.every(({ headers }) => headers.get("accept-encoding") === "gzip, br")).toBe(true);
  });

  test("a server that is away is not asked for every page", async () => {
    const names = Array.from({ length: 50 }, (_, number) => `p${number}.htm`);
    await using site = new Site({
      [HELP]: topic("Start", ...names),
      ...Object.fromEntries(names.map((name) => [`/help/${name}`, status(503)])),
    });
    const { documents, unlisted } = await site.read(webCrawl, HELP);
    expect(documents).toHaveLength(1);
    expect(unlisted).toHaveLength(6);
    expect(unlisted.at(-1)).toMatchObject({
      path: site.url(HELP),
      reason: expect.stringMatching(
        /^5 pages in a row without an answer: 45 pages not asked for: \S+p5.htm, .* \.\.\.$/,
      ),
    });
    expect(new Set(site.paths).size).toBe(7);
  });
});

test("topics are told apart by the rules for topics of the BBj help", async () => {
  const page = (text: string) => `<html><head><title>T</title></head><body><main>${text}</main></body></html>`;
  await using site = new Site({
    [HELP]: topic("Start", "bbjobjects/window.htm", "notes.htm"),
    "/help/bbjobjects/window.htm": page(
      "<h2>Description</h2><p>A window.</p><h2>Syntax</h2><p>show()</p><h2>Parameters</h2><p>None.</p>",
    ),
    "/help/notes.htm": page("<h2>Release Notes</h2><p>The Dynamic Web Client is new.</p>"),
  });
  const { documents } = await site.read(webCrawl, HELP);
  expect(documents.slice(1)).toMatchObject([
    { docType: "api-reference", generations: ["bbj_gui"] },
    { docType: "version-note", generations: ["dwc"] },
  ]);
});
