import { expect, test } from "bun:test";
import { sql } from "../../src/store/driver/sql.ts";
import { type Migration, migrate } from "../../src/store/corpus/migrations.ts";
import { CORPUS } from "../../src/store/corpus/tables.ts";
import { onEveryLane } from "../support/databases.ts";
import { hashOf, partsOf, written } from "../support/documents.ts";

onEveryLane("a corpus of an older schema", ({ prepared, store, query }) => {
  test("is foretold what a run would do that migrates it first", async () => {
    const one = written("u", ["a"], { displayUrl: "" });
    const other = written("v", ["b"], { displayUrl: "https://v" });
    await (await prepared()).write([one, other]);
    await query("alter table chunks drop column display_url");
    expect(await store().preview([one, other])).toEqual({ inserted: 0, updated: 1, kept: 1, removed: 0 });
  });
});

onEveryLane("parts of chunks, of before they said how many they are", ({ prepared, query }) => {
  test("are asked for again: their chunk may lack one", async () => {
    const whole = { ...written("u", []), rows: partsOf("whole", ["first half", "second half"]) };
    await (await prepared()).write([whole, written("v", ["b"])]);
    await query("update chunks set metadata = metadata - 'parts'");
    await query("update ingest_meta set value = '1' where key = 'schema_version'");
    const corpus = await prepared();
    const documents = async () =>
      [...(await corpus.loadSource("manual")).documents].map(([url, { complete }]) => [url, complete]);
    expect(await documents()).toEqual([
      ["u", false],
      ["v", true],
    ]);
    const { own, parts } = await corpus.known("manual", [{ sourceUrl: "u", hashes: [hashOf("whole")] }]);
    expect([own.get("u")?.has(hashOf("whole")), parts.get("u")]).toEqual([false, new Map()]);
    await corpus.write([whole]);
    expect(await documents()).toContainEqual(["u", true]);
  });
});

onEveryLane("a corpus of before words had a column", ({ prepared, query }) => {
  test("gets them for the rows that are there, and its index on vectors again", async () => {
    const corpus = await prepared();
    await corpus.write([written("u", ["see window.addButton"])]);
    await corpus.ensureVectorIndex();
    await query("alter table chunks drop column name_words");
    await query("update ingest_meta set value = '3' where key = 'schema_version'");
    const migrated = await prepared();
    expect(await query("select search_vector || name_words @@ 'window & addbutton' as found from chunks")).toEqual([
      { found: true },
    ]);
    expect(await migrated.search({ mode: "text", text: "addButton", vector: undefined, limit: 1 })).toHaveLength(1);
    expect(await migrated.ensureVectorIndex()).toBe(true);
    const indexed =
      "select count(*)::int as indexes from pg_indexes where tablename = 'chunks' and indexdef ~ '(name_words|hnsw)'";
    expect(await query(indexed)).toEqual([{ indexes: 2 }]);
  });
});

onEveryLane("migrations", (context) => {
  const { query } = context;
  const make: Migration = async (tx) => {
    await tx.query(sql`create table chunks (a int)`);
  };
  const widen: Migration = async (tx) => {
    await tx.query(sql`alter table chunks add column b int`);
  };
  const broken: Migration = async (tx) => {
    await tx.query(sql`alter table chunks add column c int`);
    throw new Error("the third migration fails");
  };
  const columns = async () =>
    (await query("select column_name as name from information_schema.columns where table_name = 'chunks'")).map(
      ({ name }) => name,
    );

  test("are applied in order, each once", async () => {
    const { database } = context;
    const upTo = (version: number, list: readonly Migration[]) =>
      database.begin((tx) => migrate(tx, CORPUS, { version, dimensions: 4 }, list));
    expect(await upTo(0, [make])).toBe(1);
    expect(await columns()).toEqual(["a"]);
    expect(await upTo(1, [make, widen])).toBe(2);
    expect(await upTo(2, [make, widen])).toBe(2);
    expect(await columns()).toEqual(["a", "b"]);
  });

  test("that fail change nothing", async () => {
    const { database } = context;
    const migrated = database.begin((tx) => migrate(tx, CORPUS, { version: 0, dimensions: 4 }, [make, widen, broken]));
    expect(migrated).rejects.toThrow("the third migration fails");
    await migrated.catch(() => {});
    expect(await columns()).toEqual([]);
  });
});
