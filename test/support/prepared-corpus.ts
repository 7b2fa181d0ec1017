import { expect } from "bun:test";
import { writeCorpus } from "./corpus.ts";
import { type Outcome, run, start, testDatabase } from "./executable.ts";
import { startOllama } from "./ollama-stand-in.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const DIMENSIONS = 32;
export const PAGES = 6;
export const SECTIONS = 2;

export const flags = (ollama: string, database: string) => [
  ...["--ollama-host", ollama, "--dimensions", String(DIMENSIONS)],
  ...["--database-url", database],
];

/** A corpus on disk, a database that is prepared for it and empty but for the tables, and what runs one into the other. */
export async function prepared() {
  const directory = temporaryDirectory();
  const database = await testDatabase();
  const ollama = await startOllama({ dimensions: DIMENSIONS });
  writeCorpus(directory.path, { pages: 1, sections: 1 });
  const args = flags(ollama.url, database.url);
  expect(await run(args, { cwd: directory.path })).toMatchObject({ exitCode: 0 });
  writeCorpus(directory.path, { pages: PAGES, sections: SECTIONS });
  return {
    path: directory.path,
    database,
    ollama,
    ingest: (url = database.url, ...more: string[]) =>
      run([...flags(ollama.url, url), ...more], { cwd: directory.path }),
    start: (url = database.url) => start(flags(ollama.url, url), { cwd: directory.path }),
    sql: (text: string) => database.sql.unsafe(text),
    /** What a run without faults makes of the corpus, in a database of its own. */
    async fresh(): Promise<string[]> {
      await using other = await testDatabase();
      await run(flags(ollama.url, other.url), { cwd: directory.path });
      return await other.rows();
    },
    async [Symbol.asyncDispose]() {
      await ollama[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

export type Prepared = Awaited<ReturnType<typeof prepared>>;

export function expectNoStackTrace({ stderr, stdout }: Outcome): void {
  for (const text of [stderr, stdout]) {
    expect(text).not.toContain("    at ");
    expect(text).not.toContain("this is a bug");
  }
}
