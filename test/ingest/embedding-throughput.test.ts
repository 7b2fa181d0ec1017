import { expect, test } from "bun:test";
import type { EmbedderServer } from "../../src/embed/embedder.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { pageParser } from "../support/page-parser.ts";
import { runIngestor, SpyEmbedder } from "../support/run-ingestor.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const BATCH_SIZE = 64;
/** Of the event loop, for each request: an embedder that is slower than reading. */
const TURNS = 5;
/** Makes a paragraph a chunk of its own. */
const WORDS = 60;

/** Embeds so many pages of seven texts each; returns the sizes of the batches. */
async function batchesOf(count: number, workers: number): Promise<number[]> {
  using directory = temporaryDirectory();
  const embedder = new SpyEmbedder();
  embedder.before = async () => {
    for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => void setImmediate(resolve));
  };
  const pages = Array.from({ length: count }, (_, index) => ({
    path: `page-${String(index).padStart(5, "0")}.md`,
    content: Array.from({ length: 7 }, (_, part) => `Part ${part} of ${index}.${" word".repeat(WORDS)}.`).join("\n\n"),
  }));
  const world = { directory: directory.path, store: new MemoryStore(), embedder, clock: new FakeClock() };
  const { result } = await runIngestor({ a: pageParser(() => pages) }, world, { batchSize: BATCH_SIZE, workers });
  expect(result.chunksEmbedded).toBe(7 * count);
  return embedder.batches.map(({ length }) => length);
}

test.each([1, 4])("all batches are full where reading waits for %i workers", async (workers) => {
  // More texts than may be in flight, so that the reader waits again and again.
  const sizes = await batchesOf(800, workers);
  expect(sizes.slice(0, -1).filter((size) => size !== BATCH_SIZE)).toEqual([]);
});

/** An embedder of one server, which takes one request after the other; `clock` is moved by each. */
class SerialServer extends SpyEmbedder {
  readonly servers: readonly EmbedderServer[];
  #last: Promise<unknown> = Promise.resolve();

  constructor(clock: FakeClock) {
    super();
    const inTurn = async (texts: readonly string[]) => {
      await new Promise((resolve) => void setImmediate(resolve));
      clock.advance(100);
      return this.embedBatch(texts);
    };
    this.servers = [
      {
        restMs: 0,
        embedBatch: (texts) => {
          const answer = this.#last.then(() => inTurn(texts));
          this.#last = answer.catch(() => {});
          return answer;
        },
      },
    ];
  }
}

test("a run knows that its server took one request after the other", async () => {
  using directory = temporaryDirectory();
  const clock = new FakeClock();
  const pages = Array.from({ length: 80 }, (_, index) => ({ path: `page-${index}.md`, content: `Text ${index}.` }));
  const world = { directory: directory.path, store: new MemoryStore(), embedder: new SerialServer(clock) };
  const options = { clock, batchSize: 2, workers: 4 };
  const { result } = await runIngestor({ a: pageParser(() => pages) }, world, options);
  expect(result.isOneAtATime).toBe(true);
  const inProcess = { ...world, store: new MemoryStore(), embedder: new SpyEmbedder() };
  expect((await runIngestor({ a: pageParser(() => pages) }, inProcess, options)).result.isOneAtATime).toBe(false);
});
