import type { ChunkOptions } from "../chunk/chunk-document.ts";
import type { CorpusEmbedder } from "../embed/embedder.ts";
import type { Clock } from "../flow/clock.ts";
import type { Call } from "../flow/errors.ts";
import type { ParseContext } from "../parsers/parser.ts";
import type { Part } from "../parsers/part.ts";
import type { CorpusState, Store } from "../store/store.ts";
import type { Embedding } from "./embed-stage.ts";
import type { Reporter, SourceSummary } from "./events.ts";
import type { Failures } from "./failures.ts";
import type { ParseWorker } from "./parse-threads.ts";
import type { ResumeRecord } from "./resume-file.ts";
import type { PhaseClock, Spent } from "./phase-clock.ts";

/**
 * What a run is for. `update`: bring the corpus up to date. `retry`: only the documents of the failure log, without a sweep
 * (`--retry-failed`). `rebuild`: everything into the shadow tables, which are swapped in at the end (`--clean`).
 * `embed-again`: the vectors of the run's sources are made again (`--clean --source`).
 */
export type RunMode = { readonly kind: "update" | "retry" | "rebuild" | "embed-again" };

/** Which sources there are, beside those of the run. */
export type Scope = {
  /** Names of all sources of the sources file. */
  readonly listed: readonly string[];
  /** Names of all enabled sources. */
  readonly enabled: readonly string[];
  /** The sources of this run are all the enabled ones: what is not theirs has served its time when it succeeds. */
  readonly whole: boolean;
  /** Which part of each source is this run's, where several runs share them. */
  readonly part?: Part | undefined;
  /** Documents a source may lose; undefined: half of them, when it has 20 or more. */
  readonly maxDelete: number | undefined;
};

export type IngestorOptions = {
  readonly mode: RunMode;
  readonly scope: Scope;
  /** No overlap at all: parse, embed, store, one batch at a time. */
  readonly sequential: boolean;
  readonly reading: ChunkOptions & {
    readonly parse: Omit<ParseContext, "signal">;
    /** Starts what does the jobs of parsers in a thread of its own. */
    startWorker(): ParseWorker;
  };
  readonly embedding: Embedding;
  readonly store: Store;
  /** What was in the store before the run. */
  readonly corpus: CorpusState;
  readonly embedder: CorpusEmbedder;
  readonly failures: Failures;
  readonly resumeFile: ResumeRecord;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly phases: PhaseClock;
  /**
   * Asked about a rebuild that is fit to be swapped in: why it is not to be; undefined when it is. What it does ends, and
   * counts for nothing, when `signal` is aborted.
   */
  readonly judge?: ((store: Store, signal: AbortSignal) => Promise<string | undefined>) | undefined;
  /** For what a message says to call. */
  readonly call: Call;
};

export type IngestResult = {
  readonly chunksEmbedded: number;
  readonly chunksStored: number;
  readonly batchesCompleted: number;
  readonly batchesFailed: number;
  readonly failedChunks: number;
  /** Read, and neither stored nor failed: the run was stopped before. */
  readonly chunksWaiting: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly sources: readonly SourceSummary[];
  /** Each embedding server took one request after the other: more workers would gain nothing. */
  readonly isOneAtATime: boolean;
  /** What the run waited for. */
  readonly spent: readonly Spent[];
};
