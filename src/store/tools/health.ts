import { z } from "zod";
import { hasMeta, hasTable, readMeta } from "../corpus/meta.ts";
import { SCHEMA_VERSION } from "../corpus/migrations.ts";
import { CORPUS, SHADOW } from "../corpus/tables.ts";
import { lackingVectorIndexes } from "../corpus/vector-index.ts";
import { sqlStateOf } from "../driver/classify.ts";
import type { Database, Queryable } from "../driver/database.ts";
import { missingRights } from "../driver/missing-rights.ts";
import { allRows, oneRow } from "../driver/rows.ts";
import { ident, sql } from "../driver/sql.ts";
import { hasParallelBuildBug } from "../corpus/index-build.ts";
import type { CorpusState } from "../store.ts";
import { readCorpusSize } from "./contents.ts";
import { indexOfSearches } from "./nearest.ts";

/** Each of the slower questions may take so long. */
const STATEMENT_MS_MAX = 4_000;
/** More are not counted, but taken from what the server knows. */
const COUNTED_ROWS_MAX = 500_000;
const CANCELLED = "57014";

const serverShape = z.object({
  version: z.string(),
  vector: z.string().nullable(),
  /** What `alter extension vector update` would bring. */
  vectorOffered: z.string().nullable(),
  user: z.string(),
  /** Where tables are, or would be made; quoted where that is necessary. */
  home: z.string().nullable(),
  searchPath: z.string(),
  /** The extension is there, or the role may make it. */
  mayUseVector: z.boolean(),
});
const rowsShape = z.object({ rows: z.number() });
const orphansShape = z.object({ chunks: z.int(), documents: z.int(), incomplete: z.int() });
const longestShape = z.object({ text: z.string() });
const shadowShape = z.object({ documents: z.int(), writtenAt: z.date().nullable() });

/** How a database is, and the corpus in it. Changes nothing: all is asked in transactions that are read-only. */
export async function readHealth(database: Database, kind: CorpusState["kind"]) {
  const server = await readOnly(
    database,
    (tx) => oneRow(tx, serverShape)`
    select current_setting('server_version') as version, current_user::text as "user", coalesce(
        (select relnamespace::regnamespace::text from pg_class where oid = to_regclass(${CORPUS.chunks}::text)),
        quote_ident(current_schema())) as home,
      (select extversion from pg_extension where extname = 'vector') as vector,
      (select default_version from pg_available_extensions where name = 'vector') as "vectorOffered",
      (select reset_val from pg_settings where name = 'search_path') as "searchPath",
      exists (select from pg_extension where extname = 'vector')
        or (select rolsuper from pg_roles where rolname = current_user)
        or has_database_privilege(current_database(), 'create') and exists (
          select from pg_available_extension_versions where name = 'vector' and trusted) as "mayUseVector"`,
  );
  return {
    ...server,
    hasParallelBuildBug: hasParallelBuildBug(server.vector ?? ""),
    /** Statements that give the rights which a run lacks; those that it lacks to be put on record, too; and for a `--clean`. */
    lackingRights: await lackingRights(database, {}),
    lackingForRecords: await lackingRights(database, { records: true }),
    lackingForClean: await lackingRights(database, { replaces: true }),
    /** Undefined when there is none of ours. */
    corpus: kind === "current" ? await readCorpusHealth(database) : undefined,
    shadow: await readOnly(database, readShadow),
  };
}

/** What is worth knowing of a corpus that is `current`. */
async function readCorpusHealth(database: Database) {
  const { mark, schema_version: schemaVersion } = await readOnly(database, readMeta);
  const { brokenIndexes, ...size } = await readOnly(database, sizeOf);
  return {
    schemaVersion,
    schemaNewest: SCHEMA_VERSION,
    mark,
    size,
    /** Indexes of the tables that are not valid. */
    brokenIndexes,
    /** Indexes on vectors that a run would build. */
    lackingIndexes: await readOnly(database, (tx) => lackingVectorIndexes(database, tx, CORPUS.chunks)),
    /** By what a search finds the nearest vectors. */
    search: await readOnly(database, (tx) => indexOfSearches(tx)),
    /** Chunks without the row of their document, documents without all of their chunks, documents that wait to be finished; undefined: counting took too long. */
    orphans: await inTime(() => readOnly(database, orphansOf)),
    /** The text of the longest chunk; undefined: there is none, or looking took too long. */
    longest: (await inTime(() => readOnly(database, longestOf)))?.text,
  };
}

async function readOnly<Result>(database: Database, work: (tx: Queryable) => Promise<Result>): Promise<Result> {
  return database.begin(async (tx) => {
    await tx.query(sql`set transaction read only`);
    await tx.query(sql`select set_config('statement_timeout', ${`${STATEMENT_MS_MAX}ms`}::text, true)`);
    return work(tx);
  });
}

async function inTime<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    if (sqlStateOf(cause) === CANCELLED) return undefined;
    throw error;
  }
}

function lackingRights(database: Database, which: { readonly records?: true; readonly replaces?: true }) {
  return readOnly(database, (tx) => missingRights(tx, "", { readsOnly: false, ...which }));
}

async function sizeOf(tx: Queryable) {
  const { rows } = await oneRow(tx, rowsShape)`
    select (case when reltuples > ${COUNTED_ROWS_MAX}::float8 then reltuples
      else (select count(*) from ${ident(CORPUS.chunks)}) end)::float8 as rows
    from pg_class where oid = to_regclass(${CORPUS.chunks}::text)`;
  return { rows, ...(await readCorpusSize(tx)) };
}

async function orphansOf(tx: Queryable) {
  // What was adopted has no source, and no rows of documents.
  return oneRow(tx, orphansShape)`
    select (select count(*)::int from ${ident(CORPUS.chunks)} c where c.source_name <> '' and not exists (
        select from ${ident(CORPUS.documents)} d where d.source_name = c.source_name and d.source_url = c.source_url)) as chunks,
      (select count(*)::int from ${ident(CORPUS.documents)} d left join (
          select source_name, source_url, count(*) as chunks from ${ident(CORPUS.chunks)} group by 1, 2) c using (source_name, source_url)
        where d.complete and d.chunks > coalesce(c.chunks, 0)) as documents,
      (select count(*)::int from ${ident(CORPUS.documents)} where not complete) as incomplete`;
}

async function longestOf(tx: Queryable) {
  const [longest] = await allRows(tx, longestShape)`
    select content as text from ${ident(CORPUS.chunks)} order by char_length(content) desc, id limit 1`;
  return longest;
}

/** The tables of a rebuild that has not been swapped in; undefined when there are none. */
async function readShadow(tx: Queryable) {
  if (!(await hasMeta(tx)) || !(await hasTable(tx, SHADOW.documents))) return undefined;
  return oneRow(tx, shadowShape)`
    select count(*)::int as documents, max(updated_at) as "writtenAt" from ${ident(SHADOW.documents)}`;
}
