import { Capacity } from "../flow/capacity.ts";
import { IngestError } from "../flow/errors.ts";
import type { DocumentWrite, WriteCounts } from "../store/store.ts";
import { diffDocuments } from "./diff-documents.ts";
import { EmbedStage } from "./embed-stage.ts";
import type { IngestorOptions } from "./ingestor-options.ts";
import type { ChunkPlan, PendingDocument } from "./pending-document.ts";
import type { ChunkedDocument } from "./read-source.ts";
import type { SourceRun } from "./source-run.ts";
import type { StageClock } from "./stage-clock.ts";
import type { Stop } from "./stop.ts";
import { StoreStage } from "./store-stage.ts";
import { Texts, type Text } from "./texts.ts";

/** Chunks between their diff and their commit; with their vectors some 25 MB. */
const CHUNKS_IN_FLIGHT_MAX = 4_096;

export type DocumentFlowOptions = IngestorOptions & {
  readonly stop: Stop;
  readonly stages: StageClock;
  /** Proves the embedder; called before the first text is sent. */
  readonly probe: () => Promise<void>;
  /** Makes sure that the tables are there; called before the first write. */
  readonly prepare: () => Promise<void>;
  /** Whether `prepare` is done: before that, a run that fails leaves no trace. */
  readonly hasStarted: () => boolean;
  /** A document of the source was stored, or given up. */
  readonly onReleased: (run: SourceRun) => void;
};

/** The way of documents from their diff to their commit, or into the failure log. */
export class DocumentFlow {
  readonly embed: EmbedStage;
  readonly store: StoreStage;
  chunksStored = 0;

  readonly #options: DocumentFlowOptions;
  readonly #texts = new Texts();
  readonly #capacity = new Capacity(CHUNKS_IN_FLIGHT_MAX);
  /** Documents that wait for their vectors. */
  readonly #open = new Set<PendingDocument>();
  #allRead = false;

  constructor(options: DocumentFlowOptions) {
    this.#options = options;
    this.embed = new EmbedStage({
      ...options,
      reuse: (texts) => this.#reuse(texts),
      onSettled: (text) => this.#textSettled(text),
    });
    this.store = new StoreStage({
      ...options,
      retries: options.batchRetries,
      onCommitted: (documents, counts) => this.#committed(documents, counts),
      onLost: (document, error) => this.#lost(document, error),
      inBackground: !options.sequential,
    });
  }

  /** Takes the documents of one input; waits while too much is in flight. */
  async take(run: SourceRun, documents: readonly ChunkedDocument[], input: DocumentWrite["input"]): Promise<void> {
    const { stop, stages, sequential, retry } = this.#options;
    const chunks = documents.reduce((sum, document) => sum + document.chunks.length, 0);
    if (!this.#capacity.fits(chunks)) {
      // What is on its way may be waiting for us: for a batch or a transaction to fill.
      this.embed.sendPartial();
      this.#waitsForNext(true);
    }
    await this.#capacity.take(chunks, stop.signal);
    stages.waitsFor(this.embed.saturated ? "embedding" : "parsing");
    const pending = await diffDocuments(run, documents, input, {
      ...this.#options,
      storeStage: this.store,
      texts: this.#texts,
      retryOnly: retry !== undefined,
    });
    if (pending.some(({ plans }) => plans.some(({ kind }) => kind === "new"))) await this.#options.probe();
    for (const document of pending) this.#submit(document);
    if (!sequential) return;
    stages.waitsFor("embedding");
    await this.embed.drain();
    stages.waitsFor("storing");
    await this.store.flush();
    stages.waitsFor("parsing");
  }

  /** Everything was read: resolves when all of it is committed, or given up. */
  async finish(): Promise<void> {
    this.#allRead = true;
    this.embed.sendPartial();
    await this.settle();
  }

