import { cpSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { readDescription } from "../../src/parsers/javadoc/doc-comment.ts";
import { javadoc } from "../../src/parsers/javadoc/entry.ts";
import { parseContext, readAll, sourceOf } from "../support/read-source.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const FIXTURES = join(import.meta.dir, "../fixtures/javadoc");
const source = (dataDir: string) => sourceOf({ name: "api", parser: "javadoc", dataDir });

describe("javadoc", () => {
  test("makes a document of each class, with its package, its link and every typed signature", async () => {
    const { documents } = await readAll(javadoc, source(FIXTURES));
    const [customer] = documents;
    expect(customer).toMatchObject({
      sourceUrl: "bbj_api://com.example.store.Customer",
      title: "Customer",
      docType: "api-reference",
      generations: ["bbj_gui", "dwc"],
      contextHeader: "BBj API Reference > com.example.store > Customer",
      displayUrl: "https://docs.example.com/store/Customer.htm",
      metadata: { package: "com.example.store" },
      deprecated: false,
    });
    expect(customer?.content).toBe(
      [
        "# Customer",
        "Package `com.example.store`",
        "A Customer of the store, with a name & a balance.",
        "[Docs](https://docs.example.com/store/Customer.htm)",
        "## Fields",
        "### `int LIMIT_MAX`",
        "The highest credit limit.",
        "## Constructors",
        "### `Customer(String name)`",
        "Makes a customer.",
        "## Methods",
        "### `setLimit(int limit, List<String> reasons)`",
        "Sets the credit limit. **It must not** be more than `LIMIT_MAX`. A second sentence stays.",
        "### `setLimit(limit)`",
      ].join("\n\n"),
    );
  });

  test("reads comments as they stand in the source", async () => {
    const { documents } = await readAll(javadoc, source(FIXTURES));
    const order = documents.find(({ title }) => title === "Order");
    expect(order?.deprecated).toBe(true);
    expect(order?.content).toBe(
      [
        "# Order",
        "Package `com.example.store`",
        "An order of a Customer.",
        "```\n  order! = new Order()\n    order!.send()\n```",
        "- `<T>`: what is ordered\n- Since: 1.2\n- Deprecated: use the basket",
        "## Constructors",
        "### `Order()`",
        "## Methods",
        "### `send(String to)`",
        "Sends the order, when `total > 0`.",
        "- `to`: the address it goes to\n- Returns: whether it was sent\n- Throws IOException when nobody answers",
      ].join("\n\n"),
    );
  });

  test("a class that occurs twice is two documents, whichever of its files is read", async () => {
    const { documents } = await readAll(javadoc, source(FIXTURES));
    const urls = documents.filter(({ title }) => title === "Customer").map(({ sourceUrl }) => sourceUrl);
    expect(urls).toEqual(["bbj_api://com.example.store.Customer", "bbj_api://com.example.store.Customer-2"]);
    using directory = temporaryDirectory();
    cpSync(FIXTURES, directory.path, { recursive: true });
    const before = await readAll(javadoc, source(directory.path));
    rmSync(join(directory.path, "com.example.store.json"));
    const after = await readAll(javadoc, source(directory.path));
    expect(after.documents.map(({ sourceUrl }) => sourceUrl)).toEqual(["bbj_api://com.example.store.Customer"]);
    const other = "com.example.store.more.json";
    expect(after.fingerprints.get(other)).not.toBe(before.fingerprints.get(other) ?? "");
  });

  test("files that are no export, or hold no class, are named", async () => {
    using directory = temporaryDirectory();
    cpSync(FIXTURES, directory.path, { recursive: true });
    writeFileSync(join(directory.path, "torn.json"), '{"name": "com.exam');
    const { notes } = await readAll(javadoc, source(directory.path));
    expect(notes).toMatchObject([
      { kind: "skipped", path: "package-empty.json", reason: "the package com.example.empty has no classes" },
      { kind: "skipped", path: "settings.json", reason: "no Javadoc export: it has no list of classes" },
      { kind: "failed", path: "torn.json", reason: expect.stringContaining("not valid JSON") },
    ]);
  });
});

describe("a file that cannot be read", () => {
  const written = (folder: string, file: string, ...classes: string[]) =>
    writeFileSync(join(folder, file), JSON.stringify({ name: "p", classes: classes.map((name) => ({ name })) }));

  /** Which file each class is of, with what `before` left in the store. */
  const read = async (
    dataDir: string,
    before: ReadonlyMap<string, string> = new Map(),
    fileSizeBytesMax = 1_000_000,
  ) => {
    const context = parseContext({ storedInput: (url) => before.get(url), fileSizeBytesMax });
    return readAll(javadoc, source(dataDir), context);
  };

  test.each([
    ["torn", (file: string) => writeFileSync(file, '{"name": "p", "cla')],
    ["empty", (file: string) => writeFileSync(file, "")],
    ["too large", (file: string) => writeFileSync(file, " ".repeat(2_000_000))],
    ["a link to nowhere", (file: string) => (rmSync(file), symlinkSync("nowhere", file))],
  ])("keeps its numbers: %s", async (_, spoil) => {
    for (const spoilt of ["a.json", "b.json", "c.json"]) {
      using directory = temporaryDirectory();
      const { path } = directory;
      written(path, "a.json", "A", "B");
      written(path, "b.json", "A");
      written(path, "c.json", "B", "A");
      const before = await read(path);
      expect([...before.inputs]).toEqual([
        ["bbj_api://p.A", "a.json"],
        ["bbj_api://p.B", "a.json"],
        ["bbj_api://p.A-2", "b.json"],
        ["bbj_api://p.B-2", "c.json"],
        ["bbj_api://p.A-3", "c.json"],
      ]);
      spoil(join(path, spoilt));
      // And one that comes first of all has what is left.
      written(path, "0.json", "A");
      const after = await read(path, before.inputs);
      const kept = [...before.inputs].filter(([, input]) => input === spoilt).map(([url]) => url);
      for (const url of kept) expect(after.inputs.has(url)).toBe(false);
      expect(new Set(after.documents.map(({ sourceUrl }) => sourceUrl)).size).toBe(after.documents.length);
      rmSync(join(path, "0.json"));
      const without = await read(path, before.inputs);
      expect([...without.inputs]).toEqual([...before.inputs].filter(([, input]) => input !== spoilt));
    }
  });

  test("that was never stored has no numbers", async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    writeFileSync(join(path, "a.json"), "torn");
    written(path, "b.json", "A");
    expect([...(await read(path)).inputs]).toEqual([["bbj_api://p.A", "b.json"]]);
  });
});

