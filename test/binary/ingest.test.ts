import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeCorpus, writePage } from "../support/corpus.ts";
import { run, serverTest, start, testDatabase } from "../support/executable.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { until } from "../support/until.ts";

/** A server that is busy asks for no wait here, so that no test waits either. */
const busyNow = () =>
  Response.json(
    { error: "server busy, please try again.  maximum pending requests exceeded" },
    { status: 503, headers: { "Retry-After": "0" } },
  );
const DIMENSIONS = 32;
const flags = (url: string, database: string) => [
  "--ollama-host",
  url,
  "--dimensions",
  String(DIMENSIONS),
  "--database-url",
  database,
];
const events = (stdout: string) =>
  stdout
    .trim()
    .split("\n")
    .map((line): Record<string, unknown> => JSON.parse(line));
const entries = async (path: string) =>
  (await Bun.file(path).text())
    .trim()
    .split("\n")
    .map((line): { content_hash: string; source_url: string; error: string } => JSON.parse(line));

describe("the executable on a PostgreSQL server", () => {
  serverTest(
    "ingests in parallel over no more connections than workers, and again without a request or a written row",
    async () => {
      using directory = temporaryDirectory();
      await using database = await testDatabase();
      await using ollama = await startOllama({ dimensions: DIMENSIONS });
      writeCorpus(directory.path, { pages: 60 });
      const args = [...flags(ollama.url, database.url), "--workers", "4"];
      const env = { BBJ_RAG_EMBEDDING_BATCH_SIZE: "8" };
      const first = await run(args, { cwd: directory.path, env });
      expect(first.stderr).toContain("in parallel, 4 workers");
      expect(first.exitCode).toBe(0);
      expect(ollama.connections).toBeLessThanOrEqual(4);
      expect((await database.rows()).length).toBe(180);
      const [requests, before] = [
        ollama.requests,
        await database.sql`select max(xmin::text::bigint) as newest, count(*) as count from chunks`,
      ];
      const second = await run(args, { cwd: directory.path, env });
      expect(second.exitCode).toBe(0);
      expect(second.stdout).toContain("unchanged");
      expect(ollama.requests).toBe(requests);
      expect(await database.sql`select max(xmin::text::bigint) as newest, count(*) as count from chunks`).toEqual(
        before,
      );
      expect(readdirSync(directory.path).sort()).toEqual(["docs", "sources.toml"]);
    },
  );

  serverTest("stores the same rows sequentially and with any number of workers", async () => {
    using directory = temporaryDirectory();
    await using ollama = await startOllama({ dimensions: DIMENSIONS });
    writeCorpus(directory.path, { pages: 15 });
    const env = { BBJ_RAG_EMBEDDING_BATCH_SIZE: "7" };
    const results: string[][] = [];
    for (const mode of [["--sequential"], ["--workers", "1"], ["--workers", "8"]]) {
      await using database = await testDatabase();
      const { exitCode, stderr } = await run([...flags(ollama.url, database.url), ...mode], {
        cwd: directory.path,
        env,
      });
      expect(exitCode).toBe(0);
      if (mode[0] === "--sequential") expect(stderr).toContain("(sequential mode)");
      results.push(await database.rows());
    }
    expect(results[0]).toHaveLength(45);
    expect(results[1]).toEqual(results[0] ?? []);
    expect(results[2]).toEqual(results[0] ?? []);
  });

  serverTest("a server that fails every 7th request costs retries, which are shown, and no chunk", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    await using ollama = await startOllama({
      dimensions: DIMENSIONS,
      fault: (request) => (request % 7 === 0 ? busyNow() : undefined),
    });
    writeCorpus(directory.path, { pages: 30 });
    const { exitCode, stderr } = await run(flags(ollama.url, database.url), {
      cwd: directory.path,
      env: { BBJ_RAG_EMBEDDING_BATCH_SIZE: "4" },
    });
    expect(stderr).toContain("retry: batch");
    expect(exitCode).toBe(0);
    expect(await database.rows()).toHaveLength(90);
  });

  serverTest(
    "texts that always fail are logged, the rest is stored; --retry-failed stores exactly those and parses no other source",
    async () => {
      using directory = temporaryDirectory();
      await using database = await testDatabase();
      writeCorpus(directory.path, { pages: 10 });
      writePage(directory.path, "docs", 4, 3, "poison");
      writePage(directory.path, "other", 0, 2);
      writeFileSync(
        join(directory.path, "sources.toml"),
        ["docs", "other"]
          .map((name) => `[[sources]]\nname = "${name}"\nparser = "mdx"\npaths = ["${name}"]\n`)
          .join("\n"),
      );
      const log = join(directory.path, ".ingestion-failures.json");
      await using sick = await startOllama({
        dimensions: DIMENSIONS,
        fault: (_, texts) =>
          texts.some((text) => text.includes("poison"))
            ? Response.json({ error: "invalid input" }, { status: 400 })
            : undefined,
      });
      const failed = await run(flags(sick.url, database.url), { cwd: directory.path });
      expect(failed.exitCode).toBe(1);
      expect(failed.stdout).toContain("Some batches failed. Re-run with --retry-failed");
      expect((await entries(log)).map(({ source_url }) => source_url)).toEqual(Array(3).fill("docs://page-0004.md"));
      expect(await database.rows()).toHaveLength(29);

      await using healthy = await startOllama({ dimensions: DIMENSIONS });
      const retried = await run([...flags(healthy.url, database.url), "--retry-failed", "--json"], {
        cwd: directory.path,
      });
      expect(retried.exitCode).toBe(0);
      expect([...healthy.textsSeen.keys()].filter((text) => text.includes("poison"))).toHaveLength(3);
      expect([...healthy.textsSeen.keys()].filter((text) => text.includes("page"))).toHaveLength(3);
      expect(
        events(retried.stdout)
          .filter(({ type }) => type === "source_start")
          .map(({ source }) => source),
      ).toEqual(["docs"]);
      expect(existsSync(log)).toBe(false);
      expect(await database.rows()).toHaveLength(32);

      const nothing = await run([...flags(healthy.url, database.url), "--retry-failed"], { cwd: directory.path });
      expect(nothing).toMatchObject({ exitCode: 0 });
      expect(nothing.stdout).toContain("Nothing to retry");
    },
  );

  serverTest("--clean embeds everything again, with another model too, and swaps it in", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    await using ollama = await startOllama({ dimensions: DIMENSIONS });
    writeCorpus(directory.path, { pages: 5 });
    await run(flags(ollama.url, database.url), { cwd: directory.path });
    const lexical = ["--embedder", "lexical", "--dimensions", "48", "--database-url", database.url];
    const refused = await run(lexical, { cwd: directory.path });
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain("bbj-ingest-all --clean --embedder lexical");
    const rebuilt = await run([...lexical, "--clean"], { cwd: directory.path });
    expect(rebuilt.stderr).not.toContain("error");
    expect(rebuilt.exitCode).toBe(0);
    const [row] =
      await database.sql`select count(*)::int as count, min(vector_dims(embedding)) as dimensions, min(embedding_model) as model from chunks`;
    expect(row).toEqual({ count: 15, dimensions: 48, model: "feature-hashing-v1" });
    expect((await run(lexical, { cwd: directory.path })).stdout).toContain("unchanged");
  });

  serverTest("a second run of the same source stops at once and names the first", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    const gate = Promise.withResolvers<undefined>();
    await using ollama = await startOllama({ dimensions: DIMENSIONS, fault: () => gate.promise });
    writeCorpus(directory.path, { pages: 2 });
    const first = start(flags(ollama.url, database.url), { cwd: directory.path });
    await until(() => ollama.requests > 0);
    const second = await run(flags(ollama.url, database.url), { cwd: directory.path });
    expect(second.exitCode).toBe(2);
    expect(second.stderr).toContain(`pid ${first.pid}`);
    gate.resolve(undefined);
    expect(await first.exited).toBe(0);
  });

  serverTest(
    "a table of the Python tool is adopted, serves search, and is replaced by the first complete run",
    async () => {
      using directory = temporaryDirectory();
      await using database = await testDatabase();
      await database.sql.unsafe(`
      create extension vector;
      create table chunks (id serial primary key, source_url text not null, title text not null, doc_type text not null, content text not null,
        content_hash varchar(64) not null unique, context_header text, generations text[] not null, deprecated boolean default false,
        source_type text, display_url text, embedding vector(${DIMENSIONS}),
        search_vector tsvector generated always as (to_tsvector('english', coalesce(context_header, '') || ' ' || coalesce(title, '') || ' ' || coalesce(content, ''))) stored,
        metadata jsonb default '{}', created_at timestamptz default now(), updated_at timestamptz default now());
      create index idx_chunks_embedding on chunks using hnsw (embedding vector_cosine_ops) with (m = 16, ef_construction = 64);
      insert into chunks (source_url, title, doc_type, content, content_hash, generations, embedding)
        values ('old://page', 'Old', 'concept', 'An old page on palindromes.', 'abc', '{all}', array_fill(0.1, array[${DIMENSIONS}])::vector)`);
      await using ollama = await startOllama({
        dimensions: DIMENSIONS,
        fault: (_, texts) =>
          texts.some((text) => text.includes("poison"))
            ? Response.json({ error: "invalid input" }, { status: 400 })
            : undefined,
      });
      writeCorpus(directory.path, { pages: 2 });
      writePage(directory.path, "docs", 0, 1, "poison");
      expect((await run(flags(ollama.url, database.url), { cwd: directory.path })).exitCode).toBe(1);
      const found = await run(["search", "palindromes", "--database-url", database.url, "--ollama-host", ollama.url], {
        cwd: directory.path,
      });
      expect(found.stdout).toContain("old://page");
      const listed = await run(["ls", "(adopted)", "--database-url", database.url], { cwd: directory.path });
      expect(listed.stdout).toBe("     1  old://page  Old\n");
      const shown = await run(["show", "old://pagge", "--database-url", database.url], { cwd: directory.path });
      expect(shown.stderr).toContain(" show old://page ");
      writePage(directory.path, "docs", 0, 1);
      expect((await run(flags(ollama.url, database.url), { cwd: directory.path })).exitCode).toBe(0);
      const [row] = await database.sql`select count(*)::int as count from chunks where source_name = ''`;
      expect(row.count).toBe(0);
      const gone = await run(["ls", "(adopted)", "--database-url", database.url], { cwd: directory.path });
      expect([gone.exitCode, gone.stderr]).toEqual([2, expect.stringContaining('unknown source "(adopted)"')]);
    },
  );
});

describe("the executable on the embedded database", () => {
  test("ingests, finds what it ingested, and ingests nothing again", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 4 });
    const args = ["--embedder", "lexical", "--dimensions", "64"];
    const first = await run(args, { cwd: directory.path });
    expect(first.exitCode).toBe(0);
    expect(existsSync(join(directory.path, ".bbj-rag"))).toBe(true);
    const second = await run([...args, "--json"], { cwd: directory.path });
    expect(second.exitCode).toBe(0);
    expect(events(second.stdout).at(-1)).toMatchObject({ type: "summary", exit_code: 0, embedded: 0, reused: 12 });
    const hits = await run(["search", "line 3 of page 2", "--limit", "2", "--json"], { cwd: directory.path });
    expect(events(hits.stdout)).toHaveLength(2);
    expect(events(hits.stdout)[0]).toMatchObject({ type: "hit", source: "docs" });
  });
});
