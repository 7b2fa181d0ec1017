import { afterEach, beforeEach, expect, test } from "bun:test";
import { corpusStore } from "../../src/store/corpus-store.ts";
import { openServer } from "../../src/store/driver/server.ts";
import { IDENTITY, onEveryLane, onLane, serverLane, type StoreTest } from "../support/databases.ts";
import { hashOf, kept, vectorOf, written } from "../support/documents.ts";
import { failureOf } from "../support/failure-of.ts";
import { queryLines } from "../support/lines.ts";

const NOTHING = { sources: ["manual"], documents: [], inputs: [] };
/** Another name for each process: roles are the server's. */
const ROLE = `bbj_test_schemas_${process.pid}`;

/** Where the tables of the corpus are, and its index on vectors. */
const places = ({ database }: StoreTest) =>
  queryLines(
    database,
    `select n.nspname || '.' || c.relname as line from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname !~ '^pg_' and c.relname ~ '^(chunks|ingest_)' and c.relkind = 'r' order by 1`,
  );
const hasIndex = async ({ query }: StoreTest) =>
  (await query("select from pg_indexes where indexdef like '%using hnsw%' or indexdef like '%USING hnsw%'")).length > 0;

onEveryLane("pgvector in a schema of its own", (context) => {
  const { prepared, query, store } = context;
  const elsewhere = async () => {
    await query("drop extension if exists vector cascade");
    await query('create schema "The ""extensions"""');
    await query('create extension vector schema "The ""extensions"""');
  };
  afterEach(async () => {
    await query('drop schema if exists "The ""extensions""" cascade');
    await query("create extension if not exists vector");
  });
  const near = (text: string) => ({ text, vector: vectorOf(text), limit: 2, generation: "bbj", source: "manual" });

  test("serves a run, its index and its readers", async () => {
    await elsewhere();
    const corpus = await prepared();
    expect(await corpus.write([written("u", ["a", "b"])])).toMatchObject({ inserted: 2 });
    expect(await corpus.write([written("u", ["a", "b"])])).toMatchObject({ inserted: 0, updated: 0, kept: 2 });
    expect(await corpus.preview([kept(written("u", ["a", "b"], { title: "New" }))])).toMatchObject({ updated: 2 });
    expect(await corpus.write([kept(written("u", ["a", "b"], { title: "New" }))])).toMatchObject({ updated: 2 });
    expect(await corpus.ensureVectorIndex()).toBe(true);
    expect(await corpus.ensureVectorIndex()).toBe(false);
    const known = await corpus.known("manual", [{ sourceUrl: "v", hashes: [hashOf("a")] }]);
    expect(known.vectors).toEqual(new Map([[hashOf("a"), vectorOf("a")]]));
    expect((await corpus.search(near("a"))).map(({ content }) => content).sort()).toEqual(["a", "b"]);
    expect((await corpus.statistics()).chunks).toBe(2);
    expect(await corpus.removeDocuments("manual", ["u"])).toBe(2);
  });

  test("serves a rebuild, and its swap", async () => {
    await elsewhere();
    await (await prepared()).write([written("u", ["old"]), written("v", ["old too"])]);
    const rebuild = await prepared({ rebuild: true });
    await rebuild.write([written("u", ["new"])]);
    await rebuild.swap({ sources: ["manual"], documents: [{ source: "manual", sourceUrl: "v" }], inputs: [] });
    expect((await store().search(near("new"))).map(({ content }) => content).sort()).toEqual(["new", "old too"]);
    expect(await hasIndex(context)).toBe(true);
  });

  test("serves the adoption of a table of the Python tool", async () => {
    await elsewhere();
    await query(`
      create table chunks (id serial primary key, source_url text not null, title text not null, content text not null,
        content_hash varchar(64) not null unique, embedding "The ""extensions""".vector(4))`);
    await query(`
      insert into chunks (source_url, title, content, content_hash, embedding)
      values ('u', 'A', 'a', '${hashOf("a")}', '[${[...vectorOf("a")].join()}]')`);
    const corpus = await prepared();
    expect(await corpus.write([written("u", ["a", "b"])])).toMatchObject({ inserted: 2 });
    expect(await corpus.removeAdopted()).toBe(1);
  });
});

