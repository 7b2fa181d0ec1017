import { join } from "node:path";
import type { SourceEntry } from "../../src/parsers/parser.ts";
import { LEXICAL_MODEL, lexicalEmbedder } from "../../src/embed/lexical.ts";
import type { CorpusEmbedder, Embedder } from "../../src/embed/embedder.ts";
import { FailureLog } from "../../src/ingest/failure-log.ts";
import { Failures } from "../../src/ingest/failures.ts";
import type { Embedding } from "../../src/ingest/embed-stage.ts";
import type { IngestorOptions, IngestResult, Scope } from "../../src/ingest/ingestor-options.ts";
import { PhaseClock } from "../../src/ingest/phase-clock.ts";
import { ParallelIngestor } from "../../src/ingest/parallel-ingestor.ts";
import { NO_RESUME_RECORD, ResumeFile } from "../../src/ingest/resume-file.ts";
import type { Parser } from "../../src/parsers/parser.ts";
import type { Store } from "../../src/store/store.ts";
import { startWorkerHere } from "./parse-input.ts";
import { FakeClock } from "./fake-clock.ts";
import { plainCall } from "./plain-call.ts";
import { RecordingReporter } from "./recording-reporter.ts";

const TEST_DIMENSIONS = 16;

/** The lexical embedder with a record of what it was asked, and a hook that may fail a request. */
export class SpyEmbedder implements CorpusEmbedder {
  readonly provider = "lexical";
  readonly model = LEXICAL_MODEL;
  readonly place = "http://spy";
  readonly queryPrefix = "";
  readonly documentPrefix: string = "";
  readonly dimensions: number;
  readonly #inner: Embedder;
  readonly batches: string[][] = [];
  probes = 0;
  inFlight = 0;
  inFlightMax = 0;
  before: (texts: readonly string[], request: number) => void | Promise<void> = () => {};
  beforeProbe: () => void = () => {};

  constructor(dimensions: number = TEST_DIMENSIONS) {
    this.dimensions = dimensions;
    this.#inner = lexicalEmbedder({ dimensions });
  }

  async probe(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
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

  embedQuery(text: string, signal?: AbortSignal): Promise<Float32Array> {
    return this.#inner.embedQuery(text, signal);
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

type RunOptions = Partial<IngestorOptions> &
  Partial<Embedding> &
  Partial<Pick<Scope, "maxDelete" | "part">> & {
    readonly retryFailed?: boolean;
    readonly onStart?: (ingestor: ParallelIngestor) => void;
  };

/** One run of the pipeline over parsers in memory, with files in `directory`. */
export async function runIngestor(
  sources: Readonly<Record<string, Parser>>,
  world: { readonly store: Store; readonly embedder: CorpusEmbedder; readonly directory: string },
  {
    retryFailed = false,
    onStart,
    workers,
    batchSize,
    batchRetries,
    outageWaitMs,
    maxDelete,
    part,
    ...options
  }: RunOptions = {},
): Promise<Run> {
  const clock = options.clock ?? new FakeClock();
  const reporter = new RecordingReporter();
  const log = new FailureLog(join(world.directory, "failures.json"));
  const { entries: logged } = await log.read();
  const failures = new Failures({ log, place: world.store, before: logged, reporter, clock });
  const planned = Object.entries(sources).map(([name, parser]) => ({ entry: sourceEntry(name), parser, part }));
  const ingestor = new ParallelIngestor({
    ...{ store: world.store, embedder: world.embedder, reporter, clock, failures, call: plainCall },
    mode: { kind: retryFailed ? "retry" : "update" },
    corpus: await world.store.inspect(),
    resumeFile: retryFailed ? NO_RESUME_RECORD : resumeRecord(join(world.directory, "state.json"), world.store),
    sequential: false,
    embedding: {
      workers: workers ?? 4,
      batchSize: batchSize ?? 4,
      batchRetries: batchRetries ?? 3,
      outageWaitMs: outageWaitMs ?? 300_000,
    },
    reading: { chunkSize: 100, chunkOverlap: 0, parse: { fileSizeBytesMax: 1_000_000 }, startWorker: startWorkerHere },
    scope: { whole: true, listed: Object.keys(sources), enabled: Object.keys(sources), maxDelete, part },
    phases: new PhaseClock({ clock, reporter }),
    ...options,
  });
  onStart?.(ingestor);
  const result = await ingestor.ingest(planned);
  await failures.settle(ingestor.runs, {
    everything: !retryFailed && part === undefined,
    listed: Object.keys(sources),
  });
  return { result, ingestor, reporter };
}

function resumeRecord(path: string, store: Store) {
  const madeWith = async () => ({
    database: (await store.databaseId()) ?? "",
    ...{ database_name: store.description, model: LEXICAL_MODEL, sources_file: "/sources.toml" },
  });
  return new ResumeFile(path).record({ madeWith, definitions: {}, sources: [], completed: [] });
}

function sourceEntry(name: string): SourceEntry {
  return { name, parser: "pages", paths: ["."], dataDir: "/", generationTag: "bbj", enabled: true, keys: {} };
}
