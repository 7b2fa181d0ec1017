import { describe, expect, test } from "bun:test";
import { Watchdog } from "../../src/flow/watchdog.ts";
import { HandClock } from "../support/hand-clock.ts";

const silent = new Error("silent");
const endless = new Error("endless");
const turn = () => new Promise(setImmediate);

describe("a watchdog", () => {
  test("ends work that is silent for the whole of a limit, counted from the last sign of life", async () => {
    const clock = new HandClock();
    using watch = new Watchdog(clock);
    watch.limitSilence(30_000, () => silent);
    for (const ms of [29_000, 29_000, 5_000]) {
      clock.advance(ms);
      await turn();
      watch.heard();
    }
    expect(watch.signal.aborted).toBe(false);
    clock.advance(29_999);
    await turn();
    expect(watch.signal.aborted).toBe(false);
    clock.advance(1);
    await turn();
    expect(watch.signal.reason).toBe(silent);
  });

  test("does not count silence from before the work began", async () => {
    const clock = new HandClock();
    clock.advance(100_000);
    using watch = new Watchdog(clock);
    watch.limitSilence(30_000, () => silent);
    clock.advance(29_000);
    await turn();
    expect(watch.signal.aborted).toBe(false);
  });

  test("ends work that does not end, however much of it there is by then", async () => {
    const clock = new HandClock();
    using watch = new Watchdog(clock, new AbortController().signal);
    watch.limitSilence(30_000, () => silent);
    watch.limitTime(300_000, () => endless);
    for (let second = 0; second < 299; second++) {
      watch.heard();
      clock.advance(1_000);
      await turn();
    }
    expect(watch.signal.aborted).toBe(false);
    clock.advance(1_000);
    await turn();
    expect(watch.signal.reason).toBe(endless);
  });

  test("passes on why the caller stops, before and while it watches", () => {
    const reason = new Error("Ctrl-C");
    using late = new Watchdog(new HandClock(), AbortSignal.abort(reason));
    expect(late.signal.reason).toBe(reason);
    const stop = new AbortController();
    using watch = new Watchdog(new HandClock(), stop.signal);
    watch.limitTime(1, () => silent);
    stop.abort(reason);
    expect(watch.signal.reason).toBe(reason);
  });

  test("is quiet when the work has ended", async () => {
    const clock = new HandClock();
    const watch = new Watchdog(clock);
    watch.limitTime(1_000, () => silent);
    watch[Symbol.dispose]();
    expect(clock.sleepers).toBe(0);
    clock.advance(2_000);
    await turn();
    expect(watch.signal.reason).not.toBe(silent);
  });
});
