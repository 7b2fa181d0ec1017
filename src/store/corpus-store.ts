import { type Call, fatalError } from "../flow/errors.ts";
import { Claim } from "./corpus/claim.ts";
import { inspectCorpus, NO_CORPUS } from "./corpus/inspect.ts";
import { readDatabaseId } from "./corpus/database-id.ts";
import { findKnown } from "./corpus/known.ts";
import { countDocuments, loadStoredSource } from "./corpus/load-source.ts";
import { readMeta } from "./corpus/meta.ts";
import { prepareCorpus } from "./corpus/prepare.ts";
import { prepareRebuild } from "./corpus/rebuild.ts";
import { runLocks } from "./corpus/run-locks.ts";
import { forgetRuns, missingRunsRight, readLastRuns, recordRun } from "./corpus/run-records.ts";
import { countRows } from "./corpus/stage.ts";
import { swapShadow } from "./corpus/swap.ts";
import { CORPUS, SHADOW } from "./corpus/tables.ts";
import { indexMs } from "./corpus/index-cost.ts";
import { ensureVectorIndex, readVectorIndexes, whyUnindexed } from "./corpus/vector-index.ts";
import { previewWrite, removeAdoptedRows, removeStoredDocuments, writeDocuments } from "./corpus/write.ts";
import { cleanText } from "./driver/clean-text.ts";
import type { Database, LockRequest } from "./driver/database.ts";
import { inTime } from "./driver/in-time.ts";
import { lockHolders } from "./driver/session-locks.ts";
import type { ModelMark } from "../embed/embedder.ts";
import { namesTitle, vectorKey } from "../embed/prefixes.ts";
import { modelNames } from "../embed/registry.ts";
import { sameIdentity, sameMark } from "./model-identity.ts";
import type { CorpusState, ModelIdentity, ReplacedSource, Store } from "./store.ts";
import { corpusContents } from "./tools/contents.ts";
import { readHealth } from "./tools/health.ts";
import { readHitDetails, readTypicalCosine } from "./tools/hit-details.ts";
import { scanChunks } from "./tools/scan.ts";
import { hasChunks, searchChunks, wantedText } from "./tools/search.ts";
import { readStatistics } from "./tools/statistics.ts";

/** A rebuild that was interrupted longer ago begins anew. */
const SHADOW_MS_MAX = 24 * 3_600_000;
/** A run that is over waits no longer to be put on record. */
const RECORD_MS_MAX = 5_000;
/** Of a model that nobody was asked about. */
const NO_MARK: ModelMark = { probe: [] };

type CorpusStoreOptions = { readonly rebuild: boolean; readonly shadowMsMax?: number | undefined };

