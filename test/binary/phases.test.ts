import { describe, expect } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openEmbedded } from "../../src/store/driver/embedded.ts";
import { sql } from "../../src/store/driver/sql.ts";
import { writeCorpus } from "../support/corpus.ts";
import { databaseHereTest, run, start } from "../support/executable.ts";
import { makeEmbedded } from "../support/databases.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import { until } from "../support/until.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const DIMENSIONS = 16;

type Event = Readonly<Record<string, unknown>>;

describe("a run on the embedded database", () => {
  databaseHereTest("tells its phases apart from its stages, and how long each took", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 3 });
    await makeEmbedded(join(directory.path, "db"));
    await using ollama = await startOllama({ dimensions: DIMENSIONS });
    const args = ["--ollama-host", ollama.url, "--dimensions", String(DIMENSIONS), "--database-url", "pglite:db"];
    const { stdout, exitCode } = await run([...args, "--json"], { cwd: directory.path });
    expect(exitCode).toBe(0);
    const events = stdout
      .trim()
      .split("\n")
      .map((line): Event => JSON.parse(line));
    const ended = events.filter(({ type, state }) => type === "phase" && state === "ended").map(({ phase }) => phase);
    expect(ended).toEqual(["opening", "locking", "listing", "probing", "preparing"]);
    const summary = events.at(-1);
    expect(summary).toMatchObject({ type: "summary", exit_code: 0 });
    const text = JSON.stringify(summary?.phases);
    // Opening the database takes longer than all the rest.
    expect(text).toMatch(/"phase":"opening","duration_ms":\d{3,}/);
    writeCorpus(directory.path, { pages: 4 });
    const next = await run(args, { cwd: directory.path });
    expect(next.stdout).not.toContain("limited by storing");
  });

  databaseHereTest(
    "ends at once when it is stopped while the database is made, and the next run makes it",
    async () => {
      using directory = temporaryDirectory();
      writeCorpus(directory.path, { pages: 3 });
      const db = join(directory.path, "db");
      await using ollama = await startOllama({ dimensions: DIMENSIONS });
      const args = ["--ollama-host", ollama.url, "--dimensions", String(DIMENSIONS), "--database-url", "pglite:db"];
      const child = start(args, { cwd: directory.path });
      await until(() => existsSync(join(db, "data.new")));
      child.kill("SIGINT");
      await child.exited;
      expect(child.signalCode).toBe("SIGINT");
      expect(existsSync(join(db, "data"))).toBe(false);
      expect((await run(args, { cwd: directory.path })).exitCode).toBe(0);
      expect(existsSync(join(db, "data.new"))).toBe(false);
    },
  );

  databaseHereTest("ends at once when it is stopped while it builds an index, with nothing lost", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 300 });
    await makeEmbedded(join(directory.path, "db"));
    await using ollama = await startOllama({ dimensions: 256 });
    const args = ["--ollama-host", ollama.url, "--dimensions", "256", "--database-url", "pglite:db"];
    expect((await run(args, { cwd: directory.path })).exitCode).toBe(0);
    await enlarge(join(directory.path, "db"));
    const child = start(args, { cwd: directory.path });
    let told = "";
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      told += text;
      if (/^[\d:]{8} building the vector index.*\.\.\.$/m.test(told)) child.kill("SIGINT");
    }
    await child.exited;
    // As a shell tells it: 130.
    expect(child.signalCode).toBe("SIGINT");
    expect(told).not.toMatch(/building the vector index.*took/);
    const next = await run(args, { cwd: directory.path });
    expect(next.exitCode).toBe(0);
    expect(next.stdout).toContain("unchanged");
    expect(next.stderr).toMatch(/building the vector index of 30,900 rows took/);
  });
});

/** As many more rows as make a list of the vectors worth its while. */
async function enlarge(directory: string): Promise<void> {
  const database = await openEmbedded({ kind: "embedded", directory, label: "db", chosenBy: "a test" });
  await database.begin((tx) =>
    tx.query(sql`
      insert into chunks (source_url, title, content, content_hash, source_name, embedding)
      select 'more://' || i, '', '', md5(i::text), 'more', (select embedding from chunks limit 1)
      from generate_series(1, 30000) i`),
  );
  await database.close();
}
