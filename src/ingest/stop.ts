import { IngestError } from "../flow/errors.ts";

/** How a run ends before its time: nothing new is begun, what is in flight is finished. */
export class Stop {
  readonly #controller = new AbortController();
  readonly #onInterrupt: (reason: IngestError) => void;
  #error: unknown;

  constructor(onInterrupt: (reason: IngestError) => void) {
    this.#onInterrupt = onInterrupt;
  }

  /** Aborted by either; ends waits, but not what is in flight. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get requested(): boolean {
    return this.signal.aborted;
  }

  /** The user asked. */
  interrupt(): void {
    const reason = new IngestError("interrupted", { decision: "fatal", code: "interrupted" });
    this.#controller.abort(reason);
    this.#onInterrupt(reason);
  }

  /** Nothing after `error` can succeed. The first one counts. */
  fail(error: unknown): void {
    // What a wait throws because we are stopping is no failure of its own.
    if (this.requested && (error === this.signal.reason || this.#error !== undefined)) return;
    this.#error = error;
    this.#controller.abort(error);
  }

  /** What `fail` was called with. */
  get error(): unknown {
    return this.#error;
  }
}
