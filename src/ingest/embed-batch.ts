import type { Embedder } from "../embed/embedder.ts";
import { IngestError } from "../flow/errors.ts";
import type { RetryOptions } from "../flow/retry.ts";
import { withRetry } from "../flow/retry.ts";
import type { Text } from "./texts.ts";

export type EmbedBatchOptions = {
  readonly retry: Omit<RetryOptions, "onRetry">;
  readonly onAttempt: (texts: number, attempt: number) => void;
  readonly onRetry: NonNullable<RetryOptions["onRetry"]>;
  readonly onSplit: (texts: number, error: IngestError) => void;
  /** Of the request; apart from the signal that ends the waits between tries, since a request in flight is finished. */
  readonly signal?: AbortSignal;
};

/**
 * Embeds the texts of a batch: afterwards each has a vector, or an error. A batch that is refused for one of its texts
 * is halved until only that text fails; one that still fails after its retries costs its texts, never the run.
 * Throws what ends the run: `fatal` errors, bugs, and the reason of an aborted wait.
 */
export async function embedBatch(
  embedder: Embedder,
  texts: readonly Text[],
  options: EmbedBatchOptions,
): Promise<void> {
  try {
    const vectors = await withRetry(
      (attempt) => {
        options.onAttempt(texts.length, attempt);
        for (const text of texts) text.attempts++;
        return embedder.embedBatch(
          texts.map((text) => text.content),
          options.signal,
        );
      },
      { ...options.retry, onRetry: options.onRetry },
    );
    for (const [index, text] of texts.entries()) text.vector = vectors[index];
  } catch (error) {
    if (!(error instanceof IngestError) || error.decision === "fatal") throw error;
    if (error.decision === "split" && texts.length > 1) {
      options.onSplit(texts.length, error);
      const middle = Math.ceil(texts.length / 2);
      await embedBatch(embedder, texts.slice(0, middle), options);
      await embedBatch(embedder, texts.slice(middle), options);
      return;
    }
    for (const text of texts) text.error = error;
  }
}
