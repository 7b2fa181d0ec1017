import { describe, expect, test } from "bun:test";
import { IngestError } from "../../src/flow/errors.ts";
import { Coverage } from "../../src/ingest/coverage.ts";
import type { Input, Note, Parser, Unlisted } from "../../src/parsers/parser.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { runIngestor, SpyEmbedder } from "../support/run-ingestor.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

/** A file of a source: its documents, text by address; why it cannot be read; or a folder that cannot be listed. */
type File =
  | { readonly path: string; readonly documents: Readonly<Record<string, string>>; readonly damage?: string }
  | { readonly path: string; readonly broken: string }
  | { readonly path: string; readonly unlisted: string };

const page = (path: string, sourceUrl: string, text = `The text of ${path}.`): File => ({
  path,
  documents: { [sourceUrl]: text },
});

function parserOf(files: readonly File[]): Parser {
  return {
    ...{ name: "files", settings: {} },
    parallelInputs: 1,
    sourceType: () => "Documentation",
    async *inputs() {
      for (const file of files) yield inputOf(file);
    },
  };
}

function inputOf(file: File): Input | Unlisted {
  const { path } = file;
  if ("unlisted" in file) return { kind: "unlisted", path, reason: file.unlisted };
  return {
    kind: "input",
    path,
    load: async () => {
      if ("broken" in file) throw new IngestError(file.broken, { decision: "skip", code: "unreadable" });
      const documents = Object.entries(file.documents).map(([sourceUrl, content]) => ({
        ...{ sourceUrl, title: sourceUrl, docType: "concept", content, generations: ["bbj"] },
        ...{ contextHeader: "Files", deprecated: false, displayUrl: "", metadata: {} },
      }));
      const notes: Note[] = file.damage === undefined ? [] : [{ kind: "failed", path, reason: file.damage }];
      return { fingerprint: JSON.stringify(file), parse: async () => ({ documents, notes }) };
    },
  };
}

