import { describe, expect, test } from "bun:test";
import type { RunEvent } from "../../src/ingest/events.ts";
import { PhaseClock } from "../../src/ingest/phase-clock.ts";
import { NO_RESUME_RECORD } from "../../src/ingest/resume-file.ts";
import { heard, newRun, timeLeft } from "../../src/report/run-state.ts";
import { HandClock } from "../support/hand-clock.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { pageParser } from "../support/page-parser.ts";
import { runIngestor, SpyEmbedder } from "../support/run-ingestor.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const TICK_MS = 100;

type Scene = {
  /** Of each source. */
  readonly pages: readonly number[];
  readonly readMs: number;
  /** What a request takes that is sent at that time, after so many others. */
  readonly requestMs: number | ((nowMs: number, sent: number) => number);
  /** What the index takes, over what is expected of it. */
  readonly indexFactor?: number;
  /** The database says how far it is. */
  readonly saysHowFar?: boolean;
};

type Shown = { readonly told: readonly { atMs: number; leftMs: number | undefined }[]; readonly totalMs: number };

const page = (index: number) => ({
  path: `page-${index}.md`,
  content: `A text number ${index} on channels, with some more words than that, so that it weighs something. `.repeat(
    1 + (index % 3),
  ),
});

/** What a display tells of the time that is left, at each time of a run on a clock of its own. */
async function shown({ pages, readMs, requestMs, indexFactor = 0, saysHowFar = false }: Scene): Promise<Shown> {
  using directory = temporaryDirectory();
  const clock = new HandClock();
  const store = new MemoryStore();
  const embedder = new SpyEmbedder();
  embedder.before = (_, request) =>
    clock.sleep(typeof requestMs === "number" ? requestMs : requestMs(clock.now(), request - 1));
  const rows = pages.reduce((sum, count) => sum + count, 0);
  store.indexMs = (texts) => (indexFactor === 0 ? 0 : texts * 20);
  store.ensureVectorIndex = async (watch) => {
    if (indexFactor === 0) return false;
    watch?.begun(rows);
    const steps = Math.round((rows * 20 * indexFactor) / 2_000);
    for (let step = 1; step <= steps; step++) {
      await clock.sleep(2_000);
      if (saysHowFar) watch?.goesOn(step / steps, "HNSW");
    }
    watch?.ended();
    return true;
  };
  const sources = Object.fromEntries(
    pages.map((count, source) => {
      const parser = pageParser(() => Array.from({ length: count }, (_, index) => page(1_000 * source + index)));
      const { inputs } = parser;
      const slow: typeof inputs = async function* (...asked) {
        for await (const input of inputs(...asked)) {
          if (readMs > 0) await clock.sleep(readMs);
          yield input;
        }
      };
      return [`source-${source}`, { ...parser, inputs: slow }];
    }),
  );
  let run = newRun(0);
  // Of several at the same time, the last one.
  const told: { atMs: number; leftMs: number | undefined }[] = [];
  const reporter = { report: (event: RunEvent) => void (run = heard(run, event, clock.now())) };
  let isOver = false;
  const world = { store, embedder, directory: directory.path };
  // A file of its own would take time of the machine, not of this clock.
  const options = {
    resumeFile: NO_RESUME_RECORD,
    clock,
    workers: 2,
    batchSize: 8,
    reporter,
    phases: new PhaseClock({ clock, reporter }),
  };
  const running = runIngestor(sources, world, options).finally(() => (isOver = true));
  while (!isOver) {
    for (let turn = 0; turn < 6; turn++) await new Promise(setImmediate);
    told.push({ atMs: clock.now(), leftMs: timeLeft(run, clock.now()) });
    // What waits for a file takes no time of this run.
    if (clock.sleepers > 0) clock.advance(TICK_MS);
  }
  await running;
  return { told, totalMs: told.at(-1)?.atMs ?? 0 };
}

/** Over what it is, at shares of the run. */
function ratiosOf({ told, totalMs }: Shown) {
  return [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9].map((share) => {
    const last = told.findLast(({ atMs }) => atMs <= share * totalMs);
    return { share, ratio: (last?.leftMs ?? Number.NaN) / (totalMs - (last?.atMs ?? 0)) };
  });
}

/** A server that becomes slower, or faster, when so many requests were sent. */
const changes = (requests: number, beforeMs: number, afterMs: number, pages = [1_000, 1_000]) => ({
  pages,
  readMs: 0,
  requestMs: (_: number, sent: number) => (sent < requests ? beforeMs : afterMs),
});

/** One that answers nothing from the 60th second to the 120th. */
const stall = (requestMs: number) => (nowMs: number) =>
  nowMs > 60_000 - requestMs && nowMs < 120_000 ? 120_000 - nowMs : requestMs;

describe("the time that is left, as it is shown from 20% of a run on, is within half and twice of what it takes", () => {
  test.each<[string, Scene]>([
    ["most of it is parsing", { pages: [60, 120, 40], readMs: 400, requestMs: 200 }],
    ["most of it is embedding", { pages: [100, 200], readMs: 20, requestMs: 3_000 }],
    [
      "with an index at the end that takes as long as expected",
      { pages: [150, 150], readMs: 20, requestMs: 1_000, indexFactor: 1 },
    ],
    ["that takes longer", { pages: [150, 150], readMs: 20, requestMs: 1_000, indexFactor: 1.5, saysHowFar: true }],
    ["that takes less time", { pages: [150, 150], readMs: 20, requestMs: 1_000, indexFactor: 0.6, saysHowFar: true }],
    ["embedding faster than parsing", { pages: [400, 300, 200], readMs: 500, requestMs: 100 }],
    ["a big source at the end", { pages: [30, 30, 900], readMs: 20, requestMs: 1_000 }],
    ["a big source at the end, and slow reading", { pages: [30, 30, 900], readMs: 400, requestMs: 1_000 }],
    [
      "requests of 200 ms to 4 s in any order",
      { pages: [1_000, 1_000], readMs: 0, requestMs: (_, sent) => 200 * 20 ** (((sent * 7) % 11) / 10) },
    ],
    // At 18% of their times.
    ["requests of 1 s that take three", changes(100, 1_000, 3_000)],
    ["requests of 3 s that take nine", changes(100, 3_000, 9_000)],
    ["requests of 1.5 s that take a third", changes(34, 1_500, 500, [1_000, 1_000, 1_000, 1_000])],
  ])("%s", async (_, scene) => {
    for (const { share, ratio } of ratiosOf(await shown(scene)))
      expect({ share, ratio, fits: ratio >= 0.5 && ratio <= 2 }).toMatchObject({ fits: true });
  });

  test.each([1_000, 2_000, 8_000])("once a server of %i ms is back that answered nothing for a minute", async (ms) => {
    const { told, totalMs } = await shown({ pages: [800, 800], readMs: 0, requestMs: stall(ms) });
    // From its first answers on, until so little is left that a request more or less counts.
    const after = told.filter(({ atMs }) => atMs >= 120_000 + 500 && totalMs - atMs > 4 * ms);
    expect(after.length).toBeGreaterThan(10);
    for (const { atMs, leftMs } of after) {
      const ratio = (leftMs ?? Number.NaN) / (totalMs - atMs);
      expect({ atMs, ratio, fits: ratio >= 0.5 && ratio <= 2 }).toMatchObject({ fits: true });
    }
  });
});