test("a file that is too large to be read is not read to number its classes either", async () => {
  using directory = temporaryDirectory();
  const written = (name: string, docu: string) =>
    writeFileSync(join(directory.path, name), JSON.stringify({ name: "p", classes: [{ name: "A", docu }] }));
  written("a.json", "x".repeat(2_000));
  written("b.json", "x");
  const { documents, notes } = await readAll(
    javadoc,
    source(directory.path),
    parseContext({ fileSizeBytesMax: 1_000 }),
  );
  expect(documents).toMatchObject([{ sourceUrl: "bbj_api://p.A" }]);
  expect(notes).toMatchObject([{ kind: "failed", path: "a.json", reason: expect.stringMatching(/^too large/) }]);
});

test("a description with elements beyond all sense fails its file, and the others are read", async () => {
  using directory = temporaryDirectory();
  const written = (name: string, docu: string) =>
    writeFileSync(join(directory.path, `${name}.json`), JSON.stringify({ name, classes: [{ name: "A", docu }] }));
  written("a", "<div>".repeat(20_000));
  written("b", "fine");
  const { documents, notes } = await readAll(javadoc, source(directory.path));
  expect(documents).toMatchObject([{ sourceUrl: "bbj_api://b.A" }]);
  expect(notes).toEqual([
    { kind: "failed", path: "a.json", reason: "the elements of a description are nested too deeply" },
  ]);
});

test("links that are never closed are read before anybody grows tired", () => {
  expect(readDescription(`${"[Docs](".repeat(100_000)}x`).url).toBe("");
});

describe("a description", () => {
  test.each([
    ["an e-mail address is no tag", "Write to a@b.example.", "Write to a@b.example."],
    ["code in braces keeps its own", "/** {@code if (x) { y() }} */", "`if (x) { y() }`"],
    [
      "a link to a member is its name",
      "/** See {@link #size()} and {@linkplain A#b the other}. */",
      "See size() and the other.",
    ],
    ["tags for authors are left out", "/** Text.\n * @author A\n * @version 3 */", "Text."],
    ["what else begins with an at sign is text", "In code:\n@Override says more.", "In code: @Override says more."],
    ["notes on an API are notes", "/** Text.\n * @apiNote Slow. */", "Text.\n\n- Note: Slow."],
    [
      "of a page of the help only what follows its heading describes",
      'me</title><script src="x"></script></head><body><nav>Account</nav><h1>A::b</h1><p>Sets b.</p>',
      "Sets b.",
    ],
    ["a table in it is no page", "Text.<table><tr><th>A</th></tr></table>", "Text.\n\n| A |\n| - |"],
    ["nothing is nothing", "", ""],
  ])("%s", (_, docu, markdown) => {
    expect(readDescription(docu).markdown).toBe(markdown);
  });

  test.each([
    ["Text.\r\r[Docs](https://a.example/b_(c).htm) \n", "https://a.example/b_(c).htm", "Text."],
    ["[Docs](https://a.example/b)[Docs](https://a.example/c)", "https://a.example/c", "[Docs](https://a.example/b)"],
    ["[Docs](a b)", "", "[Docs](a b)"],
    ["See [Docs](a) for more.", "", "See [Docs](a) for more."],
  ])("%j is published at %j", (docu, url, markdown) => {
    expect(readDescription(docu)).toMatchObject({ url, markdown });
  });
});
