import { expect, test } from "bun:test";
import { IngestError } from "../../src/flow/errors.ts";
import { ensureVectorIndex } from "../../src/store/corpus/vector-index.ts";
import { corpusStore } from "../../src/store/corpus-store.ts";
import type { Database, Statement } from "../../src/store/driver/database.ts";
import { openServer } from "../../src/store/driver/server.ts";
import { sql } from "../../src/store/driver/sql.ts";
import { embeddedLane, IDENTITY, onEveryLane, onLane, serverLane, type StoreTest } from "../support/databases.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { faultyDatabase } from "../support/faulty-database.ts";
import { failureOf } from "../support/failure-of.ts";
import { written } from "../support/documents.ts";

onEveryLane("the index on vectors", (context) => {
  const { prepared, query } = context;
  const indexes = () =>
    query("select indexname as name, indexdef as definition from pg_indexes where indexdef like '%hnsw%' order by 1");

  test("is built once there are rows, and once only", async () => {
    const corpus = await prepared();
    expect(await corpus.ensureVectorIndex()).toBe(false);
    await corpus.write([written("u", ["a", "b"])]);
    expect(await corpus.ensureVectorIndex()).toBe(true);
    expect(await corpus.ensureVectorIndex()).toBe(false);
    const [index] = await indexes();
    expect(index?.name).toBe("idx_chunks_embedding_hnsw");
    expect(index?.definition).toMatch(
      /USING hnsw \(embedding (public\.)?vector_cosine_ops\) WITH \(m='16', ef_construction='64'\)/,
    );
    expect(await corpus.write([written("v", ["c"])])).toMatchObject({ inserted: 1 });
  });

  test("comes with what searches are planned by", async () => {
    const corpus = await prepared();
    await corpus.write([written("u", ["a", "b"])]);
    await corpus.ensureVectorIndex();
    const known =
      "select attname from pg_stats where tablename = 'chunks' and attname in ('source_name', 'generations')";
    expect(await query(known)).toHaveLength(2);
  });

  test("is told of once, however many indexes that takes", async () => {
    const corpus = await prepared();
    await corpus.write([written("u", ["a", "b"])]);
    const told: string[] = [];
    const watch = {
      begun: (rows: number) => void told.push(`begun ${rows}`),
      goesOn() {},
      warned() {},
      ended: () => void told.push("ended"),
    };
    await corpus.ensureVectorIndex(watch);
    await corpus.ensureVectorIndex(watch);
    expect(told.splice(0)).toEqual(["begun 2", "ended"]);
    const rebuild = await prepared({ rebuild: true });
    await rebuild.write([written("u", ["a"])]);
    await rebuild.swap({ sources: ["manual"], documents: [], inputs: [] }, watch);
    expect(told).toEqual(["begun 1", "ended"]);
  });

  test("is built anew when it is not valid, or for another distance", async () => {
    const corpus = await prepared();
    await corpus.write([written("u", ["a"])]);
    await query("create index broken on chunks using hnsw (embedding vector_cosine_ops)");
    await query("create index other_distance on chunks using hnsw (embedding vector_l2_ops)");
    await query("update pg_index set indisvalid = false where indexrelid = 'broken'::regclass");
    expect(await corpus.ensureVectorIndex()).toBe(true);
    expect((await indexes()).map(({ name }) => name)).toEqual(["idx_chunks_embedding_hnsw", "other_distance"]);
  });

  test("is built serially when the server has too little shared memory for a parallel build", async () => {
    const corpus = await prepared();
    await corpus.write([written("u", ["a"])]);
    const full = Object.assign(new Error("could not resize shared memory segment"), { errno: "53100" });
    let failures = 1;
    const builds: string[] = [];
    const small = faultyDatabase(context.database, (point) => {
      if (point.kind !== "statement" || !point.text.includes("create index")) return;
      builds.push(point.text);
      if (failures-- > 0)
        throw new IngestError(full.message, { decision: "fatal", code: "database_full", cause: full });
    });
    expect(await ensureVectorIndex(small, "chunks")).toBe(true);
    // Once more, and the other one.
    expect(builds).toHaveLength(3);

    await query("drop index idx_chunks_embedding_hnsw");
    failures = 2;
    expect(await failureOf(ensureVectorIndex(small, "chunks"))).toMatchObject({ code: "database_full" });
  });
});

