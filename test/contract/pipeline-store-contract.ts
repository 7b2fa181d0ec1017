import { expect, test } from "bun:test";
import { vectorKey } from "../../src/embed/prefixes.ts";
import type { DocumentWrite, Store } from "../../src/store/store.ts";
import { embedded, hashOf, kept, partsOf, vectorOf, written } from "../support/documents.ts";

/** What every `Store` owes the pipeline, as far as it shows without SQL: a fake owes it, too. */
export function pipelineStoreContract({ prepared }: { prepared(): Promise<Store> }): void {
  /** Writes what `preview` foretold. */
  const foretold = async (corpus: Store, documents: readonly DocumentWrite[]) => {
    const preview = await corpus.preview(documents);
    expect(await corpus.preview(documents)).toEqual(preview);
    const counts = await corpus.write(documents);
    expect(preview).toEqual(counts);
    return counts;
  };

  /** The texts of the chunks that a document has in parts, and of those. */
  const wholes = async (corpus: Store, sourceUrl: string) => {
    const texts = ["whole", "one", "two", "first half", "second half", "shared", "end of one", "end of two"];
    const textOf = (hash: string) => texts.find((text) => hashOf(text) === hash) ?? hash;
    const { parts } = await corpus.known("manual", [{ sourceUrl, hashes: [] }]);
    const found = [...(parts.get(sourceUrl) ?? [])];
    return Object.fromEntries(found.map(([whole, hashes]) => [textOf(whole), hashes.map(textOf)]));
  };

  test("rows are counted as inserted, kept, updated and removed", async () => {
    const corpus = await prepared();
    const nothing = { inserted: 0, updated: 0, kept: 0, removed: 0 };
    expect(await foretold(corpus, [written("u", ["a", "b"])])).toEqual({ ...nothing, inserted: 2 });
    expect(await foretold(corpus, [kept(written("u", ["a", "b"]))])).toEqual({ ...nothing, kept: 2 });
    expect(await foretold(corpus, [kept(written("u", ["b", "a"]))])).toEqual({ ...nothing, updated: 2 });
    expect(await foretold(corpus, [kept(written("u", ["b"], { title: "B" }))])).toEqual({
      ...nothing,
      updated: 1,
      removed: 1,
    });
  });

  test("an input is known by one way of writing its accents, whatever way an earlier version stored it under", async () => {
    const corpus = await prepared();
    const [stored, known] = ["é.md".normalize("NFD"), "é.md".normalize("NFC")];
    await foretold(corpus, [written(`docs://${stored}`, ["a"], { input: { path: stored } })]);
    const { documents, inputs } = await corpus.loadSource("manual");
    expect([...documents].map(([url, { input }]) => [url, input])).toEqual([[`docs://${stored}`, known]]);
    expect([...inputs.keys()]).toEqual([known]);
  });

  test("a document has its own rows, and those of others have vectors for it", async () => {
    const corpus = await prepared();
    await foretold(corpus, [written("u", ["a", "b"]), written("v", ["c"]), written("w", ["d"], { source: "other" })]);
    const known = await corpus.known("manual", [
      { sourceUrl: "u", hashes: ["a", "c", "new"].map(hashOf) },
      { sourceUrl: "fresh", hashes: ["b", "d"].map(hashOf) },
    ]);
    expect(known.own.get("u")).toEqual(new Set([hashOf("a"), hashOf("b")]));
    expect(known.own.get("fresh") ?? new Set()).toEqual(new Set());
    for (const text of ["b", "c", "d"]) expect(known.vectors.get(hashOf(text))).toEqual(vectorOf(text));
    expect(known.vectors.has(hashOf("new"))).toBe(false);
  });

  test("where a vector depends on the title, a text is known with the title of its row only", async () => {
    const corpus = await prepared();
    const halves = partsOf("whole", ["first half", "second half"], 1);
    const { rows } = written("u", ["a"]);
    await foretold(corpus, [
      { ...written("u", []), rows: [...rows, ...halves] },
      written("v", ["b"]),
      { ...written("w", [], { title: "W" }), rows: [{ ...embedded("b"), vector: vectorOf("b in w") }] },
    ]);
    const known = async (sourceUrl: string, title: string | undefined) => {
      const hashes = ["a", "b"].map(hashOf);
      const { own, parts, vectors } = await corpus.known("manual", [{ sourceUrl, title, hashes }]);
      return { own: own.get(sourceUrl)?.size ?? 0, wholes: parts.get(sourceUrl)?.size ?? 0, vectors };
    };
    const called = await known("u", "A title");
    expect(called).toMatchObject({ own: 3, wholes: 1 });
    expect(called.vectors.get(vectorKey(hashOf("b"), "A title"))).toEqual(vectorOf("b"));
    expect(await known("u", "W")).toMatchObject({ own: 0, wholes: 0 });
    const { vectors } = await known("x", "W");
    expect(vectors).toEqual(new Map([[vectorKey(hashOf("b"), "W"), vectorOf("b in w")]]));
    expect((await known("x", "Another")).vectors).toEqual(new Map());
    expect((await known("u", undefined)).own).toBe(3);
  });

  test("the parts of a chunk that was too long are known and kept", async () => {
    const corpus = await prepared();
    const write = { ...written("u", []), rows: partsOf("whole", ["first half", "second half"]) };
    await foretold(corpus, [write]);
    expect(await wholes(corpus, "u")).toEqual({ whole: ["first half", "second half"] });
    expect(await foretold(corpus, [kept(write)])).toEqual({ inserted: 0, updated: 0, kept: 2, removed: 0 });
  });

  test("a part that two chunks share is one row, and each of them is known by all of its parts", async () => {
    const corpus = await prepared();
    const one = partsOf("one", ["shared", "end of one"]);
    const two = partsOf("two", ["shared", "end of two"], 1);
    await foretold(corpus, [{ ...written("u", []), rows: [...one, ...two] }]);
    expect(await wholes(corpus, "u")).toEqual({ one: ["shared", "end of one"], two: ["shared", "end of two"] });
    // The first one goes, and the shared part stays.
    expect(await foretold(corpus, [kept({ ...written("u", []), rows: two })])).toMatchObject({
      updated: 1,
      removed: 1,
    });
    expect(await wholes(corpus, "u")).toEqual({ two: ["shared", "end of two"] });
  });

  test("a chunk that lacks a part is not known", async () => {
    const corpus = await prepared();
    const [, second] = partsOf("whole", ["first half", "second half"]);
    await foretold(corpus, [{ ...written("u", []), rows: second === undefined ? [] : [second] }]);
    expect(await wholes(corpus, "u")).toEqual({});
  });

  test("a chunk without a vector and without a row is an error", async () => {
    const corpus = await prepared();
    expect(await corpus.write([kept(written("u", ["a"]))]).catch((error: unknown) => error)).toBeInstanceOf(Error);
    expect((await corpus.loadSource("manual")).documents.size).toBe(0);
  });

  test("removed documents are gone, and nobody else's", async () => {
    const corpus = await prepared();
    await foretold(corpus, [written("u", ["a", "b"]), written("v", ["c"]), written("u", ["a"], { source: "other" })]);
    expect(await corpus.removeDocuments("manual", ["u", "never there"])).toBe(2);
    expect([...(await corpus.loadSource("manual")).documents.keys()]).toEqual(["v"]);
    expect([...(await corpus.loadSource("other")).documents.keys()]).toEqual(["u"]);
    expect(await corpus.documentCounts()).toEqual(
      new Map([
        ["manual", 1],
        ["other", 1],
      ]),
    );
  });

  test("an incomplete document gains rows and loses none", async () => {
    const corpus = await prepared();
    await foretold(corpus, [written("u", ["old one", "old two"])]);
    const partial = written("u", ["new one"], { complete: false, input: { fingerprint: "two", documents: 1 } });
    expect(await foretold(corpus, [partial])).toEqual({ inserted: 1, updated: 0, kept: 0, removed: 0 });
    const { documents, inputs } = await corpus.loadSource("manual");
    expect(documents.get("u")).toEqual({ input: "u", complete: false, chunks: 3 });
    expect(inputs.get("u")).toMatchObject({ fingerprint: "two", documents: 1, complete: 0 });
  });

  test("an input counts as unchanged only when each of its documents has its fingerprint", async () => {
    const corpus = await prepared();
    const note = { kind: "warning", path: "f", reason: 'page 3 \\u0000 "quoted" has no text' } as const;
    const input = { path: "f", fingerprint: "one", documents: 2, notes: [note] };
    await foretold(corpus, [written("f#1", ["a", "b"], { input })]);
    expect((await corpus.loadSource("manual")).inputs.get("f")).toEqual({
      fingerprint: "one",
      documents: 2,
      complete: 1,
      chunks: 2,
      notes: [note],
    });
    await foretold(corpus, [written("f#2", ["c"], { input })]);
    expect((await corpus.loadSource("manual")).inputs.get("f")).toMatchObject({ complete: 2, chunks: 3 });
    await foretold(corpus, [written("f#3", ["d"], { input: { ...input, fingerprint: "two", documents: 1 } })]);
    expect((await corpus.loadSource("manual")).inputs.get("f")).toMatchObject({ fingerprint: "" });
  });

  test("many documents of many chunks go through one transaction", async () => {
    const corpus = await prepared();
    const writes = Array.from({ length: 300 }, (_, index) => written(`u${index}`, [`a${index}`, `b${index}`, "same"]));
    expect(await foretold(corpus, writes)).toEqual({ inserted: 900, updated: 0, kept: 0, removed: 0 });
    expect(await foretold(corpus, writes.map(kept))).toEqual({ inserted: 0, updated: 0, kept: 900, removed: 0 });
  });
}
