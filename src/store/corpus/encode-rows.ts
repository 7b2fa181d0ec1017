import { BinaryCopy } from "../driver/copy-binary.ts";
import type { ChunkRow, DocumentWrite } from "../store.ts";
import { STAGED } from "./chunk-columns.ts";

/** Titles, URLs and the rest, roughly. */
const OTHER_BYTES_A_ROW = 1_024;

/** Rows for a binary COPY of the `STAGED` columns. A null vector says that the row is there already. */
export function encodeRows(writes: readonly DocumentWrite[], embeddingModel: string): Uint8Array {
  const copy = new BinaryCopy(expectedBytes(writes));
  for (const write of writes) {
    for (const row of distinct(write.rows)) {
      const chunk = { ...write, ...row, embeddingModel };
      copy.row(STAGED.length);
      for (const { encode } of STAGED) encode(copy, chunk);
    }
  }
  return copy.finish();
}

function expectedBytes(writes: readonly DocumentWrite[]): number {
  let bytes = 0;
  for (const { rows } of writes) {
    for (const { chunk, vector } of rows) bytes += (vector?.byteLength ?? 0) + chunk.content.length + OTHER_BYTES_A_ROW;
  }
  return bytes;
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
