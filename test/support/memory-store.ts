import { vectorKey } from "../../src/embed/prefixes.ts";
import type {
  ChunkRow,
  Contents,
  CorpusState,
  DocumentHashes,
  DocumentWrite,
  HitDetails,
  IndexWatch,
  KnownChunks,
  LastRun,
  ModelIdentity,
  RunRecord,
  ScannedChunk,
  SearchHit,
  Store,
  StoredInput,
  StoredSource,
  WriteCounts,
} from "../../src/store/store.ts";

type Row = {
  readonly vector: Float32Array;
  readonly index: number;
  readonly title: string;
  /** Of a part of a chunk that was too long. */
  readonly metadata: ChunkRow["metadata"];
};
type Stored = { rows: Map<string, Row>; write: Omit<DocumentWrite, "rows"> };

/** A `Store` in memory, for tests of the pipeline alone. Its functions are properties, for a store around it to spread. */
export class MemoryStore implements Store {
  readonly description = "memory";
  readonly documents = new Map<string, Map<string, Stored>>();
  prepared: ModelIdentity | undefined;
  /** Every call that writes, by name. */
  readonly writes: string[] = [];
  /** Called before each call; what it throws is the call's failure. */
  before: (call: string) => void | Promise<void> = () => {};
  indexed = false;
  runs: readonly LastRun[] | undefined;

  inspect = async (): Promise<CorpusState> => {
    return {
      kind: this.prepared === undefined ? "none" : "current",
      identity: this.prepared,
      dimensions: this.prepared?.dimensions,
    };
  };

  databaseId = async (): Promise<string | undefined> => (this.prepared === undefined ? undefined : "memory");

  lock = async (): Promise<void> => {};

  leave = async (): Promise<boolean> => {
    await this.before("leave");
    return false;
  };

  prepare = async (identity: ModelIdentity): Promise<void> => {
    await this.before("prepare");
    const { provider, model, dimensions, documentPrefix } = identity;
    this.prepared = { provider, model, dimensions, documentPrefix };
  };

  loadSource = async (source: string): Promise<StoredSource> => {
    await this.before("loadSource");
    const documents = new Map<string, { input: string; complete: boolean; chunks: number }>();
    const inputs = new Map<string, StoredInput>();
    for (const [url, { rows, write }] of this.documents.get(source) ?? []) {
      const path = write.input.path.normalize("NFC");
      documents.set(url, { input: path, complete: write.complete, chunks: rows.size });
      const other = inputs.get(path);
      inputs.set(path, {
        // Of documents with different ones, none is right.
        fingerprint:
          (other?.fingerprint ?? write.input.fingerprint) === write.input.fingerprint ? write.input.fingerprint : "",
        documents: write.input.documents,
        complete: (other?.complete ?? 0) + (write.complete ? 1 : 0),
        chunks: (other?.chunks ?? 0) + rows.size,
        notes: write.input.notes,
      });
    }
    return { documents, inputs };
  };

  documentCounts = async (): Promise<ReadonlyMap<string, number>> => {
    return new Map([...this.documents].map(([source, documents]) => [source, documents.size]));
  };

  known = async (source: string, documents: readonly DocumentHashes[]): Promise<KnownChunks> => {
    await this.before("known");
    const rowsOf = (url: string) => this.documents.get(source)?.get(url)?.rows ?? new Map<string, Row>();
    const ownOf = ({ sourceUrl, title }: DocumentHashes) =>
      new Map([...rowsOf(sourceUrl)].filter(([, row]) => row.title === (title ?? row.title)));
    const own = new Map(documents.map((asked) => [asked.sourceUrl, new Set(ownOf(asked).keys())]));
    const parts = new Map(documents.map((asked) => [asked.sourceUrl, wholesIn(ownOf(asked))]));
    const vectors = new Map<string, Float32Array>();
    const stored = [...this.documents.values()].flatMap((of) => [...of.values()].flatMap(({ rows }) => [...rows]));
    for (const { hashes, title } of documents) {
      for (const [hash, row] of stored) {
        const fits = hashes.includes(hash) && row.title === (title ?? row.title);
        if (fits) vectors.set(vectorKey(hash, title), row.vector);
      }
    }
    return { own, parts, vectors };
  };

  write = async (documents: readonly DocumentWrite[]): Promise<WriteCounts> => {
    await this.before("write");
    this.writes.push("write");
    const counts = { inserted: 0, updated: 0, kept: 0, removed: 0 };
    for (const { rows, ...write } of documents) {
      const source = this.documents.get(write.source) ?? new Map<string, Stored>();
      this.documents.set(write.source, source);
      const old = source.get(write.document.sourceUrl)?.rows ?? new Map<string, Row>();
      const next = new Map<string, Row>(write.complete ? [] : old);
      // Equal text twice in one document is one row, at its first position.
      const written = new Set<string>();
      for (const { chunk, vector, metadata } of rows) {
        if (written.has(chunk.contentHash)) continue;
        written.add(chunk.contentHash);
        const before = old.get(chunk.contentHash);
        const row = {
          vector: vector ?? before?.vector,
          index: chunk.chunkIndex,
          title: write.document.title,
          metadata,
        };
        if (row.vector === undefined) throw new Error(`no vector for ${chunk.contentHash}`);
        if (before === undefined) counts.inserted++;
        else if (!Bun.deepEquals({ ...row, vector: before.vector }, before)) counts.updated++;
        else counts.kept++;
        next.set(chunk.contentHash, { ...row, vector: row.vector });
      }
      for (const hash of old.keys()) if (!next.has(hash)) counts.removed++;
      source.set(write.document.sourceUrl, { rows: next, write });
    }
    return counts;
  };

