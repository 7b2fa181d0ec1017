import { describe, expect, test } from "bun:test";
import type { Clock } from "../../src/flow/clock.ts";

/** A clock under test, and how its time passes: by itself when `pass` is left out. */
export type ClockCase<Kind extends Clock> = {
  readonly name: string;
  create(): Kind;
  pass?(clock: Kind, ms: number): void;
};

/** Timers may round. */
const ROUNDED_MS = 1;

/** What every `Clock` owes those who wait by it. */
export function clockContract<Kind extends Clock>({ name, create, pass }: ClockCase<Kind>): void {
  describe(name, () => {
    test("a sleep takes its time, by both of its hands", async () => {
      const clock = create();
      const [since, date] = [clock.now(), clock.date().getTime()];
      const slept = clock.sleep(20);
      pass?.(clock, 20);
      await slept;
      expect(clock.now() - since).toBeGreaterThanOrEqual(20 - ROUNDED_MS);
      expect(clock.date().getTime() - date).toBeGreaterThanOrEqual(20 - 2 * ROUNDED_MS);
    });

    test("sleeps end in the order of their times", async () => {
      const clock = create();
      const order: number[] = [];
      const sleeps = [1, 20, 40].map((ms) => clock.sleep(ms).then(() => order.push(ms)));
      pass?.(clock, 40);
      await Promise.all(sleeps);
      expect(order).toEqual([1, 20, 40]);
    });

    test("the time never goes back, and dates are of its own time", () => {
      const clock = create();
      const [first, second] = [clock.now(), clock.now()];
      expect(second).toBeGreaterThanOrEqual(first);
      expect(clock.date()).toBeInstanceOf(Date);
      expect(Number.isNaN(clock.date().getTime())).toBe(false);
    });

    test("a sleep after the stop rejects with its reason, whatever that is", async () => {
      for (const reason of [new Error("Ctrl-C"), "a word"]) {
        const sleep = create().sleep(60_000, AbortSignal.abort(reason));
        expect(await sleep.catch((error: unknown) => error)).toBe(reason);
      }
    });

    test("a sleep whose time has not come ends with the reason of the stop", async () => {
      const clock = create();
      const stop = new AbortController();
      const [since, reason] = [clock.now(), new Error("Ctrl-C")];
      const slept = clock.sleep(60_000, stop.signal).catch((error: unknown) => error);
      const isOver = clock.now() - since >= 60_000;
      stop.abort(reason);
      expect(await slept).toBe(isOver ? undefined : reason);
    });

    test("a stop after the sleep changes nothing", async () => {
      const clock = create();
      const stop = new AbortController();
      const slept = clock.sleep(1, stop.signal);
      pass?.(clock, 1);
      await slept;
      stop.abort(new Error("late"));
      expect(await slept).toBeUndefined();
    });
  });
}
