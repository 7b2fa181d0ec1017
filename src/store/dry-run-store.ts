import type { Store } from "./store.ts";

/** Stands for a vector that was not made. */
const NO_VECTOR = new Float32Array(0);

/**
 * The store for a dry run: reads go through, writes are counted and remembered, so that the answers of a run that writes
 * would be the same. Nothing is changed.
 */
export function dryRunStore(store: Store): Store {
  /** Hashes of the texts whose vectors would be stored by now. */
  const embedded = new Set<string>();
  /** Rows of the documents that are stored, by source and `source_url`. */
  const rows = new Map<string, ReadonlyMap<string, number>>();

  return {
    ...store,
    async prepare() {},

    async loadSource(source) {
      const stored = await store.loadSource(source);
      rows.set(source, new Map([...stored.documents].map(([sourceUrl, { chunks }]) => [sourceUrl, chunks])));
      return stored;
    },

    async known(source, documents, how) {
      const known = await store.known(source, documents, how);
      const vectors = new Map(known.vectors);
      for (const hash of documents.flatMap(({ hashes }) => hashes)) {
        if (embedded.has(hash) && !vectors.has(hash)) vectors.set(hash, NO_VECTOR);
      }
      return { ...known, vectors };
    },

    async write(documents) {
      const counts = await store.preview(documents);
      for (const { chunk, vector } of documents.flatMap(({ rows: all }) => all)) {
        if (vector !== null) embedded.add(chunk.contentHash);
      }
      return counts;
    },

    async removeDocuments(source, sourceUrls) {
      return sourceUrls.reduce((sum, sourceUrl) => sum + (rows.get(source)?.get(sourceUrl) ?? 0), 0);
    },

    leave: async () => false,
    removeAdopted: async () => 0,
    ensureVectorIndex: async () => false,
    indexMs: () => 0,
    async swap() {},
    async recordRun() {},
  };
}
