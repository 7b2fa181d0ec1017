import type { Queryable } from "../driver/database.ts";
import { columns, constant, ident, sql } from "../driver/sql.ts";
import {
  CHUNK_COLUMNS,
  completeDocuments,
  countRows,
  DESCRIPTION,
  encodeDocuments,
  encodeRows,
  IDENTITY,
} from "./staging.ts";
import type { DocumentWrite, ModelIdentity, WriteCounts } from "../store.ts";
import type { Tables } from "./tables.ts";
import { takeTurn } from "../driver/transaction-locks.ts";

const STAGE = "stage";

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
  requireDistinct(writes);
  await takeTurn(tx, "index", { shared: true });
  const staged = await stageRows(tx, tables, writes, embeddingModel);
  const hasKept = writes.some(({ rows }) => rows.some(({ vector }) => vector === null));
  const kept = hasKept ? await updateKept(tx, tables) : 0;
  const { inserted, updated } = await insertEmbedded(tx, tables);
  const removed = await deleteStale(tx, tables, writes);
  await recordDocuments(tx, tables, writes);
  return { inserted, updated: kept + updated, kept: Math.max(staged - inserted - kept - updated, 0), removed };
}

/** What `writeDocuments` would answer; the tables stay as they are. A new vector counts as one that is there already. */
export async function previewWrite(
  tx: Queryable,
  tables: Tables,
  writes: readonly DocumentWrite[],
  { model, dimensions }: ModelIdentity,
): Promise<WriteCounts> {
  requireDistinct(writes);
  // Whether there is one is all that counts, and those of a dry run have no length.
  const vector = new Float32Array(dimensions);
  const alike = writes.map((write) => ({
    ...write,
    rows: write.rows.map((row) => (row.vector === null ? row : { ...row, vector })),
  }));
  const staged = await stageRows(tx, tables, alike, model);
  const [counts] = await tx.query<{ inserted: number; updated: number }>(sql`
    select (count(*) filter (where c.id is null and s.embedding is not null))::int as inserted,
      (count(*) filter (where c.id is not null and (${columns(DESCRIPTION, "c")}) is distinct from (${columns(DESCRIPTION, "s")}))
        + coalesce(sum(p.changed), 0))::int as updated
    from ${ident(STAGE)} s
    left join ${ident(tables.chunks)} c on (${columns(IDENTITY, "c")}) = (${columns(IDENTITY, "s")})
    cross join lateral (
      select count(*) as changed from ${ident(tables.chunks)} c
      where s.embedding is null and ${IS_PART} and ${partsDiffer()}) p`);
  const { inserted, updated } = counts ?? { inserted: 0, updated: 0 };
  return {
    ...{ inserted, updated, kept: Math.max(staged - inserted - updated, 0) },
    removed: await countStale(tx, tables, writes),
  };
}

/** Returns how many rows are staged. */
async function stageRows(
  tx: Queryable,
  { chunks }: Tables,
  writes: readonly DocumentWrite[],
  embeddingModel: string,
): Promise<number> {
  // As select, for `like ... including defaults` would tie it to the sequence.
  await tx.query(sql`
    create temp table ${ident(STAGE)} on commit drop as
    select ${columns(CHUNK_COLUMNS)} from ${ident(chunks)} with no data`);
  await tx.copyIn(STAGE, CHUNK_COLUMNS, encodeRows(writes, embeddingModel));
  return countRows(writes);
}

function requireDistinct(writes: readonly DocumentWrite[]): void {
  const keys = new Set(writes.map(({ source, document }) => JSON.stringify([source, document.sourceUrl])));
  if (keys.size < writes.length) throw new Error("one document was to be written twice in one transaction");
}

/** Rows that keep their vectors: what else is said of them is brought up to date. */
async function updateKept(tx: Queryable, { chunks }: Tables): Promise<number> {
  const changed = await count(
    tx,
    sql`
      update ${ident(chunks)} c set ${assignments(DESCRIPTION, "s")}, updated_at = now() from ${ident(STAGE)} s
      where s.embedding is null and (${columns(IDENTITY, "c")}) = (${columns(IDENTITY, "s")})
        and (${columns(DESCRIPTION, "c")}) is distinct from (${columns(DESCRIPTION, "s")})`,
  );
  const [absent] = await tx.query(sql`
    select 1 as found from ${ident(STAGE)} s where s.embedding is null and not exists (
      select from ${ident(chunks)} c where (${columns(IDENTITY, "c")}) = (${columns(IDENTITY, "s")})) limit 1`);
  return absent === undefined ? changed : changed + (await updateParts(tx, chunks));
}

