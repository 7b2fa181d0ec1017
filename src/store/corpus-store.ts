import { z } from "zod";
import { IngestError } from "../flow/errors.ts";
import { inspectCorpus } from "./corpus/inspect.ts";
import { findKnown } from "./corpus/known.ts";
import { countDocuments, loadStoredSource } from "./corpus/load-source.ts";
import { prepareCorpus } from "./corpus/prepare.ts";
import { prepareRebuild } from "./corpus/rebuild.ts";
import { swapShadow } from "./corpus/swap.ts";
import { CORPUS, SHADOW, type Tables } from "./corpus/tables.ts";
import { ensureVectorIndex } from "./corpus/vector-index.ts";
import { countRows, previewWrite, removeAdoptedRows, removeStoredDocuments, writeDocuments } from "./corpus/write.ts";
import { cleanText } from "./driver/clean-text.ts";
import type { Database } from "./driver/database.ts";
import { oneRow } from "./driver/rows.ts";
import { sameIdentity } from "./model-identity.ts";
import type {
  CorpusState,
  DocumentHashes,
  DocumentWrite,
  KnownChunks,
  ModelIdentity,
  KeptRows,
  ReplacedSource,
  SearchHit,
  SearchRequest,
  Statistics,
  Store,
  StoredSource,
  WriteCounts,
} from "./store.ts";
import { hybridSearch } from "./tools/search.ts";
import { readStatistics } from "./tools/statistics.ts";

const nowShape = z.object({ now: z.string() });

/** The corpus in any database behind the seam. */
export class CorpusStore implements Store {
  readonly description: string;
  readonly #database: Database;
  readonly #rebuild: boolean;
  readonly #tables: Tables;
  /** What reads meet; asked once, and again after `prepare`. */
  #found: CorpusState | undefined;
  #prepared: ModelIdentity | undefined;
  /** Time of the database before the first write, in its own words. */
  #since: string | undefined;

  constructor(database: Database, { rebuild }: { readonly rebuild: boolean }) {
    this.#database = database;
    this.#rebuild = rebuild;
    this.#tables = rebuild ? SHADOW : CORPUS;
    this.description = database.description;
  }

  inspect(): Promise<CorpusState> {
    return inspectCorpus(this.#database);
  }

  async lock(sources: readonly string[], { exclusive }: { readonly exclusive: boolean }): Promise<void> {
    // Every run shares the corpus, a rebuild has it alone. Sorted, so that of two runs one gets ahead.
    await this.#database.lock([
      { name: "", shared: !exclusive },
      ...[...new Set(sources)].sort().map((name) => ({ name, shared: false })),
    ]);
  }

  async prepare({ provider, model, dimensions }: ModelIdentity): Promise<void> {
    const identity = { provider, model, dimensions };
    if (this.#rebuild) await prepareRebuild(this.#database, identity);
    else await prepareCorpus(this.#database, identity);
    this.#since ??= await this.#now();
    this.#prepared = identity;
    this.#found = { kind: "current", identity, dimensions };
  }

  async loadSource(source: string): Promise<StoredSource> {
    const { kind } = await this.#readable();
    const stored =
      kind === "current"
        ? await loadStoredSource(this.#database, this.#tables, source)
        : { documents: new Map(), inputs: new Map() };
    const replaces = this.#rebuild ? await this.#replacedBy(source) : undefined;
    return replaces === undefined ? stored : { ...stored, replaces };
  }

  async documentCounts(): Promise<ReadonlyMap<string, number>> {
    const { kind } = await this.inspect();
    return kind === "current" ? countDocuments(this.#database) : new Map();
  }

  async known(
    source: string,
    documents: readonly DocumentHashes[],
    { thisRunOnly = false }: { readonly thisRunOnly?: boolean } = {},
  ): Promise<KnownChunks> {
    const { kind, identity } = await this.#readable();
    if (kind === "none" || documents.length === 0) return { own: new Map(), vectors: new Map() };
    if (thisRunOnly) this.#since ??= await this.#now();
    return findKnown(this.#database, this.#tables, source, documents, {
      model: identity?.model,
      since: thisRunOnly ? this.#since : undefined,
      hasSources: kind === "current",
    });
  }

  write(documents: readonly DocumentWrite[]): Promise<WriteCounts> {
    const { model } = this.#requirePrepared();
    return this.#database.begin((tx) => writeDocuments(tx, this.#tables, documents, model));
  }

  async preview(documents: readonly DocumentWrite[]): Promise<WriteCounts> {
    const { kind, identity } = await this.#readable();
    if (kind === "current" && identity !== undefined) {
      return this.#database.begin((tx) => previewWrite(tx, this.#tables, documents, identity));
    }
    // What is in a table that is yet to be adopted is no source's.
    return { inserted: countRows(documents), updated: 0, kept: 0, removed: 0 };
  }

  removeDocuments(source: string, sourceUrls: readonly string[]): Promise<number> {
    this.#requirePrepared();
    const urls = sourceUrls.map(cleanText);
    return this.#database.begin((tx) => removeStoredDocuments(tx, this.#tables, cleanText(source), urls));
  }

  async removeAdopted(): Promise<number> {
    const { kind } = await this.#readable();
    return kind === "current" ? removeAdoptedRows(this.#database, this.#tables) : 0;
  }

  async ensureVectorIndex(): Promise<boolean> {
    const { kind } = await this.#readable();
    return kind === "current" && ensureVectorIndex(this.#database, this.#tables.chunks);
  }

  async swap(kept: KeptRows): Promise<void> {
    await swapShadow(this.#database, this.#requirePrepared(), kept);
  }

  async search(request: SearchRequest): Promise<SearchHit[]> {
    const { kind } = await this.inspect();
    if (kind === "current") return hybridSearch(this.#database, request);
    throw new IngestError(`there is no corpus in ${this.description} yet`, {
      decision: "fatal",
      code: "no_corpus",
      hint: "make one first: bbj-ingest-all",
    });
  }

  statistics(): Promise<Statistics> {
    return readStatistics(this.#database);
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  /** The state of the tables this store works on. A shadow is read only when `prepare` has said that it fits. */
  async #readable(): Promise<CorpusState> {
    if (this.#found !== undefined) return this.#found;
    if (this.#rebuild) return { kind: "none", identity: undefined, dimensions: undefined };
    this.#found = await this.inspect();
    return this.#found;
  }

  async #replacedBy(source: string): Promise<ReplacedSource | undefined> {
    const { kind, identity } = await this.inspect();
    if (kind !== "current") return undefined;
    const { documents } = await loadStoredSource(this.#database, CORPUS, source);
    return { documents, carriedOver: this.#prepared !== undefined && sameIdentity(identity, this.#prepared) };
  }

  async #now(): Promise<string> {
    return (await oneRow(this.#database, nowShape)`select clock_timestamp()::text as now`).now;
  }

  #requirePrepared(): ModelIdentity {
    if (this.#prepared === undefined) throw new Error("the store was written to before it was prepared");
    return this.#prepared;
  }
}
