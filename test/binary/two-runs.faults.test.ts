import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { SQL } from "bun";
import { writeCorpus, writePage } from "../support/corpus.ts";
import { type Outcome, run, serverTest, start, testDatabase } from "../support/executable.ts";
import { gatedOllama } from "../support/gated-ollama.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { until } from "../support/until.ts";
import { makeEmbedded } from "../support/databases.ts";

const DIMENSIONS = 32;
const ISO_TIME = "\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z";

/** Flags for an Ollama and a database; none: the embedded one of the working directory. */
const flags = (ollama: string, database?: string) => [
  ...["--ollama-host", ollama, "--dimensions", String(DIMENSIONS)],
  ...(database === undefined ? [] : ["--database-url", database]),
];

/** A machine that ingests a source of its own: a directory with a corpus. */
function machine(source: string, { pages = 4, words = source } = {}) {
  const directory = temporaryDirectory();
  writeCorpus(directory.path, { source, pages: 0 });
  for (let page = 0; page < pages; page++) writePage(directory.path, source, page, 2, words);
  return directory;
}

/** A machine whose texts are those of every other one of this kind: their headers do not name the source. */
function machineOfPrograms(source: string, programs: number) {
  const directory = temporaryDirectory();
  mkdirSync(join(directory.path, source));
  for (let program = 0; program < programs; program++) {
    const lines = Array.from({ length: 12 }, (_, line) => `let line_${line}! = "of page ${program}"`);
    writeFileSync(
      join(directory.path, source, `Program${program}.bbj`),
      `rem Program ${program}\n${lines.join("\n")}\n`,
    );
  }
  writeFileSync(
    join(directory.path, "sources.toml"),
    `[[sources]]\nname = "${source}"\nparser = "bbj-source"\npaths = ["${source}"]\n`,
  );
  return directory;
}

async function outcomeOf(child: ReturnType<typeof start>): Promise<Outcome> {
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { exitCode, stdout, stderr };
}

async function vectorIndexes({ sql }: { readonly sql: SQL }): Promise<number> {
  const [row] = await sql`
    select count(*)::int as count from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am m on m.oid = c.relam
    where m.amname = 'hnsw' and i.indisvalid`;
  return row.count;
}

/** Runs in the middle of a statement that waits for a lock. */
async function waitingRuns({ sql }: { readonly sql: SQL }): Promise<number> {
  const [row] = await sql`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and application_name like 'bbj-ingest-all%'`;
  return row.count;
}

const refusal = (what: string, pid: number) =>
  new RegExp(`${what}.* by another run: pid ${pid} on ${hostname()} since ${ISO_TIME}`);

describe("a second run of the same source", () => {
  serverTest("stops at once on a server, names the first, and changes nothing", async () => {
    using one = machine("docs");
    using two = machine("docs", { words: "other words" });
    await using database = await testDatabase();
    await using ollama = await gatedOllama();
    const first = start(flags(ollama.url, database.url), { cwd: one.path });
    await until(() => ollama.requests > 1);
    const second = await run(flags(ollama.url, database.url), { cwd: two.path });
    expect(second.stderr).toMatch(refusal('source "docs" is being ingested in PostgreSQL', first.pid));
    expect(second.stderr).not.toContain("    at ");
    expect({ exitCode: second.exitCode, left: readdirSync(two.path).sort() }).toEqual({
      exitCode: 2,
      left: ["docs", "sources.toml"],
    });
    ollama.open();
    expect(await outcomeOf(first)).toMatchObject({ exitCode: 0 });
    expect(await database.rows()).toHaveLength(8);
    expect(JSON.stringify(await database.rows())).not.toContain("other words");
  });

  test("stops at once on the embedded database, names the first, and changes nothing", async () => {
    using directory = machine("docs");
    await using ollama = await gatedOllama();
    const first = start(flags(ollama.url), { cwd: directory.path });
    // It makes the directory and holds it when the probe has passed.
    await until(() => ollama.requests > 1);
    const before = readdirSync(directory.path).sort();
    const second = await run(flags(ollama.url), { cwd: directory.path });
    expect(second.stderr).toMatch(refusal("is in use", first.pid));
    expect(second.exitCode).toBe(2);
    expect(readdirSync(directory.path).sort()).toEqual(before);
    const search = await run(["search", "records", ...flags(ollama.url)], { cwd: directory.path });
    expect(search.stderr).toMatch(refusal("is in use", first.pid));
    expect(search.exitCode).toBe(2);
    ollama.open();
    expect(await outcomeOf(first)).toMatchObject({ exitCode: 0 });
  });

  test("does nothing when the first has made the embedded database meanwhile", async () => {
    using directory = machine("docs");
    await using ollama = await gatedOllama(/./);
    const both = [1, 2].map(() => start(flags(ollama.url), { cwd: directory.path }));
    // Both have found no database, and probe.
    await until(() => ollama.requests === 2);
    ollama.open();
    const outcomes = await Promise.all(both.map(outcomeOf));
    expect(outcomes.map(({ exitCode }) => exitCode).sort((one, other) => one - other)).toEqual([0, 2]);
    const refused = outcomes.find(({ exitCode }) => exitCode === 2);
    expect(refused?.stderr).toMatch(/was made by another run meanwhile|is in use by another run/);
    expect(refused?.stderr).not.toContain("    at ");
  });
});

