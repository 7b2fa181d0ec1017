import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { writeCorpus, writePage } from "../support/corpus.ts";
import { EXECUTABLE, run, serverTest, start, testDatabase } from "../support/executable.ts";
import { ollamaFaults, startOllama } from "../support/ollama-stand-in.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { handOver, unprivileged } from "../support/unprivileged.ts";
import { until } from "../support/until.ts";

const LOG = ".ingestion-failures.json";
const STATE = ".ingestion-state.json";
const DIMENSIONS = 32;
const lexical = ["--embedder", "lexical", "--dimensions", String(DIMENSIONS)];
const flags = (url: string, database: string) => [
  ...["--ollama-host", url, "--dimensions", String(DIMENSIONS), "--database-url", database],
];
const STACK_TRACE = /^ +at /m;

type Prepare = (path: string) => void;
const containing =
  (content: string | Uint8Array): Prepare =>
  (path) =>
    writeFileSync(path, content);
const garbage = (lines: number) =>
  Buffer.from(Array.from({ length: lines * 4 }, (_, index) => [0x80, 0xff, 0x01, 0x0a][index % 4] ?? 0));
const aDirectory: Prepare = (path) => mkdirSync(path);
const circle: Prepare = (path) => symlinkSync(path, path);
const dangling: Prepare = (path) => symlinkSync("nowhere", path);
const utf16 = containing(Buffer.from('\uFEFF{"a": 1}\n', "utf16le"));

/** A run as somebody whom file permissions bind. */
async function runBound(args: readonly string[], cwd: string, env: Record<string, string> = {}) {
  const child = startBound(args, cwd, env);
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { stdout, stderr, exitCode };
}

