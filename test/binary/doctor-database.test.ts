import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { makeEmbedded } from "../support/databases.ts";
import { doctorScene, type Examined, type Found, findingOf } from "../support/doctor-scene.ts";
import { databaseHereTest, serverTest, start, testDatabase } from "../support/executable.ts";
import { guestIn } from "../support/guest.ts";
import { gatedOllama } from "../support/gated-ollama.ts";
import { installed, poolersSkipped, startPgBouncer } from "../support/pgbouncer.ts";
import { until } from "../support/until.ts";

const [anyPooler] = installed;

/** A scene with a database of its own on the server, in which a run was, unless that is left to the test. */
async function serverScene({ ingested = true } = {}) {
  const database = await testDatabase();
  const scene = doctorScene({ args: [`--database-url=${database.url}`] });
  if (ingested) expect((await scene.call()).exitCode).toBe(0);
  return {
    ...scene,
    database,
    psql: (statements: string) => database.sql.unsafe(statements),
    async [Symbol.asyncDispose]() {
      scene[Symbol.dispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

function required(examined: Examined, what: string, area?: string): Found {
  const found = findingOf(examined, what, area);
  if (found === undefined) throw new Error(`nothing is said of ${what}: ${JSON.stringify(examined.findings)}`);
  return found;
}

type Case = {
  readonly about: string;
  /** What a superuser does to a corpus that is fine. */
  readonly before: string;
  readonly what: string;
  readonly area: string;
  readonly state: Found["state"];
  readonly says: RegExp;
  readonly into: string;
  /** What was pasted leaves the rest to a run. */
  readonly thenRuns?: boolean;
};

const CASES: readonly Case[] = [
  {
    about: "an index on vectors that is not valid",
    before: "update pg_index set indisvalid = false where indexrelid = 'idx_chunks_embedding_hnsw'::regclass",
    ...{ what: "vector index", area: "corpus", state: "warning", says: /^not valid: idx_chunks_embedding_hnsw; / },
    into: "shell",
  },
  {
    about: "an index on vectors that is not there",
    before: "drop index idx_chunks_embedding_hnsw",
    ...{ what: "vector index", area: "corpus", state: "warning", says: /^missing: HNSW; a run builds it$/ },
    into: "shell",
  },
  {
    about: "chunks whose document is not on record",
    before: "delete from ingest_documents",
    ...{ what: "documents", area: "corpus", state: "warning", says: /^1 chunk of documents that are not on record/ },
    into: "psql",
  },
  {
    about: "documents whose chunks are gone",
    before: "delete from chunks",
    ...{ what: "documents", area: "corpus", state: "warning", says: /^1 document without all of the chunks/ },
    ...{ into: "psql", thenRuns: true },
  },
  {
    about: "a document that was not finished",
    before: "update ingest_documents set complete = false",
    ...{ what: "documents", area: "corpus", state: "note", says: /^1 document not finished yet; a run does it$/ },
    into: "shell",
  },
];

describe("doctor finds what is wrong in a database, and what it prints mends it when it is pasted:", () => {
  for (const { about, before, what, area, state, says, into, thenRuns = false } of CASES) {
    serverTest(about, async () => {
      await using scene = await serverScene();
      expect(required(await scene.doctor(), what, area)).toMatchObject({ state: "ok" });
      await scene.psql(before);
      const found = required(await scene.doctor(), what, area);
      expect(found).toMatchObject({ state, into });
      expect(found.detail).toMatch(says);
      const mended = await scene.paste(found, scene.psql);
      if (thenRuns) expect((await scene.call()).exitCode).toBe(0);
      expect(required(thenRuns ? await scene.doctor() : mended, what, area)).toMatchObject({ state: "ok" });
      expect((await scene.call()).exitCode).toBe(0);
      expect(await scene.database.rows()).toHaveLength(1);
    });
  }

  serverTest("a schema of an older version is as good, and of a newer one it is not", async () => {
    await using scene = await serverScene();
    await scene.psql("update ingest_meta set value = '3' where key = 'schema_version'");
    const older = required(await scene.doctor(), "schema");
    expect(older).toMatchObject({ state: "ok" });
    expect(older.detail).toMatch(/^version 3; the first run that stores something brings it to \d+$/);
    await scene.psql("update ingest_meta set value = '99' where key = 'schema_version'");
    const newer = await scene.doctor();
    expect(newer.exitCode).toBe(1);
    expect(required(newer, "connection")).toMatchObject({ state: "problem", hint: "use the newer program" });
  });

  serverTest("no such database", async () => {
    await using scene = await serverScene({ ingested: false });
    const url = new URL(scene.database.url);
    const name = `${url.pathname.slice(1)}_more`;
    url.pathname = `/${name}`;
    using other = doctorScene({ args: [`--database-url=${url.href}`] });
    const examined = await other.doctor();
    expect(examined.exitCode).toBe(1);
    const found = required(examined, "connection");
    expect(found).toMatchObject({ state: "problem", into: "psql", remedy: `CREATE DATABASE "${name}";` });
    try {
      expect((await other.paste(found, scene.psql)).exitCode).toBe(0);
    } finally {
      await scene.psql(`drop database if exists ${name}`);
    }
  });

  serverTest("rights that a run needs, and those that only a --clean needs", async () => {
    await using scene = await serverScene();
    await using guest = await guestIn(scene.database);
    using asGuest = doctorScene({ args: [`--database-url=${guest.url}`] });
    const examined = await asGuest.doctor();
    // Who may not read it is told so before anything else.
    expect(examined.exitCode).toBe(1);
    const reading = required(examined, "connection");
    expect(reading).toMatchObject({ state: "problem", into: "psql" });
    expect(reading.remedy).toContain("GRANT ");
    const reads = await asGuest.paste(reading, scene.psql);
    const writing = required(reads, "rights");
    expect(writing).toMatchObject({ state: "problem", into: "psql" });
    const writes = await asGuest.paste(writing, scene.psql);
    expect(writes.exitCode).toBe(0);
    const owning = required(writes, "rights");
    expect(owning).toMatchObject({ state: "warning", into: "psql" });
    expect(owning.detail).toContain("--clean");
    expect(required(await asGuest.paste(owning, scene.psql), "rights")).toMatchObject({ state: "ok" });
  });

  serverTest("rights on what status goes by", async () => {
    await using scene = await serverScene();
    await using guest = await guestIn(scene.database);
    const { database } = scene;
    await scene.psql(`grant select, insert, update, delete on chunks, ingest_documents, ingest_meta to ${guest.role}`);
    using asGuest = doctorScene({ args: [`--database-url=${guest.url}`] });
    const found = required(await asGuest.doctor(), "run records");
    expect(found).toMatchObject({ state: "warning", into: "psql" });
    expect(findingOf(await asGuest.paste(found, scene.psql), "run records")).toBeUndefined();
    await database.sql`drop table ingest_runs`;
    const making = required(await asGuest.doctor(), "run records");
    expect(making.remedy).toContain("GRANT CREATE ON SCHEMA");
    expect(findingOf(await asGuest.paste(making, scene.psql), "run records")).toBeUndefined();
    expect((await asGuest.call()).stderr).not.toContain("status will not know");
  });

  serverTest("the extension, which the user may not make", async () => {
    await using scene = await serverScene({ ingested: false });
    await using guest = await guestIn(scene.database);
    await scene.psql(`grant create on schema public to ${guest.role}`);
    using asGuest = doctorScene({ args: [`--database-url=${guest.url}`] });
    const found = required(await asGuest.doctor(), "pgvector");
    expect(found).toMatchObject({ state: "problem", into: "psql", remedy: "CREATE EXTENSION vector;" });
    expect((await asGuest.paste(found, scene.psql)).exitCode).toBe(0);
  });

  serverTest("a source that is not listed any more, by the command that asks first", async () => {
    await using scene = await serverScene();
    mkdirSync(scene.at("more"));
    writeFileSync(scene.at("more/page.md"), "# More\n\nMore of channels.\n");
    scene.write("sources.toml", '[[sources]]\nname = "more"\nparser = "mdx"\npaths = ["more"]\n');
    const examined = await scene.doctor();
    const [gone, fresh] = examined.findings.filter(({ area, what }) => area === "corpus" && what === "sources");
    expect(gone).toMatchObject({ state: "note", detail: "not in the sources file, and still found: docs" });
    expect(fresh).toMatchObject({ state: "note", detail: "nothing of more yet" });
    if (gone === undefined || fresh === undefined) return;
    const asked = await scene.paste(gone);
    expect(asked.findings).toContainEqual(gone);
    const removed = await scene.paste({ ...gone, remedy: `${gone.remedy} --yes`.replace(" -- docs", " docs") });
    expect(removed.findings).not.toContainEqual(gone);
    expect(required(await scene.paste(fresh), "sources", "corpus")).toMatchObject({ state: "ok" });
  });

  serverTest("an interrupted run of a part, by the command that goes on with that part", async () => {
    await using scene = await serverScene();
    scene.write(".ingestion-state-2-of-3.json", JSON.stringify({ completed_sources: [] }));
    const found = required(await scene.doctor(), "resume file");
    expect(found.detail).toStartWith("a run of part 2/3 was interrupted");
    expect(found.remedy).toContain(" --resume --shard 2/3 ");
    expect(required(await scene.paste(found), "resume file")).toMatchObject({ state: "ok" });
  });

  serverTest("a run that is at work, and that ends by the command", async () => {
    await using scene = await serverScene();
    await using ollama = await gatedOllama(/docs says/);
    const running = start(["--clean", ...ollamaArgs(ollama.url, scene.database.url)], { cwd: scene.path });
    await until(() => ollama.requests > 1);
    const examined = await scene.doctor();
    expect(examined.exitCode).toBe(1);
    const found = required(examined, "locks");
    expect(found).toMatchObject({ state: "problem", into: "shell", remedy: `kill ${running.pid}` });
    expect(found.detail).toStartWith("the corpus is being rebuilt: pid ");
    expect(findingOf(examined, "interrupted rebuild")).toBeUndefined();
    await scene.paste({ ...found, remedy: `${found.remedy}; ${found.remedy}` });
    await running.exited;
    const after = await scene.doctor();
    expect(required(after, "locks")).toMatchObject({ state: "ok" });
    // What it left is gone on with, or given up.
    const left = required(after, "interrupted rebuild");
    expect(left).toMatchObject({ state: "note", into: "shell" });
    expect(left.detail).toContain("a --clean was interrupted");
    ollama.open();
    expect(findingOf(await scene.paste(left), "interrupted rebuild")).toBeUndefined();
  });

  serverTest("an index that a run at work is about to build is no fault", async () => {
    await using scene = await serverScene({ ingested: false });
    await using ollama = await gatedOllama(/other words/);
    scene.write("config.toml", `embedding_dimensions = 32\nollama_host = "${ollama.url}"\n`);
    expect((await scene.call()).exitCode).toBe(0);
    await scene.psql("drop index idx_chunks_embedding_hnsw");
    expect(required(await scene.doctor(), "vector index")).toMatchObject({ state: "warning" });
    const before = ollama.requests;
    scene.write("docs/page.md", "# Channels\n\nWhat docs says in other words.\n");
    const running = start([`--database-url=${scene.database.url}`], { cwd: scene.path });
    await until(() => ollama.requests > before + 1);
    expect(required(await scene.doctor(), "vector index")).toMatchObject({
      ...{ state: "note", detail: "not there yet; the run that is at work builds it", remedy: null },
    });
    ollama.open();
    expect(await running.exited).toBe(0);
    expect(required(await scene.doctor(), "vector index")).toMatchObject({ state: "ok" });
  });

  serverTest("a run of one source is named with it", async () => {
    await using scene = await serverScene();
    await using ollama = await gatedOllama(/other words/);
    scene.write("config.toml", `embedding_dimensions = 32\nollama_host = "${ollama.url}"\n`);
    expect((await scene.call("--clean")).exitCode).toBe(0);
    const before = ollama.requests;
    scene.write("docs/page.md", "# Channels\n\nWhat docs says in other words.\n");
    const running = start(["--source=docs", `--database-url=${scene.database.url}`], { cwd: scene.path });
    await until(() => ollama.requests > before + 1);
    const found = required(await scene.doctor(), "locks");
    expect(found.detail).toStartWith("a run is at work on docs: pid ");
    ollama.open();
    await running.exited;
  });

  test.skipIf(poolersSkipped !== undefined || anyPooler === undefined)("a pooler that shares sessions", async () => {
    if (anyPooler === undefined) return;
    await using scene = await serverScene();
    await using pooler = await startPgBouncer(anyPooler, scene.database.url, { pool_mode: "transaction" });
    using behind = doctorScene({ args: [`--database-url=${pooler.url}`] });
    const examined = await behind.doctor();
    expect(examined.exitCode).toBe(1);
    expect(required(examined, "sessions")).toMatchObject({ state: "problem" });
    expect(required(examined, "sessions").hint).toContain("pool_mode=session");
    expect(required(examined, "model", "corpus")).toMatchObject({ state: "ok" });
  });

  serverTest("a database behind a black hole is named within seconds", async () => {
    using hole = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    using scene = doctorScene({ args: [`--database-url=postgres://u:hunter2@127.0.0.1:${hole.port}/d`] });
    const examined = await scene.doctor();
    expect(examined.exitCode).toBe(1);
    const found = required(examined, "connection");
    expect(found.detail).toBe(`PostgreSQL 127.0.0.1:${hole.port}/d does not answer within 5 s`);
    expect((await scene.paste(found)).exitCode).toBe(0);
    // What follows is looked at all the same.
    expect(required(examined, "failure log")).toMatchObject({ state: "ok" });
  });

  serverTest("a database of nothing yet is left as it is", async () => {
    await using scene = await serverScene({ ingested: false });
    const tables = () => scene.psql("select 1 from pg_class where relnamespace = 'public'::regnamespace");
    const examined = await scene.doctor();
    expect(examined.exitCode).toBe(0);
    expect(required(examined, "state", "corpus")).toMatchObject({ state: "note" });
    expect([...(await tables())]).toEqual([]);
    expect([...(await scene.psql("select 1 from pg_extension where extname = 'vector'"))]).toEqual([]);
  });

  serverTest("vectors that a search finds by an index: the index is named", async () => {
    await using scene = await serverScene();
    await scene.psql(`
      insert into chunks (source_url, title, content, content_hash, embedding, source_name)
      select 'docs/page.md', '', 'text ' || n, md5(n::text), array(select random() from generate_series(1, 16) where n > 0)::vector(16), 'docs'
      from generate_series(1, 7500) n`);
    await scene.psql("update ingest_documents set chunks = 7501");
    const found = required(await scene.doctor(), "vector index");
    expect(found).toMatchObject({ state: "ok" });
    expect(found.detail).toMatch(/^valid, and used by a search: chunks_embedding_list_idx$/);
  });
});

describe("doctor and the embedded database", () => {
  databaseHereTest("a corpus that is fine, and what is said of it", async () => {
    using scene = await embeddedScene();
    const examined = await scene.doctor();
    expect(examined.exitCode).toBe(0);
    for (const what of ["model", "schema", "size", "vector index", "documents", "sources"])
      expect(required(examined, what, "corpus")).toMatchObject({ state: "ok" });
  });

  databaseHereTest("that another run holds: it is named, and ends by the command", async () => {
    using scene = await embeddedScene();
    await using ollama = await gatedOllama(/docs says/);
    scene.write("docs/page.md", "# Channels\n\nWhat docs says of other channels.\n");
    const args = ["--clean", "--embedder=ollama", "--dimensions=32", `--ollama-host=${ollama.url}`];
    const running = start(args, { cwd: scene.path });
    await until(() => ollama.requests > 1);
    const examined = await scene.doctor();
    expect(examined.exitCode).toBe(1);
    const found = required(examined, "lock");
    expect(found).toMatchObject({ state: "problem", into: "shell", remedy: `kill ${running.pid}` });
    expect(found.detail).toContain("is in use by another run");
    await scene.paste({ ...found, remedy: `${found.remedy}; ${found.remedy}` });
    await running.exited;
    expect(findingOf(await scene.doctor(), "lock")).toBeUndefined();
  });
});

async function embeddedScene() {
  const scene = doctorScene();
  await makeEmbedded(scene.at(".bbj-rag"));
  expect((await scene.call()).exitCode).toBe(0);
  return scene;
}

function ollamaArgs(url: string, database: string): string[] {
  return ["--embedder=ollama", "--dimensions=32", `--ollama-host=${url}`, `--database-url=${database}`];
}
