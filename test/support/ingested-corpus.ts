import { expect } from "bun:test";
import { writeCorpus } from "./corpus.ts";
import { run, start, type TestDatabase, testDatabase } from "./executable.ts";
import { startOllama } from "./ollama-stand-in.ts";
import { startProxy, type Verdict } from "./tcp-proxy.ts";
import { temporaryDirectory } from "./temporary-directory.ts";
import { until } from "./until.ts";

export const DIMENSIONS = 32;
export const PAGES = 24;
export const SECTIONS = 2;

export const flags = (ollama: string, database: string) => [
  ...["--ollama-host", ollama, "--dimensions", String(DIMENSIONS)],
  ...["--database-url", database],
];

/** A new database with the corpus of `pages` pages in it, and what a test may do to both. */
export async function ingested({ pages = PAGES } = {}) {
  const directory = temporaryDirectory();
  const database = await testDatabase();
  const ollama = await startOllama({ dimensions: DIMENSIONS });
  writeCorpus(directory.path, { pages, sections: SECTIONS });
  const ingest = (...more: string[]) => run([...flags(ollama.url, database.url), ...more], { cwd: directory.path });
  expect(await ingest()).toMatchObject({ exitCode: 0 });
  return {
    path: directory.path,
    database,
    ollama,
    ingest,
    rows: () => database.rows(),
    async [Symbol.asyncDispose]() {
      await ollama[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

export async function hasVectorIndex({ sql }: TestDatabase): Promise<boolean> {
  const [row] = await sql`
    select count(*)::int as count from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am m on m.oid = c.relam
    where m.amname = 'hnsw' and i.indisvalid and i.indrelid = 'chunks'::regclass`;
  return row.count === 1;
}

export type Point = {
  /** The statement to kill at, counted from the first one that holds `from`. */
  readonly n: number;
  readonly from?: string;
  readonly verdict?: Verdict;
};

/** A run by way of a proxy that is killed when it comes to that point; false when it ended before. */
export async function killedAt(
  { n, from = "", verdict = "swallow" }: Point,
  { path, ollama, database }: Awaited<ReturnType<typeof ingested>>,
  args: readonly string[],
): Promise<boolean> {
  await using proxy = await startProxy(database.url);
  let statements = 0;
  let child: ReturnType<typeof start> | undefined;
  proxy.onStatement((text) => {
    if (statements > 0 || text.includes(from)) statements++;
    if (statements !== n) return "pass";
    child?.kill("SIGKILL");
    return verdict;
  });
  // Small batches, and so several transactions.
  const env = { BBJ_RAG_EMBEDDING_BATCH_SIZE: "8" };
  child = start([...flags(ollama.url, proxy.url), ...args, "--sequential"], { cwd: path, env });
  await child.exited;
  await until(async () => {
    const [row] = await database.sql`
      select count(*)::int as count from pg_stat_activity
      where datname = current_database() and application_name like 'bbj-ingest-all%'`;
    return row.count === 0;
  });
  return statements >= n;
}
