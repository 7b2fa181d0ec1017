import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Semaphore } from "../../src/flow/semaphore.ts";

describe("semaphore", () => {
  test("refuses a number of permits that could let nothing through", () => {
    expect(() => new Semaphore(0)).toThrow(RangeError);
    expect(() => new Semaphore(1.5)).toThrow(RangeError);
  });

  test("first come, first served", async () => {
    const semaphore = new Semaphore(1);
    const order: number[] = [];
    const first = await semaphore.acquire();
    const waiting = [1, 2, 3].map(async (number) => {
      const permit = await semaphore.acquire();
      order.push(number);
      permit.release();
    });
    first.release();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3]);
  });

  test("all permits can be in use at once", async () => {
    const semaphore = new Semaphore(3);
    const permits = await Promise.all([semaphore.acquire(), semaphore.acquire(), semaphore.acquire()]);
    expect(permits.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(semaphore.inUse).toBe(3);
  });

  test("a permit comes back when its task throws", async () => {
    const semaphore = new Semaphore(1);
    await expect(semaphore.use(() => Promise.reject(new Error("boom")))).rejects.toThrow("boom");
    expect(semaphore.inUse).toBe(0);
    expect(await semaphore.use(async (number) => number)).toBe(1);
  });

  test("a permit that is given back twice counts once", async () => {
    const semaphore = new Semaphore(1);
    const permit = await semaphore.acquire();
    permit.release();
    permit.release();
    await semaphore.acquire();
    expect(semaphore.inUse).toBe(1);
    const cancelled = new AbortController();
    const second = semaphore.acquire(cancelled.signal);
    cancelled.abort(new Error("no second permit"));
    await expect(second).rejects.toThrow("no second permit");
  });

  test("waiting can be cancelled, and the one behind gets the permit", async () => {
    const semaphore = new Semaphore(1);
    const held = await semaphore.acquire();
    const controller = new AbortController();
    const cancelled = semaphore.acquire(controller.signal);
    const behind = semaphore.acquire();
    controller.abort(new Error("changed my mind"));
    await expect(cancelled).rejects.toThrow("changed my mind");
    held.release();
    (await behind).release();
    expect(semaphore.inUse).toBe(0);
  });

  test("never more tasks at once than permits, each with a number of its own, and all permits come back", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 40 }),
        async (permits, tasks) => {
          const semaphore = new Semaphore(permits);
          const running = new Set<number>();
          let most = 0;
          await Promise.allSettled(
            tasks.map((turns, index) =>
              semaphore.use(async (number) => {
                expect(running.has(number)).toBe(false);
                running.add(number);
                most = Math.max(most, running.size);
                for (let turn = 0; turn < turns; turn++) await Promise.resolve();
                running.delete(number);
                if (index % 3 === 0) throw new Error("a task may fail");
              }),
            ),
          );
          expect(most).toBeLessThanOrEqual(permits);
          expect(semaphore.inUse).toBe(0);
        },
      ),
    );
  });
});
