import { describe, expect, test } from "bun:test";
import { VERSION } from "../../../src/text/program.ts";
import { patience } from "../../../src/parsers/web/http-get.ts";
import { parseRobots } from "../../../src/parsers/web/robots.ts";
import { webCrawl } from "../../../src/parsers/flare/published/entry.ts";
import { wordpressAdvantage, wordpressKb } from "../../../src/parsers/web/entry.ts";
import { readAll } from "../../support/read-source.ts";
import { until } from "../../support/until.ts";
import { WebClock } from "./web-clock.ts";
import { article, html, index, Site, status, topic } from "./site.ts";

const HELP = "/help/index.htm";
const KB = "/knowledge-base/";

describe("robots.txt", () => {
  test("keeps pages from being asked for, and each is named", async () => {
    await using site = new Site({
      "/robots.txt": "User-agent: *\nDisallow: /help/private/\nAllow: /help/private/open.htm\n",
      [HELP]: topic("Start", "private/a.htm", "private/open.htm", "b.htm"),
      "/help/private/a.htm": topic("A"),
      "/help/private/open.htm": topic("Open"),
      "/help/b.htm": topic("B"),
    });
    const { documents, notes, unlisted } = await site.read(webCrawl, HELP);
    expect(documents.map(({ title }) => title)).toEqual(["Start", "Open", "B"]);
    expect(notes).toEqual([
      { kind: "skipped", path: site.url("/help/private/a.htm"), reason: "robots.txt does not allow it" },
    ]);
    expect(unlisted).toEqual([]);
    expect(site.paths).not.toContain("/help/private/a.htm");
  });

  test("may have rules for this program alone", async () => {
    const rules = (agent: string) => `User-agent: *\nDisallow: /help/\n\nUser-agent: ${agent}\nDisallow: /help/b.htm\n`;
    await using site = new Site({
      "/robots.txt": rules("bbj-ingest-all"),
      [HELP]: topic("Start", "a.htm", "b.htm"),
      "/help/a.htm": topic("A"),
    });
    expect((await site.read(webCrawl, HELP)).documents.map(({ title }) => title)).toEqual(["Start", "A"]);
    site.pages["/robots.txt"] = rules("another-program");
    const { documents, unlisted } = await site.read(webCrawl, HELP);
    expect(documents).toEqual([]);
    expect(unlisted[0]).toMatchObject({ path: site.url(HELP), reason: "robots.txt does not allow it" });
  });

  test("that cannot be read allows nothing, and the source counts as not listed", async () => {
    await using site = new Site({ "/robots.txt": status(503), [HELP]: topic("Start") });
    const { documents, unlisted } = await site.read(webCrawl, HELP);
    expect(documents).toEqual([]);
    expect(unlisted).toEqual([
      {
        kind: "unlisted",
        path: site.url("/robots.txt"),
        reason: "what it allows is not known: the server answered 503",
      },
    ]);
    expect(new Set(site.paths)).toEqual(new Set(["/robots.txt"]));
  });

  test("allows everything where it may not be read, and nothing where its server is broken", async () => {
    await using site = new Site({
      "/robots.txt": status(403),
      [KB]: index("kb1"),
      "/knowledge-base/kb1": article("One"),
    });
    expect((await site.read(wordpressKb, KB)).documents).toHaveLength(1);
    site.pages["/robots.txt"] = status(501);
    expect(await site.read(wordpressKb, KB)).toMatchObject({
      documents: [],
      unlisted: [{ path: site.url("/robots.txt"), reason: "what it allows is not known: the server answered 501" }],
    });
  });

  test("counts as far as half a megabyte, however long it is", async () => {
    const rules = `User-agent: *\nDisallow: /knowledge-base/kb1\n${"# filler\n".repeat(200_000)}Disallow: /knowledge-base/kb2\n`;
    await using site = new Site({
      "/robots.txt": () => new Response(Bun.gzipSync(Buffer.from(rules)), { headers: { "content-encoding": "gzip" } }),
      [KB]: index("kb1", "kb2"),
      "/knowledge-base/kb1": article("One"),
      "/knowledge-base/kb2": article("Two"),
    });
    const { documents, unlisted } = await site.read(wordpressKb, KB);
    expect(documents.map(({ title }) => title)).toEqual(["Two"]);
    expect(unlisted).toEqual([]);
  });

  test("holds for both protocols of its host", () => {
    const rules = parseRobots("http://docs.test/robots.txt", "User-agent: *\nDisallow: /private/", "x");
    expect(rules.allows("http://docs.test/private/a.htm")).toBe(false);
    expect(rules.allows("https://docs.test/private/a.htm")).toBe(false);
    expect(rules.allows("https://docs.test//private/a.htm")).toBe(true);
    expect(rules.allows("https://docs.test/open/a.htm")).toBe(true);
  });

  test("may ask for a longer pause than the source does", async () => {
    await using site = new Site({
      "/robots.txt": "User-agent: *\nCrawl-delay: 5\n",
      [HELP]: topic("Start", "a.htm"),
      "/help/a.htm": topic("A"),
    });
    await site.read(webCrawl, HELP);
    expect(site.asked.map(({ atMs }) => atMs)).toEqual([0, 5_000, 10_000, 15_000, 20_000, 25_000]);
  });
});

