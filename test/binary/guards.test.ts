import { describe, expect } from "bun:test";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removePage, writeCorpus, writePage } from "../support/corpus.ts";
import { run, serverTest, start, testDatabase } from "../support/executable.ts";
import { DIMENSIONS, flags, hasVectorIndex, ingested, killedAt, PAGES, SECTIONS } from "../support/ingested-corpus.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import { startProxy } from "../support/tcp-proxy.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { until } from "../support/until.ts";

describe("--clean keeps the corpus that readers have", () => {
  serverTest("when a source suddenly yields nothing", async () => {
    await using corpus = await ingested();
    const before = await corpus.rows();
    for (let page = 0; page < PAGES; page++) removePage(corpus.path, "docs", page);
    const { exitCode, stdout, stderr } = await corpus.ingest("--clean");
    expect(stderr).toContain(`it yields no documents; the ${PAGES} that are stored stay`);
    expect(stderr).toContain("the rebuild is not swapped in and the old corpus stays");
    expect(stdout).toContain("FAILED");
    expect(exitCode).toBe(1);
    expect(await corpus.rows()).toEqual(before);
  });

  serverTest("when a source has lost more than half of its 24 documents, until --max-delete allows it", async () => {
    await using corpus = await ingested();
    const before = await corpus.rows();
    for (let page = 0; page < 13; page++) removePage(corpus.path, "docs", page);
    const refused = await corpus.ingest("--clean");
    expect(refused.stderr).toContain(
      "it would lose 13 of its 24 documents, more than 12; nothing was removed. If that is right, allow so many: ",
    );
    expect(refused.stdout).toMatch(
      /allow so many:\n {2}\S+ --clean --max-delete 13 |allow so many:\n {2}\S+ --max-delete 13 --clean /,
    );
    expect(refused.exitCode).toBe(1);
    expect(await corpus.rows()).toEqual(before);
    const embedded = corpus.ollama.requests;
    const allowed = await corpus.ingest("--clean", "--max-delete", "13");
    expect(allowed.stderr).not.toContain("not swapped in");
    expect(allowed.exitCode).toBe(0);
    expect(await corpus.rows()).toHaveLength((PAGES - 13) * SECTIONS);
    // All of it was in the shadow already.
    expect(corpus.ollama.requests).toBe(embedded + 1);
  });

  serverTest("when a source has lost more than --max-delete, few as they are", async () => {
    await using corpus = await ingested({ pages: 4 });
    const before = await corpus.rows();
    removePage(corpus.path, "docs", 0);
    removePage(corpus.path, "docs", 1);
    const refused = await corpus.ingest("--clean", "--max-delete", "1");
    expect(refused.stderr).toContain("it would lose 2 of its 4 documents, more than 1; nothing was removed");
    expect(refused.exitCode).toBe(1);
    expect(await corpus.rows()).toEqual(before);
  });

  serverTest("when one of its sources cannot be listed", async () => {
    await using corpus = await ingested();
    writePage(corpus.path, "other", 0, SECTIONS);
    const toml = join(corpus.path, "sources.toml");
    writeFileSync(
      toml,
      ["docs", "other"].map((name) => `[[sources]]\nname = "${name}"\nparser = "mdx"\npaths = ["${name}"]\n`).join(""),
    );
    expect(await corpus.ingest()).toMatchObject({ exitCode: 0 });
    const before = await corpus.rows();
    writePage(corpus.path, "docs", 3, SECTIONS, "new words");
    rmSync(join(corpus.path, "other", "page-0000.md"));
    const { exitCode, stderr } = await corpus.ingest("--clean");
    expect(stderr).toContain("goes on with what it has: other: it yields no documents; the 1 that are stored stay");
    expect(exitCode).toBe(1);
    expect(await corpus.rows()).toEqual(before);
  });

  serverTest("of another model, when most of its documents fail with the new one", async () => {
    await using corpus = await ingested();
    const before = await corpus.rows();
    const failing = await startOllama({
      model: "other",
      dimensions: DIMENSIONS,
      fault: (_, texts) =>
        texts.some((text) => /of page (?:[5-9]|1\d|2\d),/.test(text))
          ? Response.json({ error: "invalid input" }, { status: 400 })
          : undefined,
    });
    await using _ = failing;
    const other = [...flags(failing.url, corpus.database.url), "--model", "other"];
    const { exitCode, stderr } = await run([...other, "--clean"], { cwd: corpus.path });
    expect(stderr).toContain(`it would lose 19 of its 24 documents, more than 12`);
    expect(exitCode).toBe(1);
    expect(await corpus.rows()).toEqual(before);
    // The plain run works on it, as if nothing had been tried.
    expect((await corpus.ingest()).stdout).toContain("unchanged");

    await using healthy = await startOllama({ model: "other", dimensions: DIMENSIONS });
    const again = [...flags(healthy.url, corpus.database.url), "--model", "other", "--clean"];
    expect(await run(again, { cwd: corpus.path })).toMatchObject({ exitCode: 0 });
    expect(healthy.textsSeen.size).toBe(19 * SECTIONS + 1);
    expect(await corpus.rows()).toHaveLength(PAGES * SECTIONS);
  });

  serverTest("when a view depends on it, and says so before anything is embedded", async () => {
    await using corpus = await ingested();
    const before = await corpus.rows();
    await corpus.database.sql`create view readers as select content from chunks`;
    const { requests } = corpus.ollama;
    const { exitCode, stderr } = await corpus.ingest("--clean");
    expect(stderr).toContain('puts a new table in the place of "chunks"');
    expect(stderr).toContain("view readers depends on the old one");
    expect(stderr).not.toContain("    at ");
    expect(exitCode).toBe(2);
    expect(corpus.ollama.requests).toBeLessThanOrEqual(requests + 1);
    expect(await corpus.rows()).toEqual(before);
  });
});

