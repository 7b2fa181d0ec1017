import { availableParallelism } from "node:os";
import { fatalError, IngestError } from "../../flow/errors.ts";
import { defineEmbedder } from "../define-embedder.ts";
import type { Embedder } from "../embedder.ts";
import { PROBE_TEXT } from "../server-embedder.ts";
import { type Ask, MODEL_DIMENSIONS, ModelWorkers, TOKENS_MAX } from "./model-workers.ts";

/** Changes whenever the same text would get another vector. */
const BUILTIN_MODEL = "all-MiniLM-L6-v2-int8";

/** Each takes a tenth of a second, and a run that is stopped waits for those it has sent. */
const BATCH_TEXTS_MAX = 2;

/** Those of this process, for every embedder: what is loaded once serves all. */
const workers = new ModelWorkers({ max: availableParallelism() });

/** A model inside of this program. */
export const builtin = defineEmbedder({
  name: "builtin",
  summary: "a small English model inside of this program",
  onlyModel: BUILTIN_MODEL,
  onlyDimensions: MODEL_DIMENSIONS,
  batchTextsMax: BATCH_TEXTS_MAX,
  settings: {},
  create: () => builtinEmbedder(workers),
});

/** For trials, machines without a network and small corpora; English. */
export function builtinEmbedder(pool: ModelWorkers): Embedder {
  const embedOne = async (text: string, signal: AbortSignal | undefined): Promise<Float32Array> => {
    const [vector] = await embedAll(pool, [text], signal);
    if (vector === undefined) throw new TypeError("no vector for a text");
    return vector;
  };
  return {
    ...{ provider: "builtin", model: BUILTIN_MODEL, dimensions: MODEL_DIMENSIONS, place: "this program" },
    async probe(signal) {
      await embedOne(PROBE_TEXT, signal).catch((error: unknown) => {
        throw error instanceof IngestError ? fatalError(error.code, error.message, error.hint, error) : error;
      });
    },
    embedBatch: (texts, signal) => embedAll(pool, texts, signal),
    embedQuery: embedOne,
  };
}

async function embedAll(
  pool: ModelWorkers,
  texts: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Float32Array[]> {
  signal?.throwIfAborted();
  if (texts.length === 0) return [];
  return pool.use(async (ask) => {
    // First of all, or those before one that is too long would be embedded again for each half of the batch.
    await requireShort(texts, ask, signal);
    const vectors: Float32Array[] = [];
    for (const text of texts) {
      const reply = await ask({ kind: "embed", text }, signal);
      if (reply.kind === "embedded") vectors.push(reply.vector);
    }
    return vectors;
  }, signal);
}

/** What is beyond its tokens the model would not see. */
async function requireShort(texts: readonly string[], ask: Ask, signal: AbortSignal | undefined): Promise<void> {
  const reply = await ask({ kind: "measure", texts }, signal);
  const longest = reply.kind === "measured" ? Math.max(...reply.tokens) : 0;
  if (longest <= TOKENS_MAX) return;
  throw new IngestError(`a text of ${longest} tokens is longer than the builtin model takes (${TOKENS_MAX})`, {
    decision: "split",
    code: "too_long",
    hint: "of a question, ask less",
  });
}
