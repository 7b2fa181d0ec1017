import { describe, expect } from "bun:test";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isOfPart } from "../../src/parsers/part.ts";
import { run, serverTest, start, testDatabase } from "../support/executable.ts";
import { gatedOllama } from "../support/gated-ollama.ts";
import { hasVectorIndex } from "../support/ingested-corpus.ts";
import { ollamaFaults, startOllama } from "../support/ollama-stand-in.ts";
import { draws } from "../support/seed.ts";
import { editPages, shardedCorpus } from "../support/sharded-corpus.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { until } from "../support/until.ts";
import { writeCorpus, writePage } from "../support/corpus.ts";

const PAGES = 40;
const DIMENSIONS = ["--dimensions", "32"];

describe("a run in parts", () => {
  serverTest("four at once, then one run, then two parts: each time the rows are those of one run", async () => {
    await using corpus = await shardedCorpus();
    const drawn = draws();
    for (let page = 0; page < PAGES; page++) corpus.write(page % 2, page);
    for (const count of [4, 1, 2, 4]) {
      const outcomes = count === 1 ? [await corpus.one()] : await corpus.shards(count);
      expect(outcomes.map(({ exitCode, stderr }) => [exitCode, stderr.includes("error")])).toEqual(
        outcomes.map(() => [0, false]),
      );
      const { stored, fresh } = await corpus.rows();
      expect(stored).toEqual(fresh);
      expect(await hasVectorIndex(corpus.database)).toBe(true);
      editPages(corpus, PAGES, drawn);
    }
    // Each has a resume file of its own, which goes when all is stored.
    expect(readdirSync(corpus.path).filter((name) => name.startsWith(".ingestion"))).toEqual([]);
  });

  serverTest("what parts of another number left for --resume goes when all that it says is done anew", async () => {
    await using corpus = await shardedCorpus();
    for (let page = 0; page < PAGES; page++) corpus.write(0, page);
    // In place of a page, and no page.
    const broken = join(corpus.path, "docs/old/page-1.md");
    writeFileSync(broken, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
    const states = () => readdirSync(corpus.path).filter((name) => name.startsWith(".ingestion-state"));
    const failing = async (count: number) => (await corpus.shards(count)).filter(({ exitCode }) => exitCode === 1);
    expect(await failing(4)).toHaveLength(1);
    expect(states()).toHaveLength(1);
    expect(await failing(2)).toHaveLength(1);
    expect(states().filter((name) => name.includes("of-2"))).toHaveLength(1);
    corpus.write(0, 1);
    expect((await corpus.shards(2, "--resume")).map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(states()).toEqual([]);
  });

  serverTest("a part reads, stores and removes its files only, and says which it is", async () => {
    await using corpus = await shardedCorpus();
    for (let page = 0; page < PAGES; page++) corpus.write(0, page);
    const first = await corpus.shard(1, 2);
    expect(first).toMatchObject({ exitCode: 0 });
    expect(first.stderr).toContain("part 1/2 of 1 source into");
    const inputs = async () => {
      const rows = await corpus.database.sql<{ input: string }[]>`select input from ingest_documents`;
      return [...rows].map(({ input }) => input);
    };
    const ofFirst = new Set(await inputs());
    expect(ofFirst.size).toBeGreaterThan(PAGES / 4);
    expect(ofFirst.size).toBeLessThan((PAGES * 3) / 4);
    await corpus.shard(2, 2);
    for (let page = 0; page < PAGES; page++) if (page !== 7) corpus.remove(0, page);
    await corpus.shard(1, 2);
    const left = await inputs();
    expect(left.filter((input) => ofFirst.has(input) && !input.endsWith("page-7.md"))).toEqual([]);
    expect(left.filter((input) => !ofFirst.has(input)).length).toBeGreaterThanOrEqual(PAGES - ofFirst.size - 1);
  });

  serverTest("more parts than files are no failure, and a source without any is one", async () => {
    await using corpus = await shardedCorpus();
    corpus.write(0, 1);
    expect((await corpus.shards(3)).map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    corpus.remove(0, 1);
    const outcomes = await corpus.shards(3);
    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([1, 1, 1]);
    for (const { stdout } of outcomes) expect(stdout).toContain("it yields no documents");
  });

  serverTest("--max-delete guards the source in each part", async () => {
    await using corpus = await shardedCorpus();
    for (let page = 0; page < PAGES; page++) corpus.write(0, page);
    await corpus.shards(2);
    for (let page = 0; page < PAGES; page++) if (page !== 7) corpus.remove(0, page);
    for (const index of [1, 2]) {
      const { exitCode, stdout } = await corpus.shard(index, 2, "--max-delete", "3");
      expect(exitCode).toBe(1);
      expect(stdout).toContain(`it would lose ${PAGES - 1} of its ${PAGES} documents, more than 3`);
      expect(stdout).toMatch(new RegExp(`--max-delete ${PAGES - 1} .*--shard ${index}/2`));
    }
  });

  serverTest("the index on vectors is built once, by the part that ends last", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: 12 });
    const pages = readdirSync(join(directory.path, "docs"));
    const page = pages.findIndex((name) => isOfPart(`docs/${name}`, { index: 2, count: 2 }));
    await using ollama = await gatedOllama(new RegExp(`of page ${page},`));
    const flags = [...DIMENSIONS, "--ollama-host", ollama.url, "--database-url", database.url, "--shard"];
    const [first, last] = [1, 2].map((index) => start([...flags, `${index}/2`], { cwd: directory.path }));
    expect(await first?.exited).toBe(0);
    expect(await hasVectorIndex(database)).toBe(false);
    ollama.open();
    expect(await last?.exited).toBe(0);
    expect(await hasVectorIndex(database)).toBe(true);
  });

  serverTest("what is met while files are read is named by every part that meets it", async () => {
    await using corpus = await shardedCorpus();
    for (let page = 0; page < PAGES; page++) {
      mkdirSync(join(corpus.path, "docs", "old", "group"), { recursive: true });
      writeFileSync(join(corpus.path, "docs", "old", "group", `page-${page}.md`), `# Page ${page}\n\nA text.\n`);
    }
    mkdirSync(join(corpus.path, "docs", "old", "group", "_category_.json"));
    const outcomes = [...(await corpus.shards(2)), await corpus.one()];
    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([1, 1, 1]);
    for (const { stderr } of outcomes) expect(stderr).toContain("docs/old/group/_category_.json");
    const { stored, fresh } = await corpus.rows();
    expect(stored).toEqual(fresh);
  });

  serverTest("what is left out is said by the first part, and that others may show some of it", async () => {
    await using corpus = await shardedCorpus();
    for (let page = 0; page < PAGES; page++) {
      writeFileSync(join(corpus.path, "docs", "old", `${page}.bbj`), `REM ${page}\n`);
      const imported = `import Code from "!!raw-loader!./${page}.bbj";\n\n{Code}`;
      writeFileSync(join(corpus.path, "docs", "old", `page-${page}.md`), `${imported}\n`);
    }
    const [first, second] = await corpus.shards(2);
    expect(first?.stderr).toContain("docs: ");
    expect(first?.stderr).toMatch(
      /\d+ files are no documents .*; those that files of other parts show are among them\n/,
    );
    expect(second?.stderr).not.toContain("are no documents");
    expect((await corpus.one()).stderr).not.toContain("are no documents");
  });

  serverTest("a crawl is the first part's", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeFileSync(join(directory.path, "sources.toml"), '[[sources]]\nname = "kb"\nparser = "wordpress-kb"\n');
    const flags = ["--database-url", database.url, "--embedder", "lexical"];
    const env = { BBJ_RAG_KB_INDEX_URL: "http://127.0.0.1:1/" };
    const second = await run([...flags, "--shard", "2/2"], { cwd: directory.path, env });
    expect(second.exitCode).toBe(0);
    expect(second.stdout).toContain("SKIPPED");
    const first = await run([...flags, "--shard", "1/2"], { cwd: directory.path, env });
    expect(first.exitCode).toBe(1);
    expect(first.stderr).toContain("127.0.0.1:1");
    // Nor do the others have a failure of it to retry.
    const entry = { content_hash: "0", source_url: "http://127.0.0.1:1/page", error: "no", source: "kb" };
    writeFileSync(join(directory.path, ".ingestion-failures.json"), `${JSON.stringify(entry)}\n`);
    const retried = await run([...flags, "--retry-failed", "--shard", "2/2"], { cwd: directory.path, env });
    expect(retried).toMatchObject({ exitCode: 0, stderr: "" });
    expect(retried.stdout).toContain("none of this part");
  });

  serverTest("half of a line in the failure log stays, and keeps no part from success", async () => {
    await using corpus = await shardedCorpus();
    for (let page = 0; page < 8; page++) corpus.write(0, page);
    const log = join(corpus.path, ".ingestion-failures.json");
    const half = '{"content_hash":"';
    writeFileSync(log, half);
    expect((await corpus.shards(2)).map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect((await Bun.file(log).text()).trim()).toBe(half);
  });

  serverTest("--dry-run tells what the part would do, and does nothing", async () => {
    await using corpus = await shardedCorpus();
    for (let page = 0; page < PAGES; page++) corpus.write(0, page);
    const { exitCode, stdout } = await corpus.shard(1, 2, "--dry-run", "--json");
    expect(exitCode).toBe(0);
    const [started, , ended] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .filter(({ type }) => type !== "phase" && type !== "progress");
    expect(started).toMatchObject({ type: "start", shard: "1/2", dry_run: true });
    expect(ended.documents).toBeLessThan((PAGES * 3) / 4);
    const [row] = await corpus.database.sql`select to_regclass('chunks') is not null as there`;
    expect(row.there).toBe(false);
  });

  serverTest("--retry-failed retries the part's failures, and each part keeps those of the others", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    let isWell = false;
    await using ollama = await startOllama({
      dimensions: 32,
      fault: (_, texts) =>
        !isWell && texts.some((text) => /poison/.test(text)) ? ollamaFaults.notANumber() : undefined,
    });
    writeCorpus(directory.path, { pages: 0 });
    for (let page = 0; page < 12; page++) writePage(directory.path, "docs", page, 2, "poison");
    writePage(directory.path, "docs", 99, 2);
    const flags = [...DIMENSIONS, "--ollama-host", ollama.url, "--database-url", database.url];
    const part = (index: number, ...more: string[]) =>
      run([...flags, "--shard", `${index}/3`, ...more], { cwd: directory.path });
    const logged = async () =>
      (await Bun.file(join(directory.path, ".ingestion-failures.json")).text()).trim().split("\n").length;
    expect((await Promise.all([part(1), part(2), part(3)])).map(({ exitCode }) => exitCode)).toContain(1);
    expect(await logged()).toBe(24);
    isWell = true;
    expect(await part(1, "--retry-failed")).toMatchObject({ exitCode: 0 });
    const left = await logged();
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(24);
    expect(await database.rows()).toHaveLength(26 - left);
    expect(await part(2)).toMatchObject({ exitCode: 0 });
    expect(await logged()).toBeLessThan(left);
    await part(3, "--retry-failed");
    expect(await Bun.file(join(directory.path, ".ingestion-failures.json")).exists()).toBe(false);
    expect(await database.rows()).toHaveLength(26);
  });

  serverTest("a failure of a page that has moved to a file of another part stays until that is read", async () => {
    await using corpus = await shardedCorpus();
    for (let page = 0; page < PAGES; page++) corpus.write(0, page);
    await corpus.shards(2);
    const input = (folder: string, page: number) => `docs/${folder}/page-${page}.md`;
    const entries = Array.from({ length: PAGES }, (_, page) => ({
      ...{ content_hash: "0", source_url: `docs://page-${page}.md`, error: "no", source: "docs" },
      input: input("old", page),
    }));
    const log = join(corpus.path, ".ingestion-failures.json");
    writeFileSync(log, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    for (let page = 0; page < PAGES; page++) corpus.move(page, 0, 1);
    const first = { index: 1, count: 2 };
    const moved = entries.filter((entry, page) => isOfPart(entry.input, first) !== isOfPart(input("new", page), first));
    for (const index of [1, 2]) {
      const flags = ["--embedder", "lexical", ...DIMENSIONS, "--database-url", corpus.database.url];
      const shard = ["--shard", `${index}/2`, "--retry-failed"];
      const { exitCode, stderr } = await run([...flags, ...shard], { cwd: corpus.path });
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/unless it is in a file that is new or changed; to read all: (?!.*--shard)/);
    }
    const left = (await Bun.file(log).text()).trim().split("\n");
    expect(new Set(left.map((line) => JSON.parse(line).source_url))).toEqual(
      new Set(moved.map((entry) => entry.source_url)),
    );
    await corpus.shards(2);
    expect(await Bun.file(log).exists()).toBe(false);
  });
});

