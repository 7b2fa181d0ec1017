import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { ResumeFile, type ResumeRecord } from "../../src/ingest/resume-file.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const MADE_WITH = { database: "id/1", database_name: "a database", model: "a model", sources_file: "/sources.toml" };

function record(path: string): ResumeRecord {
  const definitions = { docs: "hash of docs", manual: "hash of manual" };
  const sources = ["docs", "manual"];
  return new ResumeFile(path).record({ madeWith: async () => MADE_WITH, definitions, sources, completed: [] });
}

async function completedIn(path: string) {
  return (await new ResumeFile(path).load())?.completed_sources;
}

describe("resume file", () => {
  test("remembers what an interrupted run completed", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "state.json");
    const first = record(path);
    await first.begin();
    await first.completed("docs");
    await first.failed("manual", "2 chunks failed");
    expect(await Bun.file(path).json()).toEqual({
      completed_sources: ["docs"],
      failed_sources: { manual: "2 chunks failed" },
      sources: ["docs", "manual"],
      ...MADE_WITH,
      definitions: { docs: "hash of docs" },
    });
    expect(await completedIn(path)).toEqual(["docs"]);
  });

  test("sources that end while the run is put on record are all on it", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "state.json");
    const run = record(path);
    const names = Array.from({ length: 20 }, (_, index) => `source ${index}`);
    await Promise.all([run.begin(), ...names.map((name) => run.completed(name))]);
    expect(await completedIn(path)).toEqual(names);
  });

  test("a source that fails later is no longer completed", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "state.json");
    const run = record(path);
    await run.completed("docs");
    await run.failed("docs", "gone");
    expect(await completedIn(path)).toEqual([]);
  });

  test("no file means that nothing is completed; removing it twice is fine", async () => {
    using directory = temporaryDirectory();
    const file = new ResumeFile(join(directory.path, "state.json"));
    expect(await file.load()).toBeUndefined();
    await record(file.path).completed("docs");
    await file.remove();
    await file.remove();
    expect(existsSync(file.path)).toBe(false);
  });

  test.each(["", "{", "[]", '{"completed_sources": "docs"}'])("%p is not taken for a resume file", async (text) => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "state.json");
    await Bun.write(path, text);
    await expect(new ResumeFile(path).load()).rejects.toThrow("is not a resume file");
    expect(await Bun.file(path).text()).toBe(text);
  });

  test.each([
    ["a byte order mark in front", '\uFEFF{"completed_sources": ["docs"], "failed_sources": {}}'],
    ["an older version's shape", '{"completed_sources": ["docs"]}'],
    ["a newer version's shape", '{"completed_sources": ["docs"], "failed_sources": {}, "version": 2}'],
  ])("%s is read", async (_, text) => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "state.json");
    await Bun.write(path, text);
    expect(await completedIn(path)).toEqual(["docs"]);
  });

  test("a link stays a link, and what a killed run left beside the file goes", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "state.json");
    symlinkSync("elsewhere.json", path);
    await Bun.write(join(directory.path, `elsewhere.json.${Bun.spawnSync(["true"]).pid}.tmp`), "{");
    const file = new ResumeFile(path);
    await record(path).completed("docs");
    expect(readlinkSync(path)).toBe("elsewhere.json");
    expect(readdirSync(directory.path).sort()).toEqual(["elsewhere.json", "state.json"]);
    expect(await completedIn(path)).toEqual(["docs"]);
    await file.remove();
    expect(await completedIn(path)).toBeUndefined();
  });

  test.each([
    ["a directory", (path: string) => mkdirSync(path), "it is a directory"],
    ["a link in a circle", (path: string) => symlinkSync(path, path), "links that lead in a circle"],
  ])("%s in its place is named when it is read and before it is written", async (_, make, reason) => {
    using directory = temporaryDirectory();
    const file = new ResumeFile(join(directory.path, "state.json"));
    make(file.path);
    await expect(file.load()).rejects.toThrow(reason);
    await expect(file.requireWritable()).rejects.toThrow(reason);
    await expect(record(file.path).begin()).rejects.toThrow("cannot be written");
  });
});
