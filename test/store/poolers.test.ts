import { expect, test } from "bun:test";
import { SQL } from "bun";
import { corpusStore } from "../../src/store/corpus-store.ts";
import { openServer } from "../../src/store/driver/server.ts";
import { constant } from "../../src/store/driver/sql.ts";
import { onLane, serverLane, type StoreTest } from "../support/databases.ts";
import { failureOf } from "../support/failure-of.ts";
import { queryLines } from "../support/lines.ts";
import { vectorOf, written } from "../support/documents.ts";
import { startBalancer } from "./refusing-server.ts";
import { type Installed, installed, knowsPrepared, poolersSkipped, startPgBouncer } from "../support/pgbouncer.ts";

const SHARED = { exclusive: false };
/** Clients that make the pool busy, and how many servers they share. */
const BUSY_CLIENTS = 6;

type Settings = Readonly<Record<string, string | number>>;

/** What a server hands from client to client, in every way that may hide it. */
const SHARING: readonly (Settings & { readonly name: string })[] = [
  { name: "transaction", pool_mode: "transaction" },
  { name: "transaction, one server", pool_mode: "transaction", default_pool_size: 1 },
  { name: "transaction, in turns", pool_mode: "transaction", server_round_robin: 1, min_pool_size: 4 },
  { name: "transaction, reset after each", pool_mode: "transaction", server_reset_query_always: 1, min_pool_size: 3 },
  { name: "statement", pool_mode: "statement" },
];

