import { expect } from "bun:test";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, serverTest, testDatabase } from "../support/executable.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const FIXTURE = join(import.meta.dir, "../fixtures/flare");
const SOURCES = '[[sources]]\nname = "flare"\nparser = "flare"\npaths = ["Help"]\n';

serverTest(
  "ingests a Flare project, and again only what a changed snippet, or a topic that is gone, has changed",
  async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    const help = join(directory.path, "Help");
    cpSync(FIXTURE, help, { recursive: true });
    writeFileSync(join(directory.path, "sources.toml"), SOURCES);
    const ingest = async () => {
      const args = ["--database-url", database.url, "--embedder", "lexical", "--json"];
      const { exitCode, stdout } = await run(args, { cwd: directory.path });
      const events = stdout.split("\n").filter(Boolean);
      return { exitCode, end: JSON.parse(events.find((line) => line.includes('"source_end"')) ?? "{}") as unknown };
    };
    const urls = () => database.sql`select distinct source_url, source_type from chunks order by 1`;

    const skipped = [
      { path: "Help/Content/old/pictures.htm", reason: "a topic without text" },
      { path: "Help/Content/old/report.htm", reason: "not a topic: it has no <html> element" },
    ];
    expect(await ingest()).toMatchObject({ exitCode: 0, end: { status: "OK", documents: 5, failed: 0, skipped } });
    expect(await urls()).toContainEqual({
      source_url: "flare://Content/commands/store.htm",
      source_type: "BASIS BBj Documentation",
    });
    expect(await ingest()).toMatchObject({
      exitCode: 0,
      end: { status: "UNCHANGED", documents: 5, embedded: 0, skipped },
    });

    const snippet = join(help, "Content/Resources/Snippets/deep/Address.flsnp");
    writeFileSync(snippet, readFileSync(snippet, "utf8").replace("the office", "the new office"));
    expect(await ingest()).toMatchObject({ exitCode: 0, end: { status: "OK", embedded: 1, removed: 1 } });
    expect(await database.sql`select source_url from chunks where content like '%the new office%'`).toEqual([
      { source_url: "flare://Content/Welcome.htm" },
    ]);

    rmSync(join(help, "Content/old/broken.htm"));
    rmSync(snippet);
    expect(await ingest()).toMatchObject({ exitCode: 0, end: { documents: 4 } });
    expect(await urls()).toHaveLength(4);
    expect(await database.sql`select 1 from chunks where content like '%office%'`).toHaveLength(0);
  },
);
