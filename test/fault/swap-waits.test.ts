import { expect, test } from "bun:test";
import { SQL } from "bun";
import { onLane, serverLane } from "../support/databases.ts";
import { Scene } from "../support/scene.ts";

const SOURCES = ["docs"];
const CORPUS = { "docs/one.md": "# One\n\nWhat is said of windows.\n", "docs/two.md": "# Two\n\nAnd of records.\n" };
const READER_MS_MAX = 3_000;

onLane(serverLane, "a transaction that reads for long, as a pg_dump does", (context) => {
  const scene = async () => {
    const made = new Scene(context.database, context.choice);
    made.write(CORPUS);
    expect((await made.run({ sources: SOURCES })).exitCode).toBe(0);
    return made;
  };
  const connect = (application: string) => {
    if (context.choice.kind !== "server") throw new Error("this lane is a server's");
    return new SQL(context.choice.url, { max: 1, connection: { application_name: application } });
  };
  /** Reads a table in a transaction until it is told to end. */
  async function reading(table: string) {
    const client = connect("pg_dump");
    const begun = Promise.withResolvers<number>();
    const end = Promise.withResolvers<void>();
    const done = client.begin(async (tx) => {
      await tx.unsafe(`select count(*) from ${table}`);
      const [row] = await tx.unsafe("select pg_backend_pid() as pid");
      begun.resolve(row.pid);
      await end.promise;
    });
    return {
      pid: await begun.promise,
      async [Symbol.asyncDispose]() {
        end.resolve();
        await done;
        await client.close();
      },
    };
  }

  for (const table of ["chunks", "ingest_documents"]) {
    test(`of ${table} is waited for and named; others read meanwhile, and nothing is lost or called OK`, async () => {
      await using at = await scene();
      const before = await at.rows();
      {
        await using reader = await reading(table);
        const others = connect("others");
        let over = false;
        let slowestMs = 0;
        const reads = (async () => {
          while (!over) {
            const since = performance.now();
            await others.unsafe(`select count(*) from ${table}`);
            slowestMs = Math.max(slowestMs, performance.now() - since);
          }
        })();
        const env = { BBJ_RAG_INGEST_OUTAGE_WAIT: "2" };
        const { exitCode, events } = await at.run({ sources: SOURCES, args: ["--clean"], env });
        over = true;
        await reads;
        await others.close();
        expect(exitCode).toBe(1);
        const named = `session ${reader.pid} \\(pg_dump, user \\w+\\) has a lock on "${table}" since \\d{4}-`;
        const warnings = events.filter(({ type }) => type === "warning").map(({ reason }) => reason);
        expect(warnings).toEqual([expect.stringMatching(new RegExp(`${named}.*waiting up to 2 s`))]);
        expect(events.find(({ type }) => type === "error")).toMatchObject({
          code: "database_busy",
          message: expect.stringMatching(new RegExp(`${named}.*waited for 2 s`)),
          hint: expect.stringContaining("--clean"),
        });
        expect(events.find(({ type }) => type === "summary")).toMatchObject({
          sources: [{ source: "docs", status: "PARTIAL", reason: expect.stringContaining("not swapped in") }],
        });
        expect(slowestMs).toBeLessThan(READER_MS_MAX);
        expect(await at.rows()).toEqual(before);
      }
      const again = await at.run({ sources: SOURCES, args: ["--clean"] });
      expect(again.exitCode).toBe(0);
      const sent = again.calls.filter(({ kind, what }) => kind === "embed" && /windows|records/.test(what));
      expect(sent).toEqual([]);
      expect(await at.rows()).toEqual(before);
      await at.reset();
    });
  }

  test("that ends in time costs nothing but the wait", async () => {
    await using at = await scene();
    const reader = await reading("chunks");
    let tries = 0;
    const { exitCode } = await at.run({
      sources: SOURCES,
      args: ["--clean"],
      at: async ({ what }) => {
        if (what === "savepoint taking" && ++tries === 2) await reader[Symbol.asyncDispose]();
      },
    });
    expect([exitCode, tries]).toEqual([0, 2]);
    await at.reset();
  });
});
