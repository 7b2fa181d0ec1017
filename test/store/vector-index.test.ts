import { expect, test } from "bun:test";
import { IngestError } from "../../src/flow/errors.ts";
import { ensureVectorIndex } from "../../src/store/corpus/vector-index.ts";
import { openServer } from "../../src/store/driver/server.ts";
import { onEveryLane, onLane, serverLane, type StoreTest } from "../support/databases.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { faultyDatabase } from "../support/faulty-database.ts";
import { failureOf } from "../support/failure-of.ts";
import { written } from "../support/documents.ts";
import { queryLines } from "../support/lines.ts";

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

  test("is built with what memory it needs, and without the parallel workers that have a bug", async () => {
    const corpus = await prepared();
    await corpus.write([written("u", ["a"])]);
    const statements: string[] = [];
    const watched = faultyDatabase(context.database, (point) => {
      if (point.kind === "statement") statements.push(point.text);
    });
    await ensureVectorIndex(watched, "chunks");
    const [version = ""] = await queryLines(
      context.database,
      "select extversion as line from pg_extension where extname = 'vector'",
    );
    const serial = statements.some((text) => text.includes("max_parallel_maintenance_workers = 0"));
    expect(serial).toBe(/^0\.([67]\.|8\.[01]$)/.test(version));
    expect(statements.findIndex((text) => text.includes("maintenance_work_mem"))).toBeLessThan(
      statements.findIndex((text) => text.includes("create index")),
    );
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
  test("is watched by another connection", async () => {
    const corpus = await context.prepared();
    const texts = (document: number) => Array.from({ length: 100 }, (_, index) => `text ${document} ${index}`);
    await corpus.write(Array.from({ length: 40 }, (_, document) => written(`u${document}`, texts(document))));
    await using database = await opened(context.choice);
    // A run's: those who only read have one connection.
    await database.lock([]);
    const told: string[] = [];
    const built = await ensureVectorIndex(database, "chunks", {
      watch: {
        begun: (rows) => void told.push(`begun ${rows}`),
        goesOn: (share) => void told.push(share >= 0 && share <= 1 ? "goes on" : `share ${share}`),
        ended: () => void told.push("ended"),
      },
    });
    expect(built).toBe(true);
    expect(new Set(told)).toEqual(new Set(["begun 4000", "goes on", "ended"]));
    expect(told[0]).toBe("begun 4000");
    expect(told.at(-1)).toBe("ended");
  });
});

/** On a clock whose pauses end at once. */
async function opened(choice: StoreTest["choice"]) {
  if (choice.kind !== "server") throw new Error("no server");
  const database = await openServer(choice, new FakeClock());
  return Object.assign(database, { [Symbol.asyncDispose]: () => database.close() });
}
