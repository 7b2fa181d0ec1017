import type { ErrorCode } from "./error-codes.ts";

/**
 * What to do about a failure, decided where the failure is born:
 * `retry`: it may pass; try the same thing again. `split`: the batch is refused for one of its texts; halve it.
 * `skip`: this one thing failed for good; record it and go on. `fatal`: nothing after it can succeed; stop the run.
 */
export type Decision = "retry" | "split" | "skip" | "fatal";

/** How this program was called, for hints that say how to call it next. */
export type Call = {
  /**
   * The whole command line that does what `words` say with what this call named: they are added to its flags, and take the
   * place of those they contradict. A first word that is a command is that command; else it is a run.
   * Ready to paste, and on one line. `without`: flags that would be wrong in it.
   */
  again(words: readonly string[], options?: { readonly without?: readonly string[] }): string;
  /** Whether a flag was given. */
  has(flag: string): boolean;
};

/** What the user can do now, e.g. `run: ollama pull qwen3-embedding:0.6b`; what to call of this program, by `Call`. */
export type Hint = string | ((call: Call) => string);

type IngestErrorOptions = {
  readonly decision: Decision;
  /** For scripts: the `code` of the `--json` error event. */
  readonly code: ErrorCode;
  readonly hint?: Hint | undefined;
  /** How long the server asked us to wait (`Retry-After`), in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
};

/** Every failure we expect. Any other error that reaches the top is a bug of ours: not retried, not swallowed. */
export class IngestError extends Error {
  override readonly name = "IngestError";
  readonly decision: Decision;
  readonly code: ErrorCode;
  readonly hint: Hint | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: IngestErrorOptions) {
    super(message, { cause: options.cause });
    this.decision = options.decision;
    this.code = options.code;
    this.hint = options.hint;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Nothing after it can succeed. */
export function fatalError(code: ErrorCode, message: string, hint?: Hint, cause?: unknown): IngestError {
  return new IngestError(message, { decision: "fatal", code, hint, cause });
}

/** A mistake in flags, settings or files: reported in one message, exit code 2, nothing changed. */
export function usageError(message: string, hint?: Hint): IngestError {
  return fatalError("usage", message, hint);
}

/** The text of any thrown value, for messages. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
