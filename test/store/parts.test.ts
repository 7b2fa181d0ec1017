import { expect, test } from "bun:test";
import { IngestError } from "../../src/flow/errors.ts";
import { isOfPart, type Part } from "../../src/parsers/part.ts";
import { corpusStore } from "../../src/store/corpus-store.ts";
import { openServer } from "../../src/store/driver/server.ts";
import { LOCK_SPACE, TURN_SPACE } from "../../src/store/driver/session-locks.ts";
import type { Store } from "../../src/store/store.ts";
import { IDENTITY, onLane, serverLane } from "../support/databases.ts";
import { hashOf, vectorOf, written } from "../support/documents.ts";
import { failureOf } from "../support/failure-of.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { queryLines } from "../support/lines.ts";
import { until } from "../support/until.ts";

const RACES = 20;
const MANUAL = ["manual"];
const [FIRST, SECOND]: [Part, Part] = [
  { index: 1, count: 2 },
  { index: 2, count: 2 },
];

/** A file of that part, whatever its number is. */
function fileOf(part: Part): string {
  for (let number = 0; ; number++) if (isOfPart(`${number}.md`, part)) return `${number}.md`;
}

onLane(serverLane, "runs of parts", (context) => {
  /** Another run, on connections of its own; with a clock that makes it give up at once. */
  const anotherRun = async () => {
    if (context.choice.kind !== "server") throw new Error("this lane is a server's");
    const database = await openServer(context.choice, new FakeClock());
    return {
      store: corpusStore(database, { rebuild: false }),
      database,
      [Symbol.asyncDispose]: () => database.close(),
    };
  };
  const lock = (store: Store, part?: Part) => store.lock(MANUAL, { exclusive: false, part });
  /** Resolves when no run has a lock: a server frees those of a connection some time after it was closed. */
  const released = () => {
    const held = `
      select count(*)::text as line from pg_locks
      where locktype = 'advisory' and classid::bigint = ${LOCK_SPACE}
        and database = (select oid from pg_database where datname = current_database())`;
    return until(() => context.database.begin(async (tx) => JSON.stringify(await queryLines(tx, held)) === '["0"]'));
  };
  const prepared = async (part: Part) => {
    const run = await anotherRun();
    await lock(run.store, part);
    await run.store.prepare(IDENTITY);
    return run;
  };

  test("parts of as many go side by side; who leaves last is told so", async () => {
    await using one = await anotherRun();
    await using two = await anotherRun();
    await lock(one.store, FIRST);
    await lock(two.store, SECOND);
    expect(await one.store.leave()).toBe(true);
    expect(await two.store.leave()).toBe(false);
    // What was given back is free.
    await using whole = await anotherRun();
    await lock(whole.store);
  });

  test("a part whose connection is lost before it leaves finds out on the next one who is left", async () => {
    await using one = await prepared(FIRST);
    await using two = await anotherRun();
    await two.store.lock(MANUAL, { exclusive: false, part: SECOND });
    const [pid = ""] = await one.database.begin((tx) => queryLines(tx, "select pg_backend_pid()::text as line"));
    await context.query(`select pg_terminate_backend(${pid}, 5000)`);
    expect(await failureOf(one.store.leave())).toMatchObject({ decision: "retry" });
    expect(await one.store.leave()).toBe(true);
    expect(await two.store.leave()).toBe(false);
  });

  test("of two that leave at once, one is told that it is the last, or both are", async () => {
    for (let race = 0; race < RACES; race++) {
      await released();
      await using one = await anotherRun();
      await using two = await anotherRun();
      await Promise.all([lock(one.store, FIRST), lock(two.store, SECOND)]);
      expect(await Promise.all([one.store.leave(), two.store.leave()])).toContain(false);
    }
  });

  test("of parts of two numbers that begin at once, those of one number get ahead", async () => {
    for (let race = 0; race < RACES; race++) {
      await released();
      await using one = await anotherRun();
      await using two = await anotherRun();
      const parts = [FIRST, { index: 3, count: 3 }];
      const [first, other] = await Promise.allSettled([lock(one.store, parts[0]), lock(two.store, parts[1])]);
      expect([first.status, other.status].toSorted()).toEqual(["fulfilled", "rejected"]);
    }
  });

  test("those who look whom they share a source with take turns, for another may come between a look and a lock", async () => {
    await using run = await anotherRun();
    const waiting = `
      select count(*)::int as count from pg_locks
      where locktype = 'advisory' and not granted and classid::bigint = ${TURN_SPACE}
        and database = (select oid from pg_database where datname = current_database())`;
    let locked: Promise<void> | undefined;
    await context.database.begin(async (tx) => {
      await queryLines(tx, `select pg_advisory_xact_lock(${TURN_SPACE}, 0)::text as line`);
      locked = lock(run.store, FIRST);
      await until(
        async () => JSON.stringify(await queryLines(tx, `select count::text as line from (${waiting}) w`)) === '["1"]',
      );
    });
    await locked;
  });

  test("a part that is away is overtaken by itself, by the whole source and by parts of another number, and by no other part", async () => {
    const cases: [Part | undefined, boolean][] = [
      [FIRST, true],
      [undefined, true],
      [{ index: 3, count: 3 }, true],
      [SECOND, false],
    ];
    for (const [part, isOvertaken] of cases) {
      await released();
      await context.query("drop table if exists chunks, ingest_documents, ingest_meta");
      await using one = await prepared(FIRST);
      const [pid = ""] = await one.database.begin((tx) => queryLines(tx, "select pg_backend_pid()::text as line"));
      await context.query(`select pg_terminate_backend(${pid})`);
      await using two = await anotherRun();
      await two.store.lock(MANUAL, { exclusive: false, part });
      await two.store.prepare(IDENTITY);
      await two.database.close();
      await released();
      const write = async (): Promise<unknown> => one.store.write([written("u", ["a"])]);
      const lost = await failureOf(write());
      expect(lost).toMatchObject({ code: "database_lost" });
      const outcome = await write().catch((error: unknown) => (error instanceof IngestError ? error.code : error));
      if (isOvertaken) expect(outcome).toBe("overtaken");
      else expect(outcome).toMatchObject({ inserted: 1 });
    }
  });

  test("a whole run forgets who wrote the parts, and parts those of another number", async () => {
    const signed = () =>
      context.query("select key from ingest_meta where key like '%writer:%' order by key").then((rows) => rows.flat());
    const keys = async (part?: Part) => {
      await released();
      await using run = await anotherRun();
      await lock(run.store, part);
      await run.store.prepare(IDENTITY);
      return JSON.stringify(await signed());
    };
    await keys(FIRST);
    expect(await keys(SECOND)).toContain("part-writer:1/2:manual");
    expect(await keys({ index: 1, count: 3 })).not.toContain("/2:manual");
    expect(await keys()).not.toContain("part-writer");
  });

  test("what a part removes is what still comes from its files", async () => {
    const [mine, others] = [fileOf(FIRST), fileOf(SECOND)];
    await using one = await prepared(FIRST);
    await one.store.write([
      written("moved", ["a"], { input: { path: mine } }),
      written("gone", ["b"], { input: { path: mine } }),
    ]);
    await using two = await prepared(SECOND);
    // The same address, from a file of the other part by now.
    await two.store.write([written("moved", ["a"], { input: { path: others } })]);
    expect(await one.store.removeDocuments("manual", ["moved", "gone"], FIRST)).toBe(1);
    expect(await context.query("select source_url from chunks")).toEqual([{ source_url: "moved" }]);
  });

  test("what an address has that is taken over lends its vectors, and is no row to be kept", async () => {
    await using one = await prepared(FIRST);
    await one.store.write([written("moved", ["a", "b"])]);
    await using two = await prepared(SECOND);
    const asked = { sourceUrl: "moved", hashes: [hashOf("a")] };
    const known = await two.store.known("manual", [{ ...asked, takesOver: true }]);
    expect(known.own).toEqual(new Map());
    expect(known.vectors).toEqual(new Map([[hashOf("a"), vectorOf("a")]]));
    // So it does no harm that the other part removes it before it is written.
    await one.store.removeDocuments("manual", ["moved"], undefined);
    expect(await two.store.write([written("moved", ["a"])])).toMatchObject({ inserted: 1 });
    expect((await two.store.known("manual", [asked])).own).toEqual(new Map([["moved", new Set([hashOf("a")])]]));
  });
});
