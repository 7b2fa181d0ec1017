import type { Clock } from "../flow/clock.ts";
import type { ErrorCode } from "../flow/error-codes.ts";
import { IngestError } from "../flow/errors.ts";
import type { Embedder, EmbedderServer } from "./embedder.ts";
import { Lane, RESTING } from "./lane.ts";

/** A request that takes so many times as long as an idle server would is given to that one, too. */
const LATE_FACTOR = 3;
/** Answers that make no sense; those of another one may. */
const NONSENSE: ReadonlySet<ErrorCode> = new Set(["bad_answer", "bad_vector", "not_an_embedder"]);
/** Two servers whose expected answers are no further apart are equally good. */
const SIMILAR_FACTOR = 1.5;
/** A server that works on fewer requests at a time does not gain by more of them. */
const AT_ONCE_MIN = 1.5;

type SpreadOptions = {
  /** Requests in flight. */
  readonly workers: number;
  readonly clock: Clock;
  /** Ends the rest of an overloaded server, but no request that is on its way. */
  readonly stopped: AbortSignal;
  /** Another number of requests may be in flight from now on. */
  readonly onChange: () => void;
  /** A server gets nothing more in this run, for what it said; so many others are left. */
  readonly onLost: (error: IngestError, left: number) => void;
};

/** A batch that is on its way to one server, and may be given to another. */
type Request = {
  readonly texts: readonly string[];
  readonly characters: number;
  /** Those that were asked, the one that is asked now last. */
  readonly lanes: Lane[];
  /** Those of them that made nonsense of it when they were asked second. */
  readonly unfit: Set<Lane>;
  readonly sinceMs: number;
  /** Ends what is still under way when one server has answered. */
  readonly end: AbortController;
  /** What another server makes of it, once it has been asked. */
  second: Promise<Float32Array[]> | undefined;
  /** Resolves when that one is the first to answer. */
  readonly overtaken: PromiseWithResolvers<Float32Array[]>;
};

/**
 * Spreads batches over servers, each of which has a pace of its own: a batch goes to the one that is expected to answer it
 * first. What a server owes for long goes to one that has nothing to do as well, and the first answer counts (backup
 * tasks, Dean and Ghemawat 2004). One of several that has not answered yet, failed, or was beaten gets one request at a time.
 */
export class Spread implements Pick<Embedder, "embedBatch"> {
  readonly #options: SpreadOptions;
  /** Of the servers that are not lost. */
  #lanes: readonly Lane[];
  /** The oldest first; none where there is one server. */
  readonly #requests = new Set<Request>();
  /** Until a request is late. */
  #wait: { readonly atMs: number; readonly end: AbortController } | undefined;

  constructor(servers: readonly EmbedderServer[], options: SpreadOptions) {
    this.#options = options;
    const { workers: max, clock, stopped } = options;
    const onChange = () => this.#changed();
    this.#lanes = servers.map((server) => new Lane(server, { max, clock, stopped, onChange }));
  }

  /** Whether each server takes one request after the other: then more of them in flight gain nothing. */
  get isOneAtATime(): boolean {
    const known = this.#lanes.flatMap(({ atOnce }) => atOnce ?? []);
    return known.length > 0 && known.every((atOnce) => atOnce < AT_ONCE_MIN);
  }

  /** Requests that may be in flight now. */
  get capacity(): number {
    const working = this.#lanes.filter(({ restMs }) => restMs === 0);
    const counted = working.length === 0 ? this.#lanes : working;
    return counted.reduce((sum, lane) => sum + this.#levelOf(lane), 0);
  }

  async embedBatch(texts: readonly string[]): Promise<Float32Array[]> {
    const characters = texts.reduce((sum, text) => sum + text.length, 0);
    const end = new AbortController();
    const request: Request = {
      ...{ texts, characters, end, lanes: [], unfit: new Set<Lane>(), sinceMs: this.#options.clock.now() },
      second: undefined,
      overtaken: Promise.withResolvers(),
    };
    const first = this.#send(request, this.#best(characters, this.#lanes));
    if (this.#lanes.length === 1) return first;
    this.#requests.add(request);
    // It may be the only one, with nothing else to look after it.
    this.#waitForLate();
    try {
      return await Promise.race([first, request.overtaken.promise]);
    } catch (error) {
      if (request.second === undefined) throw error;
      return await request.second.catch(() => Promise.reject(error));
    } finally {
      this.#requests.delete(request);
      end.abort();
      this.#changed();
    }
  }

  /** Sends it to another server at once when one is away, has too much to do or computes nonsense, which says nothing of the batch. */
  async #send(request: Request, lane: Lane): Promise<Float32Array[]> {
    const { texts, characters, lanes, end } = request;
    lanes.push(lane);
    const sentMs = this.#options.clock.now();
    try {
      return await lane.embedBatch(texts, characters, end.signal);
    } catch (error) {
      const isLost = this.#lostFor(lane, error);
      // What is lost is not waited for; those that rest may be.
      const others = this.#lanes.filter((other) => !lanes.includes(other) && (isLost || other.restMs === 0));
      const isNonsense = !isLost && isOf(NONSENSE, error);
      if (!(isLost || isNonsense || isOf(RESTING, error)) || others.length === 0 || this.#options.stopped.aborted)
        throw error;
      this.#lookWhenRested(request, lane);
      const elsewhere = () => this.#send(request, this.#best(characters, others));
      if (!isNonsense) return elsewhere();
      const vectors = await lane.judged(sentMs, elsewhere);
      if (lane.isUseless) this.#lose(lane, error);
      return vectors;
    }
  }

  /** Whether the server is lost, now or before, where it need not be the end of the run: a key, a model or a quota is its own. */
  #lostFor(lane: Lane, error: unknown): boolean {
    if (!(error instanceof IngestError) || error.decision !== "fatal") return false;
    this.#lose(lane, error);
    return !this.#lanes.includes(lane);
  }

  #lose(lane: Lane, error: IngestError): void {
    if (this.#lanes.length === 1 || !this.#lanes.includes(lane)) return;
    this.#lanes = this.#lanes.filter((other) => other !== lane);
    this.#options.onLost(error, this.#lanes.length);
    this.#changed();
  }

  /** Of those that answer about as soon the one with the fewest in flight: how many it bears shows only when it gets them. */
  #best(characters: number, among: readonly Lane[]): Lane {
    const lanes = among.map((lane) => ({
      lane,
      restMs: lane.restMs,
      hasNoRoom: lane.inFlight >= this.#levelOf(lane) ? 1 : 0,
      expectedMs: lane.expectedMs(characters, this.#costElse),
    }));
    const [soonest, ...others] = lanes.toSorted(
      (a, b) => a.restMs - b.restMs || a.hasNoRoom - b.hasNoRoom || a.expectedMs - b.expectedMs,
    );
    if (soonest === undefined) throw new RangeError("batches need at least one server to go to");
    const { restMs, hasNoRoom, expectedMs } = soonest;
    const isAsGood = (other: typeof soonest) =>
      other.restMs <= restMs && other.hasNoRoom <= hasNoRoom && other.expectedMs <= SIMILAR_FACTOR * expectedMs;
    const [best = soonest] = [soonest, ...others.filter(isAsGood)].sort((a, b) => a.lane.inFlight - b.lane.inFlight);
    return best.lane;
  }

  /** What a server is taken to cost of which nothing is known. */
  get #costElse(): number {
    const known = this.#lanes.flatMap(({ cost }) => cost ?? []);
    return known.length === 0 ? 1 : Math.min(...known);
  }

  #levelOf(lane: Lane): number {
    return lane.isTrusted || this.#lanes.length === 1 ? lane.level : 1;
  }

