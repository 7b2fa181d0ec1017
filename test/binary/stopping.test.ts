import { describe, expect } from "bun:test";
import { readFileSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { writeCorpus } from "../support/corpus.ts";
import { corpusTarget } from "../support/corpus-target.ts";
import { serverLane } from "../support/databases.ts";
import { run, serverTest, testDatabase } from "../support/executable.ts";
import { ollamaFaults, startOllama } from "../support/ollama-stand-in.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { inTerminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";
import {
  CTRL_C,
  DIMENSIONS,
  env,
  flags,
  lanes,
  PAGES,
  SECTIONS,
  startGated,
  testStopsBy,
  textsOf,
  WORKERS,
} from "./stopping.ts";

const onServer = lanes.filter(({ name }) => name === serverLane.name);
testStopsBy([["Ctrl-C", ({ press }) => press(CTRL_C)]], ["parallel"], onServer);

describe("a run that is asked to stop ends at every stage", () => {
  serverTest("while it probes the embedding server: at once, with nothing changed", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    await using gated = await startGated(-1);
    const { ollama } = gated;
    writeCorpus(directory.path, { pages: 3 });
    const terminal = inTerminal(flags(ollama.url, database.url), { cwd: directory.path });
    await until(() => ollama.inFlight === 1);
    terminal.press(CTRL_C);
    expect(await terminal.exitCode()).toBe(130);
    const [row] = await database.sql`select count(*)::int as count from pg_tables where schemaname = 'public'`;
    expect(row.count).toBe(0);
  });

  serverTest(
    "while it waits to try a batch again: without the rest of the wait",
    async () => {
      using directory = temporaryDirectory();
      await using target = await corpusTarget(serverLane);
      let well = false;
      await using ollama = await startOllama({
        dimensions: DIMENSIONS,
        // Longer than this test may take.
        fault: (request) =>
          request > 1 && !well ? new Response("", { status: 500, headers: { "Retry-After": "120" } }) : undefined,
      });
      writeCorpus(directory.path, { pages: 4, sections: SECTIONS });
      const args = flags(ollama.url, target.url);
      const terminal = inTerminal(args, { cwd: directory.path, env });
      await terminal.sees("retry: batch");
      terminal.press(CTRL_C);
      expect(await terminal.exitCode()).toBe(130);
      well = true;
      expect((await run(args, { cwd: directory.path, env })).exitCode).toBe(0);
      expect(await target.rows()).toHaveLength(4 * SECTIONS);
    },
    60_000,
  );

  serverTest(
    "while it waits for a server that went away",
    async () => {
      using directory = temporaryDirectory();
      await using target = await corpusTarget(serverLane);
      await using ollama = await startOllama({
        dimensions: DIMENSIONS,
        fault: (request) =>
          request > 1 ? new Response("", { status: 503, headers: { "Retry-After": "0" } }) : undefined,
      });
      writeCorpus(directory.path, { pages: 4, sections: SECTIONS });
      const args = flags(ollama.url, target.url);
      const terminal = inTerminal(args, { cwd: directory.path, env });
      await terminal.sees("outage: the embedder");
      terminal.press(CTRL_C);
      expect(await terminal.exitCode()).toBe(130);
      expect(terminal.text()).toContain("Run again to go on");
      await using well = await startOllama({ dimensions: DIMENSIONS });
      expect((await run(flags(well.url, target.url), { cwd: directory.path, env })).exitCode).toBe(0);
      expect(await target.rows()).toHaveLength(4 * SECTIONS);
    },
    60_000,
  );

  serverTest("while the database takes its time with a write: waits for it, and stores it", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    await using ollama = await startOllama({ dimensions: DIMENSIONS });
    writeCorpus(directory.path, { pages: 1, sections: SECTIONS });
    const args = flags(ollama.url, database.url);
    await run(args, { cwd: directory.path, env });
    writeCorpus(directory.path, { pages: 5, sections: SECTIONS });
    const terminal = await database.sql.begin(async (tx) => {
      // Readers pass, writers wait.
      await tx`lock table chunks in share mode`;
      const writing = inTerminal(args, { cwd: directory.path, env });
      await until(
        async () => (await tx`select from pg_locks where not granted and relation = 'chunks'::regclass`).length > 0,
      );
      writing.press(CTRL_C);
      await writing.sees("stopping");
      return writing;
    });
    expect(await terminal.exitCode()).toBe(130);
    expect(await database.rows()).toHaveLength(textsOf(ollama).length);
    expect((await run(args, { cwd: directory.path, env })).exitCode).toBe(0);
    expect(await database.rows()).toHaveLength(5 * SECTIONS);
    expect(textsOf(ollama).filter(([, times]) => times !== 1)).toEqual([]);
  });

  serverTest.each([
    ["the vector index is built", "hnsw", [], 1],
    ["the vector index is built", "hnsw", [], 2],
    ["a rebuild is swapped in", "rename to", ["--clean"], 1],
    ["a rebuild is swapped in", "rename to", ["--clean"], 2],
  ])(
    "while %s (%s %p): asked %p times, search works, and the next run completes it",
    async (_, statement, more, times) => {
      using directory = temporaryDirectory();
      await using database = await testDatabase();
      await using ollama = await startOllama({ dimensions: DIMENSIONS });
      writeCorpus(directory.path, { pages: 4, sections: SECTIONS });
      const args = flags(ollama.url, database.url);
      await run(args, { cwd: directory.path, env });
      const before = await database.rows();
      const lock = Math.floor(Math.random() * 1e9);
      await database.sql.unsafe(`
      drop index idx_chunks_embedding_hnsw;
      create function hold() returns event_trigger language plpgsql as $$
        begin if current_query() ilike '%${statement}%' then perform pg_advisory_xact_lock_shared(${lock}); end if; end $$;
      create event trigger hold on ddl_command_start execute function hold()`);
      const terminal = await database.sql.begin(async (tx) => {
        await tx.unsafe(`select pg_advisory_xact_lock(${lock})`);
        const building = inTerminal([...args, ...more], { cwd: directory.path, env });
        await until(
          async () =>
            (await tx.unsafe(`select from pg_locks where not granted and locktype = 'advisory' and objid = ${lock}`))
              .length > 0,
        );
        building.press(CTRL_C);
        await building.sees("stopping");
        if (times === 2) {
          building.press(CTRL_C);
          expect(await building.exitCode()).toBe(130);
        }
        return building;
      });
      expect(await terminal.exitCode()).toBe(130);
      // The session of a client that left at once ends by itself.
      await until(
        async () =>
          (
            await database.sql`select from pg_stat_activity where application_name like 'bbj-ingest-all%' and datname = current_database()`
          ).length === 0,
      );
      expect(await database.rows()).toEqual(before);
      const found = await run(["search", "line", "--database-url", database.url, "--ollama-host", ollama.url], {
        cwd: directory.path,
      });
      expect(found.stdout).toContain("docs://");
      const requests = ollama.requests;
      const next = await run([...args, ...more], { cwd: directory.path, env });
      expect(next.stderr).not.toContain("error");
      expect(next.exitCode).toBe(0);
      expect(await database.rows()).toEqual(before);
      // A rebuild that was left before its swap goes on in its shadow; one that was swapped in is done.
      if (more.length === 0 || times === 2) expect(ollama.requests - requests).toBeLessThanOrEqual(1);
      const [index] = await database.sql`select to_regclass('idx_chunks_embedding_hnsw') is not null as there`;
      expect(index.there).toBe(true);
    },
  );

  serverTest("during --clean: the old corpus stays, and the next --clean goes on where it was", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: PAGES, sections: SECTIONS });
    await using before = await startOllama({ dimensions: DIMENSIONS });
    await run(flags(before.url, database.url), { cwd: directory.path, env });
    const rows = await database.rows();
    await using gated = await startGated(3);
    const { ollama } = gated;
    const args = [...flags(ollama.url, database.url), "--clean"];
    const terminal = inTerminal(args, { cwd: directory.path, env });
    await until(() => ollama.inFlight === WORKERS && ollama.requests === 4 + WORKERS);
    terminal.press(CTRL_C);
    await terminal.sees("stopping");
    gated.open();
    expect(await terminal.exitCode()).toBe(130);
    expect(await database.rows()).toEqual(rows);
    const embedded = textsOf(ollama).length;
    expect(embedded).toBe((3 + WORKERS) * SECTIONS);
    expect((await run(args, { cwd: directory.path, env })).exitCode).toBe(0);
    expect(textsOf(ollama).filter(([, times]) => times !== 1)).toEqual([]);
    expect(await database.rows()).toEqual(rows);
  });

  serverTest("during --retry-failed: what was not retried stays in the log", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: 12, sections: SECTIONS });
    await using sick = await startOllama({
      dimensions: DIMENSIONS,
      fault: (request) => (request > 1 ? ollamaFaults.notANumber() : undefined),
    });
    expect((await run(flags(sick.url, database.url), { cwd: directory.path, env })).exitCode).toBe(1);
    const log = join(directory.path, ".ingestion-failures.json");
    const logged = () => readFileSync(log, "utf8").trim().split("\n").length;
    expect(logged()).toBe(12 * SECTIONS);
    await using gated = await startGated(3);
    const { ollama } = gated;
    const args = [...flags(ollama.url, database.url), "--retry-failed"];
    const terminal = inTerminal(args, { cwd: directory.path, env });
    await until(() => ollama.inFlight === WORKERS && ollama.requests === 4 + WORKERS);
    terminal.press(CTRL_C);
    await terminal.sees("stopping");
    gated.open();
    expect(await terminal.exitCode()).toBe(130);
    expect(await database.rows()).toHaveLength((3 + WORKERS) * SECTIONS);
    expect(logged()).toBe((12 - 3 - WORKERS) * SECTIONS);
    expect((await run(args, { cwd: directory.path, env })).exitCode).toBe(0);
    expect(await database.rows()).toHaveLength(12 * SECTIONS);
    expect(textsOf(ollama).filter(([, times]) => times !== 1)).toEqual([]);
  });

  serverTest("while it waits to write the failure log: no entry is lost", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    await using sick = await startOllama({
      dimensions: DIMENSIONS,
      fault: (request) => (request > 1 ? ollamaFaults.notANumber() : undefined),
    });
    writeCorpus(directory.path, { pages: 2, sections: SECTIONS });
    const log = join(directory.path, ".ingestion-failures.json");
    // Held by us, who are alive, and never too old.
    writeFileSync(`${log}.lock`, `${process.pid}@${hostname()}`);
    const later = Date.now() / 1_000 + 1_000;
    utimesSync(`${log}.lock`, later, later);
    const terminal = inTerminal(flags(sick.url, database.url), { cwd: directory.path, env });
    // The last thing a run does before it turns to the log is to ask whether vectors have an index.
    await until(async () => {
      const sessions = await database.sql`
        select from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and state = 'idle' and query like '%extversion%'`;
      return sessions.length > 0;
    });
    terminal.press(CTRL_C);
    await until(() => terminal.text().includes("^C") || terminal.text().includes("stopping"));
    unlinkSync(`${log}.lock`);
    const exitCode = await terminal.exitCode();
    expect(exitCode === 1 || exitCode === 130).toBe(true);
    expect(readFileSync(log, "utf8").trim().split("\n")).toHaveLength(2 * SECTIONS);
  });

  serverTest("during --dry-run: 130, and nothing is reported as a failure", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: 3_000, sections: 1 });
    const args = [
      "--embedder",
      "lexical",
      "--dimensions",
      String(DIMENSIONS),
      "--database-url",
      database.url,
      "--dry-run",
    ];
    const terminal = inTerminal(args, { cwd: directory.path });
    await terminal.sees("3,000 files");
    terminal.press(CTRL_C);
    expect(await terminal.exitCode()).toBe(130);
    expect(terminal.text()).toContain("Interrupted; nothing was changed.");
    expect(terminal.text()).not.toContain("To embed");
  });

  serverTest("during search: at once", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: 1 });
    await using well = await startOllama({ dimensions: DIMENSIONS });
    await run(flags(well.url, database.url), { cwd: directory.path });
    await using gated = await startGated(-1);
    const args = ["search", "line", "--database-url", database.url, "--ollama-host", gated.ollama.url];
    const terminal = inTerminal(args, { cwd: directory.path });
    await until(() => gated.ollama.inFlight === 1);
    terminal.press(CTRL_C);
    expect(await terminal.exitCode()).toBe(130);
  });
});
