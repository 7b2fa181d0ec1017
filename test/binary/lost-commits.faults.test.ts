import { describe, expect } from "bun:test";
import { removePage } from "../support/corpus.ts";
import { serverTest } from "../support/executable.ts";
import { expectNoStackTrace, PAGES, prepared, type Prepared, SECTIONS } from "../support/prepared-corpus.ts";
import { startProxy, type Verdict } from "../support/tcp-proxy.ts";

describe("a COMMIT that is lost, or whose answer is", () => {
  /** A run by way of a proxy that decides on the `n`th COMMIT; how many there were. */
  const runWith = async (corpus: Prepared, n: number, verdict: Verdict, ...more: string[]) => {
    await using proxy = await startProxy(corpus.database.url);
    let commits = 0;
    proxy.onCommit((commit) => {
      commits = commit;
      return commit === n ? verdict : "pass";
    });
    return { outcome: await corpus.ingest(proxy.url, ...more), commits };
  };

  serverTest.each([
    ["an answer", "lose", []],
    ["a COMMIT", "swallow", []],
    ["an answer, in a rebuild", "lose", ["--clean"]],
    ["a COMMIT, in a rebuild", "swallow", ["--clean"]],
  ] as const)("costs no row and no second write: %s", async (_, verdict, more) => {
    for (let n = 1; ; n++) {
      await using corpus = await prepared();
      removePage(corpus.path, "docs", 0);
      const { outcome, commits } = await runWith(corpus, n, verdict, ...more);
      expectNoStackTrace(outcome);
      expect(outcome.exitCode).toBe(0);
      const [row] = await corpus.sql(`
        select count(*)::int as rows, count(distinct xmin::text)::int as transactions,
          count(*) filter (where updated_at <> created_at)::int as updated from chunks`);
      expect({ ...row }).toEqual({ rows: (PAGES - 1) * SECTIONS, transactions: 1, updated: 0 });
      // Embedded, reused, removed, failed: each counted once, whatever was repeated.
      const [title, removed] = more.length > 0 ? ["", ""] : ["Removed ", "1 "];
      expect(outcome.stdout.replace(/ +/g, " ")).toMatch(
        new RegExp(
          `^Source Files Documents Chunks Embedded ${title}Duration (.*\n){2}docs 5 5 10 10 ${removed}[\\d.]+ m?s .*OK$`,
          "m",
        ),
      );
      const documents = [...(await corpus.sql("select complete, chunks from ingest_documents"))];
      expect(documents).toEqual(Array.from({ length: PAGES - 1 }, () => ({ complete: true, chunks: SECTIONS })));
      expect((await corpus.ingest()).stdout).toContain("unchanged");
      if (n > commits) {
        expect(n).toBeGreaterThan(2);
        return;
      }
    }
  });
});
