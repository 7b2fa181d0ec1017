import { IngestError, messageOf } from "../flow/errors.ts";
import type { Note, Remark, SourceSize } from "../parsers/parser.ts";
import type { FailedAttempt } from "../flow/retry.ts";
import type { StoredSource } from "../store/store.ts";
import { retryingStore } from "../store/retrying-store.ts";
import { acceptDocuments, refusal } from "./accept-documents.ts";
import { completeRun } from "./complete-run.ts";
import { DocumentFlow } from "./document-flow.ts";
import { InFlight } from "./in-flight.ts";
import type { IngestorOptions, IngestResult } from "./ingestor-options.ts";
import { listSources } from "./list-sources.ts";
import { outageEvents } from "./outage-events.ts";
import { Progress } from "./progress.ts";
import { ownersFirst } from "./owners-first.ts";
import type { ChunkedDocument } from "./parse-thread.ts";
import { ParseThreads } from "./parse-threads.ts";
import { type ReadInput, readSource } from "./read-source.ts";
import { RunStart } from "./run-start.ts";
import { type PlannedSource, SourceRun } from "./source-run.ts";
import { Stop } from "./stop.ts";
import { stoppableStore } from "./stoppable.ts";
import { sweep } from "./sweep.ts";
import { WorkMeter } from "./work-meter.ts";

const NOT_SWAPPED = "the rebuild was not swapped in: readers keep the old corpus";

/**
 * One run: sources are read one after the other, their new texts embedded by up to `workers` requests at a time,
 * and each document stored as soon as all of its chunks are settled. No stage waits for a source to end.
 */
export class ParallelIngestor {
  readonly stop: Stop;
  /** The sources of the run so far, in order. */
  readonly runs = new Map<string, SourceRun>();
  readonly #options: IngestorOptions;
  readonly #start: RunStart;
  readonly #flow: DocumentFlow;
  readonly #inFlight: InFlight;
  readonly #meter: WorkMeter;
  readonly #progress: Progress;
  readonly #threads: ParseThreads;
  #sizes: ReadonlyMap<string, SourceSize> = new Map();
  #sourcesLeft = 0;
  /** Inputs of the source that is read, of whose stored documents the failure log names one. */
  #failedInputs: ReadonlySet<string> = new Set();
  /** Ends of sources, one at a time. */
  #ending: Promise<void> = Promise.resolve();
  /** Read and stored, but to be swept when the last source was read. */
  readonly #unswept: SourceRun[] = [];
  /** What comes after the last source was done: a rebuild is swapped in. */
  #isComplete = false;

