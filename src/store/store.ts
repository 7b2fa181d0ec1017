import type { z } from "zod";
import type { Chunk } from "../chunk/chunk.ts";
import type { ModelMark } from "../embed/embedder.ts";
import type { Document, Note } from "../parsers/parser.ts";
import type { Part } from "../parsers/part.ts";
import type { LockPatience } from "./corpus/exclusive-lock.ts";
import type { lastRunShape } from "./corpus/run-records.ts";
import type { readVectorIndexes } from "./corpus/vector-index.ts";
import type { LockHolder } from "./driver/session-locks.ts";
import type {
  corpusContents,
  CorpusSize,
  FoundPlace,
  ListedDocument,
  Place,
  ShownChunk,
  ShownDocument,
  SourceContents,
} from "./tools/contents.ts";
import type { readHealth } from "./tools/health.ts";
import type { AskedText, HitDetails, Span } from "./tools/hit-details.ts";
import type { Neighbour } from "./tools/neighbours.ts";
import type { scannedShape, ScanOptions } from "./tools/scan.ts";
import type { hitShape } from "./tools/search.ts";
import type { readStatistics } from "./tools/statistics.ts";

/** One model per corpus: stored with it, checked before anything changes. */
export type ModelIdentity = {
  readonly provider: string;
  readonly model: string;
  readonly dimensions: number;
  /** What stood before the texts that were embedded. Undefined: nothing, in a corpus from before there were prefixes. */
  readonly documentPrefix?: string | undefined;
};

/** What is in the database before a run. */
export type CorpusState = {
  /** `none`: no corpus yet. `current`: made by this tool. `adoptable`: a `chunks` table of the Python tool, which has no `source_name`. */
  readonly kind: "none" | "current" | "adoptable";
  /** Undefined for `none`, and for an adoptable table, of which only the dimensions are known. */
  readonly identity: ModelIdentity | undefined;
  /** Dimension of the `embedding` column; undefined for `none`. */
  readonly dimensions: number | undefined;
};

export type StoredInput = {
  readonly fingerprint: string;
  /** How many documents the input made. */
  readonly documents: number;
  /** How many of those are stored whole with this fingerprint. The input is unchanged when it equals `documents`. */
  readonly complete: number;
  readonly chunks: number;
  /** What the parser had to say about the input; said again when it is unchanged. */
  readonly notes: readonly Note[];
};

export type StoredDocument = { readonly input: string; readonly complete: boolean; readonly chunks: number };

/** What the store knows of one source at its start. */
export type StoredSource = {
  /** By `sourceUrl`. */
  readonly documents: ReadonlyMap<string, StoredDocument>;
  /** By input path. */
  readonly inputs: ReadonlyMap<string, StoredInput>;
  /** In a rebuild: what readers have of the source until the swap; undefined when there is no corpus of ours. */
  readonly replaces?: ReplacedSource;
};

/** The documents of a source that a rebuild is to replace. */
export type ReplacedSource = {
  /** By `sourceUrl`. */
  readonly documents: ReadonlyMap<string, { readonly input: string }>;
  /** Same model: what fails keeps its old rows. */
  readonly carriedOver: boolean;
};

/** `title`: of the document, where its vectors depend on that: then texts are known with this title only. */
export type DocumentHashes = {
  readonly sourceUrl: string;
  /** What its address has in the store is another run's, which may remove it meanwhile: it is no row of the document's own, but may lend vectors. */
  readonly takesOver?: boolean;
  readonly hashes: readonly string[];
  readonly title?: string | undefined;
};

export type KnownChunks = {
  /** Hashes each document already has as rows of its own, by `sourceUrl`. */
  readonly own: ReadonlyMap<string, ReadonlySet<string>>;
  /** Chunks that were too long for the model and of which each document has all parts: by `sourceUrl` and hash, the hashes of the parts. */
  readonly parts: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
  /** Vectors of the same model found in other rows, by `vectorKey`; for hashes that some of the documents lack. */
  readonly vectors: ReadonlyMap<string, Float32Array>;
};

export type ChunkRow = {
  readonly chunk: Chunk;
  /** null: the row is there already, its text and vector stay and its other columns are brought up to date. */
  readonly vector: Float32Array | null;
  /** Merged over the document's. Of a part: the hash of the chunk that was too long, and those of all its parts. */
  readonly metadata?: { readonly part_of: string; readonly parts: readonly string[] };
};

/** A settled document, as it is to stand in the store. */
export type DocumentWrite = {
  readonly source: string;
  readonly sourceType: string;
  readonly document: Document;
  readonly input: {
    readonly path: string;
    readonly fingerprint: string;
    readonly documents: number;
    readonly notes: readonly Note[];
  };
  /** Every chunk of the document when `complete`; the embedded ones otherwise. */
  readonly rows: readonly ChunkRow[];
  /** false: rows are added, none of the old ones leave, and the next run finishes the document. */
  readonly complete: boolean;
};

