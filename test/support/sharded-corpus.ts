import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, start, type TestDatabase, testDatabase } from "./executable.ts";
import { temporaryDirectory } from "./temporary-directory.ts";
import { until } from "./until.ts";

const DIMENSIONS = 32;
/** Of one source: a page has the same address in either, and whichever lies in the first has it to itself. */
const FOLDERS = ["docs/old", "docs/new"];

/** Pages in two folders of one source, a database, and runs of any number of parts, which share a directory for what they keep. */
export async function shardedCorpus() {
  const directory = temporaryDirectory();
  const { path } = directory;
  const database = await testDatabase();
  for (const folder of FOLDERS) mkdirSync(join(path, folder), { recursive: true });
  const paths = FOLDERS.map((folder) => `"${folder}"`).join(", ");
  writeFileSync(join(path, "sources.toml"), `[[sources]]\nname = "docs"\nparser = "mdx"\npaths = [${paths}]\n`);
  const flags = (url: string, ...more: string[]) => [
    ...["--embedder", "lexical", "--dimensions", String(DIMENSIONS), "--database-url", url, "--max-delete", "1000"],
    ...more,
  ];
  const of = (index: number, count: number) => flags(database.url, "--shard", `${index}/${count}`);
  const env = { BBJ_RAG_EMBEDDING_BATCH_SIZE: "4" };
  return {
    path,
    database,
    write(folder: number, page: number, words = "channels and records") {
      const lines = Array.from({ length: 14 }, (_, line) => `Line ${line} of page ${page}: on ${words} in a program.`);
      const sections = [0, 1].map((section) => `## Section ${section}\n\n${lines.join("\n")}\n`);
      writeFileSync(fileOf(path, folder, page), `# Page ${page}\n\n${sections.join("\n")}`);
    },
    move(page: number, from: number, to: number) {
      if (existsSync(fileOf(path, from, page))) renameSync(fileOf(path, from, page), fileOf(path, to, page));
    },
    remove(folder: number, page: number) {
      rmSync(fileOf(path, folder, page), { force: true });
    },
    files: () => FOLDERS.flatMap((folder) => readdirSync(join(path, folder))),
    one: (...more: string[]) => run(flags(database.url, ...more), { cwd: path, env }),
    shard: (index: number, count: number, ...more: string[]) => run([...of(index, count), ...more], { cwd: path, env }),
    startShard: (index: number, count: number, ...more: string[]) =>
      start([...of(index, count), ...more], { cwd: path, env }),
    /** All parts at once. */
    shards: (count: number, ...more: string[]) =>
      Promise.all(
        Array.from({ length: count }, (_, index) => run([...of(index + 1, count), ...more], { cwd: path, env })),
      ),
    /** What is stored, ids and timestamps aside, and what a run of everything into a new database makes. */
    async rows(): Promise<{ readonly stored: string[]; readonly fresh: string[] }> {
      await using fresh = await testDatabase();
      await run(flags(fresh.url, "--state-dir", join(path, "fresh")), { cwd: path, env });
      return { stored: await linesOf(database), fresh: await linesOf(fresh) };
    },
    /** Resolves when no run has a session any more: one that was killed is missed after a moment. */
    left: () =>
      until(async () => {
        const [row] = await database.sql`
          select count(*)::int as count from pg_stat_activity
          where datname = current_database() and application_name like 'bbj-ingest-all%'`;
        return row.count === 0;
      }),
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

export type ShardedCorpus = Awaited<ReturnType<typeof shardedCorpus>>;

/** What an author does: pages are edited, added, removed, and moved to the other folder, where they keep their address. */
export function editPages(corpus: ShardedCorpus, pages: number, drawn: (below: number) => number): void {
  for (let edit = 0; edit < pages / 2; edit++) {
    const [page, folder] = [drawn(pages), drawn(2)];
    const what = drawn(4);
    if (what === 0) corpus.remove(folder, page);
    else if (what === 1) corpus.write(folder, page, `words ${drawn(1_000)}`);
    else corpus.move(page, folder, 1 - folder);
  }
}

function fileOf(path: string, folder: number, page: number): string {
  return join(path, FOLDERS[folder] ?? "", `page-${page}.md`);
}

async function linesOf({ sql, rows }: TestDatabase): Promise<string[]> {
  const records = await sql.unsafe<{ line: unknown }[]>(
    "select to_jsonb(d) - 'created_at' - 'updated_at' as line from ingest_documents d order by source_name, source_url",
  );
  return [...(await rows()), ...[...records].map(({ line }) => JSON.stringify(line))];
}
