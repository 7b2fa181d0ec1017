import { expect, test } from "bun:test";
import { openServer } from "../../src/store/driver/server.ts";
import { sql } from "../../src/store/driver/sql.ts";
import { onLane, serverLane } from "../support/databases.ts";
import { startProxy } from "../support/tcp-proxy.ts";

const HOSTILE = ["", "plain", 'a "quote"', "back\\slash\\", "{a,b}", "null", "NULL", " ä\n\t'", "$1"];

onLane(serverLane, "a distant server", (context) => {
  const throughProxy = async () => {
    if (context.choice.kind !== "server") throw new Error("this lane is a server's");
    const proxy = await startProxy(context.choice.url);
    const database = await openServer({ ...context.choice, url: proxy.url });
    return {
      proxy,
      database,
      async [Symbol.asyncDispose]() {
        await database.close();
        await proxy[Symbol.asyncDispose]();
      },
    };
  };

  test("is waited for once by a statement, whatever its parameters", async () => {
    await using run = await throughProxy();
    for (const statement of [
      sql`select ${1}::int as value`,
      sql`select ${"a"}::text as value`,
      sql`select ${HOSTILE}::text[] as value`,
      sql`select ${[]}::text[] as value`,
    ]) {
      const before = run.proxy.answers;
      expect([...(await run.database.query(statement))]).toEqual([{ value: statement.values[0] }]);
      expect(run.proxy.answers - before).toBe(1);
    }
  });

  test("is waited for as often by a run of many sources as by one of a single one", async () => {
    const answersOf = async (sources: number) => {
      await using run = await throughProxy();
      const before = run.proxy.answers;
      await run.database.lock(
        Array.from({ length: sources }, (_, index) => ({ name: `source ${index}`, shared: false })),
      );
      return run.proxy.answers - before;
    };
    const one = await answersOf(1);
    expect(await answersOf(40)).toBe(one);
    // A connection is greeted, and answers; there are two more of them, and each is asked three times whose it is.
    expect(one).toBeLessThan(25);
  });
});
