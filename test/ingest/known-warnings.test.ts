import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunEvent } from "../../src/ingest/events.ts";
import { KnownWarnings, type ToldNow, warningKey } from "../../src/ingest/known-warnings.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

type Warning = Extract<RunEvent, { type: "warning" }>;

const warning = (more: Partial<Warning>): Warning => ({
  type: "warning",
  source: "docs",
  path: "a.md",
  reason: "odd",
  ...more,
});

function toldBy(told: Readonly<Record<string, readonly string[]>>, more: Partial<ToldNow> = {}): ToldNow {
  const counted = Object.entries(told).map(([source, keys]) => {
    const counts = new Map<string, number>();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    return [source, counts] as const;
  });
  const sources = Object.keys(told);
  return { told: new Map(counted), whole: new Set(sources), parts: new Map(), listed: ["docs", "other"], ...more };
}

async function known(directory: string, sourcesFile = "/sources.toml") {
  const told = await new KnownWarnings(directory, sourcesFile).load();
  return Object.fromEntries([...told].map(([source, keys]) => [source, Object.fromEntries(keys)]));
}

const part = (index: number, count: number) => ({ parts: new Map([["docs", { index, count }]]) });

describe("a warning is the same", () => {
  test.each([
    ["line 12: not closed", "line 47: not closed"],
    [
      'source "x" is not listed any more: its 12 documents stay',
      'source "x" is not listed any more: its 13 documents stay',
    ],
    ["held since 2026-11-29T23:03:10.000Z by pid 1234", "held since 2026-11-30T23:04:59.120Z by pid 9876"],
    ["12 files (2%), of 1,200", "13 files (3%), of 1,201"],
  ])("whatever the numbers that stand alone: %s", (one, other) => {
    expect(warningKey(warning({ reason: one }))).toBe(warningKey(warning({ reason: other })));
  });

  test.each([
    ["of another file", { path: "b.md" }],
    ["of another kind", { kind: "skipped" as const }],
    ["in other words", { reason: "odder" }],
  ])("but not %s", (_, other) => {
    expect(warningKey(warning(other))).not.toBe(warningKey(warning({})));
  });

  test.each([
    ["of ten times as many", "12 documents stay", "1,200 documents stay"],
    ["that names another file", "there is no part2.flsnp", "there is no part3.flsnp"],
    ["that names another version", "needs v1.2", "needs v1.3"],
    ["that quotes another name", 'no topic "3"', 'no topic "4"'],
  ])("nor one %s", (_, one, other) => {
    expect(warningKey(warning({ reason: one }))).not.toBe(warningKey(warning({ reason: other })));
  });
});

