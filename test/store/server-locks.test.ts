import { expect, test } from "bun:test";
import { hostname } from "node:os";
import { type Clock, systemClock } from "../../src/flow/clock.ts";
import { IngestError } from "../../src/flow/errors.ts";
import { corpusStore } from "../../src/store/corpus-store.ts";
import { openServer } from "../../src/store/driver/server.ts";
import { IDENTITY, onLane, serverLane } from "../support/databases.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { failureOf } from "../support/failure-of.ts";
import { written } from "../support/documents.ts";
import { startHolder } from "./holder.ts";
import { queryLines } from "../support/lines.ts";

const MANUAL = ["manual"];
const SHARED = { exclusive: false };
const EXCLUSIVE = { exclusive: true };

onLane(serverLane, "locks", (context) => {
  /** Another run, on connections of its own; with a clock that makes it give up at once. */
  const anotherRun = async ({
    clock = new FakeClock(),
    rebuild = false,
  }: { clock?: Clock; rebuild?: boolean } = {}) => {
    if (context.choice.kind !== "server") throw new Error("this lane is a server's");
    const database = await openServer(context.choice, clock);
    const store = corpusStore(database, { rebuild });
    return { store, database, [Symbol.asyncDispose]: () => database.close() };
  };
  const backend = async ({ database }: { database: { begin: typeof context.database.begin } }) => {
    const [pid = "0"] = await database.begin((tx) => queryLines(tx, "select pg_backend_pid()::text as line"));
    return pid;
  };

  test("a source that is being ingested is refused to a second run, which waits 2 s and names the first", async () => {
    const clock = new FakeClock();
    await using one = await anotherRun();
    await using two = await anotherRun({ clock });
    await one.store.lock(["other", "manual"], SHARED);
    const failure = await failureOf(two.store.lock(MANUAL, SHARED));
    expect(failure).toMatchObject({ decision: "fatal", code: "locked" });
    expect(failure.message).toMatch(
      new RegExp(
        `^source "manual" is being ingested in PostgreSQL .* by another run: pid ${process.pid} on ${hostname()} since \\d{4}-`,
      ),
    );
    // A machine that lost its power or its network cannot be stopped any more.
    expect(failure.hint).toContain(`select pg_terminate_backend(${await backend(one)})`);
    expect(clock.now()).toBe(2_000);
  });

  test("runs of different sources go side by side, and closing frees their locks", async () => {
    await using one = await anotherRun();
    await using two = await anotherRun();
    await one.store.lock(MANUAL, SHARED);
    await two.store.lock(["other"], SHARED);
    await one.store.close();
    await using three = await anotherRun({ clock: systemClock });
    await three.store.lock(MANUAL, SHARED);
  });

  test("a rebuild keeps every other run out, and waits for none", async () => {
    await using rebuild = await anotherRun();
    await using run = await anotherRun();
    await rebuild.store.lock(MANUAL, EXCLUSIVE);
    const refused = await failureOf(run.store.lock(["other"], SHARED));
    expect(refused.message).toStartWith("the corpus is being rebuilt in PostgreSQL");
    expect(refused.message).toContain(`pid ${process.pid}`);
    await rebuild.store.close();
    await using ingest = await anotherRun({ clock: systemClock });
    await ingest.store.lock(MANUAL, SHARED);
    await using late = await anotherRun();
    const late2 = await failureOf(late.store.lock(["blog", "manual"], EXCLUSIVE));
    expect(late2.message).toStartWith('source "manual" is being ingested in PostgreSQL');
  });

  test("kill -9 frees the locks of a run", async () => {
    const holder = startHolder(context.choice);
    await holder.printed("holding");
    await using run = await anotherRun();
    expect((await failureOf(run.store.lock(MANUAL, SHARED))).message).toContain(`pid ${holder.pid} on ${hostname()}`);
    await holder.kill();
    // The server needs a moment to notice; the lock is tried for 2 s.
    await using later = await anotherRun({ clock: systemClock });
    await later.store.lock(MANUAL, SHARED);
  });

  test("a run whose connection dies says so, takes its locks again, and goes on", async () => {
    await using run = await anotherRun();
    await run.store.lock(MANUAL, SHARED);
    await run.store.prepare(IDENTITY);
    await context.query(`select pg_terminate_backend(${await backend(run)})`);
    expect(await failureOf(run.store.write([written("u", ["a"])]))).toMatchObject({
      decision: "retry",
      code: "database_lost",
    });
    expect(await run.store.write([written("u", ["a"])])).toEqual({ inserted: 1, updated: 0, kept: 0, removed: 0 });
    await using other = await anotherRun();
    expect(await failureOf(other.store.lock(MANUAL, SHARED))).toMatchObject({ code: "locked" });
  });

  test("a run whose lock went to another while it was away writes nothing more", async () => {
    await using run = await anotherRun();
    await run.store.lock(MANUAL, SHARED);
    await run.store.prepare(IDENTITY);
    await context.query(`select pg_terminate_backend(${await backend(run)})`);
    await using other = await anotherRun();
    await other.store.lock(MANUAL, SHARED);
    expect(await failureOf(run.store.write([written("u", ["a"])]))).toMatchObject({ decision: "retry" });
    expect(await failureOf(run.store.write([written("u", ["a"])]))).toMatchObject({
      decision: "fatal",
      code: "locked",
    });
    expect(await failureOf(run.store.write([written("u", ["a"])]))).toMatchObject({
      decision: "fatal",
      code: "locked",
    });
    expect(await context.query("select 1 from chunks")).toEqual([]);
  });

  /** Two runs, the session of the first of which is lost. */
  const overtaken = async ({ rebuild = false, sources = MANUAL } = {}) => {
    // The server needs a moment to free the locks of a session that ended.
    const one = await anotherRun({ rebuild, clock: systemClock });
    const two = await anotherRun({ clock: systemClock });
    await one.store.lock(sources, { exclusive: rebuild });
    const lose = async () => void (await context.query(`select pg_terminate_backend(${await backend(one)})`));
    return {
      one: one.store,
      two: two.store,
      lose,
      /** The second run, which finds the lock free and stores another version of "u" in its source. */
      async overtake(source: string) {
        await two.store.lock([source], SHARED);
        await two.store.prepare(IDENTITY);
        await two.store.write([written("u", ["of the second run"], { source })]);
        await two.database.close();
      },
      async [Symbol.asyncDispose]() {
        await one.database.close();
        await two.database.close();
      },
    };
  };
  const contents = () => queryLines(context.database, "select content as line from chunks order by 1");
  /** Asks until the answer is not that the connection was lost. */
  const again = async <Result>(ask: () => Promise<Result>): Promise<Result> => {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof IngestError) || error.code !== "database_lost") throw error;
      }
    }
  };
  const OVERTAKEN = { decision: "fatal", code: "overtaken" };

  test("what a run read before its session was lost is not written over what another run stored meanwhile", async () => {
    await using runs = await overtaken();
    await runs.one.prepare(IDENTITY);
    await runs.one.write([written("u", ["a"]), written("v", ["b"])]);
    await runs.lose();
    await runs.overtake("manual");
    const failure = await failureOf(again(() => runs.one.write([written("u", ["a", "c"])])));
    expect(failure).toMatchObject(OVERTAKEN);
    expect(failure.message).toStartWith('another run wrote source "manual" in PostgreSQL');
    expect(failure.hint).toContain("run again");
    expect(await failureOf(again(() => runs.one.removeDocuments("manual", ["v"])))).toMatchObject(OVERTAKEN);
    expect(await contents()).toEqual(["b", "of the second run"]);
  });

  test("nor when it had not written yet", async () => {
    await using runs = await overtaken();
    await runs.lose();
    await runs.overtake("manual");
    expect(await failureOf(again(() => runs.one.prepare(IDENTITY)))).toMatchObject(OVERTAKEN);
    expect(await contents()).toEqual(["of the second run"]);
  });

  test("nor when the other run was a rebuild", async () => {
    await using runs = await overtaken();
    await runs.one.prepare(IDENTITY);
    await runs.lose();
    await using rebuild = await anotherRun({ rebuild: true, clock: systemClock });
    await rebuild.store.lock(["other"], EXCLUSIVE);
    await rebuild.store.prepare(IDENTITY);
    await rebuild.store.write([written("w", ["rebuilt"], { source: "other" })]);
    await rebuild.store.swap({ sources: ["other"], documents: [], inputs: [] });
    await rebuild.store.close();
    expect(await failureOf(again(() => runs.one.write([written("u", ["a"])])))).toMatchObject(OVERTAKEN);
    expect(await contents()).toEqual(["rebuilt"]);
  });

  test("nor is a rebuild swapped in over what another run stored meanwhile, of whatever source", async () => {
    await using runs = await overtaken({ rebuild: true });
    await runs.one.prepare(IDENTITY);
    await runs.one.write([written("u", ["rebuilt"])]);
    await runs.lose();
    await runs.overtake("other");
    expect(await failureOf(again(() => runs.one.swap({ sources: MANUAL, documents: [], inputs: [] })))).toMatchObject(
      OVERTAKEN,
    );
    expect(await contents()).toEqual(["of the second run"]);
  });

  test("but a run goes on when others wrote other sources, or nothing", async () => {
    await using runs = await overtaken();
    await runs.one.prepare(IDENTITY);
    await runs.lose();
    await using idle = await anotherRun({ clock: systemClock });
    await idle.store.lock(MANUAL, SHARED);
    await idle.store.close();
    await runs.overtake("other");
    expect(await again(() => runs.one.write([written("u", ["a"])]))).toMatchObject({ inserted: 1 });
    expect(await contents()).toEqual(["a", "of the second run"]);
  });

  test("two runs that begin at the same time make the tables once", async () => {
    await using one = await anotherRun();
    await using two = await anotherRun();
    await Promise.all([one.store.prepare(IDENTITY), two.store.prepare(IDENTITY)]);
    expect((await one.store.inspect()).identity).toEqual(IDENTITY);
  });
});
