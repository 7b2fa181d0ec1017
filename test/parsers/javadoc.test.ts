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

describe("a snippet", () => {
  const fence = (code: string, language = "") => `\`\`\`${language}\n${code}\n\`\`\``;

  test.each([
    [
      "is a block of code with its language",
      "Text.\n{@snippet lang=java :\nint y = 3;\nint z = 4;\n}\nMore.",
      `Text.\n\n${fence("int y = 3;\nint z = 4;", "java")}\n\nMore.`,
    ],
    ["may name no language", "{@snippet :\na\n}", fence("a")],
    ["may stand on one line", "See {@snippet : open(1)} now.", `See\n\n${fence("open(1)")}\n\nnow.`],
    [
      "has attributes in any writing",
      `{@snippet id='a:b' lang = "bbj" class="x" :\nprint 1\n}`,
      fence("print 1", "bbj"),
    ],
    [
      "has braces of any depth",
      "{@snippet :\nif (a) { for (;;) { if (b) { c(); } } }\n}",
      fence("if (a) { for (;;) { if (b) { c(); } } }"),
    ],
    [
      "keeps what would be markup, and its indentation",
      '{@snippet lang=java :\n    List<String> a = b && c ? x : y; // &lt;\n\n      a.add("<p>");\n    }',
      fence('List<String> a = b && c ? x : y; // &lt;\n\n  a.add("<p>");', "java"),
    ],
    [
      "that was escaped by its exporter is not",
      "{@snippet :\nList&lt;String&gt; a = b &amp;&amp; c;\n}",
      fence("List<String> a = b && c;"),
    ],
    [
      "loses the comments that only mark it up, and no other",
      [
        "{@snippet lang=java :",
        "// @start region=main",
        'String a = "x"; // @highlight substring="x" type="bold"',
        "// a remark",
        "b(); // @replace regex='b' replacement='c' @link substring='b' target='B#b'",
        "  // @highlight region regex='.*' :",
        "c(); // @Override",
        "key=value # @highlight",
        "// @end",
        "}",
      ].join("\n"),
      fence('String a = "x";\n// a remark\nb();\nc(); // @Override\nkey=value', "java"),
    ],
    [
      "holds lines that would be tags elsewhere",
      "/** Text.\n * {@snippet :\n * @param x no tag\n * @return none\n * }\n * @return one */",
      `Text.\n\n${fence("@param x no tag\n@return none")}\n\n- Returns: one`,
    ],
    [
      "stands in a list",
      "<ul><li>First {@snippet lang=java :\na();\n b();\n}</li><li>Second</li></ul>",
      "- First\n  ```java\n  a();\n   b();\n  ```\n- Second",
    ],
    [
      "stands in a table",
      "<table><tr><th>A</th></tr><tr><td>{@snippet :\na | b\n}</td></tr></table>",
      "| A |\n| - |\n| `a \\| b` |",
    ],
    [
      "stands in the note of a tag",
      "Text.\n@apiNote Call it so:\n{@snippet lang=java :\na();\n\n  b();\n}\nand no other way.\n@since 2",
      "Text.\n\n- Note: Call it so:\n\n  ```java\n  a();\n\n    b();\n  ```\n\n  and no other way.\n- Since: 2",
    ],
    ["may be all of a tag", "Text.\n@implSpec {@snippet :\na();\n}", "Text.\n\n- Note:\n\n  ```\n  a();\n  ```"],
    [
      "of another file is named by it",
      `Before. {@snippet file="ui/Show.java" region="main"} {@snippet class=Other} After.`,
      "Before. (code: `ui/Show.java`, region `main`) (code: `Other`) After.",
    ],
    ["with code of its own needs no file", `{@snippet file="Show.java" :\na();\n}`, fence("a();")],
    ["that is never closed is text", "{@snippet : a { b", "{@snippet : a { b"],
    [
      "says in any comment what is marked",
      "{@snippet lang=html :\n<!-- @highlight -->\n<b>x</b>\n}",
      "```html\n<b>x</b>\n```",
    ],
    ["of nothing is nothing", "Text. {@snippet :\n}", "Text."],
  ])("%s", (_, docu, markdown) => {
    expect(readDescription(docu).markdown).toBe(markdown);
  });

  test("of a method is in its class, and code that is elsewhere is warned about", async () => {
    using directory = temporaryDirectory();
    const docu = "Opens.\n{@snippet lang=java :\nopen();\n}\n{@snippet file=Show.java}";
    const methods = [{ name: "open", docu, params: [] }];
    writeFileSync(join(directory.path, "p.json"), JSON.stringify({ name: "p", classes: [{ name: "A", methods }] }));
    const { documents, notes } = await readAll(javadoc, source(directory.path));
    expect(documents[0]?.content).toEndWith("Opens.\n\n```java\nopen();\n```\n\n(code: `Show.java`)");
    expect(notes).toEqual([
      {
        kind: "warning",
        path: "p.json",
        reason: "the code of 1 snippet stands in other files, and not in the export: Show.java",
      },
    ]);
  });

  test("without end, and others by the thousand, are read before anybody grows tired", () => {
    for (const docu of [
      "{@snippet : ".repeat(100_000),
      "{@code {".repeat(100_000),
      "{@snippet a=".repeat(100_000) + "}".repeat(100_000),
    ])
      expect(readDescription(docu).url).toBe("");
  });
});

describe("other code in a description", () => {
  test.each([
    [
      "in braces within a block keeps its indentation",
      "<pre>{@code\n  if (a) {\n    b<c>();\n  }\n}</pre>",
      "```\n  if (a) {\n    b<c>();\n  }\n```",
    ],
    [
      "of a parameter stands below its name",
      "Text.\n@param x {@snippet :\na();\n}\n@param y why",
      "Text.\n\n- `x`:\n\n  ```\n  a();\n  ```\n- `y`: why",
    ],
    ["in braces within braces", "Use {@code a { b { c { d } } } }.", "Use `a { b { c { d } } }`."],
    ["is no list of tags", "{@code\n@param x}\n@return y", "`@param x`\n\n- Returns: y"],
    ["that is meant to be seen as it is", "A {@literal <b>} and {@literal @see}.", "A `<b>` and `@see`."],
    [
      "in a block of a tag",
      "Text.\n@implNote So: <pre>a\n  b</pre>",
      "Text.\n\n- Note: So:\n\n  ```\n  a\n    b\n  ```",
    ],
  ])("%s", (_, docu, markdown) => {
    expect(readDescription(docu).markdown).toBe(markdown);
  });
});
