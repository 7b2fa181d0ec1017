import type { Clock } from "../flow/clock.ts";
import type { ErrorCode } from "../flow/error-codes.ts";
import { IngestError } from "../flow/errors.ts";
import { Pace } from "../flow/pace.ts";
import type { EmbedderServer } from "./embedder.ts";

/** Failures of a server that is to be left alone for a while; another one need not share them. */
export const RESTING: ReadonlySet<ErrorCode> = new Set([
  "embedder_busy",
  "embedder_unavailable",
  "embedder_unreachable",
]);
/** Weight of the newest request in what is known of a server's speed. */
const NEWEST_WEIGHT = 0.3;
/** How long a server that failed, or was beaten, took is half forgotten after so long. */
const DOUBT_HALF_LIFE_MS = 30_000;
/** Of others after as long as it took, once for each two of its answers up to so many times: it may have been slow for once. */
const HALF_LIVES_MAX = 8;
/** Answers of a server in a row that make no sense, where another server's did, before nothing more is expected of it. */
const NONSENSE_MAX = 3;
/** How long it rests after the second of them: what stands before a server may show a page of its own for a while. */
const NONSENSE_REST_MS = 10_000;
/** Requests behind another one that must have been answered before anything is said of how a server works. */
const BEHIND_MIN = 8;

type LaneOptions = {
  /** Requests in flight. */
  readonly max: number;
  readonly clock: Clock;
  /** Ends the rest of an overloaded server, but no request that is on its way. */
  readonly stopped: AbortSignal;
  /** It may be sent another number of requests from now on. */
  readonly onChange: () => void;
};

/** A server and the requests that are on their way to it: how many it is sent at a time, and how soon it would answer one more. */
export class Lane {
  readonly #server: EmbedderServer;
  readonly #pace: Pace;
  readonly #clock: Clock;
  readonly #stopped: AbortSignal;
  readonly #onChange: () => void;
  /** When those in flight were sent, the oldest first. */
  readonly #sent = new Map<object, number>();
  /** Milliseconds for a character of a request, those of the requests before it left out; undefined when not known. */
  #cost: number | undefined;
  /** Characters of a request. */
  readonly #usual = new Mean();
  #isTrusted = false;
  /** What became of the last request, where it was no answer. */
  #failure: ErrorCode | undefined;
  /** In a row; and until when it is passed over for it. Those that were on their way together count once. */
  #nonsense = 0;
  /** Requests of which another server is to say whether they make sense. */
  #doubts = 0;
  #nonsenseMs = Number.NEGATIVE_INFINITY;
  #restsUntil = 0;
  /** When it answered, failed or was beaten last. */
  #heardMs: number;
  readonly #alone = new Mean();
  /** How many requests the server worked on at a time, as far as those show that had others before them. */
  readonly #atOnce = new Mean();

  constructor(server: EmbedderServer, { max, clock, stopped, onChange }: LaneOptions) {
    this.#server = server;
    this.#pace = new Pace({ max, clock, onLevel: onChange });
    this.#clock = clock;
    this.#heardMs = clock.now();
    this.#stopped = stopped;
    this.#onChange = onChange;
  }

  get inFlight(): number {
    return this.#sent.size;
  }

  /** Requests that it may be sent at a time. */
  get level(): number {
    return this.#pace.level;
  }

  /** What it was sent last was answered. */
  get isTrusted(): boolean {
    return this.#isTrusted;
  }