onLane(serverLane, "the build of an index", (context) => {
  const SERVER = { dimensions: 384, workers: 2, chosen: false, workersMax: 8 };

  /** Builds them on a table that is said to be larger, on a server that is said to have another pgvector; returns the settings they were built with. */
  async function builtOn(
    said: { readonly version: string; readonly rows: number },
    warned: (reason: string) => void,
    { sharedMemoryFull = false } = {},
  ) {
    const corpus = await context.prepared();
    await corpus.write([written("u", ["a"])]);
    const settings: unknown[] = [];
    const begin: Database["begin"] = (work) =>
      context.database.begin((tx) => {
        const query: typeof tx.query = async (statement) => {
          if (statement.text.includes("create index")) {
            const built = await tx.query(sql`
                select current_setting('max_parallel_maintenance_workers') as workers,
                  current_setting('min_parallel_table_scan_size') as blocks, current_setting('maintenance_work_mem') as memory`);
            if (sharedMemoryFull && built[0]?.["workers"] !== "0")
              throw Object.assign(new Error("could not resize shared memory segment"), { errno: "53100" });
            settings.push(...built);
          }
          const rows = await tx.query(statement);
          return statement.text.includes("extversion") ? rows.map((row) => ({ ...row, ...SERVER, ...said })) : rows;
        };
        return work({ ...tx, query });
      });
    const watch = { begun() {}, goesOn() {}, ended() {}, warned };
    await ensureVectorIndex({ ...context.database, begin }, "chunks", { watch });
    return settings;
  }

  test("is built with the memory and the processes that it needs", async () => {
    const warnings: string[] = [];
    const warned = (reason: string) => void warnings.push(reason);
    expect(await builtOn({ version: "0.8.2", rows: 375_000 }, warned)).toEqual([
      { workers: "4", blocks: "0", memory: "1GB" },
      { workers: "4", blocks: "0", memory: "1GB" },
    ]);
    expect(warnings).toEqual([]);
  });

  test("is built by one process where several have a bug, which is said once, with what mends it", async () => {
    const warnings: string[] = [];
    const built = await builtOn({ version: "0.8.1", rows: 375_000 }, (reason) => void warnings.push(reason));
    expect(built).toMatchObject([{ workers: "0" }, { workers: "0" }]);
    expect(warnings).toEqual([
      expect.stringMatching(/by one process: .* pgvector 0\.8\.1 .*CVE-2026-3172.* pgvector 0\.8\.2 or newer/),
    ]);
  });

  test("is built by one process where shared memory has no room for several, which is said once, with what mends it", async () => {
    const warnings: string[] = [];
    const warned = (reason: string) => void warnings.push(reason);
    const built = await builtOn({ version: "0.8.2", rows: 375_000 }, warned, { sharedMemoryFull: true });
    expect(built).toMatchObject([{ workers: "0" }, { workers: "0" }]);
    expect(warnings).toEqual([expect.stringMatching(/by one process: .*\/dev\/shm.* 5 .*shm-size/)]);
  });

  test("is watched by another connection", async () => {
    const corpus = await context.prepared();
    const texts = (document: number) => Array.from({ length: 100 }, (_, index) => `text ${document} ${index}`);
    await corpus.write(Array.from({ length: 40 }, (_, document) => written(`u${document}`, texts(document))));
    await using database = await opened(context.choice);
    // A run's: those who only read have one connection.
    await database.lock([]);
    const told: string[] = [];
    const steps = new Set<string>();
    const built = await ensureVectorIndex(database, "chunks", {
      watch: {
        begun: (rows) => void told.push(`begun ${rows}`),
        goesOn(share, step) {
          steps.add(step);
          told.push(share >= 0 && share <= 1 ? "goes on" : `share ${share}`);
        },
        warned: (reason) => void told.push(reason),
        ended: () => void told.push("ended"),
      },
    });
    expect(built).toBe(true);
    expect(new Set(told)).toEqual(new Set(["begun 4000", "goes on", "ended"]));
    expect(told[0]).toBe("begun 4000");
    expect(told.at(-1)).toBe("ended");
    expect([...steps]).toContain("HNSW, loading tuples");
  });
});

