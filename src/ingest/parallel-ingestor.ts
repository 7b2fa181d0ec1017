import { Capacity } from "../flow/capacity.ts";
import { IngestError, messageOf } from "../flow/errors.ts";
import { withRetry } from "../flow/retry.ts";
import type { Note } from "../parsers/parser.ts";
import type { Store, WriteCounts } from "../store/store.ts";
import { completeRun } from "./complete-run.ts";
import { diffDocuments } from "./diff-documents.ts";
import { EmbedStage } from "./embed-stage.ts";
import type { IngestorOptions, IngestResult, PlannedSource } from "./ingestor-options.ts";
import type { PendingDocument } from "./pending-document.ts";
import type { ChunkedDocument, ReadInput } from "./read-source.ts";
import { readSource } from "./read-source.ts";
import { SourceRun } from "./source-run.ts";
import { StageClock } from "./stage-clock.ts";
import { Stop } from "./stop.ts";
import { StoreStage } from "./store-stage.ts";
import { sweep } from "./sweep.ts";
import type { Text } from "./texts.ts";
import { Texts } from "./texts.ts";

/** Chunks between their diff and their commit; with their vectors some 25 MB. */
const CHUNKS_IN_FLIGHT_MAX = 4_096;
const PROGRESS_EVERY_MS = 1_000;

/**
 * One run: sources are read one after the other, their new texts embedded by up to `workers` requests at a time,
 * and each document stored as soon as all of its chunks are settled. No stage waits for a source to end.
 */
export class ParallelIngestor {
  readonly stop = new Stop();
  /** The sources of the run so far, in order. */
  readonly runs = new Map<string, SourceRun>();
  /** Whether anything was stored or removed: decides between the exit codes 1 and 2. */
  wroteAnything = false;

  readonly #options: IngestorOptions;
  readonly #texts = new Texts();
  readonly #capacity = new Capacity(CHUNKS_IN_FLIGHT_MAX);
  readonly #embed: EmbedStage;
  readonly #store: StoreStage;
  readonly #stages: StageClock;
  readonly #startedMs: number;
  #probed: Promise<void> | undefined;
  #prepared: Promise<void> | undefined;
  #chunksStored = 0;
  #sourcesLeft = 0;
  #allRead = false;
  /** Ends of sources, one at a time. */
  #ending: Promise<void> = Promise.resolve();
  /** Read and stored, but to be swept when the last source was read. */
  readonly #unswept: SourceRun[] = [];
  #progressMs = 0;

