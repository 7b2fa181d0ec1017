import { z } from "zod";
import { CORPUS } from "../corpus/tables.ts";
import { cleanText } from "../driver/clean-text.ts";
import type { Queryable, Statement } from "../driver/database.ts";
import { allRows, oneRow } from "../driver/rows.ts";
import { constant, ident, integer, sql } from "../driver/sql.ts";

const PAGE_ROWS = 1_000;
/** A text may be long. */
const CHUNK_PAGE_ROWS = 200;
/** Places that are named of a text that is in many. */
const PLACES_MAX = 20;

const sourceShape = z.object({
  /** "": adopted, and no source's as yet. */
  source: z.string(),
  documents: z.int(),
  /** Of which not every chunk is stored. */
  incomplete: z.int(),
  chunks: z.int(),
  /** As stored, without indexes. */
  bytes: z.number(),
  /** When one of its documents was last written. */
  changedAt: z.date().nullable(),
});
const sizeShape = z.object({ tableBytes: z.number(), indexBytes: z.number(), brokenIndexes: z.array(z.string()) });
const listedShape = z.object({
  source: z.string(),
  sourceUrl: z.string(),
  displayUrl: z.string(),
  title: z.string(),
  chunks: z.int(),
  complete: z.boolean(),
});
const placeShape = z.object({
  source: z.string(),
  sourceUrl: z.string(),
  displayUrl: z.string(),
  title: z.string(),
});
const chunkPlaceShape = placeShape.extend({ contentHash: z.string(), chunkIndex: z.int() });
const documentShape = z.object({
  source: z.string(),
  sourceUrl: z.string(),
  displayUrl: z.string(),
  title: z.string(),
  sourceType: z.string(),
  docType: z.string(),
  generations: z.array(z.string()),
  deprecated: z.boolean(),
  chunks: z.int(),
  complete: z.boolean(),
  /** The file or page it came from; "" of what was adopted. */
  input: z.string(),
  fingerprint: z.string(),
  notes: z.array(z.object({ kind: z.string(), path: z.string(), reason: z.string() })),
  embeddingModel: z.string(),
  createdAt: z.date().nullable(),
  updatedAt: z.date().nullable(),
});
const shownShape = z.object({
  chunkIndex: z.int(),
  contentHash: z.string(),
  contextHeader: z.string(),
  content: z.string(),
  metadata: z.record(z.string(), z.unknown()),
  createdAt: z.date().nullable(),
  updatedAt: z.date().nullable(),
});
const addressShape = z.object({ source: z.string(), sourceUrl: z.string() });

/** Where a document is. */
export type Place = { readonly source: string; readonly sourceUrl: string };
/** What the corpus has of one source. */
export type SourceContents = Readonly<z.infer<typeof sourceShape>>;
/** What the tables of the corpus take on disk, and those of their indexes that are not valid. */
export type CorpusSize = Readonly<z.infer<typeof sizeShape>>;
/** A document as a list has it. */
export type ListedDocument = Readonly<z.infer<typeof listedShape>>;
/** Where an address leads, or a text is. */
export type FoundPlace = Readonly<z.infer<typeof placeShape>>;
/** Where a chunk is. */
type ChunkPlace = Readonly<z.infer<typeof chunkPlaceShape>>;
/** All that is known of a document but for its chunks. */
export type ShownDocument = Readonly<z.infer<typeof documentShape>>;
/** Where a chunk stands in its document. */
type ChunkKey = Pick<ShownChunk, "chunkIndex" | "contentHash">;
/** A chunk as a document has it. */
export type ShownChunk = Readonly<z.infer<typeof shownShape>>;

/** Before all chunks. */
const FIRST_KEY: ChunkKey = { chunkIndex: -1, contentHash: "" };

const CHUNKS = ident(CORPUS.chunks);
const DOCUMENTS = ident(CORPUS.documents);
/** Chunks of a document, of `d`, in the order of its text. */
const FIRST = sql`
  select c.title, c.display_url from ${CHUNKS} c where c.source_name = d.source_name and c.source_url = d.source_url
  order by c.chunk_index, c.content_hash limit 1`;

const KNOWN = sql`select source_name, source_url, chunks, complete from ${DOCUMENTS}`;
/** What was adopted has no rows of documents. */
const ADOPTED = sql`
  select source_name, source_url, count(*)::int as chunks, true as complete from ${CHUNKS} where source_name = '' group by 1, 2`;

