import { describe, expect, test } from "bun:test";
import { BatchTooLargeError } from "../../src/embed/classify.ts";
import { IngestError } from "../../src/flow/errors.ts";
import { FailureLog } from "../../src/ingest/failure-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { type Page, pageParser } from "../support/page-parser.ts";
import { runIngestor, SpyEmbedder } from "../support/run-ingestor.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const TEXTS = 600;
const BATCH_SIZE = 64;
/** Of the event loop, for each request. */
const TURNS = 20;

const refused = () => new IngestError("no, thanks", { decision: "split", code: "refused" });

function pages(count: number, lengthOf: (index: number) => number = () => 1): Page[] {
  return Array.from({ length: count }, (_, index) => ({
    path: `page-${String(index).padStart(3, "0")}.md`,
    content: `Text number ${index}.${" word".repeat(lengthOf(index))}`,
  }));
}

/** Embeds pages with a server that says what is wrong with a batch, and counts its requests. */
async function embedded(
  corpus: readonly Page[],
  fault: (texts: readonly string[], request: number) => Error | undefined,
  { workers = 4, batchSize = BATCH_SIZE }: { readonly workers?: number; readonly batchSize?: number } = {},
) {
  using directory = temporaryDirectory();
  const embedder = new SpyEmbedder();
  embedder.before = async (texts, request) => {
    // So that all workers have their first batch refused.
    for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => void setImmediate(resolve));
    const error = fault(texts, request);
    if (error !== undefined) throw error;
  };
  const clock = new FakeClock();
  const log = new FailureLog(`${directory.path}/failures.json`);
  const world = { directory: directory.path, store: new MemoryStore(), embedder, clock, log };
  const { result } = await runIngestor({ a: pageParser(() => corpus) }, world, { batchSize, workers });
  expect(result).toMatchObject({ chunksEmbedded: corpus.length });
  expect(embedder.inFlightMax).toBe(workers);
  return embedder.batches.map((texts) => texts.length);
}

/** What knowing the limit would cost: batches are made before they are sent. */
function requestsOf(limit: number): number {
  return Math.ceil(BATCH_SIZE / limit) * Math.ceil(TEXTS / BATCH_SIZE);
}

describe("a limit of texts that the server does not name", () => {
  const cases = [1, 7, 8, 10].flatMap((limit) => [1, 2, 4, 8].map((workers) => [limit, workers] as const));
  test.each(cases)("%i is learnt by %i workers in few requests", async (limit, workers) => {
    const sizes = await embedded(pages(TEXTS), (texts) => (texts.length > limit ? refused() : undefined), { workers });
    // Halving, making it exact, the first batch of each worker, and trying again in between.
    const searching = 2 * Math.log2(BATCH_SIZE) + workers + Math.log2(TEXTS);
    expect(sizes.length).toBeLessThanOrEqual(requestsOf(limit) + searching);
    // Learnt exactly.
    expect(sizes.slice(-10)).toContain(limit);
  });

  test("96 is learnt with batches of 128", async () => {
    const sizes = await embedded(pages(4_000), (texts) => (texts.length > 96 ? refused() : undefined), {
      batchSize: 128,
    });
    expect(sizes.slice(sizes.length / 2)).toContain(96);
    expect(sizes.length).toBeLessThanOrEqual(2 * Math.ceil(4_000 / 128) + 4 + 3 * Math.log2(128));
  });

  test("that is larger than a batch is never met", async () => {
    const sizes = await embedded(pages(TEXTS), (texts) => (texts.length > 96 ? refused() : undefined));
    expect(sizes.length).toBe(Math.ceil(TEXTS / BATCH_SIZE));
  });

  test("is learnt, too, where the server fails instead of refusing", async () => {
    const failed = () => new IngestError("broken", { decision: "retry", code: "server_error" });
    const sizes = await embedded(pages(TEXTS), (texts) => (texts.length > 8 ? failed() : undefined));
    // Each refusal of that kind costs its retries.
    expect(sizes.length).toBeLessThanOrEqual((2 * TEXTS) / 8);
  });
});

test("a limit that the server names is kept at once", async () => {
  const sizes = await embedded(pages(TEXTS), (texts) =>
    texts.length > 10 ? new BatchTooLargeError("at most 10", 10) : undefined,
  );
  expect(sizes.length).toBeLessThanOrEqual(requestsOf(10) + 4);
  expect(sizes.filter((size) => size > 10).length).toBeLessThanOrEqual(4);
});

test("a limit on the sum of lengths holds as long as texts are long, and no longer", async () => {
  const long = 200;
  const corpus = pages(3_000, (index) => (index < long ? 60 : 1));
  const charactersMax = 4_000;
  const sizes = await embedded(corpus, (texts) =>
    texts.reduce((sum, { length }) => sum + length, 0) > charactersMax ? refused() : undefined,
  );
  // 300 characters each: thirteen in a request.
  expect(Math.max(...sizes.slice(8, 20))).toBeLessThan(BATCH_SIZE);
  expect(Math.max(...sizes.slice(-10))).toBe(BATCH_SIZE);
  expect(sizes.length).toBeLessThanOrEqual(long / 13 + (3_000 - long) / BATCH_SIZE + 75);
});

test("a refusal that was a whim of the server does not make batches small for ever", async () => {
  const corpus = pages(3_000);
  const sizes = await embedded(corpus, (_, request) => (request === 1 ? refused() : undefined));
  expect(Math.max(...sizes.slice(-5))).toBe(BATCH_SIZE);
});

test.each([
  ["refused", "refused"],
  ["too long", "too_long"],
  ["given a useless vector", "bad_vector"],
] as const)("a text that is %s teaches nothing of the others", async (_, code) => {
  using directory = temporaryDirectory();
  const embedder = new SpyEmbedder();
  embedder.before = (texts) => {
    if (texts.some((text) => text.includes("number 9."))) throw new IngestError("no", { decision: "split", code });
  };
  const log = new FailureLog(`${directory.path}/failures.json`);
  const world = { directory: directory.path, store: new MemoryStore(), embedder, clock: new FakeClock(), log };
  await runIngestor({ a: pageParser(() => pages(1_600)) }, world, { batchSize: BATCH_SIZE, workers: 2 });
  expect(embedder.batches.slice(-2).some(({ length }) => length === BATCH_SIZE)).toBe(true);
});
