import { BinaryCopy } from "./copy-binary.ts";
import type { Queryable } from "./database.ts";
import type { Tables } from "./schema.ts";
import { constant, ident, sql } from "./sql.ts";
import type { DocumentWrite, WriteCounts } from "./store.ts";

const IDENTITY = ["source_name", "source_url", "content_hash"];
const DESCRIPTION = [
  "title",
  "doc_type",
  "content",
  "context_header",
  "generations",
  "deprecated",
  "source_type",
  "display_url",
  "metadata",
  "chunk_index",
  "embedding_model",
];
const COLUMNS = [...IDENTITY, ...DESCRIPTION, "embedding"];

const list = (columns: readonly string[], prefix = "") =>
  constant(columns.map((column) => `${prefix}${column}`).join(", "));
const assignments = (columns: readonly string[], from: string) =>
  constant(columns.map((column) => `${column} = ${from}.${column}`).join(", "));

/**
 * Brings the rows of the documents up to date within `tx`: new rows in, changed ones updated, stale ones of complete
 * documents out, and their records with them. Writes only what differs, so it may be repeated when a COMMIT was lost.
 */
export async function writeDocuments(
  tx: Queryable,
  tables: Tables,
  writes: readonly DocumentWrite[],
  embeddingModel: string,
): Promise<WriteCounts> {
  const chunks = ident(tables.chunks);
  // As select, for `like ... including defaults` would tie it to the sequence.
  await tx.query(sql`create temp table stage on commit drop as select ${list(COLUMNS)} from ${chunks} with no data`);
  await tx.copyIn("stage", COLUMNS, encode(writes, embeddingModel));
  await stageDocuments(tx, writes);

  const [orphan] = await tx.query<{ content_hash: string }>(sql`
    select s.content_hash from stage s where s.embedding is null and not exists (
      select from ${chunks} c where (${list(IDENTITY, "c.")}) = (${list(IDENTITY, "s.")})) limit 1`);
  if (orphan !== undefined) throw new Error(`chunk ${orphan.content_hash} has neither a row nor a vector`);

  const [changed] = await tx.query<{ count: number }>(sql`
    with changed as (
      update ${chunks} c set ${assignments(DESCRIPTION, "s")}, updated_at = now() from stage s
      where s.embedding is null and (${list(IDENTITY, "c.")}) = (${list(IDENTITY, "s.")})
        and (${list(DESCRIPTION, "c.")}) is distinct from (${list(DESCRIPTION, "s.")})
      returning 1)
    select count(*)::int as count from changed`);
  const [written] = await tx.query<{ inserted: number; updated: number }>(sql`
    with written as (
      insert into ${chunks} as c (${list(COLUMNS)}) select ${list(COLUMNS)} from stage where embedding is not null
      on conflict (${list(IDENTITY)}) do update set ${assignments([...DESCRIPTION, "embedding"], "excluded")}, updated_at = now()
        where (${list([...DESCRIPTION, "embedding"], "c.")}) is distinct from (${list([...DESCRIPTION, "embedding"], "excluded.")})
      returning xmax = 0 as inserted)
    select (count(*) filter (where inserted))::int as inserted, (count(*) filter (where not inserted))::int as updated from written`);
  const [removed] = await tx.query<{ count: number }>(sql`
    with removed as (
      delete from ${chunks} c using stage_documents d
      where d.complete and c.source_name = d.source_name and c.source_url = d.source_url
        and not exists (select from stage s where (${list(IDENTITY, "s.")}) = (${list(IDENTITY, "c.")}))
      returning 1)
    select count(*)::int as count from removed`);
  await recordDocuments(tx, tables);
  await tx.query(sql`drop table stage, stage_documents`);
  return {
    inserted: written?.inserted ?? 0,
    updated: (written?.updated ?? 0) + (changed?.count ?? 0),
    removed: removed?.count ?? 0,
  };
}

async function stageDocuments(tx: Queryable, writes: readonly DocumentWrite[]): Promise<void> {
  const records = writes.map(({ source, document, input, complete }) => ({
    source_name: source,
    source_url: document.sourceUrl,
    input: input.path,
    fingerprint: input.fingerprint,
    input_documents: input.documents,
    complete,
    notes: input.notes,
  }));
  // As text: a jsonb parameter is sent differently by the two drivers.
  const json = JSON.stringify(records).replaceAll("\\u0000", "");
  await tx.query(sql`create temp table stage_documents (
    source_name text, source_url text, input text, fingerprint text, input_documents int, complete boolean, notes jsonb) on commit drop`);
  await tx.query(sql`
    insert into stage_documents select * from jsonb_to_recordset((${json}::text)::jsonb)
    as r(source_name text, source_url text, input text, fingerprint text, input_documents int, complete boolean, notes jsonb)`);
}

async function recordDocuments(tx: Queryable, { chunks, documents }: Tables): Promise<void> {
  const fields = ["input", "fingerprint", "input_documents", "chunks", "complete", "notes"];
  await tx.query(sql`
    insert into ${ident(documents)} as d (source_name, source_url, input, fingerprint, input_documents, complete, notes, chunks)
    select s.source_name, s.source_url, s.input, s.fingerprint, s.input_documents, s.complete, s.notes,
      (select count(*) from ${ident(chunks)} c where c.source_name = s.source_name and c.source_url = s.source_url)
    from stage_documents s
    on conflict (source_name, source_url) do update set ${assignments(fields, "excluded")}, updated_at = now()
      where (${list(fields, "d.")}) is distinct from (${list(fields, "excluded.")})`);
}

function encode(writes: readonly DocumentWrite[], embeddingModel: string): Uint8Array {
  const copy = new BinaryCopy();
  for (const { source, sourceType, document, rows } of writes) {
    for (const { chunk, vector, metadata } of rows) {
      copy.row(COLUMNS.length);
      copy.text(source);
      copy.text(document.sourceUrl);
      copy.text(chunk.contentHash);
      copy.text(document.title);
      copy.text(document.docType);
      copy.text(chunk.content);
      copy.text(chunk.contextHeader);
      copy.textArray(document.generations);
      copy.boolean(document.deprecated);
      copy.text(sourceType);
      copy.text(document.displayUrl);
      copy.json(metadata === undefined ? document.metadata : { ...document.metadata, ...metadata });
      copy.integer(chunk.chunkIndex);
      copy.text(embeddingModel);
      if (vector === null) copy.null();
      else copy.vector(vector);
    }
  }
  return copy.finish();
}
