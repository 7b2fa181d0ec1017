import { BatchTooLargeError, isTooLong } from "../embed/classify.ts";
import type { Embedder } from "../embed/embedder.ts";
import { IngestError } from "../flow/errors.ts";
import type { RetryOptions } from "../flow/retry.ts";
import { withRetry } from "../flow/retry.ts";
import type { BatchLimit } from "./batch-limit.ts";
import type { Text } from "./texts.ts";

export type EmbedBatchOptions = {
  readonly retry: Omit<RetryOptions, "onRetry">;
  readonly limit: BatchLimit;
  /** Gives those of the texts their vectors that the database knows. */
  readonly reuse: (texts: readonly Text[]) => Promise<void>;
  readonly onAttempt: (texts: number, attempt: number) => void;
  readonly onRetry: NonNullable<RetryOptions["onRetry"]>;
  readonly onSplit: (texts: number, error: IngestError) => void;
};

/**
 * Embeds the texts of a batch: afterwards each has a vector, parts that have one, or an error. A batch that is refused
 * for one of its texts is halved until only that text fails; a text that is too long is cut; one that still fails after
 * its retries costs itself, never the run.
 * Throws what ends the run: `fatal` errors, bugs, and the reason of an aborted wait.
 */
export async function embedBatch(
  embedder: Embedder,
  texts: readonly Text[],
  options: EmbedBatchOptions,
): Promise<void> {
  const parts = options.limit.parts(texts);
  if (parts.length > 1) {
    // Another one may be learnt with the first part.
    for (const part of parts) await embedBatch(embedder, part, options);
    return;
  }
  try {
    await embedOnce(embedder, texts, options);
  } catch (error) {
    if (!(error instanceof IngestError) || error.decision === "fatal") throw error;
    const [only, ...others] = texts;
    if (only !== undefined && others.length === 0) return isTooLong(error) ? embedCut(only, error) : fail(texts, error);
    if (error.decision !== "split") return fail(texts, error);
    options.onSplit(texts.length, error);
    await embedHalves(error);
  }

  async function embedHalves(error: IngestError): Promise<void> {
    const named = error instanceof BatchTooLargeError ? error.batchSizeMax : undefined;
    if (named !== undefined && named > 0 && named < texts.length) {
      options.limit.learn(named);
      return embedBatch(embedder, texts, options);
    }
    const middle = Math.ceil(texts.length / 2);
    await embedBatch(embedder, texts.slice(0, middle), options);
    await embedBatch(embedder, texts.slice(middle), options);
    // Both halves passed, so it was their number, and not one of them that is too large for any request.
    if (error instanceof BatchTooLargeError && texts.every((text) => text.embedded)) options.limit.learn(middle);
  }

  async function embedCut(text: Text, error: IngestError): Promise<void> {
    const halves = text.halves();
    if (halves === undefined) return fail([text], error);
    options.onSplit(1, error);
    await options.reuse(halves);
    for (const half of halves) {
      if (!half.embedded) await embedBatch(embedder, [half], options);
      // All or nothing: a part would pass for the whole.
      if (half.error !== undefined) return fail([text], half.error);
    }
    text.parts = halves.flatMap((half) => half.parts ?? [half]);
  }
}

async function embedOnce(embedder: Embedder, texts: readonly Text[], options: EmbedBatchOptions): Promise<void> {
  const vectors = await withRetry(
    (attempt) => {
      options.onAttempt(texts.length, attempt);
      for (const text of texts) text.attempts++;
      return embedder.embedBatch(texts.map((text) => text.content));
    },
    { ...options.retry, onRetry: options.onRetry },
  );
  for (const [index, text] of texts.entries()) text.vector = vectors[index];
}

function fail(texts: readonly Text[], error: IngestError): void {
  for (const text of texts) text.error = error;
}
