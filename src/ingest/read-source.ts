import { CHUNKER_VERSION, chunkDocument } from "../chunk/chunk-document.ts";
import type { Chunk } from "../chunk/chunk.ts";
import { IngestError } from "../flow/errors.ts";
import { mapOrdered } from "../flow/map-ordered.ts";
import type { Document, Input, Note, ParseContext, Remark, Unlisted } from "../parsers/parser.ts";
import { isOfPart } from "../parsers/part.ts";
import type { StoredSource } from "../store/store.ts";
import type { PlannedSource } from "./source-run.ts";

export type ChunkedDocument = { readonly document: Document; readonly chunks: readonly Chunk[] };

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

/** How documents are read and cut. */
export type Reading = {
  /** Tokens. */
  readonly chunkSize: number;
  /** Tokens. */
  readonly chunkOverlap: number;
  readonly context: ParseContext;
};

export type ReadOptions = Reading & {
  /** Inputs that are not parsed when their fingerprint is known. */
  readonly known?: StoredSource["inputs"];
  /** One input at a time, whatever the parser allows. */
  readonly sequential?: boolean;
};

/**
 * Reads, parses and chunks the inputs of a source, or of its part, in their order. All of them are listed whatever the part
 * is, since what an input becomes may depend on the others. A bad input is an item, not an exception.
 */
export function readSource({ entry, parser, part }: PlannedSource, options: ReadOptions): AsyncGenerator<ReadInput> {
  const concurrency = options.sequential ? 1 : parser.parallelInputs;
  return mapOrdered(parser.inputs(entry, options.context), concurrency, (input): Promise<ReadInput> => {
    if (input.kind !== "input") return Promise.resolve(input);
    const { path, ofNoPart = false } = input;
    return ofNoPart || isOfPart(path, part) ? readInput(input, options) : Promise.resolve({ kind: "elsewhere", path });
  });
}

async function readInput(input: Input, options: ReadOptions): Promise<ReadInput> {
  const { path } = input;
  try {
    const loaded = await input.load();
    const fingerprint = withChunking(loaded.fingerprint, options);
    const { bytes = 0 } = loaded;
    const stored = options.known?.get(path);
    if (stored?.fingerprint === fingerprint && stored.complete === stored.documents) {
      return {
        kind: "unchanged",
        path,
        bytes,
        documents: stored.documents,
        chunks: stored.chunks,
        notes: stored.notes,
      };
    }
    const { documents, notes } = await loaded.parse();
    const chunked = documents.map((document) => ({ document, chunks: chunkDocument(document, options) }));
    return { kind: "parsed", path, bytes, fingerprint, documents: chunked, notes };
  } catch (error) {
    if (error instanceof IngestError && error.decision === "skip")
      return { kind: "failed", path, reason: error.message };
    throw error;
  }
}

/** The parser knows what shapes a document; what shapes its chunks is added here. */
function withChunking(fingerprint: string, { chunkSize, chunkOverlap }: Reading): string {
  return new Bun.CryptoHasher("sha256")
    .update(`${fingerprint} chunker ${CHUNKER_VERSION} ${chunkSize} ${chunkOverlap}`)
    .digest("hex");
}
