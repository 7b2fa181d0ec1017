import { expect, test } from "bun:test";
import { bestInFlight, measureRates } from "../../src/commands/doctor/throughput.ts";
import { systemClock } from "../../src/flow/clock.ts";

/** A server that takes `textMs` for a text, and so many requests at a time, in a time of its own. */
function server({ textMs, atOnce }: { readonly textMs: number; readonly atOnce: number }) {
  let nowMs = 0;
  const waiting: { readonly atMs: number; readonly resolve: () => void }[] = [];
  const free = Array.from({ length: atOnce }, () => 0);
  let running = false;
  /** What ends first goes on first, and whoever goes on may send anew before the next one ends. */
  async function run() {
    if (running) return;
    running = true;
    for (;;) {
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      const next = waiting.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      waiting.splice(waiting.indexOf(next), 1);
      nowMs = next.atMs;
      next.resolve();
    }
    running = false;
  }
  return {
    clock: { ...systemClock, now: () => nowMs },
    embed(texts: readonly string[]) {
      const lane = free.indexOf(Math.min(...free));
      const atMs = Math.max(nowMs, free[lane] ?? 0) + textMs * texts.length;
      free[lane] = atMs;
      const done = new Promise<void>((resolve) => waiting.push({ atMs, resolve }));
      void run();
      return done;
    },
  };
}

const signal = new AbortController().signal;
const measured = (options: Parameters<typeof server>[0]) =>
  measureRates({ ...server(options), characters: 100, signal });

test("a server that takes one request at a time is as fast with one as with four", async () => {
  const rates = await measured({ textMs: 10, atOnce: 1 });
  expect(rates.map(({ inFlight }) => inFlight)).toEqual([1, 2, 4]);
  for (const { textsPerS } of rates) expect(textsPerS).toBeCloseTo(100);
  expect(bestInFlight(rates)).toBe(1);
});

test("one that takes any number is worth as many as are tried", async () => {
  const rates = await measured({ textMs: 10, atOnce: 8 });
  expect(rates.map(({ textsPerS }) => Math.round(textsPerS))).toEqual([100, 200, 400]);
  expect(bestInFlight(rates)).toBe(4);
  expect(bestInFlight(await measured({ textMs: 10, atOnce: 2 }))).toBe(2);
});

test("a slow one is sent single texts, and not more at once than it can answer in seconds", async () => {
  const slow = server({ textMs: 3_000, atOnce: 1 });
  const sent: number[] = [];
  const embed = (texts: readonly string[]) => {
    sent.push(texts.length);
    return slow.embed(texts);
  };
  const rates = await measureRates({ clock: slow.clock, embed, characters: 100, signal });
  expect(sent).toEqual([1, 1]);
  expect(rates).toEqual([{ inFlight: 1, textsPerS: 1 / 3 }]);
});

test("one that fails is measured as far as it went", async () => {
  const quick = server({ textMs: 10, atOnce: 4 });
  let requests = 0;
  const embed = (texts: readonly string[]) =>
    ++requests > 20 ? Promise.reject(new Error("busy")) : quick.embed(texts);
  const rates = await measureRates({ clock: quick.clock, embed, characters: 100, signal });
  expect(rates.map(({ inFlight }) => inFlight)).toEqual([1]);
  expect(
    await measureRates({ ...quick, embed: () => Promise.reject(new Error("away")), characters: 9, signal }),
  ).toEqual([]);
  expect(bestInFlight([])).toBe(1);
});

test("no two texts are the same, and each is as long as was asked", async () => {
  const seen: string[] = [];
  const quick = server({ textMs: 20, atOnce: 4 });
  const embed = (texts: readonly string[]) => {
    seen.push(...texts);
    return quick.embed(texts);
  };
  await measureRates({ clock: quick.clock, embed, characters: 960, signal });
  expect(new Set(seen).size).toBe(seen.length);
  for (const { length } of seen) expect(length).toBe(960);
});
