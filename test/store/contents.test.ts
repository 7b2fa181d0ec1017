import { expect, test } from "bun:test";
import { openStore } from "../../src/store/open-store.ts";
import type { Store } from "../../src/store/store.ts";
import { IDENTITY, onEveryLane, onLane, serverLane } from "../support/databases.ts";
import { hashOf, partsOf, written } from "../support/documents.ts";
import { guestOf } from "../support/guest.ts";

async function allOf<Item>(pages: AsyncIterable<readonly Item[]>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

const addresses = async (store: Store, source: string) =>
  (await allOf(store.contents.documents(source))).map(({ sourceUrl }) => sourceUrl);

onEveryLane("what is in a corpus", (context) => {
  const { prepared, store, query } = context;

  test("is counted by source", async () => {
    const corpus = await prepared();
    expect(await corpus.contents.sources()).toEqual([]);
    await corpus.write([
      written("u", ["a", "b"]),
      written("v", ["c"], { complete: false }),
      written("w", ["d"], { source: "other" }),
      written("empty", [], { source: "void" }),
    ]);
    const sources = await corpus.contents.sources();
    expect(sources.map(({ source, documents, incomplete, chunks }) => [source, documents, incomplete, chunks])).toEqual(
      [
        ["manual", 2, 1, 3],
        ["other", 1, 0, 1],
        ["void", 1, 0, 0],
      ],
    );
    const [manual, other, none] = sources;
    expect(manual?.bytes).toBeGreaterThan(other?.bytes ?? 0);
    expect(none?.bytes).toBe(0);
    expect(manual?.changedAt).toBeInstanceOf(Date);
    const { tableBytes, indexBytes, brokenIndexes } = await corpus.contents.size();
    expect(tableBytes).toBeGreaterThan(8_000);
    expect(indexBytes).toBeGreaterThan(8_000);
    expect(brokenIndexes).toEqual([]);
  });

  test("is listed whole and in order, however many documents a source has", async () => {
    const corpus = await prepared();
    await query(`
      insert into ingest_documents (source_name, source_url, input, fingerprint, input_documents, chunks, complete)
      select 'full', 'u' || lpad(n::text, 5, '0'), 'f', 'one', 2, 3, n % 2 = 0 from generate_series(0, 2000) n`);
    await corpus.write([written("u", ["a"], { title: "One", displayUrl: "https://u" })]);
    const found = await addresses(corpus, "full");
    expect([found.length, found[0], found.at(-1)]).toEqual([2_001, "u00000", "u02000"]);
    expect(found).toEqual(found.toSorted());
    expect(await allOf(corpus.contents.documents("manual"))).toEqual([
      { source: "manual", sourceUrl: "u", displayUrl: "https://u", title: "One", chunks: 1, complete: true },
    ]);
    expect(await addresses(corpus, "nowhere")).toEqual([]);
    const all = await allOf(corpus.contents.addresses());
    expect([all.length, all[0], all.at(-1)]).toEqual([
      2_002,
      { source: "full", sourceUrl: "u00000" },
      { source: "manual", sourceUrl: "u" },
    ]);
  });

  test("is found by its address, else by where it is shown, in one source or in all", async () => {
    const corpus = await prepared();
    await corpus.write([
      written("u", ["a", "b"], { displayUrl: "https://x/u", title: "U" }),
      written("u", ["a"], { source: "other", displayUrl: "u" }),
      written("https://x/u", ["c"], { source: "web" }),
      written("x", ["d"], { displayUrl: "https://x/x" }),
    ]);
    const placesOf = async (address: string, source?: string) =>
      (await corpus.contents.atAddress(address, source)).map((place) => `${place.source} ${place.sourceUrl}`);
    expect(await placesOf("u")).toEqual(["manual u", "other u"]);
    expect(await placesOf("u", "other")).toEqual(["other u"]);
    expect(await placesOf("https://x/u")).toEqual(["web https://x/u"]);
    expect(await placesOf("https://x/x")).toEqual(["manual x"]);
    expect(await placesOf("https://x/x", "other")).toEqual([]);
    expect(await placesOf("'; drop table chunks; --\0")).toEqual([]);
    expect((await corpus.contents.similar("X/", 5)).map(({ sourceUrl }) => sourceUrl)).toEqual([
      "u",
      "x",
      "https://x/u",
    ]);
    expect((await corpus.contents.similar("a tit", 1)).map(({ source }) => source)).toEqual(["other"]);
    expect(await corpus.contents.similar("%", 5)).toEqual([]);
  });

  test("is found by the beginning of a chunk's hash", async () => {
    const corpus = await prepared();
    const texts = Array.from({ length: 40 }, (_, index) => `text ${index}`);
    await corpus.write([written("u", texts), written("v", ["text 7"], { source: "other" })]);
    const [hash] = texts.map(hashOf);
    if (hash === undefined) throw new Error("there are some");
    const withHash = async (beginning: string, source?: string) =>
      (await corpus.contents.withHash(beginning, source)).map((place) => [place.source, place.contentHash]);
    expect(await withHash(hash)).toEqual([["manual", hash]]);
    expect(await withHash(hash.slice(0, 20))).toEqual([["manual", hash]]);
    expect((await withHash(hash.slice(0, 1))).map(([, found]) => found)).toEqual(
      texts
        .map(hashOf)
        .filter((found) => found.startsWith(hash.slice(0, 1)))
        .sort(),
    );
    expect(await withHash(hashOf("text 7"), "other")).toEqual([["other", hashOf("text 7")]]);
    expect(await withHash("ffffffffffffffff")).toEqual([]);
  });

  test("is shown with all that is known of it, its chunks in the order of the text", async () => {
    const corpus = await prepared();
    const note = { kind: "warning", path: "f", reason: "a table is cut" } as const;
    const write = written("u", ["z", "y"], {
      ...{
        title: "Ünique",
        generations: ["bbj", "dwc"],
        deprecated: true,
        displayUrl: "https://u",
        metadata: { aKey: "1" },
      },
      input: { path: "f.md", fingerprint: "print", notes: [note] },
    });
    const parts = partsOf("whole", ["first half", "second half"], 2);
    await corpus.write([{ ...write, rows: [...write.rows, ...parts] }]);
    const place = { source: "manual", sourceUrl: "u" };
    expect(await corpus.contents.document(place)).toEqual({
      ...{ ...place, displayUrl: "https://u", title: "Ünique", sourceType: "Manual", docType: "concept" },
      ...{
        generations: ["bbj", "dwc"],
        deprecated: true,
        chunks: 4,
        complete: true,
        input: "f.md",
        fingerprint: "print",
      },
      ...{ notes: [note], embeddingModel: IDENTITY.model, createdAt: expect.any(Date), updatedAt: expect.any(Date) },
    });
    const chunks = await allOf(corpus.contents.chunks(place));
    expect(chunks.map(({ chunkIndex, content }) => `${chunkIndex} ${content}`).slice(0, 2)).toEqual(["0 z", "1 y"]);
    expect(
      chunks
        .slice(2)
        .map(({ content }) => content)
        .sort(),
    ).toEqual(["first half", "second half"]);
    expect(chunks[0]?.metadata).toEqual({ aKey: "1" });
    expect(chunks[2]?.metadata).toMatchObject({ part_of: hashOf("whole") });
    expect(await corpus.contents.document({ source: "other", sourceUrl: "u" })).toBeUndefined();
    await corpus.write([
      written(
        "long",
        Array.from({ length: 450 }, (_, index) => `text ${index}`),
      ),
    ]);
    const long = await allOf(corpus.contents.chunks({ source: "manual", sourceUrl: "long" }));
    expect(long.map(({ content }) => content)).toEqual(Array.from({ length: 450 }, (_, index) => `text ${index}`));
  });

  test("is shown of a document without chunks, and of one that was adopted", async () => {
    const corpus = await prepared();
    await corpus.write([written("empty", [], { input: { path: "e.md" } }), written("old", ["a"])]);
    expect(await corpus.contents.document({ source: "manual", sourceUrl: "empty" })).toMatchObject({
      ...{ title: "", chunks: 0, complete: true, input: "e.md" },
    });
    expect(await corpus.contents.atAddress("empty")).toMatchObject([{ source: "manual", sourceUrl: "empty" }]);
    await query("update chunks set source_name = ''");
    await query("delete from ingest_documents where source_url = 'old'");
    expect(await corpus.contents.sources()).toMatchObject([
      { source: "", documents: 1, chunks: 1 },
      { source: "manual", documents: 1, chunks: 0 },
    ]);
    expect(await corpus.contents.atAddress("old")).toMatchObject([{ source: "", sourceUrl: "old" }]);
    expect(await corpus.contents.document({ source: "", sourceUrl: "old" })).toMatchObject({ chunks: 1, input: "" });
  });

  test("is shown of a corpus of an older schema, which stays as it is", async () => {
    await (await prepared()).write([written("u", ["a"])]);
    await query("alter table chunks drop column name_words");
    await query("update ingest_meta set value = '3' where key = 'schema_version'");
    const corpus = store();
    expect(await corpus.contents.sources()).toMatchObject([{ source: "manual", documents: 1, chunks: 1 }]);
    expect(await addresses(corpus, "manual")).toEqual(["u"]);
    expect(await corpus.contents.document({ source: "manual", sourceUrl: "u" })).toMatchObject({ chunks: 1 });
    expect(await allOf(corpus.contents.chunks({ source: "manual", sourceUrl: "u" }))).toHaveLength(1);
    expect(await corpus.lastRuns()).toBeUndefined();
    expect(await query("select value from ingest_meta where key = 'schema_version'")).toEqual([{ value: "3" }]);
  });
});

const RUN = {
  ...{ run: "r", runMs: 1, isWhole: false, mode: "update", version: "1", exitCode: 0 },
  sources: [{ source: "manual", durationMs: 1, status: "OK", reason: "", counts: {} }],
};

onLane(serverLane, "who only reads a corpus", (context) => {
  test("is shown what is in it, and the last runs where it may read those", async () => {
    const corpus = await context.prepared();
    await corpus.write([written("u", ["a"])]);
    await using guest = await guestOf(context);
    for (const table of ["chunks", "ingest_documents", "ingest_meta"])
      await context.query(`grant select on ${table} to ${guest.role}`);
    const reader = await openStore(guest.choice, { readsOnly: true });
    try {
      expect(await reader.contents.sources()).toMatchObject([{ source: "manual", documents: 1 }]);
      expect(await addresses(reader, "manual")).toEqual(["u"]);
      expect(await reader.contents.document({ source: "manual", sourceUrl: "u" })).toMatchObject({ chunks: 1 });
      expect(await reader.lastRuns()).toBeUndefined();
      // Who may read documents when the table is made may read that, too.
      await corpus.recordRun(RUN);
      expect(await reader.lastRuns()).toMatchObject([{ source: "manual", status: "OK" }]);
      await context.query(`revoke select on ingest_runs from ${guest.role}`);
      expect(await reader.lastRuns()).toBeUndefined();
    } finally {
      await reader.close();
    }
  });

  test("and who may not make a table is told so when a run is recorded, by an error that is none of ours", async () => {
    await (await context.prepared()).write([written("u", ["a"])]);
    await using guest = await guestOf(context);
    for (const table of ["chunks", "ingest_documents", "ingest_meta"])
      await context.query(`grant select, insert, update, delete on ${table} to ${guest.role}`);
    const writer = await openStore(guest.choice);
    try {
      expect(writer.recordRun(RUN)).rejects.toMatchObject({ name: "IngestError", code: "database_rights" });
      await writer.recordRun(RUN).catch(() => {});
    } finally {
      await writer.close();
    }
  });

  test("of another schema's runs nothing is known, and none of them is changed", async () => {
    await (await context.prepared()).recordRun(RUN);
    await context.query("create schema mine");
    try {
      await context.query("alter table chunks set schema mine");
      await context.query("alter table ingest_documents set schema mine");
      await context.query("alter table ingest_meta set schema mine");
      await context.query("set search_path = mine, public");
      const other = context.store();
      expect(await other.lastRuns()).toBeUndefined();
      await other.recordRun({ ...RUN, run: "other" });
      expect(await other.lastRuns()).toMatchObject([{ run: "other" }]);
      expect(await context.query("select run from public.ingest_runs")).toEqual([{ run: "r" }]);
    } finally {
      await context.query("reset search_path");
      await context.query("drop schema mine cascade");
    }
  });
});
