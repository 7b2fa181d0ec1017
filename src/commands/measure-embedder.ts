import type { LoadedSettings } from "../config/settings.ts";
import { createEmbedder, knowsWordsOnly } from "../embed/registry.ts";
import { measureRates, type Rate } from "./doctor/throughput.ts";
import type { World } from "./world.ts";

/** A user waits for it. */
const MEASURING_MS_MAX = 4_000;
/** Of English: what `chunk_size` counts has about so many characters, of which a chunk has six tenths. */
const CHARACTERS_A_TOKEN = 2.4;

/**
 * Texts a second at several requests in flight, as far as a few seconds say it; none of a server that fails, and none of what
 * hashes words, which is never what a run waits for.
 */
export async function measureEmbedder({ settings }: LoadedSettings, { clock }: Pick<World, "clock">): Promise<Rate[]> {
  if (knowsWordsOnly(settings.embedding_provider)) return [];
  const embedder = createEmbedder(settings.embedder, clock);
  const enough = new AbortController();
  const done = new AbortController();
  const late = clock.sleep(MEASURING_MS_MAX, done.signal).then(
    () => enough.abort(),
    () => {},
  );
  try {
    const characters = Math.round(settings.chunk_size * CHARACTERS_A_TOKEN);
    const embed = (texts: readonly string[], signal: AbortSignal) => embedder.embedBatch(texts, signal);
    return await measureRates({ embed, characters, clock, signal: enough.signal });
  } finally {
    done.abort();
    await late;
  }
}
