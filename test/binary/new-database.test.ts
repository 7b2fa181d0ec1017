import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { clusterOf } from "../support/cluster.ts";
import { writeCorpus } from "../support/corpus.ts";
import { run, start } from "../support/executable.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { until } from "../support/until.ts";

const lexical = ["--embedder", "lexical", "--dimensions", "64", "--json"];

function summaryOf(stdout: string): unknown {
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

describe("the embedded database that the executable makes", () => {
  test("shares nothing with another one that tells databases apart, and is opened again", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 2 });
    const clusters = [];
    for (const name of ["one", "other"]) {
      const args = [...lexical, "--database-url", `pglite:${name}`];
      for (const chunks of [6, 6]) {
        const { exitCode, stdout } = await run(args, { cwd: directory.path });
        expect(exitCode).toBe(0);
        expect(summaryOf(stdout)).toMatchObject({ type: "summary", chunks });
      }
      clusters.push(clusterOf(join(directory.path, name, "data")));
    }
    const [one, other] = clusters;
    expect(one?.isWhole && other?.isWhole).toBe(true);
    expect(one?.inLog).toEqual(one === undefined ? [] : [one.identifier]);
    expect(one?.identifier).not.toBe(other?.identifier);
    expect(one?.nonce).not.toBe(other?.nonce);
  });

  test("is one database, without those that others would be copied from: each is 300 files", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 1 });
    expect((await run(lexical, { cwd: directory.path })).exitCode).toBe(0);
    const databases = readdirSync(join(directory.path, ".bbj-rag/data/base"), { withFileTypes: true });
    expect(databases.map(({ name }) => name)).toEqual(["5"]);
  });

  test("is written to by nobody else, whatever the files of PGlite allow", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 1 });
    expect((await run(lexical, { cwd: directory.path })).exitCode).toBe(0);
    const data = join(directory.path, ".bbj-rag", "data");
    const open = readdirSync(data, { recursive: true, encoding: "utf8" }).filter(
      (path) => (statSync(join(data, path)).mode & 0o022) !== 0,
    );
    expect(open).toEqual([]);
  });

  test("killed in the middle of being made, is none, and is made by the next run", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 2 });
    const state = join(directory.path, ".bbj-rag");
    const unfinished = join(state, "data.new");
    // Once with one folder of it there, once with more and more of its files.
    for (const files of [0, 1, 100, 300]) {
      const child = start(lexical, { cwd: directory.path });
      await until(() => countIn(unfinished) > files || existsSync(join(state, "data")) || child.exitCode !== null);
      child.kill("SIGKILL");
      await child.exited;
      // It may have been quicker than we are: then it is whole, as the next run shows.
      if (existsSync(join(state, "data"))) break;
      expect(existsSync(unfinished)).toBe(true);
      const searched = await run(["search", "page", ...lexical], { cwd: directory.path });
      expect(searched.exitCode).toBe(2);
      expect(`${searched.stderr}${searched.stdout}`).toContain("no_corpus");
    }
    const { exitCode, stderr, stdout } = await run(lexical, { cwd: directory.path });
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    expect(summaryOf(stdout)).toMatchObject({ type: "summary", exit_code: 0, chunks: 6 });
    expect(readdirSync(state).sort()).toEqual(["data", "lock.db"]);
  });
});

function countIn(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true }).length;
  } catch {
    return 0;
  }
}
