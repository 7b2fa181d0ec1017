import type { Clock } from "../flow/clock.ts";

/** From then on a run that was asked to stop says what it waits for, and how often. */
const SAY_AFTER_MS = 5_000;
const SAY_EVERY_MS = 10_000;
/** What has not ended by then is given up. */
const WAIT_MS_MAX = 20_000;
/** Requests beside the oldest: a server that works in parallel is about to answer them too. */
const REQUESTS_AFTER_OLDEST_MS = 1_000;
const CANCEL_EVERY_MS = 500;

export type Work = {
  /** For messages: "the embedding request of 64 texts". */
  readonly what: string;
  /** Of an embedding server, which may take one after the other: when the run is to stop, only the oldest is waited for. */
  readonly isRequest?: boolean;
  /** Ends it with nothing lost; then it is not waited for. */
  readonly cancel?: () => Promise<void>;
};

type InFlightOptions = {
  readonly clock: Clock;
  /** A run that is to stop waits for it; `sinceMs`: how long it has been under way. */
  readonly onWait: (what: string, sinceMs: number) => void;
  readonly onGiveUp: (what: string, sinceMs: number) => void;
};

type Entry = Work & { readonly sinceMs: number; readonly end: AbortController; readonly done: Promise<void> };

/**
 * What a run has under way outside of itself, and how that ends when the user asks the run to stop: it is waited for, but
 * not for long, and not without a word.
 */
export class InFlight implements Disposable {
  readonly #options: InFlightOptions;
  /** The oldest first. */
  readonly #entries = new Set<Entry>();
  readonly #over = new AbortController();
  #reason: unknown;
  #gaveUp = false;

  constructor(options: InFlightOptions) {
    this.#options = options;
  }

  /** Runs `task`; rejects with the reason of the stop when it is given up, which the task's signal says too. */
  async run<Result>(work: Work, task: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    if (this.#gaveUp) throw this.#reason;
    const end = new AbortController();
    const done = Promise.withResolvers<void>();
    const givenUp = Promise.withResolvers<never>();
    end.signal.addEventListener("abort", () => givenUp.reject(end.signal.reason), { once: true });
    const entry = { ...work, sinceMs: this.#options.clock.now(), end, done: done.promise };
    this.#entries.add(entry);
    if (this.#reason !== undefined) void this.#cancel(entry);
    try {
      return await Promise.race([task(end.signal), givenUp.promise]);
    } finally {
      this.#entries.delete(entry);
      done.resolve();
    }
  }

  /** The user asked the run to stop, for `reason`. */
  stop(reason: unknown): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    for (const entry of this.#entries) void this.#cancel(entry);
    void this.#endRequests();
    void this.#waitForAll();
  }

  /** The run is over: nothing more is said. */
  [Symbol.dispose](): void {
    this.#over.abort();
  }

  async #endRequests(): Promise<void> {
    const requests = () => [...this.#entries].filter(({ isRequest }) => isRequest);
    await requests()[0]?.done;
    if (!(await this.#sleep(REQUESTS_AFTER_OLDEST_MS))) return;
    for (const { end } of requests()) end.abort(this.#reason);
  }

  async #waitForAll(): Promise<void> {
    const { clock, onWait, onGiveUp } = this.#options;
    const endMs = clock.now() + WAIT_MS_MAX;
    for (let ms = SAY_AFTER_MS; clock.now() < endMs; ms = SAY_EVERY_MS) {
      if (!(await this.#sleep(Math.min(ms, endMs - clock.now())))) return;
      const [oldest] = this.#entries;
      if (oldest !== undefined && endMs - clock.now() > SAY_AFTER_MS / 2)
        onWait(oldest.what, clock.now() - oldest.sinceMs);
    }
    this.#gaveUp = true;
    for (const { what, sinceMs, end } of this.#entries) {
      onGiveUp(what, clock.now() - sinceMs);
      end.abort(this.#reason);
    }
  }

  async #cancel({ cancel, done }: Entry): Promise<void> {
    if (cancel === undefined) return;
    let isDone = false;
    void done.then(() => void (isDone = true));
    // Again and again: it may be between two statements.
    do await cancel().catch(() => {});
    while ((await this.#sleep(CANCEL_EVERY_MS)) && !isDone);
  }

  /** False when the run is over first. */
  #sleep(ms: number): Promise<boolean> {
    return this.#options.clock.sleep(ms, this.#over.signal).then(
      () => true,
      () => false,
    );
  }
}