/** The corpus in any database behind the seam. */
export function corpusStore(database: Database, { rebuild, shadowMsMax = SHADOW_MS_MAX }: CorpusStoreOptions): Store {
  const { description } = database;
  const tables = rebuild ? SHADOW : CORPUS;
  /** What reads meet; asked once, and again after `prepare`. */
  let found: CorpusState | undefined;
  let prepared: ModelIdentity | undefined;
  let ofModel: ModelMark | undefined;
  /** Where this run's vectors are, once that was asked for: the rows' own times would not tell a vector that came out the same, or one that another run copied. */
  let thisRun: Map<string, { readonly source: string; readonly sourceUrl: string }> | undefined;
  let databaseId: string | undefined;
  let locks: readonly LockRequest[] = [];
  let claim: Claim | undefined;
  /** For all that writes what was read. */
  const claimed: Database = {
    ...database,
    begin: (work) =>
      database.begin(async (tx) => {
        await claim?.check(tx);
        return work(tx);
      }),
  };
  /** For the first write of a run: when it is committed, the run has signed. */
  const signed: Database = {
    ...claimed,
    begin: (work) =>
      claimed.begin(async (tx) => {
        const result = await work(tx);
        await claim?.sign(tx);
        return result;
      }),
  };

  const inspect = () => inspectCorpus(database);

  /** The state of the tables this store works on. A shadow is read only when `prepare` has said that it fits. */
  async function readable(): Promise<CorpusState> {
    if (found === undefined && rebuild) return NO_CORPUS;
    return (found ??= await inspect());
  }

  async function replacedBy(source: string): Promise<ReplacedSource | undefined> {
    const { kind, identity } = await inspect();
    if (kind !== "current") return undefined;
    const { documents } = await loadStoredSource(database, CORPUS, source);
    const { mark } = await readMeta(database);
    const isSame = prepared !== undefined && sameIdentity(identity, prepared) && sameMark(mark, ofModel);
    return { documents, carriedOver: isSame };
  }

  function requirePrepared(): ModelIdentity {
    if (prepared === undefined) throw new Error("the store was written to before it was prepared");
    return prepared;
  }

  async function requireCorpus(): Promise<void> {
    if ((await inspect()).kind === "current") return;
    const hint = (call: Call) => `make one first: ${call.again([])}`;
    throw fatalError("no_corpus", `there is no corpus in ${description} yet`, hint);
  }

  const store: Store = {
    description,
    inspect,
    databaseId: async () => (databaseId ??= await readDatabaseId(database)),

    async lock(sources, { exclusive, part }) {
      const scope = { sources: [...new Set(sources)], part, everything: exclusive };
      locks = runLocks(scope);
      await database.lock(locks);
      if (await database.exists()) claim = await Claim.make(database, scope, description);
    },

    leave: () => database.release(locks.filter(({ name }) => name !== "")),

    async prepare({ provider, model, dimensions, documentPrefix }, mark, patience) {
      const identity = { provider, model, dimensions, documentPrefix };
      databaseId = rebuild
        ? await prepareRebuild(signed, identity, { mark: mark ?? NO_MARK, shadowMsMax, patience })
        : await prepareCorpus(signed, identity, { mark, patience });
      ofModel = mark;
      prepared = identity;
      found = { kind: "current", identity, dimensions };
    },

    async loadSource(source) {
      const { kind } = await readable();
      const stored =
        kind === "current"
          ? await loadStoredSource(database, tables, source)
          : { documents: new Map(), inputs: new Map() };
      const replaces = rebuild ? await replacedBy(source) : undefined;
      return replaces === undefined ? stored : { ...stored, replaces };
    },

    async documentCounts() {
      return (await inspect()).kind === "current" ? countDocuments(database) : new Map();
    },

    async known(source, documents, { thisRunOnly = false } = {}) {
      const { kind, identity } = await readable();
      if (kind === "none" || documents.length === 0) return { own: new Map(), parts: new Map(), vectors: new Map() };
      if (thisRunOnly) thisRun ??= new Map();
      return findKnown(database, tables, source, documents, {
        models: identity && modelNames(identity.provider, identity.model),
        ofRows: thisRunOnly ? thisRun : undefined,
        hasSources: kind === "current",
      });
    },

    async write(documents) {
      const { model, documentPrefix = "" } = requirePrepared();
      const counts = await claimed.begin((tx) =>
        writeDocuments(tx, tables, documents, model, { keepsFailed: !rebuild }),
      );
      if (thisRun === undefined) return counts;
      for (const { source, document, rows } of documents) {
        const place = { source, sourceUrl: document.sourceUrl };
        const title = namesTitle(documentPrefix) ? cleanText(document.title) : undefined;
        for (const { chunk, vector } of rows)
          if (vector !== null) thisRun.set(vectorKey(chunk.contentHash, title), place);
      }
      return counts;
    },

    async preview(documents) {
      const { kind, identity } = await readable();
      if (kind === "current" && identity !== undefined) {
        return database.begin((tx) => previewWrite(tx, tables, documents, identity));
      }
      // What is in a table that is yet to be adopted is no source's.
      return { inserted: countRows(documents), updated: 0, kept: 0, removed: 0 };
    },

    async removeDocuments(source, sourceUrls, part) {
      requirePrepared();
      return claimed.begin((tx) => removeStoredDocuments(tx, tables, source, sourceUrls, part));
    },

    async removeAdopted() {
      return (await readable()).kind === "current" ? removeAdoptedRows(claimed, tables) : 0;
    },

    async ensureVectorIndex(watch, patience) {
      return (await readable()).kind === "current" && ensureVectorIndex(database, tables.chunks, { watch, patience });
    },

    indexMs: (rows, dimensions) => indexMs(rows, dimensions, database),

    async whyUnindexed() {
      const { kind } = await inspect();
      return kind === "current" ? whyUnindexed(database, CORPUS.chunks) : undefined;
    },

    swap: async (kept, watch, patience) =>
      swapShadow(claimed, requirePrepared(), kept, { mark: ofModel, watch, patience }),

    async hasChunks(of) {
      return (await inspect()).kind === "current" && hasChunks(database, of);
    },

    async search(request) {
      await requireCorpus();
      return searchChunks(database, request);
    },

    wantedText: (question) => wantedText(database, question),

    async *scan(options) {
      await requireCorpus();
      yield* scanChunks(database, CORPUS.chunks, options);
    },

    hitDetails: (hits, asked) => readHitDetails(database, hits, asked),
    typicalCosine: (vector) => readTypicalCosine(database, vector),
    contents: corpusContents(database),

    async recordRun(record) {
      const isThere = async () => (await inspect()).kind === "current";
      const asked = isThere().then((is) => (is ? database.begin((tx) => recordRun(tx, record)) : undefined));
      await inTime(asked, database, RECORD_MS_MAX);
    },

    lastRuns: async () => ((await database.exists()) ? readLastRuns(database) : undefined),
    missingRunsRight: () => missingRunsRight(database),
    forgetRuns: (source) => database.begin((tx) => forgetRuns(tx, cleanText(source))),
    statistics: () => readStatistics(database),
    health: async () => ((await database.exists()) ? readHealth(database, (await inspect()).kind) : undefined),
    requireSessions: () => database.lock([]),
    holders: async (sources) => ((await database.exists()) ? lockHolders(database, sources) : []),
    vectorIndexes: () => readVectorIndexes(database, CORPUS.chunks, database),
    cancel: () => database.cancel(),
    isWanted: () => database.isWanted(),
    close: () => database.close(),

    rebuilt: () => ({
      ...store,
      inspect: readable,
      search: (request) => searchChunks(database, request, SHADOW.chunks),
      wantedText: (question) => wantedText(database, question, SHADOW.chunks),
      scan: (options) => scanChunks(database, SHADOW.chunks, options),
    }),
  };
  return store;
}
