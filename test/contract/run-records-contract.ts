import { expect, test } from "bun:test";
import type { RunRecord, Store } from "../../src/store/store.ts";

const RUN_MS = 61_500;

/** A run of these sources, or parts of one. */
function runOf(
  run: string,
  sources: readonly string[],
  { isWhole = false, ...more }: Partial<RunRecord> = {},
): RunRecord {
  return {
    ...{
      run,
      isWhole,
      runMs: RUN_MS,
      mode: "update",
      version: "1.2.3",
      exitCode: 0,
    },
    sources: sources.map((name) => {
      const [source = "", part] = name.split(" ");
      return { source, part, durationMs: 1_234, status: "OK", reason: "", counts: { documents: 3, embedded: 7 } };
    }),
    ...more,
  };
}

/** What every `Store` owes those who ask how the last runs went. */
export function runRecordsContract({ prepared, fresh }: { prepared(): Promise<Store>; fresh(): Store }): void {
  const known = async (store: Store) =>
    ((await store.lastRuns()) ?? []).map(({ source, part, run }) => `${source} ${part} ${run}`);

  test("of a corpus that no run was recorded of, nothing is known; of none, nothing is recorded", async () => {
    const none = fresh();
    await none.recordRun(runOf("one", ["docs"]));
    expect(await none.lastRuns()).toBeUndefined();
    const store = await prepared();
    expect(await store.lastRuns()).toBeUndefined();
    await store.forgetRuns("docs");
    expect(await store.lastRuns()).toBeUndefined();
  });

  test("a run is known with all that was recorded of it", async () => {
    const store = await prepared();
    const reason = `it's 1 chunk that "failed" \\ ü`;
    const [source] = runOf("one", ["docs"]).sources;
    if (source === undefined) throw new Error("it has one");
    await store.recordRun(runOf("one", [], { exitCode: 1, sources: [{ ...source, status: "PARTIAL", reason }] }));
    expect(await store.lastRuns()).toEqual([
      {
        ...{ source: "docs", part: "", run: "one", startedAt: expect.any(Date), endedAt: expect.any(Date) },
        ...{ durationMs: 1_234, mode: "update", version: "1.2.3", exitCode: 1, status: "PARTIAL", reason },
        counts: { documents: 3, embedded: 7 },
      },
    ]);
    const [found] = (await store.lastRuns()) ?? [];
    expect((found?.endedAt.getTime() ?? 0) - (found?.startedAt.getTime() ?? 0)).toBe(RUN_MS);
  });

  test("the last run of each source counts, also when it is recorded twice", async () => {
    const store = await prepared();
    await store.recordRun(runOf("one", ["docs", "pdf"]));
    await store.recordRun(runOf("two", ["docs"]));
    await store.recordRun(runOf("two", ["docs"]));
    expect(await known(store)).toEqual(["docs  two", "pdf  one"]);
    await store.forgetRuns("docs");
    expect(await known(store)).toEqual(["pdf  one"]);
  });

  test("parts of a source are known beside each other, until it is split otherwise, or not at all", async () => {
    const store = await prepared();
    await store.recordRun(runOf("whole", ["docs", "pdf"]));
    for (const part of ["2/2", "1/2"]) await store.recordRun(runOf(part, [`docs ${part}`]));
    expect(await known(store)).toEqual(["docs 1/2 1/2", "docs 2/2 2/2", "pdf  whole"]);
    await store.recordRun(runOf("other", ["docs 1/3"]));
    expect(await known(store)).toEqual(["docs 1/3 other", "pdf  whole"]);
    await store.recordRun(runOf("again", ["docs"]));
    expect(await known(store)).toEqual(["docs  again", "pdf  whole"]);
  });

  test("of a corpus that was rebuilt only the sources that it has are known", async () => {
    const store = await prepared();
    await store.recordRun(runOf("one", ["docs", "pdf"]));
    await store.recordRun(runOf("two", ["docs"], { isWhole: true }));
    expect(await known(store)).toEqual(["docs  two"]);
  });
}