function startBound(args: readonly string[], cwd: string, env: Record<string, string> = {}) {
  return Bun.spawn([...unprivileged, EXECUTABLE, ...args], {
    cwd,
    env: { PATH: "/usr/bin:/bin", HOME: cwd, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

const refuseAll = (request: number) => (request > 1 ? ollamaFaults.notANumber() : undefined);
const hashesOf = (text: string) => [...text.matchAll(/[0-9a-f]{64}/g)].map(([hash]) => hash);
const logged = (path: string) =>
  readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line): Record<string, unknown> => JSON.parse(line));

describe("a file of ours that is not as we left it", () => {
  serverTest.each([
    [LOG, "empty", containing(""), [], 0, ""],
    [LOG, "white space", containing(" \n\n"), [], 0, ""],
    [LOG, "an empty array", containing("[]"), [], 0, ""],
    [LOG, "empty", containing(""), ["--retry-failed"], 0, "Nothing to retry"],
    [LOG, "half a line", containing('{"content_hash": "ab'), [], 0, `${LOG}:1`],
    [LOG, "half a line", containing('{"content_hash": "ab'), ["--source", "docs"], 0, `${LOG}:1`],
    [LOG, "half a line", containing('{"content_hash": "ab'), ["--retry-failed"], 1, `${LOG}:1`],
    [LOG, "binary garbage", containing(garbage(4_000)), [], 0, "and 3,995 more lines"],
    [LOG, "UTF-16", utf16, [], 2, "save it as UTF-8"],
    [LOG, "a directory", aDirectory, [], 2, "it is a directory"],
    [LOG, "a link in a circle", circle, [], 2, "links that lead in a circle"],
    [LOG, "a link into nowhere", dangling, [], 0, ""],
    [STATE, "empty", containing(""), ["--resume"], 2, "is not a resume file"],
    [STATE, "half-written", containing('{"completed_sou'), ["--resume"], 2, "run without it"],
    [STATE, "half-written", containing('{"completed_sou'), [], 0, ""],
    [STATE, "half-written", containing('{\n  "completed_sources": ["do'), [], 0, ""],
    [STATE, "binary garbage", containing(garbage(3)), ["--resume"], 2, "is not a resume file"],
    [STATE, "UTF-16", utf16, ["--resume"], 2, "is not a resume file"],
    [STATE, "a directory", aDirectory, ["--resume"], 2, "it is a directory"],
    [STATE, "a directory", aDirectory, [], 2, "it is a directory"],
    [STATE, "a link in a circle", circle, [], 2, "links that lead in a circle"],
    [STATE, "a link into nowhere", dangling, ["--resume"], 0, ""],
    ["config.toml", "empty", containing(""), [], 0, ""],
    ["config.toml", "a byte order mark in front", containing("\uFEFFchunk_size = 300\n"), [], 0, ""],
    ["config.toml", "half a line", containing("chunk_size = "), [], 2, "config.toml:1"],
    ["config.toml", "binary garbage", containing(garbage(3)), [], 2, "config.toml is not UTF-8 text"],
    ["config.toml", "UTF-16", utf16, [], 2, "save it as UTF-8"],
    ["config.toml", "a setting of a newer version", containing("chunk_colour = 3\n"), [], 0, "unknown key"],
    ["config.toml", "a directory", aDirectory, [], 2, "it is a directory"],
    ["config.toml", "a link in a circle", circle, [], 2, "links that lead in a circle"],
    ["config.toml", "a link into nowhere", dangling, [], 2, "it is a link that leads nowhere"],
    ["sources.toml", "empty", containing(""), [], 2, "sources.toml has no [[sources]] entry"],
    ["sources.toml", "white space", containing(" \n\t\n"), [], 2, "sources.toml has no [[sources]] entry"],
    ["sources.toml", "half a line", containing("[[sources]]\nname = "), [], 2, "sources.toml:2"],
    ["sources.toml", "binary garbage", containing(garbage(3)), [], 2, "sources.toml is not UTF-8 text"],
    ["sources.toml", "UTF-16", utf16, [], 2, "save it as UTF-8"],
    ["sources.toml", "a directory", aDirectory, [], 2, "it is a directory"],
    ["sources.toml", "a link in a circle", circle, [], 2, "links that lead in a circle"],
    ["sources.toml", "a link into nowhere", dangling, [], 2, "it is a link that leads nowhere"],
  ] as const)("%s: %s, is taken for what it is", async (name, _, prepare, more, expected, message) => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: 2 });
    const path = join(directory.path, name);
    rmSync(path, { force: true });
    prepare(path);
    const before = expected === 2 ? contentOf(path) : "";
    const { exitCode, stderr, stdout } = await run([...lexical, "--database-url", database.url, ...more], {
      cwd: directory.path,
    });
    expect(`${stderr}${stdout}`).toContain(message);
    expect(stderr).not.toMatch(STACK_TRACE);
    expect(stderr.match(/^error:/gm) ?? []).toHaveLength(expected === 2 ? 1 : 0);
    expect(exitCode).toBe(expected);
    const [row] = await database.sql`select count(*)::int as count from pg_tables where schemaname = 'public'`;
    // It could not start: nothing was changed, that file included.
    if (expected === 2) expect({ tables: row.count, content: contentOf(path) }).toEqual({ tables: 0, content: before });
    else if (!stdout.includes("Nothing to retry")) expect(await database.rows()).toHaveLength(6);
  });

  serverTest("a failure log of one JSON array is retried like one of lines", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: 3 });
    await using sick = await startOllama({ dimensions: DIMENSIONS, fault: refuseAll });
    expect((await run(flags(sick.url, database.url), { cwd: directory.path })).exitCode).toBe(1);
    const log = join(directory.path, LOG);
    const entries = logged(log);
    expect(entries).toHaveLength(9);
    writeFileSync(log, `\uFEFF${JSON.stringify(entries, null, 2)}`);
    await using well = await startOllama({ dimensions: DIMENSIONS });
    const retried = await run([...flags(well.url, database.url), "--retry-failed"], { cwd: directory.path });
    expect(retried.exitCode).toBe(0);
    expect(await database.rows()).toHaveLength(9);
    expect(existsSync(log)).toBe(false);
  });

  serverTest("what killed runs left beside them confuses nobody, and goes", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    await using sick = await startOllama({ dimensions: DIMENSIONS, fault: refuseAll });
    writeCorpus(directory.path, { pages: 1 });
    const gone = Bun.spawnSync(["true"]).pid;
    for (const name of [LOG, STATE]) writeFileSync(join(directory.path, `${name}.${gone}.tmp`), '{"content_hash": "ha');
    writeFileSync(join(directory.path, `${LOG}.lock`), `${gone}@${hostname()}`);
    expect((await run(flags(sick.url, database.url), { cwd: directory.path })).exitCode).toBe(1);
    expect(readdirSync(directory.path).sort()).toEqual([LOG, STATE, "docs", "sources.toml"]);
    expect(logged(join(directory.path, LOG))).toHaveLength(3);
  });
});