describe("a run whose session was ended while another run came and went", () => {
  serverTest(
    "writes nothing that it had read before, says so, and ends with 1; the next run stores it all",
    async () => {
      using one = machine("docs");
      using two = machine("docs", { words: "words of the second" });
      await using database = await testDatabase();
      await using ollama = await gatedOllama();
      await using open = await startOllama({ dimensions: DIMENSIONS });
      const first = start(flags(ollama.url, database.url), { cwd: one.path });
      await until(() => ollama.requests > 1);
      await database.sql`
      select pg_terminate_backend(pid) from pg_stat_activity a
      where datname = current_database() and exists (
        select from pg_locks l where l.pid = a.pid and l.locktype = 'advisory')`;
      expect(await run(flags(open.url, database.url), { cwd: two.path })).toMatchObject({ exitCode: 0 });
      const rows = await database.rows();
      ollama.open();
      const outcome = await outcomeOf(first);
      expect(outcome.stderr).toContain('another run wrote source "docs" in PostgreSQL');
      expect(outcome.stderr).not.toContain("    at ");
      expect(outcome.exitCode).toBe(1);
      expect(await database.rows()).toEqual(rows);
      expect(await run(flags(open.url, database.url), { cwd: one.path })).toMatchObject({ exitCode: 0 });
      expect(JSON.stringify(await database.rows())).not.toContain("words of the second");
    },
  );
});

describe("different sources at once on one database", () => {
  serverTest(
    "begun at the same time on a new database, with texts in common, both finish, with the result of one after the other",
    async () => {
      using one = machineOfPrograms("samples", 12);
      using two = machineOfPrograms("library", 20);
      await using database = await testDatabase();
      await using ollama = await gatedOllama(/./);
      const both = [one, two].map(({ path }) => start(flags(ollama.url, database.url), { cwd: path }));
      // Both have found an empty database, and probe.
      await until(() => ollama.requests === 2);
      ollama.open();
      for (const outcome of await Promise.all(both.map(outcomeOf))) expect(outcome).toMatchObject({ exitCode: 0 });

      await using apart = await testDatabase();
      for (const { path } of [one, two]) {
        expect(await run(flags(ollama.url, apart.url), { cwd: path })).toMatchObject({ exitCode: 0 });
      }
      const [shared] = await apart.sql`
        select count(*)::int as texts, max(sources)::int as sources from (
          select count(distinct source_name) as sources from chunks group by content_hash) t`;
      expect({ ...shared }).toEqual({ texts: 20, sources: 2 });
      expect(await database.rows()).toEqual(await apart.rows());
      expect(await vectorIndexes(database)).toBe(1);
      for (const { path } of [one, two]) {
        expect((await run(flags(ollama.url, database.url), { cwd: path })).stdout).toContain("unchanged");
      }
    },
  );

  serverTest("that want to build the index on vectors at the same time build one", async () => {
    using one = machine("manual", { pages: 2 });
    using two = machine("blog", { pages: 2 });
    await using database = await testDatabase();
    await using ollama = await startOllama({ dimensions: DIMENSIONS });
    for (const { path } of [one, two]) await run(flags(ollama.url, database.url), { cwd: path });
    const before = await database.rows();
    await database.sql`drop index idx_chunks_embedding_hnsw`;
    // What the second one sees must not be of the time before it waited, whatever the database thinks best.
    const name = new URL(database.url).pathname.slice(1);
    await database.sql.unsafe(`alter database ${name} set default_transaction_isolation = 'repeatable read'`);

    // A build waits for the writers of its table: when both runs wait, both have seen that there is no index.
    await using writer = new SQL(database.url, { max: 1 });
    const finished = Promise.withResolvers<undefined>();
    const locked = Promise.withResolvers<undefined>();
    const writing = writer.begin(async (tx) => {
      await tx`lock table chunks in row exclusive mode`;
      locked.resolve(undefined);
      await finished.promise;
    });
    await locked.promise;
    const both = [one, two].map(({ path }) => start(flags(ollama.url, database.url), { cwd: path }));
    await until(async () => (await waitingRuns(database)) === 2);
    finished.resolve(undefined);
    await writing;
    for (const outcome of await Promise.all(both.map(outcomeOf))) {
      expect(outcome.stderr).not.toContain("error");
      expect(outcome.exitCode).toBe(0);
    }
    expect(await vectorIndexes(database)).toBe(1);
    expect(await database.rows()).toEqual(before);
  });

  serverTest("leave search alone, and keep out a rebuild, which names them", async () => {
    using one = machine("manual");
    using two = machine("blog");
    await using database = await testDatabase();
    await using ollama = await gatedOllama(/on manual/);
    const first = start(flags(ollama.url, database.url), { cwd: one.path });
    await until(() => ollama.requests > 1);
    expect(await run(flags(ollama.url, database.url), { cwd: two.path })).toMatchObject({ exitCode: 0 });
    const search = await run(["search", "records of a blog", ...flags(ollama.url, database.url)], { cwd: one.path });
    expect(search.stdout).toContain("blog://");
    expect(search.exitCode).toBe(0);

    const before = await database.rows();
    const clean = await run([...flags(ollama.url, database.url), "--clean"], { cwd: one.path });
    expect(clean.stderr).toMatch(refusal('source "manual" is being ingested in PostgreSQL', first.pid));
    expect(clean.exitCode).toBe(2);
    const elsewhere = await run([...flags(ollama.url, database.url), "--clean"], { cwd: two.path });
    expect(elsewhere.stderr).toMatch(refusal("a source is being ingested in PostgreSQL", first.pid));
    expect(elsewhere.exitCode).toBe(2);
    expect(await database.rows()).toEqual(before);
    ollama.open();
    expect(await outcomeOf(first)).toMatchObject({ exitCode: 0 });
  });

  serverTest("are kept out by a rebuild, which is named; search answers from the old corpus", async () => {
    using one = machine("manual");
    using two = machine("blog");
    await using database = await testDatabase();
    await using healthy = await startOllama({ dimensions: DIMENSIONS });
    for (const { path } of [one, two]) await run(flags(healthy.url, database.url), { cwd: path });
    const before = await database.rows();
    await using ollama = await gatedOllama();
    const rebuild = start([...flags(ollama.url, database.url), "--clean"], { cwd: one.path });
    await until(() => ollama.requests > 1);
    const refused = await run(flags(healthy.url, database.url), { cwd: two.path });
    expect(refused.stderr).toMatch(refusal("the corpus is being rebuilt in PostgreSQL", rebuild.pid));
    expect(refused.exitCode).toBe(2);
    const search = await run(["search", "records of a blog", ...flags(healthy.url, database.url)], { cwd: two.path });
    expect(search.stdout).toContain("blog://");
    expect(await database.rows()).toEqual(before);
    ollama.open();
    expect(await outcomeOf(rebuild)).toMatchObject({ exitCode: 0 });
  });
});

