import { describe, expect, test } from "bun:test";
import { Pace, type Sent } from "../../src/flow/pace.ts";
import { FakeClock } from "../support/fake-clock.ts";

const SERVICE_MS = 100;

/** Sends `count` requests of one size to a server that works on `parallel` of them at a time; returns how long it took and the level at the end. */
function simulate(max: number, parallel: number, count: number): { ms: number; level: number; levelMax: number } {
  const clock = new FakeClock();
  let level = max;
  let levelMax = 0;
  const pace = new Pace({ max, clock, onLevel: (next) => void (level = next) });
  const waiting: { request: Sent }[] = [];
  const served: { request: Sent; endMs: number }[] = [];
  let sent = 0;
  const work = () => {
    while (sent < count && waiting.length + served.length < level) {
      waiting.push({ request: pace.sent() });
      sent++;
    }
    levelMax = Math.max(levelMax, waiting.length + served.length);
    while (served.length < parallel) {
      const next = waiting.shift();
      if (next === undefined) return;
      served.push({ ...next, endMs: clock.now() + SERVICE_MS });
    }
  };
  work();
  for (let done = 0; done < count; done++) {
    const first = served.shift();
    if (first === undefined) throw new Error("the server has nothing to do");
    clock.advance(first.endMs - clock.now());
    pace.ended();
    pace.succeeded(first.request, 1_000);
    work();
  }
  return { ms: clock.now(), level, levelMax };
}

describe("the pace", () => {
  test("of a server that takes one request after the other goes down to two in flight, and costs nothing", () => {
    const { ms, level } = simulate(8, 1, 400);
    expect(level).toBeLessThanOrEqual(3);
    expect(ms).toBe(400 * SERVICE_MS);
  });

  test.each([1, 2, 4, 8])("of a server that bears %i and more keeps all workers busy", (max) => {
    const { ms, level, levelMax } = simulate(max, 100, 800);
    expect(level).toBe(max);
    expect(levelMax).toBe(max);
    expect((800 * SERVICE_MS) / max / ms).toBeGreaterThan(0.97);
  });

  test("sends a server at most twice as many as it works on at a time", () => {
    const { ms, level } = simulate(8, 3, 600);
    expect(level).toBeGreaterThanOrEqual(3);
    expect(level).toBeLessThanOrEqual(6);
    expect((600 * SERVICE_MS) / 3 / ms).toBeGreaterThan(0.97);
  });

  test("of a server that takes one request after the other is found within 50 requests", () => {
    expect(simulate(8, 1, 50).level).toBeLessThanOrEqual(3);
  });

  test.each([1, 2, 3])("is no lower for want of requests: %i of 8", (inFlight) => {
    const clock = new FakeClock();
    const levels: number[] = [];
    const pace = new Pace({ max: 8, clock, onLevel: (level) => void levels.push(level) });
    // What sends them is busy with other things, and hears of answers late.
    for (let round = 0; round < 200; round++) {
      const requests = Array.from({ length: inFlight }, () => pace.sent());
      clock.advance(SERVICE_MS * (round % 10 === 0 ? 1 : 4));
      for (const request of requests) {
        pace.ended();
        pace.succeeded(request, 1_000);
      }
    }
    expect(levels).toEqual([]);
  });

  test("halves at an overload, once for all that were in flight, and lets everybody rest", async () => {
    const clock = new FakeClock();
    const levels: number[] = [];
    const pace = new Pace({ max: 8, clock, onLevel: (level) => void levels.push(level) });
    const requests = Array.from({ length: 8 }, () => pace.sent());
    clock.advance(10);
    for (const request of requests) pace.overloaded(request, 7_000);
    expect(levels).toEqual([4]);
    const signal = new AbortController().signal;
    await Promise.all([pace.ready(signal), pace.ready(signal)]);
    expect(clock.now()).toBeGreaterThanOrEqual(7_010);
    await pace.ready(signal);
    expect(clock.sleeps.every((ms) => ms <= 7_000)).toBe(true);
  });

  test("rests longer from overload to overload when the server does not say how long", async () => {
    const clock = new FakeClock();
    const pace = new Pace({ max: 4, clock, onLevel: () => {} });
    const signal = new AbortController().signal;
    for (let overload = 0; overload < 3; overload++) {
      clock.advance(1);
      pace.overloaded(pace.sent(), undefined);
      await pace.ready(signal);
    }
    expect(clock.sleeps).toEqual([1_000, 2_000, 4_000]);
  });

  test("goes up again, one by one, when all is well", () => {
    const clock = new FakeClock();
    const levels: number[] = [];
    const pace = new Pace({ max: 4, clock, onLevel: (level) => void levels.push(level) });
    clock.advance(1);
    pace.overloaded(pace.sent(), undefined);
    pace.ended();
    for (let round = 0; round < 50; round++) {
      const requests = Array.from({ length: pace.level }, () => pace.sent());
      clock.advance(SERVICE_MS);
      for (const request of requests) {
        pace.ended();
        pace.succeeded(request, 1_000);
      }
    }
    expect(levels.slice(0, 3)).toEqual([2, 3, 4]);
  });

  test("a rest ends when the run is stopped", async () => {
    const pace = new Pace({ max: 4, clock: new FakeClock(), onLevel: () => {} });
    pace.overloaded(pace.sent(), 5_000);
    await expect(pace.ready(AbortSignal.abort(new Error("stopped")))).rejects.toThrow("stopped");
  });
});
