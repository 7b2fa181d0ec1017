import { describe, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { webCrawl } from "../../../src/parsers/flare/published/entry.ts";
import { wordpressKb } from "../../../src/parsers/web/entry.ts";
import { readAll } from "../../support/read-source.ts";
import { type Answer, article, html, index, Site, status, topic } from "./site.ts";

const HELP = "/help/index.htm";
const KB = "/knowledge-base/";

/** A page that a server knows again: 304 while its text is the same. */
function known(page: () => string, by: "etag" | "last-modified" = "etag"): Answer {
  return (request) => {
    const mark = by === "etag" ? `"${Bun.hash(page())}"` : new Date(Bun.hash.crc32(page()) * 1_000).toUTCString();
    const seen = request.headers.get(by === "etag" ? "if-none-match" : "if-modified-since");
    return seen === mark ? new Response(null, { status: 304 }) : html(page(), { headers: { [by]: mark } });
  };
}

/** Answers since the site was last forgotten, by their status. */
async function statuses(site: Site, read: () => Promise<unknown>): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  const pages = { ...site.pages };
  for (const [path, answer] of Object.entries(pages)) {
    if (typeof answer !== "function") continue;
    site.pages[path] = async (request, nth) => {
      const response = await answer(request, nth);
      (found[response.status] ??= []).push(path);
      return response;
    };
  }
  await read();
  Object.assign(site.pages, pages);
  return found;
}

describe("a page that did not change", () => {
  test.each(["etag", "last-modified"] as const)(
    "costs a 304 by its %s, and its links are followed still",
    async (by) => {
      let b = "B";
      await using site = new Site({
        [HELP]: known(() => topic("Start", "a.htm"), by),
        "/help/a.htm": known(() => topic("A", "b.htm"), by),
        "/help/b.htm": known(() => topic(b), by),
      });
      const first = await site.read(webCrawl, HELP);
      expect(first.documents.map(({ title }) => title)).toEqual(["Start", "A", "B"]);

      let second = first;
      const read = async () => void (second = await site.read(webCrawl, HELP));
      expect(await statuses(site, read)).toEqual({ 304: [HELP, "/help/a.htm", "/help/b.htm"] });
      expect(second).toEqual(first);

      b = "B two";
      expect(await statuses(site, read)).toEqual({ 304: [HELP, "/help/a.htm"], 200: ["/help/b.htm"] });
      expect(second.documents.map(({ title }) => title)).toEqual(["Start", "A", "B two"]);
    },
  );

  test("is fetched whole where its server gives it no mark", async () => {
    await using site = new Site({ [KB]: index("kb1"), "/knowledge-base/kb1": article("One") });
    await site.read(wordpressKb, KB);
    await site.read(wordpressKb, KB);
    const conditions = site.asked.flatMap(({ headers }) => headers.get("if-none-match") ?? []);
    expect(conditions).toEqual([]);
  });

  test("has the same fingerprint, although the site around it changes with every answer", async () => {
    let text = "One";
    await using site = new Site({
      [KB]: index("kb1"),
      "/knowledge-base/kb1": (_, nth) =>
        html(
          article(text).replace("<body>", `<body><nav>${nth} visitors</nav><script nonce="${nth}">x(${nth})</script>`),
        ),
    });
    const fingerprint = async () => [...(await site.read(wordpressKb, KB)).fingerprints.values()];
    const first = await fingerprint();
    expect(await fingerprint()).toEqual(first);
    text = "Two";
    expect(await fingerprint()).not.toEqual(first);
  });

  test("is not taken for unchanged when another source asks for it", async () => {
    await using site = new Site({
      [HELP]: known(() => topic("Start", "a.htm")),
      "/help/a.htm": known(() => topic("A")),
    });
    await site.read(webCrawl, HELP, { entry: { name: "one" } });
    const read = () => site.read(webCrawl, HELP, { entry: { name: "two" } });
    expect(await statuses(site, read)).toEqual({ 200: [HELP, "/help/a.htm"] });
  });
});

describe("the file of pages", () => {
  test("may be damaged or gone: pages are fetched whole, and the documents are the same", async () => {
    await using site = new Site({
      [HELP]: known(() => topic("Start", "a.htm")),
      "/help/a.htm": known(() => topic("A")),
    });
    const first = await site.read(webCrawl, HELP);
    rmSync(site.cachePath);
    expect(await site.read(webCrawl, HELP)).toEqual(first);
    writeFileSync(site.cachePath, "not a database at all".repeat(100));
    const { notes, ...rest } = await site.read(webCrawl, HELP);
    expect(rest.documents).toEqual(first.documents);
    expect(notes).toMatchObject([{ kind: "warning", path: site.cachePath }]);
  });

  test("forgets pages that are gone, but not after a run that saw only some", async () => {
    let links = ["kb1", "kb2"];
    const two = known(() => article("Two"));
    await using site = new Site({
      [KB]: () => html(index(...links)),
      "/knowledge-base/kb1": known(() => article("One")),
      "/knowledge-base/kb2": two,
    });
    const read = () => site.read(wordpressKb, KB);
    await read();
    site.pages["/knowledge-base/kb1"] = status(403);
    links = ["kb1"];
    await read();
    links = ["kb1", "kb2"];
    expect(await statuses(site, read)).toMatchObject({ 304: ["/knowledge-base/kb2"] });

    site.pages["/knowledge-base/kb1"] = article("One");
    links = ["kb1"];
    await read();
    links = ["kb1", "kb2"];
    expect(await statuses(site, read)).toEqual({ 200: [KB, "/knowledge-base/kb2"] });
  });

  test("is not written by a run that changes nothing", async () => {
    await using site = new Site({
      [HELP]: known(() => topic("Start", "a.htm")),
      "/help/a.htm": known(() => topic("A")),
    });
    const read = () => readAll(webCrawl, site.source(webCrawl), site.context(HELP, {}, false));
    expect((await read()).notes).toEqual([]);
    expect(await Bun.file(site.cachePath).exists()).toBe(false);
    await site.read(webCrawl, HELP);
    const before = await Bun.file(site.cachePath).bytes();
    expect(await statuses(site, read)).toEqual({ 304: [HELP, "/help/a.htm"] });
    expect(await Bun.file(site.cachePath).bytes()).toEqual(before);
  });

  test("a 304 that nobody asked for is no page", async () => {
    await using site = new Site({
      [KB]: index("kb1"),
      "/knowledge-base/kb1": () => new Response(null, { status: 304 }),
    });
    const { notes } = await site.read(wordpressKb, KB);
    expect(notes).toMatchObject([{ kind: "failed", reason: "the server answered 304" }]);
  });
});
