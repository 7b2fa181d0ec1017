import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { POSTGRES_MAJOR } from "../../src/store/driver/embedded-directory.ts";
import { sql } from "../../src/store/driver/sql.ts";
import { openStore } from "../../src/store/open-store.ts";
import { embeddedChoice, embeddedLane, IDENTITY, onLane } from "../support/databases.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { failureOf } from "../support/failure-of.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { written } from "../support/documents.ts";
import { startHolder } from "./holder.ts";

const POLL_MS = 5;
/** Of a machine that is busy with other tests. */
const INITDB_MS_MAX = 60_000;

/** A database of its own for one test. */
async function ownDatabase() {
  const { choice, drop } = await embeddedLane.create();
  return { choice, [Symbol.asyncDispose]: drop };
}

describe("the embedded database", () => {
  test("makes nothing on disk before it is prepared", async () => {
    using directory = temporaryDirectory();
    const choice = embeddedChoice(join(directory.path, "below", "corpus"));
    const store = await openStore(choice);
    await store.inspect();
    await store.lock(["manual"], { exclusive: false });
    await store.loadSource("manual");
    await store.known("manual", [{ sourceUrl: "u", hashes: ["x"] }]);
    expect(await failureOf(store.search({ text: "x", vector: new Float32Array(4), limit: 1 }))).toMatchObject({
      decision: "fatal",
      code: "no_corpus",
    });
    await store.close();
    expect(await readdir(directory.path)).toEqual([]);
  });

  test("admits one process: a second one is told who has it, and gets in when that one was killed", async () => {
    await using database = await ownDatabase();
    const holder = startHolder(database.choice);
    await holder.printed("holding");
    const clock = new FakeClock();
    const failure = await failureOf(openStore(database.choice, { clock }));
    expect(failure).toMatchObject({ decision: "fatal", code: "locked" });
    expect(failure.message).toMatch(
      new RegExp(`in use by another run: pid ${holder.pid} on ${hostname()} since \\d{4}-`),
    );
    expect(clock.now()).toBe(2_000);
    await holder.kill();
    const store = await openStore(database.choice, { clock });
    expect((await store.inspect()).identity).toEqual(IDENTITY);
    await store.close();
  });

  test("admits one store of this process, too, and the next one after close", async () => {
    await using database = await ownDatabase();
    const first = await openStore(database.choice);
    const failure = await failureOf(openStore(database.choice, { clock: new FakeClock() }));
    expect(failure.message).toContain(`pid ${process.pid}`);
    await first.close();
    await (await openStore(database.choice)).close();
    expect((await readdir(database.choice.directory)).sort()).toEqual(["data", "lock.db"]);
  });

  test(
    "that was moved away is given up: what was made in its place meanwhile stays whole",
    async () => {
      await using database = await ownDatabase();
      const { directory } = database.choice;
      const moved = await openStore(database.choice);
      await moved.prepare(IDENTITY);
      await moved.write([written("u", ["a"])]);
      expect(moved.isWanted()).toBe(false);
      await rename(directory, `${directory}.moved`);
      expect(moved.isWanted()).toBe(true);
      const next = await openStore(database.choice);
      await next.prepare(IDENTITY);
      await next.write([written("v", ["b", "c"])]);
      await next.close();
      const own = await readdir(directory);
      for (const asked of [moved.write([written("w", ["d"])]), moved.documentCounts()]) {
        const failure = await failureOf(asked);
        expect(failure).toMatchObject({ decision: "fatal", code: "database_missing" });
        expect(failure.message).toContain(`${directory} was removed or moved away`);
      }
      await moved.close();
      expect(await readdir(directory)).toEqual(own);
      const last = await openStore(database.choice);
      expect([...(await last.loadSource("manual")).documents.keys()]).toEqual(["v"]);
      await last.close();
      await rm(`${directory}.moved`, { recursive: true });
    },
    INITDB_MS_MAX,
  );

  test(
    "that another run has made since this one looked is not written to: what it holds was never compared",
    async () => {
      using directory = temporaryDirectory();
      const choice = embeddedChoice(join(directory.path, "corpus"));
      const late = await openStore(choice);
      expect((await late.loadSource("manual")).documents.size).toBe(0);
      const first = await openStore(choice);
      await first.prepare(IDENTITY);
      await first.write([written("u", ["a"])]);
      await first.close();
      const failure = await failureOf(late.prepare(IDENTITY));
      expect(failure).toMatchObject({ decision: "fatal", code: "locked" });
      expect(failure.message).toContain("was made by another run meanwhile");
      await late.close();
      const next = await openStore(choice);
      expect((await next.loadSource("manual")).documents.size).toBe(1);
      await next.close();
    },
    INITDB_MS_MAX,
  );

  test("keeps every acknowledged commit through kill -9", async () => {
    await using database = await ownDatabase();
    const holder = startHolder(database.choice, 1_000);
    await holder.printed("20");
    await holder.kill();
    const acknowledged = holder.lines.length;
    const store = await openStore(database.choice);
    const { documents } = await store.loadSource("manual");
    expect(documents.size).toBeGreaterThanOrEqual(acknowledged);
    for (let index = 0; index < acknowledged; index++) expect(documents.has(`u${index}`)).toBe(true);
    await store.close();
  });

  test(
    "whose making was killed is made anew by the next run",
    async () => {
      using directory = temporaryDirectory();
      const choice = embeddedChoice(join(directory.path, "corpus"));
      const making = startHolder(choice);
      while (!existsSync(join(choice.directory, "data.new", "PG_VERSION"))) await Bun.sleep(POLL_MS);
      await making.kill();
      expect(existsSync(join(choice.directory, "data"))).toBe(false);
      const store = await openStore(choice);
      expect((await store.inspect()).kind).toBe("none");
      await store.prepare(IDENTITY);
      await store.write([written("u", ["a"])]);
      await store.close();
      expect((await readdir(choice.directory)).sort()).toEqual(["data", "lock.db"]);
    },
    INITDB_MS_MAX,
  );

  const unusable = [
    { reason: "it is a file", make: (path: string) => writeFile(path, "") },
    {
      reason: "it holds other files, such as thesis.md",
      make: async (path: string) => {
        await mkdir(path);
        await writeFile(join(path, "thesis.md"), "");
      },
    },
    {
      reason: 'its folder "data" is no PostgreSQL database',
      make: async (path: string) => {
        await mkdir(join(path, "data"), { recursive: true });
        await writeFile(join(path, "data", "numbers.csv"), "");
      },
    },
    {
      reason: "it was made by PostgreSQL 16, and this program holds PostgreSQL 18",
      make: async (path: string) => {
        await mkdir(join(path, "data"), { recursive: true });
        await writeFile(join(path, "data", "PG_VERSION"), "16\n");
      },
    },
  ];
  for (const { reason, make } of unusable) {
    test(`is refused, and left alone, because ${reason}`, async () => {
      using directory = temporaryDirectory();
      const path = join(directory.path, "corpus");
      await make(path);
      const before = (await readdir(directory.path, { recursive: true })).sort();
      const failure = await failureOf(openStore(embeddedChoice(path)));
      expect(failure).toMatchObject({ decision: "fatal", code: "not_a_database" });
      expect(failure.message).toContain(reason);
      expect((await readdir(directory.path, { recursive: true })).sort()).toEqual(before);
    });
  }

  test("has buffers for what is stored, and no more than that", async () => {
    await using database = await ownDatabase();
    const buffers = async () => {
      const opened = await embeddedLane.open(database.choice);
      const [row] = await opened.query(sql`select current_setting('shared_buffers') as buffers`);
      await opened.close();
      return String(row?.buffers);
    };
    expect(await buffers()).toBe("16MB");
    await writeFile(join(database.choice.directory, "data", "base", "5", "a-table"), Buffer.alloc(60_000_000));
    expect(await buffers()).toMatch(/^[67]\dMB$/);
    await writeFile(join(database.choice.directory, "data", "base", "5", "a-table"), Buffer.alloc(200_000_000));
    expect(await buffers()).toBe("128MB");
  });

  test("that is damaged is named, and its lock freed", async () => {
    await using database = await ownDatabase();
    await writeFile(join(database.choice.directory, "data", "global", "pg_control"), "garbage");
    const failure = await failureOf(openStore(database.choice));
    expect(failure).toMatchObject({ decision: "fatal", code: "database_unreachable" });
    expect(failure.message).toContain(database.choice.directory);
    expect((await failureOf(openStore(database.choice))).code).toBe("database_unreachable");
  });
});

onLane(embeddedLane, "PGlite", ({ query }) => {
  test("is of the PostgreSQL version that directories are checked for", async () => {
    const [row] = await query("select current_setting('server_version_num')::int / 10000 as number");
    expect(String(row?.number)).toBe(POSTGRES_MAJOR);
  });

  test("has a pgvector without the bug of parallel builds, or builds serially", async () => {
    expect(await query("select current_setting('max_parallel_maintenance_workers') as workers")).toEqual([
      { workers: "0" },
    ]);
  });
});