describe("what was told", () => {
  test("is known in the next run, as often as it was told, until a run no longer tells it", async () => {
    using directory = temporaryDirectory();
    const file = new KnownWarnings(directory.path, "/sources.toml");
    await file.save(toldBy({ docs: ["a", "a", "b"], "": ["r"] }));
    expect(await known(directory.path)).toEqual({ docs: { a: 2, b: 1 }, "": { r: 1 } });
    await file.save(toldBy({ docs: ["a"], "": [] }));
    expect(await known(directory.path)).toEqual({ docs: { a: 1 }, "": {} });
  });

  test("of sources that did not run, or not to their ends, stays known", async () => {
    using directory = temporaryDirectory();
    const file = new KnownWarnings(directory.path, "/sources.toml");
    await file.save(toldBy({ docs: ["a", "b"], other: ["o"], "": ["r"] }));
    await file.save(toldBy({ docs: ["c"], "": ["s"] }, { whole: new Set() }));
    expect(await known(directory.path)).toEqual({ docs: { a: 1, b: 1, c: 1 }, other: { o: 1 }, "": { r: 1, s: 1 } });
  });

  test("of a source that is not listed any more goes; of another sources file stays", async () => {
    using directory = temporaryDirectory();
    await new KnownWarnings(directory.path, "/one.toml").save(toldBy({ docs: ["a"], other: ["o"] }));
    await new KnownWarnings(directory.path, "/two.toml").save(toldBy({ docs: ["b"] }, { listed: ["docs"] }));
    await new KnownWarnings(directory.path, "/one.toml").save(toldBy({ docs: ["c"] }, { listed: ["docs"] }));
    expect(await known(directory.path, "/one.toml")).toEqual({ docs: { c: 1 } });
    expect(await known(directory.path, "/two.toml")).toEqual({ docs: { b: 1 } });
  });

  test("by each part of a source is known to all of them, and to a run of the whole", async () => {
    using directory = temporaryDirectory();
    const file = new KnownWarnings(directory.path, "/sources.toml");
    await file.save(toldBy({ docs: ["old"] }));
    await file.save(toldBy({ docs: ["a"] }, part(1, 2)));
    expect(await known(directory.path)).toEqual({ docs: { a: 1, old: 1 } });
    await file.save(toldBy({ docs: ["b"] }, part(2, 2)));
    expect(await known(directory.path)).toEqual({ docs: { a: 1, b: 1 } });
    await file.save(toldBy({ docs: [] }, part(1, 2)));
    expect(await known(directory.path)).toEqual({ docs: { b: 1 } });
    await file.save(toldBy({ docs: ["c"] }));
    expect(await known(directory.path)).toEqual({ docs: { c: 1 } });
  });

  test("by runs that end at once is all known", async () => {
    using directory = temporaryDirectory();
    const saves = Array.from({ length: 8 }, (_, index) =>
      new KnownWarnings(directory.path, "/sources.toml").save(toldBy({ docs: [`k${index}`] }, part(index + 1, 8))),
    );
    await Promise.all(saves);
    expect(Object.keys((await known(directory.path)).docs ?? {}).sort()).toEqual(saves.map((_, index) => `k${index}`));
    expect(readdirSync(directory.path)).toEqual([".ingestion-warnings.json"]);
  });

  test("is bounded: what was told first goes", async () => {
    using directory = temporaryDirectory();
    const file = new KnownWarnings(directory.path, "/sources.toml");
    await file.save(toldBy({ other: ["o"] }));
    await file.save(toldBy({ docs: Array.from({ length: 25_000 }, (_, index) => `k${index}`) }));
    const after = await known(directory.path);
    expect(Object.keys(after.docs ?? {})).toHaveLength(20_000);
    expect(after.other).toEqual({});
  });
});

describe("the file", () => {
  test("is not there where nothing was told, and not written again where nothing is new", async () => {
    using directory = temporaryDirectory();
    const file = new KnownWarnings(join(directory.path, "state"), "/sources.toml");
    await file.save(toldBy({ docs: [], "": [] }));
    expect(existsSync(join(directory.path, "state"))).toBe(false);
    await file.save(toldBy({ docs: ["a"] }));
    const path = join(directory.path, "state", ".ingestion-warnings.json");
    writeFileSync(path, ` ${readFileSync(path, "utf8")}`);
    await file.save(toldBy({ docs: ["a"] }));
    expect(readFileSync(path, "utf8")).toStartWith(" ");
    await file.save(toldBy({ docs: [] }));
    expect(existsSync(path)).toBe(false);
  });

  test.each([
    ["half of one", '{"told_warnings": [\n{"sources_file":"/so'],
    ["empty", ""],
    ["of other shape", '{"told_warnings": 7}'],
  ])("counts as none when it is damaged (%s), and is made anew", async (_, text) => {
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, ".ingestion-warnings.json"), text);
    expect(await known(directory.path)).toEqual({});
    await new KnownWarnings(directory.path, "/sources.toml").save(toldBy({ docs: ["a"] }));
    expect(await known(directory.path)).toEqual({ docs: { a: 1 } });
  });

  test("of somebody else is left as it is, and a place where none can be is no failure", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, ".ingestion-warnings.json");
    writeFileSync(path, '{"mine": 1}');
    mkdirSync(join(directory.path, "d", ".ingestion-warnings.json"), { recursive: true });
    await new KnownWarnings(directory.path, "/sources.toml").save(toldBy({ docs: ["a"] }));
    expect(readFileSync(path, "utf8")).toBe('{"mine": 1}');
    for (const place of [join(directory.path, "d"), path]) {
      await new KnownWarnings(place, "/sources.toml").save(toldBy({ docs: ["a"] }));
      expect(await known(place)).toEqual({});
    }
  });
});
