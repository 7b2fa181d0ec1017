import { namesTitle } from "../embed/prefixes.ts";
import { IngestError } from "../flow/errors.ts";
import { Semaphore } from "../flow/semaphore.ts";
import type { DocumentWrite, WriteCounts } from "../store/store.ts";
import { diffDocuments, type ReadDocuments } from "./diff-documents.ts";
import { DiffQueue } from "./diff-queue.ts";
import type { Outcome, TextToEmbed } from "./embed-batch.ts";
import { EmbedStage, type EmbedStageOptions } from "./embed-stage.ts";
import type { InFlight } from "./in-flight.ts";
import type { IngestorOptions } from "./ingestor-options.ts";
import { type ChunkPlan, isEmbedded, PendingDocument } from "./pending-document.ts";
import { type PendingText, PendingTexts } from "./pending-text.ts";
import type { ChunkedDocument } from "./parse-thread.ts";
import type { RequestMeter } from "./request-meter.ts";
import type { RunStart } from "./run-start.ts";
import type { SourceRun } from "./source-run.ts";
import type { Stop } from "./stop.ts";
import { StoreStage } from "./store-stage.ts";
import type { WorkMeter } from "./work-meter.ts";

/** Chunks between their diff and their commit; with their vectors some 25 MB. */
const CHUNKS_IN_FLIGHT_MAX = 4_096;

type DocumentFlowOptions = IngestorOptions & {
  readonly stop: Stop;
  readonly start: RunStart;
  readonly inFlight: InFlight;
  readonly meter: WorkMeter;
  readonly requests: RequestMeter;
  /** What becomes of an outage of the embedder. */
  readonly outage: EmbedStageOptions["outage"];
  /** A text of the source was embedded, or given up. */
  readonly onEmbedded: (run: SourceRun) => void;
  /** A document of the source was stored, or given up. */
  readonly onReleased: (run: SourceRun) => void;
};

/** The way of documents from their diff to their commit, or into the failure log. */
export class DocumentFlow {
  readonly embed: EmbedStage;
  readonly #store: StoreStage;
  readonly #options: DocumentFlowOptions;
  readonly #texts = new PendingTexts();
  readonly #capacity = new Semaphore(CHUNKS_IN_FLIGHT_MAX);
  /** Documents that wait for their vectors, and which of them wait for a text: once for each time they have it. */
  readonly #open = new Set<PendingDocument>();
  readonly #waiting = new Map<PendingText, PendingDocument[]>();
  readonly #diffs: DiffQueue;
  /** An input that waits for room. */
  #incoming: ReadDocuments | undefined;
  #chunksStored = 0;
  #left = 0;
  #allRead = false;

