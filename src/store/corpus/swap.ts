import { z } from "zod";
import { fatalError } from "../../flow/errors.ts";
import { cleanText } from "../driver/clean-text.ts";
import type { Database, Queryable } from "../driver/database.ts";
import { allRows, executeRows, exists } from "../driver/rows.ts";
import { columns, constant, ident, sql } from "../driver/sql.ts";
import { sameIdentity } from "../model-identity.ts";
import type { IndexWatch, KeptRows, ModelIdentity } from "../store.ts";
import { CHUNK_COLUMNS, IDENTITY } from "./chunk-columns.ts";
import { inspectTables } from "./inspect.ts";
import { hasTable, readMeta, writeMeta } from "./meta.ts";
import { CORPUS, SHADOW } from "./tables.ts";
import { ensureVectorIndex } from "./vector-index.ts";

/** Readers wait behind us for their tables: rather give up and try again than keep them waiting. */
const SWAP_WAIT_SECONDS_MAX = 3;

/** What PostgreSQL computes is computed anew. */
const CARRIED = CHUNK_COLUMNS.filter(({ generated }) => generated === undefined).map(({ name }) => name);

const damageShape = z.object({ source_name: z.string(), source_url: z.string(), chunks: z.int(), rows: z.int() });

/**
 * Puts the shadow in the corpus's place by one transaction, with the old rows of what failed. Readers keep the old
 * tables until it commits; killed before, the old corpus is whole and the shadow is as the rebuild left it.
 */
export async function swapShadow(
  database: Database,
  identity: ModelIdentity,
  kept: KeptRows,
  watch?: IndexWatch,
): Promise<void> {
  // It was swapped in, and only the answer to the COMMIT was lost.
  if (!(await hasTable(database, SHADOW.chunks))) return;
  await removeOtherSources(database, kept.sources);
  await ensureVectorIndex(database, SHADOW.chunks, watch);
  await requireWhole(database);
  await database.begin(async (tx) => {
    await tx.query(sql`set local lock_timeout = '${constant(String(SWAP_WAIT_SECONDS_MAX))}s'`);
    const { kind, identity: former } = await inspectTables(tx, database.description);
    if (kind === "current" && sameIdentity(former, identity)) await carryOver(tx, kept);
    if (kind !== "none") await copyGrants(tx);
    await tx.query(sql`drop table if exists ${ident(CORPUS.chunks)}, ${ident(CORPUS.documents)}`);
    await rename(tx, SHADOW.chunks, CORPUS.chunks);
    await rename(tx, SHADOW.documents, CORPUS.documents);
    const { shadow } = await readMeta(tx);
    await writeMeta(tx, { identity, schema_version: shadow?.schemaVersion ?? 0, shadow: undefined });
  });
  // Rows that were carried into an empty shadow have no index yet.
  await ensureVectorIndex(database, CORPUS.chunks, watch);
}

/** What an interrupted rebuild left of sources that this one does not have: removed, renamed or disabled since then. */
async function removeOtherSources(database: Database, sources: readonly string[]): Promise<void> {
  const isOther = sql`source_name <> all (${sources.map(cleanText)}::text[])`;
  for (const table of [SHADOW.chunks, SHADOW.documents]) {
    if (!(await exists(database)`select from ${ident(table)} where ${isOther}`)) continue;
    await database.begin((tx) => tx.query(sql`delete from ${ident(table)} where ${isOther}`));
  }
}

/** Compares what the documents say of their rows with the rows, before readers get them. */
async function requireWhole(database: Database): Promise<void> {
  const [damage] = await allRows(database, damageShape)`
    select source_name, source_url, coalesce(d.chunks, 0) as chunks, coalesce(c.rows, 0)::int as rows
    from ${ident(SHADOW.documents)} d
    full join (
      select source_name, source_url, count(*) as rows from ${ident(SHADOW.chunks)} group by source_name, source_url) c
      using (source_name, source_url)
    where coalesce(d.chunks, 0) <> coalesce(c.rows, 0) limit 1`;
  if (damage === undefined) return;
  // Without its identity the next rebuild does not go on with it.
  await database.begin((tx) => writeMeta(tx, { shadow: undefined }));
  const { source_name, source_url, rows, chunks } = damage;
  const found = `${source_url} (${source_name}) has ${rows} rows instead of ${chunks}`;
  const message = `the rebuilt corpus is damaged: ${found}; the old corpus stays`;
  throw fatalError(
    "rebuild_damaged",
    message,
    (call) => `run it again; it begins anew: ${call.again(["--clean"], { without: ["--source"] })}`,
  );
}

