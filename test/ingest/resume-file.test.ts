import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { ResumeFile } from "../../src/ingest/resume-file.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

describe("resume file", () => {
  test("remembers what an interrupted run completed", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "state.json");
    const first = new ResumeFile(path);
    await first.begin();
    await first.completed("docs");
    await first.failed("manual", "2 chunks failed");
    expect(await Bun.file(path).json()).toEqual({
      completed_sources: ["docs"],
      failed_sources: { manual: "2 chunks failed" },
    });
    expect(await new ResumeFile(path).load()).toEqual(["docs"]);
  });

  test("sources that end while the run is put on record are all on it", async () => {
    using directory = temporaryDirectory();
    const file = new ResumeFile(join(directory.path, "state.json"));
    const names = Array.from({ length: 20 }, (_, index) => `source ${index}`);
    await Promise.all([file.begin(), ...names.map((name) => file.completed(name))]);
    expect(await new ResumeFile(file.path).load()).toEqual(names);
  });

  test("a source that fails later is no longer completed", async () => {
    using directory = temporaryDirectory();
    const file = new ResumeFile(join(directory.path, "state.json"));
    await file.completed("docs");
    await file.failed("docs", "gone");
    expect(await new ResumeFile(file.path).load()).toEqual([]);
  });

  test("no file means that nothing is completed; removing it twice is fine", async () => {
    using directory = temporaryDirectory();
    const file = new ResumeFile(join(directory.path, "state.json"));
    expect(await file.load()).toEqual([]);
    await file.completed("docs");
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
    expect(await new ResumeFile(path).load()).toEqual(["docs"]);
  });

  test("a link stays a link, and what a killed run left beside the file goes", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "state.json");
    symlinkSync("elsewhere.json", path);
    await Bun.write(join(directory.path, `elsewhere.json.${Bun.spawnSync(["true"]).pid}.tmp`), "{");
    const file = new ResumeFile(path);
    await file.completed("docs");
    expect(readlinkSync(path)).toBe("elsewhere.json");
    expect(readdirSync(directory.path).sort()).toEqual(["elsewhere.json", "state.json"]);
    expect(await new ResumeFile(path).load()).toEqual(["docs"]);
    await file.remove();
    expect(await new ResumeFile(path).load()).toEqual([]);
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
    await expect(file.begin()).rejects.toThrow("cannot be written");
  });
});
