import { isAbsent } from "../embed/classify.ts";
import { IngestError, messageOf } from "../flow/errors.ts";
import { type RetryOptions, withRetry } from "../flow/retry.ts";
import type { Note } from "../parsers/parser.ts";
import { completeRun } from "./complete-run.ts";
import { DocumentFlow } from "./document-flow.ts";
import type { IngestorOptions, IngestResult, PlannedSource } from "./ingestor-options.ts";
import type { ChunkedDocument, ReadInput } from "./read-source.ts";
import { readSource } from "./read-source.ts";
import { SourceRun } from "./source-run.ts";
import { StageClock } from "./stage-clock.ts";
import { Stop } from "./stop.ts";
import { sweep } from "./sweep.ts";

const PROGRESS_EVERY_MS = 1_000;

/**
 * One run: sources are read one after the other, their new texts embedded by up to `workers` requests at a time,
 * and each document stored as soon as all of its chunks are settled. No stage waits for a source to end.
 */
export class ParallelIngestor {
  readonly stop = new Stop();
  /** The sources of the run so far, in order. */
  readonly runs = new Map<string, SourceRun>();
  /** Whether the first write was made, that of the tables: decides between the exit codes 1 and 2. */
  started = false;

  readonly #options: IngestorOptions;
  readonly #flow: DocumentFlow;
  readonly #stages: StageClock;
  readonly #startedMs: number;
  #probed: Promise<void> | undefined;
  #prepared: Promise<void> | undefined;
  #sourcesLeft = 0;
  /** Ends of sources, one at a time. */
  #ending: Promise<void> = Promise.resolve();
  /** Read and stored, but to be swept when the last source was read. */
  readonly #unswept: SourceRun[] = [];
  #progressMs = 0;

