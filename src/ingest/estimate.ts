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
  /** What building the index takes for each chunk; 0 when there is none to be built. */
  readonly indexMsPerText: number;
};

/** So many bytes of a source must be read before they say more of it than other sources do. */
const TELLING_BYTES = 64 * 1_024;
/** A pace that was measured for less time is not believed. */
const PACE_MS_MIN = 250;

/**
 * Milliseconds until the run is done, or null while that cannot be known: from the texts that are still to be embedded
 * and the sizes that are still to be read, at the pace of each stage. The slowest stage counts, for the others go on
 * beside it.
 */
export function timeLeftMs(work: Work): number | null {
  const { sources, sequential, indexMsPerText, textsWaiting, chunksWaiting } = work;
  const rates = { fresh: textRate(sources, false), stored: textRate(sources, true) };
  let sizeLeft = 0;
  let textsToCome = 0;
  let textsRead = 0;
  for (const source of sources) {
    textsRead += source.texts;
    if (source.isRead) continue;
    if (source.size === null) return null;
    const unread = Math.max(source.size - source.read, 0);
    const rate = (source.isStored ? rates.stored : rates.fresh) ?? (source.isStored ? 0 : 1 / work.bytesPerText);
    const expected = rate * source.textShare;
    const weight = Math.min(TELLING_BYTES, source.size);
    sizeLeft += unread;
    textsToCome += (unread * (source.texts + expected * weight)) / (source.read + weight);
  }
  const parts = [
    atPace(sizeLeft, work.reading),
    atPace(textsWaiting + textsToCome, work.embedding),
    atPace(chunksWaiting + textsToCome, work.storing),
  ];
  // Storing is known last, and seldom what the others wait for.
  if (parts[2] === null && parts[1] !== null) parts[2] = 0;
  const known = parts.filter((ms) => ms !== null);
  if (known.length < parts.length) return null;
  const stages = sequential ? known.reduce((sum, ms) => sum + ms, 0) : Math.max(...known);
  return stages + (textsRead + textsToCome) * indexMsPerText;
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
