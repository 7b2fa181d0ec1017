import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { writeCorpus } from "../support/corpus.ts";
import { run, start } from "../support/executable.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { until } from "../support/until.ts";

describe("the executable on the embedded database", () => {
  test("killed while it makes the database, or at any time after, it goes on with the next run", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 6 });
    const args = ["--embedder", "builtin", "--dimensions", "64", "--json"];
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
