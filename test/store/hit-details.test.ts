import { expect, test } from "bun:test";
import type { HitDetails, SearchHit, Store } from "../../src/store/store.ts";
import { onEveryLane } from "../support/databases.ts";
import { hashOf, partsOf, vectorOf, written } from "../support/documents.ts";

onEveryLane("details of hits", ({ prepared, query }) => {
  /** The hits of a search by words, and what is to be shown of them. */
  async function detailed(corpus: Store, text: string, context = 0) {
    const hits = await corpus.search({ mode: "text", text, vector: undefined, limit: 10 });
    return { hits, details: await corpus.hitDetails(hits, { text, vector: undefined, context }) };
  }
  const only = async (corpus: Store, text: string, context = 0): Promise<HitDetails> => {
    const { details } = await detailed(corpus, text, context);
    expect(details).toHaveLength(1);
    return details[0] ?? expect.unreachable();
  };
  /** As by search, of a text that a document has. */
  const hitOf = (content: string, sourceUrl = "u"): SearchHit => ({
    ...{ score: 0, cosine: null, title: "", contextHeader: "", sourceUrl, displayUrl: "", sourceName: "manual" },
    ...{ sourceType: "", docType: "", generations: [], deprecated: false, content, contentHash: hashOf(content) },
  });
  const contents = (neighbours: HitDetails["before"]) => neighbours.map(({ content }) => content);

  test("the words of a question are marked in whatever form they stand", async () => {
    const corpus = await prepared();
    const content =
      'Opening a file.\n\n```\nOPEN (1)"files" ! <b>opened</b>\n```\nSee http://host/open/file?a=b, <file-open> or read-only files.';
    await corpus.write([written("u", [content])]);
    const { marks } = await only(corpus, "open the file");
    expect(marks.map(([from, to]) => content.slice(from, to))).toEqual([
      ...["Opening", "file", "OPEN", "files", "opened", "open", "file", "file", "open", "files"],
    ]);
  });

  test("an identifier is marked where it stands in a longer one", async () => {
    const corpus = await prepared();
    const content = "Call BBjGrid.addRow() or PROCESS_EVENTS; addRows is another form, and myAddRowX another word.";
    await corpus.write([written("u", [content])]);
    const [details] = await corpus.hitDetails([hitOf(content)], {
      text: "how does addrow work, or !PROCESS_EVENTS?",
      context: 0,
      vector: undefined,
    });
    expect(details?.marks.map(([from, to]) => content.slice(from, to))).toEqual([
      "addRow",
      "PROCESS_EVENTS",
      "addRows",
    ]);
    expect(details).toMatchObject({ found: ["addrow", "PROCESS_EVENTS"], missing: ["work"] });
    const text = "BBjGrid.addRow BBjGrid.sort BBjGrid/addRow()";
    const [parts] = await corpus.hitDetails([hitOf(content)], { text, vector: undefined, context: 0 });
    expect(parts).toMatchObject({ found: ["BBjGrid.addRow", "BBjGrid/addRow"], missing: ["BBjGrid.sort"] });
  });

  test("of a word without an end its beginning is named", async () => {
    const corpus = await prepared();
    await corpus.write([written("u", ["A channel to files"])]);
    const { found, missing } = await only(corpus, `channel ${"Zeppelin".repeat(10_000)}`);
    expect(found).toEqual(["channel"]);
    expect(missing).toEqual(["Zeppelin".repeat(32)]);
  });

  test("the words that were found, and those that were not, are as they were typed, each once", async () => {
    const corpus = await prepared();
    await corpus.write([written("u", ["A channel to files"], { title: "Printing" })]);
    const { found, missing } = await only(corpus, 'which "Channels" print a file? Zeppelin, file; window -paper');
    expect({ found, missing }).toEqual({
      ...{ found: ["Channels", "print", "file"], missing: ["Zeppelin", "window"] },
    });
  });

  test("a question without a word is no word that is missing", async () => {
    const corpus = await prepared();
    await corpus.write([written("u", ["the grid"])]);
    for (const text of ["the", "", "? & | ! : * <-> (", "nul\0 \ud800"]) {
      const [details] = await corpus.hitDetails([hitOf("the grid")], { text, vector: undefined, context: 0 });
      expect(details).toMatchObject({ found: [], marks: [] });
    }
  });

  test("what marks are made of may stand in a text", async () => {
    const corpus = await prepared();
    const content = "a \u0001 grid \u0002 and \u0001 grids";
    await corpus.write([written("u", [content])]);
    const { marks } = await only(corpus, "grid");
    expect(marks.map(([from, to]) => content.slice(from, to))).toEqual(["grid", "grids"]);
  });

  test("the pages of a manual are told, with what is printed on them", async () => {
    const corpus = await prepared();
    const metadata = { first_page: "12", last_page: "14", pages: "iv-2" };
    await corpus.write([written("a", ["grid one"], { metadata }), written("b", ["grid two"])]);
    const { hits, details } = await detailed(corpus, "grid");
    const of = (url: string) => details[hits.findIndex(({ sourceUrl }) => sourceUrl === url)];
    expect(of("a")).toMatchObject({ firstPage: 12, lastPage: 14, pageLabels: "iv-2" });
    const odd = { first_page: "cover", last_page: "-1", parts: "3" };
    await corpus.write([written("c", ["zeppelin", "one"], { metadata: odd })]);
    const { after, ...own } = await only(corpus, "zeppelin", 1);
    expect([own, contents(after)]).toMatchObject([{ firstPage: null, lastPage: null }, ["one"]]);
    expect(of("b")).toMatchObject({ firstPage: null, lastPage: null, pageLabels: null });
  });

  test("neighbours are the chunks before and after, of the same document", async () => {
    const corpus = await prepared();
    const texts = ["one", "two", "three zeppelin", "four", "five"];
    await corpus.write([written("b", texts), written("a", ["before"]), written("c", ["after"])]);
    const { before, after, chunkIndex } = await only(corpus, "zeppelin", 1);
    expect([contents(before), chunkIndex, contents(after)]).toEqual([["two"], 2, ["four"]]);
    const all = await only(corpus, "zeppelin", 9);
    expect([contents(all.before), contents(all.after)]).toEqual([
      ["one", "two"],
      ["four", "five"],
    ]);
    expect(await only(corpus, "zeppelin")).toMatchObject({ before: [], after: [] });
  });

  test("documents of the same address in two sources are two", async () => {
    const corpus = await prepared();
    await corpus.write([
      written("u", ["one", "zeppelin"], { source: "blog" }),
      written("u", ["other", "another zeppelin", "last"], { source: "manual" }),
    ]);
    const { hits, details } = await detailed(corpus, "zeppelin", 5);
    const of = (source: string) => details[hits.findIndex(({ sourceName }) => sourceName === source)];
    expect([contents(of("blog")?.before ?? []), contents(of("blog")?.after ?? [])]).toEqual([["one"], []]);
    expect([contents(of("manual")?.before ?? []), contents(of("manual")?.after ?? [])]).toEqual([["other"], ["last"]]);
  });

  test("the parts of a chunk that was too long stand in their order, between its neighbours", async () => {
    const corpus = await prepared();
    const document = written("u", ["first", "whole", "last"]);
    const [first, , last] = document.rows;
    const parts = partsOf("whole", ["zz part", "aa zeppelin", "mm part"], 1);
    const stored = [last, parts[2], parts[1], parts[0], first];
    await corpus.write([{ ...document, rows: stored.flatMap((row) => row ?? []) }]);
    const { before, after } = await only(corpus, "zeppelin", 2);
    expect([contents(before), contents(after)]).toEqual([
      ["first", "zz part"],
      ["mm part", "last"],
    ]);
  });

  test("rows of a former tool, which have no place in their document, stand as they were stored", async () => {
    const corpus = await prepared();
    await corpus.write([written("u", ["b"]), written("v", [])]);
    for (const text of ["c zeppelin", "a"]) {
      await query(`insert into chunks (source_url, content, content_hash, source_name, embedding)
        values ('u', '${text}', '${hashOf(text)}', 'manual', '[${vectorOf(text).join(",")}]')`);
    }
    const { before, after } = await only(corpus, "zeppelin", 5);
    expect([contents(before), contents(after)]).toEqual([["b"], ["a"]]);
  });

  test("the cosine to the question is told of every hit, unless it is of another model by now", async () => {
    const corpus = await prepared();
    await corpus.write([written("u", ["a grid"])]);
    const of = async (vector?: Float32Array) =>
      (await corpus.hitDetails([hitOf("a grid")], { text: "", vector, context: 0 }))[0]?.cosine;
    expect(await of(vectorOf("a grid"))).toBeCloseTo(1);
    expect(await of(Float32Array.of(1, 0, 0))).toBeNull();
    expect(await of()).toBeNull();
  });

  test("the typical cosine is the mean over the corpus, by the same texts every time", async () => {
    const corpus = await prepared();
    expect(await corpus.typicalCosine(Float32Array.of(1, 0, 0, 0))).toBeNull();
    const texts = Array.from({ length: 300 }, (_, index) => `text ${index}`);
    await corpus.write([written("u", texts)]);
    const [drawn, cosines] = [
      texts.toSorted((a, b) => (hashOf(a) < hashOf(b) ? -1 : 1)).slice(0, 200),
      new Map<string, number>(),
    ];
    for (const text of drawn) {
      const [x = 0, ...rest] = vectorOf(text);
      cosines.set(text, x / Math.hypot(x, ...rest));
    }
    const mean = drawn.reduce((sum, text) => sum + (cosines.get(text) ?? 0), 0) / drawn.length;
    expect(await corpus.typicalCosine(Float32Array.of(2, 0, 0, 0))).toBeCloseTo(mean);
    expect(await corpus.typicalCosine(Float32Array.of(2, 0, 0))).toBeNull();
  });

  test("what has left meanwhile is shown as it was found", async () => {
    const corpus = await prepared();
    await corpus.write([written("u", ["a grid"])]);
    const [details] = await corpus.hitDetails([hitOf("gone grid", "v")], {
      text: "grid",
      vector: undefined,
      context: 1,
    });
    expect(details).toMatchObject({ found: [], missing: ["grid"], before: [], after: [] });
    expect(await corpus.hitDetails([], { text: "grid", vector: undefined, context: 1 })).toEqual([]);
  });
});
