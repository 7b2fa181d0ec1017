import { describe, expect, test } from "bun:test";
import { IngestError } from "../../src/flow/errors.ts";
import { PhaseClock } from "../../src/ingest/phase-clock.ts";
import { HandClock } from "../support/hand-clock.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { type Page, pageParser } from "../support/page-parser.ts";
import { RecordingReporter } from "../support/recording-reporter.ts";
import { runIngestor, SpyEmbedder } from "../support/run-ingestor.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { until } from "../support/until.ts";

const pages = (count: number): Page[] =>
  Array.from({ length: count }, (_, index) => ({
    path: `page-${String(index).padStart(4, "0")}.md`,
    content: `A text number ${index} on channels, with some more words than that, so that it weighs something.`,
  }));

describe("the phases of a run", () => {
  test("are told of, and counted apart from the stages that they hold up", async () => {
    using directory = temporaryDirectory();
    const clock = new HandClock();
    const store = new MemoryStore();
    const embedder = new SpyEmbedder();
    store.before = (call) => {
      if (call === "prepare") clock.advance(9_000);
      if (call === "write") clock.advance(2_000);
    };
    embedder.beforeProbe = () => clock.advance(3_000);
    const { ensureVectorIndex } = store;
    store.ensureVectorIndex = async (watch) => {
      watch?.begun(8);
      watch?.warned("one process builds");
      clock.advance(10_000);
      watch?.goesOn(0.25, "HNSW, loading tuples");
      clock.advance(30_000);
      watch?.goesOn(1, "HNSW, loading tuples");
      clock.advance(2_000);
      watch?.goesOn(0.5, "list, assigning tuples");
      clock.advance(2_000);
      watch?.ended();
      return ensureVectorIndex();
    };
    const world = { store, embedder, directory: directory.path };
    const run = runIngestor({ a: pageParser(() => pages(8)) }, world, { clock, sequential: true, batchSize: 8 });
    const { result, reporter } = await run;
    expect(reporter.of("phase").filter(({ durationMs }) => durationMs > 0)).toMatchObject([
      { phase: "probing", state: "ended", durationMs: 3_000 },
      { phase: "preparing", state: "ended", durationMs: 9_000 },
      { phase: "indexing", state: "going on", durationMs: 10_000, step: "HNSW, loading tuples", share: 0.25, etaS: 30 },
      { phase: "indexing", state: "going on", durationMs: 40_000, step: "HNSW, loading tuples", share: 1, etaS: 0 },
      { phase: "indexing", state: "going on", durationMs: 42_000, step: "list, assigning tuples", share: 0.5, etaS: 2 },
      { phase: "indexing", state: "ended", durationMs: 44_000, step: null, rows: 8 },
    ]);
    const warning = { type: "warning", source: "", path: "", reason: "one process builds" };
    expect(reporter.of("warning")).toContainEqual(expect.objectContaining(warning));
    const spent = new Map(result.spent.map(({ phase, durationMs }) => [phase, durationMs]));
    expect(spent.get("preparing")).toBe(9_000);
    expect(spent.get("indexing")).toBe(44_000);
    expect(spent.get("storing")).toBe(2_000);
    expect([...spent.values()].reduce((sum, ms) => sum + ms, 0)).toBe(result.duration);
  });

  test("include an outage, which is not what embedding takes", async () => {
    using directory = temporaryDirectory();
    const clock = new HandClock();
    const embedder = new SpyEmbedder();
    const world = { store: new MemoryStore(), embedder, directory: directory.path };
    const away = () => new IngestError("nothing listens", { decision: "retry", code: "embedder_unreachable" });
    embedder.before = (_, request) => {
      if (request === 1) throw away();
    };
    embedder.beforeProbe = () => {
      if (embedder.probes === 2) throw away();
    };
    const run = runIngestor({ a: pageParser(() => pages(4)) }, world, { clock });
    await until(() => embedder.probes === 2 && clock.sleepers > 0);
    clock.advance(1_000);
    const { result } = await run;
    expect(result.spent).toContainEqual({ phase: "outage", durationMs: 1_000 });
    expect(result.failedChunks).toBe(0);
  });
});

describe("the time that is left", () => {
  async function started(count: number, textsPerRequest: number) {
    const directory = temporaryDirectory();
    const clock = new HandClock();
    const embedder = new SpyEmbedder();
    const requests: PromiseWithResolvers<void>[] = [];
    embedder.before = () => {
      const request = Promise.withResolvers<void>();
      requests.push(request);
      return request.promise;
    };
    embedder.beforeProbe = () => clock.advance(1_500);
    const world = { store: new MemoryStore(), embedder, directory: directory.path };
    const parser = pageParser(() => pages(count));
    const run = runIngestor({ a: parser }, world, { clock, workers: 1, batchSize: textsPerRequest });
    await until(() => parser.parsed.length === count && requests.length === 1);
    return {
      run,
      /** Answers a request a second. */
      async answer(times: number) {
        for (let answered = 0; answered < times; answered++) {
          const made = requests.length;
          clock.advance(1_000);
          requests.at(-1)?.resolve();
          await until(() => requests.length > made || answered === times - 1);
        }
      },
      [Symbol.dispose]: () => directory[Symbol.dispose](),
    };
  }

  test("is unknown while nothing was embedded, though every file was read, and then follows from the texts", async () => {
    using scene = await started(60, 3);
    await scene.answer(20);
    const { reporter, result } = await scene.run;
    expect(result.failedChunks).toBe(0);
    const told = reporter.of("progress");
    const answered = reporter.events.findIndex((event) => event.type === "batch" && event.outcome === "embedded");
    const early = told.filter((event) => reporter.events.indexOf(event) < answered);
    expect(early.length).toBeGreaterThan(0);
    expect(early.every(({ etaS, share }) => etaS === null && share === null)).toBe(true);
    const later = told.filter(({ embedded }) => embedded >= 12);
    expect(later.length).toBeGreaterThan(5);
    for (const { embedded, etaS } of later) {
      const ratio = (etaS ?? Infinity) / (20 - embedded / 3);
      expect({ embedded, ratio, fits: ratio >= 0.5 && ratio <= 2 }).toMatchObject({ fits: true });
    }
  });

  test("is told as soon as texts are embedded, though none of them is stored", async () => {
    using directory = temporaryDirectory();
    const clock = new HandClock();
    const store = new MemoryStore();
    const embedder = new SpyEmbedder();
    const gate = Promise.withResolvers<void>();
    store.before = (call) => (call === "write" ? gate.promise : undefined);
    embedder.before = () => clock.advance(2_000);
    const reporter = new RecordingReporter();
    const world = { store, embedder, directory: directory.path };
    const options = { clock, reporter, workers: 1, batchSize: 4, phases: new PhaseClock({ clock, reporter }) };
    const run = runIngestor({ a: pageParser(() => pages(60)) }, world, options);
    await until(() => reporter.of("progress").some(({ etaS, stored }) => etaS !== null && stored === 0));
    gate.resolve();
    await run;
  });
});