  #changed(): void {
    this.#options.onChange();
    this.#waitForLate();
  }

  /** Looks again when the first request is late. Never at once: what is free may be about to get the next batch. */
  #waitForLate(): void {
    const { clock, stopped } = this.#options;
    const late = this.#firstLate();
    if (this.#requests.size === 0) {
      this.#wait?.end.abort();
      // Now: a batch that begins before its end is heard of would wait for it in vain.
      this.#wait = undefined;
    }
    if (late === undefined || (this.#wait !== undefined && this.#wait.atMs <= late.atMs)) return;
    this.#wait?.end.abort();
    const wait = { atMs: late.atMs, end: new AbortController() };
    this.#wait = wait;
    const over = () => {
      if (this.#wait === wait) this.#wait = undefined;
    };
    clock.sleep(Math.max(0, late.atMs - clock.now()), AbortSignal.any([stopped, wait.end.signal])).then(() => {
      over();
      const next = this.#firstLate();
      if (next !== undefined && next.atMs <= clock.now()) this.#ask(next.request, next.lane);
      this.#waitForLate();
    }, over);
  }

  /** The request that is late first, and the server that has nothing to do. */
  #firstLate(): { readonly request: Request; readonly lane: Lane; readonly atMs: number } | undefined {
    return this.#lanes
      .filter(({ mayBackUp }) => mayBackUp)
      .flatMap((lane) =>
        [...this.#requests]
          .filter(({ second, lanes, unfit }) => second === undefined && lanes.at(-1) !== lane && !unfit.has(lane))
          .map((request) => {
            const { sinceMs, characters } = request;
            return { request, lane, atMs: sinceMs + LATE_FACTOR * lane.ownMs(characters, 0) };
          }),
      )
      .sort((a, b) => a.atMs - b.atMs)[0];
  }

  #ask(request: Request, lane: Lane): void {
    const second = lane.embedBatch(request.texts, request.characters, request.end.signal);
    request.second = second;
    second.then(
      (vectors) => {
        if (!this.#requests.has(request)) return;
        request.lanes.at(-1)?.beaten(request.sinceMs, request.characters);
        request.overtaken.resolve(vectors);
      },
      (error: unknown) => {
        const isLost = this.#lostFor(lane, error);
        if (!this.#requests.has(request)) return;
        const isNonsense = isOf(NONSENSE, error);
        if (!(isLost || isNonsense || isOf(RESTING, error))) {
          // It says something of the batch, or is for the caller to ask again: more than the one that is late does.
          request.lanes.at(-1)?.beaten(request.sinceMs, request.characters);
          return request.overtaken.reject(error);
        }
        if (isNonsense) request.unfit.add(lane);
        request.second = undefined;
        this.#waitForLate();
        this.#lookWhenRested(request, lane);
      },
    );
  }

  /** One that rests may be asked again, if the one that has the request by then is late. */
  #lookWhenRested({ end }: Request, { restMs }: Lane): void {
    const { clock, stopped } = this.#options;
    if (restMs === 0) return;
    const look = () => this.#waitForLate();
    clock.sleep(restMs + 1, AbortSignal.any([stopped, end.signal])).then(look, () => {});
  }
}

function isOf(codes: ReadonlySet<ErrorCode>, error: unknown): error is IngestError {
  return error instanceof IngestError && codes.has(error.code);
}
