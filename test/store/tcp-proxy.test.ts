import { expect } from "bun:test";
import { SQL } from "bun";
import { serverTest, testDatabase } from "../support/executable.ts";
import { startProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";

serverTest("a proxy loses the answer to a COMMIT that the server has carried out, and swallows another", async () => {
  await using database = await testDatabase();
  await using proxy = await startProxy(database.url);
  await database.sql.unsafe("create table t (n int)");
  await using sql = new SQL(proxy.url, { max: 1 });
  const insert = (n: number) => sql.begin((tx) => tx.unsafe("insert into t values ($1::int)", [n]));
  const stored = async () =>
    [...(await database.sql.unsafe<{ n: number }[]>("select n from t order by 1"))].map(({ n }) => n);

  proxy.onCommit((commit) => (commit === 2 ? "lose" : commit === 3 ? "swallow" : "pass"));
  await insert(1);
  expect(await codeOf(insert(2))).toBe("ERR_POSTGRES_CONNECTION_CLOSED");
  expect(await stored()).toEqual([1, 2]);
  expect(await codeOf(insert(3))).toBe("ERR_POSTGRES_CONNECTION_CLOSED");
  await insert(4);
  expect(await stored()).toEqual([1, 2, 4]);
});

/** The code of the error a promise rejects with; undefined when it does not. */
async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
}

serverTest("a proxy breaks the connection in the middle of a statement, refuses, accepts again and holds", async () => {
  await using database = await testDatabase();
  await using proxy = await startProxy(database.url);
  await using sql = new SQL(proxy.url, { max: 1 });
  // Sent at once, not only when it is awaited.
  const one = () => sql.unsafe("select 1 as one").execute();
  await one();
  expect(proxy.connections).toBe(1);
  proxy.onStatement((text) => (text.includes("as one") ? "lose" : undefined));
  expect(await codeOf(one())).toBe("ERR_POSTGRES_CONNECTION_CLOSED");
  proxy.onStatement(() => undefined);
  await one();
  proxy.refuse();
  proxy.cut();
  expect(proxy.connections).toBe(0);
  await codeOf(one());
  expect(await codeOf(one())).toBe("ERR_POSTGRES_CONNECTION_REFUSED");
  await proxy.accept();
  proxy.hold();
  const held = one();
  await until(() => proxy.connections > 0);
  proxy.release();
  expect([...(await held)]).toEqual([{ one: 1 }]);
});
