import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeCorpus } from "../support/corpus.ts";
import { makeEmbedded } from "../support/databases.ts";
import { EXECUTABLE, run, serverTest, testDatabase } from "../support/executable.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

function corpus(directory: string): void {
  writeCorpus(directory, { pages: 4, sections: 2 });
  writeFileSync(join(directory, "docs/draft.md"), "---\ndraft: true\n---\n# Draft\n\nNot yet.\n");
  writeFileSync(
    join(directory, "docs/page-0003.md"),
    "# Generics\n\nA `List<String>` stays.\n\n```java\nList<String> a;\n```\n",
  );
}

const lines = (stdout: string) =>
  stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

describe("parse", () => {
  test("shows documents, chunks and what was left out, and touches nothing", async () => {
    using directory = temporaryDirectory();
    corpus(directory.path);
    const { exitCode, stdout, stderr } = await run(["parse", "--source", "docs", "--limit", "1"], {
      cwd: directory.path,
    });
    expect(exitCode).toBe(0);
    expect(stdout).toContain("=== docs://page-0000.md");
    expect(stdout).not.toContain("=== docs://page-0001.md");
    expect(stdout).toContain("context_header: docs > Page 0");
    expect(stdout).toMatch(/--- chunk 1 of 2/);
    expect(stdout).toMatch(/docs +mdx +5 +4 +7 +0 +1 +0 +0/);
    expect(stdout).toContain("docs: bbj 4; tutorial 4");
    expect(stderr).toContain("docs/draft.md: draft: true");
    expect([...new Bun.Glob("*").scanSync({ cwd: directory.path, dot: true })]).toEqual(["sources.toml"]);
  });

  test("--full --json gives whole documents with their chunks, one object a line", async () => {
    using directory = temporaryDirectory();
    corpus(directory.path);
    const { stdout } = await run(["parse", "--json", "--full", "--limit", "100"], { cwd: directory.path });
    const events = lines(stdout);
    const documents = events.filter(({ type }) => type === "document");
    expect(documents.map(({ source_url }) => source_url)).toHaveLength(4);
    expect(documents[3].content).toContain("List<String> a;");
    expect(documents[3].chunks[0].content).toStartWith("docs > Generics\n\n");
    expect(events.at(-1)).toMatchObject({
      type: "source",
      source: "docs",
      documents: 4,
      chunks: 7,
      skipped: 1,
      failed: 0,
    });
    expect(events.find(({ type }) => type === "note")).toMatchObject({ kind: "skipped", path: "docs/draft.md" });
  });

  test("ends with 1 when something cannot be read, and with 2 for a source that is not there", async () => {
    using directory = temporaryDirectory();
    corpus(directory.path);
    mkdirSync(join(directory.path, "docs/broken"));
    writeFileSync(join(directory.path, "big.toml"), "");
    const args = ["parse", "-q"];
    const failed = await run(args, { cwd: directory.path, env: { BBJ_RAG_FILE_SIZE_MAX: "0.0001" } });
    expect(failed.exitCode).not.toBe(0);
    const unknown = await run(["parse", "--source", "dosc"], { cwd: directory.path });
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr).toContain('did you mean "docs"');
  });
});