onLane(embeddedLane, "a database without other readers", (context) => {
  const indexes = async () =>
    (await context.query("select indexname as name from pg_indexes where indexdef ~ '(hnsw|ivfflat)' order by 1")).map(
      ({ name }) => name,
    );
  const FEW = 6_972;

  test("gets the list of its vectors when there are more than a search looks at, and no graph", async () => {
    const database = { ...context.database, hasOtherReaders: false };
    const corpus = corpusStore(database, { rebuild: false });
    await corpus.prepare(IDENTITY);
    const texts = Array.from({ length: FEW }, (_, index) => `text ${index}`);
    for (let first = 0; first < FEW; first += 1_000)
      await corpus.write([written(`u${first}`, texts.slice(first, first + 1_000))]);
    expect(await corpus.ensureVectorIndex()).toBe(false);
    expect(await indexes()).toEqual([]);
    expect(await corpus.vectorIndexes()).toEqual({ hnsw: false, list: false, fromRows: FEW + 1 });
    const known = "select attname from pg_stats where tablename = 'chunks' and attname = 'source_name'";
    expect(await context.query(known)).toHaveLength(1);

    await corpus.write([written("one more", ["one more"])]);
    expect(await corpus.ensureVectorIndex()).toBe(true);
    expect(await corpus.ensureVectorIndex()).toBe(false);
    expect(await indexes()).toEqual(["chunks_embedding_list_idx"]);
    expect(await corpus.vectorIndexes()).toEqual({ hnsw: false, list: true, fromRows: null });
  });

  test("has none after a rebuild either, though the old corpus has some, as earlier versions made them", async () => {
    const corpus = await context.prepared();
    await corpus.write([written("u", ["a"])]);
    expect(await corpus.ensureVectorIndex()).toBe(true);
    await context.query("create index somebodys on chunks (title)");
    const database = { ...context.database, hasOtherReaders: false };
    const rebuild = corpusStore(database, { rebuild: true });
    await rebuild.prepare(IDENTITY);
    await rebuild.write([written("u", ["a"])]);
    await rebuild.swap({ sources: ["manual"], documents: [], inputs: [] });
    expect(await indexes()).toEqual([]);
    expect(await context.query("select 1 as one from pg_indexes where indexname = 'somebodys'")).toHaveLength(1);
  });

  test("gets a graph when the list is too long to be read", async () => {
    const shorter = (statement: Statement) => ({
      ...statement,
      text: statement.text.replace(String(256 * 2 ** 20), "1000").replaceAll("7000000 /", "1000 /"),
    });
    const database: Database = {
      ...context.database,
      hasOtherReaders: false,
      query: (statement) => context.database.query(shorter(statement)),
      begin: (work) =>
        context.database.begin((tx) => work({ ...tx, query: (statement) => tx.query(shorter(statement)) })),
    };
    const corpus = corpusStore(database, { rebuild: false });
    await corpus.prepare(IDENTITY);
    await corpus.write([written("u", ["a", "b"])]);
    expect(await corpus.ensureVectorIndex()).toBe(true);
    expect(await indexes()).toEqual(["chunks_embedding_list_idx", "idx_chunks_embedding_hnsw"]);
  });
});

/** On a clock whose pauses end at once. */
async function opened(choice: StoreTest["choice"]) {
  if (choice.kind !== "server") throw new Error("no server");
  const database = await openServer(choice, new FakeClock());
  return Object.assign(database, { [Symbol.asyncDispose]: () => database.close() });
}