onLane(serverLane, "a corpus in a schema", (context) => {
  const { query, prepared } = context;
  beforeEach(() => query("create extension if not exists vector"));
  afterEach(async () => {
    await query("drop schema if exists app, rag, extensions cascade");
    await query(`drop owned by ${ROLE} cascade`).catch(() => {});
    await query(`drop role if exists ${ROLE}`);
    await query("create extension if not exists vector");
  });
  /** A run of a role with this search path, in a database where everybody may do everything. */
  const runOf = async (path: string | undefined, { parameters = "" } = {}) => {
    if (context.choice.kind !== "server") throw new Error("this lane is a server's");
    await query(`create role ${ROLE} login`);
    await query("grant create, usage on schema public to public");
    if (path !== undefined) await query(`alter role ${ROLE} set search_path = ${path}`);
    const url = new URL(context.choice.url);
    url.username = ROLE;
    url.search = parameters;
    const database = await openServer({ ...context.choice, url: url.href });
    const store = (options = { rebuild: false }) => corpusStore(database, options);
    return { store, database, [Symbol.asyncDispose]: () => database.close() };
  };
  const rebuilt = async (run: Awaited<ReturnType<typeof runOf>>) => {
    const rebuild = run.store({ rebuild: true });
    await rebuild.prepare(IDENTITY);
    await rebuild.write([written("u", ["new"])]);
    await rebuild.swap(NOTHING);
  };

  test("that the role's search path names is made, rebuilt and read there", async () => {
    await query("create schema rag");
    await query("grant all on schema rag to public");
    await using run = await runOf("rag");
    const store = run.store();
    await store.prepare(IDENTITY);
    await store.write([written("u", ["a"])]);
    await rebuilt(run);
    expect(await places(context)).toEqual(["rag.chunks", "rag.ingest_documents", "rag.ingest_meta"]);
    expect(await hasIndex(context)).toBe(true);
    expect((await run.store().statistics()).chunks).toBe(1);
  });

  test("that the database URL names is made there", async () => {
    await query("create schema rag");
    await query("grant all on schema rag to public");
    await using run = await runOf(undefined, { parameters: "?search_path=rag" });
    await run.store().prepare(IDENTITY);
    expect(await places(context)).toEqual(["rag.chunks", "rag.ingest_documents", "rag.ingest_meta"]);
  });

  test("stays there when it is rebuilt by a role that makes its tables elsewhere", async () => {
    await (await prepared()).write([written("u", ["a"])]);
    await query(`create schema app`);
    await query("grant all on schema app to public");
    await using run = await runOf("app, public");
    await query(`alter table chunks owner to ${ROLE}`);
    await query(`alter table ingest_documents owner to ${ROLE}`);
    await query(`alter table ingest_meta owner to ${ROLE}`);
    await rebuilt(run);
    expect(await places(context)).toEqual(["public.chunks", "public.ingest_documents", "public.ingest_meta"]);
    expect(await queryLines(context.database, "select content as line from chunks")).toEqual(["new"]);
  });

  test("is not mixed with what another one has in the search path", async () => {
    await prepared({ identity: { ...IDENTITY, model: "another-model" } });
    await query("create schema app");
    await query("grant all on schema app to public");
    await using run = await runOf("app, public");
    await run.database.query({
      text: `create table app.chunks (id serial primary key, source_url text not null, title text not null,
        content text not null, content_hash varchar(64) not null unique, embedding vector(4))`,
      values: [],
    });
    expect(await run.store().inspect()).toEqual({ kind: "adoptable", identity: undefined, dimensions: 4 });
    await run.store().prepare(IDENTITY);
    expect((await run.store().inspect()).identity).toEqual(IDENTITY);
    expect((await context.store().inspect()).identity).toMatchObject({ model: "another-model" });
  });

  test("of the role's own name is used when there is one", async () => {
    await using run = await runOf('"$user", public');
    await query(`create schema ${ROLE} authorization ${ROLE}`);
    await run.store().prepare(IDENTITY);
    expect(await places(context)).toEqual(
      ["chunks", "ingest_documents", "ingest_meta"].map((name) => `${ROLE}.${name}`),
    );
  });

  for (const path of ["''", '"$user"', "not_there"]) {
    test(`that is nowhere, for the search path is ${path}, is named with what to do`, async () => {
      await using run = await runOf(path);
      for (const ask of [() => run.store().inspect(), () => run.store().prepare(IDENTITY)]) {
        const failure = await failureOf(ask());
        expect(failure).toMatchObject({ decision: "fatal", code: "database_schema" });
        expect(failure.message).toContain(ROLE);
        expect(failure.hint).toContain(`ALTER ROLE "${ROLE}" IN DATABASE "`);
      }
      expect(await places(context)).toEqual([]);
    });
  }

  test("is made, too, with a search path that has an empty name in it", async () => {
    await using run = await runOf("'', public");
    const store = run.store();
    await store.prepare(IDENTITY);
    await store.write([written("u", ["a"])]);
    expect(await places(context)).toEqual(["public.chunks", "public.ingest_documents", "public.ingest_meta"]);
  });

  test("whose pgvector the role may not use is named with the GRANT to paste", async () => {
    await query("drop extension vector cascade");
    await query("create schema extensions");
    await query("create extension vector schema extensions");
    const failure = await failureOf(runOf("public"));
    expect(failure).toMatchObject({ decision: "fatal", code: "vector_rights" });
    expect(failure.hint).toContain(`GRANT USAGE ON SCHEMA extensions TO ${ROLE}`);
  });
});
