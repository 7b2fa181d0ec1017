import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { IngestError } from "../../src/flow/errors.ts";
import { FailureLog } from "../../src/ingest/failure-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { HandClock } from "../support/hand-clock.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { type Page, pageParser } from "../support/page-parser.ts";
import { runIngestor, SpyEmbedder } from "../support/run-ingestor.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const pages = (count: number, word = "text"): Page[] =>
  Array.from({ length: count }, (_, index) => ({
    path: `page-${String(index).padStart(3, "0")}.md`,
    content: `A ${word} number ${index} on channels.`,
  }));

function corpus() {
  const directory = temporaryDirectory();
  const store = new MemoryStore();
  const embedder = new SpyEmbedder();
  return {
    directory: directory.path,
    store,
    embedder,
    log: new FailureLog(join(directory.path, "failures.json")),
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

const busy = () => new IngestError("server busy", { decision: "retry", code: "embedder_busy" });
const refused = () => new IngestError("invalid input", { decision: "split", code: "refused" });

describe("a run", () => {
  test("stores every chunk, in batches that cross documents and sources", async () => {
    using world = corpus();
    const { result } = await runIngestor(
      { a: pageParser(() => pages(5)), b: pageParser(() => pages(5, "other")) },
      world,
    );
    expect(result.chunksEmbedded).toBe(10);
    expect(result.chunksStored).toBe(10);
    expect(world.embedder.batches.map((batch) => batch.length)).toEqual([4, 4, 2]);
    expect(result.sources.map(({ source, status }) => [source, status])).toEqual([
      ["a", "OK"],
      ["b", "OK"],
    ]);
    expect(world.store.rows()).toHaveLength(10);
  });

  test("has no more requests in flight than workers", async () => {
    using world = corpus();
    world.embedder.before = () => new Promise((resolve) => setImmediate(resolve));
    await runIngestor({ a: pageParser(() => pages(60)) }, world, { workers: 3 });
    expect(world.embedder.inFlightMax).toBe(3);
  });

  test("again, over the same pages, parses nothing, sends nothing and writes nothing", async () => {
    using world = corpus();
    const parser = pageParser(() => pages(12));
    await runIngestor({ a: parser }, world);
    const writes = world.store.writes.length;
    parser.parsed.length = 0;
    const { result } = await runIngestor({ a: parser }, { ...world, embedder: new SpyEmbedder() });
    expect(parser.parsed).toEqual([]);
    expect(world.store.writes).toHaveLength(writes);
    expect(result.sources[0]).toMatchObject({
      status: "UNCHANGED",
      documents: 12,
      chunks: 12,
      embedded: 0,
      reused: 12,
    });
  });

  test("gives the same rows sequentially, in parallel and with any number of workers", async () => {
    const rows: string[][] = [];
    for (const options of [
      { sequential: true, workers: 1 },
      { workers: 1 },
      { workers: 4 },
      { workers: 8, batchSize: 7 },
    ]) {
      using world = corpus();
      await runIngestor({ a: pageParser(() => pages(30)), b: pageParser(() => pages(9)) }, world, options);
      rows.push(world.store.rows());
    }
    for (const other of rows.slice(1)) expect(other).toEqual(rows[0] ?? []);
  });

  test("sends a text that two documents have once", async () => {
    using world = corpus();
    const same = "Close the channel after use.";
    const twice = (): Page[] => [{ path: "p.md", content: same }];
    await runIngestor({ a: pageParser(twice), b: pageParser(twice) }, world);
    expect(world.embedder.texts).toHaveLength(1);
    expect(world.store.rows()).toHaveLength(2);
  });

  test("embeds only the page that changed, and takes its old chunk away", async () => {
    using world = corpus();
    await runIngestor({ a: pageParser(() => pages(8)) }, world);
    const edited = pages(8).map((page, index) => (index === 3 ? { path: page.path, content: "Rewritten." } : page));
    const embedder = new SpyEmbedder();
    const { result } = await runIngestor({ a: pageParser(() => edited) }, { ...world, embedder });
    expect(embedder.texts).toHaveLength(1);
    expect(result.sources[0]).toMatchObject({ embedded: 1, reused: 7, removed: 1, status: "OK" });
    using fresh = corpus();
    await runIngestor({ a: pageParser(() => edited) }, fresh);
    expect(world.store.rows()).toEqual(fresh.store.rows());
  });

  test("a document that moves to a later source is not embedded again", async () => {
    using world = corpus();
    const [moving, ...staying] = pages(6);
    if (moving === undefined) throw new Error("no page");
    const target: Page[] = [{ path: "other.md", content: "Something else." }];
    await runIngestor({ a: pageParser(() => [moving, ...staying]), b: pageParser(() => target) }, world);
    const embedder = new SpyEmbedder();
    await runIngestor(
      { a: pageParser(() => staying), b: pageParser(() => [...target, moving]) },
      { ...world, embedder },
    );
    expect(embedder.texts).toEqual([]);
    expect(world.store.documents.get("a")?.size).toBe(5);
    expect(world.store.documents.get("b")?.size).toBe(2);
  });
});

describe("a failing embedder", () => {
  test("that fails now and then costs retries, not chunks", async () => {
    using world = corpus();
    let fail = 0;
    world.embedder.before = () => {
      if (++fail % 3 === 1) throw busy();
    };
    const clock = new FakeClock();
    const { result, reporter } = await runIngestor({ a: pageParser(() => pages(20)) }, world, { clock });
    expect(result.failedChunks).toBe(0);
    expect(world.store.rows()).toHaveLength(20);
    expect(reporter.of("retry").length).toBeGreaterThan(0);
    expect(Math.min(...clock.sleeps)).toBeGreaterThanOrEqual(1_000);
  });

  test("that refuses one text costs that text alone, in few requests, and the log names exactly it", async () => {
    using world = corpus();
    world.embedder.before = (texts) => {
      if (texts.some((text) => text.includes("number 9 "))) throw refused();
    };
    const { result, reporter } = await runIngestor({ a: pageParser(() => pages(64)) }, world, { batchSize: 64 });
    expect(result.sources[0]).toMatchObject({ status: "PARTIAL", embedded: 63, failed: 1 });
    expect(world.embedder.batches.length).toBeLessThanOrEqual(1 + 2 * Math.log2(64));
    expect((await world.log.read()).entries).toMatchObject([
      { source: "a", source_url: "pages://page-009.md", error: "invalid input", title: "page-009.md", chunk_index: 0 },
    ]);
    expect(reporter.of("failure")).toHaveLength(1);
    expect(world.store.documents.get("a")?.get("pages://page-009.md")?.write.complete).toBe(false);
  });

  test("a failed document keeps its old rows, and the next run finishes it and empties the log", async () => {
    using world = corpus();
    await runIngestor({ a: pageParser(() => pages(3)) }, world);
    const edited = pages(3).map((page, index) => (index === 1 ? { path: page.path, content: "Poison." } : page));
    world.embedder.before = (texts) => {
      if (texts.some((text) => text.includes("Poison"))) throw refused();
    };
    await runIngestor({ a: pageParser(() => edited) }, world);
    expect(world.store.rows()).toHaveLength(3);
    world.embedder.before = () => {};
    const { result } = await runIngestor({ a: pageParser(() => edited) }, world);
    expect(result.sources[0]).toMatchObject({ status: "OK", embedded: 1 });
    expect(existsSync(world.log.path)).toBe(false);
    using fresh = corpus();
    await runIngestor({ a: pageParser(() => edited) }, fresh);
    expect(world.store.rows()).toEqual(fresh.store.rows());
  });

  test("--retry-failed embeds exactly the failed chunks, and nothing is swept", async () => {
    using world = corpus();
    world.embedder.before = (texts) => {
      if (texts.some((text) => /number [37] /.test(text))) throw refused();
    };
    await runIngestor({ a: pageParser(() => pages(10)) }, world);
    expect((await world.log.read()).entries).toHaveLength(2);
    const embedder = new SpyEmbedder();
    const grown = [...pages(9), { path: "new.md", content: "Written since." }];
    const { result } = await runIngestor({ a: pageParser(() => grown) }, { ...world, embedder }, { retryFailed: true });
    expect(embedder.texts.map((text) => /number (\d)/.exec(text)?.[1] ?? "").sort()).toEqual(["3", "7"]);
    expect(result.sources[0]).toMatchObject({ status: "OK", embedded: 2, removed: 0 });
    expect(world.store.documents.get("a")?.size).toBe(10);
    expect(existsSync(world.log.path)).toBe(false);
  });

  test("--retry-failed keeps an entry that fails again, and embeds what a document that was edited says now", async () => {
    using world = corpus();
    world.embedder.before = (texts) => {
      if (texts.some((text) => /number [37] /.test(text))) throw refused();
    };
    await runIngestor({ a: pageParser(() => pages(10)) }, world);
    const edited = pages(10).map((page, index) => (index === 7 ? { path: page.path, content: "Rewritten." } : page));
    const { result } = await runIngestor({ a: pageParser(() => edited) }, world, { retryFailed: true });
    expect(result.failedChunks).toBe(1);
    expect(result.sources[0]).toMatchObject({ status: "PARTIAL", embedded: 1 });
    expect((await world.log.read()).entries.map(({ source_url }) => source_url)).toEqual(["pages://page-003.md"]);
    expect(world.store.documents.get("a")?.get("pages://page-007.md")?.write.complete).toBe(true);
    world.embedder.before = () => {};
    await runIngestor({ a: pageParser(() => edited) }, world, { retryFailed: true });
    expect(existsSync(world.log.path)).toBe(false);
    using fresh = corpus();
    await runIngestor({ a: pageParser(() => edited) }, fresh);
    expect(world.store.rows()).toEqual(fresh.store.rows());
  });

  test("--retry-failed takes a file whole whose document has another address by now", async () => {
    using world = corpus();
    const file = (...names: string[]): Page[] => [
      { path: "manual.pdf", content: names.join("\n\n"), documents: names },
    ];
    world.embedder.before = (texts) => {
      if (texts.some((text) => text.includes("second"))) throw refused();
    };
    await runIngestor({ a: pageParser(() => file("first", "second")) }, world);
    world.embedder.before = () => {};
    const edited = file("first", "second, with another title");
    const { result, reporter } = await runIngestor({ a: pageParser(() => edited) }, world, { retryFailed: true });
    expect(result.sources[0]).toMatchObject({ status: "OK", embedded: 1 });
    expect([...(world.store.documents.get("a")?.keys() ?? [])]).toContain(
      "pages://manual.pdf#second, with another title",
    );
    expect(reporter.of("warning").map(({ path, reason }) => [path, reason])).toEqual([
      ["pages://manual.pdf#second", "the source does not have it any more; 1 failed chunk left the failure log"],
    ]);
    await runIngestor({ a: pageParser(() => edited) }, world);
    using fresh = corpus();
    await runIngestor({ a: pageParser(() => edited) }, fresh);
    expect(world.store.rows()).toEqual(fresh.store.rows());
  });

  test("--retry-failed does not take a document for gone that may be in a file that it passes over", async () => {
    using world = corpus();
    world.embedder.before = (texts) => {
      if (texts.some((text) => text.includes("number 1 "))) throw refused();
    };
    await runIngestor({ a: pageParser(() => pages(3)) }, world);
    world.embedder.before = () => {};
    const moved = pages(3).map((page) => (page.path === "page-001.md" ? { ...page, path: "moved.md" } : page));
    const { result, reporter } = await runIngestor({ a: pageParser(() => moved) }, world, { retryFailed: true });
    expect(result.sources[0]).toMatchObject({ status: "PARTIAL", failed: 1, removed: 0 });
    expect((await world.log.read()).entries.map(({ source_url }) => source_url)).toEqual(["pages://page-001.md"]);
    const reasons = reporter.of("warning").map(({ path, reason }) => [path, reason]);
    expect(reasons).toEqual([["pages://page-001.md", expect.stringContaining("new or changed")]]);
    await runIngestor({ a: pageParser(() => moved) }, world);
    expect(existsSync(world.log.path)).toBe(false);
    using fresh = corpus();
    await runIngestor({ a: pageParser(() => moved) }, fresh);
    expect(world.store.rows()).toEqual(fresh.store.rows());
  });

  test("entries of a source that is not listed any more leave the log, named, when all there is was stored", async () => {
    using world = corpus();
    world.embedder.before = () => {
      throw refused();
    };
    await runIngestor({ a: pageParser(() => pages(2)), b: pageParser(() => pages(1)) }, world);
    const logged = async () => (await world.log.read()).entries.map(({ source }) => source).sort();
    const only = { a: pageParser(() => pages(2)) };
    await runIngestor(only, world, { retryFailed: true });
    world.embedder.before = (texts) => {
      if (texts.some((text) => text.includes("number 1 "))) throw refused();
    };
    await runIngestor(only, world);
    expect(await logged()).toEqual(["a", "b"]);
    world.embedder.before = () => {};
    const { reporter } = await runIngestor(only, world);
    expect(await logged()).toEqual([]);
    const named = reporter.of("warning").filter(({ source }) => source === "b");
    expect(named.map(({ reason }) => reason)).toEqual([
      "no source of this name is listed any more; 1 failed chunk left the failure log",
    ]);
  });

  test("a fatal error stops the run, and what was in flight is stored", async () => {
    using world = corpus();
    world.embedder.before = (_, request) => {
      if (request === 3) throw new IngestError("unauthorized", { decision: "fatal", code: "unauthorized" });
    };
    const { ingestor } = await runIngestor({ a: pageParser(() => pages(40)) }, world, { sequential: true, workers: 1 });
    expect(ingestor.stop.error).toBeInstanceOf(IngestError);
    expect(ingestor.started).toBe(true);
    expect(world.store.rows()).toHaveLength(8);
  });

  test("an embedder that is not there changes nothing, not even the tables", async () => {
    using world = corpus();
    world.embedder.beforeProbe = () => {
      throw new IngestError("nothing listens", { decision: "fatal", code: "embedder_unreachable" });
    };
    const { ingestor } = await runIngestor({ a: pageParser(() => pages(4)) }, world);
    expect(ingestor.started).toBe(false);
    expect(world.store.prepared).toBeUndefined();
    expect(world.store.writes).toEqual([]);
  });

  test("a probe that meets a busy server is repeated", async () => {
    using world = corpus();
    world.embedder.beforeProbe = () => {
      const cause = busy();
      if (world.embedder.probes < 3)
        throw new IngestError("server busy", { decision: "fatal", code: cause.code, cause });
    };
    const { result } = await runIngestor({ a: pageParser(() => pages(4)) }, world);
    expect(world.embedder.probes).toBe(3);
    expect(result.chunksStored).toBe(4);
  });

  const away = () => new IngestError("nothing listens", { decision: "retry", code: "embedder_unreachable" });

  test("that goes away and comes back costs time, and no chunk", async () => {
    using world = corpus();
    const clock = new FakeClock();
    const isAway = () => clock.now() > 0 || world.embedder.batches.length > 2;
    world.embedder.before = () => {
      if (isAway() && clock.now() < 60_000) throw away();
    };
    world.embedder.beforeProbe = () => {
      if (isAway() && clock.now() < 60_000) throw away();
    };
    const { result, reporter } = await runIngestor({ a: pageParser(() => pages(40)) }, world, { clock });
    expect(result.failedChunks).toBe(0);
    expect(world.store.rows()).toHaveLength(40);
    expect(reporter.of("outage").length).toBeGreaterThan(0);
    expect(world.embedder.batches.length).toBeLessThan(40);
  });

  test("that never comes back ends the run after the outage wait, with the rest in the log", async () => {
    using world = corpus();
    const clock = new FakeClock();
    world.embedder.before = (_, request) => {
      if (request > 2) throw away();
    };
    world.embedder.beforeProbe = () => {
      if (world.embedder.batches.length > 0) throw away();
    };
    const { result } = await runIngestor({ a: pageParser(() => pages(40)) }, world, {
      clock,
      outageWaitMs: 30_000,
      workers: 1,
    });
    expect(result).toMatchObject({ chunksStored: 8, failedChunks: 32 });
    expect((await world.log.read()).entries).toHaveLength(32);
    expect(world.embedder.batches.length).toBeLessThan(10);
  });

  test("a bug of our own is neither retried nor swallowed", async () => {
    using world = corpus();
    world.embedder.before = () => {
      throw new TypeError("undefined is not a function");
    };
    const { ingestor } = await runIngestor({ a: pageParser(() => pages(4)) }, world);
    expect(ingestor.stop.error).toBeInstanceOf(TypeError);
    expect(world.embedder.batches).toHaveLength(1);
  });
});

describe("a failing store", () => {
  const dataError = () => new IngestError("value too long", { decision: "skip", code: "database_data" });

  test("that refuses one document stores the others of its transaction", async () => {
    using world = corpus();
    const write = world.store.write.bind(world.store);
    world.store.write = async (documents) => {
      if (documents.some(({ document }) => document.sourceUrl.includes("page-002"))) throw dataError();
      return write(documents);
    };
    const { result } = await runIngestor({ a: pageParser(() => pages(6)) }, world);
    expect(result.sources[0]).toMatchObject({ status: "PARTIAL", failed: 1 });
    expect(world.store.rows()).toHaveLength(5);
    expect((await world.log.read()).entries).toMatchObject([
      { source_url: "pages://page-002.md", error: "value too long" },
    ]);
  });

  test("that loses its connection once is asked again", async () => {
    using world = corpus();
    let lost = false;
    world.store.before = (call) => {
      if (call !== "write" || lost) return;
      lost = true;
      throw new IngestError("connection lost", { decision: "retry", code: "database_lost" });
    };
    const { result } = await runIngestor({ a: pageParser(() => pages(6)) }, world);
    expect(result.sources[0]).toMatchObject({ status: "OK", failed: 0 });
  });
});

describe("a run that is stopped", () => {
  const section = (index: number) => `## Part ${index}\n\n${`On part ${index} of the channels. `.repeat(9)}`;
  const book: Page[] = [
    { path: "book.md", content: Array.from({ length: 8 }, (_, index) => section(index)).join("\n\n") },
  ];

  test("by the user keeps the vectors of a document that is not whole, and the next run embeds only the rest", async () => {
    using world = corpus();
    const { result, ingestor } = await runIngestor({ a: pageParser(() => book) }, world, {
      batchSize: 2,
      workers: 1,
      // Time must not run away from what is in flight.
      clock: new HandClock(),
      onStart: ({ stop }) => {
        world.embedder.before = (_, request) => {
          if (request === 2) stop.interrupt();
        };
      },
    });
    expect(ingestor.stop.error).toBeUndefined();
    expect(result.sources[0]).toMatchObject({ status: "PARTIAL", chunks: 8, embedded: 4, failed: 0 });
    expect(world.store.rows()).toHaveLength(4);
    expect(world.store.documents.get("a")?.get("pages://book.md")?.write.complete).toBe(false);
    expect(existsSync(world.log.path)).toBe(false);
    const embedder = new SpyEmbedder();
    await runIngestor({ a: pageParser(() => book) }, { ...world, embedder });
    expect(embedder.texts).toHaveLength(4);
    expect(world.store.rows()).toHaveLength(8);
  });

  test("by a fatal error puts what it has read and not embedded into the log", async () => {
    using world = corpus();
    world.embedder.before = (_, request) => {
      if (request === 2) throw new IngestError("unauthorized", { decision: "fatal", code: "unauthorized" });
    };
    const { result } = await runIngestor({ a: pageParser(() => book) }, world, { batchSize: 2, workers: 1 });
    expect(result.sources[0]).toMatchObject({ status: "PARTIAL", chunks: 8, embedded: 2, failed: 6 });
    expect((await world.log.read()).entries.map(({ error }) => error)).toEqual(Array(6).fill("unauthorized"));
    world.embedder.before = () => {};
    await runIngestor({ a: pageParser(() => book) }, world, { retryFailed: true });
    expect(world.store.rows()).toHaveLength(8);
    expect(existsSync(world.log.path)).toBe(false);
  });

  const lost = () => new IngestError("connection lost", { decision: "retry", code: "database_lost" });

  test("while it asks the store what is known, by a database that stays away, puts what it was about to embed into the log", async () => {
    using world = corpus();
    await runIngestor({ a: pageParser(() => pages(1)) }, world);
    let isAway = false;
    world.store.inspect = async () => {
      if (isAway) throw lost();
      return { kind: "current", identity: world.store.prepared, dimensions: 16 };
    };
    world.store.before = (call) => {
      if (call === "write") isAway = true;
      if (isAway && call !== "write") throw lost();
    };
    const { result, ingestor } = await runIngestor({ a: pageParser(() => pages(2, "other")) }, world, {
      sequential: true,
      batchSize: 1,
    });
    expect(ingestor.stop.error).toMatchObject({ decision: "fatal", code: "database_lost" });
    expect(result.sources[0]).toMatchObject({ status: "PARTIAL", failed: 1 });
    expect((await world.log.read()).entries.map(({ source_url }) => source_url)).toEqual(["pages://page-001.md"]);
  });

  test("while it asks the store what is known, by the user, keeps the entries of the log that it did not get to", async () => {
    using world = corpus();
    world.embedder.before = () => {
      throw refused();
    };
    await runIngestor({ a: pageParser(() => pages(1)) }, world);
    const entries = (await world.log.read()).entries;
    expect(entries).toHaveLength(1);
    const embedder = new SpyEmbedder();
    await runIngestor(
      { a: pageParser(() => pages(1)) },
      { ...world, embedder },
      {
        retryFailed: true,
        onStart: ({ stop }) => {
          world.store.before = (call) => {
            if (call !== "known") return;
            stop.interrupt();
            throw lost();
          };
        },
      },
    );
    expect((await world.log.read()).entries).toEqual(entries);
  });
});

describe("the sweep", () => {
  describe("leaves sources alone that do not run, and names", () => {
    const after = async (options: Parameters<typeof runIngestor>[2]) => {
      using world = corpus();
      await runIngestor({ a: pageParser(() => pages(2)), b: pageParser(() => pages(2)) }, world);
      const { reporter } = await runIngestor({ a: pageParser(() => pages(2)) }, world, options);
      expect(world.store.documents.get("b")?.size).toBe(2);
      return reporter.of("warning").map(({ reason }) => reason);
    };
    const scope = (listed: readonly string[], enabled: readonly string[], whole: boolean) => ({
      scope: { listed, enabled, whole, maxDelete: undefined },
    });
    const removal = "its 2 documents stay in what search finds; to remove: bbj-ingest-all remove b";

    test("one that is not listed any more, in every run", async () => {
      const named = [`source "b" is not listed any more: ${removal}`];
      expect(await after({})).toEqual(named);
      expect(await after(scope(["a", "c"], ["a", "c"], false))).toEqual(named);
      expect(await after({ retryFailed: true })).toEqual(named);
      expect(await after({ sequential: true })).toEqual(named);
    });

    test("one that is disabled, in runs of all others", async () => {
      expect(await after(scope(["a", "b"], ["a"], true))).toEqual([`source "b" is disabled: ${removal}`]);
      expect(await after(scope(["a", "b"], ["a"], false))).toEqual([]);
      expect(await after(scope(["a", "b"], ["a", "b"], false))).toEqual([]);
    });
  });

  test("removes what the source no longer has", async () => {
    using world = corpus();
    await runIngestor({ a: pageParser(() => pages(10)) }, world);
    const { result } = await runIngestor({ a: pageParser(() => pages(8)) }, world);
    expect(result.sources[0]).toMatchObject({ removed: 2, status: "OK" });
    expect(world.store.rows()).toHaveLength(8);
  });

  test("keeps the documents of a page that could not be read this time", async () => {
    using world = corpus();
    await runIngestor({ a: pageParser(() => pages(4)) }, world);
    const broken: Page[] = pages(4).map((page, index) =>
      index === 2 ? { path: page.path, broken: "permission denied" } : page,
    );
    const { result, reporter } = await runIngestor({ a: pageParser(() => broken) }, world);
    expect(result.sources[0]).toMatchObject({ status: "PARTIAL", removed: 0 });
    expect(world.store.rows()).toHaveLength(4);
    expect(reporter.of("warning")).toMatchObject([{ path: "page-002.md", reason: "permission denied" }]);
  });

  test("does not happen when a directory or page could not be listed", async () => {
    using world = corpus();
    await runIngestor({ a: pageParser(() => pages(4)) }, world);
    const parser = pageParser(() => pages(2));
    parser.unlisted = "deep";
    const { result } = await runIngestor({ a: parser }, world);
    expect(result.sources[0]).toMatchObject({ status: "PARTIAL", removed: 0 });
    expect(world.store.rows()).toHaveLength(4);
  });

  test("of a source that suddenly has nothing does not happen: the source fails", async () => {
    using world = corpus();
    await runIngestor({ a: pageParser(() => pages(4)) }, world);
    const { result } = await runIngestor({ a: pageParser(() => []) }, world);
    expect(result.sources[0]).toMatchObject({
      status: "FAILED",
      reason: expect.stringMatching(
        /^it yields no documents; the 4 that are stored stay\. If that is right, .*:\nbbj-ingest-all remove a$/,
      ),
    });
    expect(world.store.rows()).toHaveLength(4);
  });

  test("of more than half of 20 documents needs --max-delete", async () => {
    using world = corpus();
    await runIngestor({ a: pageParser(() => pages(20)) }, world);
    const guarded = await runIngestor({ a: pageParser(() => pages(9)) }, world);
    expect(guarded.result.sources[0]).toMatchObject({ status: "FAILED", removed: 0 });
    expect(guarded.result.sources[0]?.reason).toContain("would lose 11 of its 20 documents");
    expect(world.store.rows()).toHaveLength(20);
    const allowed = await runIngestor({ a: pageParser(() => pages(9)) }, world, { maxDelete: 11 });
    expect(allowed.result.sources[0]).toMatchObject({ status: "OK", removed: 11 });
  });

  test("of more than half of them by runs of many parts needs it too, few as each of them has", async () => {
    using world = corpus();
    const parts = Array.from({ length: 12 }, (_, index) => ({ index: index + 1, count: 12 }));
    const run = async (count: number, maxDelete?: number) => {
      const ends = [];
      for (const part of parts)
        ends.push((await runIngestor({ a: pageParser(() => pages(count)) }, world, { part, maxDelete })).result);
      return ends.map(({ sources: [source] }) => source);
    };
    await run(24);
    for (const source of await run(9)) {
      expect(source).toMatchObject({ status: "FAILED", removed: 0 });
      expect(source?.reason).toContain("would lose 15 of its 24 documents, more than 12");
      expect(source?.reason).toContain("--max-delete 15");
    }
    expect(world.store.rows()).toHaveLength(24);
    for (const source of await run(9, 15)) expect(source).not.toMatchObject({ status: "FAILED" });
    expect(world.store.rows()).toHaveLength(9);
  });

  test("a page that is skipped for a reason is named in every run, and is no failure", async () => {
    using world = corpus();
    const withDraft: Page[] = [...pages(2), { path: "draft.md", content: "draft" }];
    for (let run = 0; run < 2; run++) {
      const { result, reporter } = await runIngestor({ a: pageParser(() => withDraft) }, world);
      expect(result.sources[0]?.status).toBe(run === 0 ? "OK" : "UNCHANGED");
      expect(reporter.of("source_end")[0]?.skipped).toEqual([{ kind: "skipped", path: "draft.md", reason: "draft" }]);
    }
  });
});

describe("an interrupt", () => {
  test("stores what is in flight, takes no more, and the next run finishes", async () => {
    using world = corpus();
    const parser = pageParser(() => pages(100));
    const { result, ingestor } = await runIngestor({ a: parser }, world, {
      onStart: (started) => {
        world.embedder.before = (_, request) => {
          if (request === 5) started.stop.interrupt();
        };
      },
    });
    expect(ingestor.stop.requested).toBe(true);
    expect(ingestor.stop.error).toBeUndefined();
    expect(result.chunksStored).toBeGreaterThanOrEqual(16);
    expect(result.chunksStored).toBeLessThan(100);
    expect(world.store.rows()).toHaveLength(result.chunksStored);
    world.embedder.before = () => {};
    await runIngestor({ a: parser }, world);
    using fresh = corpus();
    await runIngestor({ a: parser }, fresh);
    expect(world.store.rows()).toEqual(fresh.store.rows());
  });

  test("a source that was completed before it is on record for --resume", async () => {
    using world = corpus();
    await runIngestor({ a: pageParser(() => pages(4)), b: pageParser(() => pages(40, "other")) }, world, {
      sequential: true,
      workers: 1,
      onStart: (started) => {
        world.embedder.before = (_, request) => {
          if (request === 5) started.stop.interrupt();
        };
      },
    });
    expect(await Bun.file(join(world.directory, "state.json")).json()).toMatchObject({ completed_sources: ["a"] });
  });
});
