import { describe, expect } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeCorpus } from "../support/corpus.ts";
import { run, serverTest, testDatabase } from "../support/executable.ts";
import { hostilePdfs } from "../support/hostile-pdf.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import { startProxy } from "../support/tcp-proxy.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { inTerminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";
import { CTRL_C, DIMENSIONS, env, flags, PAGES, SECTIONS, startGated, textsOf, WORKERS } from "./stopping.ts";

const LOG = ".ingestion-failures.json";
/** First word of the name of an advisory lock of ours. */
const SCHEMA_LOCK = 0x62626a6d;

describe("a run that is asked to stop", () => {
  serverTest("with four requests at a server that takes one at a time waits for the oldest alone", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: PAGES, sections: SECTIONS });
    const oldest = Promise.withResolvers<undefined>();
    const never = new Promise<undefined>(() => {});
    let isStopping = true;
    await using ollama = await startOllama({
      dimensions: DIMENSIONS,
      fault: (request) => (!isStopping || request === 1 ? undefined : request === 2 ? oldest.promise : never),
    });
    const args = flags(ollama.url, database.url);
    const terminal = inTerminal(args, { cwd: directory.path, env });
    await until(() => ollama.requests === 1 + WORKERS);
    terminal.press(CTRL_C);
    await terminal.sees("stopping");
    oldest.resolve(undefined);
    expect(await terminal.exitCode()).toBe(130);
    expect(await database.rows()).toHaveLength(SECTIONS);
    expect(terminal.text()).toMatch(/chunks were read and are not stored: no failure/);
    expect(existsSync(join(directory.path, LOG))).toBe(false);
    isStopping = false;
    expect((await run(args, { cwd: directory.path, env })).exitCode).toBe(0);
    expect(await database.rows()).toHaveLength(PAGES * SECTIONS);
    expect(textsOf(ollama).filter(([, times]) => times !== 1)).toEqual([]);
  });

  serverTest("while an embedding server is away: says where it was, and logs no failure", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: PAGES, sections: SECTIONS });
    const ollama = await startOllama({
      dimensions: DIMENSIONS,
      fault: (request) => (request > 3 ? "hang" : undefined),
    });
    const terminal = inTerminal(flags(ollama.url, database.url), { cwd: directory.path, env });
    await until(() => ollama.requests > 3);
    await ollama.stop();
    await terminal.sees("outage: the embedder");
    terminal.press(CTRL_C);
    expect(await terminal.exitCode()).toBe(130);
    const text = terminal.text().replace(/\s+/g, " ");
    expect(text).toMatch(
      new RegExp(
        String.raw`outage: the embedder \(${ollama.url}\) does not answer since [\d:]{8}; waiting until [\d:]{8}; start it`,
      ),
    );
    expect(text).not.toContain("retry:");
    expect(text).not.toContain("failed:");
    expect(existsSync(join(directory.path, LOG))).toBe(false);
  });

  serverTest("while the database is away: says where it was, and logs no failure", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    await using proxy = await startProxy(database.url);
    await using ollama = await startOllama({ dimensions: DIMENSIONS });
    writeCorpus(directory.path, { pages: PAGES, sections: SECTIONS });
    const written = Promise.withResolvers<void>();
    proxy.onStatement((text) => {
      if (!/insert into "chunks"/.test(text)) return undefined;
      written.resolve();
      return "swallow";
    });
    const terminal = inTerminal(flags(ollama.url, proxy.url), { cwd: directory.path, env });
    await written.promise;
    proxy.refuse();
    proxy.cut();
    await terminal.sees("outage: the database");
    terminal.press(CTRL_C);
    expect(await terminal.exitCode()).toBe(130);
    const text = terminal.text().replace(/\s+/g, " ");
    expect(text).toMatch(
      /outage: the database \(PostgreSQL 127\.0\.0\.1:\d+[^)]*\) does not answer since [\d:]{8}; waiting until/,
    );
    expect(text).not.toContain("retry:");
    expect(text).not.toContain("failed:");
    expect(text).toMatch(/[1-9]\d* chunks were read and are not stored: no failure/);
    expect(existsSync(join(directory.path, LOG))).toBe(false);
  });

  serverTest("while its tables wait for another run's: cancels that, with nothing changed", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    await using ollama = await startOllama({ dimensions: DIMENSIONS });
    writeCorpus(directory.path, { pages: 3 });
    await database.sql.begin(async (tx) => {
      await tx.unsafe(`select pg_advisory_xact_lock(${SCHEMA_LOCK})`);
      const terminal = inTerminal(flags(ollama.url, database.url), { cwd: directory.path });
      await until(
        async () => (await tx.unsafe("select from pg_locks where not granted and locktype = 'advisory'")).length > 0,
      );
      terminal.press(CTRL_C);
      expect(await terminal.exitCode()).toBe(130);
      expect(terminal.text()).not.toContain("error:");
    });
    const [row] = await database.sql`select count(*)::int as count from pg_tables where schemaname = 'public'`;
    expect(row.count).toBe(0);
  });

  serverTest("while it waits for a source that another run has: at once", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: 3 });
    await using gated = await startGated(0);
    const args = flags(gated.ollama.url, database.url);
    const first = inTerminal(args, { cwd: directory.path });
    await until(() => gated.ollama.requests > 1);
    const second = inTerminal(args, { cwd: directory.path });
    await until(async () => {
      const sessions = await database.sql`
        select distinct application_name from pg_stat_activity
        where datname = current_database() and application_name like 'bbj-ingest-all%'`;
      return sessions.length === 2;
    });
    second.press(CTRL_C);
    expect(await second.exitCode()).toBe(130);
    first.child.kill("SIGKILL");
    await first.exitCode();
  });

  serverTest("while a PDF is read that takes its time: at once", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    await using ollama = await startOllama({ dimensions: DIMENSIONS });
    mkdirSync(join(directory.path, "pdf"));
    writeFileSync(join(directory.path, "pdf/slow.pdf"), hostilePdfs["draws-ten-times-ten-times-ten"]?.() ?? "");
    writeFileSync(join(directory.path, "sources.toml"), '[[sources]]\nname = "pdf"\nparser = "pdf"\npaths = ["pdf"]\n');
    const terminal = inTerminal(flags(ollama.url, database.url), {
      cwd: directory.path,
      env: { BBJ_RAG_PDF_TIMEOUT: "3600" },
    });
    await terminal.sees("0/1 files");
    terminal.press(CTRL_C);
    expect(await terminal.exitCode()).toBe(130);
  });

  serverTest.each([
    ["a page that does not come", 0],
    ["its turn to ask for the next page", 3_600],
  ])("while a crawl waits for %s: at once", async (_, rateLimit) => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    await using ollama = await startOllama({ dimensions: DIMENSIONS });
    const asked: string[] = [];
    await using site = serve((path) => {
      asked.push(path);
      if (path === "/robots.txt") return new Response("");
      return new Promise(() => {});
    });
    writeFileSync(
      join(directory.path, "sources.toml"),
      `[[sources]]\nname = "kb"\nparser = "wordpress-kb"\nrate_limit = ${rateLimit}\n`,
    );
    const terminal = inTerminal(flags(ollama.url, database.url), {
      cwd: directory.path,
      env: { BBJ_RAG_KB_INDEX_URL: `${site.url}/kb/` },
    });
    await until(() => asked.length === (rateLimit === 0 ? 2 : 1));
    terminal.press(CTRL_C);
    expect(await terminal.exitCode()).toBe(130);
  });
});

function serve(answer: (path: string) => Response | Promise<Response>) {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: ({ url }) => answer(new URL(url).pathname),
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}
