import { expect, test } from "bun:test";
import type { ModelMark } from "../../src/embed/embedder.ts";
import type { ModelIdentity } from "../../src/store/store.ts";
import { IDENTITY, onEveryLane } from "../support/databases.ts";
import { failureOf } from "../support/failure-of.ts";
import { embedded, hashOf, vectorOf, written } from "../support/documents.ts";

const NOTHING = { sources: ["manual"], documents: [], inputs: [] };

onEveryLane("a rebuild", ({ store, prepared, query }) => {
  const contents = async (table = "chunks") =>
    (await query(`select content from ${table} order by content`)).map(({ content }) => content);

  test("works beside the corpus, which its readers keep until the swap", async () => {
    const corpus = await prepared();
    await corpus.write([written("u", ["old"])]);
    const rebuild = await prepared({ rebuild: true });
    expect(await rebuild.loadSource("manual")).toMatchObject({ documents: new Map(), inputs: new Map() });
    const known = await rebuild.known("manual", [{ sourceUrl: "u", hashes: [hashOf("old")] }]);
    expect(known).toEqual({ own: new Map(), parts: new Map(), vectors: new Map() });
    await rebuild.write([written("u", ["new"])]);
    expect(await contents()).toEqual(["old"]);
    expect([...(await rebuild.loadSource("manual")).documents.keys()]).toEqual(["u"]);
    await rebuild.swap(NOTHING);
    expect(await contents()).toEqual(["new"]);
    expect(await query("select to_regclass('chunks_rebuild') as shadow")).toEqual([{ shadow: null }]);
  });

  test("leaves the corpus in tables that look as if there never had been a rebuild", async () => {
    const shape = `
      select c.relname::text as name, c.relkind::text as kind, coalesce(pg_get_indexdef(c.oid), '') as definition
      from pg_class c where c.relnamespace = 'public'::regnamespace and c.relname like any (array['chunks%', 'ingest%'])
      union all
      select conname::text, contype::text, pg_get_constraintdef(oid) from pg_constraint
      where connamespace = 'public'::regnamespace
      order by name, kind`;
    const corpus = await prepared();
    await corpus.write([written("u", ["text"])]);
    await corpus.ensureVectorIndex();
    const before = await query(shape);
    const rebuild = await prepared({ rebuild: true });
    await rebuild.write([written("u", ["text"])]);
    await rebuild.swap(NOTHING);
    expect(await query(shape)).toEqual(before);
    const again = await prepared({ rebuild: true });
    await again.write([written("u", ["text"])]);
    await again.swap(NOTHING);
    expect(await query(shape)).toEqual(before);
    expect(await (await prepared()).write([written("v", ["more"])])).toMatchObject({ inserted: 1 });
  });

  test("can change the model and its dimensions, and stores the new identity", async () => {
    const corpus = await prepared();
    await corpus.write([written("u", ["old"])]);
    const identity = { provider: "ollama", model: "b-model", dimensions: 3 };
    const rebuild = await prepared({ rebuild: true, identity });
    const row = { ...embedded("new"), vector: Float32Array.of(1, 2, 3) };
    await rebuild.write([{ ...written("u", []), rows: [row] }]);
    expect((await store().inspect()).identity).toEqual(IDENTITY);
    await rebuild.swap({ ...NOTHING, documents: [{ source: "manual", sourceUrl: "u" }] });
    expect(await store().inspect()).toEqual({ kind: "current", identity, dimensions: 3 });
    expect(await contents()).toEqual(["new"]);
  });

  test("that was interrupted goes on where it was, with the same model", async () => {
    await (await prepared({ rebuild: true })).write([written("u", ["a"])]);
    const again = await prepared({ rebuild: true });
    expect((await again.loadSource("manual")).documents.get("u")).toEqual({ input: "u", complete: true, chunks: 1 });
    const { own } = await again.known("manual", [{ sourceUrl: "u", hashes: [hashOf("a")] }]);
    expect(own).toEqual(new Map([["u", new Set([hashOf("a")])]]));
  });

  test("that was interrupted goes on only with the model behind the name, and while it is young", async () => {
    const digest = (word: string) => ({ digest: word, probe: [1, 2, 3] });
    const goesOn = async (first: ModelMark, then: ModelMark, before = "select 1") => {
      await query("drop table if exists chunks_rebuild, ingest_documents_rebuild");
      const one = store({ rebuild: true });
      await one.prepare(IDENTITY, first);
      await one.write([written("u", ["a"])]);
      await query(before);
      const other = store({ rebuild: true });
      await other.prepare(IDENTITY, then);
      return (await other.loadSource("manual")).documents.size === 1;
    };
    const aged = (hours: number) =>
      `update ingest_documents_rebuild set updated_at = now() - interval '${hours} hours'`;
    expect(await goesOn(digest("a"), digest("a"))).toBe(true);
    expect(await goesOn(digest("a"), digest("b"))).toBe(false);
    // Of those that tell no digest, the vectors of one text are compared.
    expect(await goesOn({ probe: [1, 2, 3] }, { probe: [1.00001, 2, 3] })).toBe(true);
    expect(await goesOn({ probe: [1, 2, 3] }, { probe: [1.2, 2, 3] })).toBe(false);
    expect(await goesOn({ probe: [1, 2, 3] }, { probe: [1, 2] })).toBe(false);
    expect(await goesOn(digest("a"), { probe: [1.2, 2, 3] })).toBe(false);
    expect(await goesOn(digest("a"), digest("a"), aged(23))).toBe(true);
    expect(await goesOn(digest("a"), digest("a"), aged(25))).toBe(false);
  });

  test("that was interrupted begins anew when what shapes the rows of the corpus has changed", async () => {
    await (await prepared()).write([written("u", ["old"])]);
    await (await prepared({ rebuild: true })).write([written("u", ["a"])]);
    await query("alter table chunks add constraint more check (title <> 'A title') not valid");
    expect((await (await prepared({ rebuild: true })).loadSource("manual")).documents).toEqual(new Map());
  });

  test("that was interrupted begins anew with another model", async () => {
    await (await prepared({ rebuild: true })).write([written("u", ["a"])]);
    const other = await prepared({ rebuild: true, identity: { ...IDENTITY, model: "b-model" } });
    expect((await other.loadSource("manual")).documents).toEqual(new Map());
  });

  test("that was interrupted begins anew with another document prefix, and goes on with its own", async () => {
    const documentPrefix = "passage: ";
    const documentsOf = async (identity: ModelIdentity) =>
      (await (await prepared({ rebuild: true, identity })).loadSource("manual")).documents.size;
    await (await prepared({ rebuild: true })).write([written("u", ["a"])]);
    expect(await documentsOf({ ...IDENTITY, documentPrefix: "" })).toBe(1);
    const rebuild = await prepared({ rebuild: true, identity: { ...IDENTITY, documentPrefix } });
    expect((await rebuild.loadSource("manual")).documents.size).toBe(0);
    await rebuild.write([written("u", ["a"])]);
    expect(await documentsOf({ ...IDENTITY, documentPrefix })).toBe(1);
    expect(await documentsOf(IDENTITY)).toBe(0);
  });

  test("keeps no old rows of what failed when they were made with another document prefix", async () => {
    await (await prepared()).write([written("u", ["old"])]);
    const rebuild = await prepared({ rebuild: true, identity: { ...IDENTITY, documentPrefix: "passage: " } });
    expect((await rebuild.loadSource("manual")).replaces).toMatchObject({ carriedOver: false });
    await rebuild.write([written("v", ["new"])]);
    await rebuild.swap({ ...NOTHING, documents: [{ source: "manual", sourceUrl: "u" }] });
    expect(await contents()).toEqual(["new"]);
    expect((await store().inspect()).identity?.documentPrefix).toBe("passage: ");
  });

  test("makes a corpus where there was none", async () => {
    const rebuild = await prepared({ rebuild: true });
    expect((await store().inspect()).kind).toBe("none");
    await rebuild.write([written("u", ["a"])]);
    await rebuild.swap(NOTHING);
    expect(await store().inspect()).toEqual({ kind: "current", identity: IDENTITY, dimensions: 4 });
  });

  test("carries over the old rows of what failed, to be tried again by the next run", async () => {
    const corpus = await prepared();
    const input = { path: "broken.pdf", fingerprint: "old", documents: 2, notes: [] };
    await corpus.write([
      written("failed", ["a", "b"]),
      written("broken#1", ["c"], { input }),
      written("broken#2", ["d"], { input }),
      written("gone", ["e"]),
      written("failed", ["other"], { source: "blog" }),
    ]);
    const rebuild = await prepared({ rebuild: true });
    await rebuild.write([
      written("failed", ["a"], { complete: false, title: "New" }),
      // Of the same file, but whole: its old rows have been replaced.
      written("broken#2", ["d2"], { input: { ...input, fingerprint: "new" } }),
    ]);
    await rebuild.swap({
      ...NOTHING,
      documents: [
        { source: "manual", sourceUrl: "failed" },
        { source: "manual", sourceUrl: "never there" },
      ],
      inputs: [{ source: "manual", path: "broken.pdf" }],
    });
    expect(await query("select source_url, content, title from chunks order by source_url, content")).toEqual([
      { source_url: "broken#1", content: "c", title: "A title" },
      { source_url: "broken#2", content: "d2", title: "A title" },
      { source_url: "failed", content: "a", title: "New" },
      { source_url: "failed", content: "b", title: "A title" },
    ]);
    const { documents, inputs } = await (await prepared()).loadSource("manual");
    expect(documents).toEqual(
      new Map([
        ["broken#1", { input: "broken.pdf", complete: false, chunks: 1 }],
        ["broken#2", { input: "broken.pdf", complete: true, chunks: 1 }],
        ["failed", { input: "failed", complete: false, chunks: 2 }],
      ]),
    );
    expect([...inputs.values()].map(({ fingerprint }) => fingerprint)).toEqual(["", ""]);
    const known = await (await prepared()).known("x", [{ sourceUrl: "x", hashes: [hashOf("b")] }]);
    expect(known.vectors.get(hashOf("b"))).toEqual(vectorOf("b"));
  });

  test("may be swapped in twice: the answer to the first COMMIT can be lost", async () => {
    const rebuild = await prepared({ rebuild: true });
    await rebuild.write([written("u", ["a"])]);
    await rebuild.swap(NOTHING);
    await rebuild.swap(NOTHING);
    expect(await contents()).toEqual(["a"]);
  });

  test("is indexed before it is swapped in", async () => {
    const rebuild = await prepared({ rebuild: true });
    await rebuild.write([written("u", ["a"])]);
    await rebuild.swap(NOTHING);
    expect(await (await prepared()).ensureVectorIndex()).toBe(false);
    expect(await query("select 1 as there from pg_indexes where indexname = 'idx_chunks_embedding_hnsw'")).toHaveLength(
      1,
    );
  });

  test("with a row too few is not swapped in, and begins anew", async () => {
    await (await prepared()).write([written("u", ["old"])]);
    const rebuild = await prepared({ rebuild: true });
    await rebuild.write([written("u", ["a", "b"])]);
    await query("delete from chunks_rebuild where content = 'b'");
    expect(rebuild.swap(NOTHING)).rejects.toMatchObject({ decision: "fatal", code: "rebuild_damaged" });
    await rebuild.swap(NOTHING).catch(() => {});
    expect(await contents()).toEqual(["old"]);
    const again = await prepared({ rebuild: true });
    expect((await again.loadSource("manual")).documents).toEqual(new Map());
  });

  test("does not begin while views and foreign keys depend on the corpus, and names them", async () => {
    await (await prepared()).write([written("u", ["old"])]);
    await query("create view readers as select content from chunks");
    await query("create view readers_of_readers as select * from readers");
    await query("create table notes (chunk bigint references chunks)");
    const failure = await failureOf(prepared({ rebuild: true }));
    expect(failure).toMatchObject({ decision: "fatal", code: "database_dependents" });
    expect(failure.message).toEndWith(
      "but foreign key notes_chunk_fkey of table notes, view readers depend on the old one",
    );
    expect(await query("select to_regclass('chunks_rebuild') as shadow")).toEqual([{ shadow: null }]);
    await query("drop table notes");
    await query("drop view readers cascade");
    await prepared({ rebuild: true });
  });

  test("knows what readers have of a source, and whether what fails keeps its rows", async () => {
    expect((await (await prepared({ rebuild: true })).loadSource("manual")).replaces).toBeUndefined();
    await (await prepared()).write([written("u", ["old"]), written("v", ["x"], { source: "blog" })]);
    const documents = new Map([["u", expect.objectContaining({ input: "u" })]]);
    const same = await (await prepared({ rebuild: true })).loadSource("manual");
    expect(same).toEqual({ documents: new Map(), inputs: new Map(), replaces: { documents, carriedOver: true } });
    const other = await prepared({ rebuild: true, identity: { ...IDENTITY, model: "b-model" } });
    expect((await other.loadSource("manual")).replaces).toEqual({ documents, carriedOver: false });
    expect((await store().loadSource("manual")).replaces).toBeUndefined();
  });

  test("that fails in the middle of the swap leaves both tables as they were", async () => {
    await (await prepared()).write([written("u", ["old"])]);
    const rebuild = await prepared({ rebuild: true });
    await rebuild.write([written("u", ["new"])]);
    await query("create view readers as select content from chunks");
    const swap = rebuild.swap(NOTHING);
    expect(swap).rejects.toMatchObject({ decision: "fatal", code: "database_dependents" });
    await swap.catch(() => {});
    expect([await contents(), await contents("chunks_rebuild")]).toEqual([["old"], ["new"]]);
    await query("drop view readers");
    await rebuild.swap(NOTHING);
    expect(await contents()).toEqual(["new"]);
  });
});