  /** How long it is still to be passed over, in milliseconds; 0 for one that works. */
  get restMs(): number {
    if (this.#doubts > 0) return DOUBT_HALF_LIFE_MS;
    return Math.max(this.#server.restMs, this.#pace.restMs, this.#restsUntil - this.#clock.now());
  }

  /** Whether it may be asked for what another one owes: what it said last was an answer, or that it has to rest. */
  get mayBackUp(): boolean {
    if (this.restMs > 0 || this.inFlight > 0 || this.#cost === undefined) return false;
    return this.#failure === undefined ? this.#isTrusted : RESTING.has(this.#failure);
  }

  get cost(): number | undefined {
    return this.#cost;
  }

  /** How long a request takes that has no other before it. A small one, as long as others: each has a cost of its own. */
  ownMs(characters: number, costElse: number): number {
    return (this.#cost ?? costElse) * Math.max(characters, this.#usual.value);
  }

  /** Requests that it works on at a time; undefined when that is not known. */
  get atOnce(): number | undefined {
    return this.#atOnce.count < BEHIND_MIN ? undefined : this.#atOnce.value;
  }

  /**
   * How long one more request would take, where one of an unknown server is taken to cost `costElse`. What is known of a
   * server that has nothing to do is forgotten, or one that was slow for once would never be asked again.
   */
  expectedMs(characters: number, costElse: number): number {
    const nowMs = this.#clock.now();
    const ownMs = this.ownMs(characters, costElse);
    const [oldestMs] = this.#sent.values();
    if (oldestMs !== undefined) return Math.max(ownMs * (this.inFlight + 1), nowMs - oldestMs);
    const times = Math.min(Math.max(this.#usual.count / 2, 1), HALF_LIVES_MAX);
    const halfLifeMs = this.#isTrusted ? Math.max(times * ownMs, 1) : DOUBT_HALF_LIFE_MS;
    return ownMs * 0.5 ** ((nowMs - this.#heardMs) / halfLifeMs);
  }

  /** Another server was faster though it was asked much later. */
  beaten(sinceMs: number, characters: number): void {
    this.#tookTooLong(this.#clock.now() - sinceMs, characters);
    this.#onChange();
  }

  /** It made nonsense of what was sent then, and is passed over until `elsewhere` says whether others can do better. */
  async judged<Result>(sentMs: number, elsewhere: () => Promise<Result>): Promise<Result> {
    this.#isTrusted = false;
    this.#doubts++;
    try {
      const result = await elsewhere();
      if (sentMs >= this.#nonsenseMs) this.#gaveNonsense();
      return result;
    } finally {
      this.#doubts--;
      this.#onChange();
    }
  }

  /** It gave nothing but nonsense for some time, where another server did not. */
  get isUseless(): boolean {
    return this.#nonsense >= NONSENSE_MAX;
  }

  #gaveNonsense(): void {
    this.#nonsenseMs = this.#clock.now();
    if (++this.#nonsense > 1) this.#restsUntil = this.#nonsenseMs + NONSENSE_REST_MS;
  }

  async embedBatch(texts: readonly string[], characters: number, signal: AbortSignal): Promise<Float32Array[]> {
    const request = {};
    this.#sent.set(request, this.#clock.now());
    try {
      await this.#pace.ready(this.#stopped);
      return await this.#ask(texts, characters, signal);
    } finally {
      this.#sent.delete(request);
      this.#onChange();
    }
  }

  async #ask(texts: readonly string[], characters: number, signal: AbortSignal): Promise<Float32Array[]> {
    const sent = this.#pace.sent();
    const place = this.#pace.inFlight;
    try {
      const vectors = await this.#server.embedBatch(texts, signal);
      this.#pace.succeeded(sent, characters);
      this.#answered(this.#clock.now() - sent.ms, characters, place);
      return vectors;
    } catch (error) {
      if (error instanceof IngestError) this.#failure = error.code;
      if (error instanceof IngestError && error.code === "embedder_busy")
        this.#pace.overloaded(sent, error.retryAfterMs);
      if (error instanceof IngestError && error.decision === "retry")
        this.#tookTooLong(this.#clock.now() - sent.ms, characters);
      throw error;
    } finally {
      this.#pace.ended();
    }
  }

  /** `place`: its number among those in flight. */
  #answered(ms: number, characters: number, place: number): void {
    // What a small one took says little of its characters.
    if (2 * characters >= this.#usual.value) this.#learn(ms / Math.max(characters, 1), place);
    this.#usual.add(characters);
    this.#nonsense = 0;
    this.#failure = undefined;
    this.#isTrusted = true;
    this.#heardMs = this.#clock.now();
  }

  /** `cost`: for a character, the requests before it included. */
  #learn(cost: number, place: number): void {
    const own = cost / place;
    // It is as fast as it was last, and slow only when it is so again and again.
    const known = this.#cost === undefined || own < this.#cost ? own : this.#cost;
    this.#cost = known + NEWEST_WEIGHT * (own - known);
    if (place === 1) this.#alone.add(cost);
    else if (this.#alone.count > 0 && cost > 0) this.#atOnce.add((place * this.#alone.value) / cost);
  }

  #tookTooLong(ms: number, characters: number): void {
    this.#isTrusted = false;
    this.#heardMs = this.#clock.now();
    this.#cost = Math.max(this.#cost ?? 0, ms / Math.max(characters, this.#usual.value, 1));
  }
}

class Mean {
  #sum = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get value(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  add(value: number): void {
    this.#sum += value;
    this.#count++;
  }
}
