import { describe, expect } from "bun:test";
import { writeCorpus, writePage } from "../support/corpus.ts";
import { run, serverTest, start, testDatabase } from "../support/executable.ts";
import {
  DIMENSIONS,
  flags,
  hasVectorIndex,
  ingested,
  killedAt,
  PAGES,
  type Point,
  SECTIONS,
} from "../support/ingested-corpus.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import { draws, SEED } from "../support/seed.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { until } from "../support/until.ts";

/** Statements of a rebuild before its swap, and of the swap itself: roughly, for one that comes to fewer ends. */
const STATEMENTS = 130;
const SWAP = { from: "lock_timeout = '3s'", statements: 34 };
const ROUNDS = 5;

/** One point in each of so many equal parts of the whole, so that none of them is left out. */
function pointsOf(drawn: (below: number) => number, statements: number, from = ""): Point[] {
  const length = Math.ceil(statements / ROUNDS);
  return Array.from({ length: ROUNDS }, (_, part) => ({
    n: 1 + part * length + drawn(length),
    from,
    verdict: drawn(2) === 0 ? "lose" : "swallow",
  }));
}

describe("a rebuild that is killed at any point", () => {
  serverTest("--clean leaves every document there, old or new, and the next one goes on with what it has", async () => {
    await using corpus = await ingested();
    const drawn = draws();
    const words = async (table: string) => {
      const [row] = await corpus.database.sql.unsafe(`
        select count(*)::int as count, array_agg(distinct substring(content from 'section [0-9]: on ([a-z0-9 ]+) in a program')) as words
        from ${table}`);
      return row;
    };
    let old = "channels and records";
    const points = [...pointsOf(drawn, STATEMENTS), ...pointsOf(drawn, SWAP.statements, SWAP.from)];
    for (const [round, point] of points.entries()) {
      const next = `words of round ${round}`;
      for (let page = 0; page < PAGES; page++) writePage(corpus.path, "docs", page, SECTIONS, next);
      await killedAt(point, corpus, ["--clean"]);
      const left = await words("chunks");
      expect([old, next].map((text) => ({ count: PAGES * SECTIONS, words: [text] }))).toContainEqual(left);
      const search = await run(["search", "program", ...flags(corpus.ollama.url, corpus.database.url)], {
        cwd: corpus.path,
      });
      expect(search.exitCode).toBe(0);

      const [shadow] = await corpus.database.sql`select to_regclass('chunks_rebuild') is not null as there`;
      const kept = shadow.there
        ? [...(await corpus.database.sql.unsafe<{ content: string }[]>("select content from chunks_rebuild"))]
        : [];
      const sent = kept.map(({ content }) => corpus.ollama.textsSeen.get(content));
      const { exitCode, stderr } = await corpus.ingest("--clean");
      expect(stderr).not.toContain("error");
      expect(exitCode).toBe(0);
      expect(await words("chunks")).toEqual({ count: PAGES * SECTIONS, words: [next] });
      expect(kept.map(({ content }) => corpus.ollama.textsSeen.get(content))).toEqual(sent);
      expect(await hasVectorIndex(corpus.database)).toBe(true);
      old = next;
    }
  });

  serverTest("--clean --source leaves every document there, old or new, and the next run finishes it", async () => {
    await using corpus = await ingested();
    for (const [round, point] of pointsOf(draws(), STATEMENTS).entries()) {
      const next = `words of round ${round}`;
      for (let page = 0; page < PAGES; page++) writePage(corpus.path, "docs", page, SECTIONS, next);
      await killedAt(point, corpus, ["--clean", "--source", "docs"]);
      const documents = await corpus.database.sql`
        select count(*)::int as rows, count(distinct substring(content from 'section [0-9]: on ([a-z0-9 ]+) in a program'))::int as versions
        from chunks group by source_url`;
      expect(documents).toHaveLength(PAGES);
      for (const document of documents) expect({ ...document }).toEqual({ rows: SECTIONS, versions: 1 });
      expect(await corpus.ingest("--clean", "--source", "docs")).toMatchObject({ exitCode: 0 });
      expect((await corpus.rows()).filter((row) => row.includes(next))).toHaveLength(PAGES * SECTIONS);
    }
  });
});

serverTest("killed at any moment, the next run gives the rows of a fresh one", async () => {
  using directory = temporaryDirectory();
  await using database = await testDatabase();
  await using ollama = await startOllama({ dimensions: DIMENSIONS });
  writeCorpus(directory.path, { pages: 80 });
  const env = { BBJ_RAG_EMBEDDING_BATCH_SIZE: "4" };
  for (let kill = 0; kill < 10; kill++) {
    const after = ollama.requests + 1 + ((SEED * (kill + 3)) % 17);
    const child = start(flags(ollama.url, database.url), { cwd: directory.path, env });
    await until(() => ollama.requests >= after || child.exitCode !== null);
    child.kill("SIGKILL");
    await child.exited;
    writePage(directory.path, "docs", kill, 3, `edit ${kill}`);
  }
  const last = await run(flags(ollama.url, database.url), { cwd: directory.path, env });
  expect(last.stderr).not.toContain("error");
  expect(last.exitCode).toBe(0);
  await using fresh = await testDatabase();
  await run(flags(ollama.url, fresh.url), { cwd: directory.path, env });
  expect(await database.rows()).toEqual(await fresh.rows());
  expect(await hasVectorIndex(database)).toBe(true);
});