/** What the corpus has of each source, by name. */
function readSources(queryable: Queryable): Promise<SourceContents[]> {
  return allRows(queryable, sourceShape)`
    select coalesce(d.source_name, c.source_name) as source, coalesce(d.documents, c.documents) as documents,
      coalesce(d.incomplete, 0) as incomplete, coalesce(c.chunks, 0) as chunks, coalesce(c.bytes, 0)::float8 as bytes,
      d.changed as "changedAt"
    from (
      select source_name, count(*)::int as documents, (count(*) filter (where not complete))::int as incomplete,
        max(updated_at) as changed
      from ${DOCUMENTS} group by 1) d
    full join (
      -- Of the columns, for of a row whose long values are stored beside it only the short ones count.
      select source_name, count(*)::int as chunks,
        (count(distinct source_url) filter (where source_name = ''))::int as documents,
        sum(pg_column_size(content) + coalesce(pg_column_size(embedding), 0) + pg_column_size(search_vector) + pg_column_size(metadata)) as bytes
      from ${CHUNKS} group by 1) c using (source_name)
    order by 1`;
}

/** What the tables of the corpus take on disk. */
export function readCorpusSize(queryable: Queryable): Promise<CorpusSize> {
  return oneRow(queryable, sizeShape)`
    select sum(pg_table_size(c.oid))::float8 as "tableBytes", sum(pg_indexes_size(c.oid))::float8 as "indexBytes", array(
        select i.indexrelid::regclass::text from pg_index i
        where i.indrelid in (to_regclass(${CORPUS.chunks}::text), to_regclass(${CORPUS.documents}::text)) and not i.indisvalid
        order by 1) as "brokenIndexes"
    from pg_class c where c.oid in (to_regclass(${CORPUS.chunks}::text), to_regclass(${CORPUS.documents}::text))`;
}

/** The documents of a source, in the order of their addresses as the database sorts them, page by page. */
async function* listDocuments(queryable: Queryable, source: string): AsyncGenerator<ListedDocument[]> {
  for (let last: string | null | undefined = null; last !== undefined;) {
    const page: ListedDocument[] = await allRows(queryable, listedShape)`
      select d.source_name as source, d.source_url as "sourceUrl", coalesce(f.display_url, '') as "displayUrl",
        coalesce(f.title, '') as title, d.chunks, d.complete
      from (
        select * from (${source === "" ? ADOPTED : KNOWN}) known
        where source_name = ${cleanText(source)}::text and (${last}::text is null or source_url > ${last}::text)
        order by source_url limit ${integer(PAGE_ROWS)}) d
      left join lateral (${FIRST}) f on true order by d.source_url`;
    if (page.length > 0) yield page;
    last = page.at(PAGE_ROWS - 1)?.sourceUrl;
  }
}

/** Addresses of all documents, page by page; last those of what was adopted. */
async function* listAddresses(queryable: Queryable): AsyncGenerator<Place[]> {
  for (let last: Place | null | undefined = null; last !== undefined;) {
    const { source, sourceUrl }: Partial<Place> = last ?? {};
    const page: Place[] = await allRows(queryable, addressShape)`
      select source_name as source, source_url as "sourceUrl" from ${DOCUMENTS}
      where ${last === null}::boolean or (source_name, source_url) > (${source ?? ""}::text, ${sourceUrl ?? ""}::text)
      order by source_name, source_url limit ${integer(PAGE_ROWS)}`;
    if (page.length > 0) yield page;
    last = page.at(PAGE_ROWS - 1);
  }
  yield* listDocuments(queryable, "");
}

/** Documents with that address, or else those that are shown at it; in `source` only, if one is named. */
async function findByAddress(queryable: Queryable, address: string, source?: string): Promise<FoundPlace[]> {
  const asked = cleanText(address);
  const isIn = source === undefined ? constant("true") : sql`source_name = ${cleanText(source)}::text`;
  const places = (condition: Statement) => allRows(queryable, placeShape)`
    select distinct on (source_name, source_url) source_name as source, source_url as "sourceUrl", display_url as "displayUrl", title
    from ${CHUNKS} where ${condition} and ${isIn} order by source_name, source_url, chunk_index limit ${integer(PLACES_MAX)}`;
  const known = await allRows(queryable, placeShape)`
    select d.source_name as source, d.source_url as "sourceUrl", coalesce(f.display_url, '') as "displayUrl", coalesce(f.title, '') as title
    from (
      select source_name, source_url from ${DOCUMENTS} where source_url = ${asked}::text and ${isIn}
      order by 1 limit ${integer(PLACES_MAX)}) d
    left join lateral (${FIRST}) f on true order by 1`;
  if (known.length > 0) return known;
  // What was adopted has no rows of documents.
  const adopted = await places(sql`source_name = '' and source_url = ${asked}::text`);
  return adopted.length > 0 ? adopted : places(sql`display_url = ${asked}::text`);
}

/** Chunks whose hash begins so, in `source` only, if one is named. */
function findByHash(queryable: Queryable, beginning: string, source?: string): Promise<ChunkPlace[]> {
  const isIn = source === undefined ? constant("true") : sql`source_name = ${cleanText(source)}::text`;
  // Between two texts the index on hashes is asked, whatever the collation.
  return allRows(queryable, chunkPlaceShape)`
    select source_name as source, source_url as "sourceUrl", display_url as "displayUrl", title,
      content_hash as "contentHash", chunk_index as "chunkIndex"
    from ${CHUNKS}
    where content_hash >= ${beginning}::text and content_hash < ${`${beginning}g`}::text and starts_with(content_hash, ${beginning}::text)
      and ${isIn}
    order by content_hash, source_name, source_url limit ${integer(PLACES_MAX)}`;
}