for (const one of installed) {
  onPooler(one, (context) => {
    const through = async (settings: Settings) => {
      if (context.choice.kind !== "server") throw new Error("this lane is a server's");
      const pooler = await startPgBouncer(one, context.choice.url, settings);
      const database = await openServer({ ...context.choice, url: pooler.url });
      return {
        database,
        url: pooler.url,
        store: corpusStore(database, { rebuild: false }),
        async [Symbol.asyncDispose]() {
          await database.close();
          await pooler[Symbol.asyncDispose]();
        },
      };
    };
    /** What sessions of the pooler have of a client that is gone. */
    const left = async () => ({
      locks: await queryLines(
        context.database,
        `select l.objid::text as line from pg_locks l where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())`,
      ),
      tables: await queryLines(
        context.database,
        "select relname::text as line from pg_class where relname ~ '^chunks'",
      ),
    });

    const prepared = knowsPrepared(one) ? [{ max_prepared_statements: 0 }, {}] : [{}];
    for (const { name, ...settings } of SHARING) {
      for (const more of prepared) {
        test(`${name} ${JSON.stringify(more)}: no run begins, and nothing of it stays`, async () => {
          await using run = await through({ ...settings, ...more });
          const failure = await failureOf(run.store.lock(["manual"], SHARED));
          expect(failure).toMatchObject({ decision: "fatal", code: "database_pooler" });
          expect(failure.message).toContain("hands its sessions from client to client");
          expect(failure.hint).toContain("pool_mode=session");
          expect(await left()).toEqual({ locks: [], tables: [] });
          await using other = new SQL(run.url, { max: 1, prepare: false });
          const settingsLeft =
            "select name, setting from pg_settings where source = 'session' and name <> 'application_name'";
          expect([...(await other.unsafe(settingsLeft))]).toEqual([]);
          expect([...(await other.unsafe("select statement from pg_prepared_statements"))]).toEqual([]);
        });
      }
    }

    test("behind a balancer, a client a process, is found out all the same", async () => {
      if (context.choice.kind !== "server") throw new Error("this lane is a server's");
      const mode = { pool_mode: "transaction" };
      await using first = await startPgBouncer(one, context.choice.url, mode);
      await using second = await startPgBouncer(one, context.choice.url, mode);
      await using balancer = await startBalancer([first.url, second.url]);
      const database = await openServer({ ...context.choice, url: balancer.url });
      const store = corpusStore(database, { rebuild: false });
      expect(await failureOf(store.lock(["manual"], SHARED))).toMatchObject({ code: "database_pooler" });
      await database.close();
    });

    test("of more processes than a run has connections may pass, and nothing of it stays", async () => {
      if (context.choice.kind !== "server") throw new Error("this lane is a server's");
      const mode = { pool_mode: "transaction", default_pool_size: 1 };
      await using first = await startPgBouncer(one, context.choice.url, mode);
      await using second = await startPgBouncer(one, context.choice.url, mode);
      await using third = await startPgBouncer(one, context.choice.url, mode);
      await using balancer = await startBalancer([first.url, second.url, third.url]);
      const database = await openServer({ ...context.choice, url: balancer.url });
      await corpusStore(database, { rebuild: false }).lock(["manual"], SHARED);
      await database.close();
      expect(await left()).toEqual({ locks: [], tables: [] });
      for (const { url } of [first, second, third]) {
        await using other = new SQL(url, { max: 1, prepare: false });
        const kept = "select name, setting from pg_settings where source = 'session' and name <> 'application_name'";
        expect([...(await other.unsafe(kept))]).toEqual([]);
      }
    });

    test("that others keep busy is found out all the same", async () => {
      await using run = await through({ pool_mode: "transaction", default_pool_size: BUSY_CLIENTS / 2 });
      const others = new SQL(run.url, { max: BUSY_CLIENTS, prepare: false });
      let isOver = false;
      const busy = Array.from({ length: BUSY_CLIENTS }, async () => {
        while (!isOver) await others.unsafe("select pg_sleep(0.002 * random())");
      });
      try {
        for (let again = 0; again < 10; again++) {
          expect(await failureOf(run.store.lock(["manual"], SHARED))).toMatchObject({ code: "database_pooler" });
        }
        expect(await left()).toEqual({ locks: [], tables: [] });
      } finally {
        isOver = true;
        await Promise.all(busy);
        await others.close();
      }
    });

    test("with sessions of their own serves a run, and its locks hold", async () => {
      await using run = await through({ pool_mode: "session" });
      await using second = await through({ pool_mode: "session" });
      await run.store.lock(["manual"], SHARED);
      await run.store.prepare({ provider: "lexical", model: "a-model", dimensions: 4 });
      expect(await run.store.write([written("u", ["a", "b"])])).toMatchObject({ inserted: 2 });
      expect(await failureOf(second.store.lock(["manual"], SHARED))).toMatchObject({ code: "locked" });
      await run.database.close();
      await second.store.lock(["manual"], SHARED);
    });

    test("with fewer sessions than a run would like serves it with those it has", async () => {
      await using run = await through({ pool_mode: "session", default_pool_size: 2 });
      await run.store.lock(["manual"], SHARED);
      await run.store.prepare({ provider: "lexical", model: "a-model", dimensions: 4 });
      expect(await run.store.write([written("u", ["a", "b"])])).toMatchObject({ inserted: 2 });
    });

    test("sharing sessions serves readers side by side, and keeps nothing of them", async () => {
      const corpus = await context.prepared();
      await corpus.write([written("u", ["a", "b", "c"])]);
      for (const more of prepared) {
        await using reader = await through({ pool_mode: "transaction", default_pool_size: 1, ...more });
        await using another = await through({ pool_mode: "transaction", default_pool_size: 1, ...more });
        const search = { text: "a", vector: vectorOf("a"), limit: 3, generation: undefined, source: undefined };
        const found = await Promise.all(
          Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? reader : another).store.search(search)),
        );
        expect(found.map((hits) => hits.length)).toEqual(found.map(() => 3));
        expect((await reader.store.statistics()).chunks).toBe(3);
        const kept = `select name as line from pg_settings where source = 'session' and name <> 'application_name'
          union all select statement from pg_prepared_statements`;
        for (const { database } of [reader, another]) expect(await queryLines(database, kept)).toEqual([]);
      }
    });

    test("whose statements are shared says so to a search", async () => {
      const corpus = await context.prepared();
      await corpus.write([written("u", ["a"])]);
      await using reader = await through({ pool_mode: "statement" });
      const search = { text: "a", vector: vectorOf("a"), limit: 3, generation: undefined, source: undefined };
      expect(await failureOf(reader.store.search(search))).toMatchObject({ code: "database_pooler" });
      expect(await reader.database.query(constant("select 1 as one"))).toEqual([{ one: 1 }]);
    });
  });
}

function onPooler(one: Installed, define: (context: StoreTest) => void): void {
  const skipped = poolersSkipped;
  onLane({ ...serverLane, skipped }, `behind PgBouncer ${one.version}`, define);
}
if (installed.length === 0) test.skip(`behind PgBouncer (${poolersSkipped})`, () => {});