  constructor(options: IngestorOptions) {
    this.#options = options;
    this.#startedMs = options.clock.now();
    this.#stages = new StageClock(options.clock);
    this.#flow = new DocumentFlow({
      ...options,
      stop: this.stop,
      stages: this.#stages,
      probe: () => this.#probe(),
      prepare: () => this.#prepare(),
      hasStarted: () => this.started,
      onReleased: (run) => {
        this.#progress(run);
        this.#endWhenSettled(run);
      },
    });
  }

  /** Runs until every source is done, `stop` is requested, or nothing more can succeed (then `stop.error` says why). */
  async ingest(sources: readonly PlannedSource[]): Promise<IngestResult> {
    this.#sourcesLeft = sources.length;
    try {
      if (this.#options.prepareFirst) await this.#probe();
      for (const source of sources) {
        if (this.stop.requested) break;
        this.#sourcesLeft--;
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
    for (const run of this.runs.values()) this.#reportEnd(run);
    return this.#result();
  }

  async #readSource({ entry, parser }: PlannedSource): Promise<void> {
    const { clock, reporter, store, chunkSize, chunkOverlap, parse, sequential, embedAgain } = this.#options;
    const context = { ...parse, signal: this.stop.signal };
    const stored = await this.#flow.store.retrying(() => store.loadSource(entry.name), entry.name);
    const run = new SourceRun(entry, parser, stored, clock.now());
    this.runs.set(entry.name, run);
    run.filesTotal = (await parser.count?.(entry, context)) ?? 0;
    reporter.report({ type: "source_start", source: entry.name, parser: entry.parser, files: run.filesTotal });
    try {
      const inputs = readSource(run, { chunkSize, chunkOverlap, skipUnchanged: !embedAgain, sequential, context });
      for await (const input of inputs) {
        // An error here is of the embedder or the store, not of the source: it ends the run.
        await this.#take(run, input).catch((error) => this.stop.fail(error));
        if (this.stop.requested) return;
      }
      run.listedWhole = true;
    } catch (error) {
      if (this.stop.requested) return;
      if (!(error instanceof IngestError)) throw error;
      run.failure = messageOf(error);
    }
    this.#endWhenSettled(run);
  }

  async #take(run: SourceRun, input: ReadInput): Promise<void> {
    run.files++;
    switch (input.kind) {
      case "unlisted":
        run.files--;
        run.unlisted = true;
        return this.#note(run, { kind: "failed", path: input.path, reason: input.reason });
      case "failed":
        run.keptInputs.add(input.path);
        return this.#note(run, input);
      case "unchanged":
        run.keptInputs.add(input.path);
        run.documents += input.documents;
        run.chunks += input.chunks;
        run.reused += input.chunks;
        for (const note of input.notes) this.#note(run, note);
        return;
      case "parsed":
        for (const note of input.notes) this.#note(run, note);
        return this.#takeDocuments(run, input);
    }
  }

  async #takeDocuments(run: SourceRun, input: Extract<ReadInput, { kind: "parsed" }>): Promise<void> {
    const { retry, failures } = this.#options;
    const { path, fingerprint, notes } = input;
    const all = input.documents.filter((chunked) => this.#accept(run, path, chunked));
    const documents =
      retry === undefined ? all : all.filter(({ document }) => failures.wants(run.name, document.sourceUrl));
    if (documents.length === 0) return;
    run.documents += documents.length;
    run.chunks += documents.reduce((sum, { chunks }) => sum + chunks.length, 0);
    await this.#flow.take(run, documents, { path, fingerprint, notes, documents: all.length });
    this.#progress(run);
  }

  #accept(run: SourceRun, path: string, { document, chunks }: ChunkedDocument): boolean {
    const { sourceUrl } = document;
    if (run.seen.has(sourceUrl)) {
      this.#note(run, { kind: "failed", path, reason: `a second document with the source_url ${sourceUrl}` });
      return false;
    }
    if (chunks.length === 0) {
      this.#note(run, { kind: "skipped", path, reason: `no text in ${sourceUrl}` });
      return false;
    }
    run.seen.add(sourceUrl);
    return true;
  }

  /** Embeds a text before the first is needed, and writes nothing until that has worked. A server that is absent is not waited for. */
  #probe(): Promise<void> {
    const { embedder, batchRetries: retries, clock, reporter } = this.#options;
    const { signal } = this.stop;
    const onRetry: RetryOptions["onRetry"] = ({ attempt, error, waitMs }) =>
      reporter.report({ type: "retry", source: "", batch: 0, attempt, error: error.message, waitMs });
    this.#probed ??= withRetry(() => embedder.probe(signal).catch(rethrowTransient), {
      retries,
      clock,
      signal,
      onRetry,
    }).then(() => this.#prepare());
    return this.#probed;
  }

  #prepare(): Promise<void> {
    const { embedder, store, resumeFile, retry } = this.#options;
    if (this.#prepared === undefined) this.#stages.waitsFor("storing");
    this.#prepared ??= this.#flow.store
      .retrying(() => store.prepare(embedder), "")
      .then(() => {
        this.started = true;
        return retry === undefined ? resumeFile.begin() : undefined;
      });
    return this.#prepared;
  }

  #endWhenSettled(run: SourceRun): void {
    if (run.open > 0 || run.ending || !(run.listedWhole || run.failure !== "")) return;
    run.ending = true;
    // Swept at the end of the run: a document that moved to a source that is yet to come keeps its vectors until then.
    if (this.#sourcesLeft > 0 && this.#options.retry === undefined && run.gone().length > 0) this.#unswept.push(run);
    else this.#ending = this.#ending.then(() => this.#endSource(run)).catch((error) => this.stop.fail(error));
  }

  async #endSource(run: SourceRun): Promise<void> {
    const { clock, resumeFile, retry, maxDelete, rebuild } = this.#options;
    if (this.stop.requested) return;
    if (retry === undefined) {
      await sweep(run, { maxDelete, remove: (urls) => this.#remove(run, urls) });
      if (!run.whole) await resumeFile.failed(run.name, run.reason());
      // In the shadow of a rebuild it is not done before the swap, and another rebuild goes on by itself.
      else if (!rebuild) await resumeFile.completed(run.name);
    }
    run.endedMs = clock.now();
    this.#reportEnd(run);
  }

  async #remove(run: SourceRun, sourceUrls: readonly string[]): Promise<number> {
    const { store } = this.#options;
    await this.#prepare();
    return this.#flow.store.retrying(() => store.removeDocuments(run.name, sourceUrls), run.name);
  }

  async #complete(): Promise<void> {
    if (this.stop.requested || this.runs.size === 0) return;
    this.#stages.waitsFor("indexing");
    if (this.#options.rebuild) await this.#prepare();
    const wrote = await completeRun([...this.runs.values()], { ...this.#options, storeStage: this.#flow.store });
    this.started ||= wrote;
  }

  #note(run: SourceRun, note: Note): void {
    run.notes.push(note);
    if (note.kind === "failed") run.failedInputs.add(note.path);
    this.#options.reporter.report({ type: "warning", source: run.name, path: note.path, reason: note.reason });
  }

  #progress(run: SourceRun): void {
    const { clock, reporter } = this.#options;
    const now = clock.now();
    if (now - this.#progressMs < PROGRESS_EVERY_MS) return;
    this.#progressMs = now;
    reporter.report({ type: "progress", ...run.progress(now), inFlight: this.#flow.embed.inFlight });
  }

  #reportEnd(run: SourceRun): void {
    if (run.reported) return;
    run.reported = true;
    if (run.endedMs === undefined) run.stopped = this.stop.error === undefined ? "interrupted" : "the run was stopped";
    const skipped = run.notes.filter((note) => note.kind !== "warning");
    this.#options.reporter.report({ type: "source_end", ...run.summary(this.#options.clock.now()), skipped });
  }

  #result(): IngestResult {
    const now = this.#options.clock.now();
    const sources = [...this.runs.values()].map((run) => run.summary(now));
    return {
      chunksEmbedded: sources.reduce((sum, source) => sum + source.embedded, 0),
      chunksStored: this.#flow.chunksStored,
      batchesCompleted: this.#flow.embed.batchesCompleted,
      batchesFailed: this.#flow.embed.batchesFailed,
      failedChunks: sources.reduce((sum, source) => sum + source.failed, 0),
      duration: Math.round(now - this.#startedMs),
      sources,
      limit: this.#stages.limit(),
    };
  }
}

/** A probe says everything as the last word; a server that is busy, or whose runner died, is worth another try. */
function rethrowTransient(error: unknown): never {
  const cause = error instanceof IngestError ? error.cause : undefined;
  throw cause instanceof IngestError && cause.decision === "retry" && !isAbsent(cause) ? cause : error;
}
