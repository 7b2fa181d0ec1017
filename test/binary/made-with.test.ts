import { describe, expect } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SQL } from "bun";
import { writePage } from "../support/corpus.ts";
import { run, serverTest, type TestDatabase, testDatabase } from "../support/executable.ts";
import { ollamaFaults, startOllama } from "../support/ollama-stand-in.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const DIMENSIONS = 32;
const LOG = ".ingestion-failures.json";
const STATE = ".ingestion-state.json";
const ROWS = 8;

/**
 * A directory with two sources. "bad" has a page that the server refuses until it is `well`, so a run completes "good"
 * and leaves a resume file and a failure log, as an interrupted one does.
 */
async function scene() {
  const directory = temporaryDirectory();
  const { path } = directory;
  for (const source of ["good", "bad"]) for (const page of [0, 1]) writePage(path, source, page, 2);
  writePage(path, "bad", 1, 2, "poison");
  const entry = (name: string) => `[[sources]]\nname = "${name}"\nparser = "mdx"\npaths = ["${name}"]\n`;
  writeFileSync(join(path, "sources.toml"), ["good", "bad"].map(entry).join("\n"));
  writeFileSync(join(path, "other.toml"), ["good", "bad"].map(entry).join("\n"));
  let isWell = false;
  const options = {
    dimensions: DIMENSIONS,
    fault: (_: number, texts: readonly string[]) =>
      !isWell && texts.some((text) => text.includes("poison")) ? ollamaFaults.notANumber() : undefined,
  };
  const ollama = await startOllama(options);
  const other = await startOllama({ ...options, model: "other" });
  return {
    path,
    well: () => (isWell = true),
    ingest: (database: TestDatabase, ...args: string[]) =>
      run(
        [...["--dimensions", String(DIMENSIONS), "--database-url", database.url], "--ollama-host", ollama.url, ...args],
        { cwd: path },
      ),
    otherModel: ["--ollama-host", other.url, "--model", "other"],
    logged: () =>
      existsSync(join(path, LOG)) ? readFileSync(join(path, LOG), "utf8").split("\n").filter(Boolean).sort() : [],
    async [Symbol.asyncDispose]() {
      await ollama[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

const nameOf = (database: TestDatabase) => new URL(database.url).pathname.slice(1);
const sourcesOf = async ({ sql }: TestDatabase) =>
  [...(await sql`select distinct source_name as name from chunks order by 1`)].map(({ name }) => String(name));

async function asAdmin(database: TestDatabase, ...statements: string[]) {
  await using admin = new SQL(new URL("/postgres", database.url).href, { max: 1 });
  for (const statement of statements) await admin.unsafe(statement);
}

describe("--resume", () => {
  serverTest("reads a source again that was removed since", async () => {
    await using a = await testDatabase();
    await using corpus = await scene();
    expect(await corpus.ingest(a)).toMatchObject({ exitCode: 1 });
    const removed = await run(["remove", "good", "--yes", "--database-url", a.url], { cwd: corpus.path });
    expect(removed).toMatchObject({ exitCode: 0 });
    corpus.well();
    expect(await corpus.ingest(a, "--resume")).toMatchObject({ exitCode: 0 });
    expect(await sourcesOf(a)).toEqual(["bad", "good"]);
  });

  serverTest(
    "skips what the same run with the same settings completed, also in a database that was renamed",
    async () => {
      await using corpus = await scene();
      await using a = await testDatabase();
      expect(await corpus.ingest(a)).toMatchObject({ exitCode: 1 });
      const again = await corpus.ingest(a, "--resume");
      expect(again.stdout).toContain("SKIPPED");
      expect(again.stderr).not.toContain(STATE);
      const [name, renamed] = [nameOf(a), `${nameOf(a)}_x`];
      await a.sql.close();
      await asAdmin(a, `alter database ${name} rename to ${renamed}`);
      const moved = await corpus.ingest({ ...a, url: a.url.replace(name, renamed) }, "--resume");
      await asAdmin(a, `alter database ${renamed} rename to ${name}`);
      expect(moved.stdout).toContain("SKIPPED");
    },
  );

  serverTest("on another database skips nothing, and says why", async () => {
    await using corpus = await scene();
    await using a = await testDatabase();
    await using b = await testDatabase();
    expect(await corpus.ingest(a)).toMatchObject({ exitCode: 1 });
    corpus.well();
    const { exitCode, stdout, stderr } = await corpus.ingest(b, "--resume");
    expect(stderr).toContain(join(corpus.path, STATE));
    expect(stderr).toContain(`another database (PostgreSQL ${new URL(a.url).host}/${nameOf(a)})`);
    expect(stdout).not.toContain("SKIPPED");
    expect(await b.rows()).toHaveLength(ROWS);
    expect(exitCode).toBe(0);
  });

  serverTest.each([
    ["dropped and made anew", (name: string) => [`drop database ${name} with (force)`, `create database ${name}`]],
    [
      "replaced by a copy that was made before",
      (name: string) => [`drop database ${name} with (force)`, `alter database ${name}_before rename to ${name}`],
    ],
  ])("on a database that was %s skips nothing", async (what, replace) => {
    await using corpus = await scene();
    await using a = await testDatabase();
    if (what.includes("copy")) {
      expect(await corpus.ingest(a, "--source", "bad")).toMatchObject({ exitCode: 1 });
      await a.sql.close();
      await asAdmin(a, `create database ${nameOf(a)}_before template ${nameOf(a)}`);
    }
    expect(await corpus.ingest(a)).toMatchObject({ exitCode: 1 });
    await a.sql.close();
    await asAdmin(a, ...replace(nameOf(a)));
    corpus.well();
    const { exitCode, stdout, stderr } = await corpus.ingest(a, "--resume");
    expect(stderr).toContain("another database");
    expect(stdout).not.toContain("SKIPPED");
    expect(exitCode).toBe(0);
    await using sql = new SQL(a.url, { max: 1 });
    expect([...(await sql`select count(*)::int as count from chunks`)]).toEqual([{ count: ROWS }]);
  });

  serverTest("on a corpus that was emptied by hand skips nothing", async () => {
    await using corpus = await scene();
    await using a = await testDatabase();
    expect(await corpus.ingest(a)).toMatchObject({ exitCode: 1 });
    await a.sql.unsafe("drop table chunks, ingest_documents, ingest_meta");
    corpus.well();
    expect((await corpus.ingest(a, "--resume")).stdout).not.toContain("SKIPPED");
    expect(await a.rows()).toHaveLength(ROWS);
  });

  serverTest("with another model, which a rebuild from elsewhere has put there, skips nothing", async () => {
    await using corpus = await scene();
    await using elsewhere = temporaryDirectory();
    await using a = await testDatabase();
    expect(await corpus.ingest(a)).toMatchObject({ exitCode: 1 });
    expect(await corpus.ingest(a, ...corpus.otherModel, "--clean", "--state-dir", elsewhere.path)).toMatchObject({
      exitCode: 1,
    });
    corpus.well();
    const { stdout, stderr, exitCode } = await corpus.ingest(a, ...corpus.otherModel, "--resume");
    expect(stderr).toContain("another model (ollama qwen3-embedding:0.6b, 32 dimensions)");
    expect(stdout).not.toContain("SKIPPED");
    expect(exitCode).toBe(0);
  });

  serverTest("with another sources file skips nothing", async () => {
    await using corpus = await scene();
    await using a = await testDatabase();
    expect(await corpus.ingest(a)).toMatchObject({ exitCode: 1 });
    const { stdout, stderr } = await corpus.ingest(a, "--resume", "--config", "other.toml");
    expect(stderr).toMatch(/another sources file \(\/\S+\/sources\.toml\)/);
    expect(stdout).not.toContain("SKIPPED");
  });

  serverTest.each([
    ["chunk_size", { config: "chunk_size = 200\n" }, []],
    ["a setting of its parser", { sources: 'generation_tag = "dwc"\n' }, []],
    ["the data directory", {}, ["--data-dir", "copy"]],
  ] as const)("reads a source again that was completed with another %s", async (_, { ...files }, args) => {
    await using corpus = await scene();
    await using a = await testDatabase();
    expect(await corpus.ingest(a)).toMatchObject({ exitCode: 1 });
    for (const source of ["copy/good", "copy/bad"]) writePage(corpus.path, source, 0, 1);
    const toml = join(corpus.path, "sources.toml");
    if ("config" in files) writeFileSync(join(corpus.path, "config.toml"), files.config);
    if ("sources" in files) {
      writeFileSync(toml, readFileSync(toml, "utf8").replace('name = "good"\n', `name = "good"\n${files.sources}`));
    }
    const { stdout, stderr } = await corpus.ingest(a, "--resume", ...args);
    expect(stderr).toContain("warning: good: ");
    expect(stderr).toContain("other settings");
    expect(stdout).not.toContain("SKIPPED");
  });

  serverTest("does not trust the file of a former version, which does not say what it was made with", async () => {
    await using corpus = await scene();
    await using a = await testDatabase();
    writeFileSync(join(corpus.path, STATE), '{"completed_sources": ["good"], "failed_sources": {}}');
    corpus.well();
    const { exitCode, stderr } = await corpus.ingest(a, "--resume");
    expect(stderr).toContain("does not say with which database");
    expect(await sourcesOf(a)).toEqual(["bad", "good"]);
    expect(exitCode).toBe(0);
  });
});

describe("the failure log", () => {
  serverTest("of one database stays as it is when another is filled, retried or rebuilt", async () => {
    await using corpus = await scene();
    await using a = await testDatabase();
    await using b = await testDatabase();
    expect(await corpus.ingest(a)).toMatchObject({ exitCode: 1 });
    const logged = corpus.logged();
    expect(logged).toHaveLength(2);
    corpus.well();
    for (const args of [["--retry-failed"], [], ["--retry-failed"], ["--clean"]]) {
      const { exitCode, stderr, stdout } = await corpus.ingest(b, ...args, "--warnings");
      expect(stderr).toContain(`2 entries are of another database (PostgreSQL ${new URL(a.url).host}/${nameOf(a)})`);
      if (args[0] === "--retry-failed") expect(stdout).toContain("Nothing to retry");
      expect(corpus.logged()).toEqual(logged);
      expect(exitCode).toBe(0);
    }
    expect(await corpus.ingest(a, "--retry-failed")).toMatchObject({ exitCode: 0 });
    expect(corpus.logged()).toEqual([]);
    expect(await a.rows()).toHaveLength(ROWS);
  });

  serverTest("holds the same chunk for each database that lacks it", async () => {
    await using corpus = await scene();
    await using a = await testDatabase();
    await using b = await testDatabase();
    expect(await corpus.ingest(a)).toMatchObject({ exitCode: 1 });
    expect(await corpus.ingest(b)).toMatchObject({ exitCode: 1 });
    expect(corpus.logged()).toHaveLength(4);
    corpus.well();
    expect(await corpus.ingest(b, "--retry-failed")).toMatchObject({ exitCode: 0 });
    expect(corpus.logged()).toHaveLength(2);
    expect(await corpus.ingest(a, "--retry-failed")).toMatchObject({ exitCode: 0 });
    expect(corpus.logged()).toEqual([]);
    expect(await a.rows()).toEqual(await b.rows());
  });

  serverTest("of a source that is disabled is named, and stays until it is retried by its name", async () => {
    await using corpus = await scene();
    await using a = await testDatabase();
    expect(await corpus.ingest(a)).toMatchObject({ exitCode: 1 });
    const file = join(corpus.path, "sources.toml");
    writeFileSync(file, readFileSync(file, "utf8").replace('name = "bad"', 'name = "bad"\nenabled = false'));
    corpus.well();
    const named = '2 failed chunks of "bad", a source that is disabled; to retry all the same: ';
    for (const args of [["--retry-failed"], []]) {
      const { exitCode, stderr } = await corpus.ingest(a, ...args);
      expect(stderr).toContain(named);
      expect(exitCode).toBe(args.length);
      expect(corpus.logged()).toHaveLength(2);
    }
    const { stderr } = await corpus.ingest(a, "--retry-failed");
    const command = /to retry all the same: (.*)$/m.exec(stderr)?.[1] ?? "";
    const pasted = Bun.spawn(["sh", "-c", command], { cwd: corpus.path, env: { PATH: "/usr/bin:/bin" } });
    expect(await pasted.exited).toBe(0);
    expect(corpus.logged()).toEqual([]);
  });

  serverTest("of a former version, which names no database, is taken for one of this", async () => {
    await using corpus = await scene();
    await using a = await testDatabase();
    expect(await corpus.ingest(a)).toMatchObject({ exitCode: 1 });
    const former = corpus
      .logged()
      .map((line) => {
        const { database: _, database_name: __, ...entry } = JSON.parse(line);
        return `${JSON.stringify(entry)}\n`;
      })
      .join("");
    writeFileSync(join(corpus.path, LOG), former);
    // Each chunk has one entry, whoever wrote the first.
    expect(await corpus.ingest(a)).toMatchObject({ exitCode: 1 });
    expect(corpus.logged()).toHaveLength(2);
    writeFileSync(join(corpus.path, LOG), former);
    corpus.well();
    expect(await corpus.ingest(a, "--retry-failed")).toMatchObject({ exitCode: 0 });
    expect(corpus.logged()).toEqual([]);
    expect(await a.rows()).toHaveLength(ROWS);
  });

  serverTest("has no password in it, nor has the resume file", async () => {
    await using corpus = await scene();
    await using a = await testDatabase();
    const url = new URL(a.url);
    url.password = "s3cret";
    expect(await corpus.ingest({ ...a, url: url.href })).toMatchObject({ exitCode: 1 });
    const texts = [LOG, STATE].map((name) => readFileSync(join(corpus.path, name), "utf8")).join("");
    expect(texts).toContain(nameOf(a));
    expect(texts).not.toContain("s3cret");
  });
});
