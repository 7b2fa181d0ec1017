import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { IngestError } from "../../src/flow/errors.ts";
import { totalsOf } from "../../src/ingest/events.ts";
import { FailureLog } from "../../src/ingest/failure-log.ts";
import type { ParallelIngestor } from "../../src/ingest/parallel-ingestor.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { HandClock } from "../support/hand-clock.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { type Page, pageParser } from "../support/page-parser.ts";
import { runIngestor, SpyEmbedder } from "../support/run-ingestor.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { until } from "../support/until.ts";

const pages = (count: number): Page[] =>
  Array.from({ length: count }, (_, index) => ({
    path: `page-${index}.md`,
    content: `A text number ${index} on channels.`,
  }));

/** A run on a clock that stands still, and what answers or fails its requests. */
function corpus() {
  const directory = temporaryDirectory();
  const embedder = new SpyEmbedder();
  const clock = new HandClock();
  const requests: PromiseWithResolvers<void>[] = [];
  const hold = () => {
    const request = Promise.withResolvers<void>();
    requests.push(request);
    return request.promise;
  };
  embedder.before = hold;
  let ingestor: ParallelIngestor | undefined;
  return {
    ...{ directory: directory.path, store: new MemoryStore(), embedder, clock, requests, hold },
    log: new FailureLog(join(directory.path, "failures.json")),
    options: { clock, batchSize: 2, workers: 4, onStart: (started: ParallelIngestor) => void (ingestor = started) },
    interrupt: () => ingestor?.stop.interrupt(),
    /** Moves the time a second at a time, so that what it wakes has its turn. */
    async pass(seconds: number) {
      for (let second = 0; second <= seconds; second++) {
        if (second > 0) clock.advance(1_000);
        for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      }
    },
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

describe("a run that is asked to stop, with requests at a server that takes one at a time", () => {
  test("waits for the oldest only, and what the others hold is no failure", async () => {
    using world = corpus();
    const run = runIngestor({ a: pageParser(() => pages(20)) }, world, world.options);
    await until(() => world.requests.length === 4);
    world.interrupt();
    await world.pass(3);
    world.requests[0]?.resolve();
    await world.pass(1);
    const { result, reporter } = await run;
    expect(result.sources[0]).toMatchObject({ embedded: 2, failed: 0 });
    expect(result.duration).toBeLessThanOrEqual(5_000);
    expect(reporter.of("failure")).toEqual([]);
    expect(reporter.of("stopping")).toEqual([]);
    expect((await world.log.read()).entries).toEqual([]);
    expect(world.requests).toHaveLength(4);
    world.embedder.before = () => {};
    const next = await runIngestor({ a: pageParser(() => pages(20)) }, world);
    expect(next.result.sources[0]).toMatchObject({ status: "OK", embedded: 18 });
  });

  test("keeps what the others bring while it waits, and just after", async () => {
    using world = corpus();
    const run = runIngestor({ a: pageParser(() => pages(20)) }, world, world.options);
    await until(() => world.requests.length === 4);
    world.interrupt();
    world.requests[2]?.resolve();
    world.requests[0]?.resolve();
    await world.pass(0);
    world.requests[3]?.resolve();
    await world.pass(2);
    expect((await run).result.sources[0]).toMatchObject({ embedded: 6, failed: 0 });
  });

  test("says exactly how many chunks were read and are not stored, also of documents that it has in part", async () => {
    const part = (page: number, index: number) =>
      `## Part ${index}\n\n${`On ${page} and ${index} of channels. `.repeat(9)}`;
    const books = (edition: string) =>
      Array.from({ length: 8 }, (_, page) => ({
        path: `book-${page}.md`,
        content: [part(page, 0), part(page, 1), `${part(page, 2)} ${edition}`].join("\n\n"),
      }));
    using world = corpus();
    // The second run finds two chunks of each book of the first.
    for (const edition of ["First.", "Second."]) {
      world.requests.length = 0;
      const run = runIngestor({ a: pageParser(() => books(edition)) }, world, { ...world.options, batchSize: 2 });
      await until(() => world.requests.length === 4);
      world.interrupt();
      world.requests[1]?.resolve();
      world.requests[0]?.resolve();
      await world.pass(3);
      const { result } = await run;
      const { chunks, documents, embedded } = totalsOf(result.sources);
      expect(embedded).toBe(4);
      const hadBefore = edition === "First." ? 0 : documents * 2;
      expect(result.chunksWaiting).toBe(chunks - embedded - hadBefore);
      world.embedder.before = () => {};
      await runIngestor({ a: pageParser(() => books("First.")) }, world);
      world.embedder.before = world.hold;
    }
  });

  test("says what it waits for after 5 s, and gives it up after 20", async () => {
    using world = corpus();
    const run = runIngestor({ a: pageParser(() => pages(20)) }, world, world.options);
    await until(() => world.requests.length === 4);
    await world.pass(7);
    world.interrupt();
    await world.pass(25);
    const { result, reporter } = await run;
    expect(result.sources[0]).toMatchObject({ embedded: 0, failed: 0, reason: "interrupted" });
    const waitsFor = "the embedding request of 2 texts";
    const [first, second, ...given] = reporter.of("stopping");
    expect([first, second]).toMatchObject([
      { waitsFor, sinceS: 12, gaveUp: false },
      { waitsFor, sinceS: 22, gaveUp: false },
    ]);
    expect(given).toMatchObject(Array.from({ length: 4 }, () => ({ waitsFor, sinceS: 27, gaveUp: true })));
  });

  test("sends no half of a batch that is refused meanwhile, and fails none of it", async () => {
    using world = corpus();
    const run = runIngestor({ a: pageParser(() => pages(20)) }, world, { ...world.options, batchSize: 8 });
    await until(() => world.requests.length >= 3);
    world.interrupt();
    const refusal = (code: "refused" | "runner_died") =>
      new IngestError("no", { decision: code === "refused" ? "split" : "retry", code });
    world.requests[0]?.reject(refusal("refused"));
    world.requests[1]?.reject(refusal("runner_died"));
    await world.pass(3);
    const { result, reporter } = await run;
    expect(result.sources[0]).toMatchObject({ failed: 0, reason: "interrupted" });
    expect(world.requests).toHaveLength(3);
    expect(reporter.of("failure")).toEqual([]);
  });
});

describe("a run that is asked to stop, with a database that takes its time", () => {
  const slow = (call: string) => {
    const world = corpus();
    world.embedder.before = () => {};
    const held = Promise.withResolvers<void>();
    let isHeld = false;
    world.store.before = async (name) => {
      if (name !== call) return;
      isHeld = true;
      await held.promise;
    };
    return Object.assign(world, { held, isHeld: () => isHeld });
  };

  test("stores what is under way, and says that it waits for it", async () => {
    using world = slow("write");
    const run = runIngestor({ a: pageParser(() => pages(4)) }, world, world.options);
    await until(world.isHeld);
    world.interrupt();
    await world.pass(6);
    world.held.resolve();
    await world.pass(1);
    const { result, reporter } = await run;
    expect(result.sources[0]).toMatchObject({ embedded: 4, failed: 0 });
    expect(reporter.of("stopping")).toMatchObject([
      { waitsFor: "the transaction that stores 4 documents", gaveUp: false },
    ]);
  });

  test("does not wait for it for ever, and what it held is no failure", async () => {
    using world = slow("write");
    const run = runIngestor({ a: pageParser(() => pages(4)) }, world, world.options);
    await until(world.isHeld);
    world.interrupt();
    await world.pass(25);
    const { result, reporter } = await run;
    expect(result.sources[0]).toMatchObject({ embedded: 0, failed: 0, reason: "interrupted" });
    expect(reporter.of("failure")).toEqual([]);
    expect(reporter.of("stopping").at(-1)).toMatchObject({ gaveUp: true });
  });

  test.each(["leave", "whyUnindexed"])("does not wait for ever for what it asks at its end (%s)", async (call) => {
    using world = slow(call);
    const part = { index: 1, count: 1 };
    const run = runIngestor({ a: pageParser(() => pages(4)) }, world, { ...world.options, part });
    await until(world.isHeld);
    world.interrupt();
    await world.pass(25);
    const { result, reporter } = await run;
    expect(result.sources[0]).toMatchObject({ embedded: 4, failed: 0 });
    expect(reporter.of("stopping").at(-1)).toMatchObject({ waitsFor: "an answer of the database", gaveUp: true });
  });

  test("does not say that a rebuild was not swapped in, once it was", async () => {
    using world = slow("whyUnindexed");
    const mode = { kind: "rebuild" } as const;
    const run = runIngestor({ a: pageParser(() => pages(4)) }, world, { ...world.options, mode });
    await until(world.isHeld);
    world.interrupt();
    await world.pass(25);
    const { result, ingestor } = await run;
    expect(result.sources[0]).toMatchObject({ status: "OK", reason: "" });
    expect(ingestor.stop.error).toBeUndefined();
  });

  test("does not call it a failure when the database undoes what it does", async () => {
    using world = slow("write");
    const run = runIngestor({ a: pageParser(() => pages(4)) }, world, { ...world.options, batchRetries: 0 });
    await until(world.isHeld);
    world.interrupt();
    world.held.reject(new IngestError("deadlock", { decision: "retry", code: "database_conflict" }));
    await world.pass(1);
    const { result, ingestor } = await run;
    expect(result.sources[0]).toMatchObject({ embedded: 0, failed: 0, reason: "interrupted" });
    expect(ingestor.stop.error).toBeUndefined();
  });

  test.each(["prepare", "ensureVectorIndex"])("cancels %s, which the next run does as well", async (call) => {
    using world = slow(call);
    let cancelled = 0;
    world.store.cancel = async () => {
      // Between two statements the first time.
      if (++cancelled === 2)
        world.held.reject(new IngestError("cancelled", { decision: "retry", code: "database_timeout" }));
    };
    const run = runIngestor({ a: pageParser(() => pages(4)) }, world, { ...world.options, batchRetries: 0 });
    await until(world.isHeld);
    world.interrupt();
    await world.pass(2);
    const { ingestor, result } = await run;
    expect(cancelled).toBe(2);
    expect(ingestor.stop.error).toBeUndefined();
    expect(result.duration).toBeLessThanOrEqual(3_000);
  });
});

describe("a service that does not answer", () => {
  const away = () => new IngestError("nothing listens", { decision: "retry", code: "embedder_unreachable" });
  const lost = () => new IngestError("connection lost", { decision: "retry", code: "database_lost" });

  function withEmbedder() {
    const world = corpus();
    let isAway = false;
    world.embedder.before = (_, request) => {
      isAway ||= request === 3;
      if (isAway) throw away();
    };
    world.embedder.beforeProbe = () => {
      if (isAway) throw away();
    };
    return Object.assign(world, { comeBack: () => (isAway = false) });
  }

  test("is named at once and every 30 s, with its host and until when it is waited for, instead of retries", async () => {
    using world = withEmbedder();
    const run = runIngestor({ a: pageParser(() => pages(20)) }, world, world.options);
    await until(() => world.clock.sleepers > 0 && world.embedder.batches.length >= 6);
    await world.pass(70);
    world.comeBack();
    world.embedder.before = () => {};
    await world.pass(20);
    const { result, reporter } = await run;
    expect(result.failedChunks).toBe(0);
    expect(reporter.of("retry")).toEqual([]);
    const service = { service: "embedder", host: "http://spy", answers: false };
    const since = { since: "2026-01-01T00:00:00.000Z", until: "2026-01-01T00:05:00.000Z", error: "nothing listens" };
    expect(reporter.of("outage")).toMatchObject([0, 30, 60].map((sinceS) => ({ ...service, ...since, sinceS })));
    expect(reporter.of("outage_end")).toMatchObject([{ service: "embedder", end: "returned", lastedS: 75 }]);
  });

  test("of which errors come only is not said to be silent", async () => {
    using world = corpus();
    const error = new IngestError("http://spy answered 500", { decision: "retry", code: "server_error" });
    world.embedder.before = () => {
      if (world.embedder.batches.length > 1) throw error;
    };
    world.embedder.beforeProbe = () => {
      if (world.embedder.batches.length > 1)
        throw new IngestError("no", { decision: "fatal", code: error.code, cause: error });
    };
    const options = { ...world.options, outageWaitMs: 10_000, clock: new FakeClock() };
    const { reporter } = await runIngestor({ a: pageParser(() => pages(8)) }, world, options);
    expect(reporter.of("outage")).toMatchObject([{ service: "embedder", answers: true }]);
  });

  test("is told of and given up in time, though what asks after it hangs", async () => {
    using world = withEmbedder();
    const { embedder } = world;
    const { probe } = embedder;
    embedder.probe = (signal) =>
      embedder.batches.length > 2 && embedder.probes > 1 ? new Promise(() => {}) : probe.call(embedder, signal);
    const run = runIngestor({ a: pageParser(() => pages(8)) }, world, { ...world.options, outageWaitMs: 100_000 });
    await until(() => world.clock.sleepers > 0 && embedder.probes === 2);
    await world.pass(105);
    const { result, reporter } = await run;
    expect(reporter.of("outage").map(({ sinceS }) => sinceS)).toEqual([0, 30, 60, 90]);
    expect(reporter.of("outage_end")).toMatchObject([{ end: "gone", lastedS: 100 }]);
    expect(result).toMatchObject({ chunksStored: 4, failedChunks: 4 });
  });

  test.each(["embedder", "database"])("costs no chunk when the run is stopped meanwhile (%s)", async (service) => {
    using world = withEmbedder();
    let asked = 0;
    if (service === "database") {
      world.embedder.before = () => {};
      world.embedder.beforeProbe = () => {};
      world.store.before = (call) => {
        if (call === "write") throw lost();
      };
      const { inspect } = world.store;
      // The first one is the start of the run.
      world.store.inspect = () => (++asked > 1 ? Promise.reject(lost()) : inspect());
    }
    const run = runIngestor({ a: pageParser(() => pages(20)) }, world, world.options);
    await until(() => (service === "database" ? asked > 1 : world.embedder.batches.length > 2));
    await world.pass(2);
    world.interrupt();
    await world.pass(1);
    const { result, reporter, ingestor } = await run;
    expect(ingestor.stop.error).toBeUndefined();
    expect(result.sources[0]).toMatchObject({ failed: 0, reason: "interrupted" });
    expect(reporter.of("failure")).toEqual([]);
    expect(reporter.of("retry")).toEqual([]);
    expect(reporter.of("outage")).toMatchObject([{ service }]);
    expect(reporter.of("outage_end")).toMatchObject([{ service, end: "stopped" }]);
    expect((await world.log.read()).entries).toEqual([]);
  });
});
