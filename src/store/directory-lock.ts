import { Database as Sqlite } from "bun:sqlite";
import { readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { IngestError } from "../flow/errors.ts";

const holder = z.object({ pid: z.number(), host: z.string(), since: z.string() });

/**
 * Keeps every other process out of a directory, for as long as this one lives or until `release`.
 * An exclusive SQLite transaction: the operating system frees it when the process dies, `kill -9` included.
 */
export function lockDirectory(directory: string): { release(): void } {
  const database = new Sqlite(join(directory, "lock.db"));
  try {
    database.run("pragma busy_timeout = 0");
    database.run("begin exclusive");
  } catch (error) {
    database.close();
    const { pid, host, since } = readHolder(directory);
    throw new IngestError(`the embedded database ${directory} is in use by pid ${pid} on ${host} since ${since}`, {
      decision: "fatal",
      code: "locked",
      hint: "it admits one process at a time: wait for that one to end, or stop it",
      cause: error,
    });
  }
  const since = new Date().toISOString();
  // The name of the holder only; what locks is the transaction.
  writeFileSync(holderPath(directory), JSON.stringify({ pid: process.pid, host: hostname(), since }));
  return {
    release() {
      database.run("rollback");
      database.close();
    },
  };
}

function readHolder(directory: string): { pid: number | string; host: string; since: string } {
  try {
    return holder.parse(JSON.parse(readFileSync(holderPath(directory), "utf8")));
  } catch {
    return { pid: "unknown", host: "this host", since: "an unknown time" };
  }
}

function holderPath(directory: string): string {
  return join(directory, "holder.json");
}
