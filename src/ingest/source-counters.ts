import type { WriteCounts } from "../store/store.ts";
import type { SourceTotals } from "./events.ts";

/** The figures of one source in one run: a method for each thing that happens. */
export class SourceCounters {
  /** How many files there are, as far as known when the source began; 0 when it is not. */
  readonly #filesTotal: number;
  #files = 0;
  #documents = 0;
  #chunks = 0;
  #embedded = 0;
  #reused = 0;
  #added = 0;
  #changed = 0;
  #kept = 0;
  #removed = 0;
  #failed = 0;

  constructor(filesTotal: number) {
    this.#filesTotal = filesTotal;
  }

  fileRead(): void {
    this.#files++;
  }

  documentsRead(documents: number, chunks: number): void {
    this.#documents += documents;
    this.#chunks += chunks;
  }

  /** An input whose documents are stored as they are. */
  unchanged(documents: number, chunks: number): void {
    this.documentsRead(documents, chunks);
    this.#reused += chunks;
    this.#kept += chunks;
  }

  /** A commit: texts that were embedded for it, chunks whose vectors were known, and what became of rows. */
  stored(texts: { readonly embedded: number; readonly reused: number }, rows: WriteCounts): void {
    this.#embedded += texts.embedded;
    this.#reused += texts.reused;
    this.#added += rows.inserted;
    this.#changed += rows.updated;
    this.#kept += rows.kept;
    this.#removed += rows.removed;
  }

  /** Rows of documents that are gone. */
  swept(rows: number): void {
    this.#removed += rows;
  }

  chunksFailed(chunks: number): void {
    this.#failed += chunks;
  }

  get failed(): number {
    return this.#failed;
  }

  /** Nothing was embedded, and no row written or removed. */
  get idle(): boolean {
    return this.#embedded + this.#added + this.#changed + this.#removed === 0;
  }

  get totals(): SourceTotals {
    return {
      files: this.#files,
      documents: this.#documents,
      chunks: this.#chunks,
      embedded: this.#embedded,
      reused: this.#reused,
      added: this.#added,
      changed: this.#changed,
      kept: this.#kept,
      removed: this.#removed,
      failed: this.#failed,
    };
  }

  /** Figures of a `progress` event, `ms` after the source began. */
  progress(ms: number) {
    const seconds = Math.max(ms, 1) / 1_000;
    const share = this.#filesTotal > 0 ? this.#files / this.#filesTotal : 0;
    const stored = this.#embedded + this.#reused;
    return {
      documents: this.#documents,
      chunks: this.#chunks,
      embedded: this.#embedded,
      stored,
      chunksPerS: Math.round(stored / seconds),
      etaS: share > 0 ? Math.round((seconds / share) * (1 - share)) : null,
    };
  }
}