/** A chunk that was too long for the model is stored in parts, which say so: they stand for it. */
async function updateParts(tx: Queryable, chunks: string): Promise<number> {
  const [absent] = await tx.query<{ content_hash: string }>(sql`
    select s.content_hash from ${ident(STAGE)} s
    where s.embedding is null
      and not exists (select from ${ident(chunks)} c where (${columns(IDENTITY, "c")}) = (${columns(IDENTITY, "s")}))
      and not exists (select from ${ident(chunks)} c where ${IS_PART})
    limit 1`);
  if (absent !== undefined) throw new Error(`chunk ${absent.content_hash} has neither a row nor a vector`);
  return count(
    tx,
    sql`
      update ${ident(chunks)} c set ${assignments(OF_PARTS, "s")}, updated_at = now(),
        metadata = s.metadata || jsonb_build_object('part_of', s.content_hash)
      from ${ident(STAGE)} s
      where s.embedding is null and ${IS_PART}
        and ${partsDiffer()}`,
  );
}

/** A row `c` is a part of the staged chunk `s`. */
const IS_PART = sql`c.source_name = s.source_name and c.source_url = s.source_url
    and c.metadata ->> 'part_of' = s.content_hash`;

/** What parts take from their chunk as it is. */
const OF_PARTS = DESCRIPTION.filter((column) => column !== "metadata");

function partsDiffer() {
  return sql`(${columns(OF_PARTS, "c")}, c.metadata) is distinct from
    (${columns(OF_PARTS, "s")}, s.metadata || jsonb_build_object('part_of', s.content_hash))`;
}

async function insertEmbedded(tx: Queryable, { chunks }: Tables): Promise<{ inserted: number; updated: number }> {
  const compared = [...DESCRIPTION, "embedding"];
  const [counts] = await tx.query<{ inserted: number; updated: number }>(sql`
    with written as (
      insert into ${ident(chunks)} as c (${columns(CHUNK_COLUMNS)})
      select ${columns(CHUNK_COLUMNS)} from ${ident(STAGE)} where embedding is not null
      on conflict (${columns(IDENTITY)}) do update set ${assignments(compared, "excluded")}, updated_at = now()
        where (${columns(compared, "c")}) is distinct from (${columns(compared, "excluded")})
      returning xmax = 0 as is_new)
    select (count(*) filter (where is_new))::int as inserted, (count(*) filter (where not is_new))::int as updated
    from written`);
  return counts ?? { inserted: 0, updated: 0 };
}

/** Rows of complete documents that no staged chunk stands for leave. */
async function deleteStale(tx: Queryable, { chunks }: Tables, writes: readonly DocumentWrite[]): Promise<number> {
  const { names, urls } = completeDocuments(writes);
  if (names.length === 0) return 0;
  return count(tx, sql`delete from ${ident(chunks)} c using ${stale(names, urls)}`);
}

async function countStale(tx: Queryable, { chunks }: Tables, writes: readonly DocumentWrite[]): Promise<number> {
  const { names, urls } = completeDocuments(writes);
  const [row] = await tx.query<{ count: number }>(sql`
    select count(*)::int as count from ${ident(chunks)} c, ${stale(names, urls)}`);
  return row?.count ?? 0;
}

function stale(names: readonly string[], urls: readonly string[]) {
  const staged = sql`select from ${ident(STAGE)} s where s.source_name = c.source_name and s.source_url = c.source_url`;
  return sql`unnest(${names}::text[], ${urls}::text[]) as d (source_name, source_url)
      where c.source_name = d.source_name and c.source_url = d.source_url
        and not exists (${staged} and s.content_hash = c.content_hash)
        and not exists (${staged} and s.content_hash = c.metadata ->> 'part_of' and s.embedding is null)`;
}

async function recordDocuments(
  tx: Queryable,
  { chunks, documents }: Tables,
  writes: readonly DocumentWrite[],
): Promise<void> {
  const key = ["source_name", "source_url"];
  const given = ["input", "fingerprint", "input_documents", "complete", "notes"];
  const compared = [...given, "chunks"];
  await tx.query(sql`
    insert into ${ident(documents)} as d (${columns([...key, ...given])}, chunks)
    select ${columns([...key, ...given], "r")}, (
      select count(*) from ${ident(chunks)} c where c.source_name = r.source_name and c.source_url = r.source_url)
    from jsonb_to_recordset((${encodeDocuments(writes)}::text)::jsonb) as r (
      source_name text, source_url text, input text, fingerprint text, input_documents int, complete boolean, notes jsonb)
    on conflict (${columns(key)}) do update set ${assignments(compared, "excluded")}, updated_at = now()
      where (${columns(compared, "d")}) is distinct from (${columns(compared, "excluded")})`);
}

/** How many rows a statement changed; the two drivers tell it in different ways. */
async function count(tx: Queryable, statement: ReturnType<typeof sql>): Promise<number> {
  const [row] = await tx.query<{ count: number }>(sql`
    with changed as (${statement} returning 1) select count(*)::int as count from changed`);
  return row?.count ?? 0;
}

function assignments(names: readonly string[], from: string) {
  return constant(names.map((name) => `"${name}" = ${from}."${name}"`).join(", "));
}
