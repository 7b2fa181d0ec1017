import { describe, expect } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { SQL } from "bun";
import { writePage } from "../support/corpus.ts";
import { type Outcome, run, serverTest, start } from "../support/executable.ts";
import { gatedOllama } from "../support/gated-ollama.ts";
import { expectNoStackTrace, flags, PAGES, prepared, type Prepared, SECTIONS } from "../support/prepared-corpus.ts";
import { startProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";

const ROWS = PAGES * SECTIONS;

/** A transaction of somebody else that has carried out `statement` and stays open until `end`. */
async function openTransaction(url: string, statement: string) {
  const sql = new SQL(url, { max: 1 });
  const connection = await sql.reserve();
  await connection.unsafe("begin");
  await connection.unsafe("set local application_name = 'somebody'");
  await connection.unsafe(statement);
  return {
    /** Carries out one more. */
    also: async (more: string) => [...(await connection.unsafe(more))],
    end: async () => void (await connection.unsafe("rollback")),
    [Symbol.asyncDispose]: () => sql.close({ timeout: 0 }),
  };
}

const WAITING = `datname = current_database() and wait_event_type = 'Lock' and application_name like 'bbj-ingest-all%'`;

/** Resolves when a run waits for a lock in a statement with these words. */
function untilWaits({ sql }: Prepared, words: string): Promise<void> {
  return until(async () => {
    const [row] = await sql(
      `select count(*)::int as count from pg_stat_activity where ${WAITING} and query like '%${words}%'`,
    );
    return row.count > 0;
  });
}

async function outcomeOf(child: ReturnType<typeof start>): Promise<Outcome> {
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { exitCode, stdout, stderr };
}

/** Raises an error when a row that matches is inserted into `chunks`: once, or for ever. */
async function raise(
  corpus: Prepared,
  { state, when = "true", once = false }: { state: string; when?: string; once?: boolean },
): Promise<() => Promise<void>> {
  await corpus.sql(`
    create sequence faults;
    create function fault() returns trigger language plpgsql as $$
    begin
      -- A sequence keeps what a transaction that fails has counted.
      if (${when}) and (not ${once} or nextval('faults') = 1) then
        raise exception 'made by the test' using errcode = '${state}';
      end if;
      return new;
    end $$;
    create trigger fault before insert on chunks for each row execute function fault()`);
  return async () => {
    await corpus.sql("drop trigger fault on chunks; drop function fault; drop sequence faults");
  };
}

describe("a fault that passes costs a retry, which is shown, and nothing else", () => {
  serverTest.each([
    ["a serialization failure", "40001"],
    ["a deadlock", "40P01"],
    ["a lack of memory", "53200"],
    ["a lock that somebody holds", "55P03"],
    ["a cancelled statement", "57014"],
    ["a shutdown", "57P01"],
  ])("%s", async (_, state) => {
    await using corpus = await prepared();
    await raise(corpus, { state, once: true });
    const outcome = await corpus.ingest();
    expect(outcome.stderr).toContain("made by the test");
    expect(outcome.stderr).toContain("retry");
    expectNoStackTrace(outcome);
    expect(outcome.exitCode).toBe(0);
    expect(await corpus.database.rows()).toEqual(await corpus.fresh());
  });
});

describe("a fault that stays stops the run with what to do, and the next run gives the fresh rows", () => {
  serverTest.each([
    ["a full disk", "53100", "free space on the disk"],
    ["a right that is missing", "42501", "grant the database user the right"],
    ["a damaged table", "XX001", "restore the database"],
  ])("%s", async (_, state, hint) => {
    await using corpus = await prepared();
    const repair = await raise(corpus, { state, when: "new.content like '%page 3%'" });
    const before = await corpus.database.rows();
    const outcome = await corpus.ingest();
    expect(outcome.stderr).toContain("made by the test");
    expect(outcome.stderr).toContain(hint);
    expectNoStackTrace(outcome);
    // It had begun: the tables were prepared.
    expect(outcome.exitCode).toBe(1);
    expect(await corpus.database.rows()).toEqual(before);
    await repair();
    expect(await corpus.ingest()).toMatchObject({ exitCode: 0 });
    expect(await corpus.database.rows()).toEqual(await corpus.fresh());
  });

  serverTest("a database that takes no writes", async () => {
    await using corpus = await prepared();
    const name = new URL(corpus.database.url).pathname.slice(1);
    const before = await corpus.database.rows();
    await corpus.sql(`alter database ${name} set default_transaction_read_only = on`);
    const outcome = await corpus.ingest();
    expect(outcome.stderr).toContain("read-only transaction");
    expect(outcome.stderr).toContain("name the primary");
    expectNoStackTrace(outcome);
    expect(outcome.exitCode).toBe(2);
    expect(await corpus.database.rows()).toEqual(before);
    await corpus.sql(`alter database ${name} reset default_transaction_read_only`);
    expect(await corpus.ingest()).toMatchObject({ exitCode: 0 });
    expect(await corpus.database.rows()).toEqual(await corpus.fresh());
  });
});

serverTest("a disk that fills up in the middle of a run ends it with 1: what was committed stays", async () => {
  await using corpus = await prepared();
  const repair = await raise(corpus, { state: "53100", when: "new.content like '%page 4%'" });
  // A transaction for every two documents.
  const args = [...flags(corpus.ollama.url, corpus.database.url), "--sequential"];
  const outcome = await run(args, { cwd: corpus.path, env: { BBJ_RAG_EMBEDDING_BATCH_SIZE: "4" } });
  expect(outcome.stderr).toContain("free space on the disk");
  expectNoStackTrace(outcome);
  expect(outcome.stdout).toContain("PARTIAL");
  expect(outcome.exitCode).toBe(1);
  const rows = await corpus.database.rows();
  expect(rows.some((row) => row.includes("page-0002.md"))).toBe(true);
  expect(rows.some((row) => row.includes("page-0004.md"))).toBe(false);
  await repair();
  expect(await corpus.ingest()).toMatchObject({ exitCode: 0 });
  expect(await corpus.database.rows()).toEqual(await corpus.fresh());
});

describe("one document that the database refuses fails alone", () => {
  serverTest.each([
    ["for its text", "22021"],
    ["for a constraint", "23514"],
    ["for the length of its search column", "54000"],
  ])("%s", async (_, state) => {
    await using corpus = await prepared();
    const repair = await raise(corpus, { state, when: "new.content like '%page 3%'" });
    const outcome = await corpus.ingest();
    expectNoStackTrace(outcome);
    expect(outcome.stdout).toContain("PARTIAL");
    expect(outcome.exitCode).toBe(1);
    const log = join(corpus.path, ".ingestion-failures.json");
    const entries = (await Bun.file(log).text())
      .trim()
      .split("\n")
      .map((line): { source_url: string; error: string } => JSON.parse(line));
    expect(entries.map(({ source_url }) => source_url)).toEqual(Array(SECTIONS).fill("docs://page-0003.md"));
    for (const { error } of entries) expect(error).toContain("made by the test");
    expect(await corpus.database.rows()).toHaveLength(ROWS - SECTIONS);
    await repair();
    expect(await corpus.ingest(corpus.database.url, "--retry-failed")).toMatchObject({ exitCode: 0 });
    expect(existsSync(log)).toBe(false);
    expect(await corpus.database.rows()).toEqual(await corpus.fresh());
  });
});

describe("a connection that the server ends", () => {
  serverTest.each([
    ["while it reads what is known", "access exclusive", "with own"],
    ["while it writes", "share", "stage"],
  ])("%s is made anew, and nothing is lost", async (_, mode, words) => {
    await using corpus = await prepared();
    await using somebody = await openTransaction(corpus.database.url, `lock table chunks in ${mode} mode`);
    const running = corpus.start();
    await untilWaits(corpus, words);
    await corpus.sql(`select pg_terminate_backend(pid) from pg_stat_activity where ${WAITING}`);
    await somebody.end();
    const outcome = await outcomeOf(running);
    expect(outcome.stderr).toContain("retry");
    expectNoStackTrace(outcome);
    expect(outcome.exitCode).toBe(0);
    expect(await corpus.database.rows()).toEqual(await corpus.fresh());
  });

  serverTest("while it builds the index is made anew, and the index built", async () => {
    await using corpus = await prepared();
    await corpus.sql("drop index idx_chunks_embedding_hnsw");
    await using somebody = await openTransaction(corpus.database.url, "lock table chunks in row exclusive mode");
    const running = corpus.start();
    await untilWaits(corpus, "using hnsw");
    await corpus.sql(`select pg_terminate_backend(pid) from pg_stat_activity where ${WAITING}`);
    await somebody.end();
    const outcome = await outcomeOf(running);
    expect(outcome.stderr).toContain("retry");
    expectNoStackTrace(outcome);
    expect(outcome.exitCode).toBe(0);
    expect(await corpus.sql("select 1 as built from pg_indexes where indexdef like '%hnsw%'")).toHaveLength(1);
  });

  serverTest("with all others, as a restart does, is made anew when the server accepts again", async () => {
    await using corpus = await prepared();
    await using proxy = await startProxy(corpus.database.url);
    let isUp = true;
    proxy.onStatement((text) => {
      if (!isUp || !text.includes("insert into")) return "pass";
      isUp = false;
      proxy.refuse();
      proxy.cut();
      return "swallow";
    });
    const running = corpus.start(proxy.url);
    await until(() => !isUp);
    await proxy.accept();
    const outcome = await outcomeOf(running);
    expectNoStackTrace(outcome);
    expect(outcome.exitCode).toBe(0);
    expect(await corpus.database.rows()).toEqual(await corpus.fresh());
  });
});

describe("limits that somebody set for people", () => {
  serverTest("on statements, transactions and waiting do not end a run", async () => {
    await using corpus = await prepared();
    const name = new URL(corpus.database.url).pathname.slice(1);
    for (const limit of ["statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout"])
      await corpus.sql(`alter database ${name} set ${limit} = '300ms'`);
    // Longer than the limit, every time.
    await corpus.sql(`
      create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.4); return null; end $$;
      create trigger slow before insert on ingest_documents execute function slow()`);
    const outcome = await corpus.ingest();
    expectNoStackTrace(outcome);
    expect(outcome.exitCode).toBe(0);
    expect(await corpus.database.rows()).toEqual(await corpus.fresh());
  });
});

const SESSIONS = `from pg_stat_activity where datname = current_database() and application_name like 'bbj-ingest-all%'`;

describe("while a run waits for its embedding server", () => {
  serverTest("sessions that idle are ended, but not its own", async () => {
    await using corpus = await prepared();
    await using gated = await gatedOllama();
    const name = new URL(corpus.database.url).pathname.slice(1);
    await corpus.sql(`alter database ${name} set idle_session_timeout = '200ms'`);
    const running = start(flags(gated.url, corpus.database.url), { cwd: corpus.path });
    await until(() => gated.requests > 1);
    const before = [...(await corpus.sql(`select pid ${SESSIONS} order by pid`))];
    await using idle = new SQL(corpus.database.url, { max: 1 });
    const [{ pid }] = await idle.unsafe("select pg_backend_pid() as pid");
    await until(async () => (await corpus.sql(`select from pg_stat_activity where pid = ${pid}`)).length === 0);
    expect([...(await corpus.sql(`select pid ${SESSIONS} order by pid`))]).toEqual(before);
    gated.open();
    const outcome = await outcomeOf(running);
    expectNoStackTrace(outcome);
    expect(outcome.exitCode).toBe(0);
    expect(await corpus.database.rows()).toEqual(await corpus.fresh());
  });

  serverTest(
    "a database that becomes a standby ends it with 1, and says so; what it had read is in the log",
    async () => {
      await using corpus = await prepared();
      await using gated = await gatedOllama();
      const before = await corpus.database.rows();
      const name = new URL(corpus.database.url).pathname.slice(1);
      const running = start(flags(gated.url, corpus.database.url), { cwd: corpus.path });
      await until(() => gated.requests > 1);
      await corpus.sql(`alter database ${name} set default_transaction_read_only = on`);
      await corpus.sql(`select pg_terminate_backend(pid) ${SESSIONS}`);
      gated.open();
      const outcome = await outcomeOf(running);
      expect(outcome.stderr).toContain("takes no writes");
      expectNoStackTrace(outcome);
      expect(outcome.exitCode).toBe(1);
      expect(await corpus.database.rows()).toEqual(before);
      await corpus.sql(`alter database ${name} reset default_transaction_read_only`);
      expect(await corpus.ingest(corpus.database.url, "--retry-failed")).toMatchObject({ exitCode: 0 });
      expect(await corpus.database.rows()).toEqual(await corpus.fresh());
    },
  );
});

describe("somebody's open transaction", () => {
  serverTest("that wants what a run has, and has what it wants, costs one of them a retry", async () => {
    await using corpus = await prepared();
    writePage(corpus.path, "docs", 0, 1, "other words");
    await using somebody = await openTransaction(corpus.database.url, "select 1 from ingest_documents for update");
    await somebody.also("set local deadlock_timeout = '1min'");
    const running = corpus.start();
    // It has removed the page's old row, and comes to the page's record.
    await untilWaits(corpus, 'insert into "ingest_documents"');
    expect(await somebody.also("select title from chunks for update")).toEqual([{ title: "Page 0" }]);
    await somebody.end();
    const outcome = await outcomeOf(running);
    expect(outcome.stderr).toContain("deadlock detected");
    expectNoStackTrace(outcome);
    expect(outcome.exitCode).toBe(0);
    expect(await corpus.database.rows()).toEqual(await corpus.fresh());
  });

  serverTest("that reads the corpus keeps a rebuild from its swap: named, with the old corpus left", async () => {
    await using corpus = await prepared();
    const before = await corpus.database.rows();
    await using somebody = await openTransaction(corpus.database.url, "select count(*) from chunks");
    const environment = { BBJ_RAG_INGEST_OUTAGE_WAIT: "3" };
    const args = [...flags(corpus.ollama.url, corpus.database.url), "--clean"];
    const outcome = await run(args, { cwd: corpus.path, env: environment });
    expect(outcome.stderr).toMatch(/session \d+ \(somebody, user \w+\) has a lock on "chunks" since \d{4}-/);
    expect(outcome.stderr).toContain("the old corpus stays; end what reads it");
    expectNoStackTrace(outcome);
    expect(outcome.exitCode).toBe(1);
    expect(await corpus.database.rows()).toEqual(before);
    await somebody.end();
    const { requests } = corpus.ollama;
    expect(await corpus.ingest(corpus.database.url, "--clean")).toMatchObject({ exitCode: 0 });
    // Its vectors were in the shadow: the probe is all that was asked.
    expect(corpus.ollama.requests).toBe(requests + 1);
    expect(await corpus.database.rows()).toEqual(await corpus.fresh());
  });
});
