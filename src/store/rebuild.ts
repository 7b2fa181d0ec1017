import type { Database, Queryable } from "./database.ts";
import {
  CHUNK_INDEXES,
  CORPUS,
  createTables,
  identityIn,
  readMeta,
  SHADOW,
  sameIdentity,
  setIdentity,
  tableExists,
} from "./schema.ts";
import { ident, sql } from "./sql.ts";
import type { ModelIdentity, Store } from "./store.ts";
import { ensureVectorIndex } from "./vector-index.ts";

const PREFIX = "rebuild_";

/** Makes the shadow tables, or keeps those of an interrupted rebuild with the same model. */
export async function prepareShadow(tx: Queryable, identity: ModelIdentity): Promise<void> {
  const meta = await readMeta(tx);
  if (sameIdentity(identityIn(meta, PREFIX), identity) && (await tableExists(tx, SHADOW.chunks))) return;
  await tx.query(sql`drop table if exists ${ident(SHADOW.chunks)}, ${ident(SHADOW.documents)}`);
  await createTables(tx, SHADOW, identity.dimensions);
  await setIdentity(tx, identity, PREFIX);
}

/** Carries over what failed, builds the index, and puts the shadow in the corpus's place by one transaction. */
export async function swapShadow(
  database: Database,
  identity: ModelIdentity,
  keep: Parameters<Store["swap"]>[0],
): Promise<void> {
  await database.begin((tx) => carryOver(tx, identity, keep));
  await ensureVectorIndex(database, SHADOW.chunks);
  await database.begin(async (tx) => {
    const [off] = await tx.query<{ source_url: string }>(sql`
      select d.source_url from ${ident(SHADOW.documents)} d where d.chunks <> (
        select count(*) from ${ident(SHADOW.chunks)} c where c.source_name = d.source_name and c.source_url = d.source_url)
      limit 1`);
    if (off !== undefined)
      throw new Error(`the rebuilt corpus has another number of chunks than it should for ${off.source_url}`);
    await tx.query(sql`drop table if exists ${ident(CORPUS.chunks)}, ${ident(CORPUS.documents)}`);
    await tx.query(sql`alter table ${ident(SHADOW.chunks)} rename to ${ident(CORPUS.chunks)}`);
    await tx.query(sql`alter table ${ident(SHADOW.documents)} rename to ${ident(CORPUS.documents)}`);
    await tx.query(
      sql`alter sequence if exists ${ident(`${SHADOW.chunks}_id_seq`)} rename to ${ident(`${CORPUS.chunks}_id_seq`)}`,
    );
    for (const suffix of CHUNK_INDEXES) {
      await tx.query(
        sql`alter index if exists ${ident(`${SHADOW.chunks}_${suffix}`)} rename to ${ident(`${CORPUS.chunks}_${suffix}`)}`,
      );
    }
    await tx.query(
      sql`alter index ${ident(`${SHADOW.documents}_pkey`)} rename to ${ident(`${CORPUS.documents}_pkey`)}`,
    );
    await setIdentity(tx, identity);
    await tx.query(sql`delete from ingest_meta where key like 'rebuild\\_%'`);
  });
}

/** A document that failed, or whose file could not be read, keeps its old rows, if they are of the same model. */
async function carryOver(tx: Queryable, identity: ModelIdentity, keep: Parameters<Store["swap"]>[0]): Promise<void> {
  if (!(await tableExists(tx, CORPUS.chunks)) || !(await tableExists(tx, CORPUS.documents))) return;
  if (!sameIdentity(identityIn(await readMeta(tx)), identity)) return;
  // As text: a jsonb parameter is sent differently by the two drivers.
  const documents = JSON.stringify(keep.documents.map(({ source, sourceUrl }) => ({ source, url: sourceUrl })));
  const inputs = JSON.stringify(keep.inputs.map(({ source, path }) => ({ source, path })));
  await tx.query(sql`create temp table kept on commit drop as
    select d.source_name, d.source_url from ${ident(CORPUS.documents)} d where
      exists (select from jsonb_to_recordset((${documents}::text)::jsonb) k(source text, url text)
        where k.source = d.source_name and k.url = d.source_url) or
      exists (select from jsonb_to_recordset((${inputs}::text)::jsonb) k(source text, path text)
        where k.source = d.source_name and k.path = d.input)`);
  const columns = `source_url, title, doc_type, content, content_hash, context_header, generations, deprecated, source_type,
    display_url, embedding, metadata, created_at, updated_at, source_name, chunk_index, embedding_model`;
  await tx.query({
    text: `insert into ${SHADOW.chunks} (${columns}) select ${columns} from ${CORPUS.chunks}
      join kept using (source_name, source_url) on conflict do nothing`,
    values: [],
  });
  // Without a fingerprint, so that the next run tries them again.
  await tx.query(sql`
    insert into ${ident(SHADOW.documents)} as d (source_name, source_url, input, input_documents, chunks, complete)
    select o.source_name, o.source_url, o.input, o.input_documents, 0, false
    from ${ident(CORPUS.documents)} o join kept using (source_name, source_url)
    on conflict (source_name, source_url) do update set complete = false, fingerprint = ''`);
  await tx.query(sql`
    update ${ident(SHADOW.documents)} d set chunks = (
      select count(*) from ${ident(SHADOW.chunks)} c where c.source_name = d.source_name and c.source_url = d.source_url)
    from kept k where k.source_name = d.source_name and k.source_url = d.source_url`);
  await tx.query(sql`drop table kept`);
}
