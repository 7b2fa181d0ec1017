import type { Clock } from "./clock.ts";
import { IngestError } from "./errors.ts";

/** A failure that is followed by another try; `attempt` is the one that failed, from 1. */
export type FailedAttempt = { readonly attempt: number; readonly error: IngestError; readonly waitMs: number };

export type RetryOptions = {
  /** Retries after the first try. */
  readonly retries: number;
  readonly clock: Clock;
  /** Ends the waits, and then what may pass is not tried again: its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Uniform in [0, 1); spreads the retries of several workers. */
  readonly random?: () => number;
  /** Told before each wait. */
  readonly onRetry?: (failure: FailedAttempt) => void;
  /**
   * Asked about each failure that may pass before it counts: true when what stood in the way is over, and the task is to
   * be tried again at once. `isLast`: there are no retries left.
   */
  readonly outlast?: (error: IngestError, attempt: number, isLast: boolean) => Promise<boolean>;
};

const BACKOFF_FIRST_MS = 1_000;
const BACKOFF_MS_MAX = 60_000;
/** A server may ask for more patience than this, but not get it. */
const RETRY_AFTER_MS_MAX = 120_000;

/**
 * Runs `task` again while it fails with an error that may pass (`retry`), after 1 s, 2 s, 4 s ... with jitter,
 * or after what the server asked for. Any other error, ours included, is thrown at once.
 * `task` gets the number of the attempt, from 1.
 */
export async function withRetry<Result>(
  task: (attempt: number) => Promise<Result>,
  options: RetryOptions,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await task(attempt);
    } catch (error) {
      if (!(error instanceof IngestError) || error.decision !== "retry") throw error;
      options.signal?.throwIfAborted();
      const isLast = attempt > options.retries;
      if (await options.outlast?.(error, attempt, isLast)) {
        attempt--;
        continue;
      }
      if (isLast) throw error;
      const waitMs = retryDelayMs(attempt, error.retryAfterMs, options.random);
      options.onRetry?.({ attempt, error, waitMs });
      await options.clock.sleep(waitMs, options.signal);
    }
  }
}

/** Exponential backoff with up to 25% of jitter on top; `Retry-After` replaces it. */
export function retryDelayMs(
  attempt: number,
  retryAfterMs: number | undefined,
  random: () => number = Math.random,
): number {
  if (retryAfterMs !== undefined) return Math.min(retryAfterMs, RETRY_AFTER_MS_MAX);
  const base = Math.min(BACKOFF_FIRST_MS * 2 ** (attempt - 1), BACKOFF_MS_MAX);
  return Math.round(base * (1 + random() / 4));
}
