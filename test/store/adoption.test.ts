import { hintOf } from "../support/plain-call.ts";
import { expect, test } from "bun:test";
import { IDENTITY, onEveryLane } from "../support/databases.ts";
import { failureOf } from "../support/failure-of.ts";
import { hashOf, vectorOf, written } from "../support/documents.ts";

/** As the Python tool made it. */
const TABLE = `
  create table chunks (
    id serial primary key,
    source_url text not null,
    title text not null,
    doc_type text not null,
    content text not null,
    content_hash varchar(64) not null unique,
    context_header text,
    generations text[] not null,
    deprecated boolean not null default false,
    source_type varchar(100),
    display_url text,
    embedding vector(4),
    search_vector tsvector generated always as
      (to_tsvector('english', coalesce(context_header, '') || ' ' || coalesce(title, '') || ' ' || coalesce(content, ''))) stored,
    metadata jsonb,
    created_at timestamptz default now(),
    updated_at timestamptz default now())`;

onEveryLane("a table of the Python tool", ({ store, prepared, query }) => {
  const makeOld = async (table = TABLE) => {
    await query("create extension if not exists vector");
    await query(table);
    await query(`
      insert into chunks (source_url, title, doc_type, content, content_hash, context_header, generations, embedding)
      values ('flare://a', 'A', 'concept', 'known text', '${hashOf("known text")}', null, '{bbj}', '[${[...vectorOf("known text")].join()}]'),
        ('flare://b', 'B', 'concept', 'other text', '${hashOf("other text")}', 'B', '{dwc}', null)`);
  };
  const columns = () =>
    query(`
      select column_name, data_type, is_nullable, column_default, character_maximum_length as length, generation_expression
      from information_schema.columns where table_name = 'chunks' and column_name <> 'id' order by column_name`);

  test("is recognised, and nothing is changed before prepare", async () => {
    await makeOld();
    const before = await columns();
    const corpus = store();
    expect(await corpus.inspect()).toEqual({ kind: "adoptable", identity: undefined, dimensions: 4 });
    expect((await corpus.loadSource("manual")).documents).toEqual(new Map());
    expect(await corpus.ensureVectorIndex()).toBe(false);
    expect(await columns()).toEqual(before);
  });

  test("has vectors that a dry run counts as known", async () => {
    await makeOld();
    const { own, vectors } = await store().known("manual", [
      { sourceUrl: "u", hashes: [hashOf("known text"), hashOf("other text")] },
    ]);
    expect(own).toEqual(new Map());
    expect(vectors).toEqual(new Map([[hashOf("known text"), vectorOf("known text")]]));
  });

  test("becomes what a new corpus is, with its rows", async () => {
    await prepared();
    const fresh = await columns();
    await query("drop table chunks, ingest_documents, ingest_meta");
    await makeOld();
    const corpus = await prepared();
    expect(await columns()).toEqual(fresh);
    expect(await corpus.inspect()).toEqual({ kind: "current", identity: IDENTITY, dimensions: 4 });
    expect(
      await query(
        "select source_url, source_name, context_header, source_type, embedding_model from chunks order by 1",
      ),
    ).toEqual([
      { source_url: "flare://a", source_name: "", context_header: "", source_type: "", embedding_model: "a-model" },
      { source_url: "flare://b", source_name: "", context_header: "B", source_type: "", embedding_model: "a-model" },
    ]);
  });

  test("serves reuse and takes equal texts of several documents beside its own", async () => {
    await makeOld();
    const corpus = await prepared();
    const { vectors } = await corpus.known("manual", [
      { sourceUrl: "u", hashes: ["known text", "other text"].map(hashOf) },
    ]);
    expect([...vectors.keys()]).toEqual([hashOf("known text")]);
    const writes = [written("u", ["known text"]), written("v", ["known text"])];
    expect(await corpus.write(writes)).toEqual({ inserted: 2, updated: 0, kept: 0, removed: 0 });
    expect(await corpus.removeAdopted()).toBe(2);
    expect(await corpus.removeAdopted()).toBe(0);
    expect(await query("select source_url from chunks order by 1")).toEqual([{ source_url: "u" }, { source_url: "v" }]);
  });

  test("keeps an index on vectors of its own and its search column where they are right", async () => {
    await makeOld(TABLE.replace("varchar(100)", "text"));
    await query("create index old_vectors on chunks using hnsw (embedding vector_cosine_ops)");
    await query("create index old_words on chunks using gin (search_vector)");
    const places =
      "select attname, attnum from pg_attribute where attrelid = 'chunks'::regclass and attname in ('embedding', 'search_vector')";
    const before = await query(places);
    const corpus = await prepared();
    expect(await query(places)).toEqual(before);
    await corpus.ensureVectorIndex();
    expect(await query("select 1 from pg_indexes where indexdef like '%hnsw%'")).toHaveLength(1);
    expect(await query("select 1 from pg_indexes where indexdef like '%gin (search_vector)%'")).toHaveLength(1);
  });

  test("gets the index on vectors that we would make built at the end of the run", async () => {
    await makeOld();
    await query("create index on chunks using hnsw (embedding vector_cosine_ops) with (m = 16, ef_construction = 64)");
    const corpus = await prepared();
    expect(await corpus.ensureVectorIndex()).toBe(true);
    expect(await corpus.search({ mode: "text", text: "text", vector: undefined, limit: 1 })).toHaveLength(1);
  });

  test("of an older kind, without some columns and with another search column, is adopted too", async () => {
    await query("create extension if not exists vector");
    await query(`
      create table chunks (id serial primary key, source_url varchar(500), title varchar(200), content text not null,
        doc_type varchar(20), content_hash varchar(64), generations text[], embedding vector(4), search_vector tsvector)`);
    await query("create unique index old_hashes on chunks (content_hash)");
    await query(`insert into chunks (source_url, title, content, content_hash) values ('u', null, 'words here', 'x')`);
    const corpus = await prepared();
    expect(await query("select title, generations, search_vector::text as words from chunks")).toEqual([
      { title: "", generations: [], words: "'word':1" },
    ]);
    expect(await corpus.write([written("u", ["a"], { title: "t".repeat(300) }), written("v", ["a"])])).toMatchObject({
      inserted: 2,
    });
  });

  test("of another dimension is refused with the command that rebuilds, and left alone", async () => {
    await makeOld();
    const before = await columns();
    const failure = await failureOf(store().prepare({ ...IDENTITY, dimensions: 1024 }));
    expect(failure).toMatchObject({ decision: "fatal", code: "model_mismatch" });
    expect(failure.message).toContain("vectors of 4 dimensions");
    expect(hintOf(failure)).toContain("bbj-ingest-all --clean --embedder lexical --model a-model --dimensions 1024");
    expect(await columns()).toEqual(before);
  });

  test("that cannot be adopted stays as it was", async () => {
    await makeOld();
    const before = await columns();
    await query("create view readers as select source_type from chunks");
    const failure = await failureOf(store().prepare(IDENTITY));
    expect(failure).toMatchObject({ decision: "fatal", code: "database_dependents" });
    expect(failure.message).toContain("view readers");
    expect(await columns()).toEqual(before);
    expect(await query("select to_regclass('ingest_meta') as meta")).toEqual([{ meta: null }]);
  });

  test("can be rebuilt with another model, unchanged until the swap", async () => {
    await makeOld();
    const before = await columns();
    const rebuild = await prepared({ rebuild: true, identity: { ...IDENTITY, dimensions: 3 } });
    expect(await columns()).toEqual(before);
    expect((await store().inspect()).kind).toBe("adoptable");
    await rebuild.swap({
      sources: ["manual"],
      documents: [{ source: "manual", sourceUrl: "flare://a" }],
      inputs: [],
    });
    expect(await store().inspect()).toMatchObject({ kind: "current", dimensions: 3 });
    expect(await query("select 1 from chunks")).toEqual([]);
  });
});
