import { hintOf } from "../support/plain-call.ts";
import { expect, test } from "bun:test";
import { IDENTITY, type StoreTest } from "../support/databases.ts";
import type { DocumentWrite, Store } from "../../src/store/store.ts";
import { failureOf } from "../support/failure-of.ts";
import { embedded, hashOf, kept, ownHashes, partsOf, vectorOf, written } from "../support/documents.ts";

/** What every `Store` owes a run, whatever database is behind it: its writes, and what it knows afterwards. */
export function storeContract(context: StoreTest): void {
  const { store, prepared, query } = context;

  const rows = () =>
    query("select source_url, content, chunk_index, title from chunks order by source_name, source_url, chunk_index");

  /** Writes what `preview` foretold without changing anything. */
  const foretold = async (corpus: Store, documents: readonly DocumentWrite[]) => {
    const before = await rows();
    const preview = await corpus.preview(documents);
    expect(await rows()).toEqual(before);
    const counts = await corpus.write(documents);
    expect(preview).toEqual(counts);
    return counts;
  };

  test("nothing is written before it is prepared", async () => {
    const fresh = store();
    expect(await fresh.inspect()).toEqual({ kind: "none", identity: undefined, dimensions: undefined });
    expect(await fresh.loadSource("manual")).toEqual({ documents: new Map(), inputs: new Map() });
    expect(await fresh.known("manual", [{ sourceUrl: "a", hashes: ["x"] }])).toEqual({
      own: new Map(),
      parts: new Map(),
      vectors: new Map(),
    });
    expect(await fresh.ensureVectorIndex()).toBe(false);
    expect(await fresh.removeAdopted()).toBe(0);
    expect(await query("select 1 from pg_class where relnamespace = 'public'::regnamespace")).toEqual([]);
  });

  test("prepare is idempotent, and says what it made", async () => {
    const first = await prepared();
    await first.prepare(IDENTITY);
    expect(await first.inspect()).toEqual({ kind: "current", identity: IDENTITY, dimensions: 4 });
    expect(await (await prepared()).inspect()).toEqual({ kind: "current", identity: IDENTITY, dimensions: 4 });
  });

  test("another model is refused, with both named and the command that rebuilds", async () => {
    await prepared();
    const other = { provider: "ollama", model: "b-model", dimensions: 3 };
    const failure = await failureOf(store().prepare(other));
    expect(failure).toMatchObject({ decision: "fatal", code: "model_mismatch" });
    expect(failure.message).toContain("lexical a-model (4 dimensions)");
    expect(failure.message).toContain("ollama b-model (3 dimensions)");
    expect(hintOf(failure)).toContain("bbj-ingest-all --clean --embedder ollama --model b-model --dimensions 3");
    expect((await store().inspect()).identity).toEqual(IDENTITY);
  });

  test("a model under another of its names is the same model, and its vectors are known", async () => {
    const named = { provider: "ollama", model: "a-model:latest", dimensions: 4 };
    const former = await prepared({ identity: named });
    await former.write([written("u", ["a"])]);
    const later = await prepared({ identity: { ...named, model: "a-model" } });
    const { vectors } = await later.known("manual", [{ sourceUrl: "v", hashes: [hashOf("a")] }]);
    expect([...vectors.keys()]).toEqual([hashOf("a")]);
    for (const model of ["a-model:q4", "b-model"]) {
      expect(await failureOf(store().prepare({ ...named, model }))).toMatchObject({ code: "model_mismatch" });
    }
    const elsewhere = { ...named, provider: "openai", model: "a-model" };
    expect(await failureOf(store().prepare(elsewhere))).toMatchObject({ code: "model_mismatch" });
  });

  test("another document prefix is refused like another model, with both named and how to have each", async () => {
    const identity = { ...IDENTITY, documentPrefix: "passage: " };
    await prepared({ identity });
    expect((await store().inspect()).identity).toEqual(identity);
    await prepared({ identity });
    for (const documentPrefix of ["", "text:\n", undefined]) {
      const failure = await failureOf(store().prepare({ ...IDENTITY, documentPrefix }));
      expect(failure).toMatchObject({ decision: "fatal", code: "model_mismatch" });
      expect(failure.message).toContain('made with lexical a-model (4 dimensions, document prefix "passage: ")');
      const wanted = documentPrefix ? String.raw`document prefix "text:\n"` : "no document prefix";
      expect(failure.message).toContain(`use lexical a-model (4 dimensions, ${wanted})`);
      expect(hintOf(failure)).toContain('(embedding_document_prefix = "passage: ")');
      expect(hintOf(failure)).toContain("bbj-ingest-all --clean --embedder lexical --model a-model --dimensions 4");
    }
    // Pasted, the command that goes on must not fail for the prefix, wherever that is set.
    const openai = { ...identity, provider: "openai" };
    await prepared({ rebuild: true, identity: openai }).then((rebuild) =>
      rebuild.swap({ sources: [], documents: [], inputs: [] }),
    );
    for (const wanted of [{ ...openai, documentPrefix: "it's " }, IDENTITY]) {
      expect(hintOf(await failureOf(store().prepare(wanted)))).toContain(
        "\nBBJ_RAG_EMBEDDING_DOCUMENT_PREFIX='passage: ' bbj-ingest-all --embedder openai --model a-model --dimensions 4",
      );
    }
    const other = hintOf(await failureOf(store().prepare({ ...openai, model: "b-model" })));
    expect(other).toContain("\nbbj-ingest-all --embedder openai --model a-model --dimensions 4");
    expect((await store().inspect()).identity).toEqual(openai);
  });

  test("a corpus that knows of no prefixes has none, and still knows of none when a run has been there", async () => {
    await prepared();
    await query(
      `update ingest_meta set value = '{"provider":"lexical","model":"a-model","dimensions":4}' where key = 'identity'`,
    );
    expect((await store().inspect()).identity).toEqual({ ...IDENTITY, documentPrefix: undefined });
    await prepared({ identity: { ...IDENTITY, documentPrefix: "" } });
    expect((await store().inspect()).identity?.documentPrefix).toBeUndefined();
    const failure = await failureOf(store().prepare({ ...IDENTITY, documentPrefix: "passage: " }));
    expect(failure).toMatchObject({ code: "model_mismatch" });
    expect(failure.message).toContain("made with lexical a-model (4 dimensions, no document prefix)");
    await prepared({ rebuild: true, identity: { ...IDENTITY, documentPrefix: "" } }).then((rebuild) =>
      rebuild.swap({ sources: [], documents: [], inputs: [] }),
    );
    expect((await store().inspect()).identity?.documentPrefix).toBe("");
  });

  test("its health: nothing of a corpus before there is one, and no word is written", async () => {
    const fresh = store();
    const health = await fresh.health();
    expect(health).toMatchObject({ corpus: undefined, shadow: undefined, lackingRights: [], mayUseVector: true });
    expect(health?.version).toMatch(/^\d+[.]\d+/);
    expect(await query("select 1 from pg_class where relnamespace = 'public'::regnamespace")).toEqual([]);
  });

  test("its health: sizes, the longest chunk, what does not fit together, and what a rebuild left", async () => {
    const corpus = await prepared();
    await corpus.write([written("u", ["a", "a longer text"]), written("v", ["b"])]);
    expect(await corpus.health()).toMatchObject({
      shadow: undefined,
      corpus: {
        size: { rows: 3 },
        longest: "a longer text",
        orphans: { chunks: 0, documents: 0, incomplete: 0 },
        brokenIndexes: [],
        search: { rows: 3, isAsked: false, index: null },
      },
    });
    await corpus.ensureVectorIndex();
    expect((await corpus.health())?.corpus?.lackingIndexes).toEqual([]);
    await query("delete from ingest_documents where source_url = 'u'");
    await query("delete from chunks where source_url = 'v'");
    expect((await corpus.health())?.corpus?.orphans).toEqual({ chunks: 2, documents: 1, incomplete: 0 });
    const rebuild = await prepared({ rebuild: true });
    await rebuild.write([written("w", ["c"])]);
    expect((await corpus.health())?.shadow).toMatchObject({ documents: 1 });
  });

  test("its health is of the tables as they are, also where no run has brought them up to date", async () => {
    const corpus = await prepared();
    await query("update ingest_meta set value = '1' where key = 'schema_version'");
    expect((await corpus.health())?.corpus).toMatchObject({ schemaVersion: 1, size: { rows: 0 }, longest: undefined });
  });

  test("whoever asks for sessions takes no lock, and is no run at work", async () => {
    const corpus = await prepared();
    await corpus.requireSessions();
    const here = "database = (select oid from pg_database where datname = current_database())";
    expect(await query(`select 1 from pg_locks where locktype = 'advisory' and ${here}`)).toEqual([]);
    expect(await corpus.holders(["manual"])).toEqual([]);
  });

  test("a corpus of a newer program is refused", async () => {
    await prepared();
    await query("update ingest_meta set value = '99' where key = 'schema_version'");
    expect(await failureOf(store().inspect())).toMatchObject({ decision: "fatal", code: "schema_newer" });
    expect(await failureOf(store().prepare(IDENTITY))).toMatchObject({ code: "schema_newer" });
  });

  test("a table of the same name that is something else's is refused and left alone", async () => {
    await query("create table chunks (id int, content text)");
    const failure = await failureOf(store().prepare(IDENTITY));
    expect(failure).toMatchObject({ decision: "fatal", code: "not_a_corpus" });
    expect(await query("select column_name from information_schema.columns where table_name = 'chunks'")).toHaveLength(
      2,
    );
  });

  test("a document is stored with every column its readers use", async () => {
    const corpus = await prepared();
    const write = written("pdf://a#b", ["one text"], {
      title: "Über \"Quotes\", 'more', {braces} and \\ backslashes",
      generations: ["bbj", 'a "word", {x}'],
      deprecated: true,
      displayUrl: "https://example.com/?q=ä",
      metadata: { file: "a.pdf", page: "1" },
    });
    const [row] = write.rows;
    if (row === undefined) throw new Error("a row was written");
    await foretold(corpus, [{ ...write, rows: [{ ...row, metadata: { part_of: "x", parts: ["y"] } }] }]);
    const [stored] = await query(
      `select source_url, title, doc_type, content, content_hash, context_header, generations, deprecated, source_type,
         display_url, embedding::text, metadata, source_name, chunk_index, embedding_model, search_vector::text as words
       from chunks`,
    );
    expect(stored).toEqual({
      source_url: "pdf://a#b",
      title: write.document.title,
      doc_type: "concept",
      content: "one text",
      content_hash: hashOf("one text"),
      context_header: "Manual",
      generations: ["bbj", 'a "word", {x}'],
      deprecated: true,
      source_type: "Manual",
      display_url: "https://example.com/?q=ä",
      embedding: `[${[...vectorOf("one text")].join(",")}]`,
      metadata: { file: "a.pdf", page: "1", part_of: "x", parts: ["y"] },
      source_name: "manual",
      chunk_index: 0,
      embedding_model: "a-model",
      words: expect.stringContaining("'manual':1"),
    });
  });

  test("text comes back as it went in: long, empty, of every script, without NUL and lone surrogates", async () => {
    const corpus = await prepared();
    const texts = [
      "",
      "日本語 🇩🇪 e\u0301 \u200b\u{10ffff}",
      "tab\tline\nreturn\r",
      "x".repeat(300_000),
      "nul\0 lone\ud83d end",
    ];
    await foretold(corpus, [written("u", texts, { generations: [], title: "a\0b", metadata: { "k\0": "v\ud800" } })]);
    const expected = [...texts.slice(0, 4), "nul lone\ufffd end"];
    expect((await rows()).map(({ content }) => content)).toEqual(expected);
    expect(await query("select distinct title, generations, metadata from chunks")).toEqual([
      { title: "ab", generations: [], metadata: { k: "v\ufffd" } },
    ]);
  });

  test("what is written again, or not changed, writes no row", async () => {
    const corpus = await prepared();
    const write = written("u", ["a", "b"]);
    expect(await foretold(corpus, [write])).toEqual({ inserted: 2, updated: 0, kept: 0, removed: 0 });
    const before = await query("select id, xmin::text, updated_at::text from chunks order by id");
    const document = await query("select xmin::text from ingest_documents");
    expect(await foretold(corpus, [write])).toEqual({ inserted: 0, updated: 0, kept: 2, removed: 0 });
    expect(await foretold(corpus, [kept(write)])).toEqual({ inserted: 0, updated: 0, kept: 2, removed: 0 });
    expect(await query("select id, xmin::text, updated_at::text from chunks order by id")).toEqual(before);
    expect(await query("select xmin::text from ingest_documents")).toEqual(document);
  });

  test("a complete document loses the rows it no longer has, keeps its vectors, and gets its new columns", async () => {
    const corpus = await prepared();
    await foretold(corpus, [written("u", ["a", "b", "c"]), written("v", ["a", "z"])]);
    const next = written("u", ["b", "new", "a"], { title: "Another" });
    const mixed = next.rows.map((row) => (row.chunk.content === "new" ? row : { ...row, vector: null }));
    expect(await foretold(corpus, [{ ...next, rows: mixed }])).toEqual({
      inserted: 1,
      updated: 2,
      kept: 0,
      removed: 1,
    });
    expect(await rows()).toEqual([
      { source_url: "u", content: "b", chunk_index: 0, title: "Another" },
      { source_url: "u", content: "new", chunk_index: 1, title: "Another" },
      { source_url: "u", content: "a", chunk_index: 2, title: "Another" },
      { source_url: "v", content: "a", chunk_index: 0, title: "A title" },
      { source_url: "v", content: "z", chunk_index: 1, title: "A title" },
    ]);
    const { vectors } = await corpus.known("other", [{ sourceUrl: "w", hashes: [hashOf("b")] }]);
    expect(vectors.get(hashOf("b"))).toEqual(vectorOf("b"));
  });

  test("equal text twice in a document is one row, at its first position", async () => {
    const corpus = await prepared();
    expect(await foretold(corpus, [written("u", ["a", "b", "a"])])).toMatchObject({ inserted: 2 });
    expect((await rows()).map(({ content, chunk_index }) => [content, chunk_index])).toEqual([
      ["a", 0],
      ["b", 1],
    ]);
    expect((await corpus.loadSource("manual")).documents.get("u")?.chunks).toBe(2);
  });

  test("equal text in two documents, and equal URLs in two sources, are rows of their own", async () => {
    const corpus = await prepared();
    await foretold(corpus, [written("u", ["a"]), written("v", ["a"]), written("u", ["a"], { source: "other" })]);
    expect(await rows()).toHaveLength(3);
    await foretold(corpus, [written("u", [], { source: "other" })]);
    expect(await rows()).toHaveLength(2);
  });

  test("when one document is refused, none of the transaction is stored", async () => {
    const corpus = await prepared();
    await foretold(corpus, [written("u", ["a"])]);
    const wrong = { ...embedded("long"), vector: Float32Array.of(1, 2, 3) };
    const refused = corpus.write([written("u", ["b"]), written("v", ["c"]), { ...written("w", []), rows: [wrong] }]);
    expect(await failureOf(refused)).toMatchObject({ decision: "skip", code: "database_data" });
    expect((await rows()).map(({ source_url, content }) => [source_url, content])).toEqual([["u", "a"]]);
    expect([...(await corpus.loadSource("manual")).documents.keys()]).toEqual(["u"]);
    expect(await foretold(corpus, [written("v", ["c"])])).toMatchObject({ inserted: 1 });
  });

  test("a chunk without a vector that has no row is a bug, not a gap", async () => {
    const corpus = await prepared();
    const write = corpus.write([kept(written("u", ["a"]))]);
    expect(write).rejects.toThrow(`chunk ${hashOf("a")} has neither a row nor a vector`);
    await write.catch(() => {});
    expect(await rows()).toEqual([]);
  });

  test("the parts of a chunk that was too long stand for it", async () => {
    const corpus = await prepared();
    const parts = partsOf("whole", ["first half", "second half"]);
    await foretold(corpus, [{ ...written("u", []), rows: [...parts, embedded("other", 1)] }]);
    const again = kept({ ...written("u", [], { title: "Another" }), rows: parts });
    expect(await foretold(corpus, [again])).toEqual({ inserted: 0, updated: 2, kept: 0, removed: 1 });
    const metadata = { part_of: hashOf("whole"), parts: ["first half", "second half"].map(hashOf) };
    expect(await query("select content, title, metadata from chunks order by content")).toEqual([
      { content: "first half", title: "Another", metadata },
      { content: "second half", title: "Another", metadata },
    ]);
    expect(await foretold(corpus, [again])).toEqual({ inserted: 0, updated: 0, kept: 2, removed: 0 });
    expect(await foretold(corpus, [written("u", ["whole"])])).toEqual({ inserted: 1, updated: 0, kept: 0, removed: 2 });
  });

  test("known tells own rows from vectors of others, and reuses only the same model's", async () => {
    const corpus = await prepared();
    await foretold(corpus, [written("u", ["a", "b"]), written("v", ["c"]), written("w", ["old"])]);
    await query(`update chunks set embedding_model = 'another' where content = 'old'`);
    const known = await corpus.known("manual", [
      { sourceUrl: "u", hashes: ["a", "c", "old", "new"].map(hashOf) },
      { sourceUrl: "fresh", hashes: [hashOf("b")] },
    ]);
    expect(known.own).toEqual(new Map([["u", new Set([hashOf("a"), hashOf("b")])]]));
    expect(known.vectors).toEqual(
      new Map([
        [hashOf("c"), vectorOf("c")],
        [hashOf("b"), vectorOf("b")],
      ]),
    );
  });

  test("with thisRunOnly a vector that came out the same is known, and one that another run copied meanwhile is not", async () => {
    await (await prepared()).write([written("u", ["a", "b"])]);
    const run = await prepared();
    const wanted = [{ sourceUrl: "u", hashes: [hashOf("a"), hashOf("b")] }];
    expect((await run.known("manual", wanted, { thisRunOnly: true })).vectors).toEqual(new Map());
    await run.write([written("u", ["a"], { complete: false })]);
    await (await prepared()).write([written("v", ["b"], { source: "other" })]);
    const { vectors } = await run.known("manual", wanted, { thisRunOnly: true });
    expect(vectors).toEqual(new Map([[hashOf("a"), vectorOf("a")]]));
  });

  test("with thisRunOnly only vectors written since the store was opened are known", async () => {
    const before = await prepared();
    await before.write([written("u", ["a"]), written("v", ["b"])]);
    const later = await prepared();
    const wanted = [{ sourceUrl: "u", hashes: [hashOf("a"), hashOf("b")] }];
    expect((await later.known("manual", wanted, { thisRunOnly: true })).vectors).toEqual(new Map());
    const changed = { ...embedded("a"), vector: vectorOf("another") };
    await later.write([{ ...written("u", []), rows: [changed] }]);
    const { vectors } = await later.known("manual", wanted, { thisRunOnly: true });
    expect(vectors).toEqual(new Map([[hashOf("a"), vectorOf("another")]]));
  });

  test("removed documents take their rows along, and nobody else's", async () => {
    const corpus = await prepared();
    await foretold(corpus, [written("u", ["a", "b"]), written("v", ["c"]), written("u", ["a"], { source: "other" })]);
    expect(await corpus.removeDocuments("manual", ["u", "never there"])).toBe(2);
    expect([...(await corpus.loadSource("manual")).documents.keys()]).toEqual(["v"]);
    expect((await rows()).map(({ content }) => content)).toEqual(["c", "a"]);
  });

  test("a source is known whole, however many documents it has", async () => {
    const corpus = await prepared();
    // As many as fill the pages they are read by, and more.
    for (const [source, count] of [
      ["full", 4_000],
      ["more", 4_001],
    ] as const) {
      await query(`
        insert into ingest_documents (source_name, source_url, input, fingerprint, input_documents, chunks, complete)
        select '${source}', 'u' || n, 'f' || n / 2, 'one', 2, 3, true from generate_series(0, ${count} - 1) n`);
      const { documents, inputs } = await corpus.loadSource(source);
      expect([documents.size, inputs.size]).toEqual([count, Math.ceil(count / 2)]);
      expect(documents.get(`u${count - 1}`)).toEqual({ input: `f${(count - 1) >> 1}`, complete: true, chunks: 3 });
      expect(inputs.get("f7")).toMatchObject({ documents: 2, complete: 2, chunks: 6 });
    }
  });

  test("sources, URLs and hashes are data, never SQL", async () => {
    const corpus = await prepared();
    const source = `o'brien"; drop table chunks; --`;
    const write = written(`u'";\0%_\\`, ["a"], { source, input: { path: "p'\0" } });
    await foretold(corpus, [write]);
    expect(await ownHashes(corpus, write)).toEqual([hashOf("a")]);
    expect((await corpus.loadSource(source)).documents.size).toBe(1);
    expect(await corpus.removeDocuments(source, [write.document.sourceUrl])).toBe(1);
  });
}