describe("a run that was killed holds nothing any more", () => {
  serverTest("on a server, while it embeds: its source is free", async () => {
    using directory = machine("docs");
    await using database = await testDatabase();
    await using ollama = await gatedOllama();
    const killed = start(flags(ollama.url, database.url), { cwd: directory.path });
    await until(() => ollama.requests > 1);
    killed.kill("SIGKILL");
    await killed.exited;
    ollama.open();
    const next = await run(flags(ollama.url, database.url), { cwd: directory.path });
    expect(next.stderr).not.toContain("another run");
    expect(next.exitCode).toBe(0);
    expect(await database.rows()).toHaveLength(8);
  });

  serverTest("on a server, while it waits for a table in a statement: neither its source nor the table", async () => {
    using directory = machine("docs");
    await using database = await testDatabase();
    await using ollama = await startOllama({ dimensions: DIMENSIONS });
    await run(flags(ollama.url, database.url), { cwd: directory.path });
    await database.sql`drop index idx_chunks_embedding_hnsw`;
    await using reader = new SQL(database.url, { max: 1 });
    const finished = Promise.withResolvers<undefined>();
    const locked = Promise.withResolvers<undefined>();
    const reading = reader.begin(async (tx) => {
      await tx`lock table chunks in row exclusive mode`;
      locked.resolve(undefined);
      await finished.promise;
    });
    await locked.promise;
    const killed = start(flags(ollama.url, database.url), { cwd: directory.path });
    await until(async () => (await waitingRuns(database)) === 1);
    killed.kill("SIGKILL");
    await killed.exited;
    // The server asks after its client every second, also in the middle of a statement.
    await until(async () => (await waitingRuns(database)) === 0);
    finished.resolve(undefined);
    await reading;
    expect(await run(flags(ollama.url, database.url), { cwd: directory.path })).toMatchObject({ exitCode: 0 });
    expect(await vectorIndexes(database)).toBe(1);
  });

  test("on the embedded database: its directory is free", async () => {
    using directory = machine("docs");
    await makeEmbedded(join(directory.path, ".bbj-rag"));
    await using ollama = await gatedOllama();
    const killed = start(flags(ollama.url), { cwd: directory.path });
    await until(() => ollama.requests > 1);
    killed.kill("SIGKILL");
    await killed.exited;
    ollama.open();
    const next = await run(flags(ollama.url), { cwd: directory.path });
    expect(next.stderr).not.toContain("another run");
    expect(next.exitCode).toBe(0);
    expect(next.stdout).toContain("OK");
  });
});
