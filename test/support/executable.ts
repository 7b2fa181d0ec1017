import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SQL } from "bun";
import { test } from "bun:test";
import { mayMount, readOnly } from "./read-only.ts";

/** Built by `npm run build`, which `npm test` does first. */
export const EXECUTABLE = join(import.meta.dir, "../../dist/bbj-ingest-all");
if (!existsSync(EXECUTABLE)) throw new Error(`${EXECUTABLE} is missing: run "npm run build" first`);

export type Outcome = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

export type RunOptions = { readonly cwd: string; readonly env?: Readonly<Record<string, string>> };

/**
 * `npm run test:read-only`: every run has a working directory that is read-only, and what it keeps is where the tests
 * look for it all the same, by way of BBJ_RAG_STATE_DIR.
 */
const isReadOnly = process.env.BBJ_TEST_READ_ONLY === "1";
if (isReadOnly && !mayMount) throw new Error("BBJ_TEST_READ_ONLY needs the right to mount, as root has it on Linux");
const view = isReadOnly ? mkdtempSync(join(tmpdir(), "bbj-ingest-all-read-only-")) : "";

/** Starts the executable with nothing of this process's environment but what it needs. */
export function start(args: readonly string[], { cwd, env }: RunOptions) {
  return Bun.spawn([...(isReadOnly ? readOnly(cwd, view) : []), EXECUTABLE, ...args], {
    cwd,
    env: {
      ...{ PATH: "/usr/bin:/bin", HOME: cwd, TMPDIR: process.env.TMPDIR ?? "/tmp" },
      ...(isReadOnly ? { BBJ_RAG_STATE_DIR: cwd } : {}),
      ...env,
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

/** Runs the executable to its end. */
export async function run(args: readonly string[], options: RunOptions): Promise<Outcome> {
  const child = start(args, options);
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { exitCode, stdout, stderr };
}

/** A test of a database that is named in the working directory: not where that is read-only. */
export const databaseHereTest = isReadOnly ? test.skip : test;

const serverUrl = process.env.BBJ_RAG_TEST_DATABASE_URL;

/** A test against a real PostgreSQL; skipped, and said so, where none is named. */
export const serverTest = serverUrl ? test : test.skip;

/** The same for a test that waits for real time: it runs beside the others of its file. */
export const waitingTest = serverUrl ? test.concurrent : test.skip;

export type TestDatabase = AsyncDisposable & {
  readonly url: string;
  readonly sql: SQL;
  /** Every stored row, ids and timestamps aside, in a stable order. */
  rows(): Promise<string[]>;
};

/** A new database on the test server, dropped at the end of its scope. */
export async function testDatabase(): Promise<TestDatabase> {
  if (!serverUrl) throw new Error("BBJ_RAG_TEST_DATABASE_URL is not set");
  const admin = new SQL(serverUrl, { max: 1 });
  const name = `bbj_test_${process.pid}_${crypto.randomUUID().slice(0, 8)}`;
  await admin.unsafe(`create database ${name} template template0`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const sql = new SQL(url.href, { max: 1 });
  return {
    url: url.href,
    sql,
    async rows() {
      const rows = await sql.unsafe<{ line: string }[]>(`
        select to_jsonb(c) - 'id' - 'created_at' - 'updated_at' || jsonb_build_object('embedding', md5(embedding::text)) as line
        from chunks c order by source_name, source_url, chunk_index, content_hash`);
      return [...rows].map(({ line }) => JSON.stringify(line));
    },
    async [Symbol.asyncDispose]() {
      await sql.close({ timeout: 0 });
      await admin.unsafe(`drop database ${name} with (force)`);
      await admin.close();
    },
  };
}
