import { expect, test } from "bun:test";
import { lastKnownRun, mergedRun } from "../../src/commands/last-run.ts";
import type { LastRun } from "../../src/store/store.ts";

const RUN: LastRun = {
  ...{ source: "docs", part: "", run: "a", durationMs: 1_000, mode: "update", version: "1", exitCode: 0 },
  ...{ startedAt: new Date(1_000), endedAt: new Date(3_000), status: "OK", reason: "", counts: { added: 2 } },
};

test("a source that no run had has no last run", () => {
  expect(mergedRun([])).toBeNull();
  expect(lastKnownRun([])).toBeNull();
});

test("a source that is not split is as its one run left it", () => {
  const { source: _, part: __, ...run } = RUN;
  expect(mergedRun([RUN])).toEqual({ ...run, parts: null });
});

test("a source in parts began with the first, ended with the last, and is as bad as the worst", () => {
  const parts: readonly LastRun[] = [
    { ...RUN, part: "1/3", run: "b", startedAt: new Date(500), status: "UNCHANGED", counts: { kept: 1 } },
    { ...RUN, part: "2/3", run: "c", endedAt: new Date(9_000), durationMs: 7_000, counts: { added: 3 } },
    { ...RUN, part: "3/3", run: "d", status: "FAILED", reason: "gone", exitCode: 1 },
  ];
  expect(mergedRun(parts)).toMatchObject({
    ...{ run: "c", startedAt: new Date(500), endedAt: new Date(9_000), durationMs: 7_000, status: "FAILED" },
    ...{ reason: "gone", exitCode: 1, counts: { added: 5, kept: 1 }, parts: { known: 3, of: 3 } },
  });
  expect(mergedRun(parts.slice(0, 2))).toMatchObject({ status: "OK", exitCode: 0, parts: { known: 2, of: 3 } });
});

test("the last run is the one that ended last, with as many sources as are known of it", () => {
  const later = { ...RUN, run: "b", endedAt: new Date(4_000), exitCode: 130 };
  expect(lastKnownRun([RUN, later, { ...later, source: "pdf" }, { ...RUN, source: "old" }])).toMatchObject({
    ...{ endedAt: new Date(4_000), exitCode: 130, sources: 2 },
  });
});