describe("report", () => {
  test("and the run say that vectors are too long for an index", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 1 });
    const said = "vectors of 4,096 dimensions are longer than the 4,000 that pgvector can index";
    const args = ["--embedder", "lexical", "--dimensions", "4096"];
    const ingested = await run(args, { cwd: directory.path });
    expect([ingested.exitCode, ingested.stderr + ingested.stdout]).toEqual([0, expect.stringContaining(said)]);
    const { exitCode, stdout } = await run(["report"], { cwd: directory.path });
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining(said)]);
    expect(stdout).toContain("index on vectors: none, a search looks at each of them\n");
  });

  test("says that an embedded corpus has no index yet, and when it gets one", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 1 });
    await makeEmbedded(join(directory.path, ".bbj-rag"));
    const ingested = await run(["--embedder", "lexical", "--dimensions", "1000"], { cwd: directory.path });
    expect([ingested.exitCode, ingested.stderr]).toEqual([0, expect.not.stringContaining("vector index")]);
    const { stdout } = await run(["report"], { cwd: directory.path });
    const none = "none, a search looks at each of them; a run makes one from 3,501 chunks on";
    expect(stdout).toContain(`index on vectors: ${none}\n`);
    const json = await run(["report", "--json"], { cwd: directory.path });
    expect(lines(json.stdout)).toMatchObject([{ vector_indexes: { hnsw: false, list: false, from_rows: 3_501 } }]);
  });

  serverTest("says what the corpus consists of, and warns of what looks wrong", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    corpus(directory.path);
    const { path } = directory;
    writeFileSync(
      join(path, "sources.toml"),
      ["docs", "empty"]
        .map(
          (name) => `[[sources]]\nname = "${name}"\nparser = "mdx"\npaths = ["${name}"]\ngeneration_tag = "untagged"\n`,
        )
        .join("\n"),
    );
    mkdirSync(join(path, "empty"));
    const db = ["--database-url", database.url];
    await run(["--embedder", "lexical", "--dimensions", "16", ...db, "--source", "docs"], { cwd: path });
    const { exitCode, stdout } = await run(["report", ...db], { cwd: path });
    expect(exitCode).toBe(0);
    expect(stdout).toContain("7 chunks of 4 documents, 0 of them incomplete");
    expect(stdout).toContain("index on vectors: HNSW, a list of all of them\n");
    expect(stdout).toMatch(/docs +7 +100\.0%/);
    expect(stdout).toMatch(/tutorial +7 +100\.0%/);
    expect(stdout).toContain('warning: source "empty" has no chunks');
    expect(stdout).toContain("warning: 100% of the chunks are untagged");
    const [json] = lines((await run(["report", "--json", ...db], { cwd: path })).stdout);
    expect(json).toMatchObject({
      type: "report",
      chunks: 7,
      documents: 4,
      untagged: 7,
      by_source: [{ name: "docs", chunks: 7 }],
      by_generation: [{ name: "untagged", chunks: 7 }],
      split: { chunks: 0, parts: 0 },
      vector_indexes: { hnsw: true, list: true, from_rows: null },
    });
    expect(json.longest[0].characters).toBeGreaterThan(json.shortest[0].characters);
    expect(json.warnings).toHaveLength(2);
  });

  test("without a corpus says how to make one", async () => {
    using directory = temporaryDirectory();
    corpus(directory.path);
    const { exitCode, stderr } = await run(["report"], { cwd: directory.path });
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`make one first: ${EXECUTABLE} ingest\n`);
  });
});

describe("search refuses what the corpus does not have, and lists what it has", () => {
  serverTest("sources, generations and models", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    corpus(directory.path);
    const db = ["--database-url", database.url];
    await run(["--embedder", "lexical", "--dimensions", "16", ...db], { cwd: directory.path });
    writeFileSync(
      join(directory.path, "sources.toml"),
      `[[sources]]\nname = "new"\nparser = "mdx"\npaths = ["docs"]\n`,
    );
    for (const [args, message] of [
      [["--source", "dosc"], 'unknown source "dosc"; did you mean "docs"? (sources: docs)'],
      [["--source", "x", "--generation", "BBJ"], 'unknown source "x" (sources: docs)'],
      [["--source", "x", "--generation", "BBJ"], 'unknown generation "BBJ"; did you mean "bbj"? (generations: bbj'],
      [["--source", "new"], 'source "new" has no chunks yet'],
      [["--source", "new"], `ingest it: ${EXECUTABLE} --source new --database-url`],
      [
        ["--model", "other"],
        "was made with lexical feature-hashing-v1 (16 dimensions); questions are embedded with that",
      ],
      [["--embedder", "ollama"], "leave out --embedder, --model and --dimensions"],
      [["--config", "nowhere.toml"], "sources file nowhere.toml does not exist"],
    ] as const) {
      const { exitCode, stdout, stderr } = await run(["search", "page", ...args, ...db], { cwd: directory.path });
      expect(stderr).toContain(message);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    }
    const same = ["--embedder", "lexical", "--dimensions", "16", "--source", "docs", "--generation", "bbj"];
    const found = await run(["search", "page", "--json", ...same, ...db], { cwd: directory.path });
    expect(found).toMatchObject({ exitCode: 0, stderr: "" });
    expect(lines(found.stdout)).not.toEqual([]);
  });
});

serverTest("search in a corpus of an embedder that this version does not have names it", async () => {
  using directory = temporaryDirectory();
  await using database = await testDatabase();
  corpus(directory.path);
  const db = ["--database-url", database.url];
  await run(["--embedder", "lexical", "--dimensions", "16", ...db, "--source", "docs"], { cwd: directory.path });
  const identity = JSON.stringify({ provider: "voyage", model: "voyage-4", dimensions: 16 });
  await database.sql`update ingest_meta set value = ${identity} where key = 'identity'`;
  const { exitCode, stderr } = await run(["search", "generics", ...db], { cwd: directory.path });
  expect(exitCode).toBe(2);
  expect(stderr).toContain("was made with voyage voyage-4, which this version does not know");
  expect(stderr).toContain("bbj-ingest-all --clean");
});
