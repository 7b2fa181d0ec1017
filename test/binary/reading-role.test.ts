import { describe, expect } from "bun:test";
import { contentsScene } from "../support/contents-scene.ts";
import { run, serverTest, testDatabase } from "../support/executable.ts";
import { guestIn } from "../support/guest.ts";

const TABLES = ["chunks", "ingest_documents", "ingest_meta", "ingest_runs"];
const READING = [
  ["status"],
  ["ls"],
  ["ls", "docs"],
  ["show", "docs://one.md"],
  ["report"],
  ["search", "channels", "-q"],
  ["search", "channels", "--mode", "text"],
];
/** Times of day, and how long ago. */
const untimed = (text: string) => text.replace(/\d+(\.\d+)? (s|min) ago/g, "AGO");

async function scene() {
  const database = await testDatabase();
  const corpus = contentsScene(database.url, { docs: ["one", "two"], other: ["one"] });
  await corpus.ingest();
  const guest = await guestIn(database);
  return {
    database,
    guest,
    /** As the user that made it, and as one that may only read. */
    asOwner: (args: readonly string[]) => corpus.call(...args),
    asGuest: (args: readonly string[]) => run([...args, "--database-url", guest.url], { cwd: corpus.path }),
    async grant(tables: readonly string[]) {
      const all = TABLES.join(", ");
      await database.sql.unsafe(`revoke all on ${all} from ${guest.role}`);
      await database.sql.unsafe(`grant select on ${tables.join(", ")} to ${guest.role}`);
    },
    /** Runs what a command says is to be run in psql. */
    async paste(text: string) {
      const statements = text.match(/\bGRANT [^;]*;/g) ?? [];
      expect(statements).not.toEqual([]);
      for (const statement of statements) await database.sql.unsafe(statement);
      return statements;
    },
    async [Symbol.asyncDispose]() {
      await guest[Symbol.asyncDispose]();
      corpus[Symbol.dispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

describe("a database user that may only read", () => {
  serverTest("sees what its owner sees, by every command that reads", async () => {
    await using own = await scene();
    await own.grant(TABLES);
    for (const args of READING) {
      const [wanted, seen] = [await own.asOwner(args), await own.asGuest(args)];
      expect(wanted.exitCode).toBe(0);
      const of = (text: string) => untimed(text).replaceAll(own.guest.url, own.database.url);
      expect([args, seen.exitCode, of(seen.stdout), seen.stderr]).toEqual([args, 0, of(wanted.stdout), ""]);
    }
  });

  serverTest("is told which right it lacks on which table, and pasting that mends it", async () => {
    await using own = await scene();
    for (const table of TABLES) {
      for (const args of READING) {
        await own.grant(TABLES.filter((other) => other !== table));
        const refused = await own.asGuest(args);
        const asksFor = `GRANT SELECT ON TABLE public.${table} TO ${own.guest.role};`;
        // What is missing is on record of runs only, which the rest does without.
        const isToldOf = `${refused.stdout}${refused.stderr}`.includes("GRANT ");
        expect([table, args, refused.exitCode]).toEqual([table, args, table !== "ingest_runs" && isToldOf ? 2 : 0]);
        if (!isToldOf) continue;
        expect(await own.paste(`${refused.stdout}${refused.stderr}`)).toEqual([asksFor]);
        const mended = await own.asGuest(args);
        expect([table, args, mended.exitCode]).toEqual([table, args, 0]);
        expect(`${mended.stdout}${mended.stderr}`).not.toMatch(/GRANT|denied|may not/);
      }
    }
  });

  serverTest("knows from status that there is a record of runs", async () => {
    await using own = await scene();
    await own.grant(TABLES.filter((table) => table !== "ingest_runs"));
    const { stdout } = await own.asGuest(["status"]);
    expect(stdout).toMatch(/^last run: not known/m);
    expect(stdout).toMatch(/may not read that; in psql, as the owner or a superuser:\n {2}GRANT SELECT ON .*;$/m);
    await own.paste(stdout);
    expect((await own.asGuest(["status"])).stdout).toMatch(/^last run: \d+ \w+ ago/m);
  });
});
