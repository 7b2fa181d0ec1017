import { expect, test } from "bun:test";
import { SQL } from "bun";
import { openStore } from "../../src/store/open-store.ts";
import { onLane, serverLane } from "../support/databases.ts";
import { failureOf } from "../support/failure-of.ts";
import { guestOf } from "../support/guest.ts";
import { Scene } from "../support/scene.ts";

const SOURCES = { sources: ["docs"] };

onLane(serverLane, "a right that is missing", (context) => {
  /** Runs what a hint says is to be run, as a superuser in the same database. */
  async function paste(hint: unknown): Promise<string[]> {
    const statements = String(hint).match(/\b(?:GRANT|ALTER|CREATE) [^;]*;/g) ?? [];
    if (context.choice.kind !== "server") throw new Error("this lane is a server's");
    await using superuser = new SQL(context.choice.url, { max: 1 });
    for (const statement of statements) await superuser.unsafe(statement);
    return statements;
  }

  type Case = {
    readonly what: string;
    /** What a superuser does first; `$role` is ours, `$owner` somebody else's. */
    readonly before: string;
    /** The corpus belongs to the other role. */
    readonly owned?: boolean;
    readonly args?: readonly string[];
    readonly says: readonly RegExp[];
    readonly after?: string;
    /** 1: only a statement that is refused shows it. */
    readonly exitCode?: number;
  };
  const ALLOWED = "grant create on schema public to $role;";
  const cases: readonly Case[] = [
    {
      what: "to connect",
      before: `${ALLOWED} do $$ begin execute format('revoke connect on database %I from public', current_database()); end $$`,
      says: [/^GRANT CONNECT ON DATABASE "?bbj_test_\w+"? TO "?bbj_test_guest_\w+"?;$/],
      after: "do $$ begin execute format('grant connect on database %I to public', current_database()); end $$",
    },
    { what: "to make tables", before: "select 1", says: [/^GRANT CREATE ON SCHEMA public TO bbj_test_guest_\w+;$/] },
    {
      what: "to use the schema",
      before: "revoke usage on schema public from public",
      says: [/^GRANT USAGE, CREATE ON SCHEMA public TO bbj_test_guest_\w+;$/],
      after: "grant usage on schema public to public",
    },
    {
      what: "to make temporary tables",
      before: `${ALLOWED} do $$ begin execute format('revoke temporary on database %I from public', current_database()); end $$`,
      says: [/^GRANT TEMPORARY ON DATABASE bbj_test_\w+ TO bbj_test_guest_\w+;$/],
      after: "do $$ begin execute format('grant temporary on database %I to public', current_database()); end $$",
    },
    {
      what: "to read and write the tables",
      before: "select 1",
      owned: true,
      says: ["chunks", "ingest_documents", "ingest_meta"].map(
        (table) =>
          new RegExp(`^GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE public.${table} TO bbj_test_guest_\\w+;$`),
      ),
    },
    {
      what: "to delete rows",
      before: "grant select, insert, update on chunks, ingest_documents, ingest_meta to $role",
      owned: true,
      args: ["--max-delete", "9"],
      says: ["chunks", "ingest_documents", "ingest_meta"].map(
        (table) => new RegExp(`^GRANT DELETE ON TABLE public.${table} TO bbj_test_guest_\\w+;$`),
      ),
    },
    {
      what: "of an owner",
      before: `${ALLOWED} grant all on chunks, ingest_documents, ingest_meta to $role`,
      owned: true,
      args: ["--clean"],
      says: [/^GRANT bbj_test_guest_\w+ TO bbj_test_guest_\w+;$/],
    },
    {
      what: "to pass row-level security",
      before:
        "grant all on chunks, ingest_documents, ingest_meta to $role; alter table chunks enable row level security",
      owned: true,
      says: [/^ALTER ROLE bbj_test_guest_\w+ BYPASSRLS;$/],
      exitCode: 1,
    },
  ];

  for (const { what, before, owned = false, args = [], says, after, exitCode = 2 } of cases) {
    test(`${what} is named with what gives it, and then the run passes`, async () => {
      await context.query("create extension if not exists vector");
      await using owner = await guestOf(context);
      await using guest = await guestOf(context);
      await using scene = new Scene(context.database, owner.choice);
      await using own = new Scene(context.database, guest.choice);
      for (const one of [scene, own])
        one.write({ "docs/a.md": "# A\n\nOne text.\n", "docs/b.md": "# B\n\nAnother.\n" });
      if (context.choice.kind !== "server") throw new Error("this lane is a server's");
      await using superuser = new SQL(context.choice.url, { max: 1 });
      await superuser.unsafe(`grant create on schema public to ${owner.role}`);
      if (owned) expect((await scene.run(SOURCES)).exitCode).toBe(0);
      // Something to write, and something to remove.
      own.write({ "docs/a.md": "# A\n\nAnother text.\n" });
      await superuser.unsafe(before.replaceAll("$role", guest.role)).simple();
      try {
        const refused = await own.run({ ...SOURCES, args });
        const error = refused.events.find(({ type }) => type === "error");
        expect([refused.exitCode, String(error?.code)]).toEqual([exitCode, expect.stringMatching(/rights|schema/)]);
        const pasted = await paste(error?.hint);
        expect(pasted).toEqual(says.map((pattern) => expect.stringMatching(pattern)));
        expect(await own.run({ ...SOURCES, args })).toMatchObject({ exitCode: 0 });
      } finally {
        if (after !== undefined) await superuser.unsafe(after).simple();
      }
    });
  }

  test("to read is named for those who only read, and no more than that", async () => {
    await context.prepared();
    await using guest = await guestOf(context);
    const store = await openStore(guest.choice, { readsOnly: true });
    const failure = await failureOf(store.inspect());
    expect(failure.code).toBe("database_rights");
    expect(await paste(failure.hint)).toEqual(
      ["chunks", "ingest_documents", "ingest_meta"].map(
        (name) => `GRANT SELECT ON TABLE public.${name} TO ${guest.role};`,
      ),
    );
    expect(await store.inspect()).toMatchObject({ kind: "current" });
    expect((await store.statistics()).chunks).toBe(0);
    await store.close();
  });
});
