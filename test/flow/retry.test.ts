import { describe, expect, test } from "bun:test";
import { IngestError } from "../../src/flow/errors.ts";
import { retryDelayMs, withRetry } from "../../src/flow/retry.ts";
import { FakeClock } from "../support/fake-clock.ts";

const passing = (retryAfterMs?: number) =>
  new IngestError("busy", {
    decision: "retry",
    code: "database_busy",
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });

describe("retry", () => {
  test("waits 1 s, 2 s, 4 s, and then gives up with the last error", async () => {
    const clock = new FakeClock();
    const attempts: number[] = [];
    const task = async (attempt: number) => {
      attempts.push(attempt);
      throw passing();
    };
    await expect(withRetry(task, { retries: 3, clock, random: () => 0 })).rejects.toThrow("busy");
    expect(attempts).toEqual([1, 2, 3, 4]);
    expect(clock.sleeps).toEqual([1_000, 2_000, 4_000]);
  });

  test("a success after a failure is a success", async () => {
    const clock = new FakeClock();
    const told: number[] = [];
    const result = await withRetry(async (attempt) => (attempt < 3 ? Promise.reject(passing()) : "done"), {
      retries: 3,
      clock,
      onRetry: ({ attempt }) => told.push(attempt),
    });
    expect(result).toBe("done");
    expect(told).toEqual([1, 2]);
  });

  test("waits as long as the server asks for, within reason", () => {
    expect(retryDelayMs(1, 7_000)).toBe(7_000);
    expect(retryDelayMs(1, 0)).toBe(0);
    expect(retryDelayMs(1, 86_400_000)).toBe(120_000);
  });

  test("jitter adds at most a quarter", () => {
    expect(retryDelayMs(3, undefined, () => 0)).toBe(4_000);
    expect(retryDelayMs(3, undefined, () => 0.999)).toBeLessThanOrEqual(5_000);
  });

  test.each(["split", "skip", "fatal"] as const)("an error that says %p is not tried again", async (decision) => {
    const clock = new FakeClock();
    let calls = 0;
    const task = async () => {
      calls++;
      throw new IngestError("no", { decision, code: "refused" });
    };
    await expect(withRetry(task, { retries: 3, clock })).rejects.toThrow("no");
    expect(calls).toBe(1);
  });

  test("a bug of our own is not tried again", async () => {
    const clock = new FakeClock();
    let calls = 0;
    const task = async () => {
      calls++;
      throw new TypeError("undefined is not a function");
    };
    await expect(withRetry(task, { retries: 3, clock })).rejects.toThrow(TypeError);
    expect(calls).toBe(1);
  });

  test("a stop ends the wait", async () => {
    const stopped = AbortSignal.abort(new Error("stopped"));
    const clock = new FakeClock();
    const task = async () => {
      throw passing();
    };
    await expect(withRetry(task, { retries: 3, clock, signal: stopped })).rejects.toThrow("stopped");
  });
});
