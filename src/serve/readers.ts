import type { Clock } from "../flow/clock.ts";
import { IngestError } from "../flow/errors.ts";
import { Semaphore } from "../flow/semaphore.ts";
import { openStore } from "../store/open-store.ts";
import type { DatabaseChoice } from "../store/driver/database.ts";
import type { Store } from "../store/store.ts";

/** Connections to a server. */
const READERS_MAX = 8;
/** Whoever waits for the embedded database looks for it every 100 ms, for 2 s. */
const WANTED_ASKED_MS = 250;
const GIVEN_WAY_MS = 500;

type ReadersOptions = {
  readonly database: DatabaseChoice;
  readonly clock: Clock;
  readonly open?: typeof openStore;
};

/**
 * The corpus, open for several readers at once, each opened when it is needed and kept. The embedded database admits one
 * process: it is closed as soon as another one waits for it, between two questions, and opened again for the next one.
 */
export class Readers implements AsyncDisposable {
  readonly #options: ReadersOptions;
  readonly #slots: Semaphore;
  readonly #idle: Store[] = [];
  readonly #closed = new AbortController();

  constructor(options: ReadersOptions) {
    this.#options = options;
    this.#slots = new Semaphore(options.database.kind === "server" ? READERS_MAX : 1);
    if (options.database.kind === "embedded") void this.#watch();
  }

  /** Asks the corpus. Who is not waited for any longer, by `signal`, keeps a reader until the database has answered. */
  async use<Result>(work: (store: Store) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    await this.#slots.acquire(1, signal);
    const answer = this.#ask(work).finally(() => this.#slots.release());
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const leave = () => reject(signal?.reason);
    signal?.addEventListener("abort", leave, { once: true });
    answer.catch(() => {});
    return Promise.race([answer, aborted]).finally(() => signal?.removeEventListener("abort", leave));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    await Promise.all(this.#idle.splice(0).map((store) => store.close()));
  }

  async #ask<Result>(work: (store: Store) => Promise<Result>): Promise<Result> {
    const { database, open = openStore } = this.#options;
    const store = this.#idle.pop() ?? (await open(database, { readsOnly: true }));
    let isKept = true;
    try {
      return await work(store).catch((error: unknown) => {
        // A connection that idled may have been ended meanwhile: the next statement has a new one.
        if (error instanceof IngestError && error.code === "database_lost") return work(store);
        throw error;
      });
    } catch (error) {
      // The embedded database that was not there is not looked for again by whoever has opened it.
      isKept = !(error instanceof IngestError && error.code === "no_corpus");
      throw error;
    } finally {
      if (store.isWanted()) await this.#giveWay(store);
      else if (isKept && !this.#closed.signal.aborted) this.#idle.push(store);
      else await store.close();
    }
  }

  async #watch(): Promise<void> {
    const { clock } = this.#options;
    try {
      for (;;) {
        await clock.sleep(WANTED_ASKED_MS, this.#closed.signal);
        if (this.#slots.inUse > 0 || !this.#idle.some((store) => store.isWanted())) continue;
        await this.#slots.use(async () => {
          for (const store of this.#idle.splice(0)) await this.#giveWay(store);
        });
      }
    } catch (error) {
      if (!this.#closed.signal.aborted) throw error;
    }
  }

  /** Whoever waits has the database before the next question opens it again. */
  async #giveWay(store: Store): Promise<void> {
    await store.close();
    await this.#options.clock.sleep(GIVEN_WAY_MS, this.#closed.signal).catch(() => {});
  }
}
