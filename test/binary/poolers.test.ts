import { describe, expect, test } from "bun:test";
import { installed, poolersSkipped, startPgBouncer } from "../support/pgbouncer.ts";
import { expectNoStackTrace, flags, PAGES, prepared, SECTIONS } from "../support/prepared-corpus.ts";
import { run, start } from "../support/executable.ts";
import { gatedOllama } from "../support/gated-ollama.ts";
import { until } from "../support/until.ts";

const SHARED = { pool_mode: "transaction" };
const ADVISORY =
  "select objid from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())";

for (const one of installed) {
  describe.skipIf(poolersSkipped !== undefined)(`PgBouncer ${one.version}`, () => {
    test("in transaction mode: a run ends with exit code 2 and names the way, and changes nothing", async () => {
      await using corpus = await prepared();
      await using pooler = await startPgBouncer(one, corpus.database.url, SHARED);
      const before = await corpus.database.rows();
      const { requests } = corpus.ollama;
      const outcome = await corpus.ingest(pooler.url);
      expect(outcome).toMatchObject({ exitCode: 2, stdout: "" });
      expect(outcome.stderr).toContain("pool_mode=session");
      expectNoStackTrace(outcome);
      expect(corpus.ollama.requests).toBe(requests);
      expect(await corpus.database.rows()).toEqual(before);
      expect([...(await corpus.sql(ADVISORY))]).toEqual([]);
      // Whoever connects directly is not kept out.
      expect(await corpus.ingest()).toMatchObject({ exitCode: 0 });
    });

    test("in transaction mode: search and report answer, side by side", async () => {
      await using corpus = await prepared();
      expect(await corpus.ingest()).toMatchObject({ exitCode: 0 });
      await using pooler = await startPgBouncer(one, corpus.database.url, { ...SHARED, default_pool_size: 1 });
      const ask = (...args: string[]) =>
        run([...args, "--database-url", pooler.url, "--json"], {
          cwd: corpus.path,
          env: { OLLAMA_HOST: corpus.ollama.url },
        });
      const outcomes = await Promise.all([1, 2, 3].flatMap(() => [ask("search", "page"), ask("report")]));
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ exitCode: 0, stderr: "" });
        expect(outcome.stdout).not.toBe("");
      }
      expect(await corpus.ingest()).toMatchObject({ exitCode: 0 });
    });

    test("in session mode: a run, and the next one", async () => {
      await using corpus = await prepared();
      await using pooler = await startPgBouncer(one, corpus.database.url, { pool_mode: "session" });
      expect(await corpus.ingest(pooler.url)).toMatchObject({ exitCode: 0 });
      expect(await corpus.database.rows()).toHaveLength(PAGES * SECTIONS);
      expect((await corpus.ingest(pooler.url)).stdout).toContain("unchanged");
    });

    test("in session mode: sessions that the server ends in the middle of a run cost a retry", async () => {
      await using corpus = await prepared();
      await using pooler = await startPgBouncer(one, corpus.database.url, { pool_mode: "session" });
      await using gated = await gatedOllama();
      const running = start(flags(gated.url, pooler.url), { cwd: corpus.path });
      await until(() => gated.requests > 1);
      await corpus.sql(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'bbj-ingest-all%' and datname = current_database()",
      );
      gated.open();
      const [stderr, exitCode] = await Promise.all([running.stderr.text(), running.exited]);
      expectNoStackTrace({ stderr, stdout: "", exitCode });
      expect({ exitCode, stderr: exitCode === 0 ? "" : stderr }).toEqual({ exitCode: 0, stderr: "" });
      expect(await corpus.database.rows()).toHaveLength(PAGES * SECTIONS);
    });

    test("that does not take a setting of the URL says which", async () => {
      await using corpus = await prepared();
      await using pooler = await startPgBouncer(one, corpus.database.url, { pool_mode: "session" });
      const outcome = await corpus.ingest(`${pooler.url}?statement_timeout=1000`);
      expect(outcome.exitCode).toBe(2);
      expect(outcome.stderr).toContain("does not take statement_timeout");
      expect(outcome.stderr).not.toContain("start it");
      expectNoStackTrace(outcome);
    });
  });
}
