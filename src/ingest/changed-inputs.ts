import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { ChunkOptions } from "../chunk/chunk-document.ts";
import type { Clock } from "../flow/clock.ts";
import { IngestError } from "../flow/errors.ts";
import type { ParseContext } from "../parsers/parser.ts";
import type { StoredSource } from "../store/store.ts";
import { isUnchanged, withChunking } from "./read-source.ts";
import type { PlannedSource } from "./source-run.ts";

/** Of text that nothing is known about; a chunk of English has some more. */
const BYTES_A_CHUNK = 1_500;
const ALL_TEXT = { textShare: 1 };

/** What a run would find changed of a source. */
export type Changes = {
  readonly changed: number;
  /** As they were, with documents that are not stored whole: chunks of them have failed, or the run was stopped. */
  readonly unfinished: number;
  /** Nothing is stored of them. */
  readonly added: number;
  /** Nothing is stored of them, though the last run has seen them as they are: they have no text, or cannot be read. Not estimated. */
  readonly empty: number;
  /** That the source has no more. */
  readonly gone: number;
  /** Chunks of what has changed, by what its unchanged inputs have; those that stay as they are among them. */
  readonly chunksMax: number;
};

type ChangesOptions = ChunkOptions & {
  readonly context: ParseContext;
  readonly clock: Clock;
  /** By the clock. */
  readonly endMs: number;
  /** When a run began to read all of the source that has come to its end; since the epoch. */
  readonly readMs: number | undefined;
};

/**
 * Compares the inputs of a source with what is stored of them, without parsing any. Undefined when that would take longer than
 * it may, and for a source that is found by reading it.
 */
export async function countChanges(
  { entry, parser }: PlannedSource,
  stored: StoredSource,
  options: ChangesOptions,
): Promise<Changes | undefined> {
  if (parser.crawls || parser.count === undefined) return undefined;
  const { context, clock, endMs, readMs = Number.NEGATIVE_INFINITY } = options;
  const seen = new Set<string>();
  const sizes: number[] = [];
  let bytes = 0;
  let changed = 0;
  let unfinished = 0;
  let added = 0;
  let empty = 0;
  let chunks = 0;
  for await (const input of parser.inputs(entry, context)) {
    if (clock.now() > endMs) return undefined;
    if (input.kind !== "input") continue;
    seen.add(input.path);
    const before = stored.inputs.get(input.path);
    try {
      const loaded = await input.load();
      const size = loaded.bytes ?? 0;
      bytes += size;
      const fingerprint = withChunking(loaded.fingerprint, options);
      const isAsItWas = before?.fingerprint === fingerprint;
      if (isUnchanged(before, fingerprint)) chunks += before.chunks;
      else if (loaded.fingerprint !== "") {
        const isSeen = before === undefined && (await placedMs(resolve(entry.dataDir, input.path))) < readMs;
        if (isSeen) empty++;
        else if (before === undefined) added++;
        else if (isAsItWas) unfinished++;
        else changed++;
        if (!isSeen) sizes.push(size);
      }
    } catch (error) {
      // A run says so; what it has stored stays.
      if (!(error instanceof IngestError)) throw error;
    }
  }
  const kept = bytes - sizes.reduce((sum, size) => sum + size, 0);
  const isKnown = chunks > 0 && kept > 0;
  const { textShare } = isKnown || sizes.length === 0 ? ALL_TEXT : await parser.count(entry, context);
  const chunksPerByte = isKnown ? chunks / kept : textShare / BYTES_A_CHUNK;
  const gone = [...stored.inputs.keys()].filter((path) => !seen.has(path)).length;
  // However short, a text is a chunk.
  const texts = sizes.reduce((sum, size) => sum + (size === 0 ? 0 : Math.max(size * chunksPerByte, 1)), 0);
  return { changed, unfinished, added, empty, gone, chunksMax: Math.ceil(texts) };
}

/** When a file was written, or put where it is: a copy keeps the time of its text, but not that one. */
async function placedMs(path: string): Promise<number> {
  return stat(path).then(
    ({ ctimeMs }) => ctimeMs,
    () => Number.POSITIVE_INFINITY,
  );
}
