import type { Clock } from "../flow/clock.ts";
import { IngestError } from "../flow/errors.ts";
import type { Pace } from "../flow/pace.ts";
import type { Embedder } from "./embedder.ts";

/**
 * The embedder, sending no request while the server rests from an overload, and telling the pace what each one met.
 * `stopped` ends the rest, but not a request that is on its way.
 */
export function paced(
  embedder: Embedder,
  { pace, clock, stopped }: { readonly pace: Pace; readonly clock: Clock; readonly stopped: AbortSignal },
): Embedder {
  const { provider, model, dimensions, place } = embedder;
  return {
    ...{ provider, model, dimensions, place },
    probe: (signal) => embedder.probe(signal),
    embedQuery: (text, signal) => embedder.embedQuery(text, signal),
    async embedBatch(texts, signal) {
      await pace.ready(stopped);
      const sentMs = clock.now();
      try {
        const vectors = await embedder.embedBatch(texts, signal);
        const characters = texts.reduce((sum, text) => sum + text.length, 0);
        pace.succeeded(sentMs, characters);
        return vectors;
      } catch (error) {
        if (error instanceof IngestError && error.code === "embedder_busy") pace.overloaded(sentMs, error.retryAfterMs);
        throw error;
      }
    },
  };
}
