import { HandClock } from "../../support/hand-clock.ts";

/** Whoever sleeps for so long waits for a server that may never answer; a pause between requests is shorter. */
const PATIENCE_MS = 20_000;

/**
 * A clock for talks with servers: pauses between requests end at once and move its time, while patience with a server
 * ends only when the test moves the time.
 */
export class WebClock extends HandClock {
  /** The pauses that were made, in order, in milliseconds. */
  readonly pauses: number[] = [];
  /** The same for what ends only with the time. */
  readonly waits: number[] = [];

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (ms >= PATIENCE_MS) {
      this.waits.push(ms);
      return super.sleep(ms, signal);
    }
    this.pauses.push(ms);
    this.advance(ms);
    return Promise.resolve();
  }
}
