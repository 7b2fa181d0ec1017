import { describe, expect, test } from "bun:test";
import { Capacity } from "../../src/flow/capacity.ts";

const never = new AbortController().signal;

describe("capacity", () => {
  test("what fits passes at once, what does not waits until there is room", async () => {
    const capacity = new Capacity(10);
    await capacity.take(6, never);
    let passed = false;
    const waiting = capacity.take(5, never).then(() => (passed = true));
    await Promise.resolve();
    expect(passed).toBe(false);
    capacity.give(1);
    await waiting;
    expect(passed).toBe(true);
  });

  test("something larger than the whole passes when nothing else is in flight", async () => {
    const capacity = new Capacity(10);
    await capacity.take(3, never);
    const large = capacity.take(25, never);
    capacity.give(3);
    await large;
    expect(capacity.fits(1)).toBe(false);
    capacity.give(25);
    expect(capacity.fits(10)).toBe(true);
  });

  test("nobody overtakes the one that waits", async () => {
    const capacity = new Capacity(10);
    await capacity.take(8, never);
    const order: string[] = [];
    const large = capacity.take(9, never).then(() => order.push("large"));
    const small = capacity.take(1, never).then(() => order.push("small"));
    expect(capacity.fits(1)).toBe(false);
    capacity.give(8);
    await Promise.all([large, small]);
    expect(order).toEqual(["large", "small"]);
  });

  test("waiting ends when the run stops, and holds nothing", async () => {
    const capacity = new Capacity(1);
    await capacity.take(1, never);
    const controller = new AbortController();
    const waiting = capacity.take(1, controller.signal);
    controller.abort(new Error("stopped"));
    await expect(waiting).rejects.toThrow("stopped");
    capacity.give(1);
    expect(capacity.fits(1)).toBe(true);
  });
});
