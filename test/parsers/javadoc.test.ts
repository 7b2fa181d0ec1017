import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { readDescription } from "../../src/parsers/javadoc/doc-comment.ts";
import { javadoc } from "../../src/parsers/javadoc/javadoc.ts";
import { readAll, sourceOf } from "../support/read-source.ts";
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
    ["nothing is nothing", "", ""],
  ])("%s", (_, docu, markdown) => {
    expect(readDescription(docu).markdown).toBe(markdown);
  });
});
