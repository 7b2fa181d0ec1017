import { describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { commandsIn, contentsScene, LEXICAL } from "../support/contents-scene.ts";
import { makeEmbedded } from "../support/databases.ts";
import { run, serverTest, start, testDatabase, type TestDatabase } from "../support/executable.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { inTerminal } from "../support/terminal.ts";

/** Each row with the transaction that wrote it. */
async function writtenRows({ sql }: TestDatabase): Promise<unknown[]> {
  return [
    ...(await sql`select id::text, xmin::text from chunks order by id`),
    ...(await sql`select source_url, xmin::text from ingest_documents order by source_name, source_url`),
  ];
}

describe("status", () => {
  serverTest("shows each source, and what is to be typed where the corpus is not what sources.toml says", async () => {
    await using database = await testDatabase();
    using scene = contentsScene(database.url, { docs: ["one", "two"], "it's old": ["one"], off: ["one"] });
    await scene.ingest();
    scene.write("new", "one");
    scene.list(["docs", "new", "off"], ["off"]);
    const { exitCode, stdout, stderr } = await scene.call("status");
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("lexical feature-hashing-v1 (16 dimensions)");
    expect(stdout).toContain("4 chunks of 4 documents, 0 of them incomplete");
    expect(stdout).toContain("index on vectors: HNSW, a list of all of them");
    expect(stdout).toMatch(/on disk: \d+ kB, \d+ kB of it indexes/);
    expect(stdout).toMatch(/last run: \d+ \w+ ago \(\d{4}-\d\d-\d\d \d\d:\d\d\), 3 sources in .*: all is stored/);
    expect(stdout).toMatch(/^docs +\d+ \w+ ago +[\d.]+ m?s +OK +2 +2 +[\d.]+ k?B$/m);
    expect(stdout).toMatch(/^new +never +0 +0 +0 B$/m);
    expect(stdout).toMatch(/^it's old +\d+ \w+ ago/m);
    expect(stdout).toContain(
      `source "it's old" is not listed any more: its document stays in what search finds; to remove:`,
    );
    expect(stdout).toContain('source "off" is disabled: its document stays in what search finds; to remove:');
    expect(stdout).toContain('source "new" has no documents yet; to ingest:');
    const commands = commandsIn(stdout);
    expect(commands).toHaveLength(3);
    for (const command of commands) {
      const yes = command.includes(" remove ") ? "--yes" : LEXICAL.join(" ");
      expect(await scene.paste(command, yes)).toMatchObject({ exitCode: 0 });
    }
    expect(commandsIn((await scene.call("status")).stdout)).toEqual([]);
    const [json] = await scene.lines("status");
    expect(json).toMatchObject({ type: "status", documents: 3, sources_file: "sources.toml", notes: [] });
    expect(json.sources).toMatchObject([
      {
        source: "docs",
        listed: "enabled",
        documents: 2,
        chunks: 2,
        incomplete: 0,
        last_run: { status: "OK", parts: null },
      },
      { source: "new", listed: "enabled", documents: 1, last_run: { status: "OK", counts: { added: 1 } } },
    ]);
    // What was removed and comes back has not run yet.
    scene.list(["docs", "new", "off"]);
    expect((await scene.call("status")).stdout).toMatch(/^off +never/m);
  });

  serverTest("knows of unchanged runs, which write no row of the corpus, and not of a dry run", async () => {
    await using database = await testDatabase();
    using scene = contentsScene(database.url, { docs: ["one", "two"] });
    await scene.ingest();
    const rows = await writtenRows(database);
    const [first] = await scene.lines("status");
    await scene.ingest("--dry-run");
    expect((await scene.lines("status"))[0]).toEqual(first);
    await scene.ingest();
    const [second] = await scene.lines("status");
    expect(second.last_run.ended_at > first.last_run.ended_at).toBe(true);
    expect(second.sources[0].last_run).toMatchObject({ status: "UNCHANGED", mode: "update", exit_code: 0 });
    expect(await writtenRows(database)).toEqual(rows);
  });

  serverTest("says what failed and what waits to be retried; then, that it is done", async () => {
    await using database = await testDatabase();
    using scene = contentsScene(database.url, { docs: ["one", "sick"], other: ["one"] });
    let isSick = true;
    await using ollama = await startOllama({
      dimensions: 16,
      fault: (_, texts) =>
        isSick && texts.some((text) => text.includes("sick"))
          ? Response.json({ error: "this text is refused" }, { status: 400 })
          : undefined,
    });
    const flags = ["--ollama-host", ollama.url, "--dimensions", "16"];
    const failed = await scene.call(...flags);
    expect(failed.exitCode).toBe(1);
    const { stdout } = await scene.call("status");
    expect(stdout).toContain("something failed (exit code 1)");
    expect(stdout).toMatch(/^docs +\d+ \w+ ago +.* PARTIAL /m);
    expect(stdout).toContain('source "docs": 1 chunk failed; to run it again:');
    expect(stdout).toContain("1 failed chunk waits in ");
    // What another database lacks is none of this one's business.
    await using other = await testDatabase();
    const elsewhere = ["--database-url", other.url];
    expect((await run([...LEXICAL, "--source", "other", ...elsewhere], { cwd: scene.path })).exitCode).toBe(0);
    expect((await run(["status", ...elsewhere], { cwd: scene.path })).stdout).not.toContain("failed chunk");
    isSick = false;
    const retry = commandsIn(stdout).find((command) => command.includes("--retry-failed")) ?? "";
    expect(await scene.paste(retry, flags.join(" "))).toMatchObject({ exitCode: 0 });
    const [after] = await scene.lines("status");
    expect(after).toMatchObject({ notes: [], last_run: { mode: "retry", exit_code: 0, sources: 1 } });
  });

  serverTest("says that a run was interrupted, and works while one is under way", async () => {
    await using database = await testDatabase();
    using scene = contentsScene(database.url, { docs: ["one"], late: ["one"] });
    const asked = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<undefined>();
    await using ollama = await startOllama({
      dimensions: 16,
      fault: (_, texts) => {
        if (!texts.some((text) => text.includes("late"))) return undefined;
        asked.resolve();
        return gate.promise;
      },
    });
    const flags = ["--ollama-host", ollama.url, "--dimensions", "16", "--database-url", database.url];
    expect((await run([...flags, "--source", "docs"], { cwd: scene.path })).exitCode).toBe(0);
    const running = start(flags, { cwd: scene.path });
    await asked.promise;
    const during = await scene.call("status");
    expect([during.exitCode, during.stdout]).toEqual([0, expect.stringMatching(/^late +never/m)]);
    expect(during.stdout).toContain(`a run is at work on docs, late: process ${running.pid} on `);
    for (const args of [["ls"], ["ls", "docs"], ["show", "docs://one.md"]])
      expect((await scene.call(...args)).exitCode).toBe(0);
    running.kill("SIGINT");
    gate.resolve(undefined);
    expect(await running.exited).toBe(130);
    const { stdout } = await scene.call("status");
    expect(stdout).toMatch(/last run: .*: interrupted$/m);
    expect(stdout).toMatch(/^late +\d+ \w+ ago +.* PARTIAL/m);
    expect(stdout).toContain('source "late": interrupted; to run it again:');
  });

  serverTest("adds up the parts of a source that several runs share", async () => {
    await using database = await testDatabase();
    using scene = contentsScene(database.url, { docs: ["one", "two", "three", "four", "five"] });
    await scene.ingest("--shard", "2/2");
    expect((await scene.call("status")).stdout).toContain("OK (1 of 2 parts)");
    await scene.ingest("--shard", "1/2");
    const [{ sources }] = await scene.lines("status");
    expect(sources).toMatchObject([
      { documents: 5, last_run: { status: "OK", parts: { known: 2, of: 2 }, counts: { added: 5 } } },
    ]);
    await scene.ingest();
    expect((await scene.call("status")).stdout).toMatch(/ UNCHANGED +5 /);
  });

  serverTest("of a corpus that was rebuilt knows the run that rebuilt it, and no source that left", async () => {
    await using database = await testDatabase();
    using scene = contentsScene(database.url, { docs: ["one"], old: ["one"] });
    await scene.ingest();
    scene.list(["docs"]);
    await scene.ingest("--clean");
    const [{ sources, last_run: last }] = await scene.lines("status");
    expect([sources.length, last.mode, sources[0].last_run.status]).toEqual([1, "rebuild", "OK"]);
    scene.list(["docs", "old"]);
    expect((await scene.call("status")).stdout).toMatch(/^old +never/m);
  });

  serverTest("is not told of a run that could not be put on record, which is a warning of that run", async () => {
    await using database = await testDatabase();
    using scene = contentsScene(database.url, { docs: ["one"] });
    await database.sql.unsafe("create table ingest_runs (somebodys text)");
    const { stderr } = await scene.ingest();
    expect(stderr).toContain("status will not know of this run: ");
    const { exitCode, stdout } = await scene.call("status");
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("last run: not known")]);
    expect(stdout).toMatch(/^docs +not known +1 /m);
  });

  serverTest("says that the index is missing, and what builds it", async () => {
    await using database = await testDatabase();
    using scene = contentsScene(database.url, { docs: ["one"] });
    await scene.ingest();
    await database.sql.unsafe("drop index idx_chunks_embedding_hnsw, chunks_embedding_list_idx");
    const { stdout } = await scene.call("status");
    expect(stdout).toContain("a search looks at each of them; a run builds it:\n");
    expect(await scene.paste(commandsIn(stdout)[0] ?? "", LEXICAL.join(" "))).toMatchObject({ exitCode: 0 });
    expect((await scene.lines("status"))[0]).toMatchObject({ notes: [], vector_indexes: { hnsw: true, list: true } });
  });

  serverTest("says that a source was written to by a run that never said how it ended", async () => {
    await using database = await testDatabase();
    using scene = contentsScene(database.url, { docs: ["one"] });
    await scene.ingest();
    await database.sql.unsafe("update ingest_documents set updated_at = now()");
    expect((await scene.call("status")).stdout).toContain(
      'source "docs" was written to after its last run that is known',
    );
  });

  test("of an embedded database, without a sources file, on terminals of 80 and 40 columns", async () => {
    using holder = temporaryDirectory();
    const directory = join(holder.path, "db");
    await makeEmbedded(directory);
    using scene = contentsScene(`pglite:${directory}`, { docs: ["one", "two"], "a guide with a long name": ["one"] });
    await scene.ingest();
    rmSync(join(scene.path, "sources.toml"));
    for (const cols of [80, 40]) {
      const terminal = inTerminal(["status", "--database-url", `pglite:${directory}`], { cwd: scene.path, cols });
      expect(await terminal.exitCode()).toBe(0);
      const lines = terminal.text().replaceAll("\r", "").split("\n");
      expect(lines.filter((line) => Bun.stringWidth(line) > cols && !line.includes(directory))).toEqual([]);
      expect(terminal.text()).toContain("no sources file");
      expect(terminal.raw()).not.toContain("\x1b");
    }
  });

  test("and ls and show end with 2 and name the holder of an embedded database, or say that there is no corpus", async () => {
    using holder = temporaryDirectory();
    const directory = join(holder.path, "db");
    await makeEmbedded(directory);
    using scene = contentsScene(`pglite:${directory}`, { docs: ["one"] });
    const commands = [["status"], ["ls", "docs"], ["show", "docs://one.md"]];
    for (const args of commands) {
      const { exitCode, stdout, stderr } = await scene.call(...args);
      expect([args, exitCode, stdout]).toEqual([args, 2, ""]);
      expect(stderr).toContain("make one first: ");
    }
    await scene.ingest();
    scene.write("docs", "two");
    const asked = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<undefined>();
    await using ollama = await startOllama({
      dimensions: 16,
      fault: () => {
        asked.resolve();
        return gate.promise;
      },
    });
    const flags = [
      "--ollama-host",
      ollama.url,
      "--dimensions",
      "16",
      "--clean",
      "--database-url",
      `pglite:${directory}`,
    ];
    const running = start(flags, { cwd: scene.path });
    await asked.promise;
    for (const args of commands) {
      const { exitCode, stdout, stderr } = await scene.call(...args);
      expect([args, exitCode, stdout]).toEqual([args, 2, ""]);
      expect(stderr).toContain(String(running.pid));
    }
    gate.resolve(undefined);
    expect(await running.exited).toBe(0);
  });
});
