import { describe, expect } from "bun:test";
import { join } from "node:path";
import { FailureLog } from "../../src/ingest/failure-log.ts";
import { writeCorpus } from "../support/corpus.ts";
import { run, start, testDatabase, waitingTest } from "../support/executable.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import { startProxy } from "../support/tcp-proxy.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const DIMENSIONS = 16;
const PAGES = 30;
const CHUNKS = 3 * PAGES;
const ENV = { BBJ_RAG_EMBEDDING_BATCH_SIZE: "4" };

type Event = Readonly<Record<string, unknown>>;

/** A run with `--json`, and what it has said so far. */
function startRun(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}) {
  const child = start([...args, "--dimensions", String(DIMENSIONS), "--json"], { cwd, env: { ...ENV, ...env } });
  const events: Event[] = [];
  let wake = () => {};
  const read = (async () => {
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      events.push(...lines.map((line) => JSON.parse(line)));
      wake();
    }
  })();
  return {
    events,
    async says(type: string, matching: (event: Event) => boolean = () => true): Promise<void> {
      while (!events.some((event) => event.type === type && matching(event))) {
        const next = Promise.withResolvers<void>();
        wake = next.resolve;
        await Promise.race([next.promise, child.exited]);
        if (child.exitCode !== null) await read;
        if (child.exitCode !== null && !events.some((event) => event.type === type && matching(event)))
          throw new Error(
            `ended with ${child.exitCode} and without "${type}":\n${events.map((event) => JSON.stringify(event)).join("\n")}`,
          );
      }
    },
    async exitCode(): Promise<number> {
      await read;
      return child.exited;
    },
  };
}

async function freshRows(directory: string): Promise<string[]> {
  await using database = await testDatabase();
  await using ollama = await startOllama({ dimensions: DIMENSIONS });
  const args = ["--ollama-host", ollama.url, "--database-url", database.url, "--dimensions", String(DIMENSIONS)];
  expect((await run(args, { cwd: directory, env: ENV })).exitCode).toBe(0);
  return await database.rows();
}

describe("an embedding server that goes away in the middle of a run", () => {
  waitingTest("and comes back costs time, a handful of retries and no chunk", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: PAGES });
    const fourth = Promise.withResolvers<undefined>();
    const ollama = await startOllama({
      dimensions: DIMENSIONS,
      fault: (request) => {
        if (request === 4) fourth.resolve(undefined);
        return request >= 4 ? "hang" : undefined;
      },
    });
    const { port, url } = ollama;
    const ingest = startRun(["--ollama-host", url, "--database-url", database.url], directory.path);
    await fourth.promise;
    await ollama.stop();
    await ingest.says("outage", ({ service }) => service === "embedder");
    await using back = await startOllama({ port, dimensions: DIMENSIONS });
    expect(await ingest.exitCode()).toBe(0);
    expect(ingest.events.filter(({ type }) => type === "retry").length).toBeLessThanOrEqual(4 * 3);
    expect(back.textsEmbedded.size).toBeGreaterThan(0);
    expect(await database.rows()).toEqual(await freshRows(directory.path));
  });

  waitingTest("and never comes back ends the run after ingest_outage_wait, with the rest in the log", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: PAGES });
    const fourth = Promise.withResolvers<undefined>();
    const ollama = await startOllama({
      dimensions: DIMENSIONS,
      fault: (request) => {
        if (request === 4) fourth.resolve(undefined);
        return request >= 4 ? "hang" : undefined;
      },
    });
    const args = ["--ollama-host", ollama.url, "--database-url", database.url];
    const ingest = startRun(args, directory.path, { BBJ_RAG_INGEST_OUTAGE_WAIT: "1" });
    await fourth.promise;
    await ollama.stop();
    expect(await ingest.exitCode()).toBe(1);
    const { entries } = await new FailureLog(join(directory.path, ".ingestion-failures.json")).read();
    const stored = await database.rows();
    expect(stored.length + entries.length).toBe(CHUNKS);
    expect(stored.length).toBeGreaterThan(0);
    expect(ingest.events.at(-1)).toMatchObject({ type: "summary", exit_code: 1, failed: entries.length });
  });
});

