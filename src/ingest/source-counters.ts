import type { WriteCounts } from "../store/store.ts";
import { perSecond } from "../text/words.ts";
import { addTotals, type SourceTotals, totalsOf } from "./events.ts";

/** The figures of one source in one run: a method for each thing that happens. */
export class SourceCounters {
  #totals: SourceTotals = totalsOf([]);

  get totals(): SourceTotals {
    return this.#totals;
  }

  fileRead(): void {
    this.#add({ files: 1 });
  }

  documentsRead(documents: number, chunks: number): void {
    this.#add({ documents, chunks });
  }

  /** An input whose documents are stored as they are. */
  unchanged(documents: number, chunks: number): void {
    this.#add({ documents, chunks, reused: chunks, kept: chunks });
  }

  /** A commit: texts that were embedded for it, chunks whose vectors were known, and what became of rows. */
  stored(texts: { readonly embedded: number; readonly reused: number }, rows: WriteCounts): void {
    this.#add({ ...texts, added: rows.inserted, changed: rows.updated, kept: rows.kept, removed: rows.removed });
  }

  /** Rows of documents that are gone. */
  swept(rows: number): void {
    this.#add({ removed: rows });
  }

  chunksFailed(chunks: number): void {
    this.#add({ failed: chunks });
  }

  /** Nothing was embedded, and no row written or removed. */
  get idle(): boolean {
    const { embedded, added, changed, removed } = this.#totals;
    return embedded + added + changed + removed === 0;
  }

  /** Figures of a `progress` event, `ms` after the source began. */
  progress(ms: number) {
    const { files, documents, chunks, embedded, reused, failed } = this.#totals;
    const stored = embedded + reused;
    return { files, documents, chunks, embedded, stored, failed, chunksPerS: perSecond(stored, ms) };
  }

  #add(more: Partial<SourceTotals>): void {
    this.#totals = addTotals(this.#totals, more);
  }
}
