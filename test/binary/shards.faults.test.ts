import { expect } from "bun:test";
import { serverTest } from "../support/executable.ts";
import { hasVectorIndex } from "../support/ingested-corpus.ts";
import { draws } from "../support/seed.ts";
import { editPages, type ShardedCorpus, shardedCorpus } from "../support/sharded-corpus.ts";
import { until } from "../support/until.ts";

const PAGES = 60;
const ROUNDS = 8;

/** When one of the runs has opened its session, or when one has written. */
async function isUnderWay({ database }: ShardedCorpus, point: "opened" | "written", before: string): Promise<boolean> {
  if (point === "written") return (await lastWrite(database)) !== before;
  const [row] = await database.sql`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and application_name like 'bbj-ingest-all%'`;
  return row.count > 0;
}

async function lastWrite({ sql }: ShardedCorpus["database"]): Promise<string> {
  const [table] = await sql`select to_regclass('ingest_documents') is not null as there`;
  if (!table.there) return "";
  const [row] = await sql`select count(*) || ' ' || coalesce(max(updated_at)::text, '') as line from ingest_documents`;
  return row.line;
}

serverTest("parts that are killed, run again, and split anew: the rows are those of one run", async () => {
  await using corpus = await shardedCorpus();
  const drawn = draws();
  for (let page = 0; page < PAGES; page++) corpus.write(page % 2, page);
  for (let round = 0; round < ROUNDS; round++) {
    const count = [4, 1, 2, 4, 3][round % 5] ?? 1;
    const before = await lastWrite(corpus.database);
    const children = Array.from({ length: count }, (_, index) => corpus.startShard(index + 1, count));
    const victims = children.filter(() => drawn(2) === 0);
    const point = drawn(2) === 0 ? "opened" : "written";
    const isOver = () => children.every(({ exitCode }) => exitCode !== null);
    await until(async () => isOver() || isUnderWay(corpus, point, before));
    for (const victim of victims) victim.kill("SIGKILL");
    await Promise.all(children.map(({ exited }) => exited));
    await corpus.left();
    // While nobody runs, files change: what a killed run had read is out of date.
    if (drawn(2) === 0) editPages(corpus, PAGES, drawn);
    const again = [1, 2, 4][drawn(3)] ?? 1;
    const outcomes = await corpus.shards(again);
    expect(outcomes.map(({ exitCode, stderr }) => [exitCode, stderr.includes("error")])).toEqual(
      outcomes.map(() => [0, false]),
    );
    const { stored, fresh } = await corpus.rows();
    expect(stored).toEqual(fresh);
    expect(await hasVectorIndex(corpus.database)).toBe(true);
    editPages(corpus, PAGES, drawn);
  }
});