  constructor(options: DocumentFlowOptions) {
    this.#options = options;
    this.embed = new EmbedStage({
      ...options,
      ...options.embedding,
      known: (texts) => this.#known(texts),
      onSettled: (text, outcome) => this.#textSettled(text, outcome),
    });
    this.#diffs = new DiffQueue({
      stop: options.stop,
      diff: (inputs) => this.#compare(inputs),
      onEmpty: () => {
        // A reader that waits for room, or was the last one, gives nothing that a batch could wait for.
        if (this.#capacity.waiting > 0 || this.#allRead) this.embed.flush();
      },
    });
    this.#store = new StoreStage({
      ...options,
      onCommitted: (documents, counts) => this.#committed(documents, counts),
      onLost: (document, error) => this.#lost(document, error),
    });
  }

  get chunksStored(): number {
    return this.#chunksStored;
  }

  /** Chunks of documents that are on their way. */
  get chunksWaiting(): number {
    return this.#capacity.inUse;
  }

  /** Chunks that were read, and are neither in the store nor given up. */
  get chunksLeft(): number {
    return this.#left;
  }

  /** Takes the documents of one input; waits while too much is in flight. */
  async take(run: SourceRun, documents: readonly ChunkedDocument[], input: DocumentWrite["input"]): Promise<void> {
    const { stop, phases, meter, sequential } = this.#options;
    const size = documents.reduce((sum, { chunks }) => sum + chunks.length, 0);
    const taken = { run, documents, input };
    this.#incoming = taken;
    this.#left += size;
    if (!this.#capacity.fits(size)) {
      // What is on its way may be waiting for us: for a batch or a transaction to fill.
      this.embed.flush();
      this.#waitsForNext(true);
      if (sequential) await this.#drain();
    }
    meter.reading.end();
    await this.#capacity.acquire(size, stop.signal).finally(() => meter.reading.begin());
    phases.waitsFor(this.embed.saturated ? "embedding" : "parsing");
    for (let opened = 0; opened < documents.length; opened++) run.open();
    this.#diffs.add(taken);
    this.#incoming = undefined;
    if (sequential) await this.#drain();
  }

  /** Has what is new of the inputs embedded, and what is complete stored. */
  async #compare(inputs: readonly ReadDocuments[]): Promise<void> {
    const { start, store, mode, embedder } = this.#options;
    const [first] = inputs;
    if (first === undefined) return;
    const embedAgain = mode.kind === "embed-again";
    const how = { store, texts: this.#texts, embedAgain, withTitles: namesTitle(embedder.documentPrefix) };
    const pending = await diffDocuments(first.run, inputs, how);
    if (pending.some(({ plans }) => plans.some(({ kind }) => kind === "new"))) await start.probe();
    for (const document of pending) this.#submit(document);
  }

  /** Everything was read: resolves when all of it is committed, or given up. */
  async finish(): Promise<void> {
    this.#allRead = true;
    await this.#diffs.drain();
    this.embed.flush();
    await this.settle();
  }

  /** Resolves when what is in flight is committed, or given up; of a run that was stopped, also what was embedded of documents that are not whole. */
  async settle(): Promise<void> {
    const { stop, start } = this.#options;
    this.#waitsForNext(true);
    await this.#diffs.drain();
    await this.embed.drain();
    this.#waitsForNext(true);
    if (stop.error !== undefined && !start.done) {
      await this.#store.pause();
      if (!start.done) return;
    }
    if (stop.requested) this.#saveUnfinished();
    await this.#store.flush();
  }

  /** Puts into the log what a run that was stopped by `error` has read but neither stored nor logged. */
  giveUp(error: IngestError): void {
    for (const taken of [...this.#diffs.waiting, ...(this.#incoming === undefined ? [] : [this.#incoming])]) {
      for (const document of undiffed(taken)) this.#recordFailed(document, document.plans, error);
    }
    for (const document of this.#open) {
      this.#recordFailed(document, document.failed());
      this.#recordFailed(document, document.unsettled(), error);
    }
    this.#open.clear();
  }

  /** One thing after the other: what was sent is embedded, and what is settled stored. */
  async #drain(): Promise<void> {
    const { phases, meter } = this.#options;
    meter.reading.end();
    await this.#diffs.drain();
    phases.waitsFor("embedding");
    await this.embed.drain();
    phases.waitsFor("storing");
    await this.#store.flush();
    phases.waitsFor("parsing");
    meter.reading.begin();
  }

  #submit(document: PendingDocument): void {
    this.#left -= document.plans.length - document.plans.filter(isLacking).length;
    this.#open.add(document);
    // Counted first: `add` may settle nothing before it returns, but the document must not look finished in between.
    const waiting = document.waits();
    for (const text of waiting) this.#waiting.set(text, [...(this.#waiting.get(text) ?? []), document]);
    if (waiting.length === 0) this.#settled(document);
    const texts = document.plans.flatMap((plan) => (plan.kind === "new" && plan.first ? [plan.text] : []));
    this.#options.meter.found(document.run.name, texts.length);
    for (const text of texts) this.embed.add(text);
  }

  #textSettled(text: PendingText, outcome: Outcome): void {
    text.outcome = outcome;
    const documents = this.#waiting.get(text) ?? [];
    this.#waiting.delete(text);
    for (const document of documents) if (document.textSettled()) this.#settled(document);
    if (documents[0] !== undefined) this.#options.onEmbedded(documents[0].run);
    this.#waitsForNext();
  }

  /** Vectors of texts that came into being on the way: the parts of one that was too long. */
  async #known(texts: readonly TextToEmbed[]): Promise<ReadonlyMap<string, Float32Array>> {
    const { store, mode, embedder } = this.#options;
    const [{ source, title } = { source: "", title: "" }] = texts;
    const hashes = texts.map(({ hash }) => hash);
    const asked = [{ sourceUrl: "", hashes, ...(namesTitle(embedder.documentPrefix) ? { title } : {}) }];
    const thisRunOnly = mode.kind === "embed-again";
    return (await store.known(source, asked, { thisRunOnly })).vectors;
  }

  #settled(document: PendingDocument): void {
    this.#open.delete(document);
    this.#recordFailed(document, document.failed());
    this.#store.add(document);
  }

  /** Vectors that were paid for: stored beside the old rows of their documents, which the next run finishes. */
  #saveUnfinished(): void {
    const { error } = this.#options.stop;
    for (const document of this.#open) {
      if (!document.embedded().some(({ kind }) => kind === "new")) continue;
      if (error instanceof IngestError) this.#recordFailed(document, document.unsettled(), error);
      this.#settled(document);
    }
  }

  /** Counts and logs chunks that are not stored, each with its own error or the one given. */
  #recordFailed(document: PendingDocument, plans: readonly ChunkPlan[], error?: IngestError): void {
    document.run.counters.chunksFailed(plans.length);
    this.#left -= plans.filter(isLacking).length;
    this.#options.failures.record(document, plans, error);
  }

  #committed(documents: readonly PendingDocument[], counts: WriteCounts): void {
    const texts = { embedded: 0, reused: 0 };
    for (const document of documents) {
      document.run.coverage.settle(document.sourceUrl, document.missing());
      for (const plan of document.embedded()) {
        this.#chunksStored++;
        if (isLacking(plan)) this.#left--;
        if (isEmbedded(plan)) texts.embedded++;
        else texts.reused++;
        if (plan.kind === "new") this.#texts.stored(plan.text);
      }
    }
    documents[0]?.run.counters.stored(texts, counts);
    for (const document of documents) this.#released(document);
  }

  #lost(document: PendingDocument, error: IngestError): void {
    if (this.#options.start.done) {
      const embedded = document.embedded();
      const made = embedded.filter((plan) => plan.kind !== "own");
      this.#recordFailed(document, made.length > 0 ? made : embedded, error);
    }
    this.#released(document);
  }

  #released(document: PendingDocument): void {
    document.run.close();
    this.#capacity.release(document.plans.length);
    this.#options.onReleased(document.run);
  }

  /** Tells the phase clock what the run is waiting for from now on. */
  #waitsForNext(readerBlocked = this.#allRead): void {
    const { phases } = this.#options;
    if (this.embed.saturated || (readerBlocked && !this.embed.idle)) phases.waitsFor("embedding");
    else if (readerBlocked && this.#store.busy) phases.waitsFor("storing");
    else phases.waitsFor("parsing");
  }
}

/** Whether the store did not have the chunk before. */
function isLacking({ kind }: ChunkPlan): boolean {
  return kind !== "own";
}

/** The documents of an input as if all of them were missing: for the log, should the run end before their diff. */
function undiffed({ run, documents, input }: ReadDocuments): readonly PendingDocument[] {
  return documents.map(({ document, chunks }) => {
    const plans = chunks.map((chunk): ChunkPlan => ({ kind: "absent", chunk }));
    return new PendingDocument(run, document, input, plans);
  });
}