describe("locks of parts", () => {
  serverTest(
    "the same part, parts of another number and a run of the whole source have to wait; others go on",
    async () => {
      using directory = temporaryDirectory();
      await using database = await testDatabase();
      await using ollama = await gatedOllama();
      writeCorpus(directory.path, { pages: 20 });
      const flags = (...more: string[]) => [
        ...[...DIMENSIONS, "--ollama-host", ollama.url, "--database-url", database.url],
        ...more,
      ];
      const first = start(flags("--shard", "1/2"), { cwd: directory.path });
      await until(() => ollama.requests > 1);
      const refused = await Promise.all(
        [["--shard", "1/2"], ["--shard", "1/3"], [], ["--clean"]].map((more) =>
          run(flags(...more), { cwd: directory.path }),
        ),
      );
      expect(refused.map(({ exitCode }) => exitCode)).toEqual([2, 2, 2, 2]);
      const by = `by another run: pid ${first.pid} on`;
      expect(refused[0]?.stderr).toContain('part 1/2 of source "docs" is being ingested');
      expect(refused[1]?.stderr).toContain('source "docs" is being ingested, split into parts');
      expect(refused[2]?.stderr).toContain('source "docs" is being ingested, split into parts');
      for (const { stderr } of refused) expect(stderr).toContain(by);
      const second = start(flags("--shard", "2/2"), { cwd: directory.path });
      const before = ollama.requests;
      await until(() => ollama.requests > before);
      ollama.open();
      expect([await first.exited, await second.exited]).toEqual([0, 0]);
      expect(await database.rows()).toHaveLength(60);
    },
  );
});

serverTest("--shard with --clean of everything or the embedded database says what to do instead", async () => {
  using directory = temporaryDirectory();
  writeCorpus(directory.path, { pages: 2 });
  const flags = ["--embedder", "lexical", "--shard", "1/2"];
  const clean = await run([...flags, "--clean", "--database-url", "postgres://h/d"], { cwd: directory.path });
  expect(clean.exitCode).toBe(2);
  expect(clean.stderr).toContain("--clean cannot be combined with --shard: a rebuild is swapped in whole");
  const embedded = await run([...flags, "--database-url", "pglite:here"], { cwd: directory.path });
  expect(embedded.exitCode).toBe(2);
  expect(embedded.stderr).toContain("which admits one process");
  expect(embedded.stderr).toMatch(/run it whole: .*bbj-ingest-all --database-url pglite:here --embedder lexical\n/);
  expect(readdirSync(directory.path).sort()).toEqual(["docs", "sources.toml"]);
});
