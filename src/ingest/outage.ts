import { isOutage } from "../embed/classify.ts";
import type { Clock } from "../flow/clock.ts";
import { IngestError } from "../flow/errors.ts";

const PROBE_FIRST_MS = 1_000;
const PROBE_MS_MAX = 15_000;

export type OutageOptions = {
  readonly probe: () => Promise<void>;
  /** How long to wait for the server to come back. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onWait: (sinceSeconds: number) => void;
};

/** Waits for an embedding server that went away, once for all workers; gives up for the rest of the run after `waitMs`. */
export class Outage {
  readonly #options: OutageOptions;
  #waiting: Promise<boolean> | undefined;
  /** Why nothing is sent any more. */
  gaveUp: IngestError | undefined;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  /**
   * True when the server was away and answers again; false when it stayed away, or was not away at all: then what failed
   * has failed. Throws what the probe says if that is something else.
   */
  wait(error: IngestError): Promise<boolean> {
    if (this.gaveUp !== undefined) return Promise.resolve(false);
    this.#waiting ??= this.#wait(error).finally(() => {
      this.#waiting = undefined;
    });
    return this.#waiting;
  }

  async #wait(error: IngestError): Promise<boolean> {
    const { waitMs, clock, signal, onWait } = this.#options;
    const since = clock.now();
    if (await this.#answers()) return false;
    for (let pauseMs = PROBE_FIRST_MS; clock.now() - since < waitMs; pauseMs = Math.min(pauseMs * 2, PROBE_MS_MAX)) {
      onWait(Math.round((clock.now() - since) / 1_000));
      await clock.sleep(Math.min(pauseMs, Math.max(waitMs - (clock.now() - since), 1)), signal);
      if (await this.#answers()) return true;
    }
    this.gaveUp = error;
    return false;
  }

  async #answers(): Promise<boolean> {
    try {
      await this.#options.probe();
      return true;
    } catch (failure) {
      if (failure instanceof IngestError && isOutage(failure)) return false;
      throw failure;
    }
  }
}
