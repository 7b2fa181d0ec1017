import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeCorpus } from "../support/corpus.ts";
import { EXECUTABLE, run, serverTest, testDatabase } from "../support/executable.ts";
import { ollamaFaults, startOllama } from "../support/ollama-stand-in.ts";
import { mayMount } from "../support/read-only.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const MEGABYTE = 1_048_576;
const lexical = ["--embedder", "lexical"];
const diskTest = mayMount && process.getuid?.() === 0 ? test : test.skip;
const diskServerTest = mayMount && process.getuid?.() === 0 ? serverTest : test.skip;

/** A disk of its own, of so many MB. */
function disk(megabytes: number) {
  const directory = temporaryDirectory();
  const mount = (options: string) =>
    expect(Bun.spawnSync(["mount", "-t", "tmpfs", "-o", options, "tmpfs", directory.path]).exitCode).toBe(0);
  mount(`size=${megabytes}m`);
  return {
    path: directory.path,
    grow: (to: number) => mount(`remount,size=${to}m`),
    /** So many files at most; 0: as many as may be. */
    allowFiles: (files: number) => mount(`remount,nr_inodes=${files}`),
    /** Takes all space but so much of it; returns what gives it back. */
    fill(leave: number) {
      const filler = join(directory.path, "filler");
      const block = Buffer.alloc(MEGABYTE);
      const free = () => Number(Bun.spawnSync(["stat", "-f", "-c", "%a", directory.path]).stdout.toString()) * 4_096;
      try {
        while (free() > leave + MEGABYTE) writeFileSync(filler, block, { flag: "a" });
        writeFileSync(filler, Buffer.alloc(Math.max(0, free() - leave)), { flag: "a" });
      } catch (error) {
        // A run takes space meanwhile.
        if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
      }
      return () => rmSync(filler);
    },
    [Symbol.dispose]() {
      Bun.spawnSync(["umount", directory.path]);
      directory[Symbol.dispose]();
    },
  };
}

describe("a disk that is full when the embedded database is made", () => {
  diskTest.each([1, 4, 12, 30, 39])("of %d MB: says how much is needed, and leaves nothing behind", async (size) => {
    using directory = temporaryDirectory();
    using place = disk(size);
    writeCorpus(directory.path, { pages: 2 });
    for (const args of [
      ["--state-dir", place.path],
      ["--database-url", `pglite:${join(place.path, "a", "b")}`],
    ]) {
      const { exitCode, stderr, stdout } = await run([...lexical, ...args], { cwd: directory.path });
      expect(`${stderr}${stdout}`).not.toContain("object Object");
      expect(stderr).toContain("is full");
      expect(stderr).toContain("a new one takes 60 MB");
      expect(exitCode).toBe(2);
      expect(readdirSync(place.path)).toEqual([]);
    }
  });

  diskTest("in files, not in bytes: the half-made database goes, too, and works once there is room", async () => {
    using directory = temporaryDirectory();
    using place = disk(200);
    writeCorpus(directory.path, { pages: 2 });
    const args = [...lexical, "--state-dir", place.path];
    place.allowFiles(200);
    const { exitCode, stderr } = await run(args, { cwd: directory.path });
    expect(stderr).toContain("no space is left on its disk");
    expect(stderr).toContain("--state-dir");
    expect(exitCode).toBe(2);
    expect(readdirSync(place.path)).toEqual([]);
    place.allowFiles(0);
    expect(await run(args, { cwd: directory.path })).toMatchObject({ exitCode: 0 });
  });
});

describe("a disk that is full later on", () => {
  diskTest.each([0, 65_536, MEGABYTE, 12 * MEGABYTE])(
    "with %d bytes free: the run ends, and the next one goes on",
    async (left) => {
      using directory = temporaryDirectory();
      using place = disk(200);
      const args = [...lexical, "--state-dir", place.path];
      writeCorpus(directory.path, { pages: 2 });
      expect(await run(args, { cwd: directory.path })).toMatchObject({ exitCode: 0 });
      writeCorpus(directory.path, { pages: 100 });
      const free = place.fill(left);
      const { exitCode, stderr, stdout } = await run(args, { cwd: directory.path });
      expect(`${stderr}${stdout}`).not.toMatch(/object Object|please report|^ +at /m);
      expect(stderr).toMatch(/is full|No space left|no space is left/);
      expect(stderr).toContain("free space");
      expect([1, 2]).toContain(exitCode);
      free();
      expect(await run(args, { cwd: directory.path })).toMatchObject({ exitCode: 0 });
      const found = await run(["search", "page 99", "--limit", "1", "--state-dir", place.path], {
        cwd: directory.path,
      });
      expect(found.stdout).toContain("docs://");
    },
  );

  diskServerTest.each([0, 1])(
    "for the files that are kept (%d pages free): nothing is lost in silence",
    async (pages) => {
      using directory = temporaryDirectory();
      using place = disk(1);
      await using database = await testDatabase();
      await using sick = await startOllama({
        dimensions: 32,
        fault: (_, texts) => (texts.some((text) => text.includes("page 1")) ? ollamaFaults.notANumber() : undefined),
      });
      writeCorpus(directory.path, { pages: 2 });
      const state = join(place.path, "state");
      mkdirSync(state);
      const free = place.fill(pages * 4_096);
      const flags = ["--ollama-host", sick.url, "--dimensions", "32", "--database-url", database.url];
      const { exitCode, stderr } = await run([...flags, "--state-dir", state], { cwd: directory.path });
      expect(stderr).toContain("ENOSPC");
      expect(stderr).toContain(state);
      expect(exitCode).toBe(1);
      expect(readdirSync(state).filter((name) => /tmp|lock/.test(name))).toEqual([]);
      free();
      expect(statSync(state).isDirectory()).toBe(true);
    },
  );
});

describe("the directory for temporary files", () => {
  test("is nobody's concern, and neither is a home", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 1 });
    const options = { cwd: directory.path, env: { TMPDIR: "/nowhere/at/all", HOME: "" } };
    expect(await run(lexical, options)).toMatchObject({ exitCode: 0 });
    const found = await run(["search", "page 0", "--limit", "1", ...lexical], options);
    expect(found.stdout).toContain("docs://");
  });

  serverTest("neither with a server", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: 1 });
    const child = Bun.spawn([EXECUTABLE, ...lexical, "--database-url", database.url], {
      cwd: directory.path,
      env: { TMPDIR: "/nowhere" },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
    });
    expect(await child.stderr.text()).not.toContain("error");
    expect(await child.exited).toBe(0);
  });
});
