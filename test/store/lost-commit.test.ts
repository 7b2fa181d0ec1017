import { expect, test } from "bun:test";
import { corpusStore } from "../../src/store/corpus-store.ts";
import { openServer } from "../../src/store/driver/server.ts";
import { IDENTITY, onLane, serverLane } from "../support/databases.ts";
import { written } from "../support/documents.ts";
import { failureOf } from "../support/failure-of.ts";
import { startProxy, type Verdict } from "../support/tcp-proxy.ts";

onLane(serverLane, "a COMMIT whose answer is lost", (context) => {
  /** A store whose next COMMIT has this fate. */
  const proxied = async () => {
    if (context.choice.kind !== "server") throw new Error("this lane is a server's");
    const proxy = await startProxy(context.choice.url);
    const database = await openServer({ ...context.choice, url: proxy.url });
    const store = corpusStore(database, { rebuild: false });
    await store.lock(["manual"], { exclusive: false });
    await store.prepare(IDENTITY);
    const next = (verdict: Verdict) => {
      let isNext = true;
      proxy.onCommit(() => {
        const fate = isNext ? verdict : "pass";
        isNext = false;
        return fate;
      });
    };
    const commits = async () => {
      const [row] = await context.query("select count(distinct xmin::text)::int as commits from chunks");
      return row?.commits;
    };
    return {
      store,
      next,
      commits,
      async [Symbol.asyncDispose]() {
        await database.close();
        await proxy[Symbol.asyncDispose]();
      },
    };
  };
  const documents = [written("u", ["a", "b"]), written("v", ["c"])];

  test("but which the server has carried out is not done again, and its counts are right", async () => {
    await using run = await proxied();
    run.next("lose");
    expect(await run.store.write(documents)).toEqual({ inserted: 3, updated: 0, kept: 0, removed: 0 });
    run.next("lose");
    expect(await run.store.removeDocuments("manual", ["u"])).toBe(2);
    run.next("lose");
    expect(await run.store.ensureVectorIndex()).toBe(true);
    expect(await context.query("select content from chunks")).toEqual([{ content: "c" }]);
    expect(await context.query("select 1 as built from pg_indexes where indexdef like '%hnsw%'")).toHaveLength(1);
  });

  test("because it never arrived is to be done again, under the same locks", async () => {
    await using run = await proxied();
    run.next("swallow");
    expect(await failureOf(run.store.write(documents))).toMatchObject({ decision: "retry", code: "database_lost" });
    expect(await context.query("select 1 from chunks")).toEqual([]);
    expect(await run.store.write(documents)).toEqual({ inserted: 3, updated: 0, kept: 0, removed: 0 });
    expect(await run.commits()).toBe(1);
    await using other = await openOther();
    expect(await failureOf(other.lock([{ name: "manual", shared: false }]))).toMatchObject({ code: "locked" });
  });

  const openOther = async () => {
    if (context.choice.kind !== "server") throw new Error("this lane is a server's");
    const database = await openServer(context.choice);
    return { lock: database.lock.bind(database), [Symbol.asyncDispose]: () => database.close() };
  };
});