describe("requests", () => {
  test("say who asks", async () => {
    await using site = new Site({ [KB]: index("kb1") });
    await site.read(wordpressKb, KB);
    expect(site.asked.map(({ headers }) => headers.get("user-agent"))).toEqual([
      `bbj-ingest-all/${VERSION}`,
      `bbj-ingest-all/${VERSION}`,
      `bbj-ingest-all/${VERSION}`,
    ]);
  });

  test.each([
    { parser: webCrawl, start: HELP, pauseMs: 500 },
    { parser: wordpressKb, start: KB, pauseMs: 1_000 },
    { parser: wordpressAdvantage, start: "/advantage-index/", pauseMs: 1_000 },
  ])("of $parser.name are $pauseMs ms apart", async ({ parser, start, pauseMs }) => {
    const links = ["/help/a.htm", "/knowledge-base/kb1", "/advantage/a"];
    await using site = new Site({
      [start]: index(...links),
      ...Object.fromEntries(links.map((link) => [link, index()])),
    });
    await site.read(parser, start);
    expect(site.asked.map(({ atMs }) => atMs).slice(0, 3)).toEqual([0, pauseMs, 2 * pauseMs]);
  });

  test("keep the distance the source asks for, over all sources of a run", async () => {
    await using site = new Site({
      [HELP]: topic("Start", "a.htm"),
      [KB]: index("kb1"),
      "/knowledge-base/kb1": article("One"),
    });
    const context = site.context("");
    const settings = { crawl_base_url: site.url(HELP), kb_index_url: site.url(KB) };
    for (const parser of [webCrawl, wordpressKb]) {
      await readAll(parser, site.source(parser, { keys: { rate_limit: 3 } }), { ...context, settings });
    }
    expect(site.asked.map(({ atMs }) => atMs)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8].map((turn) => turn * 3_000));
  });

  test("are made again after what the server asks for, and after pauses that grow", async () => {
    const busy = [status(429, { "retry-after": "17" }), status(503), status(500)];
    await using site = new Site({
      [HELP]: topic("Start", "a.htm"),
      "/help/a.htm": (request, nth) => {
        const answer = busy[nth - 1];
        return typeof answer === "function" ? answer(request, nth) : html(topic("A"));
      },
    });
    const { documents, unlisted } = await site.read(webCrawl, HELP, { entry: { keys: { rate_limit: 0 } } });
    expect(documents.map(({ title }) => title)).toEqual(["Start", "A"]);
    expect(unlisted).toEqual([]);
    const [first = 0, second = 0, third = 0] = site.clock.pauses.filter((ms) => ms > 0);
    expect(first).toBe(17_000);
    expect(second).toBeGreaterThanOrEqual(2_000);
    expect(third).toBeGreaterThanOrEqual(4_000);
  });

  test("are made again at the time the server names", async () => {
    await using site: Site = new Site({
      [HELP]: topic("Start", "a.htm"),
      "/help/a.htm": (_, nth) => {
        if (nth > 1) return html(topic("A"));
        const later = new Date(site.clock.date().getTime() + 9_000).toUTCString();
        return html("busy", { status: 503, headers: { "retry-after": later } });
      },
    });
    await site.read(webCrawl, HELP, { entry: { keys: { rate_limit: 0 } } });
    expect(site.clock.pauses.filter((ms) => ms > 0)).toEqual([9_000]);
  });

  test("are made again when what comes is damaged", async () => {
    const packed = Bun.gzipSync(Buffer.from(topic("A")));
    const headers = { "content-encoding": "gzip" };
    await using site = new Site({
      [HELP]: topic("Start", "a.htm"),
      "/help/a.htm": (_, nth) => html(nth > 1 ? packed : packed.subarray(0, packed.length - 20), { headers }),
    });
    const { documents } = await site.read(webCrawl, HELP);
    expect(documents.map(({ title }) => title)).toEqual(["Start", "A"]);
    expect(site.paths.filter((path) => path === "/help/a.htm")).toHaveLength(2);
  });

  test("are made again when the connection breaks, and given up when it always does", async () => {
    let connections = 0;
    const server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: () => void connections++,
        data: (socket) =>
          void socket.end("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 99\r\n\r\n<p>"),
      },
    });
    await using site = new Site({});
    const settings = { kb_index_url: `http://127.0.0.1:${server.port}/` };
    const context = site.context("", { settings });
    const { documents, unlisted } = await readAll(wordpressKb, site.source(wordpressKb), context);
    await server.stop(true);
    expect(documents).toEqual([]);
    expect(unlisted).toMatchObject([{ path: `http://127.0.0.1:${server.port}/robots.txt` }]);
    expect(unlisted[0]?.reason).toContain("the connection broke");
    expect(connections).toBe(4);
  });

  test("are not made again for what will not pass", async () => {
    await using site = new Site({
      [KB]: index("kb1", "kb2"),
      "/knowledge-base/kb1": status(403),
      "/knowledge-base/kb2": status(400),
    });
    const { notes } = await site.read(wordpressKb, KB);
    expect(notes.map(({ kind, reason }) => [kind, reason])).toEqual([
      ["failed", "not open to everybody: 403"],
      ["failed", "the server answered 400"],
    ]);
    expect(site.paths.filter((path) => path.includes("kb"))).toHaveLength(2);
  });
});

