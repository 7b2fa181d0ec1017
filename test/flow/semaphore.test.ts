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
    await semaphore.acquire();
    const waiting = [1, 2, 3].map(async (number) => {
      await semaphore.acquire();
      order.push(number);
      semaphore.release();
    });
    semaphore.release();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3]);
  });

  test("all permits can be in use at once, and a number is given again", async () => {
    const semaphore = new Semaphore(3);
    const end = Promise.withResolvers<void>();
    const started: number[] = [];
    const run = (until: Promise<void>) => semaphore.use((number) => (started.push(number), until));
    const second = Promise.withResolvers<void>();
    const tasks = [run(end.promise), run(second.promise), run(end.promise), run(end.promise)];
    await Promise.resolve();
    expect(semaphore.inUse).toBe(3);
    second.resolve();
    await tasks[1];
    await Promise.resolve();
    expect(started).toEqual([1, 2, 3, 2]);
    end.resolve();
    await Promise.all(tasks);
    expect(semaphore.inUse).toBe(0);
  });

  test("a permit comes back when its task throws", async () => {
    const semaphore = new Semaphore(1);
    await expect(semaphore.use(() => Promise.reject(new Error("boom")))).rejects.toThrow("boom");
    expect(semaphore.inUse).toBe(0);
    expect(await semaphore.use(async (number) => number)).toBe(1);
  });

  test("a permit that was not taken cannot be given back", async () => {
    const semaphore = new Semaphore(3);
    await semaphore.acquire(2);
    semaphore.release(2);
    expect(() => semaphore.release()).toThrow(RangeError);
    expect(semaphore.inUse).toBe(0);
  });

  test("waiting can be cancelled, and the one behind gets the permit", async () => {
    const semaphore = new Semaphore(1);
    await semaphore.acquire();
    const controller = new AbortController();
    const cancelled = semaphore.acquire(1, controller.signal);
    const behind = semaphore.acquire();
    controller.abort(new Error("changed my mind"));
    await expect(cancelled).rejects.toThrow("changed my mind");
    semaphore.release();
    await behind;
    semaphore.release();
    expect(semaphore.inUse).toBe(0);
  });

  test("a limit that is lowered calls nothing back, and one that is raised lets the next in", async () => {
    const semaphore = new Semaphore(3);
    await semaphore.acquire(3);
    semaphore.limit = 1;
    const waiting = semaphore.acquire();
    semaphore.release();
    semaphore.release();
    expect(semaphore.inUse).toBe(1);
    semaphore.limit = 99;
    expect(semaphore.limit).toBe(3);
    await waiting;
    expect(semaphore.inUse).toBe(2);
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

  test("what fits passes at once, what does not waits until there is room", async () => {
    const semaphore = new Semaphore(10);
    await semaphore.acquire(6);
    let passed = false;
    const waiting = semaphore.acquire(5).then(() => (passed = true));
    await Promise.resolve();
    expect(passed).toBe(false);
    semaphore.release(1);
    await waiting;
    expect(passed).toBe(true);
  });

  test("something heavier than the whole passes when nothing else is in use", async () => {
    const semaphore = new Semaphore(10);
    await semaphore.acquire(3);
    const heavy = semaphore.acquire(25);
    semaphore.release(3);
    await heavy;
    expect(semaphore.fits()).toBe(false);
    semaphore.release(25);
    expect(semaphore.fits(10)).toBe(true);
  });

  test("nobody overtakes the one that waits", async () => {
    const semaphore = new Semaphore(10);
    await semaphore.acquire(8);
    const order: string[] = [];
    const heavy = semaphore.acquire(9).then(() => order.push("heavy"));
    const light = semaphore.acquire(1).then(() => order.push("light"));
    expect(semaphore.fits()).toBe(false);
    semaphore.release(8);
    await Promise.all([heavy, light]);
    expect(order).toEqual(["heavy", "light"]);
  });

  test("one that is too heavy keeps nobody waiting once it has left", async () => {
    const semaphore = new Semaphore(10);
    await semaphore.acquire(8);
    const controller = new AbortController();
    const heavy = semaphore.acquire(9, controller.signal);
    const light = semaphore.acquire(2);
    controller.abort(new Error("stopped"));
    await expect(heavy).rejects.toThrow("stopped");
    await light;
    expect(semaphore.inUse).toBe(10);
  });

  test("waiting ends when the run stops, and holds nothing", async () => {
    const semaphore = new Semaphore(1);
    await semaphore.acquire();
    const controller = new AbortController();
    const waiting = semaphore.acquire(1, controller.signal);
    controller.abort(new Error("stopped"));
    await expect(waiting).rejects.toThrow("stopped");
    await expect(semaphore.acquire(1, controller.signal)).rejects.toThrow("stopped");
    semaphore.release();
    expect(semaphore.fits()).toBe(true);
  });

  test("whatever comes, goes and gives up, the bound holds, and all permits come back", async () => {
    const load = fc.record({
      weight: fc.integer({ min: 0, max: 7 }),
      turns: fc.nat(5),
      stopAfter: fc.option(fc.nat(4), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(load, { maxLength: 30 }), async (permits, loads) => {
        const semaphore = new Semaphore(permits);
        const held: number[] = [];
        const turn = async (turns: number) => {
          for (let index = 0; index < turns; index++) await Promise.resolve();
        };
        await Promise.allSettled(
          loads.map(async ({ weight, turns, stopAfter }) => {
            const controller = new AbortController();
            if (stopAfter !== undefined) void turn(stopAfter).then(() => controller.abort());
            await semaphore.acquire(weight, controller.signal);
            if (weight > 0) held.push(weight);
            expect(held.reduce((sum, each) => sum + each, 0) <= permits || held.length === 1).toBe(true);
            await turn(turns);
            if (weight > 0) held.splice(held.indexOf(weight), 1);
            semaphore.release(weight);
          }),
        ).then((ends) => {
          for (const end of ends) if (end.status === "rejected") expect(end.reason).toBeInstanceOf(DOMException);
        });
        expect(semaphore.inUse).toBe(0);
        expect(semaphore.fits(permits)).toBe(true);
      }),
    );
  });
});