  constructor(options: IngestorOptions) {
    const { clock, reporter, store, sequential, batchRetries } = options;
    this.#options = options;
    this.#startedMs = clock.now();
    this.#stages = new StageClock(clock);
    this.#embed = new EmbedStage({
      ...options,
      stop: this.stop,
      onSettled: (text) => this.#textSettled(text),
    });
    this.#store = new StoreStage({
      store,
      reporter,
      clock,
      stop: this.stop,
      retries: batchRetries,
      prepare: () => this.#prepare(),
      onCommitted: (documents, counts) => this.#committed(documents, counts),
      onLost: (document, error) => this.#lost(document, error),
      inBackground: !sequential,
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
      this.#allRead = true;
      this.#embed.sendPartial();
      await this.#settleInFlight();
      await this.#ending;
      for (const run of this.#unswept) await this.#endSource(run);
      await this.#complete();
    } catch (error) {
      this.stop.fail(error);
      await this.#settleInFlight();
    }
    for (const run of this.runs.values()) this.#reportEnd(run);
    return this.#result();
  }

  async #settleInFlight(): Promise<void> {
    this.#waitsForNext(true);
    await this.#embed.drain();
    this.#waitsForNext(true);
    // Could not even start: then nothing is to be changed.
    if (this.stop.error === undefined || this.wroteAnything) await this.#store.flush();
  }

  async #readSource({ entry, parser }: PlannedSource): Promise<void> {
    const { clock, reporter, store, chunkSize, chunkOverlap, parse, sequential, embedAgain } = this.#options;
    const context = { ...parse, signal: this.stop.signal };
    const stored = await this.#store.retrying(() => store.loadSource(entry.name), entry.name);
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
    const all = input.documents.filter((chunked) => this.#accept(run, input.path, chunked));
    const documents =
      retry === undefined ? all : all.filter(({ document }) => failures.wants(run.name, document.sourceUrl));
    if (documents.length === 0) return;
    const chunks = documents.reduce((sum, document) => sum + document.chunks.length, 0);
    run.documents += documents.length;
    run.chunks += chunks;
    if (!this.#capacity.fits(chunks)) {
      // What is on its way may be waiting for us: for a batch or a transaction to fill.
      this.#embed.sendPartial();
      this.#waitsForNext(true);
    }
    await this.#capacity.take(chunks, this.stop.signal);
    this.#stages.waitsFor(this.#embed.saturated ? "embedding" : "parsing");

    const { path, fingerprint, notes } = input;
    const pending = await diffDocuments(
      run,
      documents,
      { path, fingerprint, notes, documents: all.length },
      { ...this.#options, storeStage: this.#store, texts: this.#texts, retryOnly: retry !== undefined },
    );
    const brings = pending.flatMap((document) => document.plans).filter((plan) => plan.kind === "new");
    if (brings.length > 0) await this.#probe();
    for (const document of pending) this.#submit(document);
    this.#progress(run);
    if (this.#options.sequential) {
      this.#stages.waitsFor("embedding");
      await this.#embed.drain();
      this.#stages.waitsFor("storing");
      await this.#store.flush();
      this.#stages.waitsFor("parsing");
    }
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

  #submit(document: PendingDocument): void {
    const { run } = document;
    run.open++;
    run.unsettled.add(document.document.sourceUrl);
    // Counted first: `add` may settle nothing before it returns, but the document must not look finished in between.
    const fresh: Text[] = [];
    for (const plan of document.plans) {
      if (plan.kind !== "new" || plan.text.vector !== undefined || plan.text.error !== undefined) continue;
      document.open++;
      plan.text.waiting.push(document);
      if (plan.first) fresh.push(plan.text);
    }
    if (document.open === 0) this.#settled(document);
    for (const text of fresh) this.#embed.add(text);
  }

  #textSettled(text: Text): void {
    for (const document of text.waiting.splice(0)) {
      document.open--;
      if (document.open === 0) this.#settled(document);
    }
    this.#waitsForNext();
  }

  #settled(document: PendingDocument): void {
    const failed = document.failedPlans();
    document.run.failed += failed.length;
    this.#options.failures.record(document, failed);
    this.#store.add(document);
  }

  #committed(documents: readonly PendingDocument[], counts: WriteCounts): void {
    this.wroteAnything = true;
    for (const document of documents) {
      const { run, plans } = document;
      const { sourceUrl } = document.document;
      const missing = plans.filter((plan) => !document.has(plan)).map((plan) => plan.chunk.contentHash);
      run.unsettled.delete(sourceUrl);
      if (missing.length > 0) run.missing.set(sourceUrl, new Set(missing));
      for (const plan of plans) {
        if (!document.has(plan)) continue;
        if (plan.kind === "new" && plan.first) run.embedded++;
        else run.reused++;
        if (plan.kind === "new") this.#texts.stored(plan.text.hash);
      }
      this.#chunksStored += plans.length - missing.length;
      this.#released(document);
    }
    const run = documents[0]?.run;
    if (run === undefined) return;
    run.written += counts.inserted + counts.updated;
    run.removed += counts.removed;
    this.#progress(run);
  }

  #lost(document: PendingDocument, error: IngestError): void {
    const plans = document.plans.filter((plan) => plan.kind !== "own" && document.has(plan));
    const lost = plans.length > 0 ? plans : document.plans.filter((plan) => document.has(plan));
    document.run.failed += lost.length;
    this.#options.failures.record(document, lost, error);
    this.#released(document);
  }

  #released(document: PendingDocument): void {
    document.run.open--;
    this.#capacity.give(document.plans.length);
    this.#endWhenSettled(document.run);
  }

  /** Embeds a text before the first is needed, and writes nothing until that has worked. */
  #probe(): Promise<void> {
    const { embedder, batchRetries, clock, reporter } = this.#options;
    const onRetry = ({ attempt, error, waitMs }: { attempt: number; error: IngestError; waitMs: number }) =>
      reporter.report({ type: "retry", source: "", batch: 0, attempt, error: error.message, waitMs });
    this.#probed ??= withRetry(() => embedder.probe(this.stop.signal), {
      retries: batchRetries,
      clock,
      signal: this.stop.signal,
      onRetry,
    }).then(() => this.#prepare());
    return this.#probed;
  }

  #prepare(): Promise<void> {
    const { embedder, store, resumeFile, retry } = this.#options;
    if (this.#prepared === undefined) this.#stages.waitsFor("storing");
    this.#prepared ??= this.#store
      .retrying(() => store.prepare(embedder), "")
      .then(() => (retry === undefined ? resumeFile.begin() : undefined));
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
    const { clock, resumeFile, store, retry, maxDelete } = this.#options;
    if (this.stop.requested) return;
    if (retry === undefined) {
      await sweep(run, { maxDelete, remove: (urls) => this.#remove(run, urls, store) });
      if (run.whole) await resumeFile.completed(run.name);
      else await resumeFile.failed(run.name, run.reason());
    }
    run.endedMs = clock.now();
    this.#reportEnd(run);
  }

  async #remove(run: SourceRun, sourceUrls: readonly string[], store: Store): Promise<number> {
    await this.#prepare();
    const removed = await this.#store.retrying(() => store.removeDocuments(run.name, sourceUrls), run.name);
    this.wroteAnything = true;
    return removed;
  }

  async #complete(): Promise<void> {
    if (this.stop.requested || this.runs.size === 0) return;
    this.#stages.waitsFor("indexing");
    if (this.#options.rebuild) await this.#prepare();
    const wrote = await completeRun([...this.runs.values()], { ...this.#options, storeStage: this.#store });
    this.wroteAnything ||= wrote;
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
    reporter.report({ type: "progress", ...run.progress(now), inFlight: this.#embed.inFlight });
  }

  #reportEnd(run: SourceRun): void {
    if (run.reported) return;
    run.reported = true;
    if (run.endedMs === undefined) run.stopped = this.stop.error === undefined ? "interrupted" : "the run was stopped";
    const skipped = run.notes.filter((note) => note.kind !== "warning");
    this.#options.reporter.report({ type: "source_end", ...run.summary(this.#options.clock.now()), skipped });
  }

  /** Tells the stage clock what the run is waiting for from now on. */
  #waitsForNext(readerBlocked = this.#allRead): void {
    if (this.#embed.saturated || (readerBlocked && !this.#embed.idle)) this.#stages.waitsFor("embedding");
    else if (readerBlocked && this.#store.busy) this.#stages.waitsFor("storing");
    else this.#stages.waitsFor("parsing");
  }

  #result(): IngestResult {
    const now = this.#options.clock.now();
    const sources = [...this.runs.values()].map((run) => run.summary(now));
    return {
      chunksEmbedded: sources.reduce((sum, source) => sum + source.embedded, 0),
      chunksStored: this.#chunksStored,
      batchesCompleted: this.#embed.batchesCompleted,
      batchesFailed: this.#embed.batchesFailed,
      failedChunks: sources.reduce((sum, source) => sum + source.failed, 0),
      duration: Math.round(now - this.#startedMs),
      sources,
      limit: this.#stages.limit(),
    };
  }
}