serverTest("--clean names the sources that are not part of it, whose documents leave with the old corpus", async () => {
  await using corpus = await ingested({ pages: 2 });
  writePage(corpus.path, "other", 0, SECTIONS);
  writeFileSync(join(corpus.path, "other.toml"), '[[sources]]\nname = "other"\nparser = "mdx"\npaths = ["other"]\n');
  expect(await corpus.ingest("--config", "other.toml")).toMatchObject({ exitCode: 0 });
  const { exitCode, stderr } = await corpus.ingest("--clean");
  expect(stderr).toContain('warning: source "other" is not part of this rebuild: its document leaves');
  expect(stderr).not.toContain('source "docs" is not part');
  expect(exitCode).toBe(0);
  expect(await corpus.rows()).toHaveLength(2 * SECTIONS);
  expect((await corpus.ingest("--clean")).stderr).not.toContain("is not part of this rebuild");
});

serverTest("--clean with another model says what leaves of the files that could not be ingested", async () => {
  await using corpus = await ingested({ pages: 3 });
  const [page = ""] = readdirSync(join(corpus.path, "docs")).sort();
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 1\n`;
  writeFileSync(join(corpus.path, "docs", page), pointer);
  const loss = "1 document leaves with the old corpus, which another model made: its text could not be ingested";
  // The same model: what is stored is carried over.
  const same = await corpus.ingest("--clean");
  expect(same).toMatchObject({ exitCode: 1, stderr: expect.not.stringContaining(loss) });
  expect(await corpus.rows()).toHaveLength(3 * SECTIONS);
  await using server = await startOllama({ model: "other", dimensions: DIMENSIONS });
  const clean = [...flags(server.url, corpus.database.url), "--model", "other", "--clean"];
  const other = await run(clean, { cwd: corpus.path });
  expect(other.stderr).toContain(`warning: docs: ${loss}`);
  expect(other.exitCode).toBe(1);
  expect(await corpus.rows()).toHaveLength(2 * SECTIONS);
});

describe("another model than the stored one", () => {
  serverTest.each([
    ["the provider", ["--embedder", "lexical", "--model", "feature-hashing-v1"], "--embedder lexical"],
    ["the model", ["--model", "other"], "--embedder ollama --model other --dimensions 32"],
    ["the dimensions", ["--dimensions", "16"], "--embedder ollama --model qwen3-embedding:0.6b --dimensions 16"],
  ])("is refused with the command that rebuilds: %s", async (_, other, command) => {
    await using corpus = await ingested({ pages: 2 });
    const before = await corpus.rows();
    writePage(corpus.path, "docs", 0, SECTIONS, "new words");
    const { exitCode, stderr } = await corpus.ingest(...other);
    expect(stderr).toContain(`bbj-ingest-all --clean ${command}`);
    expect(exitCode).toBe(2);
    expect(await corpus.rows()).toEqual(before);
  });
});

serverTest("the command that a refusal prints rebuilds", async () => {
  await using corpus = await ingested({ pages: 2 });
  const { stderr } = await corpus.ingest("--embedder", "lexical", "--dimensions", "48");
  const command = stderr.split("\n").find((line) => line.includes("bbj-ingest-all --clean")) ?? "";
  const args = command.trim().split(" ").slice(1);
  const rebuilt = await run([...args, "--database-url", corpus.database.url], { cwd: corpus.path });
  expect(rebuilt).toMatchObject({ exitCode: 0 });
  const [row] = await corpus.database.sql`select count(*)::int as count, min(vector_dims(embedding)) as n from chunks`;
  expect(row).toEqual({ count: 2 * SECTIONS, n: 48 });
});

describe("readers of a corpus that is rebuilt", () => {
  serverTest("find the whole old corpus or the whole new one, and never an error", async () => {
    await using corpus = await ingested();
    const seen = new Set<string>();
    const searched = new Set<string>();
    let rebuilt = false;
    const reading = (async () => {
      while (!rebuilt) {
        const [row] = await corpus.database.sql`
          select count(*)::int as count, count(*) filter (where content like '%new words%')::int as new from chunks`;
        seen.add(`${row.count} rows, ${row.new} new`);
      }
    })();
    const searching = (async () => {
      while (!rebuilt) {
        const search = ["search", "words in a program", "--json", "--limit", "50"];
        const { exitCode, stdout, stderr } = await run([...search, ...flags(corpus.ollama.url, corpus.database.url)], {
          cwd: corpus.path,
        });
        expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
        const hits = stdout.trim().split("\n");
        searched.add(`${hits.length} hits, ${hits.filter((hit) => hit.includes("new words")).length} new`);
      }
    })();
    for (let page = 0; page < PAGES; page++) writePage(corpus.path, "docs", page, SECTIONS, "new words");
    const { exitCode } = await corpus.ingest("--clean").finally(() => (rebuilt = true));
    await Promise.all([reading, searching]);
    expect(exitCode).toBe(0);
    const rows = PAGES * SECTIONS;
    expect([...seen].filter((state) => ![`${rows} rows, 0 new`, `${rows} rows, ${rows} new`].includes(state))).toEqual(
      [],
    );
    expect(seen).toContain(`${rows} rows, 0 new`);
    expect(
      [...searched].filter((state) => ![`${rows} hits, 0 new`, `${rows} hits, ${rows} new`].includes(state)),
    ).toEqual([]);
  });
});

serverTest("a search that began before another model was swapped in asks again with that one", async () => {
  await using corpus = await ingested({ pages: 2 });
  const release = corpus.ollama.hold();
  const search = start(["search", "program", ...flags(corpus.ollama.url, corpus.database.url)], { cwd: corpus.path });
  await until(() => corpus.ollama.inFlight > 0);
  const other = ["--embedder", "lexical", "--dimensions", "16", "--database-url", corpus.database.url];
  expect(await run([...other, "--clean"], { cwd: corpus.path })).toMatchObject({ exitCode: 0 });
  release();
  expect(await search.stdout.text()).toContain("docs://page-0001.md");
  expect(await search.exited).toBe(0);
});

serverTest("--clean leaves a corpus that plain runs work on, and its shadow to the next --clean", async () => {
  await using corpus = await ingested();
  for (let page = 0; page < PAGES; page++) writePage(corpus.path, "docs", page, SECTIONS, "new words");
  expect(await killedAt({ n: 10, from: "written as" }, corpus, ["--clean"])).toBe(true);
  const [shadow] = await corpus.database.sql`select count(*)::int as count from chunks_rebuild`;
  expect(shadow.count).toBeGreaterThan(0);
  expect(shadow.count).toBeLessThan(PAGES * SECTIONS);
  const kept = [
    ...(await corpus.database.sql.unsafe<{ content: string }[]>(
      "select content from chunks_rebuild where source_url <> 'docs://page-0000.md'",
    )),
  ];
  writePage(corpus.path, "docs", 0, SECTIONS, "newest words");
  const plain = await corpus.ingest();
  expect(plain).toMatchObject({ exitCode: 0 });
  const rows = await corpus.rows();
  expect(rows.filter((row) => row.includes("new words"))).toHaveLength((PAGES - 1) * SECTIONS);
  expect(await corpus.database.sql`select count(*)::int as count from chunks_rebuild`).toEqual([shadow]);
  const sent = kept.map(({ content }) => corpus.ollama.textsSeen.get(content));
  expect(await corpus.ingest("--clean")).toMatchObject({ exitCode: 0 });
  expect(kept.map(({ content }) => corpus.ollama.textsSeen.get(content))).toEqual(sent);
  expect(await corpus.rows()).toEqual(rows);
});

describe("an index that is missing", () => {
  serverTest("because its build was killed, is built by the next run, and search answers before that", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    await using ollama = await startOllama({ dimensions: DIMENSIONS });
    await using proxy = await startProxy(database.url);
    writeCorpus(directory.path, { pages: 4, sections: SECTIONS });
    let child: ReturnType<typeof start> | undefined;
    proxy.onStatement((text) => {
      if (!text.includes("using hnsw")) return "pass";
      child?.kill("SIGKILL");
      return "swallow";
    });
    child = start(flags(ollama.url, proxy.url), { cwd: directory.path });
    await child.exited;
    expect(child.signalCode).toBe("SIGKILL");
    expect(await hasVectorIndex(database)).toBe(false);
    const search = await run(["search", "page 2", ...flags(ollama.url, database.url)], { cwd: directory.path });
    expect(search.stdout).toContain("docs://page-0002.md");
    expect(search.exitCode).toBe(0);
    const next = await run(flags(ollama.url, database.url), { cwd: directory.path });
    expect(next.stdout).toContain("unchanged");
    expect(next.exitCode).toBe(0);
    expect(await hasVectorIndex(database)).toBe(true);
  });

  serverTest(
    "because somebody dropped it, or left an invalid one, is built by a run that changes nothing",
    async () => {
      await using corpus = await ingested({ pages: 2 });
      await corpus.database.sql`drop index idx_chunks_embedding_hnsw`;
      expect((await corpus.ingest()).stdout).toContain("unchanged");
      expect(await hasVectorIndex(corpus.database)).toBe(true);
      await corpus.database.sql`
      update pg_index set indisvalid = false where indexrelid = 'idx_chunks_embedding_hnsw'::regclass`;
      expect((await corpus.ingest()).stdout).toContain("unchanged");
      expect(await hasVectorIndex(corpus.database)).toBe(true);
    },
  );
});
