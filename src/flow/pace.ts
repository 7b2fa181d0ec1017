import type { Clock } from "./clock.ts";

/** Responses at one level before it is judged, for each request in flight. */
const WINDOW_ROUNDS = 4;
/** Below this many times the shortest latency there is no queue worth looking for. */
const QUEUE_LATENCY_MIN = 2;
/** Weight of the newest window in what is known of a level. */
const NEWEST_WEIGHT = 0.5;
/** One more request in flight must bring this share of the throughput that it would bring if nothing else slowed down. */
const GAIN_SHARE_MIN = 0.5;
/** A level that did not pay is tried again after so many windows, then after twice as many, and so on. */
const HOLD_WINDOWS_FIRST = 4;
const HOLD_WINDOWS_MAX = 256;
/** Below this, latency does not lower the level: with two in flight the server never waits for us. */
const LEVEL_BY_LATENCY_MIN = 2;
const PAUSE_FIRST_MS = 1_000;
const PAUSE_MS_MAX = 60_000;

/** A request on its way. */
export type Sent = {
  readonly ms: number;
  /** With it as many are in flight as may be. */
  readonly isFull: boolean;
};

/** What is known of one number of requests in flight. */
type Level = {
  /** Milliseconds a request took for one unit of its size, on average; 0 when it is not known, or out of date. */
  cost: number;
  /** Windows for which it is not tried again. */
  hold: number;
  /** What `hold` is set to when it does not pay the next time. */
  holdNext: number;
};

/**
 * How many requests a server is sent at a time, at most `max`. A server that says it is overloaded gets half as many
 * (multiplicative decrease), and nobody sends anything until it has rested; while all is well one more is tried every
 * few responses (additive increase). A server that takes one request after the other never complains, it only gets
 * slower: so a level is kept only if it brings throughput (requests in flight over latency, Little's law) and not
 * merely a queue. Requests that were sent while there were too few to fill the level say nothing of it.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #onLevel: (level: number) => void;
  readonly #levels: Level[];
  #level: number;
  #inFlight = 0;
  #pausedUntil = 0;
  #pauses = 0;
  /** The lowest cost a single request ever had. */
  #costMin = Number.POSITIVE_INFINITY;
  /** Sums over the requests since the level was set. */
  #responses = 0;
  #ms = 0;
  #size = 0;
  #levelSince = 0;

  constructor(options: { readonly max: number; readonly clock: Clock; readonly onLevel: (level: number) => void }) {
    this.#clock = options.clock;
    this.#onLevel = options.onLevel;
    this.#level = options.max;
    this.#levels = Array.from({ length: options.max + 1 }, () => ({ cost: 0, hold: 0, holdNext: HOLD_WINDOWS_FIRST }));
  }

  /** Requests that may be in flight now. */
  get level(): number {
    return this.#level;
  }

  /** Requests that are in flight now. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** How long the server is still to rest, in milliseconds. */
  get restMs(): number {
    return Math.max(0, this.#pausedUntil - this.#clock.now());
  }

  /** Resolves when the server has rested; rejects with the signal's reason. */
  async ready(signal: AbortSignal): Promise<void> {
    while (this.restMs > 0) await this.#clock.sleep(this.restMs, signal);
  }

  /** A request is sent; what becomes of it is told to `ended`, and to one of the others. */
  sent(): Sent {
    this.#inFlight++;
    return { ms: this.#clock.now(), isFull: this.#inFlight >= this.#level };
  }

  /** A request is in flight no more, whatever became of it. */
  ended(): void {
    this.#inFlight--;
  }

  /** A request was answered. `size`: what its cost grows with, e.g. characters. */
  succeeded({ ms, isFull }: Sent, size: number): void {
    const tookMs = this.#clock.now() - ms;
    this.#pauses = 0;
    if (size > 0) this.#costMin = Math.min(this.#costMin, tookMs / size);
    // Sent under another level, or with fewer: it says nothing about this one.
    if (ms < this.#levelSince || !isFull) return;
    this.#responses++;
    this.#ms += tookMs;
    this.#size += size;
    if (this.#responses >= WINDOW_ROUNDS * this.#level) this.#endWindow();
  }

  /** A request was refused because the server has too much to do. */
  overloaded({ ms }: Sent, retryAfterMs: number | undefined): void {
    const now = this.#clock.now();
    const pauseMs = retryAfterMs ?? Math.min(PAUSE_FIRST_MS * 2 ** this.#pauses, PAUSE_MS_MAX);
    this.#pausedUntil = Math.max(this.#pausedUntil, now + Math.min(pauseMs, PAUSE_MS_MAX));
    // All that were in flight together are one overload.
    if (ms < this.#levelSince) return;
    this.#pauses++;
    this.#doesNotPay(this.#level);
    this.#set(Math.max(1, Math.floor(this.#level / 2)));
  }

  #endWindow(): void {
    const number = this.#level;
    const level = this.#levels[number];
    if (level === undefined) return;
    const cost = this.#size > 0 ? this.#ms / this.#size : 0;
    level.cost = level.cost === 0 ? cost : level.cost + NEWEST_WEIGHT * (cost - level.cost);
    for (const other of this.#levels) if (other.hold > 0) other.hold--;
    this.#set(this.#next(number, level));
  }

  /** The level after a window at `number`: a step up, a step down, or none. */
  #next(number: number, level: Level): number {
    const higher = this.#levels[number + 1];
    if (higher !== undefined && higher.cost > 0) {
      if (pays(number + 1, higher.cost, level.cost)) return number + 1;
      this.#doesNotPay(number + 1);
    }
    if (number > LEVEL_BY_LATENCY_MIN && level.cost > QUEUE_LATENCY_MIN * this.#costMin) {
      const lower = this.#levels[number - 1];
      // To be compared with, a lower one has to be tried; not each on the way to where the queue should be gone.
      if (lower === undefined || lower.cost === 0) return Math.min(number - 1, this.#unqueued(number, level));
      if (!pays(number, level.cost, lower.cost)) {
        this.#doesNotPay(number);
        return number - 1;
      }
    }
    return higher !== undefined && higher.hold === 0 ? number + 1 : number;
  }

  /** The level at which a request would take no longer than is fine, if the throughput were the same. */
  #unqueued(number: number, { cost }: Level): number {
    return Math.max(LEVEL_BY_LATENCY_MIN, Math.ceil((QUEUE_LATENCY_MIN * number * this.#costMin) / cost));
  }

  #doesNotPay(number: number): void {
    const level = this.#levels[number];
    if (level === undefined) return;
    level.hold = level.holdNext;
    level.holdNext = Math.min(level.holdNext * 2, HOLD_WINDOWS_MAX);
    level.cost = 0;
  }

  #set(level: number): void {
    this.#responses = 0;
    this.#ms = 0;
    this.#size = 0;
    if (level === this.#level) return;
    this.#level = level;
    this.#levelSince = this.#clock.now();
    this.#onLevel(level);
  }
}

/** Whether `level` requests in flight get enough more done than one less; costs are those of `Level`. */
function pays(level: number, cost: number, costBelow: number): boolean {
  const gain = level / cost / ((level - 1) / costBelow) - 1;
  return gain >= GAIN_SHARE_MIN / (level - 1);
}
