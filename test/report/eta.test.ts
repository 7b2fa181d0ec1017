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
  readonly requestMs: number;
  /** What the index takes, over what is expected of it. */
  readonly indexFactor?: number;
  /** The database says how far it is. */
  readonly saysHowFar?: boolean;
};

const page = (index: number) => ({
  path: `page-${index}.md`,
  content: `A text number ${index} on channels, with some more words than that, so that it weighs something. `.repeat(
    1 + (index % 3),
  ),
});

/** What a display tells of the time that is left, over what it is, at shares of a run on a clock of its own. */
async function ratios({ pages, readMs, requestMs, indexFactor = 0, saysHowFar = false }: Scene) {
  using directory = temporaryDirectory();
  const clock = new HandClock();
  const store = new MemoryStore();
  const embedder = new SpyEmbedder();
  embedder.before = () => clock.sleep(requestMs);
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
          await clock.sleep(readMs);
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
  const totalMs = told.at(-1)?.atMs ?? 0;
  return [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9].map((share) => {
    const last = told.findLast(({ atMs }) => atMs <= share * totalMs);
    return { share, ratio: (last?.leftMs ?? Number.NaN) / (totalMs - (last?.atMs ?? 0)) };
  });
}

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
  ])("%s", async (_, scene) => {
    for (const { share, ratio } of await ratios(scene))
      expect({ share, ratio, fits: ratio >= 0.5 && ratio <= 2 }).toMatchObject({ fits: true });
  });
});