describe("a page that does not come", () => {
  test("never begins: it is given up and named, and the others are read", async () => {
    await using site: Site = new Site({
      [KB]: index("kb1", "kb2"),
      "/knowledge-base/kb1": () => {
        queueMicrotask(() => site.clock.advance(30_000));
        return new Promise<Response>(() => {});
      },
      "/knowledge-base/kb2": article("Two"),
    });
    const { documents, notes } = await site.read(wordpressKb, KB);
    expect(documents.map(({ title }) => title)).toEqual(["Two"]);
    expect(notes).toEqual([{ kind: "failed", path: site.url("/knowledge-base/kb1"), reason: "no answer for 30 s" }]);
    expect(site.paths.filter((path) => path.endsWith("kb1"))).toHaveLength(4);
  });

  test("falls silent: it is given up", async () => {
    await using site: Site = new Site({
      [KB]: index("kb1", "kb2"),
      "/knowledge-base/kb1": () => {
        let isLeft = false;
        const body = new ReadableStream({
          async start(controller) {
            controller.enqueue(new TextEncoder().encode("<html>"));
            while (!isLeft) {
              await new Promise(setImmediate);
              site.clock.advance(1_000);
            }
          },
          cancel: () => void (isLeft = true),
        });
        return new Response(body, { headers: { "content-type": "text/html" } });
      },
      "/knowledge-base/kb2": article("Two"),
    });
    const { documents, notes } = await site.read(wordpressKb, KB);
    expect(documents.map(({ title }) => title)).toEqual(["Two"]);
    expect(notes).toMatchObject([{ kind: "failed", reason: "no answer for 30 s" }]);
  });

  test("never ends: it is given up although there is always one byte more", async () => {
    await using site: Site = new Site({
      [KB]: index("kb1", "kb2"),
      "/knowledge-base/kb1": () => {
        const body = new ReadableStream({
          async pull(controller) {
            controller.enqueue(new TextEncoder().encode(" "));
            site.clock.advance(250);
            await new Promise(setImmediate);
          },
        });
        return new Response(body, { headers: { "content-type": "text/html" } });
      },
      "/knowledge-base/kb2": article("Two"),
    });
    const { documents, notes } = await site.read(wordpressKb, KB);
    expect(documents.map(({ title }) => title)).toEqual(["Two"]);
    expect(notes).toMatchObject([{ kind: "failed", path: site.url("/knowledge-base/kb1") }]);
  });

  test("is given up after five minutes, however much of it there is by then", async () => {
    const clock = new WebClock();
    const { signal } = new AbortController();
    using watch = patience(clock, signal);
    for (let second = 0; second < 299; second++) {
      watch.heard();
      clock.advance(1_000);
      await new Promise(setImmediate);
    }
    expect(watch.signal.aborted).toBe(false);
    clock.advance(1_000);
    await new Promise(setImmediate);
    expect(watch.signal.reason).toMatchObject({ message: "it did not end within 300 s", decision: "retry" });
  });

  test("is waited for no longer when the run is stopped", async () => {
    const stop = new AbortController();
    const reason = new Error("Ctrl-C");
    await using site = new Site({
      [HELP]: () => {
        queueMicrotask(() => stop.abort(reason));
        return new Promise<Response>(() => {});
      },
    });
    const reading = site.read(webCrawl, HELP, { context: { signal: stop.signal } });
    expect(await reading.catch((error: unknown) => error)).toBe(reason);
  });

  test("and a pause between two requests ends when the run is stopped", async () => {
    const stop = new AbortController();
    const reason = new Error("Ctrl-C");
    await using site = new Site({
      "/robots.txt": "User-agent: *\nCrawl-delay: 40\n",
      [HELP]: topic("Start"),
    });
    const reading = site.read(webCrawl, HELP, { context: { signal: stop.signal } }).catch((error: unknown) => error);
    await until(() => site.clock.waits.includes(40_000));
    stop.abort(reason);
    expect(await reading).toBe(reason);
    expect(site.paths).toEqual(["/robots.txt"]);
  });
});
