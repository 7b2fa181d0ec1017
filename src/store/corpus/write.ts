import { z } from "zod";
import { cleanJson, cleanText } from "../driver/clean-text.ts";
import type { Database, Queryable, Transaction } from "../driver/database.ts";
import { allRows, changedRows, exists, oneRow } from "../driver/rows.ts";
import { columns, constant, ident, list, sql } from "../driver/sql.ts";
import { lockForTransaction } from "../driver/transaction-locks.ts";
import { isOfPart, type Part } from "../../parsers/part.ts";
import type { DocumentWrite, ModelIdentity, WriteCounts } from "../store.ts";
import { DESCRIPTION, IDENTITY } from "./chunk-columns.ts";
import { DOCUMENT_COLUMNS } from "./document-columns.ts";
import { inNewestSchema, STAGE, STAGED_NAMES, stageRows } from "./stage.ts";
import type { Tables } from "./tables.ts";

const RECORDED = DOCUMENT_COLUMNS.flatMap(({ value, ...column }) =>
  value === undefined ? [] : [{ ...column, value }],
);

/**
 * Brings the rows of the documents up to date within `tx`: new rows in, changed ones updated, stale ones out, and their
 * records with them. `keepsFailed`: of documents that are not complete none leave. Writes only what differs, so it may be repeated when a COMMIT was lost.
 */
export async function writeDocuments(
  tx: Transaction,
  tables: Tables,
  writes: readonly DocumentWrite[],
  embeddingModel: string,
  { keepsFailed }: { readonly keepsFailed: boolean },
): Promise<WriteCounts> {
  requireDistinct(writes);
  await lockForTransaction(tx, "index", { shared: true });
  const staged = await stageRows(tx, ident(tables.chunks), writes, embeddingModel);
  const hasKept = writes.some(({ rows }) => rows.some(({ vector }) => vector === null));
  const kept = hasKept ? await updateKept(tx, tables) : 0;
  const { inserted, updated } = await insertEmbedded(tx, tables);
  const removed = await deleteStale(
    tx,
    tables,
    writes.filter(({ complete }) => complete || !keepsFailed),
  );
  await recordDocuments(tx, tables, writes);
  return { inserted, updated: kept + updated, kept: Math.max(staged - inserted - kept - updated, 0), removed };
}

/** What `writeDocuments` would answer; the tables stay as they are. A new vector counts as one that is there already. */
export async function previewWrite(
  tx: Transaction,
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
  const chunks = await inNewestSchema(tx, tables);
  const staged = await stageRows(tx, chunks, alike, model);
  const { inserted, updated } = await oneRow(tx, countsShape)`
    select (count(*) filter (where c.id is null and s.embedding is not null))::int as inserted,
      (count(*) filter (where c.id is not null
        and (${columns(DESCRIPTION, "c")}) is distinct from (${columns(DESCRIPTION, "s")})))::int as updated
    from ${ident(STAGE)} s
    left join ${chunks} c on (${columns(IDENTITY, "c")}) = (${columns(IDENTITY, "s")})`;
  const { count: removed } = await oneRow(tx, countShape)`
    select count(*)::int as count from ${ident(tables.chunks)} c, ${stale(writes.filter(({ complete }) => complete))}`;
  return { inserted, updated, kept: Math.max(staged - inserted - updated, 0), removed };
}

/** Removes documents with their rows; returns how many rows left. `part`: only those that come from an input of it by now. */
export async function removeStoredDocuments(
  tx: Queryable,
  tables: Tables,
  source: string,
  sourceUrls: readonly string[],
  part?: Part,
): Promise<number> {
  const { chunks, documents } = tables;
  // Another part may be about to take over an address: alone, so that it has done so, or finds nothing there.
  await lockForTransaction(tx, "index", { shared: part === undefined });
  const urls =
    part === undefined ? sourceUrls.map(cleanText) : await inputsOfPart(tx, tables, source, sourceUrls, part);
  const isOne = sql`source_name = ${cleanText(source)}::text and source_url = any (${urls}::text[])`;
  await tx.query(sql`delete from ${ident(documents)} where ${isOne}`);
  return changedRows(tx)`delete from ${ident(chunks)} where ${isOne}`;
}

async function inputsOfPart(
  tx: Queryable,
  { documents }: Tables,
  source: string,
  sourceUrls: readonly string[],
  part: Part,
): Promise<readonly string[]> {
  const found = await allRows(tx, placeShape)`
    select source_url, input from ${ident(documents)}
    where source_name = ${cleanText(source)}::text and source_url = any (${sourceUrls.map(cleanText)}::text[])`;
  return found.filter(({ input }) => isOfPart(input.normalize("NFC"), part)).map(({ source_url }) => source_url);
}

