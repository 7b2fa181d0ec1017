import { IngestError, messageOf } from "../flow/errors.ts";
import type { Note } from "../parsers/parser.ts";
import type { FailedAttempt } from "../flow/retry.ts";
import { retryingStore } from "../store/retrying-store.ts";
import { completeRun } from "./complete-run.ts";
import { DocumentFlow } from "./document-flow.ts";
import type { IngestorOptions, IngestResult } from "./ingestor-options.ts";
import { type ChunkedDocument, type ReadInput, readSource } from "./read-source.ts";
import { RunStart } from "./run-start.ts";
import { type PlannedSource, SourceRun } from "./source-run.ts";
import { StageClock } from "./stage-clock.ts";
import { Stop } from "./stop.ts";
import { sweep } from "./sweep.ts";

const PROGRESS_EVERY_MS = 1_000;
const NOT_SWAPPED = "the rebuild was not swapped in: readers keep the old corpus";

/**
 * One run: sources are read one after the other, their new texts embedded by up to `workers` requests at a time,
 * and each document stored as soon as all of its chunks are settled. No stage waits for a source to end.
 */
export class ParallelIngestor {
  readonly stop = new Stop();
  /** The sources of the run so far, in order. */
  readonly runs = new Map<string, SourceRun>();
  readonly #options: IngestorOptions;
  readonly #start: RunStart;
  readonly #flow: DocumentFlow;
  readonly #stages: StageClock;
  readonly #startedMs: number;
  #sourcesLeft = 0;
  /** Ends of sources, one at a time. */
  #ending: Promise<void> = Promise.resolve();
  /** Read and stored, but to be swept when the last source was read. */
  readonly #unswept: SourceRun[] = [];
  #progressMs = 0;
  /** What comes after the last source was done: a rebuild is swapped in. */
  #isComplete = false;