describe("a file of ours that may not be written", () => {
  serverTest.each([
    ["the directory", (path: string) => chmodSync(path, 0o555), "cannot be written"],
    ["the failure log", (path: string) => lockedFile(join(path, LOG), "{}\n"), "permission denied"],
    [
      "the resume file",
      (path: string) => lockedFile(join(path, STATE), '{"completed_sources": []}'),
      "permission denied",
    ],
  ])("%s: the run says so before it changes anything; a dry run needs none", async (_, lock, reason) => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: 2 });
    handOver(directory.path);
    lock(directory.path);
    const args = [...lexical, "--database-url", database.url];
    try {
      const { exitCode, stderr } = await runBound(args, directory.path);
      expect(stderr).toContain("cannot be");
      expect(stderr).toContain(reason);
      expect(stderr).toContain(directory.path);
      expect(stderr).not.toMatch(STACK_TRACE);
      expect(exitCode).toBe(2);
      const [row] = await database.sql`select count(*)::int as count from pg_tables where schemaname = 'public'`;
      expect(row.count).toBe(0);
    } finally {
      chmodSync(directory.path, 0o755);
    }
  });

  serverTest("a dry run, and a retry of nothing, write nothing and need no permission", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: 2 });
    handOver(directory.path);
    chmodSync(directory.path, 0o555);
    try {
      for (const mode of ["--dry-run", "--retry-failed"]) {
        const { exitCode } = await runBound([...lexical, "--database-url", database.url, mode], directory.path);
        expect(exitCode).toBe(0);
      }
    } finally {
      chmodSync(directory.path, 0o755);
    }
  });

  serverTest.each(["config.toml", "sources.toml", LOG])(
    "%s that may not be read ends the run with its name",
    async (name) => {
      using directory = temporaryDirectory();
      await using database = await testDatabase();
      writeCorpus(directory.path, { pages: 2 });
      if (name !== "sources.toml") writeFileSync(join(directory.path, name), "\n");
      handOver(directory.path);
      chmodSync(join(directory.path, name), 0o000);
      const { exitCode, stderr } = await runBound([...lexical, "--database-url", database.url], directory.path);
      expect(stderr).toContain(name);
      expect(stderr).toContain("permission denied (EACCES)");
      expect(stderr).not.toMatch(STACK_TRACE);
      expect(exitCode).toBe(2);
    },
  );

  serverTest.each([
    ["plain lines", []],
    ["--quiet", ["--quiet"]],
    ["--json", ["--json"]],
  ])(
    "a failure log that cannot be written any more costs no entry: each failed chunk is printed, %s",
    async (_, mode) => {
      using directory = temporaryDirectory();
      await using database = await testDatabase();
      const pages = 12;
      writeCorpus(directory.path, { pages });
      mkdirSync(join(directory.path, "logs"));
      handOver(directory.path);
      const gate = Promise.withResolvers<undefined>();
      await using ollama = await startOllama({
        dimensions: DIMENSIONS,
        // The probe, then nothing until the directory is closed, then refusals.
        fault: async (request) => (request === 1 ? undefined : ((await gate.promise) ?? ollamaFaults.notANumber())),
      });
      const child = startBound([...flags(ollama.url, database.url), ...mode], directory.path, {
        BBJ_RAG_INGEST_FAILURE_LOG: "logs/failures.json",
      });
      const output = Promise.all([child.stdout.text(), child.stderr.text()]);
      await until(() => ollama.requests > 1);
      chmodSync(join(directory.path, "logs"), 0o555);
      gate.resolve(undefined);
      const [stdout, stderr] = await output;
      expect(await child.exited).toBe(1);
      chmodSync(join(directory.path, "logs"), 0o755);
      expect(existsSync(join(directory.path, "logs", "failures.json"))).toBe(false);
      const told = mode.includes("--json") ? stdout : stderr;
      expect(told).toContain("logs/failures.json cannot be written");
      expect(new Set(hashesOf(told)).size).toBe(pages * 3);
      expect(stderr).not.toMatch(STACK_TRACE);
      // They are not lost for the corpus either.
      await using well = await startOllama({ dimensions: DIMENSIONS });
      expect((await run(flags(well.url, database.url), { cwd: directory.path })).exitCode).toBe(0);
      expect(await database.rows()).toHaveLength(pages * 3);
    },
  );

  serverTest(
    "a resume file that cannot be written any more ends the run with 1, its name, and what was stored",
    async () => {
      using directory = temporaryDirectory();
      await using database = await testDatabase();
      writeCorpus(directory.path, { pages: 3 });
      handOver(directory.path);
      const gate = Promise.withResolvers<undefined>();
      await using ollama = await startOllama({
        dimensions: DIMENSIONS,
        fault: (request) => (request > 1 ? gate.promise : undefined),
      });
      const child = startBound(flags(ollama.url, database.url), directory.path);
      await until(() => ollama.requests > 1);
      chmodSync(directory.path, 0o555);
      gate.resolve(undefined);
      const [stderr, exitCode] = await Promise.all([child.stderr.text(), child.exited]);
      chmodSync(directory.path, 0o755);
      expect(stderr).toContain(`the resume file ${join(directory.path, STATE)} cannot be written`);
      expect(stderr).not.toMatch(STACK_TRACE);
      expect(exitCode).toBe(1);
      expect(await database.rows()).toHaveLength(9);
    },
  );

  // A disk of its own is for root to mount.
  const fullDiskTest = process.getuid?.() === 0 && process.platform === "linux" ? serverTest : test.skip;
  fullDiskTest.each([
    ["a full disk", 0],
    // For the lock beside the log; the log itself is full in the middle of a line.
    ["a disk with room for one more page", 1],
  ])("%s leaves whole lines in the failure log, and each failed chunk is there or printed", async (_, pagesFree) => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: 10 });
    const disk = join(directory.path, "disk");
    mkdirSync(disk);
    expect(Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]).exitCode).toBe(0);
    try {
      const log = join(disk, "failures.json");
      const before = `${JSON.stringify({ content_hash: "0".repeat(64), source_url: "other://page", error: "refused", source: "other" })}\n`;
      writeFileSync(log, before);
      const filler = join(disk, "filler");
      expect(() => writeFileSync(filler, Buffer.alloc(1 << 17))).toThrow("ENOSPC");
      truncateSync(filler, statSync(filler).size - pagesFree * 4_096);
      await using sick = await startOllama({ dimensions: DIMENSIONS, fault: refuseAll });
      const { exitCode, stderr } = await run(flags(sick.url, database.url), {
        cwd: directory.path,
        env: { BBJ_RAG_INGEST_FAILURE_LOG: log },
      });
      expect(exitCode).toBe(1);
      expect(stderr).toContain("ENOSPC");
      const kept = readFileSync(log, "utf8");
      expect(kept).toStartWith(before);
      expect(kept).toEndWith("\n");
      expect(new Set([...hashesOf(stderr), ...hashesOf(kept)]).size).toBe(31);
      expect(readdirSync(disk).sort()).toEqual(["failures.json", "filler"]);
    } finally {
      Bun.spawnSync(["umount", disk]);
    }
  });
});

