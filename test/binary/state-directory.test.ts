import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeCorpus, writePage } from "../support/corpus.ts";
import { EXECUTABLE, type Outcome, run, serverTest, testDatabase } from "../support/executable.ts";
import { ollamaFaults, startOllama } from "../support/ollama-stand-in.ts";
import { mayMount, readOnly } from "../support/read-only.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const DIMENSIONS = 32;
const lexical = ["--embedder", "lexical", "--dimensions", String(DIMENSIONS)];
const LOG = ".ingestion-failures.json";
const STATE = ".ingestion-state.json";
/** The disk is full of things that are to stay as they are: only what mounts can tell. */
const mountTest = mayMount ? test : test.skip;
const mountServerTest = mayMount ? serverTest : test.skip;

/** Runs the executable in a directory that is read-only for it. */
async function runReadOnly(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const child = Bun.spawn([...readOnly(cwd), EXECUTABLE, ...args], {
    cwd,
    env: { PATH: "/usr/bin:/bin", HOME: cwd, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { exitCode, stdout, stderr };
}

describe("a working directory that is read-only", () => {
  mountTest("--state-dir holds all that the program keeps, the embedded database included, and is made", async () => {
    using directory = temporaryDirectory();
    using elsewhere = temporaryDirectory();
    writeCorpus(directory.path, { pages: 2 });
    const before = readdirSync(directory.path);
    const state = join(elsewhere.path, "var", "corpus");
    const where = ["--state-dir", state];
    const first = await runReadOnly([...lexical, ...where], directory.path);
    expect(first).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(join(state, ".bbj-rag")) });
    expect(readdirSync(state)).toEqual([".bbj-rag"]);
    expect((await runReadOnly([...lexical, ...where], directory.path)).stdout).toContain("unchanged");
    const found = await runReadOnly(["search", "line 3 of page 1", ...where], directory.path);
    expect(found.stdout).toContain("page-0001.md");
    expect((await runReadOnly(["report", "--json"], directory.path, { BBJ_RAG_STATE_DIR: state })).stdout).toContain(
      '"chunks":6',
    );
    expect(await runReadOnly(["parse", "-q", ...where], directory.path)).toMatchObject({ exitCode: 0 });
    expect(readdirSync(directory.path)).toEqual(before);
  });

  serverTest("one that is not there yet is none too few for a run that has nothing to store", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: 2 });
    const args = [...lexical, "--database-url", database.url];
    expect(await run(args, { cwd: directory.path })).toMatchObject({ exitCode: 0 });
    using elsewhere = temporaryDirectory();
    const again = await run([...args, "--state-dir", join(elsewhere.path, "var/state")], { cwd: directory.path });
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("unchanged") });
  });

  mountServerTest("the failure log and the resume file are there, for --retry-failed and --resume too", async () => {
    using directory = temporaryDirectory();
    using elsewhere = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: 2 });
    writePage(directory.path, "docs", 1, 3, "poison");
    let sick = true;
    await using ollama = await startOllama({
      dimensions: DIMENSIONS,
      fault: (_, texts) =>
        sick && texts.some((text) => text.includes("poison")) ? ollamaFaults.notANumber() : undefined,
    });
    const state = join(elsewhere.path, "state");
    writeFileSync(join(directory.path, "config.toml"), `state_dir = ${JSON.stringify(state)}\n`);
    const args = ["--ollama-host", ollama.url, "--dimensions", String(DIMENSIONS), "--database-url", database.url];
    const failed = await runReadOnly(args, directory.path);
    expect(failed.exitCode).toBe(1);
    expect(failed.stdout).toContain(join(state, LOG));
    expect(readdirSync(state).sort()).toEqual([LOG, STATE]);
    sick = false;
    expect(await runReadOnly([...args, "--retry-failed"], directory.path)).toMatchObject({ exitCode: 0 });
    expect(readdirSync(state)).toEqual([STATE]);
    expect(await database.rows()).toHaveLength(6);
    expect(await runReadOnly([...args, "--resume"], directory.path)).toMatchObject({ exitCode: 0 });
    expect(readdirSync(state)).toEqual([]);
  });

  mountTest("a failure log that is named by a relative path lies in --state-dir, too", async () => {
    using directory = temporaryDirectory();
    using elsewhere = temporaryDirectory();
    writeCorpus(directory.path, { pages: 1 });
    const state = join(elsewhere.path, "state");
    const env = { BBJ_RAG_STATE_DIR: state, BBJ_RAG_INGEST_FAILURE_LOG: "failed.jsonl" };
    const nothing = await runReadOnly([...lexical, "--retry-failed"], directory.path, env);
    expect(nothing).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(join(state, "failed.jsonl")) });
    // Nothing was to be kept.
    expect(existsSync(state)).toBe(false);
  });

  mountServerTest("without it a run says at once what to do, whatever the database", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: 1 });
    for (const where of [[], ["--database-url", database.url]]) {
      const { exitCode, stderr } = await runReadOnly([...lexical, ...where], directory.path);
      expect(stderr).toContain(`${directory.path} cannot be written`);
      expect(stderr).toContain("--state-dir");
      expect(exitCode).toBe(2);
    }
    const [row] = await database.sql`select count(*)::int as count from pg_tables where schemaname = 'public'`;
    expect(row.count).toBe(0);
  });

  mountServerTest("what keeps no file needs none: --dry-run, search, report, parse", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: 1 });
    const where = ["--database-url", database.url];
    expect(await run([...lexical, ...where], { cwd: directory.path })).toMatchObject({ exitCode: 0 });
    for (const args of [["--dry-run", ...lexical], ["search", "page"], ["report"], ["--retry-failed", ...lexical]]) {
      expect(await runReadOnly([...args, ...where], directory.path)).toMatchObject({ exitCode: 0 });
    }
    expect(await runReadOnly(["parse"], directory.path)).toMatchObject({ exitCode: 0 });
    expect(await runReadOnly(["--dry-run", ...lexical], directory.path)).toMatchObject({ exitCode: 0 });
  });

  mountTest("an embedded database that is there names the way out, too", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 1 });
    expect(await run(lexical, { cwd: directory.path })).toMatchObject({ exitCode: 0 });
    for (const args of [["search", "page"], ["report"], ["--dry-run", ...lexical]]) {
      const { exitCode, stderr } = await runReadOnly(args, directory.path);
      expect(stderr).toContain("cannot be written");
      expect(stderr).toContain("--state-dir");
      expect(exitCode).toBe(2);
    }
  });
});

describe("a --state-dir that cannot be", () => {
  test.each([
    ["a file", (path: string) => writeFileSync(path, ""), "it is a file"],
    ["beneath a file", (path: string) => writeFileSync(path, ""), "a part of its path is not a directory"],
  ])("%s: is named before anything is changed", async (what, make, reason) => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 1 });
    const file = join(directory.path, "file");
    make(file);
    const state = what === "a file" ? file : join(file, "state");
    const { exitCode, stderr } = await run([...lexical, "--state-dir", state], { cwd: directory.path });
    expect(stderr).toContain(state);
    expect(stderr).toContain(reason);
    expect(stderr).toContain("--state-dir");
    expect(exitCode).toBe(2);
    expect(readdirSync(directory.path).sort()).toEqual(["docs", "file", "sources.toml"]);
  });

  serverTest("leaves nothing behind when the run cannot start", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: 1 });
    const args = ["--ollama-host", "http://127.0.0.1:9", "--database-url", database.url, "--state-dir", "state"];
    expect(await run(args, { cwd: directory.path })).toMatchObject({ exitCode: 2 });
    expect(readdirSync(directory.path).sort()).toEqual(["docs", "sources.toml"]);
  });
});
