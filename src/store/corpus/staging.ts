import { BinaryCopy } from "../driver/copy-binary.ts";
import { cleanJson, cleanText } from "../driver/clean-text.ts";
import type { ChunkRow, DocumentWrite } from "../store.ts";

/** What tells a chunk from all others. */
export const IDENTITY = ["source_name", "source_url", "content_hash"] as const;
/** What a chunk's document and place say about it, and what may change while its text stays. */
export const DESCRIPTION = [
  "title",
  "doc_type",
  "context_header",
  "generations",
  "deprecated",
  "source_type",
  "display_url",
  "metadata",
  "chunk_index",
  "embedding_model",
] as const;
/** Every column of `chunks` that a run decides, in the order of `encodeRows`. */
export const CHUNK_COLUMNS = [...IDENTITY, ...DESCRIPTION, "content", "embedding"] as const;

/** Titles, URLs and the rest, roughly. */
const OTHER_BYTES_A_ROW = 1_024;

/** Rows for a binary COPY of `CHUNK_COLUMNS`. A null vector says that the row is there already. */
export function encodeRows(writes: readonly DocumentWrite[], embeddingModel: string): Uint8Array {
  const copy = new BinaryCopy(expectedBytes(writes));
  for (const { source, sourceType, document, rows } of writes) {
    for (const { chunk, vector, metadata } of distinct(rows)) {
      copy.row(CHUNK_COLUMNS.length);
      copy.text(source);
      copy.text(document.sourceUrl);
      copy.text(chunk.contentHash);
      copy.text(document.title);
      copy.text(document.docType);
      copy.text(chunk.contextHeader);
      copy.textArray(document.generations);
      copy.boolean(document.deprecated);
      copy.text(sourceType);
      copy.text(document.displayUrl);
      copy.json({ ...document.metadata, ...metadata });
      copy.integer(chunk.chunkIndex);
      copy.text(embeddingModel);
      copy.text(chunk.content);
      if (vector === null) copy.null();
      else copy.vector(vector);
    }
  }
  return copy.finish();
}

/** How many rows `encodeRows` makes. */
export function countRows(writes: readonly DocumentWrite[]): number {
  return writes.reduce((sum, { rows }) => sum + new Set(rows.map(({ chunk }) => chunk.contentHash)).size, 0);
}

/** The records of the documents, as the JSON of a `jsonb_to_recordset`. */
export function encodeDocuments(writes: readonly DocumentWrite[]): string {
  return cleanJson(
    writes.map(({ source, document, input, complete }) => ({
      source_name: source,
      source_url: document.sourceUrl,
      input: input.path,
      fingerprint: input.fingerprint,
      input_documents: input.documents,
      complete,
      notes: input.notes,
    })),
  );
}

/** Of the documents that are stored whole: names and URLs, side by side. */
export function completeDocuments(writes: readonly DocumentWrite[]): { names: string[]; urls: string[] } {
  const complete = writes.filter((write) => write.complete);
  return {
    names: complete.map(({ source }) => cleanText(source)),
    urls: complete.map(({ document }) => cleanText(document.sourceUrl)),
  };
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
