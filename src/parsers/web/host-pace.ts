import type { Clock } from "../../flow/clock.ts";

/** Keeps a distance between two requests to one host, whichever source makes them. */
export class HostPace {
  readonly #clock: Clock;
  /** When each host had its last turn. */
  readonly #turns = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when `host` may be asked again, at least `intervalMs` after the turn before. */
  async turn(host: string, intervalMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const now = this.#clock.now();
    const last = this.#turns.get(host);
    const at = last === undefined ? now : Math.max(now, last + intervalMs);
    // Taken before the wait, so that two who ask at once do not get the same turn.
    this.#turns.set(host, at);
    if (at > now) await this.#clock.sleep(at - now, signal);
  }
}
