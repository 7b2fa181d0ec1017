import type { Clock } from "../../flow/clock.ts";
import { IngestError } from "../../flow/errors.ts";

type Patience = {
  readonly idleMs: number;
  readonly totalMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** Ends a request that never begins, falls silent, or never ends. */
export class PatienceWatch implements Disposable {
  readonly #request = new AbortController();
  readonly #timers = new AbortController();
  readonly #signal: AbortSignal;
  readonly #stop: () => void;
  #heard = 0;

  constructor({ idleMs, totalMs, clock, signal }: Patience) {
    this.#signal = signal;
    this.#stop = () => this.#request.abort(signal.reason);
    if (signal.aborted) this.#stop();
    signal.addEventListener("abort", this.#stop, { once: true });
    void this.#watchSilence(idleMs, clock);
    void this.#watchEnd(totalMs, clock);
  }

  /** Aborted when the run stops, or with the error the silence stands for. */
  get signal(): AbortSignal {
    return this.#request.signal;
  }

  /** Something came. */
  heard(): void {
    this.#heard++;
  }

  /** Gives up what is still under way. */
  end(): void {
    this.#timers.abort();
    this.#signal.removeEventListener("abort", this.#stop);
    this.#request.abort();
  }

  [Symbol.dispose](): void {
    this.end();
  }

  async #watchSilence(idleMs: number, clock: Clock): Promise<void> {
    for (;;) {
      const before = this.#heard;
      if (!(await this.#sleep(idleMs, clock))) return;
      // Silent for the whole of a sleep, so for one to two times `idleMs`.
      if (this.#heard === before) return this.#request.abort(silence(`no answer for ${idleMs / 1_000} s`));
    }
  }

  async #watchEnd(totalMs: number, clock: Clock): Promise<void> {
    if (await this.#sleep(totalMs, clock)) this.#request.abort(silence(`it did not end within ${totalMs / 1_000} s`));
  }

  /** False when the watch has ended first. */
  #sleep(ms: number, clock: Clock): Promise<boolean> {
    return clock.sleep(ms, this.#timers.signal).then(
      () => !this.#timers.signal.aborted,
      () => false,
    );
  }
}

function silence(message: string): IngestError {
  return new IngestError(message, { decision: "retry", code: "page_timeout" });
}