/** A corpus that runs bring up to date, one list of files after the other. */
function corpus() {
  const directory = temporaryDirectory();
  const store = new MemoryStore();
  const embedder = new SpyEmbedder();
  return {
    embedder,
    /** Ingests the files, and says what became of them. */
    async ingest(files: readonly File[], options = {}) {
      const world = { store, embedder, directory: directory.path };
      const { result, reporter } = await runIngestor({ docs: parserOf(files) }, world, options);
      const warnings = reporter.of("warning").map(({ path, reason }) => `${path}: ${reason}`);
      const [source] = result.sources;
      return { status: source?.status, reason: source?.reason, warnings, documents: texts(store) };
    },
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

/** The input of each stored document. */
function texts(store: MemoryStore): Record<string, string> {
  const documents = [...(store.documents.get("docs") ?? [])].sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(documents.map(([url, { write }]) => [url, write.input.path]));
}

describe("an address that two inputs claim", () => {
  const [a, b] = [page("a", "x"), page("b", "x")];

  test.each([
    ["both are new", []],
    ["the first is there", [a]],
    ["the second is there", [b]],
    ["both were there", [a, b]],
  ])("belongs to the first of them, in every run: %s", async (_, before) => {
    using world = corpus();
    if (before.length > 0) await world.ingest(before);
    for (let run = 0; run < 3; run++) {
      const { status, warnings, documents } = await world.ingest([a, b]);
      expect(status).toBe("PARTIAL");
      expect(warnings).toEqual([`b: a second document with the source_url x, which that of a has`]);
      expect(documents).toEqual({ x: "a" });
    }
    expect(await world.ingest([b])).toEqual({ status: "OK", reason: "", warnings: [], documents: { x: "b" } });
  });

  test("costs an input with other documents that one only, and it gets it when it is free", async () => {
    using world = corpus();
    const both = { path: "b", documents: { x: "The x of b.", y: "The y of b." } };
    await world.ingest([both]);
    for (let run = 0; run < 3; run++) {
      const { status, documents } = await world.ingest([a, both]);
      expect({ status, documents }).toEqual({ status: "PARTIAL", documents: { x: "a", y: "b" } });
    }
    expect(await world.ingest([both])).toEqual({
      status: "OK",
      reason: "",
      warnings: [],
      documents: { x: "b", y: "b" },
    });
  });

  test("and that one of them does not claim any more is free, whichever was read first", async () => {
    using world = corpus();
    await world.ingest([page("a", "x"), page("b", "y")]);
    const swapped = await world.ingest([page("a", "y"), page("b", "x")]);
    expect(swapped).toEqual({ status: "OK", reason: "", warnings: [], documents: { x: "b", y: "a" } });
    const moved = await world.ingest([page("a", "z"), page("b", "y")]);
    expect(moved).toEqual({ status: "OK", reason: "", warnings: [], documents: { y: "b", z: "a" } });
  });
});

describe("what cannot be read in a run", () => {
  test("keeps its addresses, and who would take one keeps his own", async () => {
    using world = corpus();
    await world.ingest([page("a", "x"), page("b", "x-2")]);
    const { status, warnings, documents } = await world.ingest([{ path: "a", broken: "torn" }, page("b", "x")]);
    expect({ status, documents }).toEqual({ status: "PARTIAL", documents: { x: "a", "x-2": "b" } });
    expect(warnings).toEqual(["a: torn", "b: a second document with the source_url x, which that of a has"]);
    expect((await world.ingest([page("a", "x"), page("b", "x-2")])).status).toBe("UNCHANGED");
  });

  test("keeps them in a folder that cannot be listed, too", async () => {
    using world = corpus();
    await world.ingest([page("one/a", "x"), page("two/b", "x-2"), page("one-2/c", "z")]);
    const unlisted = { path: "one", unlisted: "permission denied" };
    const { status, documents } = await world.ingest([unlisted, page("two/b", "x"), page("two/c", "z")]);
    // What lies elsewhere moved, or is gone; the sweep waits until all is seen.
    expect({ status, documents }).toEqual({ status: "PARTIAL", documents: { x: "one/a", "x-2": "two/b", z: "two/c" } });
  });

  test("in part keeps what was in the rest of it", async () => {
    using world = corpus();
    const whole = { path: "m", documents: { "m#a": "About a.", "m#b": "About b.", "m#c": "About c." } };
    await world.ingest([whole]);
    const part = { path: "m", documents: { "m#a": "About a, newly.", "m#c": "About c." }, damage: "page 2" };
    for (let run = 0; run < 2; run++) {
      const { status, documents } = await world.ingest([part]);
      expect({ status, documents: Object.keys(documents) }).toEqual({
        status: "PARTIAL",
        documents: ["m#a", "m#b", "m#c"],
      });
    }
    const { path, documents: left } = part;
    expect(Object.keys((await world.ingest([{ path, documents: left }])).documents)).toEqual(["m#a", "m#c"]);
  });

  test("in part moves no number", async () => {
    using world = corpus();
    const whole = {
      path: "m",
      documents: { "m#setup": "The first.", "m#setup-2": "The second.", "m#end": "The end." },
    };
    await world.ingest([whole]);
    world.embedder.batches.length = 0;
    const part = { path: "m", documents: { "m#setup": "The second.", "m#end": "Another end." }, damage: "page 1" };
    for (let run = 0; run < 2; run++) expect((await world.ingest([part])).status).toBe("PARTIAL");
    expect(world.embedder.texts).toEqual(["Files\n\nAnother end."]);
    // The first is what it was: nothing of it is embedded again.
    expect((await world.ingest([whole])).status).toBe("OK");
    expect(world.embedder.texts).toEqual(["Files\n\nAnother end.", "Files\n\nThe end."]);
  });
});

describe("an address that goes to another input", () => {
  test("is not taken from one that cannot be read, whichever comes first", async () => {
    using world = corpus();
    await world.ingest([page("b", "x"), page("c", "y")]);
    const { status, warnings, documents } = await world.ingest([
      page("a", "x"),
      { path: "b", broken: "torn" },
      page("c", "y"),
    ]);
    expect({ status, documents }).toEqual({ status: "PARTIAL", documents: { x: "b", y: "c" } });
    expect(warnings).toEqual(["b: torn", "a: a second document with the source_url x, which that of b has"]);
    const { documents: then } = await world.ingest([page("a", "x"), page("b", "x-2"), page("c", "y")]);
    expect(then).toEqual({ x: "a", "x-2": "b", y: "c" });
  });

  test.each([[false], [true]])("costs nothing, however many move up (sequential: %p)", async (sequential) => {
    using world = corpus();
    await world.ingest([page("a", "x"), page("b", "x-2"), page("c", "x-3"), page("d", "y")], { sequential });
    world.embedder.batches.length = 0;
    const moved = [page("0", "x"), page("a", "x-2"), page("b", "x-3"), page("c", "x-4"), page("e", "y")];
    const { status, documents } = await world.ingest(moved, { sequential });
    expect({ status, documents }).toEqual({
      status: "OK",
      documents: { x: "0", "x-2": "a", "x-3": "b", "x-4": "c", y: "e" },
    });
    expect(world.embedder.texts).toEqual(["Files\n\nThe text of 0.", "Files\n\nThe text of e."]);
    const back = [page("c", "x"), page("b", "x-2"), page("a", "x-3"), page("e", "y")];
    world.embedder.batches.length = 0;
    expect((await world.ingest(back, { sequential })).documents).toEqual({ x: "c", "x-2": "b", "x-3": "a", y: "e" });
  });

  test("is waited for no longer than there is room", async () => {
    using world = corpus();
    // Of 100 chunks each.
    const many = Array.from({ length: 60 }, (_, index) => `${index}`);
    const text = (name: string) =>
      many
        .concat(many)
        .map((line) => `${`Line ${line} of ${name}. `.repeat(20)}\n\n`)
        .join("");
    const named = (folder: string) => many.map((name) => page(`${folder}/${name}`, name, text(name)));
    await world.ingest(named("old"));
    expect(world.embedder.texts.length).toBeGreaterThan(5_000);
    world.embedder.batches.length = 0;
    const { status, documents } = await world.ingest(named("new"));
    expect(status).toMatch(/^(OK|UNCHANGED)$/);
    expect(new Set(Object.values(documents).map((path) => path.split("/")[0]))).toEqual(new Set(["new"]));
    expect(world.embedder.texts).toEqual([]);
  });

  test("belongs to the first in the listing that wants it, though others waited", async () => {
    using world = corpus();
    await world.ingest([page("m", "x"), page("n", "y")]);
    const both = { path: "m", documents: { x: "The x of m.", y: "The y of m." } };
    const { documents } = await world.ingest([page("a", "x"), page("b", "x"), both, page("n", "z")]);
    expect(documents).toEqual({ x: "a", y: "m", z: "n" });
  });
});

describe("documents under other addresses", () => {
  const pages = (from: string, count: number) =>
    Array.from({ length: count }, (_, index) => page(`p${index}`, `${from}/p${index}`));

  test("are not lost, however many there are, and nothing is embedded again", async () => {
    using world = corpus();
    await world.ingest(pages("docs", 30));
    world.embedder.batches.length = 0;
    const { status, documents } = await world.ingest(pages("", 30));
    expect(status).toBe("OK");
    expect(Object.keys(documents)).toHaveLength(30);
    expect(Object.keys(documents)[0]).toBe("/p0");
    expect(world.embedder.texts).toEqual([]);
  });

  test("do not hide those that are", async () => {
    using world = corpus();
    await world.ingest(pages("docs", 30));
    const { status, reason, documents } = await world.ingest(pages("", 10));
    expect(status).toBe("FAILED");
    expect(Object.keys(documents)).toHaveLength(40);
    expect(reason).toMatch(/would lose 20 of its 30 documents, more than 15; [^]* --max-delete 30$/);
    expect((await world.ingest(pages("", 10), { maxDelete: 30 })).status).toBe("OK");
  });
});

test("a rebuild that goes on keeps for what cannot be read what readers have of it, and for nothing else", () => {
  const document = (input: string) => ({ input, complete: true, chunks: 1 });
  const coverage = new Coverage({
    documents: new Map([["y", document("b")]]),
    inputs: new Map(),
    replaces: {
      documents: new Map([
        ["x", document("b")],
        ["z", document("c")],
      ]),
      carriedOver: true,
    },
  });
  expect(coverage.keep("b")).toEqual([]);
  expect(coverage.ownerOf("x", "d")).toBeUndefined();
  expect(coverage.ownerOf("y", "d")).toBe("b");
  coverage.keepUnread("c");
  expect(coverage.ownerOf("z", "d")).toBe("c");
});

describe("a corpus of names that an earlier version stored as macOS writes them", () => {
  const [mac, now] = ["é".normalize("NFD"), "é".normalize("NFC")];

  test("gets the names of this version: nothing is embedded, and nothing counts as lost", async () => {
    using docs = corpus();
    const text = "The text of a page.";
    await docs.ingest([page(mac, mac, text)]);
    const { length } = docs.embedder.texts;
    expect(await docs.ingest([page(now, now, text)], { maxDelete: 0 })).toMatchObject({
      status: "OK",
      warnings: [],
      documents: { [now]: now },
    });
    expect(docs.embedder.texts).toHaveLength(length);
  });

  test("keeps what a file had that cannot be read", async () => {
    using docs = corpus();
    await docs.ingest([page(mac, mac), page("b", "b")]);
    expect((await docs.ingest([{ path: now, broken: "locked" }, page("b", "b")])).documents).toEqual({
      [mac]: mac,
      b: "b",
    });
  });
});
