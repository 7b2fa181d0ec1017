import { describe, expect, test } from "bun:test";
import { timeLeftMs } from "../../src/ingest/estimate.ts";
import { indexMs } from "../../src/store/corpus/index-cost.ts";
import { WorkMeter } from "../../src/ingest/work-meter.ts";

const TICK_MS = 20;
const CHUNKS_IN_FLIGHT_MAX = 4_096;
const BATCH = 64;
const MB = 1_048_576;

type Source = {
  readonly files: number;
  /** Of all files. */
  readonly bytes: number;
  /** To embed, of all files. */
  readonly texts: number;
  readonly readS: number;
  readonly textShare?: number;
  readonly isStored?: boolean;
  readonly isUnknown?: boolean;
};
type Scene = {
  readonly sources: readonly Source[];
  readonly textsPerS: number;
  /** The embedder is away in these seconds. */
  readonly outage?: readonly [number, number];
  readonly indexS?: number;
  readonly dimensions?: number;
  readonly sequential?: boolean;
};

/** Something that is at work now and then. */
function onOff(busy: { begin(): void; end(): void }) {
  let isOn = false;
  return (on: boolean) => {
    if (on !== isOn) (on ? busy.begin : busy.end).call(busy);
    isOn = on;
  };
}

/** A run on a clock of its own: what is predicted on the way, over what is left in truth. */
function simulate({ sources, textsPerS, outage = [0, 0], indexS = 0, dimensions = 1_024, sequential = false }: Scene) {
  let nowMs = 0;
  let workingMs = 0;
  const meter = new WorkMeter({
    ...{ sequential, chunkSize: 400 },
    indexMs: (texts) => (indexS > 0 ? indexMs(texts, dimensions, { hasOtherReaders: true }) : 0),
    workingMs: () => workingMs,
  });
  const inputs = sources.flatMap(({ files, bytes, texts, readS }, source) =>
    Array.from({ length: files }, (_, index) => ({
      source: `${source}`,
      bytes: bytes / files,
      texts: Math.floor(((index + 1) * texts) / files) - Math.floor((index * texts) / files),
      ms: (readS * 1_000) / files,
      isLast: index === files - 1,
    })),
  );
  for (const [index, { bytes, textShare = 1, isStored = false, isUnknown = false }] of sources.entries())
    meter.expect({ name: `${index}`, size: isUnknown ? null : bytes, textShare, isStored });

  const [reads, embeds] = [onOff(meter.reading), onOff(meter.embedding)];
  const predictions: { readonly atMs: number; readonly leftMs: number | null }[] = [];
  let [readMs, toEmbed, embedding, next] = [0, 0, 0, 0];
  while (next < inputs.length || toEmbed > 0) {
    const isAway = nowMs >= outage[0] * 1_000 && nowMs < outage[1] * 1_000;
    const isReading = next < inputs.length && toEmbed < CHUNKS_IN_FLIGHT_MAX && !(sequential && toEmbed > 0);
    reads(isReading);
    embeds(toEmbed > 0);
    nowMs += TICK_MS;
    if (!isAway) workingMs += TICK_MS;
    if (toEmbed > 0 && !isAway) embedding += (textsPerS * TICK_MS) / 1_000;
    const done = Math.min(embedding >= Math.min(BATCH, toEmbed) ? Math.floor(embedding) : 0, toEmbed);
    meter.settled(done);
    [toEmbed, embedding] = [toEmbed - done, toEmbed === done ? 0 : embedding - done];
    if (isReading && !isAway) readMs += TICK_MS;
    for (let input = inputs[next]; isReading && input !== undefined && readMs >= input.ms; input = inputs[++next]) {
      readMs -= input.ms;
      toEmbed += input.texts;
      meter.read(input.source, input.bytes);
      meter.found(input.source, input.texts);
      if (input.isLast) meter.readWhole(input.source);
    }
    predictions.push({ atMs: nowMs, leftMs: isAway ? null : timeLeftMs(meter.work(toEmbed)) });
  }
  const totalMs = nowMs + indexS * 1_000;
  return (share: number): number | null => {
    const last = predictions.findLast(({ atMs }) => atMs <= share * totalMs);
    return last === undefined || last.leftMs === null ? null : last.leftMs / (totalMs - last.atMs);
  };
}

