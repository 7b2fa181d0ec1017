import { type Clock, nextTurn } from "./clock.ts";
import { IngestError } from "./errors.ts";
import { Watchdog } from "./watchdog.ts";

const PROBE_FIRST_MS = 1_000;
const PROBE_MS_MAX = 15_000;
/** How often the wait is told of again. */
const SAY_EVERY_MS = 30_000;

/** A service that does not answer, and for how long it is waited for. */
type Away = {
  readonly error: IngestError;
  /** When it was found out. */
  readonly since: Date;
  readonly sinceMs: number;
  /** When it is given up. */
  readonly until: Date;
};

export type OutageOptions = {
  /** Resolves when the service answers. */
  readonly probe: (signal: AbortSignal) => Promise<unknown>;
  /** Whether waiting may help against what the probe met. */
  readonly isAway: (error: IngestError) => boolean;
  /** How long to wait for the service to come back. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** It is away: told once when that is known, and every 30 s. */
  readonly onWait: (away: Away) => void;
  /** The wait is over. `stopped`: by the signal. */
  readonly onEnd: (end: "returned" | "gone" | "stopped", away: Away) => void;
};

/** `answers`: it was not away at all. `returned`: it was, and answers again. `gone`: it stayed away. */
type OutageEnd = "answers" | "returned" | "gone";

/** Waits for a service that went away, once for all who ask; gives up for the rest of the run after `waitMs`. */
export class Outage {
  readonly #options: OutageOptions;
  #waiting: Promise<OutageEnd> | undefined;
  #gaveUp: IngestError | undefined;
  #isAway = false;
  /** Why it did not answer when it was asked last. */
  #met: IngestError | undefined;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  /** Why the service is not asked any more. */
  get gaveUp(): IngestError | undefined {
    return this.#gaveUp;
  }

  /** It did not answer when it was asked last. */
  get isAway(): boolean {
    return this.#isAway;
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
    const { waitMs, clock, signal, onEnd } = this.#options;
    const [since, sinceMs] = [clock.date(), clock.now()];
    if (await Promise.race([this.#answers(signal), abortOf(signal)])) return "answers";
    // What the probe meets is what is waited for; what led to it may have been one of its signs only.
    const away = { error: this.#met ?? error, since, sinceMs, until: new Date(since.getTime() + waitMs) };
    this.#isAway = true;
    let end: OutageEnd | "stopped" = "stopped";
    try {
      end = (await this.#returns(away)) ? "returned" : "gone";
      if (end === "gone") this.#gaveUp = this.#met ?? error;
      return end;
    } finally {
      this.#isAway = end !== "returned";
      onEnd(end, away);
    }
  }

  async #returns(away: Away): Promise<boolean> {
    const { waitMs, clock, signal, onWait } = this.#options;
    const untilMs = away.sinceMs + waitMs;
    let sayMs = away.sinceMs;
    const sayWhenDue = () => {
      if (clock.now() < sayMs || clock.now() >= untilMs) return;
      sayMs = clock.now() + SAY_EVERY_MS;
      onWait(away);
    };
    for (let pauseMs = PROBE_FIRST_MS; clock.now() < untilMs; pauseMs = Math.min(pauseMs * 2, PROBE_MS_MAX)) {
      sayWhenDue();
      await clock.sleep(Math.min(pauseMs, untilMs - clock.now()), signal);
      sayWhenDue();
      using probing = new Watchdog(clock, signal);
      const answers = this.#answers(probing.signal);
      const endMs = Math.max(untilMs, clock.now() + PROBE_FIRST_MS);
      // One that hangs must not keep the wait from being told of, nor from its end.
      while (await isPending(answers)) {
        if (clock.now() >= endMs) return false;
        const dueMs = sayMs < untilMs ? sayMs : endMs;
        await Promise.race([answers, clock.sleep(Math.max(dueMs - clock.now(), 1), probing.signal)]);
        sayWhenDue();
      }
      if (await answers) return true;
    }
    return false;
  }

  async #answers(signal: AbortSignal): Promise<boolean> {
    try {
      await this.#options.probe(signal);
      return true;
    } catch (failure) {
      if (!(failure instanceof IngestError) || !this.#options.isAway(failure)) throw failure;
      this.#met = failure;
      return false;
    }
  }
}

/** Whether `work` is still under way after all that is due has had its turn. */
function isPending(work: Promise<unknown>): Promise<boolean> {
  const settled = () => false;
  return Promise.race([work.then(settled, settled), nextTurn().then(() => true)]);
}

/** Rejects with the signal's reason. */
function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
  });
}
