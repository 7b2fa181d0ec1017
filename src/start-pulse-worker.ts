import type { PulseWorker } from "./report/live/pulse.ts";

/** Starts what moves a clock on the terminal on; here, as in the executable a Worker is found only by a file beside `cli.ts`. */
export function startPulseWorker(): PulseWorker {
  return new Worker(new URL("./pulse-worker.ts", import.meta.url).href);
}