  preview = async (documents: readonly DocumentWrite[]): Promise<WriteCounts> => {
    const copy = new MemoryStore();
    for (const [source, stored] of this.documents) {
      copy.documents.set(
        source,
        new Map([...stored].map(([url, { rows, write }]) => [url, { rows: new Map(rows), write }])),
      );
    }
    return copy.write(documents);
  };

  removeDocuments = async (source: string, sourceUrls: readonly string[]): Promise<number> => {
    await this.before("removeDocuments");
    this.writes.push("remove");
    let removed = 0;
    for (const url of sourceUrls) {
      removed += this.documents.get(source)?.get(url)?.rows.size ?? 0;
      this.documents.get(source)?.delete(url);
    }
    return removed;
  };

  removeAdopted = async (): Promise<number> => {
    return 0;
  };

  /** As others measured it. */
  indexMs = (rows: number, dimensions: number): number => rows * (0.12 + dimensions * 0.001);

  whyUnindexed = async (): Promise<string | undefined> => {
    await this.before("whyUnindexed");
    await this.before("whyUnindexed");
    return undefined;
  };

  ensureVectorIndex = async (watch?: IndexWatch): Promise<boolean> => {
    await this.before("ensureVectorIndex");
    const built = !this.indexed && this.documents.size > 0;
    this.indexed ||= built;
    if (built) watch?.begun(this.rows().length);
    if (built) watch?.ended();
    return built;
  };

  swap = async (): Promise<void> => {
    await this.before("swap");
    this.writes.push("swap");
  };

  search = async (): Promise<SearchHit[]> => {
    return [];
  };

  wantedText = (question: string): Promise<string> => Promise.resolve(question);

  scan = async function* (): AsyncGenerator<ScannedChunk[]> {};

  rebuilt = (): Store => this;

  hitDetails = async (): Promise<HitDetails[]> => {
    return [];
  };

  typicalCosine = async (): Promise<number | null> => {
    return null;
  };

  hasChunks = (): Promise<boolean> => Promise.resolve(true);

  health = (): Promise<never> => {
    return Promise.reject(new Error("the memory store knows nothing of its health"));
  };

  requireSessions = async (): Promise<void> => {};

  holders = async (): Promise<[]> => [];

  statistics = (): Promise<never> => {
    return Promise.reject(new Error("the memory store has no statistics"));
  };

  vectorIndexes = (): Promise<never> => {
    return Promise.reject(new Error("the memory store has no indexes"));
  };

  get contents(): Contents {
    throw new Error("the memory store has no contents to show");
  }

  missingRunsRight = async (): Promise<undefined> => {};

  lastRuns = async (): Promise<readonly LastRun[] | undefined> => this.runs;

  recordRun = async ({ sources, isWhole, runMs, ...run }: RunRecord): Promise<void> => {
    if (this.prepared === undefined) return;
    const endedAt = new Date();
    const times = { startedAt: new Date(endedAt.getTime() - runMs), endedAt };
    const rows = sources.map(({ part = "", ...source }) => ({ ...run, ...times, ...source, part }));
    const countOf = (part: string) => part.split("/")[1] ?? "";
    const stays = (row: LastRun) => {
      const same = rows.filter(({ source }) => source === row.source);
      if (same.length === 0) return !isWhole;
      return same.every(({ part }) => part !== row.part && countOf(part) === countOf(row.part));
    };
    this.runs = [...(this.runs ?? []).filter(stays), ...rows].sort((one, other) =>
      one.source + one.part < other.source + other.part ? -1 : 1,
    );
  };

  forgetRuns = async (source: string): Promise<void> => {
    this.runs = this.runs?.filter((row) => row.source !== source);
  };

  cancel = async (): Promise<void> => {};
  isWanted = (): boolean => false;

  close = async (): Promise<void> => {};

  /** Every row as one comparable line, vectors included. */
  rows(): string[] {
    return [...this.documents]
      .flatMap(([source, documents]) =>
        [...documents].flatMap(([url, { rows }]) =>
          [...rows].map(
            ([hash, { vector, index, title }]) => `${source} ${url} ${index} ${hash} ${title} ${[...vector].join(",")}`,
          ),
        ),
      )
      .sort();
  }
}

/** Chunks all of whose parts have rows. */
function wholesIn(rows: ReadonlyMap<string, Row>): Map<string, readonly string[]> {
  const named = [...rows.values()].flatMap(({ metadata }) => metadata ?? []);
  return new Map(
    named
      .filter(({ parts }) => parts.every((hash) => rows.has(hash)))
      .map(({ part_of: whole, parts }) => [whole, parts] as const),
  );
}
