import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { FailureLog, type FailureEntry } from "../../src/ingest/failure-log.ts";
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
    expect(await log.read()).toEqual({ entries: [], damagedLines: [] });
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
    expect(await log.read()).toEqual({ entries: [entry(1), entry(2)], damagedLines: [2] });
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
});
