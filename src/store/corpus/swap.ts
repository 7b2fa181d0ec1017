import { z } from "zod";
import { type Call, fatalError } from "../../flow/errors.ts";
import { cleanText } from "../driver/clean-text.ts";
import type { Database, Queryable } from "../driver/database.ts";
import { allRows, executeRows, exists } from "../driver/rows.ts";
import { columns, constant, ident, list, sql } from "../driver/sql.ts";
import { sameIdentity, sameMark } from "../model-identity.ts";
import type { ModelMark } from "../../embed/embedder.ts";
import type { IndexWatch, KeptRows, ModelIdentity } from "../store.ts";
import { buildLackingIndexes, indexRenames } from "./carried-indexes.ts";
import { CHUNK_COLUMNS, IDENTITY } from "./chunk-columns.ts";
import { DOCUMENT_COLUMNS } from "./document-columns.ts";
import { type LockPatience, takeExclusive } from "./exclusive-lock.ts";
import { asOneBuild } from "./index-build.ts";
import { nameIndexes } from "./index-names.ts";
import { inspectTables } from "./inspect.ts";
import { hasTable, readMeta, writeMeta } from "./meta.ts";
import { replacedIn, REPLACEMENTS } from "./rebuild.ts";
import { requireReplaceable } from "./replaceable.ts";
import { attachmentsOf, namedAttachmentsOf } from "./table-attachments.ts";
import { inheritShape, type Replacement } from "./table-shape.ts";
import { CORPUS, freeName, SHADOW } from "./tables.ts";
import { ensureVectorIndex } from "./vector-index.ts";

/** What PostgreSQL computes is computed anew. */
const CARRIED = CHUNK_COLUMNS.filter(({ generated }) => generated === undefined).map(({ name }) => name);

const DOCUMENT_KEY = DOCUMENT_COLUMNS.filter(({ isKey }) => isKey).map(({ name }) => name);
const tableShape = z.object({ table: z.string() });
const columnShape = z.object({ name: z.string() });
const damageShape = z.object({ source_name: z.string(), source_url: z.string(), chunks: z.int(), rows: z.int() });

/** Somebody may make an index on the old table while ours are built. */
const BUILDS_MAX = 5;

type SwapOptions = {
  readonly mark: ModelMark | undefined;
  readonly watch: IndexWatch | undefined;
  readonly patience: LockPatience | undefined;
};

/**
 * Puts the shadow in the corpus's place by one transaction, with the old rows of what failed and with all that the old
 * tables had. Readers keep those until it commits; killed before, the old corpus is whole and the shadow is as the rebuild
 * left it.
 */
export async function swapShadow(
  database: Database,
  identity: ModelIdentity,
  kept: KeptRows,
  options: SwapOptions,
): Promise<void> {
  // It was swapped in, and only the answer to the COMMIT was lost.
  if (!(await hasTable(database, SHADOW.chunks))) return;
  await removeOtherSources(database, kept.sources);
  await completeTables(database, options);
  await requireWhole(database);
  for (let builds = 1; !(await trySwap(database, identity, kept, options)); builds++) {
    if (builds === BUILDS_MAX) throw new Error("the indexes of the old table change all the time");
    await completeTables(database, options);
  }
  // Rows that were carried into an empty shadow have no index yet.
  await ensureVectorIndex(database, CORPUS.chunks, options);
}

/** What takes its time, before readers are kept waiting: columns that are not ours get their values, indexes are built. */
async function completeTables(database: Database, { watch: told, patience }: SwapOptions): Promise<void> {
  using watch = asOneBuild(told);
  const state = await inspectTables(database, database.description);
  if (state.kind !== "none") {
    await database.begin(async (tx) => {
      for (const replacement of replacedIn(state)) await inheritShape(tx, replacement);
      if (state.kind === "current") await carryValues(tx);
    });
    for (const replacement of replacedIn(state)) await buildLackingIndexes(database, replacement, watch);
  }
  await ensureVectorIndex(database, SHADOW.chunks, { watch, patience });
}