/** Removes what was adopted from the Python tool; returns how many rows left. */
export async function removeAdoptedRows(database: Database, { chunks }: Tables): Promise<number> {
  // Asked first: a run that changes nothing opens no transaction.
  if (!(await exists(database)`select from ${ident(chunks)} where source_name = ''`)) return 0;
  return database.begin(async (tx) => {
    await lockForTransaction(tx, "index", { shared: true });
    return changedRows(tx)`delete from ${ident(chunks)} where source_name = ''`;
  });
}

function requireDistinct(writes: readonly DocumentWrite[]): void {
  const keys = new Set(writes.map(({ source, document }) => JSON.stringify([source, document.sourceUrl])));
  if (keys.size < writes.length) throw new Error("one document was to be written twice in one transaction");
}

/** Rows that keep their vectors: what else is said of them is brought up to date. */
async function updateKept(tx: Queryable, { chunks }: Tables): Promise<number> {
  const changed = await changedRows(tx)`
      update ${ident(chunks)} c set ${assignments(DESCRIPTION, "s")}, updated_at = now() from ${ident(STAGE)} s
      where s.embedding is null and (${columns(IDENTITY, "c")}) = (${columns(IDENTITY, "s")})
        and (${columns(DESCRIPTION, "c")}) is distinct from (${columns(DESCRIPTION, "s")})`;
  const [absent] = await allRows(tx, hashShape)`
    select s.content_hash from ${ident(STAGE)} s
    where s.embedding is null
      and not exists (select from ${ident(chunks)} c where (${columns(IDENTITY, "c")}) = (${columns(IDENTITY, "s")}))
    limit 1`;
  if (absent !== undefined) throw new Error(`chunk ${absent.content_hash} has neither a row nor a vector`);
  return changed;
}

const placeShape = z.object({ source_url: z.string(), input: z.string() });
const hashShape = z.object({ content_hash: z.string() });
const countShape = z.object({ count: z.int() });
const countsShape = z.object({ inserted: z.int(), updated: z.int() });

async function insertEmbedded(tx: Queryable, { chunks }: Tables): Promise<{ inserted: number; updated: number }> {
  const compared = [...DESCRIPTION, "embedding"];
  return oneRow(tx, countsShape)`
    with written as (
      insert into ${ident(chunks)} as c (${columns(STAGED_NAMES)})
      select ${columns(STAGED_NAMES)} from ${ident(STAGE)} where embedding is not null
      on conflict (${columns(IDENTITY)}) do update set ${assignments(compared, "excluded")}, updated_at = now()
        where (${columns(compared, "c")}) is distinct from (${columns(compared, "excluded")})
      returning xmax = 0 as is_new)
    select (count(*) filter (where is_new))::int as inserted, (count(*) filter (where not is_new))::int as updated
    from written`;
}

/** Rows of the documents that no staged chunk stands for leave. */
async function deleteStale(tx: Queryable, { chunks }: Tables, writes: readonly DocumentWrite[]): Promise<number> {
  if (writes.length === 0) return 0;
  return changedRows(tx)`delete from ${ident(chunks)} c using ${stale(writes)}`;
}

function stale(writes: readonly DocumentWrite[]) {
  const names = writes.map(({ source }) => cleanText(source));
  const urls = writes.map(({ document }) => cleanText(document.sourceUrl));
  const staged = sql`select from ${ident(STAGE)} s where s.source_name = c.source_name and s.source_url = c.source_url`;
  return sql`unnest(${names}::text[], ${urls}::text[]) as d (source_name, source_url)
      where c.source_name = d.source_name and c.source_url = d.source_url
        and not exists (${staged} and s.content_hash = c.content_hash)`;
}

async function recordDocuments(
  tx: Queryable,
  { chunks, documents }: Tables,
  writes: readonly DocumentWrite[],
): Promise<void> {
  const key = RECORDED.filter(({ isKey }) => isKey).map(({ name }) => name);
  const recorded = RECORDED.map(({ name }) => name);
  const compared = [...recorded.filter((name) => !key.includes(name)), "chunks"];
  const records = writes.map((write) => Object.fromEntries(RECORDED.map(({ name, value }) => [name, value(write)])));
  await tx.query(sql`
    insert into ${ident(documents)} as d (${columns(recorded)}, chunks)
    select ${columns(recorded, "r")}, (
      select count(*) from ${ident(chunks)} c where c.source_name = r.source_name and c.source_url = r.source_url)
    from jsonb_to_recordset((${cleanJson(records)}::text)::jsonb) as r (
      ${list(RECORDED.map(({ name, type }) => sql`${ident(name)} ${constant(type)}`))})
    on conflict (${columns(key)}) do update set ${assignments(compared, "excluded")}, updated_at = now()
      where (${columns(compared, "d")}) is distinct from (${columns(compared, "excluded")})`);
}

function assignments(names: readonly string[], from: string) {
  return constant(names.map((name) => `"${name}" = ${from}."${name}"`).join(", "));
}
