import { IngestError, messageOf } from "../flow/errors.ts";
import type { SourceSize } from "../parsers/parser.ts";
import type { FailedAttempt } from "../flow/retry.ts";
import type { StoredSource } from "../store/store.ts";
import { retryingStore } from "../store/retrying-store.ts";
import { completeRun } from "./complete-run.ts";
import { DocumentFlow } from "./document-flow.ts";
import { InFlight } from "./in-flight.ts";
import { Intake } from "./intake.ts";
import type { IngestorOptions, IngestResult } from "./ingestor-options.ts";
import { outageEvents } from "./outage-events.ts";
import { Progress } from "./progress.ts";
import { ownersFirst } from "./owners-first.ts";
import { ParseThreads } from "./parse-threads.ts";
import { readSource } from "./read-source.ts";
import { RequestMeter } from "./request-meter.ts";
import { RunStart } from "./run-start.ts";
import { SourceNotes } from "./source-notes.ts";
import { sourceSizes } from "./source-sizes.ts";
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
  readonly #requests = new RequestMeter();
  readonly #progress: Progress;
  readonly #threads: ParseThreads;
  readonly #notes: SourceNotes;
  #sizes: ReadonlyMap<string, SourceSize> = new Map();
  #sourcesLeft = 0;
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
    const onRetry = (source: string, { attempt, error, waitMs }: FailedAttempt) => {
      this.#requests.retried();
      reporter.report({ type: "retry", source, batch: 0, attempt, error: error.message, waitMs });
    };
    const store = retryingStore(options.store, {
      ...{ retries, outageWaitMs, clock, signal, onRetry },
      ...outageEvents("database", options.store.description, options),
      onLockWait: (reason) => reporter.report({ type: "warning", source: "", path: "", reason }),
    });
    const indexMs = (rows: number) => options.store.indexMs(rows, options.embedder.dimensions);
    this.#meter = new WorkMeter({
      ...{ sequential: options.sequential, chunkSize: options.reading.chunkSize },
      // One that is there grows with what is stored.
      indexMs: (texts) => (options.mode.kind === "rebuild" || options.corpus.kind !== "current" ? indexMs(texts) : 0),
      workingMs: () => options.phases.workingMs,
    });
    this.#progress = new Progress({ ...options, meter: this.#meter, requests: this.#requests });
    this.#threads = new ParseThreads({
      start: options.reading.startWorker,
      isAwaited: () => !this.#flow.embed.saturated,
    });
    this.#notes = new SourceNotes(options);
    this.#options = { ...options, store: stoppableStore(store, this.#inFlight) };
    this.#start = new RunStart({
      ...this.#options,
      isFresh: options.mode.kind === "rebuild" || options.corpus.kind === "none",
      isFirst: options.corpus.kind === "none",
      retry: { retries, clock, signal, onRetry: (failure) => onRetry("", failure) },
    });
    this.#flow = new DocumentFlow({
      ...this.#options,
      ...{ stop: this.stop, start: this.#start, inFlight: this.#inFlight },
      ...{ meter: this.#meter, requests: this.#requests },
      outage: outageEvents("embedder", options.embedder.place, options),
      onEmbedded: (run) => this.#sayProgress(run),
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
      this.#sizes = await phases.during("listing", () => sourceSizes(sources, this.#options, watch));
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
    for (const run of this.runs.values()) if (run.end(clock.now(), stopped) && isSaid) this.#notes.sayEnd(run);
    // What it has stored no reader gets, as yet.
    if (mode.kind === "rebuild" && !this.#isComplete) for (const run of this.runs.values()) run.withhold(NOT_SWAPPED);
    return this.#result();
  }

  async #readSource(source: PlannedSource): Promise<void> {
    const { clock, reporter, reading, sequential, mode, store, failures } = this.#options;
    const { entry } = source;
    const stored = await store.loadSource(entry.name);
    const context = { ...reading.parse, signal: this.stop.signal, storedInput: inputsOf(stored) };
    const nowMs = clock.now();
    const files = this.#sizes.get(entry.name)?.files ?? 0;
    const run = new SourceRun(source, stored, { nowMs, files });
    this.runs.set(run.name, run);
    const onTaken = () => this.#sayProgress(run);
    const intake = new Intake(run, { mode, failures, flow: this.#flow, notes: this.#notes, onTaken });
    reporter.report({ type: "source_start", source: run.name, parser: entry.parser, files });
    this.#meter.reading.begin();
    try {
      const known = mode.kind === "embed-again" ? {} : { known: stored.inputs };
      const inputs = readSource(source, { ...reading, ...known, sequential, context, threads: this.#threads });
      for await (const input of ownersFirst(inputs, stored)) {
        // An error here is of the embedder or the store, not of the source: it ends the run.
        this.#meter.read(run.name, input.bytes ?? 0);
        await intake.take(input).catch((error) => this.stop.fail(error));
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
    if (mode.kind === "retry") this.#notes.sayMissed(run);
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
    if (run.end(clock.now())) this.#notes.sayEnd(run);
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

  #sayProgress(run: SourceRun): void {
    const { chunksWaiting, embed } = this.#flow;
    this.#progress.say(run, { inFlight: embed.inFlight, parsing: this.#threads.atWork, chunksWaiting });
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
