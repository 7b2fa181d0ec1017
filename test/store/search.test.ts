import { expect, test } from "bun:test";
import type { Store } from "../../src/store/store.ts";
import { onEveryLane } from "../support/databases.ts";
import { embedded, written } from "../support/documents.ts";

const EAST = Float32Array.of(1, 0, 0, 0);
const NORTH = Float32Array.of(0, 1, 0, 0);

onEveryLane("search", ({ prepared, query }) => {
  /** A document of one chunk that points where we like. */
  const page = (url: string, text: string, vector: Float32Array, options: Parameters<typeof written>[2] = {}) => ({
    ...written(url, [], options),
    rows: [{ ...embedded(text), vector }],
  });
  const urls = async (store: Store, text: string, vector: Float32Array, options = {}) =>
    (await store.search({ text, vector, limit: 10, ...options })).map(({ sourceUrl }) => sourceUrl);

  test("ranks what is near in meaning and in words before what is near in one of them", async () => {
    const corpus = await prepared();
    await corpus.write([
      page("both", "The grid sorts its rows", EAST),
      page("meaning", "Columns of a table in another order", EAST),
      page("words", "Sorting a grid", NORTH),
      page("neither", "Printing", NORTH),
    ]);
    expect((await urls(corpus, "sort grid", EAST)).slice(0, 1)).toEqual(["both"]);
    const [first] = await corpus.search({ text: "sort grid", vector: EAST, limit: 1 });
    expect(first).toMatchObject({ title: "A title", content: "The grid sorts its rows", sourceName: "manual" });
  });

  test("scores by reciprocal rank fusion with k = 50", async () => {
    const corpus = await prepared();
    await corpus.write([page("a", "grid", EAST), page("b", "nothing", NORTH)]);
    const hits = await corpus.search({ text: "grid", vector: EAST, limit: 10 });
    expect(hits.map(({ score }) => score.toFixed(9))).toEqual([(2 / 51).toFixed(9), (1 / 52).toFixed(9)]);
  });

  test("shows a text that occurs in several documents once", async () => {
    const corpus = await prepared();
    await corpus.write([page("b", "same", EAST), page("a", "same", EAST), page("c", "other", NORTH)]);
    expect(await urls(corpus, "same", EAST)).toEqual(["a", "c"]);
  });

  test("finds chunks with some of the words when none has all of them", async () => {
    const corpus = await prepared();
    await corpus.write([page("a", "grid", NORTH), page("b", "printing", EAST)]);
    expect((await corpus.search({ text: "grid zeppelin", vector: EAST, limit: 10 })).map(({ score }) => score)).toEqual(
      [1 / 51 + 1 / 52, 1 / 51],
    );
  });

  test("keeps to a generation and to a source", async () => {
    const corpus = await prepared();
    await corpus.write([
      page("a", "grid one", EAST, { generations: ["dwc", "bbj_gui"] }),
      page("b", "grid two", EAST, { generations: ["vpro5"] }),
      page("c", "grid three", EAST, { generations: ["dwc"], source: "blog" }),
    ]);
    expect((await urls(corpus, "grid", EAST, { generation: "dwc" })).sort()).toEqual(["a", "c"]);
    expect(await urls(corpus, "grid", EAST, { generation: "dwc", source: "blog" })).toEqual(["c"]);
    expect(await urls(corpus, "grid", EAST, { source: "x' or true --" })).toEqual([]);
  });

  test("finds the few rows of a filter among many others, with the index on vectors", async () => {
    const corpus = await prepared();
    const many = Array.from({ length: 1_500 }, (_, index) =>
      page(`u${index}`, `text ${index}`, Float32Array.of(1, index / 5_000, 0, 0)),
    );
    await corpus.write(many);
    await corpus.write([
      page("far", "text of another kind", Float32Array.of(-1, 0.2, 0, 0), { generations: ["rare"] }),
    ]);
    await corpus.ensureVectorIndex();
    await query("analyze chunks");
    expect(await urls(corpus, "nothing like it", EAST, { generation: "rare" })).toEqual(["far"]);
    expect((await urls(corpus, "zeppelin", EAST))[0]).toBe("u0");
  });

  test("takes any text: operators, stop words, nothing at all", async () => {
    const corpus = await prepared();
    await corpus.write([page("a", "the grid", EAST)]);
    for (const text of [
      '"unclosed',
      "the",
      "",
      "a & | ! : * <-> (",
      "-grid",
      "nul\0 lone\ud800",
      "'; drop table chunks",
    ]) {
      expect(await urls(corpus, text, EAST)).toEqual(["a"]);
    }
  });

  test("gives equal scores a fixed order", async () => {
    const corpus = await prepared();
    await corpus.write(["x", "y", "z", "w"].map((text) => page(text, text, EAST)));
    const first = await urls(corpus, "", EAST);
    await query("update chunks set title = title || '!' where source_url in ('x', 'z')");
    expect(await urls(corpus, "", EAST)).toEqual(first);
  });
});