/** Old rows of documents that failed, beside the new ones they have; the next run tries those documents again. */
async function carryOver(tx: Queryable, { documents, inputs }: KeptRows): Promise<void> {
  await tx.query(sql`
    create temp table kept on commit drop as
    select d.source_name, d.source_url from ${ident(CORPUS.documents)} d
    where ((d.source_name, d.source_url) in (select * from unnest(
        ${documents.map(({ source }) => cleanText(source))}::text[],
        ${documents.map(({ sourceUrl }) => cleanText(sourceUrl))}::text[]))
      or (d.source_name, d.input) in (select * from unnest(
        ${inputs.map(({ source }) => cleanText(source))}::text[], ${inputs.map(({ path }) => cleanText(path))}::text[])))
      -- What is whole is new, though another part of its input failed.
      and not exists (select from ${ident(SHADOW.documents)} s
        where s.complete and s.source_name = d.source_name and s.source_url = d.source_url)`);
  await tx.query(sql`
    insert into ${ident(SHADOW.chunks)} (${columns(CARRIED)}) select ${columns(CARRIED, "c")}
    from ${ident(CORPUS.chunks)} c join kept using (source_name, source_url)
    on conflict (${columns(IDENTITY)}) do nothing`);
  await tx.query(sql`
    insert into ${ident(SHADOW.documents)} as s (source_name, source_url, input, input_documents, notes, chunks)
    select source_name, source_url, d.input, d.input_documents, d.notes, (
      select count(*) from ${ident(SHADOW.chunks)} c where c.source_name = d.source_name and c.source_url = d.source_url)
    from ${ident(CORPUS.documents)} d join kept using (source_name, source_url)
    on conflict (source_name, source_url) do update set complete = false, fingerprint = '', chunks = excluded.chunks`);
}

/** Those who may read the old table, or some of its columns, may read the new one. */
async function copyGrants(tx: Queryable): Promise<void> {
  for (const [from, to] of [
    [CORPUS.chunks, SHADOW.chunks],
    [CORPUS.documents, SHADOW.documents],
  ] as const) {
    await executeRows(tx)`
      select format('grant %s on %I to %s%s', a.privilege_type || a.on, ${to}::text,
        case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end,
        case when a.is_grantable then ' with grant option' end) as statement
      from pg_class c cross join lateral (
        select t.*, '' as on from aclexplode(c.relacl) t
        union all
        select t.*, ' (' || quote_ident(attname) || ')' from pg_attribute p cross join lateral aclexplode(p.attacl) t
        where p.attrelid = c.oid and not p.attisdropped) a
      where c.oid = to_regclass(${from}::text) and a.grantee <> c.relowner`;
  }
}

/** Renames a table with all that is named after it: indexes and their constraints, sequences, other constraints. */
async function rename(tx: Queryable, from: string, to: string): Promise<void> {
  await executeRows(tx)`
    select format('alter %s %I rename to %I', case c.relkind when 'S' then 'sequence' else 'index' end, c.relname,
      replace(c.relname, ${from}::text, ${to}::text)) as statement
    from pg_class c
    where c.oid in (
      select indexrelid from pg_index where indrelid = ${from}::text::regclass
      union all
      select d.objid from pg_depend d where d.refobjid = ${from}::text::regclass and d.deptype in ('a', 'i')
        and d.classid = 'pg_class'::regclass and d.refobjsubid > 0)
      and c.relkind in ('i', 'S')
    union all
    -- PostgreSQL 18 names the NOT NULL constraints too.
    select format('alter table %I rename constraint %I to %I', ${from}::text, conname,
      replace(conname, ${from}::text, ${to}::text))
    from pg_constraint
    where conrelid = ${from}::text::regclass and conindid = 0 and starts_with(conname::text, ${from}::text)`;
  await tx.query(sql`alter table ${ident(from)} rename to ${ident(to)}`);
}
