import type { Clock } from "../../flow/clock.ts";

/** What parsers of web sites are given beside their source. One for a run, so that its sources keep one pace together. */
export type WebAccess = {
  readonly clock: Clock;
  readonly pace: HostPace;
  /** File that keeps the pages of the last run, so that an unchanged one costs a 304. */
  readonly cachePath: string;
  /** A dry run writes nothing, this file included. */
  readonly cacheWritable: boolean;
};

/** What the web sources of a run share. */
export function webAccess(options: Omit<WebAccess, "pace">): WebAccess {
  return { ...options, pace: new HostPace(options.clock) };
}

/** Keeps a distance between two requests to one host, whichever source makes them. */
class HostPace {
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
