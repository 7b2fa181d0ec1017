import { describe, expect, test } from "bun:test";
import { webCrawl } from "../../../src/parsers/flare/published/entry.ts";
import { ParseThreads, type ParseWorker } from "../../../src/ingest/parse-threads.ts";
import { type ReadInput, type ReadOptions, readSource } from "../../../src/ingest/read-source.ts";
import type { ParserEntry } from "../../../src/parsers/define-parser.ts";
import { wordpressAdvantage } from "../../../src/parsers/web/entry.ts";
import { startParseWorker } from "../../../src/start-parse-worker.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { startWorkerHere } from "../../support/parse-input.ts";
import { article, html, index, Site, topic } from "./site.ts";

const HELP = "/help/";
const PAGES = {
  [HELP]: topic("Start", "a.htm", "b.htm"),
  "/help/a.htm": topic("A", "c.htm"),
  "/help/b.htm": topic("B"),
  "/help/c.htm": topic("C"),
};

/** Workers that are counted, made by `start`. */
class Workers {
  started = 0;
  ended = 0;
  readonly start: () => ParseWorker;

  constructor(start: () => ParseWorker) {
    this.start = () => {
      this.started++;
      const worker = start();
      const end = worker.terminate.bind(worker);
      return Object.assign(worker, { terminate: () => (this.ended++, end()) });
    };
  }
}

type RunOptions = Partial<ReadOptions> & { readonly parser?: ParserEntry; readonly start?: string };

/** What a run makes of a site. */
async function* run(
  site: Site,
  threads: ParseThreads,
  { parser: kind = webCrawl, start = HELP, ...options }: RunOptions = {},
): AsyncGenerator<ReadInput> {
  const context = site.context(start);
  const entry = site.source(kind, { keys: { rate_limit: 0 } });
  const parser = await kind.load(context.settings ?? {}, entry.keys);
  yield* readSource({ entry, parser }, { chunkSize: 400, chunkOverlap: 0, context, threads, ...options });
}

/** It never answers. */
function silentWorker(): ParseWorker {
  return Object.assign(startWorkerHere(), { postMessage() {} });
}

/** Titles of pages, or what is said of them, in their order. */
function titlesOf(inputs: readonly ReadInput[]): string[] {
  return inputs.flatMap((input) => {
    if (input.kind === "parsed")
      return input.documents.map(({ document, chunks }) => `${document.title} (${chunks.length})`);
    return input.kind === "unchanged" ? "unchanged" : "reason" in input ? input.reason : "";
  });
}

/** A Worker that does with the page B what the test wants. */
function withB(what: (worker: EventTarget) => void): () => ParseWorker {
  return () => {
    const worker = startWorkerHere();
    const { postMessage } = worker;
    return Object.assign(worker, {
      postMessage: (request: object, moves: ArrayBuffer[]) => {
        if (JSON.stringify(request).includes("/b.htm")) what(worker);
        else postMessage(request, moves);
      },
    });
  };
}

describe("the pages of a site", () => {
  test("are parsed and cut in a Worker, and it is one however many they are", async () => {
    await using site = new Site(PAGES);
    const workers = new Workers(startParseWorker);
    using threads = new ParseThreads({ start: workers.start });
    expect(titlesOf(await Array.fromAsync(run(site, threads)))).toEqual(["A (1)", "B (1)", "C (1)"]);
    expect(workers.started).toBe(1);
  });

  test("start no Worker where there is nothing to parse", async () => {
    await using site = new Site({ [HELP]: () => html("", { headers: { "content-type": "text/html" } }) });
    const workers = new Workers(startWorkerHere);
    using threads = new ParseThreads({ start: workers.start });
    const outcomes = titlesOf(await Array.fromAsync(run(site, threads)));
    expect(outcomes).toContain("the server sent an empty page");
    expect(workers.started).toBe(0);
  });

  test("are asked for one after the other, whatever takes long", async () => {
    await using site = new Site(PAGES);
    using threads = new ParseThreads({ start: startWorkerHere });
    const inputs = run(site, threads, { sequential: true });
    await inputs.next();
    expect(site.paths.filter((path) => path in PAGES)).toEqual([HELP, "/help/a.htm"]);
    await inputs.return(undefined);
  });

  test("are recognised by what the Worker read, and then are not cut", async () => {
    await using site = new Site(PAGES);
    using threads = new ParseThreads({ start: startWorkerHere });
    const known = new Map(
      (await Array.fromAsync(run(site, threads))).flatMap((input) =>
        input.kind === "parsed"
          ? [[input.path, { fingerprint: input.fingerprint, documents: 1, complete: 1, chunks: 1, notes: [] }] as const]
          : [],
      ),
    );
    expect(known.size).toBe(3);
    expect(titlesOf(await Array.fromAsync(run(site, threads, { known })))).toEqual(Array(3).fill("unchanged"));
  });

  test.each([
    ["ends its Worker", (worker: EventTarget) => void worker.dispatchEvent(new Event("close"))],
    [
      "meets a bug",
      (worker: EventTarget) => void worker.dispatchEvent(Object.assign(new Event("error"), { message: "a bug" })),
    ],
  ])("that %s fails alone, and the crawl goes on", async (_, what) => {
    await using site = new Site(PAGES);
    const workers = new Workers(withB(what));
    using threads = new ParseThreads({ start: workers.start });
    const [a, b, ...others] = titlesOf(await Array.fromAsync(run(site, threads)));
    expect([a, ...others]).toEqual(["A (1)", "C (1)"]);
    expect(b).toStartWith("its parser crashed: ");
    expect([workers.started, workers.ended]).toEqual([2, 1]);
  });

  test("have a limit of their own, whatever that of a PDF is", async () => {
    await using site = new Site({ "/": index("/advantage/a"), "/advantage/a": article("A") });
    using threads = new ParseThreads({ start: silentWorker, clock: new FakeClock() });
    const inputs = run(site, threads, { parser: wordpressAdvantage, start: "/" });
    expect(titlesOf(await Array.fromAsync(inputs))[0]).toBe(
      "takes longer than the 60 s that a file of its size may take",
    );
  });

  test("end with the run, in the middle of one", async () => {
    await using site = new Site(PAGES);
    const stopped = new AbortController();
    const reason = new Error("Ctrl-C");
    const workers = new Workers(withB(() => stopped.abort(reason)));
    using threads = new ParseThreads({ start: workers.start });
    const context = site.context(HELP, { signal: stopped.signal });
    const error = await Array.fromAsync(run(site, threads, { context })).catch((thrown: unknown) => thrown);
    expect(error).toBe(reason);
    expect([workers.started, workers.ended]).toEqual([1, 1]);
  });
});
