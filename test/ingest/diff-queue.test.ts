import { expect, test } from "bun:test";
import { IngestError } from "../../src/flow/errors.ts";
import type { DocumentHashes } from "../../src/store/store.ts";
import { FailureLog } from "../../src/ingest/failure-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { pageParser } from "../support/page-parser.ts";
import { runIngestor, SpyEmbedder } from "../support/run-ingestor.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

/** A store that answers what it knows late, and a record of how many documents it was asked for at a time. */
function slowStore() {
  const store = new MemoryStore();
  const { known } = store;
  const asked: number[] = [];
  store.known = async (source: string, documents: readonly DocumentHashes[]) => {
    asked.push(documents.length);
    for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    return known(source, documents);
  };
  return { store, asked };
}

const page = (id: number, content = `page ${id}`) => ({ path: `p${id}`, content, title: "", contextHeader: "" });

function world(path: string) {
  const log = new FailureLog(`${path}/failures.json`);
  return { directory: path, ...slowStore(), embedder: new SpyEmbedder(), clock: new FakeClock(), log };
}

test("files that are read while the database answers are compared in one question", async () => {
  using directory = temporaryDirectory();
  const here = world(directory.path);
  const pages = Array.from({ length: 60 }, (_, id) => page(id));
  const { result } = await runIngestor({ a: pageParser(() => pages) }, here);
  expect(result.chunksStored).toBe(60);
  expect(here.asked.reduce((sum, count) => sum + count, 0)).toBe(60);
  expect(here.asked.length).toBeLessThan(20);
});

test("a text of several files that are compared together is embedded once", async () => {
  using directory = temporaryDirectory();
  const here = world(directory.path);
  const pages = Array.from({ length: 30 }, (_, id) => page(id, `text ${id % 3}`));
  const { result } = await runIngestor({ a: pageParser(() => pages) }, here);
  expect(result.chunksStored).toBe(30);
  expect(here.embedder.texts).toHaveLength(3);
});

test("one after the other, each file is compared when the one before it is stored", async () => {
  using directory = temporaryDirectory();
  const here = world(directory.path);
  const pages = Array.from({ length: 5 }, (_, id) => page(id));
  await runIngestor({ a: pageParser(() => pages) }, here, { sequential: true, workers: 1 });
  expect(here.asked).toEqual([1, 1, 1, 1, 1]);
});

test("files that wait for their diff when the run ends with an error are in the failure log", async () => {
  using directory = temporaryDirectory();
  const here = world(directory.path);
  const pages = Array.from({ length: 60 }, (_, id) => page(id));
  let questions = 0;
  here.store.before = (call) => {
    if (call !== "known" || ++questions < 2) return;
    throw new IngestError("the database is full", { decision: "fatal", code: "database_full" });
  };
  const { ingestor, result } = await runIngestor({ a: pageParser(() => pages) }, here);
  expect(ingestor.started).toBe(true);
  const read = here.asked.reduce((sum, count) => sum + count, 0);
  const stored = here.store.documents.get("a")?.size ?? 0;
  expect(read).toBeGreaterThan(stored);
  const named = (await here.log.read()).entries.map(({ source_url: url }) => url);
  expect(new Set(named).size).toBe(named.length);
  // What was asked for, and what came while the answer was awaited.
  expect(stored + named.length).toBeGreaterThanOrEqual(read);
  expect(result.failedChunks).toBe(named.length);
});

test("a file that needs all room gets it, though those before it make no full batch", async () => {
  using directory = temporaryDirectory();
  const here = world(directory.path);
  const large = { path: "large", content: "", documents: Array.from({ length: 4_200 }, (_, id) => `part ${id}`) };
  const { result } = await runIngestor({ a: pageParser(() => [page(1), page(2), large]) }, here);
  expect(result.chunksStored).toBe(4_202);
});