  constructor(options: IngestorOptions) {
    const { clock, reporter, embedding } = options;
    const sayStopping = (gaveUp: boolean) => (waitsFor: string, sinceMs: number) =>
      reporter.report({ type: "stopping", waitsFor, sinceS: seconds(sinceMs), gaveUp });
    this.#inFlight = new InFlight({ clock, onWait: sayStopping(false), onGiveUp: sayStopping(true) });
    this.stop = new Stop((reason) => this.#inFlight.stop(reason));
    const { signal } = this.stop;
    const { batchRetries: retries, outageWaitMs } = embedding;
    const onRetry = (source: string, { attempt, error, waitMs }: FailedAttempt) =>
      reporter.report({ type: "retry", source, batch: 0, attempt, error: error.message, waitMs });
    const store = retryingStore(options.store, {
      ...{ retries, outageWaitMs, clock, signal, onRetry },
      ...outageEvents("database", options.store.description, options),
      onLockWait: (reason) => reporter.report({ type: "warning", source: "", path: "", reason }),
    });
    this.#meter = new WorkMeter({
      ...{ sequential: options.sequential, chunkSize: options.reading.chunkSize },
      dimensions: options.embedder.dimensions,
      indexes: options.mode.kind === "rebuild" || options.corpus.kind !== "current",
      workingMs: () => options.phases.workingMs,
    });
    this.#progress = new Progress({ ...options, meter: this.#meter });
    this.#threads = new ParseThreads({
      start: options.reading.startWorker,
      isAwaited: () => !this.#flow.embed.saturated,
    });
    this.#options = { ...options, store: stoppableStore(store, this.#inFlight) };
    this.#start = new RunStart({
      ...this.#options,
      isFresh: options.mode.kind === "rebuild" || options.corpus.kind === "none",
      retry: { retries, clock, signal, onRetry: (failure) => onRetry("", failure) },
    });
    this.#flow = new DocumentFlow({
      ...this.#options,
      ...{ stop: this.stop, start: this.#start, inFlight: this.#inFlight, meter: this.#meter },
      outage: outageEvents("embedder", options.embedder.place, options),
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
    const { mode, corpus, clock, phases } = this.#options;
    this.#sourcesLeft = sources.length;
    try {
      // The diff of these needs the tables of this run.
      if (mode.kind === "rebuild" || corpus.kind === "adoptable") await this.#start.probe();
      const watch = { meter: this.#meter, signal: this.stop.signal };
      this.#sizes = await phases.during("listing", () => listSources(sources, this.#options, watch));
      for (const source of sources) {
        if (this.stop.requested) break;
        await this.#readSource(source);
      }
      this.#threads.close();
      await this.#flow.finish();
      await this.#ending;
      for (const run of this.#unswept) await this.#endSource(run);
      await this.#complete();
    } catch (error) {
      this.stop.fail(error);
      await this.#flow.settle();
    }
    this.#threads.close();
    this.#inFlight[Symbol.dispose]();
    const { error } = this.stop;
    if (error instanceof IngestError && this.started) this.#flow.giveUp(error);
    const stopped = error === undefined ? "interrupted" : "the run was stopped";
    // Of a run that could not start the error says all there is.
    const isSaid = error === undefined || this.started;
    for (const run of this.runs.values()) if (run.end(clock.now(), stopped) && isSaid) this.#sayEnd(run);
    // What it has stored no reader gets, as yet.
    if (mode.kind === "rebuild" && !this.#isComplete) for (const run of this.runs.values()) run.withhold(NOT_SWAPPED);
    return this.#result();
  }

  async #readSource(source: PlannedSource): Promise<void> {
    const { clock, reporter, reading, sequential, mode, store, failures } = this.#options;
    const { entry } = source;
    const stored = await store.loadSource(entry.name);
    const context = { ...reading.parse, signal: this.stop.signal, storedInput: inputsOf(stored) };
    const wanted = failures.wanted(entry.name);
    const failed = [...stored.documents].filter(([sourceUrl]) => wanted.has(sourceUrl));
    this.#failedInputs = new Set(failed.map(([, { input }]) => input));
    const nowMs = clock.now();
    const files = this.#sizes.get(entry.name)?.files ?? 0;
    const run = new SourceRun(source, stored, { nowMs, files });
    this.runs.set(run.name, run);
    reporter.report({ type: "source_start", source: run.name, parser: entry.parser, files });
    this.#meter.reading.begin();
    try {
      const known = mode.kind === "embed-again" ? {} : { known: stored.inputs };
      const inputs = readSource(source, { ...reading, ...known, sequential, context, threads: this.#threads });
      for await (const input of ownersFirst(inputs, stored)) {
        // An error here is of the embedder or the store, not of the source: it ends the run.
        this.#meter.read(run.name, input.bytes ?? 0);
        await this.#take(run, input).catch((error) => this.stop.fail(error));
        if (this.stop.requested) return;
      }
      run.coverage.endListing();
    } catch (error) {
      if (this.stop.requested) return;
      if (!(error instanceof IngestError)) throw error;
      run.fail(messageOf(error));
    } finally {
      this.#meter.reading.end();
      this.#meter.readWhole(run.name);
    }
    this.#sourcesLeft--;
    this.#endWhenSettled(run);
  }

  async #take(run: SourceRun, input: ReadInput): Promise<void> {
    if (input.kind === "elsewhere") return this.#leave(run);
    if (input.kind === "remark") return this.#remark(run, input);
    if (input.kind !== "unlisted") run.counters.fileRead();
    switch (input.kind) {
      case "unlisted":
        run.coverage.failListing(input.path);
        return this.#note(run, { ...input, kind: "failed" });
      case "failed":
        run.coverage.keepUnread(input.path);
        return this.#note(run, input);
      case "unchanged":
        for (const sourceUrl of run.coverage.keep(input.path)) this.#note(run, refusal(run, input.path, sourceUrl));
        run.counters.unchanged(input.documents, input.chunks);
        for (const note of input.notes) this.#note(run, note, input.path);
        this.#sayProgress(run);
        return;
      case "parsed":
        for (const note of input.notes) this.#note(run, note, input.path);
        return this.#takeDocuments(run, input);
    }
  }

  /** The run of that part may be no retry of it: what is missing here may have moved there. */
  #leave({ coverage }: SourceRun): void {
    coverage.leave();
    if (this.#options.mode.kind === "retry") coverage.passOver();
  }

  /** Of the source as a whole: said by the first part only. */
  #remark(run: SourceRun, { path, reason, needsAllInputs = false }: Remark): void {
    const { index = 1, count = 1 } = run.part ?? {};
    if (index > 1) return;
    const tooMany = count > 1 && needsAllInputs ? "; those that files of other parts show are among them" : "";
    this.#note(run, { kind: "skipped", path, reason: `${reason}${tooMany}` });
  }

  async #takeDocuments(run: SourceRun, input: Extract<ReadInput, { kind: "parsed" }>): Promise<void> {
    const { path, fingerprint, notes } = input;
    const { documents, expected } = acceptDocuments(run, input, (note) => this.#note(run, note, path));
    if (documents.length === 0) return;
    if (!this.#wants(run, path, documents)) {
      return run.coverage.passOver(documents.map(({ document }) => document.sourceUrl));
    }
    for (const { document } of documents) run.coverage.open(document.sourceUrl);
    const chunks = documents.reduce((sum, chunked) => sum + chunked.chunks.length, 0);
    run.counters.documentsRead(documents.length, chunks);
    await this.#flow.take(run, documents, { path, fingerprint, notes, documents: expected });
    this.#sayProgress(run);
  }

  /**
   * A retry takes the inputs of the documents that the log names, whole: an edit since may have given them other
   * chunks, or their documents other addresses.
   */
  #wants(run: SourceRun, path: string, documents: readonly ChunkedDocument[]): boolean {
    const { mode, failures } = this.#options;
    if (mode.kind !== "retry") return true;
    const wanted = failures.wanted(run.name);
    if (documents.some(({ document }) => wanted.has(document.sourceUrl))) return true;
    return this.#failedInputs.has(path);
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
    if (mode.kind === "retry") this.#sayMissed(run);
    else {
      await sweep(run, {
        maxDelete: scope.maxDelete,
        call: this.#options.call,
        remove: (urls) => this.#remove(run, urls),
      });
      if (!run.whole) await resumeFile.failed(run.name, run.reason);
      // In the shadow of a rebuild it is not done before the swap, and another rebuild goes on by itself.
      else if (mode.kind !== "rebuild") await resumeFile.completed(run.name);
    }
    if (run.end(clock.now())) this.#sayEnd(run);
  }

  /** A document that is not there any more may have moved into a file that a retry passes over. */
  #sayMissed(run: SourceRun): void {
    const { coverage } = run;
    if (!coverage.passedOver) return;
    const { call, failures } = this.#options;
    const gone = [...failures.wanted(run.name)].filter((sourceUrl) => coverage.isGone(sourceUrl));
    const all = call.again([], { without: ["--retry-failed", "--shard"] });
    const reason = `the source does not have it any more, unless it is in a file that is new or changed; to read all: ${all}`;
    for (const path of gone) this.#note(run, { kind: "failed", path, reason });
  }

  async #remove(run: SourceRun, sourceUrls: readonly string[]): Promise<number> {
    const { phases, store } = this.#options;
    await this.#start.prepare();
    return phases.during("sweeping", () => store.removeDocuments(run.name, sourceUrls, run.part));
  }

  async #complete(): Promise<void> {
    if (this.stop.requested) return;
    if (this.#options.mode.kind === "rebuild") await this.#start.prepare();
    const { isComplete, wrote } = await completeRun([...this.runs.values()], {
      ...this.#options,
      signal: this.stop.signal,
    });
    this.#isComplete = isComplete;
    if (wrote) this.#start.changed();
  }

  /** `input`: what it is about, where that is not its path. */
  #note(run: SourceRun, note: Note, input = note.path): void {
    run.note(note, input);
    this.#options.reporter.report({ type: "warning", source: run.name, path: note.path, reason: note.reason });
  }

  #sayProgress(run: SourceRun): void {
    this.#progress.say(run, { inFlight: this.#flow.embed.inFlight, chunksWaiting: this.#flow.chunksWaiting });
  }

  #sayEnd(run: SourceRun): void {
    const { clock, reporter } = this.#options;
    const skipped = run.notes.filter((note) => note.kind !== "warning");
    reporter.report({ type: "source_end", ...run.summary(clock.now()), skipped });
  }

  #result(): IngestResult {
    const { clock, phases } = this.#options;
    const now = clock.now();
    const sources = [...this.runs.values()].map((run) => run.summary(now));
    const { completed, failed } = this.#flow.embed.batches;
    return {
      chunksEmbedded: sources.reduce((sum, source) => sum + source.embedded, 0),
      chunksStored: this.#flow.chunksStored,
      batchesCompleted: completed,
      batchesFailed: failed,
      chunksWaiting: this.#flow.chunksLeft,
      failedChunks: [...this.runs.values()].reduce((sum, { counters }) => sum + counters.totals.failed, 0),
      duration: Math.round(phases.elapsedMs),
      sources,
      isOneAtATime: this.#flow.embed.isOneAtATime,
      spent: phases.spent(),
    };
  }
}

function seconds(ms: number): number {
  return Math.round(ms / 1_000);
}

/** Which input each stored document came from. */
function inputsOf({ documents, replaces }: StoredSource): (sourceUrl: string) => string | undefined {
  return (sourceUrl) => {
    const stored = documents.get(sourceUrl) ?? (replaces?.carriedOver ? replaces.documents.get(sourceUrl) : undefined);
    return stored?.input;
  };
}