describe("two runs at once in one directory", () => {
  serverTest("lose no entry of each other's failure log, and keep what earlier runs left", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    const pages = { long: 100, short: 2 };
    for (const [name, count] of Object.entries(pages))
      for (let page = 0; page < count; page++) writePage(directory.path, name, page, 3);
    writeFileSync(
      join(directory.path, "sources.toml"),
      Object.keys(pages)
        .map((name) => `[[sources]]\nname = "${name}"\nparser = "mdx"\npaths = ["${name}"]\n`)
        .join("\n"),
    );
    const log = join(directory.path, LOG);
    const earlier = { content_hash: "0".repeat(64), source_url: "other://page", error: "refused", source: "other" };
    writeFileSync(log, `${JSON.stringify(earlier)}\n`);
    await using sick = await startOllama({
      dimensions: DIMENSIONS,
      fault: (_, texts) => (texts.some((text) => text.includes("page")) ? ollamaFaults.notANumber() : undefined),
    });
    const env = { BBJ_RAG_EMBEDDING_BATCH_SIZE: "1" };
    const args = (source: string) => [...flags(sick.url, database.url), "--source", source, "--workers", "1"];
    // One appends all the while; the others append and rewrite.
    const long = start(args("long"), { cwd: directory.path, env });
    await until(() => existsSync(log) && readFileSync(log, "utf8").includes("long://"));
    while (long.exitCode === null) {
      expect((await run(args("short"), { cwd: directory.path, env })).exitCode).toBe(1);
    }
    expect(await long.exited).toBe(1);
    const urls = logged(log).map(({ source_url, content_hash }) => `${String(source_url)} ${String(content_hash)}`);
    expect(urls).toHaveLength(1 + 300 + 6);
    expect(new Set(urls).size).toBe(1 + 300 + 6);
    expect(readdirSync(directory.path).filter((name) => /tmp|lock|stale/.test(name))).toEqual([]);
  });
});

function contentOf(path: string): string {
  try {
    return readFileSync(path).toString("hex");
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : "";
  }
}

function lockedFile(path: string, content: string): void {
  writeFileSync(path, content, { mode: 0o444 });
}
