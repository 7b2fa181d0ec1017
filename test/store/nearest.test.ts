import { expect, test } from "bun:test";
import { nearestTexts } from "../../src/store/tools/nearest.ts";
import { filterOf } from "../../src/store/tools/search.ts";
import { sql } from "../../src/store/driver/sql.ts";
import type { Filter, Store } from "../../src/store/store.ts";
import { IDENTITY, onEveryLane, type StoreTest } from "../support/databases.ts";
import { embedded, written } from "../support/documents.ts";
import { draws } from "../support/seed.ts";

const CANDIDATES = 50;
const DIMENSIONS = 24;
const ISLANDS = 40;
const ISLAND_ROWS = 80;

const below = draws();
/** Between -1 and 1. */
const some = () => below(2_000_001) / 1_000_000 - 1;
const anywhere = (dimensions: number) => Float32Array.from({ length: dimensions }, some);
const near = (vector: Float32Array, distance: number) => vector.map((value) => value + distance * some());

/** Pages of boilerplate: each is as good as the same again, and all its near-duplicates are stored one after the other. */
async function writeIslands(corpus: Store): Promise<Float32Array[]> {
  const centres = Array.from({ length: ISLANDS }, () => anywhere(DIMENSIONS));
  await corpus.write(
    centres.map((centre, island) => ({
      ...written(`u${island}`, [], { generations: island % 4 === 0 ? ["dwc"] : ["bbj"], source: `s${island % 2}` }),
      rows: Array.from({ length: ISLAND_ROWS }, (_, copy) => ({
        ...embedded(`text ${island} ${copy}`, copy),
        vector: near(centre, 0.001),
      })),
    })),
  );
  await corpus.ensureVectorIndex();
  return centres;
}

onEveryLane("the nearest vectors", (context) => {
  const { prepared, query } = context;

  /** Distances of what is found, and how often an index was asked. */
  const nearest = (
    vector: Float32Array,
    { exact = false, exactRowsMax, ...filter }: Filter & { exact?: boolean; exactRowsMax?: number | undefined } = {},
  ) =>
    context.database.begin(async (tx) => {
      const scans = async () => {
        const [row] = await tx.query(
          sql`select coalesce(pg_stat_get_xact_numscans(to_regclass('idx_chunks_embedding_hnsw')), 0)::int as graph,
            coalesce(pg_stat_get_xact_numscans(to_regclass('chunks_embedding_list_idx')), 0)::int as list`,
        );
        return { graph: Number(row?.graph), list: Number(row?.list) };
      };
      const before = await scans();
      const request = { ...filter, text: "", vector, limit: 10, exact };
      const statement = await nearestTexts(tx, request, filterOf(filter), CANDIDATES, { exactRowsMax });
      const rows = await tx.query(sql`select distance from (${statement}) n order by distance`);
      const after = await scans();
      return {
        distances: rows.map(({ distance }) => Number(distance)),
        scans: after.graph - before.graph,
        listScans: after.list - before.list,
      };
    });

  /** Share of what a scan finds that is found. */
  async function recall(vectors: readonly Float32Array[], options: Parameters<typeof nearest>[1]) {
    let found = 0;
    let all = 0;
    for (const vector of vectors) {
      const { distances: exact } = await nearest(vector, { ...options, exact: true });
      const { distances } = await nearest(vector, options);
      found += exact.filter((distance, place) => (distances[place] ?? Infinity) <= distance + 1e-6).length;
      all += exact.length;
    }
    return found / all;
  }

  test("are found among near-duplicates that know nobody else, with filters and without", async () => {
    const corpus = await prepared({ identity: { ...IDENTITY, dimensions: DIMENSIONS } });
    const centres = await writeIslands(corpus);
    const wanted = centres.filter((_, island) => island % 4 === 0).slice(0, 6);
    const mixed = wanted.map((centre, place) => near(wanted[(place + 1) % wanted.length] ?? centre, 0.4));
    for (const filter of [{}, { generation: "dwc" }, { source: "s1" }, { docType: "concept" }]) {
      // However many rows there are: each looked at in its place, or in the list of all vectors.
      for (const exactRowsMax of [undefined, 100])
        expect(await recall([...wanted, ...mixed], { ...filter, exactRowsMax })).toBeGreaterThanOrEqual(0.99);
      const { scans, listScans } = await nearest(wanted[0] ?? anywhere(DIMENSIONS), { ...filter, exactRowsMax: 100 });
      expect([scans, listScans]).toEqual([0, 1]);
    }
  });

  test("are asked of the graph where there are too many and no list of them, with filters and without", async () => {
    const corpus = await prepared({ identity: { ...IDENTITY, dimensions: DIMENSIONS } });
    await corpus.write(
      Array.from({ length: 900 }, (_, index) => ({
        ...written(`u${index}`, [], { generations: index % 3 === 0 ? ["dwc"] : ["bbj"], source: `s${index % 2}` }),
        rows: [{ ...embedded(`text ${index}`), vector: anywhere(DIMENSIONS) }],
      })),
    );
    await corpus.ensureVectorIndex();
    await query("drop index chunks_embedding_list_idx");
    await query("analyze chunks");
    const vectors = Array.from({ length: 10 }, () => anywhere(DIMENSIONS));
    const [vector = anywhere(DIMENSIONS)] = vectors;
    for (const filter of [{}, { generation: "dwc" }, { source: "s1" }]) {
      expect((await nearest(vector, { ...filter, exactRowsMax: 100 })).scans).toBe(1);
      expect((await nearest(vector, { ...filter, exactRowsMax: 900 })).scans).toBe(0);
      expect((await nearest(vector, { ...filter, exactRowsMax: 100, exact: true })).scans).toBe(0);
      expect(await recall(vectors, { ...filter, exactRowsMax: 100 })).toBeGreaterThanOrEqual(0.99);
    }
  });

  test("are looked for in each row where the index does not give as many as there are", async () => {
    const corpus = await prepared({ identity: { ...IDENTITY, dimensions: DIMENSIONS } });
    const centres = await writeIslands(corpus);
    // Of the index, which has no vectors of zeros.
    await query("update chunks set embedding = array_fill(0, array[24])::vector where source_name = 's0'");
    const [centre = anywhere(DIMENSIONS)] = centres;
    const { distances, listScans } = await nearest(centre, { source: "s0", exactRowsMax: 100 });
    expect([distances.length, listScans]).toEqual([CANDIDATES, 1]);
    await query("drop index chunks_embedding_list_idx");
    const graph = await nearest(centre, { source: "s0", exactRowsMax: 100 });
    expect([graph.distances.length, graph.scans]).toEqual([CANDIDATES, 1]);
  });

  test("with more than 2,000 dimensions are found by an index of halves, in their exact order", async () => {
    const dimensions = 2_500;
    const corpus = await prepared({ identity: { ...IDENTITY, dimensions } });
    const middle = anywhere(dimensions);
    await corpus.write([
      {
        ...written("u", []),
        rows: Array.from({ length: 150 }, (_, index) => ({
          ...embedded(`text ${index}`, index),
          vector: near(middle, 0.3),
        })),
      },
    ]);
    expect(await corpus.ensureVectorIndex()).toBe(true);
    expect(await corpus.ensureVectorIndex()).toBe(false);
    expect(await corpus.whyUnindexed()).toBeUndefined();
    const [index] = await query(
      "select indexdef as definition from pg_indexes where indexname = 'idx_chunks_embedding_hnsw'",
    );
    expect(index?.definition).toMatch(
      /USING hnsw \(\(\(embedding\)::(public\.)?halfvec\(2500\)\) (public\.)?halfvec_cosine_ops\)/,
    );
    const vectors = Array.from({ length: 5 }, () => near(middle, 0.3));
    for (const vector of vectors) {
      const found = await nearest(vector, { exactRowsMax: 10 });
      const exact = await nearest(vector, { exact: true });
      expect([found.scans, exact.scans]).toEqual([1, 0]);
      expect(found.distances.slice(0, 10)).toEqual(exact.distances.slice(0, 10));
    }
  });

  test("with more than 4,000 dimensions have no index, which is said, and are found", async () => {
    const dimensions = 4_001;
    const corpus = await prepared({ identity: { ...IDENTITY, dimensions } });
    const rows = ["a", "b"].map((text, index) => ({ ...embedded(text, index), vector: anywhere(dimensions) }));
    await corpus.write([{ ...written("u", []), rows }]);
    expect(await corpus.ensureVectorIndex()).toBe(false);
    expect(await corpus.whyUnindexed()).toBe(
      "vectors of 4,001 dimensions are longer than the 4,000 that pgvector can index: a search looks at every one of them",
    );
    const [hit] = await corpus.search({ text: "", mode: "vector", vector: rows[1]?.vector ?? undefined, limit: 1 });
    expect(hit?.content).toBe("b");
  });
});

