import { CHUNKER_VERSION, type ChunkOptions } from "../chunk/chunk-document.ts";
import { IngestError } from "../flow/errors.ts";
import { garbageCollector } from "../flow/garbage.ts";
import { mapOrdered } from "../flow/map-ordered.ts";
import type { Input, LoadedInput, Note, ParseContext, Remark, Unlisted } from "../parsers/parser.ts";
import { isOfPart } from "../parsers/part.ts";
import type { StoredInput, StoredSource } from "../store/store.ts";
import { chunked, type ChunkedDocument } from "./parse-thread.ts";
import type { Jobs, ParsedJob, ParseThreads } from "./parse-threads.ts";
import type { PlannedSource } from "./source-run.ts";

/** What became of one input of a source. */
export type ReadInput = { readonly bytes?: number } & ReadOutcome;

type ReadOutcome =
  | Unlisted
  | Remark
  /** It is there, and another run's. */
  | { readonly kind: "elsewhere"; readonly path: string }
  | {
      readonly kind: "unchanged";
      readonly path: string;
      readonly documents: number;
      readonly chunks: number;
      readonly notes: readonly Note[];
    }
  | { readonly kind: "failed"; readonly path: string; readonly reason: string }
  | {
      readonly kind: "parsed";
      readonly path: string;
      readonly fingerprint: string;
      readonly documents: readonly ChunkedDocument[];
      readonly notes: readonly Note[];
    };

/** An input that is to be parsed. */
type Changed = {
  readonly kind: "changed";
  readonly path: string;
  readonly bytes: number;
  readonly fingerprint: string;
  readonly loaded: LoadedInput;
};

/** How documents are read and cut. */
export type Reading = ChunkOptions & { readonly context: ParseContext };

export type ReadOptions = Reading & {
  readonly threads: ParseThreads;
  /** Inputs that are not parsed when their fingerprint is known. */
  readonly known?: StoredSource["inputs"];
  /** One input at a time, whatever the parser allows. */
  readonly sequential?: boolean;
};

/** Inputs for each thread that are read and not taken yet: some wait for one before them that takes longer. */
const INPUTS_PER_THREAD = 8;
/** After so many that were read it is looked whether there is garbage: a small part of what is collected then. */
const COLLECTION_BYTES = 1_048_576;
/** Bytes of inputs that are parsed, or wait for their turn; with their documents some times as much. */
const INPUT_BYTES_MAX = 32 * 1_048_576;

/**
 * Reads the inputs of a source, or of its part, one after the other, parses and cuts them in threads, and yields what became of them
 * in their order. All of them are listed whatever the part is, since what an input becomes may depend on the others. A bad input is
 * an item, not an exception.
 */
export function readSource(source: PlannedSource, options: ReadOptions): AsyncGenerator<ReadInput> {
  const { sequential, threads } = options;
  const jobs = threads.of(source, options);
  const itemsMax = sequential ? 1 : (source.parser.parallelInputs ?? jobs.atOnceMax * INPUTS_PER_THREAD);
  const ahead = {
    itemsMax,
    weightMax: INPUT_BYTES_MAX,
    weightOf: (input: Changed | ReadInput) => (input.kind === "changed" ? input.bytes : 0),
  };
  return mapOrdered(loadedInputs(source, jobs, options), ahead, (input): Promise<ReadInput> =>
    input.kind === "changed" ? parsed(input, jobs, options) : Promise.resolve(input),
  );
}

/** One after the other, as it is read who shows whom, and what is not there: the order must not depend on which is faster. */
async function* loadedInputs(
  { entry, parser, part }: PlannedSource,
  jobs: Jobs,
  options: ReadOptions,
): AsyncGenerator<Changed | ReadInput> {
  let bytesRead = 0;
  const { signal } = options.context;
  const context: ParseContext = { ...options.context, look: (job, bytes) => jobs.look(job, bytes, signal) };
  for await (const input of parser.inputs(entry, context)) {
    if (input.kind !== "input") yield input;
    else if (input.ofNoPart || isOfPart(input.path, part)) {
      const read = await loadedInput(input, options);
      bytesRead += "bytes" in read ? (read.bytes ?? 0) : 0;
      yield read;
    } else yield { kind: "elsewhere", path: input.path };
    if (bytesRead < COLLECTION_BYTES) continue;
    bytesRead = 0;
    collectGarbage();
  }
}

/**
 * Of this thread, where files that were read, and texts and vectors that were stored, are garbage: left alone, it would be
 * as much as is in use, and more the longer a run goes on.
 */
const collectGarbage = garbageCollector({
  bytes: () => process.memoryUsage().heapUsed,
  collect: () => Bun.gc(true),
  garbageMax: 25_000_000,
});

function loadedInput(input: Input, options: ReadOptions): Promise<Changed | ReadInput> {
  const { path } = input;
  return orFailed(path, async () => {
    const loaded = await input.load();
    const fingerprint = withChunking(loaded.fingerprint, options);
    const { bytes = 0 } = loaded;
    const stored = options.known?.get(path);
    if (!isUnchanged(stored, fingerprint)) {
      return { kind: "changed", path, bytes, fingerprint, loaded };
    }
    return {
      kind: "unchanged",
      path,
      bytes,
      documents: stored.documents,
      chunks: stored.chunks,
      notes: stored.notes,
    };
  });
}

function parsed({ path, bytes, fingerprint, loaded }: Changed, jobs: Jobs, options: ReadOptions): Promise<ReadInput> {
  return orFailed(path, async () => {
    const { documents, notes } = await made(loaded, bytes, jobs, options);
    return { kind: "parsed", path, bytes, fingerprint, documents, notes };
  });
}

async function made(loaded: LoadedInput, bytes: number, jobs: Jobs, options: ReadOptions): Promise<ParsedJob> {
  if ("job" in loaded) return jobs.do(loaded.job(), bytes, options.context.signal);
  const { documents, notes } = await loaded.parse();
  return { documents: chunked(documents, options), notes };
}

async function orFailed<Outcome>(path: string, work: () => Promise<Outcome>): Promise<Outcome | ReadInput> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof IngestError && error.decision === "skip")
      return { kind: "failed", path, reason: error.message };
    throw error;
  }
}

/** Whether all documents of an input are stored as they would be made of it now. */
export function isUnchanged(stored: StoredInput | undefined, fingerprint: string): stored is StoredInput {
  return stored?.fingerprint === fingerprint && stored.complete === stored.documents;
}

/** The parser knows what shapes a document; what shapes its chunks is added here. */
export function withChunking(fingerprint: string, { chunkSize, chunkOverlap }: ChunkOptions): string {
  return new Bun.CryptoHasher("sha256")
    .update(`${fingerprint} chunker ${CHUNKER_VERSION} ${chunkSize} ${chunkOverlap}`)
    .digest("hex");
}