const pages: Source = { files: 2_000, bytes: 4 * MB, texts: 6_000, readS: 10 };
const manual: Source = { files: 1, bytes: 8 * MB, texts: 1_600, readS: 30, textShare: 0.2 };
const manuals: Source = { files: 20, bytes: 8 * MB, texts: 1_600, readS: 60, textShare: 0.2 };
const code: Source = { files: 300, bytes: MB / 2, texts: 1_100, readS: 1 };

describe("the time that is left, from 20% of a run on, is told within half and twice of what it takes", () => {
  test.each<[string, Scene]>([
    ["many small files and a slow embedder", { sources: [pages], textsPerS: 50 }],
    ["many small files and a fast embedder", { sources: [pages], textsPerS: 2_000 }],
    ["slow reading", { sources: [manuals], textsPerS: 500 }],
    ["several sources of different kinds", { sources: [pages, manuals, code], textsPerS: 80 }],
    ["the same the other way round", { sources: [code, manuals, pages], textsPerS: 80 }],
    [
      "several sources, most of the time reading",
      { sources: [pages, { ...manuals, readS: 40 }, code], textsPerS: 1_000 },
    ],
    ["small texts", { sources: [{ ...code, texts: 4_000, files: 1_000 }, pages], textsPerS: 50 }],
    ["one thing after the other", { sources: [pages, code], textsPerS: 300, sequential: true }],
    ["an index at the end", { sources: [pages], textsPerS: 300, indexS: 6 }],
    ["an index of short vectors", { sources: [pages], textsPerS: 600, indexS: 1.5, dimensions: 64 }],
    [
      "a corpus of which little has changed",
      {
        sources: [
          { ...pages, texts: 600, readS: 4, isStored: true },
          { ...code, texts: 80, isStored: true },
        ],
        textsPerS: 20,
      },
    ],
    [
      "a corpus of which little has changed, and a new source",
      { sources: [{ ...pages, texts: 60, readS: 2, isStored: true }, code], textsPerS: 20 },
    ],
  ])("%s", (_, scene) => {
    const ratioAt = simulate(scene);
    for (const share of [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]) {
      const ratio = ratioAt(share) ?? Number.NaN;
      expect({ share, ratio, fits: ratio >= 0.5 && ratio <= 2 }).toMatchObject({ fits: true });
    }
  });

  test("an outage in between, once it is over", () => {
    const ratioAt = simulate({ sources: [pages], textsPerS: 50, outage: [60, 120] });
    // 180 s in all: the outage is from 33% to 67%.
    expect(ratioAt(0.4)).toBeNull();
    for (const share of [0.7, 0.8, 0.9]) expect(ratioAt(share)).toBeCloseTo(1, 0);
  });

  test("one huge file, as soon as it is read", () => {
    const ratioAt = simulate({ sources: [manual], textsPerS: 40 });
    // 70 s in all, 30 of them before anything is known.
    expect(ratioAt(0.4)).toBeNull();
    for (const share of [0.5, 0.7, 0.9]) expect(ratioAt(share)).toBeCloseTo(1, 0);
  });
});

describe("the time that is left is not known", () => {
  test("while the size of a source is not", () => {
    const ratioAt = simulate({ sources: [pages, { ...code, isUnknown: true, readS: 5 }], textsPerS: 200 });
    for (const share of [0.1, 0.2, 0.3]) expect(ratioAt(share)).toBeNull();
    expect(ratioAt(0.9)).toBeCloseTo(1, 0);
  });

  test("before anything was embedded", () => {
    expect(simulate({ sources: [pages], textsPerS: 1 })(0.001)).toBeNull();
  });
});