  /** Resolves when what is in flight is committed, or given up; of a run that was stopped, also what was embedded of documents that are not whole. */
  async settle(): Promise<void> {
    const { stop } = this.#options;
    this.#waitsForNext(true);
    await this.embed.drain();
    this.#waitsForNext(true);
    if (stop.error !== undefined && !this.#options.hasStarted()) return;
    if (stop.requested) this.#saveUnfinished();
    await this.store.flush();
  }

  /** Puts into the log what a run that was stopped by `error` has read but neither stored nor logged. */
  giveUp(error: IngestError): void {
    for (const document of this.#open) {
      const failed = document.failedPlans();
      document.run.failed += failed.length;
      this.#options.failures.record(document, failed);
      this.#recordMissing(document, error);
    }
    this.#open.clear();
  }

  #submit(document: PendingDocument): void {
    const { run } = document;
    run.open++;
    run.unsettled.add(document.document.sourceUrl);
    this.#open.add(document);
    // Counted first: `add` may settle nothing before it returns, but the document must not look finished in between.
    const fresh: Text[] = [];
    for (const plan of document.plans) {
      if (plan.kind !== "new" || plan.text.embedded || plan.text.error !== undefined) continue;
      document.open++;
      plan.text.waiting.push(document);
      if (plan.first) fresh.push(plan.text);
    }
    if (document.open === 0) this.#settled(document);
    for (const text of fresh) this.embed.add(text);
  }

  #textSettled(text: Text): void {
    for (const document of text.waiting.splice(0)) {
      document.open--;
      if (document.open === 0) this.#settled(document);
    }
    this.#waitsForNext();
  }

  /** Texts that came into being on the way: the parts of one that was too long. */
  async #reuse(texts: readonly Text[]): Promise<void> {
    const { store, embedAgain } = this.#options;
    const source = texts[0]?.source ?? "";
    const asked = [{ sourceUrl: "", hashes: texts.map(({ hash }) => hash) }];
    const known = await this.store.retrying(() => store.known(source, asked, { thisRunOnly: embedAgain }), source);
    for (const text of texts) text.vector = known.vectors.get(text.hash);
  }

  #settled(document: PendingDocument): void {
    this.#open.delete(document);
    const failed = document.failedPlans();
    document.run.failed += failed.length;
    this.#options.failures.record(document, failed);
    this.store.add(document);
  }

  /** Vectors that were paid for: stored beside the old rows of their documents, which the next run finishes. */
  #saveUnfinished(): void {
    const { error } = this.#options.stop;
    for (const document of this.#open) {
      if (!document.plans.some((plan) => plan.kind === "new" && plan.text.embedded)) continue;
      if (error instanceof IngestError) this.#recordMissing(document, error);
      this.#settled(document);
    }
  }

  /** Chunks that were neither embedded nor refused before the run was stopped. */
  #recordMissing(document: PendingDocument, error: IngestError): void {
    const failed = new Set(document.failedPlans());
    const missing = document.plans.filter((plan) => !document.has(plan) && plan.kind === "new" && !failed.has(plan));
    document.run.failed += missing.length;
    this.#options.failures.record(document, missing, error);
  }

  #committed(documents: readonly PendingDocument[], counts: WriteCounts): void {
    for (const document of documents) {
      const { run, plans } = document;
      const missing = plans.filter((plan) => !document.has(plan)).map((plan) => plan.chunk.contentHash);
      if (missing.length > 0) run.missing.set(document.document.sourceUrl, new Set(missing));
      run.unsettled.delete(document.document.sourceUrl);
      for (const plan of plans) if (document.has(plan)) this.#countStored(run, plan);
      this.chunksStored += plans.length - missing.length;
    }
    const run = documents[0]?.run;
    if (run === undefined) return;
    run.written += counts.inserted + counts.updated;
    run.removed += counts.removed;
    for (const document of documents) this.#released(document);
  }

  #countStored(run: SourceRun, plan: ChunkPlan): void {
    if (plan.kind === "new" && plan.first) run.embedded++;
    else run.reused++;
    if (plan.kind === "new") this.#texts.stored(plan.text.hash);
  }

  #lost(document: PendingDocument, error: IngestError): void {
    if (!this.#options.hasStarted()) return this.#released(document);
    const plans = document.plans.filter((plan) => plan.kind !== "own" && document.has(plan));
    const lost = plans.length > 0 ? plans : document.plans.filter((plan) => document.has(plan));
    document.run.failed += lost.length;
    this.#options.failures.record(document, lost, error);
    this.#released(document);
  }

  #released(document: PendingDocument): void {
    document.run.open--;
    this.#capacity.give(document.plans.length);
    this.#options.onReleased(document.run);
  }

  /** Tells the stage clock what the run is waiting for from now on. */
  #waitsForNext(readerBlocked = this.#allRead): void {
    const { stages } = this.#options;
    if (this.embed.saturated || (readerBlocked && !this.embed.idle)) stages.waitsFor("embedding");
    else if (readerBlocked && this.store.busy) stages.waitsFor("storing");
    else stages.waitsFor("parsing");
  }
}
