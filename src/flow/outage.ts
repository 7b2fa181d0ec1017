import type { Clock } from "./clock.ts";
import { IngestError } from "./errors.ts";

const PROBE_FIRST_MS = 1_000;
const PROBE_MS_MAX = 15_000;

export type OutageOptions = {
  /** Resolves when the service answers. */
  readonly probe: () => Promise<unknown>;
  /** Whether waiting may help against what the probe met. */
  readonly isAway: (error: IngestError) => boolean;
  /** How long to wait for the service to come back. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onWait: (sinceSeconds: number) => void;
};

/** `answers`: it was not away at all. `returned`: it was, and answers again. `gone`: it stayed away. */
export type OutageEnd = "answers" | "returned" | "gone";

/** Waits for a service that went away, once for all who ask; gives up for the rest of the run after `waitMs`. */
export class Outage {
  readonly #options: OutageOptions;
  #waiting: Promise<OutageEnd> | undefined;
  #gaveUp: IngestError | undefined;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  /** Why the service is not asked any more. */
  get gaveUp(): IngestError | undefined {
    return this.#gaveUp;
  }

  /** Asks after the service because of `error`, and waits until it answers. Throws what the probe throws if that is something else. */
  wait(error: IngestError): Promise<OutageEnd> {
    if (this.#gaveUp !== undefined) return Promise.resolve("gone");
    this.#waiting ??= this.#wait(error).finally(() => {
      this.#waiting = undefined;
    });
    return this.#waiting;
  }

  async #wait(error: IngestError): Promise<OutageEnd> {
    const { waitMs, clock, signal, onWait } = this.#options;
    const since = clock.now();
    if (await this.#answers()) return "answers";
    for (let pauseMs = PROBE_FIRST_MS; clock.now() - since < waitMs; pauseMs = Math.min(pauseMs * 2, PROBE_MS_MAX)) {
      onWait(Math.round((clock.now() - since) / 1_000));
      await clock.sleep(Math.min(pauseMs, Math.max(waitMs - (clock.now() - since), 1)), signal);
      if (await this.#answers()) return "returned";
    }
    this.#gaveUp = error;
    return "gone";
  }

  async #answers(): Promise<boolean> {
    try {
      await this.#options.probe();
      return true;
    } catch (failure) {
      if (failure instanceof IngestError && this.#options.isAway(failure)) return false;
      throw failure;
    }
  }
}
