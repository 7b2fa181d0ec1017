import { z } from "zod";
import { cleanText } from "../driver/clean-text.ts";
import type { Queryable, Statement } from "../driver/database.ts";
import { allRows } from "../driver/rows.ts";
import { constant, ident, sql } from "../driver/sql.ts";
import type { DocumentHashes, KnownChunks } from "../store.ts";
import type { Tables } from "./tables.ts";

/** The documents whose rows have the vectors of texts, by the hash of the text. */
type VectorRows = ReadonlyMap<string, { readonly source: string; readonly sourceUrl: string }>;

export type KnownOptions = {
  /** Only vectors of the model with these names; undefined: of any, in a table that is yet to be adopted. */
  readonly models: readonly string[] | undefined;
  /** Only vectors of these rows, by hash. */
  readonly ofRows: VectorRows | undefined;
  /** A table that is yet to be adopted has vectors, but no sources. */
  readonly hasSources: boolean;
};

/** As pgvector prints it: whole, while `extra_float_digits` shortens a `real[]`. */
const vectorShape = z.string().transform((text) => Float32Array.from(z.array(z.number()).parse(JSON.parse(text))));
const rowShape = z.object({
  source_url: z.string().nullable(),
  content_hash: z.string(),
  part_of: z.string().nullable(),
  /** Rows of before this list was kept do not tell whether all parts are there. */
  parts: z.array(z.string()).nullable(),
  vector: vectorShape.nullable(),
});
type FoundRow = z.infer<typeof rowShape>;

/** What is there of the documents' chunks: one statement, so that both answers are of the same moment. */
export async function findKnown(
  queryable: Queryable,
  tables: Tables,
  source: string,
  documents: readonly DocumentHashes[],
  { models, ofRows, hasSources }: KnownOptions,
): Promise<KnownChunks> {
  const chunks = ident(tables.chunks);
  const pairs = documents.flatMap(({ sourceUrl, hashes }) =>
    hashes.map((hash) => ({ url: cleanText(sourceUrl), hash })),
  );
  const urls = [...new Set(documents.map(({ sourceUrl }) => cleanText(sourceUrl)))];
  const own = hasSources
    ? sql`
        select c.source_url, c.content_hash::text, c.metadata ->> 'part_of', c.metadata -> 'parts' from ${chunks} c
        where c.source_name = ${cleanText(source)}::text and c.source_url = any (${urls}::text[])
          and c.embedding is not null`
    : sql`select ''::text, ''::text, ''::text, '[]'::jsonb where false`;
  const found = await allRows(queryable, rowShape)`
    with own (source_url, content_hash, part_of, parts) as (${own}),
    wanted (source_url, content_hash) as (
      select * from unnest(${pairs.map(({ url }) => url)}::text[], ${pairs.map(({ hash }) => hash)}::text[])),
    lacking as (
      select distinct w.content_hash from wanted w
      where not exists (select from own o where o.source_url = w.source_url and o.content_hash = w.content_hash))
    select source_url, content_hash, part_of, parts, null::text as vector from own
    union all
    ${ofRows === undefined ? anyVectors(chunks, { models, hasSources }) : vectorsOf(chunks, pairs, ofRows)}`;
  return collect(documents, found);
}

function anyVectors(chunks: Statement, { models, hasSources }: Pick<KnownOptions, "models" | "hasSources">): Statement {
  const ofModel = models === undefined ? constant("true") : sql`c.embedding_model = any (${models}::text[])`;
  const order = hasSources ? constant("c.source_name, c.source_url") : constant("c.source_url");
  return sql`
    select null, l.content_hash, null, null, v.embedding::text from lacking l cross join lateral (
      select c.embedding from ${chunks} c
      where c.content_hash = l.content_hash and c.embedding is not null and ${ofModel}
      order by ${order} limit 1) v`;
}

/** Also of texts that a document has a row of its own for: that one may have another vector. */
function vectorsOf(chunks: Statement, pairs: readonly { readonly hash: string }[], ofRows: VectorRows): Statement {
  const rows = [...new Set(pairs.map(({ hash }) => hash))].flatMap((hash) => {
    const row = ofRows.get(hash);
    return row === undefined ? [] : [{ hash, source: cleanText(row.source), url: cleanText(row.sourceUrl) }];
  });
  return sql`
    select null, c.content_hash, null, null, c.embedding::text
    from unnest(${rows.map(({ source }) => source)}::text[], ${rows.map(({ url }) => url)}::text[],
      ${rows.map(({ hash }) => hash)}::text[]) as r (source_name, source_url, content_hash)
    join ${chunks} c on (c.source_name, c.source_url, c.content_hash) = (r.source_name, r.source_url, r.content_hash)
    where c.embedding is not null`;
}

function collect(documents: readonly DocumentHashes[], found: readonly FoundRow[]): KnownChunks {
  const vectors = new Map<string, Float32Array>();
  const rowsOf = new Map<string, FoundRow[]>();
  for (const row of found) {
    if (row.vector !== null) vectors.set(row.content_hash, row.vector);
    else if (row.source_url !== null) rowsOf.set(row.source_url, [...(rowsOf.get(row.source_url) ?? []), row]);
  }
  const own = new Map<string, ReadonlySet<string>>();
  const parts = new Map<string, ReadonlyMap<string, readonly string[]>>();
  for (const { sourceUrl } of documents) {
    const rows = rowsOf.get(cleanText(sourceUrl));
    if (rows === undefined) continue;
    const hashes = new Set(rows.map(({ content_hash }) => content_hash));
    own.set(sourceUrl, hashes);
    parts.set(sourceUrl, wholesIn(rows, hashes));
  }
  return { own, parts, vectors };
}

/** Two chunks may share a part, whose row names the first of them: each chunk counts only if all of its parts have rows. */
function wholesIn(rows: readonly FoundRow[], hashes: ReadonlySet<string>): Map<string, readonly string[]> {
  const wholes = new Map<string, readonly string[]>();
  for (const { part_of, parts } of rows) {
    if (part_of !== null && parts?.every((hash) => hashes.has(hash))) wholes.set(part_of, parts);
  }
  return wholes;
}
