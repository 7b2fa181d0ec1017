/** One source, as far as its size and what was read of it are known. */
export type SourceWork = {
  /** Bytes; null while that cannot be known. */
  readonly size: number | null;
  /** Which part of them is text, roughly. */
  readonly textShare: number;
  readonly read: number;
  /** What was read has so many texts to embed. */
  readonly texts: number;
  /** It was read to its end. */
  readonly isRead: boolean;
  /** It has documents in the store, most of which may be as they were. */
  readonly isStored: boolean;
};

/** What was done in a time in which nothing held it up. */
export type Pace = { readonly units: number; readonly ms: number };

export type Work = {
  readonly sources: readonly SourceWork[];
  /** Sizes read, texts embedded, chunks stored. */
  readonly reading: Pace;
  readonly embedding: Pace;
  readonly storing: Pace;
  /** Texts that were read and are not embedded. */
  readonly textsWaiting: number;
  /** Chunks that were read and are not stored. */
  readonly chunksWaiting: number;
  /** One after the other, rather than side by side. */
  readonly sequential: boolean;
  /** A text in so many bytes, as long as nothing better is known. */
  readonly bytesPerText: number;
  /** What building the index takes for so many chunks; 0 when there is none to be built. */
  readonly indexMs: (texts: number) => number;
};

/** So many bytes of a source must be read before they say more of it than other sources do. */
const TELLING_BYTES = 64 * 1_024;
/** A pace that was measured for less time is not believed. */
const PACE_MS_MIN = 250;

/**
 * Milliseconds until the run is done, or null while that cannot be known: from the texts that are still to be embedded
 * and the bytes that are still to be read, source by source, at the pace of each stage. Texts that wait are embedded
 * while the next ones are read.
 */
export function timeLeftMs(work: Work): number | null {
  const { sources, sequential, indexMs } = work;
  const rates = { fresh: textRate(sources, false), stored: textRate(sources, true) };
  let { textsWaiting } = work;
  let [stagesMs, textsRead, textsToCome] = [0, 0, 0];
  for (const source of sources) {
    textsRead += source.texts;
    if (source.isRead) continue;
    if (source.size === null) return null;
    const unread = Math.max(source.size - source.read, 0);
    const rate = (source.isStored ? rates.stored : rates.fresh) ?? (source.isStored ? 0 : 1 / work.bytesPerText);
    const weight = Math.min(TELLING_BYTES, source.size);
    const texts = (unread * (source.texts + rate * source.textShare * weight)) / (source.read + weight);
    const readMs = atPace(unread, work.reading);
    const embedMs = atPace(textsWaiting + texts, work.embedding);
    if (readMs === null || embedMs === null) return null;
    stagesMs += readMs;
    textsToCome += texts;
    // What is embedded by the time that the source is read; one after the other, nothing is.
    const share = sequential || embedMs === 0 ? 0 : Math.min(1, readMs / embedMs);
    textsWaiting = (textsWaiting + texts) * (1 - share);
  }
  const restMs = atPace(textsWaiting, work.embedding);
  if (restMs === null) return null;
  // Known last, and seldom what the others wait for.
  const storeMs = atPace(work.chunksWaiting + textsToCome, work.storing) ?? 0;
  stagesMs = sequential ? stagesMs + restMs + storeMs : Math.max(stagesMs + restMs, storeMs);
  return stagesMs + indexMs(textsRead + textsToCome);
}

/** Texts to embed in a byte of the text that was read of the sources that are new, or of those that are not. */
function textRate(sources: readonly SourceWork[], isStored: boolean): number | undefined {
  let texts = 0;
  let read = 0;
  for (const source of sources) {
    if (source.isStored !== isStored) continue;
    texts += source.texts;
    read += source.read * source.textShare;
  }
  return read < TELLING_BYTES ? undefined : texts / read;
}

function atPace(units: number, { units: done, ms }: Pace): number | null {
  if (units < 0.5) return 0;
  return done === 0 || ms < PACE_MS_MIN ? null : (units * ms) / done;
}
