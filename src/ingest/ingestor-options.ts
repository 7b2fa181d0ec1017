import type { SourceEntry } from "../parsers/parser.ts";
import type { Embedder } from "../embed/embedder.ts";
import type { Clock } from "../flow/clock.ts";
import type { ParseContext, Parser } from "../parsers/parser.ts";
import type { Reporter, SourceSummary } from "./events.ts";
import type { Store } from "../store/store.ts";
import type { FailureEntry } from "./failure-log.ts";
import type { Failures } from "./failures.ts";
import type { ResumeFile } from "./resume-file.ts";
import type { Stage } from "./stage-clock.ts";

export type PlannedSource = { readonly entry: SourceEntry; readonly parser: Parser };

export type IngestorOptions = {
  readonly store: Store;
  readonly embedder: Embedder;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly failures: Failures;
  readonly resumeFile: ResumeFile;
  /** Embedding requests in flight. */
  readonly workers: number;
  /** No overlap at all: parse, embed, store, one batch at a time. */
  readonly sequential: boolean;
  readonly batchSize: number;
  /** Retries after the first try. */
  readonly batchRetries: number;
  /** How long to wait for an embedding server that went away. */
  readonly outageWaitMs: number;
  readonly chunkSize: number;
  readonly chunkOverlap: number;
  readonly parse: Omit<ParseContext, "signal">;
  /** Vectors of these sources are made again (`--clean --source`). */
  readonly embedAgain: boolean;
  /** Everything goes into the shadow tables, which are swapped in at the end (`--clean`). */
  readonly rebuild: boolean;
  /** Only these failed chunks (`--retry-failed`); nothing is swept then. */
  readonly retry: readonly FailureEntry[] | undefined;
  /** Probe and prepare before the first source is read: its diff needs the tables of this run (a rebuild, an adopted table). */
  readonly prepareFirst: boolean;
  /** The sources of this run are all there are: rows of an adopted table have served their time when it succeeds. */
  readonly allSources: boolean;
  /** Names of all enabled sources, those of this run and others. */
  readonly enabledSources: readonly string[];
  /** Documents a source may lose; undefined: half of them, when it has 20 or more. */
  readonly maxDelete: number | undefined;
};

export type IngestResult = {
  readonly chunksEmbedded: number;
  readonly chunksStored: number;
  readonly batchesCompleted: number;
  readonly batchesFailed: number;
  readonly failedChunks: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly sources: readonly SourceSummary[];
  /** What the run waited for most, and for which share of its time. */
  readonly limit: { readonly stage: Stage; readonly share: number };
};
