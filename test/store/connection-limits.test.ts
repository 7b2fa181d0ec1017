import { expect, test } from "bun:test";
import { openServer } from "../../src/store/driver/server.ts";
import { openStore } from "../../src/store/open-store.ts";
import { constant } from "../../src/store/driver/sql.ts";
import { onLane, serverLane } from "../support/databases.ts";
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
    const store = await openStore(guest.choice, { readsOnly: true });
    expect(await store.inspect()).toMatchObject({ kind: "none" });
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
    test(`is waited for, and named, when it has ${left} left in the middle of a run`, async () => {
      await using guest = await guestOf(context);
      await allow(guest.role);
      await using scene = new Scene(context.database, guest.choice);
      scene.write(CORPUS);
      let probes = 0;
      let limited = false;
      const { exitCode, events } = await scene.run({
        sources: ["docs"],
        at: async (call) => {
          if (!limited && call.kind === "commit") {
            limited = true;
            await context.query(`alter role ${guest.role} connection limit ${left}`);
            const mine = left === 0 ? "" : "and pid in (select pid from pg_locks where locktype = 'advisory')";
            await context.query(
              `select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = '${guest.role}' ${mine}`,
            );
          }
          if (limited && call.kind === "sql" && ++probes === 6)
            await context.query(`alter role ${guest.role} connection limit 5`);
        },
      });
      expect(events.filter(({ type }) => type === "outage")).not.toEqual([]);
      expect(JSON.stringify(events)).toContain("too many connections for role");
      expect(exitCode).toBe(0);
      expect(await scene.chunks()).toHaveLength(3);
    });

    test(`ends a run with what it has when it goes on having ${left}`, async () => {
      await using guest = await guestOf(context);
      await allow(guest.role);
      await using scene = new Scene(context.database, guest.choice);
      scene.write(CORPUS);
      let limited = false;
      const { exitCode, events } = await scene.run({
        sources: ["docs"],
        at: async (call) => {
          if (limited || call.kind !== "commit") return;
          limited = true;
          await context.query(`alter role ${guest.role} connection limit ${left}`);
          const mine = left === 0 ? "" : "and pid in (select pid from pg_locks where locktype = 'advisory')";
          await context.query(
            `select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = '${guest.role}' ${mine}`,
          );
        },
      });
      expect(exitCode).toBe(1);
      expect(events.filter(({ type }) => type === "error")).toMatchObject([
        { message: expect.stringContaining("too many connections for role") },
      ]);
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