/** What became of rows. `kept`: they are as they were. */
export type WriteCounts = {
  readonly inserted: number;
  readonly updated: number;
  readonly kept: number;
  readonly removed: number;
};

/** Documents, and inputs with all of their documents, whose old rows a rebuild keeps, because they failed. */
export type KeptRows = {
  /** All sources of the rebuild: what the shadow has of others, from a rebuild that was interrupted, goes. */
  readonly sources: readonly string[];
  readonly documents: readonly { readonly source: string; readonly sourceUrl: string }[];
  readonly inputs: readonly { readonly source: string; readonly path: string }[];
};

/** Told when an index is built. */
export type IndexWatch = {
  begun(rows: number): void;
  /** `share` of `step` is done: of which index, and what is done for it; where the database says so. */
  goesOn(share: number, step: string): void;
  /** It could be faster. */
  warned(reason: string): void;
  ended(): void;
};

/** Which chunks will do. */
export type Filter = {
  readonly generation?: string | undefined;
  readonly source?: string | undefined;
  readonly docType?: string | undefined;
  /** Hashes of texts that will not. */
  readonly without?: readonly string[] | undefined;
};

export const SEARCH_MODES = ["hybrid", "vector", "text"] as const;

/** By cosine distance, by full text, or by both, fused. */
export type SearchMode = (typeof SEARCH_MODES)[number];

export type SearchRequest = Filter & {
  /** Hybrid, when it is left out. */
  readonly mode?: SearchMode | undefined;
  readonly text: string;
  /** Of the text; undefined for the mode `text` only. */
  readonly vector: Float32Array | undefined;
  readonly limit: number;
  /** The vector knows no more than words, which the text half knows better: it leads, whatever is asked. */
  readonly wordsLead?: boolean | undefined;
  /** Every vector is looked at, without the index: what recall is measured against. */
  readonly exact?: boolean | undefined;
};

/** A text that answers, in the row that stands for it. */
export type SearchHit = Readonly<z.infer<typeof hitShape>>;

export type { CorpusSize, FoundPlace, ListedDocument, Place, ShownChunk, ShownDocument, SourceContents };
export type { HitDetails, LockHolder, Neighbour, Span };
/** A chunk as a scan gives it, without its vector. */
export type ScannedChunk = Readonly<z.infer<typeof scannedShape>>;

/** What a corpus consists of. Lists are sorted: the largest first, then by name. */
export type Statistics = Awaited<ReturnType<typeof readStatistics>>;

/** Which indexes on vectors there are. */
export type VectorIndexes = Awaited<ReturnType<typeof readVectorIndexes>>;

/** How a database is, and the corpus in it. */
export type Health = Awaited<ReturnType<typeof readHealth>>;

/** How many chunks have one value. */
export type Share = Statistics["bySource"][number];

/** What is in the corpus, for people. */
export type Contents = ReturnType<typeof corpusContents>;

/** How a source fared in the last run that had it. */
export type LastRun = Readonly<z.infer<typeof lastRunShape>>;

/** A run that is over, as it is put on record: its end is now, by the clock of the database. */
export type RunRecord = Pick<LastRun, "run" | "mode" | "version" | "exitCode"> & {
  /** Of the run, from its start to its end. */
  readonly runMs: number;
  /** The corpus has no other sources. */
  readonly isWhole: boolean;
  readonly sources: readonly (Pick<LastRun, "source" | "durationMs" | "status" | "reason" | "counts"> & {
    readonly part?: string | undefined;
  })[];
};

/**
 * The corpus, as a run sees it. With `rebuild` a run reads and writes the shadow tables; `inspect`, `documentCounts`,
 * `hasChunks`, `search`, `wantedText`, `scan`, `hitDetails`, `typicalCosine` and `statistics` are about the corpus that readers have. A plain object of
 * functions, so that a store around it is `{ ...store, what it changes }`.
 */
