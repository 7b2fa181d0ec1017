import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { IngestError } from "../../src/flow/errors.ts";
import { FailureLog } from "../../src/ingest/failure-log.ts";
import type { ParallelIngestor } from "../../src/ingest/parallel-ingestor.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { type Page, pageParser } from "../support/page-parser.ts";
import { runIngestor, SpyEmbedder } from "../support/run-ingestor.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { until } from "../support/until.ts";

const page = (index: number): Page => ({ path: `page-${index}.md`, content: `A text number ${index} on channels.` });
const pages = (count: number): Page[] => Array.from({ length: count }, (_, index) => page(index));
const busy = () => new IngestError("a lock is held", { decision: "retry", code: "database_conflict" });
const unauthorized = () => new IngestError("no key", { decision: "fatal", code: "unauthorized" });

function corpus() {
  const directory = temporaryDirectory();
  return {
    directory: directory.path,
    store: new MemoryStore(),
    embedder: new SpyEmbedder(),
    log: new FailureLog(join(directory.path, "failures.json")),
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

/** Makes every stored document one of another version of its input, though its text stays. */
function outdate({ documents }: MemoryStore): void {
  for (const source of documents.values()) {
    for (const stored of source.values()) {
      stored.write = { ...stored.write, input: { ...stored.write.input, fingerprint: "old" } };
    }
  }
}

async function ticks(count: number): Promise<void> {
  for (let tick = 0; tick < count; tick++) await new Promise((resolve) => setImmediate(resolve));
}

describe("a run whose tables cannot be made", () => {
  test("cannot start, also when no text is new", async () => {
    using world = corpus();
    await runIngestor({ a: pageParser(() => pages(5)) }, world);
    outdate(world.store);
    world.store.before = (call) => {
      if (call === "prepare") throw busy();
    };
    const { ingestor } = await runIngestor({ a: pageParser(() => pages(5)) }, world);
    expect(ingestor.stop.error).toMatchObject({ decision: "fatal", code: "database_conflict" });
    expect(ingestor.started).toBe(false);
  });
});

describe("a run that a fatal error ends", () => {
  test("logs what waits to be written again", async () => {
    using world = corpus();
    let ingestor: ParallelIngestor | undefined;
    let isFirst = true;
    world.store.before = async (call) => {
      if (call !== "write" || !isFirst) return;
      isFirst = false;
      await until(() => ingestor?.stop.requested === true);
      throw busy();
    };
    world.embedder.before = (texts) => {
      if (texts.some((text) => text.includes("number 9 "))) throw unauthorized();
    };
    const options = { batchSize: 2, workers: 1, onStart: (started: ParallelIngestor) => (ingestor = started) };
    const { result } = await runIngestor({ a: pageParser(() => pages(12)) }, world, options);
    const stored = [...(world.store.documents.get("a")?.keys() ?? [])];
    const logged = (await world.log.read()).entries.map(({ source_url }) => source_url);
    expect(logged).toContain("pages://page-0.md");
    const read = pages(result.sources[0]?.documents ?? 0).map(({ path }) => `pages://${path}`);
    expect([...stored, ...logged].sort()).toEqual(read.sort());
  });

  test("before anything was changed writes nothing afterwards", async () => {
    using world = corpus();
    await runIngestor({ a: pageParser(() => pages(5)) }, world);
    outdate(world.store);
    world.store.writes.splice(0);
    world.store.before = async (call) => {
      if (call === "prepare") await ticks(20);
    };
    world.embedder.beforeProbe = () => {
      throw unauthorized();
    };
    const { ingestor } = await runIngestor({ a: pageParser(() => [...pages(5), page(9)]) }, world);
    const { started } = ingestor;
    const writes = [...world.store.writes];
    expect(started).toBe(writes.length > 0);
    await ticks(100);
    expect(world.store.writes).toEqual(writes);
    expect(ingestor.started).toBe(started);
  });
});

describe("a text that takes the server down for a moment, every time", () => {
  test("is found, and does not keep the run for ever", async () => {
    using world = corpus();
    let isDown = false;
    world.embedder.before = (texts, request) => {
      if (request > 500) throw new Error("it never ends");
      if (!texts.some((text) => text.includes("number 3 "))) return;
      isDown = true;
      throw new IngestError("connection lost", { decision: "retry", code: "connection_lost" });
    };
    world.embedder.beforeProbe = () => {
      if (!isDown) return;
      isDown = false;
      throw new IngestError("refused", { decision: "fatal", code: "embedder_unreachable" });
    };
    const { result } = await runIngestor({ a: pageParser(() => pages(8)) }, world, { batchSize: 8 });
    expect(result.sources[0]).toMatchObject({ status: "PARTIAL", embedded: 7, failed: 1 });
    expect((await world.log.read()).entries).toMatchObject([{ source_url: "pages://page-3.md" }]);
  });
});

describe("a document that takes the database down for a moment, every time", () => {
  test("costs itself, and does not keep the run for ever", async () => {
    using world = corpus();
    let isDown = false;
    let tries = 0;
    const { write, inspect } = world.store;
    world.store.write = async (documents) => {
      if (++tries > 500) throw new Error("it never ends");
      if (!documents.some(({ document }) => document.sourceUrl.includes("page-3"))) {
        return write.call(world.store, documents);
      }
      isDown = true;
      throw new IngestError("connection lost", { decision: "retry", code: "database_lost" });
    };
    world.store.inspect = async () => {
      if (!isDown) return inspect.call(world.store);
      isDown = false;
      throw new IngestError("connection refused", { decision: "retry", code: "database_lost" });
    };
    const { result } = await runIngestor({ a: pageParser(() => pages(8)) }, world);
    expect(result.sources[0]).toMatchObject({ status: "PARTIAL", embedded: 7, failed: 1 });
  });
});

describe("a run without a source that is left to do", () => {
  test("builds the index that the interrupted one did not", async () => {
    using world = corpus();
    await runIngestor({ a: pageParser(() => pages(2)) }, world);
    world.store.indexed = false;
    await runIngestor({}, world);
    expect(world.store.indexed).toBe(true);
  });
});

describe("a sequential run", () => {
  test("ends, though a document has more chunks than may be on their way, and others wait for their batch to fill", async () => {
    using world = corpus();
    const section = (index: number) => `## Part ${index}\n\n${`On part ${index} of the channels. `.repeat(9)}`;
    const content = Array.from({ length: 4_200 }, (_, index) => section(index)).join("\n\n");
    const book: Page[] = [page(0), { path: "the-book.md", content }, page(1)];
    const { result } = await runIngestor({ a: pageParser(() => book) }, world, { sequential: true, batchSize: 10_000 });
    expect(result.sources[0]).toMatchObject({ status: "OK", documents: 3, failed: 0 });
    expect(result.chunksStored).toBeGreaterThan(4_200);
  });
});

describe("a document that moves to the last source", () => {
  test("keeps its vectors, however long that source takes to be read", async () => {
    using world = corpus();
    await runIngestor({ a: pageParser(() => pages(3)), b: pageParser(() => [page(7)]) }, world);
    const embedder = new SpyEmbedder();
    const slow = pageParser(() => [page(7), page(0)]);
    const { inputs } = slow;
    slow.inputs = async function* (...given) {
      await ticks(50);
      yield* inputs.apply(slow, given);
    };
    const edited: Page = { path: "page-1.md", content: "Another text on channels." };
    await runIngestor({ a: pageParser(() => [edited, page(2)]), b: slow }, { ...world, embedder }, { batchSize: 1 });
    expect(embedder.texts).toHaveLength(1);
    expect([...(world.store.documents.get("a")?.keys() ?? [])].sort()).toEqual([
      "pages://page-1.md",
      "pages://page-2.md",
    ]);
  });
});
