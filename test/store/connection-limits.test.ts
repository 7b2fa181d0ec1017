import { expect, test } from "bun:test";
import { openServer } from "../../src/store/driver/server.ts";
import { openStore } from "../../src/store/open-store.ts";
import { constant } from "../../src/store/driver/sql.ts";
import { onLane, serverLane } from "../support/databases.ts";
import { vectorOf, written } from "../support/documents.ts";
import { failureOf } from "../support/failure-of.ts";
import { guestOf } from "../support/guest.ts";
import { Scene } from "../support/scene.ts";

const CORPUS = {
  "docs/a.md": "# A\n\nOne text.\n",
  "docs/b.md": "# B\n\nAnother one.\n",
  "docs/c.md": "# C\n\nMore.\n",
};

onLane(serverLane, "a server that has few connections left for us", (context) => {
  const allow = async (role: string) => {
    await context.query("create extension if not exists vector");
    await context.query(`grant create on schema public to ${role}`);
  };

  test.each([2, 3])("is enough for a run with %d", async (limit) => {
    await using guest = await guestOf(context, `connection limit ${limit}`);
    await allow(guest.role);
    await using scene = new Scene(context.database, guest.choice);
    scene.write(CORPUS);
    expect((await scene.run({ sources: ["docs"] })).exitCode).toBe(0);
    expect((await scene.run({ sources: ["docs"], args: ["--clean"] })).exitCode).toBe(0);
  });

  test("ends a run at its start with one connection, and says how many it needs; reading takes one", async () => {
    await using guest = await guestOf(context, "connection limit 1");
    await allow(guest.role);
    await using scene = new Scene(context.database, guest.choice);
    scene.write(CORPUS);
    const { exitCode, events } = await scene.run({ sources: ["docs"] });
    expect(exitCode).toBe(2);
    expect(events.at(-1)).toMatchObject({
      ...{
        type: "error",
        code: "database_busy",
        message: expect.stringContaining(`too many connections for role "${guest.role}"`),
      },
      hint: expect.stringContaining("a run needs 2 connections"),
    });
    await context.query(`select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = '${guest.role}'`);
    const store = await openStore(guest.choice, { readsOnly: true });
    expect(await store.inspect()).toMatchObject({ kind: "none" });
    await store.close();
  });

  test("answers a search and a report on one connection", async () => {
    const corpus = await context.prepared();
    await corpus.write([written("u", ["a", "b"])]);
    await using guest = await guestOf(context, "connection limit 1");
    await context.query(`grant select on all tables in schema public to ${guest.role}`);
    const store = await openStore(guest.choice, { readsOnly: true });
    const search = { text: "a", vector: vectorOf("a"), limit: 3, generation: undefined, source: undefined };
    expect(await Promise.all([store.search(search), store.statistics(), store.search(search)])).toMatchObject([
      { length: 2 },
      { chunks: 2 },
      { length: 2 },
    ]);
    await store.close();
  });

  test("ends everything at its start with none", async () => {
    await using guest = await guestOf(context, "connection limit 0");
    const failure = await failureOf(openStore(guest.choice));
    expect(failure).toMatchObject({ decision: "fatal", code: "database_unreachable" });
    expect(failure.message).toContain("too many connections for role");
    expect(failure.hint).toContain("a run needs 2 connections");
  });

  for (const left of [0, 1]) {
    test(`ends a run that it leaves ${left} in the middle, and that has waited for long enough`, async () => {
      await using guest = await guestOf(context);
      await allow(guest.role);
      await using scene = new Scene(context.database, guest.choice);
      scene.write(CORPUS);
      let requests = 0;
      const { exitCode, events } = await scene.run({
        ...{ sources: ["docs"], args: ["--sequential"] },
        at: async ({ kind }) => {
          // The first is the probe, before the tables are made.
          if (kind !== "embed" || ++requests !== 2) return;
          await context.query(`alter role ${guest.role} connection limit ${left}`);
          const lost = left === 0 ? "" : "and pid in (select pid from pg_locks where locktype = 'advisory')";
          await context.query(
            `select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = '${guest.role}' ${lost}`,
          );
        },
      });
      expect(exitCode).toBe(1);
      expect(events.filter(({ type }) => type === "error")).toMatchObject([
        { code: "database_busy", message: expect.stringContaining("too many connections for role") },
      ]);
      expect(await scene.chunks()).toEqual([]);
    });
  }

  test("answers again when it has one", async () => {
    await using guest = await guestOf(context, "connection limit 2");
    const database = await openServer(guest.choice);
    try {
      await database.lock([{ name: "a", shared: false }]);
      await context.query(`alter role ${guest.role} connection limit 0`);
      await context.query(
        `select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = '${guest.role}'`,
      );
      await failureOf(database.query(constant("select 1")));
      expect(await failureOf(database.query(constant("select 1")))).toMatchObject({
        decision: "retry",
        code: "database_busy",
      });
      await failureOf(database.begin(async () => {}));
      expect(await failureOf(database.begin(async () => {}))).toMatchObject({
        decision: "retry",
        code: "database_busy",
      });
      await context.query(`alter role ${guest.role} connection limit 2`);
      expect(await database.query(constant("select 1 as one"))).toEqual([{ one: 1 }]);
      await database.begin(async (tx) => void (await tx.query(constant("select 1"))));
    } finally {
      await database.close();
    }
  });
});