/** False when an index was made on the old table meanwhile that the new one is to have, too. */
function trySwap(
  database: Database,
  identity: ModelIdentity,
  kept: KeptRows,
  { mark, patience }: SwapOptions,
): Promise<boolean> {
  const { description } = database;
  return database.begin(async (tx) => {
    const state = await inspectTables(tx, description);
    const { kind, identity: former } = state;
    const replaced = replacedIn(state);
    const meta = await readMeta(tx);
    if (kind !== "none") await requireReplaceable(tx, description, identity.dimensions);
    if (kind === "current" && sameIdentity(former, identity) && sameMark(meta.mark, mark)) await carryOver(tx, kept);
    const hint = (call: Call) =>
      `the old corpus stays; end what reads it, then run this, which goes on with what is embedded: ${call.again(["--clean"], { without: ["--source"] })}`;
    const tables = replaced.map(({ from }) => from);
    await takeExclusive(tx, [...(await referencedTables(tx)), ...tables], { patience, description, hint });
    const after: string[] = [];
    const named: string[] = [];
    for (const replacement of replaced) {
      const renames = await indexRenames(tx, replacement, database);
      if (renames === undefined) return false;
      after.push(...renames, ...(await attachmentsOf(tx, { ...replacement, named: replacement.from })));
      named.push(...(await namedAttachmentsOf(tx, replacement.from)));
    }
    await dropReplaced(tx, tables);
    for (const { from, to } of REPLACEMENTS) await tx.query(sql`alter table ${ident(to)} rename to ${ident(from)}`);
    for (const statement of after) await tx.query(constant(statement));
    for (const { from, to } of REPLACEMENTS) await renameParts(tx, { from, to });
    // Readers may have an index that ours does nothing beside; a table of the Python tool never had the names that they know.
    await nameIndexes(tx, CORPUS, { anybodys: kind === "adoptable" });
    for (const statement of named) await tx.query(constant(statement));
    await writeMeta(tx, { identity, mark, schema_version: meta.shadow?.schemaVersion ?? 0, shadow: undefined });
    return true;
  });
}

/** With a table of documents that was left alone when somebody dropped its corpus. */
async function dropReplaced(tx: Queryable, tables: readonly string[]): Promise<void> {
  const isStray = await exists(tx)`
    select from pg_class where oid = to_regclass(${CORPUS.documents}::text) and relnamespace::regnamespace::text = quote_ident(current_schema())`;
  const all = new Set([...tables, ...(isStray ? [CORPUS.documents] : [])]);
  if (all.size > 0) await tx.query(sql`drop table ${list([...all].map(ident))}`);
}

/** Tables that foreign keys of the old ones point at: they are taken for a moment when those keys go. */
async function referencedTables(tx: Queryable): Promise<string[]> {
  const tables = await allRows(tx, tableShape)`
    select distinct k.confrelid::regclass::text as table from pg_constraint k
    where k.contype = 'f' and k.conrelid in (to_regclass(${CORPUS.chunks}::text), to_regclass(${CORPUS.documents}::text))`;
  return tables.map(({ table }) => table);
}

/** Rows that are there again have what somebody wrote into columns that are not ours. */
async function carryValues(tx: Queryable): Promise<void> {
  for (const { from, to, ours, key } of [
    { from: CORPUS.chunks, to: SHADOW.chunks, ours: ["id", ...CHUNK_COLUMNS.map(({ name }) => name)], key: IDENTITY },
    { from: CORPUS.documents, to: SHADOW.documents, ours: DOCUMENT_COLUMNS.map(({ name }) => name), key: DOCUMENT_KEY },
  ]) {
    const others = await allRows(tx, columnShape)`
      select attname::text as name from pg_attribute
      where attrelid = ${from}::text::regclass and attnum > 0 and not attisdropped and attgenerated = ''
        and attname <> all (${ours}::text[])`;
    const names = others.map(({ name }) => name);
    if (names.length === 0) continue;
    await tx.query(sql`
      update ${ident(to)} n set ${list(names.map((name) => sql`${ident(name)} = o.${ident(name)}`))} from ${ident(from)} o
      where (${columns(key, "o")}) = (${columns(key, "n")}) and (${columns(names, "o")}) is distinct from (${columns(names, "n")})`);
  }
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

/** Renames what is still named after a table of the shadow: indexes and their constraints, sequences, other constraints. */
async function renameParts(tx: Queryable, { from, to }: Replacement): Promise<void> {
  const free = freeName(sql`replace(c.relname, ${to}::text, ${from}::text)`, from);
  await executeRows(tx)`
    select format('alter %s %I rename to %I', case c.relkind when 'S' then 'sequence' else 'index' end, c.relname,
      ${free}) as statement
    from pg_class c
    where c.oid in (
      select indexrelid from pg_index where indrelid = ${from}::text::regclass
      union all
      select d.objid from pg_depend d where d.refobjid = ${from}::text::regclass and d.deptype in ('a', 'i')
        and d.classid = 'pg_class'::regclass and d.refobjsubid > 0)
      and c.relkind in ('i', 'S') and c.relname ~ ('^(idx_)?' || ${to}::text)
    union all
    -- PostgreSQL 18 names the NOT NULL constraints too.
    select format('alter table %I rename constraint %I to %I', ${from}::text, conname, replace(conname, ${to}::text, ${from}::text))
    from pg_constraint
    where conrelid = ${from}::text::regclass and conindid = 0 and starts_with(conname::text, ${to}::text)`;
}