describe("a database that goes away in the middle of a run", () => {
  waitingTest("and comes back costs time and no chunk", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    await using proxy = await startProxy(database.url);
    await using ollama = await startOllama({ dimensions: DIMENSIONS });
    writeCorpus(directory.path, { pages: PAGES });
    const written = Promise.withResolvers<void>();
    proxy.onStatement((text) => {
      if (!/insert into "chunks"/.test(text)) return undefined;
      written.resolve();
      return "swallow";
    });
    const ingest = startRun(["--ollama-host", ollama.url, "--database-url", proxy.url], directory.path);
    await written.promise;
    proxy.refuse();
    proxy.cut();
    proxy.onStatement(() => undefined);
    await ingest.says("outage", ({ service }) => service === "database");
    await proxy.accept();
    expect(await ingest.exitCode()).toBe(0);
    expect(ingest.events.filter(({ type }) => type === "retry").length).toBeLessThanOrEqual(10);
    expect(await database.rows()).toEqual(await freshRows(directory.path));
    expect([...ollama.textsEmbedded.values()].every((times) => times === 1)).toBe(true);
  });

  waitingTest("and never comes back ends the run, with what was read in the log", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    await using proxy = await startProxy(database.url);
    await using ollama = await startOllama({ dimensions: DIMENSIONS });
    writeCorpus(directory.path, { pages: PAGES });
    const written = Promise.withResolvers<void>();
    proxy.onStatement((text) => {
      if (!/insert into "chunks"/.test(text)) return undefined;
      written.resolve();
      return "swallow";
    });
    const args = ["--ollama-host", ollama.url, "--database-url", proxy.url];
    const ingest = startRun(args, directory.path, { BBJ_RAG_INGEST_OUTAGE_WAIT: "1" });
    await written.promise;
    proxy.refuse();
    proxy.cut();
    expect(await ingest.exitCode()).toBe(1);
    expect(await database.rows()).toEqual([]);
    const { entries } = await new FailureLog(join(directory.path, ".ingestion-failures.json")).read();
    // How much was read before the first write depends on the machine.
    expect(entries.length).toBeGreaterThan(0);
    expect(ingest.events.filter(({ type }) => type === "error")).toHaveLength(1);
    const figures = { chunks: entries.length, failed: entries.length, exit_code: 1 };
    expect(ingest.events.at(-1)).toMatchObject({ type: "summary", ...figures });
    // And the next run does what is left.
    await proxy.accept();
    proxy.onStatement(() => undefined);
    const next = startRun(args, directory.path);
    expect(await next.exitCode()).toBe(0);
    expect(await database.rows()).toEqual(await freshRows(directory.path));
  });
});

describe("a database that has no connection left for us in the middle of a run", () => {
  // None at all, or none to write on.
  for (const left of [0, 1]) {
    waitingTest(`but ${left} is waited for, and named`, async () => {
      using directory = temporaryDirectory();
      await using database = await testDatabase();
      writeCorpus(directory.path, { pages: PAGES });
      const role = `bbj_test_few_${process.pid}_${left}`;
      const { sql } = database;
      await sql
        .unsafe(`create extension vector; create role ${role} login; grant create on schema public to ${role}`)
        .simple();
      const url = new URL(database.url);
      url.username = role;
      const fourth = Promise.withResolvers<undefined>();
      await using ollama = await startOllama({
        dimensions: DIMENSIONS,
        fault: (request) => {
          if (request === 4) fourth.resolve(undefined);
          return undefined;
        },
      });
      const ingest = startRun(["--ollama-host", ollama.url, "--database-url", url.href], directory.path);
      await fourth.promise;
      const lost = left === 0 ? "" : "and pid in (select pid from pg_locks where locktype = 'advisory')";
      await sql.unsafe(`alter role ${role} connection limit ${left}`);
      await sql.unsafe(
        `select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = '${role}' ${lost}`,
      );
      await ingest.says("outage", ({ error }) => String(error).includes(`too many connections for role "${role}"`));
      await sql.unsafe(`alter role ${role} connection limit 2`);
      await ingest.says("outage_end", ({ end }) => end === "returned");
      expect(await ingest.exitCode()).toBe(0);
      expect(await database.rows()).toEqual(await freshRows(directory.path));
      await sql.unsafe(`drop owned by ${role}; drop role ${role}`).simple();
    });
  }
});
