import { z } from "zod";
import { fatalError } from "../flow/errors.ts";
import { inspectCorpus, NO_CORPUS } from "./corpus/inspect.ts";
import { findKnown } from "./corpus/known.ts";
import { countDocuments, loadStoredSource } from "./corpus/load-source.ts";
import { readMeta } from "./corpus/meta.ts";
import { prepareCorpus } from "./corpus/prepare.ts";
import { prepareRebuild } from "./corpus/rebuild.ts";
import { countRows } from "./corpus/stage.ts";
import { swapShadow } from "./corpus/swap.ts";
import { CORPUS, SHADOW } from "./corpus/tables.ts";
import { ensureVectorIndex } from "./corpus/vector-index.ts";
import { previewWrite, removeAdoptedRows, removeStoredDocuments, writeDocuments } from "./corpus/write.ts";
import type { Database } from "./driver/database.ts";
import { oneRow } from "./driver/rows.ts";
import { sameIdentity, sameMark } from "./model-identity.ts";
import type { ModelMark } from "../embed/embedder.ts";
import type { CorpusState, ModelIdentity, ReplacedSource, Store } from "./store.ts";
import { hybridSearch } from "./tools/search.ts";
import { readStatistics } from "./tools/statistics.ts";

const nowShape = z.object({ now: z.string() });

/** A rebuild that was interrupted longer ago begins anew. */
const SHADOW_MS_MAX = 24 * 3_600_000;
/** Of a model that nobody was asked about. */
const NO_MARK: ModelMark = { probe: [] };

export type CorpusStoreOptions = { readonly rebuild: boolean; readonly shadowMsMax?: number | undefined };

/** The corpus in any database behind the seam. */
export function corpusStore(database: Database, { rebuild, shadowMsMax = SHADOW_MS_MAX }: CorpusStoreOptions): Store {
  const { description } = database;
  const tables = rebuild ? SHADOW : CORPUS;
  /** What reads meet; asked once, and again after `prepare`. */
  let found: CorpusState | undefined;
  let prepared: ModelIdentity | undefined;
  let ofModel: ModelMark | undefined;
  /** Time of the database before the first write, in its own words. */
  let since: string | undefined;

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

  async function now(): Promise<string> {
    return (await oneRow(database, nowShape)`select clock_timestamp()::text as now`).now;
  }

  function requirePrepared(): ModelIdentity {
    if (prepared === undefined) throw new Error("the store was written to before it was prepared");
    return prepared;
  }

  return {
    description,
    inspect,

    async lock(sources, { exclusive }) {
      // Every run shares the corpus, a rebuild has it alone. Sorted, so that of two runs one gets ahead.
      const names = [...new Set(sources)].sort();
      await database.lock([{ name: "", shared: !exclusive }, ...names.map((name) => ({ name, shared: false }))]);
    },

    async prepare({ provider, model, dimensions }, mark, patience) {
      const identity = { provider, model, dimensions };
      if (rebuild) await prepareRebuild(database, identity, { mark: mark ?? NO_MARK, shadowMsMax, patience });
      else await prepareCorpus(database, identity, { mark, patience });
      ofModel = mark;
      since ??= await now();
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
      if (thisRunOnly) since ??= await now();
      return findKnown(database, tables, source, documents, {
        model: identity?.model,
        since: thisRunOnly ? since : undefined,
        hasSources: kind === "current",
      });
    },

    async write(documents) {
      const { model } = requirePrepared();
      return database.begin((tx) => writeDocuments(tx, tables, documents, model, { keepsFailed: !rebuild }));
    },

    async preview(documents) {
      const { kind, identity } = await readable();
      if (kind === "current" && identity !== undefined) {
        return database.begin((tx) => previewWrite(tx, tables, documents, identity));
      }
      // What is in a table that is yet to be adopted is no source's.
      return { inserted: countRows(documents), updated: 0, kept: 0, removed: 0 };
    },

    async removeDocuments(source, sourceUrls) {
      requirePrepared();
      return database.begin((tx) => removeStoredDocuments(tx, tables, source, sourceUrls));
    },

    async removeAdopted() {
      return (await readable()).kind === "current" ? removeAdoptedRows(database, tables) : 0;
    },

    async ensureVectorIndex(patience) {
      return (await readable()).kind === "current" && ensureVectorIndex(database, tables.chunks, patience);
    },

    swap: async (kept, patience) => swapShadow(database, requirePrepared(), kept, { mark: ofModel, patience }),

    async search(request) {
      if ((await inspect()).kind === "current") return hybridSearch(database, request);
      throw fatalError("no_corpus", `there is no corpus in ${description} yet`, "make one first: bbj-ingest-all");
    },

    statistics: () => readStatistics(database),
    close: () => database.close(),
  };
}
