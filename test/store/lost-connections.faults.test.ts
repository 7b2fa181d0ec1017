import { expect, test } from "bun:test";
import { corpusStore } from "../../src/store/corpus-store.ts";
import { IDENTITY, onEveryLane } from "../support/databases.ts";
import { failingAt, faultyDatabase } from "../support/faulty-database.ts";
import { kept, written } from "../support/documents.ts";
import { queryLines } from "../support/lines.ts";

/** More points than any of these operations has. */
const POINTS_MAX = 100;
/** Some 30 swaps, on a machine that is busy with other tests. */
const SWAPS_MS_MAX = 240_000;

onEveryLane("a lost connection at any point", (context) => {
  const { prepared, query } = context;
  const contents = () =>
    queryLines(context.database, "select source_url || ' ' || content as line from chunks order by 1");
  const tables = () =>
    queryLines(
      context.database,
      "select relname::text as line from pg_class where relname ~ '^(chunks|ingest)' order by 1",
    );

  /** A store, and what runs a part of its work with a fault at the `n`th point; true when that failed. */
  const failing = (n: number, { rebuild = false } = {}) => {
    const fault = failingAt(n);
    let armed = false;
    const database = faultyDatabase(context.database, () => {
      if (armed) fault.at();
    });
    const fails = async (work: () => Promise<unknown>) => {
      armed = true;
      try {
        await work();
        return false;
      } catch (error) {
        expect(error).toMatchObject({ decision: "retry" });
        return true;
      } finally {
        armed = false;
      }
    };
    return { store: corpusStore(database, { rebuild }), fails };
  };

  /** Runs `attempt` for n = 1, 2, 3 ... until the operation has fewer points than n. */
  const everywhere = async (attempt: (n: number) => Promise<boolean>) => {
    for (let n = 1; n <= POINTS_MAX; n++) if (!(await attempt(n))) return n;
    throw new Error("the operation never ended");
  };

  test("of a write leaves all of it or nothing, and the write can be repeated", async () => {
    const corpus = await prepared();
    const [before, after] = [
      ["u a", "u b", "v c"],
      ["u b", "u new", "v c", "w a"],
    ];
    const next = written("u", ["b", "new"]);
    const group = [
      { ...next, rows: [...kept(next).rows.slice(0, 1), ...next.rows.slice(1)] },
      kept(written("v", ["c"], { title: "Another" })),
      written("w", ["a"]),
    ];
    const points = await everywhere(async (n) => {
      await corpus.removeDocuments("manual", ["u", "v", "w"]);
      await corpus.write([written("u", ["a", "b"]), written("v", ["c"])]);
      const { store, fails } = failing(n);
      await store.prepare(IDENTITY);
      const failed = await fails(() => store.write(group));
      expect([before, after]).toContainEqual(await contents());
      await store.write(group);
      expect(await contents()).toEqual(after);
      expect(await store.write(group)).toEqual({ inserted: 0, updated: 0, kept: 4, removed: 0 });
      return failed;
    });
    expect(points).toBeGreaterThan(5);
  });

  test(
    "of a swap leaves the old corpus or the new one, and the swap can be repeated",
    async () => {
      const keep = { sources: ["manual"], documents: [{ source: "manual", sourceUrl: "failed" }], inputs: [] };
      const after = ["failed old", "u new"];
      const points = await everywhere(async (n) => {
        await query("drop table if exists chunks, ingest_documents, ingest_meta");
        await (await prepared()).write([written("u", ["old"]), written("failed", ["old"])]);
        const { store, fails } = failing(n, { rebuild: true });
        await store.prepare(IDENTITY);
        await store.write([written("u", ["new"])]);
        const failed = await fails(() => store.swap(keep));
        expect([["failed old", "u old"], after]).toContainEqual(await contents());
        await store.swap(keep);
        expect(await contents()).toEqual(after);
        expect((await tables()).filter((name) => name.includes("rebuild"))).toEqual([]);
        return failed;
      });
      expect(points).toBeGreaterThan(10);
    },
    SWAPS_MS_MAX,
  );

  test("of preparing leaves nothing or all of it, and it can be repeated", async () => {
    const points = await everywhere(async (n) => {
      await query("drop table if exists chunks, ingest_documents, ingest_meta");
      const { store, fails } = failing(n);
      const failed = await fails(() => store.prepare(IDENTITY));
      if (failed && (await tables()).length > 0) expect((await store.inspect()).identity).toEqual(IDENTITY);
      await store.prepare(IDENTITY);
      expect((await store.inspect()).identity).toEqual(IDENTITY);
      return failed;
    });
    expect(points).toBeGreaterThan(5);
  });
});
