import { BinaryCopy } from "../driver/copy-binary.ts";
import type { ChunkRow, DocumentWrite } from "../store.ts";
import { STAGED } from "./chunk-columns.ts";

/** Rows for a binary COPY of the `STAGED` columns. A null vector says that the row is there already. */
export function encodeRows(writes: readonly DocumentWrite[], embeddingModel: string): Uint8Array {
  const copy = new BinaryCopy();
  for (const write of writes) {
    for (const row of distinct(write.rows)) {
      const chunk = { ...write, ...row, embeddingModel };
      copy.row(STAGED.length);
      for (const { encode } of STAGED) encode(copy, chunk);
    }
  }
  return copy.finish();
}

/** Equal text twice in one document is one row, at its first position. */
function distinct(rows: readonly ChunkRow[]): Iterable<ChunkRow> {
  const byHash = new Map<string, ChunkRow>();
  for (const row of rows) {
    const other = byHash.get(row.chunk.contentHash);
    if (other === undefined) byHash.set(row.chunk.contentHash, row);
    else {
      const first = other.chunk.chunkIndex <= row.chunk.chunkIndex ? other : row;
      byHash.set(row.chunk.contentHash, { ...first, vector: other.vector ?? row.vector });
    }
  }
  return byHash.values();
}