export interface Store {
  /** The database, for messages. */
  readonly description: string;
  inspect(): Promise<CorpusState>;
  /** What tells the database from every other one; undefined before the first `prepare` there ever was. Asks nothing after `prepare`. */
  databaseId(): Promise<string | undefined>;
  /**
   * Takes the locks of a run, or throws a `fatal` error that names source, pid, host and since when. `exclusive` keeps every other
   * run out (a rebuild), `part` lets those in that have other parts of as many of these sources.
   */
  lock(
    sources: readonly string[],
    options: { readonly exclusive: boolean; readonly part?: Part | undefined },
  ): Promise<void>;
  /** Gives the sources back, whose documents this run will not write any more. True when other runs are at work on one of them. */
  leave(): Promise<boolean>;
  /** The first write of a run: creates, migrates or adopts the tables and stores the identity, or throws with nothing changed. Idempotent. */
  prepare(identity: ModelIdentity, mark?: ModelMark, patience?: LockPatience): Promise<void>;
  loadSource(source: string): Promise<StoredSource>;
  /** How many documents the corpus that readers have holds of each source; what was adopted has none. */
  documentCounts(): Promise<ReadonlyMap<string, number>>;
  /** What need not be embedded. `thisRunOnly`: no vectors but those that this store has written since it was first asked so (a `--clean` of some sources). */
  known(
    source: string,
    documents: readonly DocumentHashes[],
    options?: { readonly thisRunOnly?: boolean },
  ): Promise<KnownChunks>;
  /** One transaction for all of them. Safe to repeat when its COMMIT was lost. */
  write(documents: readonly DocumentWrite[]): Promise<WriteCounts>;
  /** What `write` would answer; changes nothing, and needs no tables. Vectors are not compared. */
  preview(documents: readonly DocumentWrite[]): Promise<WriteCounts>;
  /** One transaction. Returns how many chunk rows left. `part`: only what still comes from an input of that part. */
  removeDocuments(source: string, sourceUrls: readonly string[], part?: Part): Promise<number>;
  /** Rows of an adopted table; they serve until the first complete run of all sources. Returns how many left. */
  removeAdopted(): Promise<number>;
  /** Builds the indexes on vectors that are wanted and missing; true when one was built. */
  ensureVectorIndex(watch?: IndexWatch, patience?: LockPatience): Promise<boolean>;
  /** Milliseconds that the indexes on so many new vectors of so many numbers may take to build; 0: there are none. */
  indexMs(rows: number, dimensions: number): number;
  /** Why the vectors can have no index, and a search looks at each; undefined when they can, or nothing is there yet. */
  whyUnindexed(): Promise<string | undefined>;
  /**
   * Ends a rebuild: carries over the old rows of what failed (same model only), builds the indexes, swaps the shadow in by
   * one transaction. Readers are waited for as `patience` says, and are never kept waiting for long.
   */
  swap(kept: KeptRows, watch?: IndexWatch, patience?: LockPatience): Promise<void>;
  hasChunks(of: Filter): Promise<boolean>;
  search(request: SearchRequest): Promise<SearchHit[]>;
  /** What is to be embedded of a question: all but the words that answers are not to have (`-word`), which a vector would be drawn to. */
  wantedText(question: string): Promise<string>;
  /** What is shown of each hit. */
  hitDetails(hits: readonly SearchHit[], asked: AskedText): Promise<HitDetails[]>;
  /** The cosine that a question's vector has with any text of the corpus; null where there is none. */
  typicalCosine(vector: Float32Array): Promise<number | null>;
  /** Every chunk, some at a time. */
  scan(options: ScanOptions): AsyncIterable<ScannedChunk[]>;
  /** In a rebuild, after `prepare`: the same store, whose `inspect`, `search`, `wantedText` and `scan` are about the shadow. */
  rebuilt(): Store;
  /** Its indexes on vectors; `fromRows`: from how many rows on it gets one, where it has none because all can be looked at. */
  vectorIndexes(): Promise<VectorIndexes>;
  /** What the corpus consists of; it must be `current`. */
  statistics(): Promise<Statistics>;
  /** What is in the corpus, for people; it must be `current`. */
  readonly contents: Contents;
  /** Puts a run that is over on record, beside the corpus; where there is none, nothing is. */
  recordRun(record: RunRecord): Promise<void>;
  /** How each source, or part of one, fared in the last run that had it. Undefined when that is not known. */
  lastRuns(): Promise<readonly LastRun[] | undefined>;
  /** The statement that gives us the right to read that, where it is all we lack. */
  missingRunsRight(): Promise<string | undefined>;
  /** Strikes the runs of a source off the record. */
  forgetRuns(source: string): Promise<void>;
  /** How the database is, and the corpus in it; undefined as long as there is no database to be asked. Changes nothing. */
  health(): Promise<Health | undefined>;
  /** Throws what would keep a run from having connections of its own, whose locks hold. */
  requireSessions(): Promise<void>;
  /** The runs that are at work on the corpus, of which those on `sources` are named. */
  holders(sources: readonly string[]): Promise<readonly LockHolder[]>;
  /** Asks the database to give up what a transaction of this store is doing, where it can; that rejects then. */
  cancel(): Promise<void>;
  /** Whether another process waits for this one to close the database, which the embedded one admits one at a time. */
  isWanted(): boolean;
  close(): Promise<void>;
}
