import { join } from "node:path";
import type { SourceEntry } from "../../src/parsers/parser.ts";
import { BuiltinEmbedder } from "../../src/embed/builtin.ts";
import type { Embedder } from "../../src/embed/embedder.ts";
import { FailureLog } from "../../src/ingest/failure-log.ts";
import { Failures } from "../../src/ingest/failures.ts";
import type { IngestorOptions, IngestResult } from "../../src/ingest/ingestor-options.ts";
import { ParallelIngestor } from "../../src/ingest/parallel-ingestor.ts";
import { ResumeFile } from "../../src/ingest/resume-file.ts";
import type { Parser } from "../../src/parsers/parser.ts";
import type { Store } from "../../src/store/store.ts";
import { FakeClock } from "./fake-clock.ts";
import { RecordingReporter } from "./recording-reporter.ts";

const TEST_DIMENSIONS = 16;

/** The builtin embedder with a record of what it was asked, and a hook that may fail a request. */
export class SpyEmbedder implements Embedder {
  readonly provider = "builtin";
  readonly #inner = new BuiltinEmbedder({ embeddingDimensions: TEST_DIMENSIONS });
  readonly model = this.#inner.model;
  readonly dimensions = TEST_DIMENSIONS;
  readonly batches: string[][] = [];
  probes = 0;
  inFlight = 0;
  inFlightMax = 0;
  before: (texts: readonly string[], request: number) => void | Promise<void> = () => {};
  beforeProbe: () => void = () => {};

  async probe(): Promise<void> {
    this.probes++;
    this.beforeProbe();
  }

  async embedBatch(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    this.batches.push([...texts]);
    this.inFlight++;
    this.inFlightMax = Math.max(this.inFlightMax, this.inFlight);
    try {
      await this.before(texts, this.batches.length);
      return await this.#inner.embedBatch(texts, signal);
    } finally {
      this.inFlight--;
    }
  }

  get texts(): string[] {
    return this.batches.flat();
  }
}

export type Run = {
  readonly result: IngestResult;
  readonly ingestor: ParallelIngestor;
  readonly reporter: RecordingReporter;
};

/** One run of the pipeline over parsers in memory, with files in `directory`. */
export async function runIngestor(
  sources: Readonly<Record<string, Parser>>,
  world: { readonly store: Store; readonly embedder: Embedder; readonly directory: string },
  options: Partial<IngestorOptions> & {
    readonly retryFailed?: boolean;
    readonly onStart?: (ingestor: ParallelIngestor) => void;
  } = {},
): Promise<Run> {
  const clock = options.clock ?? new FakeClock();
  const reporter = new RecordingReporter();
  const log = new FailureLog(join(world.directory, "failures.json"));
  const { entries: logged } = await log.read();
  const failures = new Failures(log, logged, reporter, clock);
  const ingestor = new ParallelIngestor({
    store: world.store,
    embedder: world.embedder,
    reporter,
    clock,
    failures,
    resumeFile: new ResumeFile(join(world.directory, "state.json")),
    workers: 4,
    sequential: false,
    batchSize: 4,
    batchRetries: 3,
    outageWaitMs: 300_000,
    chunkSize: 100,
    chunkOverlap: 0,
    parse: { pdfTimeoutMs: 1_000, fileSizeBytesMax: 1_000_000 },
    embedAgain: false,
    rebuild: false,
    prepareFirst: false,
    retry: options.retryFailed ? logged : undefined,
    allSources: true,
    enabledSources: Object.keys(sources),
    maxDelete: undefined,
    ...options,
  });
  options.onStart?.(ingestor);
  const planned = Object.entries(sources).map(([name, parser]) => ({ entry: sourceEntry(name), parser }));
  const result = await ingestor.ingest(planned);
  await failures.settle(ingestor.runs, { everything: !options.retryFailed });
  return { result, ingestor, reporter };
}

function sourceEntry(name: string): SourceEntry {
  return { name, parser: "pages", paths: ["."], dataDir: "/", generationTag: "bbj", enabled: true };
}
