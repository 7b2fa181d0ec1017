import { setImmediate } from "node:timers/promises";

/** Time as a parameter, so that no test waits for it. All values are milliseconds. */
export interface Clock {
  /** Monotonic. */
  now(): number;
  /** Wall clock, for timestamps in files and events. */
  date(): Date;
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, ms);
      signal?.addEventListener("abort", stop, { once: true });
    }),
};

/** Calls back every second, for which nothing stays alive; returns what ends that. */
export function everySecond(callback: () => void): () => void {
  const timer = setInterval(callback, 1_000).unref();
  return () => clearInterval(timer);
}

/** Lets what waits have its turn: requests in flight, Ctrl-C. */
export function nextTurn(): Promise<void> {
  return setImmediate();
}
