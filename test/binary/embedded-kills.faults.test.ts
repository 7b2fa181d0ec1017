import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { writeCorpus, writePage } from "../support/corpus.ts";
import { makeEmbedded } from "../support/databases.ts";
import { run, start } from "../support/executable.ts";
import { DIMENSIONS, PAGES, SECTIONS } from "../support/ingested-corpus.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import { draws } from "../support/seed.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { until } from "../support/until.ts";

describe("the executable on the embedded database", () => {
  test("killed while it makes the database, or at any time after, it goes on with the next run", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 6 });
    const args = ["--embedder", "lexical", "--dimensions", "64", "--json"];
    for (const appears of [".bbj-rag", ".ingestion-state.json"]) {
      const child = start(args, { cwd: directory.path });
      await until(() => existsSync(join(directory.path, appears)) || child.exitCode !== null);
      child.kill("SIGKILL");
      await child.exited;
    }
    const last = await run(args, { cwd: directory.path });
    expect(last.stderr).toBe("");
    expect(JSON.parse(last.stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({
      type: "summary",
      exit_code: 0,
      chunks: 18,
    });
  });
});

test("--clean of an embedded database, killed, leaves the old corpus, and the next one puts the new one there", async () => {
  using directory = temporaryDirectory();
  await using ollama = await startOllama({ dimensions: DIMENSIONS });
  writeCorpus(directory.path, { pages: PAGES, sections: SECTIONS });
  await makeEmbedded(join(directory.path, ".bbj-rag"));
  const args = ["--ollama-host", ollama.url, "--dimensions", String(DIMENSIONS)];
  const options = { cwd: directory.path, env: { BBJ_RAG_EMBEDDING_BATCH_SIZE: "8" } };
  expect(await run(args, options)).toMatchObject({ exitCode: 0 });
  const found = async () => {
    const { exitCode, stdout } = await run(["search", "program", "--json", "--limit", "100", ...args], options);
    expect(exitCode).toBe(0);
    const hits = stdout.trim().split("\n");
    return { hits: hits.length, new: hits.filter((hit) => hit.includes("new words")).length };
  };
  for (let page = 0; page < PAGES; page++) writePage(directory.path, "docs", page, SECTIONS, "new words");
  const after = ollama.requests + 2 + draws()(5);
  const child = start([...args, "--clean", "--sequential"], options);
  await until(() => ollama.requests >= after);
  child.kill("SIGKILL");
  await child.exited;
  expect(await found()).toEqual({ hits: PAGES * SECTIONS, new: 0 });
  expect(await run([...args, "--clean"], options)).toMatchObject({ exitCode: 0 });
  expect(await found()).toEqual({ hits: PAGES * SECTIONS, new: PAGES * SECTIONS });
});
