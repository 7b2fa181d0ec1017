import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, readlinkSync, statSync, symlinkSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { FailureEntry } from "../../src/ingest/failure-lines.ts";
import { FailureLog } from "../../src/ingest/failure-log.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const entry = (number: number, error = "refused"): FailureEntry => ({
  content_hash: `hash-${number}`,
  source_url: `docs://page-${number}.md`,
  error,
  source: "docs",
  title: `Page ${number}`,
  chunk_index: number,
  attempts: 4,
  at: "2026-01-01T00:00:00.000Z",
});

describe("failure log", () => {
  test("no file means no failures, and settling makes none", async () => {
    using directory = temporaryDirectory();
    const log = new FailureLog(join(directory.path, "log"));
    expect(await log.read()).toEqual({ entries: [], damagedLines: [], foreignLines: [] });
    await log.settle(() => true, { dropDamaged: false });
    expect(existsSync(log.path)).toBe(false);
  });

  test("a chunk that fails again has one entry, the newest", async () => {
    using directory = temporaryDirectory();
    const log = new FailureLog(join(directory.path, "log"));
    await log.append([entry(1, "first"), entry(2)]);
    await log.append([entry(1, "second")]);
    const { entries } = await log.read();
    expect(entries.map(({ content_hash, error }) => [content_hash, error])).toEqual([
      ["hash-1", "second"],
      ["hash-2", "refused"],
    ]);
  });

  test("settling keeps what still fails, and removes the file with the last entry", async () => {
    using directory = temporaryDirectory();
    const log = new FailureLog(join(directory.path, "log"));
    await log.append([entry(1), entry(2), entry(3)]);
    await log.settle(({ chunk_index }) => chunk_index === 2, { dropDamaged: false });
    expect((await log.read()).entries).toEqual([entry(2)]);
    await log.settle(() => false, { dropDamaged: false });
    expect(existsSync(log.path)).toBe(false);
  });

  test("two runs that append and settle at the same time lose nothing of each other's", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "log");
    const [one, other] = [new FailureLog(path), new FailureLog(path)];
    await one.append([entry(0)]);
    await Promise.all([
      ...Array.from({ length: 10 }, (_, index) => one.append([entry(100 + index)])),
      ...Array.from({ length: 10 }, (_, index) => other.append([entry(200 + index)])),
      ...Array.from({ length: 5 }, () => other.settle(({ chunk_index }) => chunk_index !== 0, { dropDamaged: false })),
    ]);
    const { entries } = await one.read();
    expect(entries.map(({ chunk_index }) => chunk_index).sort((a, b) => a - b)).toEqual([
      ...Array.from({ length: 10 }, (_, index) => 100 + index),
      ...Array.from({ length: 10 }, (_, index) => 200 + index),
    ]);
  });

  test("a line that was cut off by a kill is named, the next entry is not glued to it, and neither is lost", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "log");
    await Bun.write(path, `${JSON.stringify(entry(1))}\n{"content_hash":"ha`);
    const log = new FailureLog(path);
    await log.append([entry(2)]);
    expect(await log.read()).toEqual({ entries: [entry(1), entry(2)], damagedLines: [2], foreignLines: [] });
    await log.settle(() => false, { dropDamaged: false });
    expect(await Bun.file(path).text()).toBe('{"content_hash":"ha\n');
    await log.settle(() => false, { dropDamaged: true });
    expect(existsSync(path)).toBe(false);
  });

  test("a log that cannot be written says so and what to do", async () => {
    using directory = temporaryDirectory();
    const log = new FailureLog(join(directory.path, "missing", "log"));
    await expect(log.append([entry(1)])).rejects.toThrow(/failure log .* cannot be written/);
  });

  test.each([
    ["nothing", ""],
    ["white space", " \n\t\n"],
    ["a byte order mark", "\uFEFF"],
    ["an empty array", "[]\n"],
  ])("a file of %s names no failures, takes new ones, and goes with the last", async (_, text) => {
    using directory = temporaryDirectory();
    const log = new FailureLog(join(directory.path, "log"));
    await Bun.write(log.path, text);
    expect(await log.read()).toEqual({ entries: [], damagedLines: [], foreignLines: [] });
    await log.append([entry(1)]);
    expect((await log.read()).entries).toEqual([entry(1)]);
    await log.settle(() => false, { dropDamaged: false });
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test("a byte order mark in front costs no entry", async () => {
    using directory = temporaryDirectory();
    const log = new FailureLog(join(directory.path, "log"));
    await Bun.write(log.path, `\uFEFF${JSON.stringify(entry(1))}\n`);
    await log.append([entry(2)]);
    expect(await log.read()).toEqual({ entries: [entry(1), entry(2)], damagedLines: [], foreignLines: [] });
  });

  test("one JSON array instead of lines is read, and becomes lines when it is written", async () => {
    using directory = temporaryDirectory();
    const log = new FailureLog(join(directory.path, "log"));
    await Bun.write(log.path, JSON.stringify([entry(1), { note: "not an entry" }, entry(2)], null, 2));
    expect(await log.read()).toEqual({ entries: [entry(1), entry(2)], damagedLines: [], foreignLines: [2] });
    await log.append([entry(3)]);
    expect((await log.read()).entries).toEqual([entry(1), entry(2), entry(3)]);
    expect((await Bun.file(log.path).text()).split("\n")).toContain('{"note":"not an entry"}');
  });

  test("half of such an array is kept line by line beside new entries", async () => {
    using directory = temporaryDirectory();
    const log = new FailureLog(join(directory.path, "log"));
    const half = JSON.stringify([entry(1), entry(2)], null, 2)
      .slice(0, -60)
      .trimEnd();
    await Bun.write(log.path, half);
    await log.append([entry(3)]);
    await log.settle(() => true, { dropDamaged: false });
    expect((await log.read()).entries).toEqual([entry(3)]);
    expect(await Bun.file(log.path).text()).toStartWith(`${half}\n`);
  });

  test("what another version wrote into an entry stays in it, and what an older one left out has a default", async () => {
    using directory = temporaryDirectory();
    const log = new FailureLog(join(directory.path, "log"));
    const newer = { ...entry(1), worker: 3 };
    const older = { content_hash: "hash-2", source_url: "docs://page-2.md", error: "refused", source: "docs" };
    await Bun.write(log.path, `${JSON.stringify(newer)}\n${JSON.stringify(older)}\n`);
    await log.settle(() => true, { dropDamaged: false });
    const { entries, damagedLines } = await log.read();
    expect(damagedLines).toEqual([]);
    expect(entries[0]).toEqual(newer);
    expect(entries[1]).toMatchObject({ ...older, attempts: 1, title: "" });
  });

  test("bytes that are no text, and so not ours, stay as they are", async () => {
    using directory = temporaryDirectory();
    const log = new FailureLog(join(directory.path, "log"));
    const garbage = Buffer.from([0x00, 0x80, 0xc3, 0x28, 0x0d, 0x0a, 0xff, 0x1b, 0x5b]);
    await Bun.write(log.path, garbage);
    await log.append([entry(1)]);
    await log.settle(() => true, { dropDamaged: true });
    expect(Buffer.from(await Bun.file(log.path).bytes()).subarray(0, garbage.length)).toEqual(garbage);
    expect(await log.read()).toEqual({ entries: [entry(1)], damagedLines: [], foreignLines: [1, 2] });
  });

  test("a file of foreign lines alone is refused, unless it has the name of the log", async () => {
    using directory = temporaryDirectory();
    const [named, own] = ["notes.txt", ".ingestion-failures.json"].map((name) => join(directory.path, name));
    for (const path of [named, own]) await Bun.write(path ?? "", "Buy milk.\n");
    await expect(new FailureLog(named ?? "").read()).rejects.toThrow("is no failure log");
    const log = new FailureLog(own ?? "");
    await log.append([entry(1)]);
    await log.settle(() => false, { dropDamaged: true });
    expect(await log.read()).toEqual({ entries: [], damagedLines: [], foreignLines: [1] });
    expect(await Bun.file(log.path).text()).toBe("Buy milk.\n");
  });

  test("UTF-16 is refused by its name, since no line can be appended to it", async () => {
    using directory = temporaryDirectory();
    const log = new FailureLog(join(directory.path, "log"));
    await Bun.write(log.path, Buffer.from(`\uFEFF${JSON.stringify(entry(1))}\n`, "utf16le"));
    await expect(log.read()).rejects.toThrow("is UTF-16 text");
  });

  test("a link stays a link, and two links to one file share its entries and its lock", async () => {
    using directory = temporaryDirectory();
    const paths = ["one", "other"].map((name) => join(directory.path, name));
    // Leads nowhere yet.
    for (const path of paths) symlinkSync("shared", path);
    const logs = paths.map((path) => new FailureLog(path));
    await Promise.all(
      logs.flatMap((log, which) => [1, 2, 3].map((number) => log.append([entry(10 * which + number)]))),
    );
    await Promise.all(logs.map((log) => log.settle(({ chunk_index }) => chunk_index !== 2, { dropDamaged: false })));
    for (const [which, path] of paths.entries()) {
      expect(readlinkSync(path)).toBe("shared");
      expect((await logs[which]?.read())?.entries.map(({ chunk_index }) => chunk_index).sort((a, b) => a - b)).toEqual([
        1, 3, 11, 12, 13,
      ]);
    }
    expect(readdirSync(directory.path).sort()).toEqual(["one", "other", "shared"]);
  });

  test("keeps its permissions, and removes what killed processes left beside it", async () => {
    using directory = temporaryDirectory();
    const log = new FailureLog(join(directory.path, "log"));
    await log.append([entry(1), entry(2)]);
    chmodSync(log.path, 0o600);
    const gone = Bun.spawnSync(["true"]).pid;
    const alive = process.ppid;
    for (const pid of [gone, alive]) await Bun.write(`${log.path}.${pid}.tmp`, '{"half');
    await Bun.write(`${log.path}.lock`, `${gone}@${hostname()}`);
    await log.settle(({ chunk_index }) => chunk_index === 1, { dropDamaged: false });
    expect((await log.read()).entries).toEqual([entry(1)]);
    expect(statSync(log.path).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory.path).sort()).toEqual(["log", `log.${alive}.tmp`]);
  });

  test("a lock that a killed run left without a log goes, too", async () => {
    using directory = temporaryDirectory();
    const log = new FailureLog(join(directory.path, "log"));
    await Bun.write(`${log.path}.lock`, `${Bun.spawnSync(["true"]).pid}@${hostname()}`);
    await log.settle(() => true, { dropDamaged: false });
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test.each([
    ["a directory", (path: string) => mkdirSync(path), "it is a directory"],
    ["a link in a circle", (path: string) => symlinkSync(path, path), "links that lead in a circle"],
    ["no regular file", (path: string) => symlinkSync("/dev/null", path), "it is no regular file"],
    ["a link into a directory that is not there", (path: string) => symlinkSync("missing/log", path), "does not exist"],
  ])("%s in its place is named before anything is written", async (_, make, reason) => {
    using directory = temporaryDirectory();
    const log = new FailureLog(join(directory.path, "log"));
    make(log.path);
    await expect(log.requireWritable()).rejects.toThrow(reason);
  });
});
