import { z } from "zod";
import { vectorKey } from "../../embed/prefixes.ts";
import { cleanText } from "../driver/clean-text.ts";
import type { Queryable, Statement } from "../driver/database.ts";
import { allRows } from "../driver/rows.ts";
import { constant, ident, sql } from "../driver/sql.ts";
import type { DocumentHashes, KnownChunks } from "../store.ts";
import type { Tables } from "./tables.ts";

/** The documents whose rows have the vectors of texts, by `vectorKey`. */
type VectorRows = ReadonlyMap<string, { readonly source: string; readonly sourceUrl: string }>;

type KnownOptions = {
  /** Only vectors of the model with these names; undefined: of any, in a table that is yet to be adopted. */
  readonly models: readonly string[] | undefined;
  /** Only vectors of these rows. */
  readonly ofRows: VectorRows | undefined;
  /** A table that is yet to be adopted has vectors, but no sources. */
  readonly hasSources: boolean;
};

/** A text that is asked for; `title`: the one that it was embedded with, "" where none was. */
type Wanted = { readonly url: string; readonly hash: string; readonly title: string };

/** As pgvector prints it: whole, while `extra_float_digits` shortens a `real[]`. */
const vectorShape = z.string().transform((text) => Float32Array.from(z.array(z.number()).parse(JSON.parse(text))));
const rowShape = z.object({
  source_url: z.string().nullable(),
  content_hash: z.string(),
  title: z.string(),
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
  const byTitle = documents.some(({ title }) => title !== undefined);
  const wanted = documents.flatMap(({ sourceUrl, title = "", hashes }) =>
    hashes.map((hash) => ({ url: cleanText(sourceUrl), hash, title: cleanText(title) })),
  );
  const own = documents.filter(({ takesOver = false }) => !takesOver);
  const urls = [...new Set(own.map(({ sourceUrl }) => cleanText(sourceUrl)))];
  const ownRows = hasSources
    ? sql`
        select c.source_url, c.content_hash::text, c.title, c.metadata ->> 'part_of', c.metadata -> 'parts' from ${chunks} c
        where c.source_name = ${cleanText(source)}::text and c.source_url = any (${urls}::text[])
          and c.embedding is not null`
    : sql`select ''::text, ''::text, ''::text, ''::text, '[]'::jsonb where false`;
  const found = await allRows(queryable, rowShape)`
    with own (source_url, content_hash, title, part_of, parts) as (${ownRows}),
    wanted (source_url, content_hash, title) as (
      select * from unnest(${wanted.map(({ url }) => url)}::text[], ${wanted.map(({ hash }) => hash)}::text[],
        ${wanted.map(({ title }) => title)}::text[])),
    lacking as (
      select distinct w.content_hash, w.title from wanted w
      where not exists (select from own o
        where o.source_url = w.source_url and o.content_hash = w.content_hash and ${isOf(byTitle, "o", "w")}))
    select source_url, content_hash, title, part_of, parts, null::text as vector from own
    union all
    ${ofRows === undefined ? anyVectors(chunks, { models, hasSources, byTitle }) : vectorsOf(chunks, wanted, ofRows)}`;
  return collect(documents, found);
}

/** Condition that a row and a text that is asked for have one title, where that counts. */
function isOf(byTitle: boolean, row: "o" | "c", text: "w" | "l"): Statement {
  return constant(byTitle ? `${row}.title = ${text}.title` : "true");
}

function anyVectors(
  chunks: Statement,
  { models, hasSources, byTitle }: Pick<KnownOptions, "models" | "hasSources"> & { readonly byTitle: boolean },
): Statement {
  const ofModel = models === undefined ? constant("true") : sql`c.embedding_model = any (${models}::text[])`;
  const order = hasSources ? constant("c.source_name, c.source_url") : constant("c.source_url");
  return sql`
    select null, l.content_hash, l.title, null, null, v.embedding::text from lacking l cross join lateral (
      select c.embedding from ${chunks} c
      where c.content_hash = l.content_hash and ${isOf(byTitle, "c", "l")} and c.embedding is not null and ${ofModel}
      order by ${order} limit 1) v`;
}

/** Also of texts that a document has a row of its own for: that one may have another vector. */
function vectorsOf(chunks: Statement, wanted: readonly Wanted[], ofRows: VectorRows): Statement {
  const texts = new Map(wanted.map((text) => [vectorKey(text.hash, text.title), text]));
  const rows = [...texts].flatMap(([key, { hash, title }]) => {
    const row = ofRows.get(key);
    return row === undefined ? [] : [{ hash, title, source: cleanText(row.source), url: cleanText(row.sourceUrl) }];
  });
  return sql`
    select null, c.content_hash, r.title, null, null, c.embedding::text
    from unnest(${rows.map(({ source }) => source)}::text[], ${rows.map(({ url }) => url)}::text[],
      ${rows.map(({ hash }) => hash)}::text[], ${rows.map(({ title }) => title)}::text[])
      as r (source_name, source_url, content_hash, title)
    join ${chunks} c on (c.source_name, c.source_url, c.content_hash) = (r.source_name, r.source_url, r.content_hash)
    where c.embedding is not null`;
}

function collect(documents: readonly DocumentHashes[], found: readonly FoundRow[]): KnownChunks {
  const vectors = new Map<string, Float32Array>();
  const rowsOf = new Map<string, FoundRow[]>();
  for (const row of found) {
    if (row.vector !== null) vectors.set(vectorKey(row.content_hash, row.title), row.vector);
    else if (row.source_url !== null) rowsOf.set(row.source_url, [...(rowsOf.get(row.source_url) ?? []), row]);
  }
  const own = new Map<string, ReadonlySet<string>>();
  const parts = new Map<string, ReadonlyMap<string, readonly string[]>>();
  for (const { sourceUrl, title } of documents) {
    const all = rowsOf.get(cleanText(sourceUrl));
    const rows = title === undefined ? all : all?.filter((row) => row.title === cleanText(title));
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