/** Documents whose address, display URL or title has `word` in it, the shortest addresses first. */
function findSimilar(queryable: Queryable, word: string, limit: number): Promise<FoundPlace[]> {
  const asked = cleanText(word).toLowerCase();
  const has = (column: string) => sql`position(${asked}::text in lower(${ident(column)})) > 0`;
  return allRows(queryable, placeShape)`
    select * from (
      select distinct on (source_name, source_url) source_name as source, source_url as "sourceUrl", display_url as "displayUrl", title
      from ${CHUNKS} where ${has("source_url")} or ${has("display_url")} or ${has("title")}
      order by source_name, source_url, chunk_index) found
    order by length("sourceUrl"), "sourceUrl", source limit ${integer(limit)}`;
}

/** All that is known of a document but for its chunks; undefined when it is not there any more. */
async function readDocument(queryable: Queryable, place: Place): Promise<ShownDocument | undefined> {
  const [source, sourceUrl] = [cleanText(place.source), cleanText(place.sourceUrl)];
  const isOne = sql`source_name = ${source}::text and source_url = ${sourceUrl}::text`;
  const [document] = await allRows(queryable, documentShape)`
    select ${source}::text as source, ${sourceUrl}::text as "sourceUrl",
      coalesce(f.display_url, '') as "displayUrl", coalesce(f.title, '') as title, coalesce(f.source_type, '') as "sourceType",
      coalesce(f.doc_type, '') as "docType", coalesce(f.generations, '{}') as generations, coalesce(f.deprecated, false) as deprecated,
      coalesce(d.chunks, t.chunks) as chunks, coalesce(d.complete, true) as complete, coalesce(d.input, '') as input,
      coalesce(d.fingerprint, '') as fingerprint, coalesce(d.notes, '[]') as notes,
      coalesce(f.embedding_model, '') as "embeddingModel", t.created as "createdAt", greatest(t.updated, d.updated_at) as "updatedAt"
    from (select count(*)::int as chunks, min(created_at) as created, max(updated_at) as updated from ${CHUNKS} where ${isOne}) t
    left join (select * from ${DOCUMENTS} where ${isOne}) d on true
    left join (select * from ${CHUNKS} where ${isOne} order by chunk_index, content_hash limit 1) f on true
    where t.chunks > 0 or d.source_name is not null`;
  return document;
}

/** The chunks of a document in the order of its text, page by page; those that follow `after`, where one is named. */
async function* readChunks(queryable: Queryable, place: Place, after?: ChunkKey): AsyncGenerator<ShownChunk[]> {
  const [source, sourceUrl] = [cleanText(place.source), cleanText(place.sourceUrl)];
  for (let last: ChunkKey | undefined = after ?? FIRST_KEY; last !== undefined;) {
    const { chunkIndex, contentHash } = last;
    const page: ShownChunk[] = await allRows(queryable, shownShape)`
      select chunk_index as "chunkIndex", content_hash as "contentHash", context_header as "contextHeader", content, metadata,
        created_at as "createdAt", updated_at as "updatedAt"
      from ${CHUNKS} where source_name = ${source}::text and source_url = ${sourceUrl}::text
        and (chunk_index, content_hash) > (${chunkIndex}::int, ${contentHash}::text)
      order by chunk_index, content_hash limit ${integer(CHUNK_PAGE_ROWS)}`;
    if (page.length > 0) yield page;
    last = page.at(CHUNK_PAGE_ROWS - 1);
  }
}

/** What is in the corpus that readers have, of one database. */
export function corpusContents(queryable: Queryable) {
  return {
    /** What there is of each source, by name. */
    sources: () => readSources(queryable),
    size: () => readCorpusSize(queryable),
    /** The documents of a source, some at a time, in the order of their addresses. */
    documents: (source: string) => listDocuments(queryable, source),
    /** Addresses of all documents, some at a time. */
    addresses: () => listAddresses(queryable),
    /** Documents with that address, or else those that are shown at it; in `source` only, if one is named. */
    atAddress: (address: string, source?: string) => findByAddress(queryable, address, source),
    /** Chunks whose hash begins so. */
    withHash: (beginning: string, source?: string) => findByHash(queryable, beginning, source),
    /** Documents whose address, display URL or title has `word` in it. */
    similar: (word: string, limit: number) => findSimilar(queryable, word, limit),
    /** All that is known of a document but for its chunks; undefined when there is none. */
    document: (place: Place) => readDocument(queryable, place),
    /** The chunks of a document, some at a time, in the order of its text; those that follow `after`, where one is named. */
    chunks: (place: Place, after?: ChunkKey) => readChunks(queryable, place, after),
  };
}