/** What a rebuild with another model makes of the indexes. */
onEveryLane("a rebuild with other dimensions", (context) => {
  const CHANGES: readonly [from: number, to: number, indexes: string[]][] = [
    [4, 5, ["chunks_embedding_list_idx halfvec_cosine_ops", "idx_chunks_embedding_hnsw vector_cosine_ops"]],
    [4, 2_500, ["idx_chunks_embedding_hnsw halfvec_cosine_ops"]],
    [2_500, 4, ["chunks_embedding_list_idx halfvec_cosine_ops", "idx_chunks_embedding_hnsw vector_cosine_ops"]],
    [2_500, 2_500, ["idx_chunks_embedding_hnsw halfvec_cosine_ops"]],
    [2_500, 3_000, ["idx_chunks_embedding_hnsw halfvec_cosine_ops"]],
    [2_500, 4_001, []],
  ];
  test.each(CHANGES)("from %d to %d has the indexes for them, under the same names", async (from, to, indexes) => {
    const ingest = async ({ dimensions, rebuild }: { readonly dimensions: number; readonly rebuild: boolean }) => {
      const corpus = await context.prepared({ rebuild, identity: { ...IDENTITY, dimensions } });
      await corpus.write([{ ...written("u", []), rows: [{ ...embedded("a"), vector: anywhere(dimensions) }] }]);
      if (rebuild) await corpus.swap({ sources: ["manual"], documents: [], inputs: [] });
      else await corpus.ensureVectorIndex();
    };
    await ingest({ dimensions: from, rebuild: false });
    await ingest({ dimensions: to, rebuild: true });
    expect(await indexesOf(context)).toEqual(indexes);
  });
});

async function indexesOf({ query }: StoreTest) {
  const rows = await query(`
    select c.relname as name, o.opcname as operators from pg_index i join pg_class c on c.oid = i.indexrelid
    join pg_am m on m.oid = c.relam join pg_opclass o on o.oid = i.indclass[0]
    where i.indrelid = 'chunks'::regclass and m.amname in ('hnsw', 'ivfflat') order by 1`);
  return rows.map(({ name, operators }) => `${String(name)} ${String(operators)}`);
}
