import { expect, test } from "bun:test";
import type { ScannedChunk, Store } from "../../src/store/store.ts";
import { onEveryLane } from "../support/databases.ts";
import { written } from "../support/documents.ts";

onEveryLane("a scan", ({ prepared, store }) => {
  const scanned = async (corpus: Store, options: Parameters<Store["scan"]>[0]) => {
    const chunks: ScannedChunk[] = [];
    for await (const page of corpus.scan(options)) chunks.push(...page);
    return chunks;
  };

  test("gives every chunk of the corpus once, in however many pages", async () => {
    const corpus = await prepared();
    const urls = Array.from({ length: 2_100 }, (_, index) => `u${index}`);
    await corpus.write(urls.map((url) => written(url, [`text of ${url}`])));
    const chunks = await scanned(corpus, { withContent: true });
    expect(chunks.map(({ sourceUrl }) => sourceUrl).sort()).toEqual(urls.toSorted());
    expect(chunks.every(({ sourceUrl, content }) => content === `text of ${sourceUrl}`)).toBe(true);
  });

  test("says what is known of a chunk, and leaves its text out when nobody asks for it", async () => {
    const corpus = await prepared();
    await corpus.write([written("a", ["one", "two"], { generations: ["dwc"], source: "blog" })]);
    const chunks = await scanned(corpus, { withContent: false });
    expect(chunks.map(({ chunkIndex }) => chunkIndex)).toEqual([0, 1]);
    expect(chunks[0]).toMatchObject({
      sourceName: "blog",
      sourceUrl: "a",
      title: "A title",
      generations: ["dwc"],
      content: "",
    });
  });

  test("of a database without a corpus is an error that says so", async () => {
    await expect(scanned(store(), { withContent: true })).rejects.toThrow("there is no corpus");
  });
});

onEveryLane("a search without some texts", ({ prepared }) => {
  test("finds what it would find if they were not in the corpus, by words and by vectors", async () => {
    const corpus = await prepared();
    await corpus.write([written("a", ["grid rows sorted", "grid rows"]), written("b", ["grid"])]);
    const [first] = written("a", ["grid rows sorted"]).rows;
    const vector = first?.vector ?? undefined;
    const without = first === undefined ? [] : [first.chunk.contentHash];
    for (const mode of ["hybrid", "vector", "text"] as const) {
      const asked = { text: "grid rows sorted", vector, mode, limit: 10 };
      const contents = async (more = {}) => (await corpus.search({ ...asked, ...more })).map(({ content }) => content);
      expect((await contents())[0]).toBe("grid rows sorted");
      expect((await contents({ without })).sort()).toEqual(["grid", "grid rows"]);
    }
  });
});