  constructor(options: IngestorOptions) {
    const { clock, reporter, embedding } = options;
    const { signal } = this.stop;
    const { batchRetries: retries, outageWaitMs } = embedding;
    const onRetry = (source: string, { attempt, error, waitMs }: FailedAttempt) =>
      reporter.report({ type: "retry", source, batch: 0, attempt, error: error.message, waitMs });
    const store = retryingStore(options.store, {
      ...{ retries, outageWaitMs, clock, signal, onRetry },
      onOutage: (sinceS) => reporter.report({ type: "outage", service: "database", sinceS }),
      onLockWait: (reason) => reporter.report({ type: "warning", source: "", path: "", reason }),
    });
    this.#options = { ...options, store };
    this.#startedMs = clock.now();
    this.#stages = new StageClock(clock);
    this.#start = new RunStart({
      ...{ ...this.#options, stages: this.#stages },
      isFresh: options.mode.kind === "rebuild" || options.corpus.kind === "none",
      retry: { retries, clock, signal, onRetry: (failure) => onRetry("", failure) },
    });
    this.#flow = new DocumentFlow({
      ...this.#options,
      ...{ stop: this.stop, start: this.#start, stages: this.#stages },
      onReleased: (run) => {
        this.#sayProgress(run);
        this.#endWhenSettled(run);
      },
    });
  }

  /** Whether something was changed: decides between the exit codes 1 and 2. */
  get started(): boolean {
    return this.#start.done;
  }

  /** Runs until every source is done, `stop` is requested, or nothing more can succeed (then `stop.error` says why). */
  async ingest(sources: readonly PlannedSource[]): Promise<IngestResult> {
    const { mode, corpus, clock } = this.#options;
    this.#sourcesLeft = sources.length;
    try {
      // The diff of these needs the tables of this run.
      if (mode.kind === "rebuild" || corpus.kind === "adoptable") await this.#start.probe();
      for (const source of sources) {
        if (this.stop.requested) break;
        await this.#readSource(source);
      }
      await this.#flow.finish();
      await this.#ending;
      for (const run of this.#unswept) await this.#endSource(run);
      await this.#complete();
    } catch (error) {
      this.stop.fail(error);
      await this.#flow.settle();
    }
    const { error } = this.stop;
    if (error instanceof IngestError && this.started) this.#flow.giveUp(error);
    const stopped = error === undefined ? "interrupted" : "the run was stopped";
    for (const run of this.runs.values()) if (run.end(clock.now(), stopped)) this.#sayEnd(run);
    // What it has stored no reader gets, as yet.
    if (mode.kind === "rebuild" && !this.#isComplete) for (const run of this.runs.values()) run.withhold(NOT_SWAPPED);
    return this.#result();
  }

  async #readSource(source: PlannedSource): Promise<void> {
    const { clock, reporter, reading, sequential, mode, store } = this.#options;
    const { entry, parser } = source;
    const context = { ...reading.parse, signal: this.stop.signal };
    const stored = await store.loadSource(entry.name);
    const nowMs = clock.now();
    const files = (await parser.count?.(entry, context)) ?? 0;
    const run = new SourceRun(source, stored, { nowMs, files });
    this.runs.set(run.name, run);
    reporter.report({ type: "source_start", source: run.name, parser: entry.parser, files });
    try {
      const known = mode.kind === "embed-again" ? {} : { known: stored.inputs };
      for await (const input of readSource(source, { ...reading, ...known, sequential, context })) {
        // An error here is of the embedder or the store, not of the source: it ends the run.
        await this.#take(run, input).catch((error) => this.stop.fail(error));
        if (this.stop.requested) return;
      }
      run.coverage.endListing();
    } catch (error) {
      if (this.stop.requested) return;
      if (!(error instanceof IngestError)) throw error;
      run.fail(messageOf(error));
    }
    this.#sourcesLeft--;
    this.#endWhenSettled(run);
  }

  async #take(run: SourceRun, input: ReadInput): Promise<void> {
    if (input.kind !== "unlisted") run.counters.fileRead();
    switch (input.kind) {
      case "unlisted":
        run.coverage.failListing();
        return this.#note(run, { ...input, kind: "failed" });
      case "failed":
        run.coverage.keep(input.path);
        return this.#note(run, input);
      case "unchanged":
        run.coverage.keep(input.path);
        run.counters.unchanged(input.documents, input.chunks);
        for (const note of input.notes) this.#note(run, note);
        return;
      case "parsed":
        for (const note of input.notes) this.#note(run, note);
        return this.#takeDocuments(run, input);
    }
  }

  async #takeDocuments(run: SourceRun, input: Extract<ReadInput, { kind: "parsed" }>): Promise<void> {
    const { mode, failures } = this.#options;
    const { path, fingerprint, notes } = input;
    const all = input.documents.filter((chunked) => this.#accept(run, path, chunked));
    const documents =
      mode.kind === "retry" ? all.filter(({ document }) => failures.wants(run.name, document.sourceUrl)) : all;
    if (documents.length === 0) return;
    for (const { document } of documents) run.coverage.open(document.sourceUrl);
    const chunks = documents.reduce((sum, chunked) => sum + chunked.chunks.length, 0);
    run.counters.documentsRead(documents.length, chunks);
    await this.#flow.take(run, documents, { path, fingerprint, notes, documents: all.length });
    this.#sayProgress(run);
  }

  #accept(run: SourceRun, path: string, { document: { sourceUrl }, chunks }: ChunkedDocument): boolean {
    if (run.coverage.has(sourceUrl)) {
      this.#note(run, { kind: "failed", path, reason: `a second document with the source_url ${sourceUrl}` });
      return false;
    }
    if (chunks.length === 0) {
      this.#note(run, { kind: "skipped", path, reason: `no text in ${sourceUrl}` });
      return false;
    }
    run.coverage.see(sourceUrl);
    return true;
  }

  #endWhenSettled(run: SourceRun): void {
    if (!run.mayEnd()) return;
    const { mode } = this.#options;
    // Swept at the end of the run: a document that moved to a source that is yet to come keeps its vectors until then.
    if (this.#sourcesLeft > 0 && mode.kind !== "retry" && run.coverage.gone().length > 0) this.#unswept.push(run);
    else this.#ending = this.#ending.then(() => this.#endSource(run)).catch((error) => this.stop.fail(error));
  }

  async #endSource(run: SourceRun): Promise<void> {
    const { clock, resumeFile, mode, scope } = this.#options;
    if (this.stop.requested) return;
    if (mode.kind !== "retry") {
      await sweep(run, { maxDelete: scope.maxDelete, remove: (urls) => this.#remove(run, urls) });
      if (!run.whole) await resumeFile.failed(run.name, run.reason);
      // In the shadow of a rebuild it is not done before the swap, and another rebuild goes on by itself.
      else if (mode.kind !== "rebuild") await resumeFile.completed(run.name);
    }
    if (run.end(clock.now())) this.#sayEnd(run);
  }

  async #remove(run: SourceRun, sourceUrls: readonly string[]): Promise<number> {
    await this.#start.prepare();
    return this.#options.store.removeDocuments(run.name, sourceUrls);
  }

  async #complete(): Promise<void> {
    if (this.stop.requested) return;
    this.#stages.waitsFor("indexing");
    if (this.#options.mode.kind === "rebuild") await this.#start.prepare();
    const { isComplete, wrote } = await completeRun([...this.runs.values()], this.#options);
    this.#isComplete = isComplete;
    if (wrote) this.#start.changed();
  }

  #note(run: SourceRun, note: Note): void {
    run.note(note);
    this.#options.reporter.report({ type: "warning", source: run.name, path: note.path, reason: note.reason });
  }

  #sayProgress(run: SourceRun): void {
    const { clock, reporter } = this.#options;
    const now = clock.now();
    if (now - this.#progressMs < PROGRESS_EVERY_MS) return;
    this.#progressMs = now;
    reporter.report({ type: "progress", ...run.progress(now), inFlight: this.#flow.embed.inFlight });
  }

  #sayEnd(run: SourceRun): void {
    const { clock, reporter } = this.#options;
    const skipped = run.notes.filter((note) => note.kind !== "warning");
    reporter.report({ type: "source_end", ...run.summary(clock.now()), skipped });
  }

  #result(): IngestResult {
    const now = this.#options.clock.now();
    const sources = [...this.runs.values()].map((run) => run.summary(now));
    const { completed, failed } = this.#flow.embed.batches;
    return {
      chunksEmbedded: sources.reduce((sum, source) => sum + source.embedded, 0),
      chunksStored: this.#flow.chunksStored,
      batchesCompleted: completed,
      batchesFailed: failed,
      failedChunks: sources.reduce((sum, source) => sum + source.failed, 0),
      duration: Math.round(now - this.#startedMs),
      sources,
      limit: this.#stages.limit(),
    };
  }
}
