import { hintOf } from "../support/plain-call.ts";
import { describe, expect, test } from "bun:test";
import { SQL } from "bun";
import type { DatabaseChoice } from "../../src/store/driver/database.ts";
import { IngestError, messageOf } from "../../src/flow/errors.ts";
import { openStore } from "../../src/store/open-store.ts";
import { openServer } from "../../src/store/driver/server.ts";
import { requireCapable } from "../../src/store/driver/server-checks.ts";
import { constant } from "../../src/store/driver/sql.ts";
import { IDENTITY, onLane, serverLane } from "../support/databases.ts";
import { failureOf } from "../support/failure-of.ts";
import { written } from "../support/documents.ts";
import { startPooler, startRefusingServer } from "./refusing-server.ts";
import { queryLines } from "../support/lines.ts";

const PASSWORD = "s3cret-p4ssword";

function choiceOf(host: string, database = "corpus", search = ""): DatabaseChoice {
  const url = `postgres://writer:${PASSWORD}@${host}/${database}${search}`;
  return { kind: "server", url, label: `${host}/${database}`, chosenBy: "a test" };
}

/** All that a user could get to see of an error. */
function shown(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const hint = error instanceof IngestError ? hintOf(error) : "";
  return `${error.name} ${messageOf(error)} ${hint} ${JSON.stringify(error)} ${Bun.inspect(error.cause)}`;
}

describe("a server that cannot be used", () => {
  const cases = [
    { state: "28P01", text: 'password authentication failed for user "writer"', code: "database_login" },
    { state: "28000", text: 'role "writer" does not exist', code: "database_login" },
    { state: "3D000", text: 'database "corpus" does not exist', code: "database_missing" },
    { state: "57P03", text: "the database system is starting up", code: "database_unreachable" },
    { state: "53300", text: "sorry, too many clients already", code: "database_unreachable" },
  ] as const;
  for (const { state, text, code } of cases) {
    test(`ends the run at once with one clear message: ${text}`, async () => {
      const server = startRefusingServer(state, text);
      try {
        const failure = await failureOf(openStore(choiceOf(`127.0.0.1:${server.port}`)));
        expect(failure).toMatchObject({ decision: "fatal", code });
        expect(failure.message).toContain(`127.0.0.1:${server.port}/corpus`);
        expect(failure.message).toContain(text);
        expect(hintOf(failure)).not.toBe("");
        expect(shown(failure)).not.toContain(PASSWORD);
      } finally {
        server.stop();
      }
    });
  }

  test("because nothing listens there, is named with what to do", async () => {
    const failure = await failureOf(openStore(choiceOf("127.0.0.1:1")));
    expect(failure).toMatchObject({ decision: "fatal", code: "database_unreachable" });
    expect(failure.message).toContain("127.0.0.1:1/corpus does not answer");
    expect(hintOf(failure)).toContain("pglite:DIR");
    expect(shown(failure)).not.toContain(PASSWORD);
  });

  test("because the URL has options that do not exist, is named without the password", async () => {
    const failure = await failureOf(openStore(choiceOf("127.0.0.1:1", "corpus", "?sslmode=bogus")));
    expect(failure).toMatchObject({ decision: "fatal", code: "database_url" });
    expect(failure.message).toContain("sslmode");
    expect(shown(failure)).not.toContain(PASSWORD);
  });

  const current = { version: "17.2", number: 170_002, installed: false, available: true, closed: null, role: "me" };

  test("because it lacks pgvector, is told how to get it", () => {
    expect(() => requireCapable({ ...current, available: false }, "PostgreSQL h:1/d")).toThrow(
      expect.objectContaining({
        code: "vector_missing",
        message: 'PostgreSQL h:1/d does not have the extension "vector" (pgvector)',
        hint: expect.stringContaining("apt install postgresql-17-pgvector"),
      }),
    );
    expect(() => requireCapable(current, "PostgreSQL h:1/d")).not.toThrow();
  });

  test("because it is too old, is told so", () => {
    expect(() => requireCapable({ ...current, version: "12.4", number: 120_004 }, "PostgreSQL h:1/d")).toThrow(
      expect.objectContaining({ code: "database_too_old", message: expect.stringContaining("12.4") }),
    );
  });
});

onLane(serverLane, "a server", (context) => {
  /** The choice of the lane with another URL. */
  const url = (change: (url: URL) => void): Extract<DatabaseChoice, { kind: "server" }> => {
    if (context.choice.kind !== "server") throw new Error("this lane is a server's");
    const changed = new URL(context.choice.url);
    change(changed);
    return { ...context.choice, url: changed.href };
  };

  test("whose database is missing is named", async () => {
    const missing = url((changed) => {
      changed.pathname = "/never_there";
    });
    const failure = await failureOf(openStore(missing));
    expect(failure).toMatchObject({ decision: "fatal", code: "database_missing" });
    expect(failure.message).toContain("never_there");
  });

  test("without TLS is not connected to when the URL asks for it", async () => {
    const tls = url((changed) => changed.searchParams.set("sslmode", "require"));
    expect(await failureOf(openStore(tls))).toMatchObject({ decision: "fatal", code: "database_tls" });
  });

  test("ends the work of a killed client, and no limit for people's queries ends ours", async () => {
    const impatient = url((changed) => changed.searchParams.set("statement_timeout", "10"));
    const database = await openServer(impatient);
    try {
      await database.lock([]);
      const session = await database.begin((tx) =>
        tx.query(
          constant(`select current_setting('client_connection_check_interval') as checked,
          current_setting('statement_timeout') as statement_timeout, current_setting('application_name') as name,
          current_setting('tcp_keepalives_idle') as idle, pg_sleep(0.02)::text as slept`),
        ),
      );
      const name = expect.stringMatching(new RegExp(`^bbj-ingest-all ${process.pid}@`));
      expect(session).toEqual([{ checked: "1s", statement_timeout: "0", name, idle: "60", slept: "" }]);
    } finally {
      await database.close();
    }
  });

  test("lets nobody keep us waiting for ever for a table: it says who does", async () => {
    await context.prepared();
    const database = await openServer(url(() => {}));
    const reader = new SQL(url((changed) => changed.searchParams.set("application_name", "psql")).url, { max: 1 });
    const [read, held] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    try {
      const show = constant("select current_setting('lock_timeout') as limit");
      expect(await database.query(show)).toEqual([{ limit: "30s" }]);
      expect(await database.begin((tx) => tx.query(show))).toEqual([{ limit: "30s" }]);
      const reading = reader.begin(async (tx) => {
        await tx.unsafe("select count(*) from chunks");
        held.resolve(undefined);
        await read.promise;
      });
      await held.promise;
      const [pid = "0"] = await queryLines(
        context.database,
        "select pid::text as line from pg_stat_activity where application_name = 'psql' and datname = current_database()",
      );
      const failure = await failureOf(
        database.begin(async (tx) => {
          await tx.query(constant("set local lock_timeout = '1ms'"));
          await tx.query(constant("alter table chunks add column more int"));
        }),
      );
      expect(failure).toMatchObject({ decision: "retry", code: "database_busy" });
      expect(failure.message).toMatch(
        new RegExp(`session ${pid} \\(psql, user \\w+\\) has a lock on "chunks" since \\d{4}-`),
      );
      read.resolve(undefined);
      await reading;
    } finally {
      read.resolve(undefined);
      await reader.close();
      await database.close();
    }
  });

  const REFUSALS = [
    { state: "08P01", message: "unsupported startup parameter: lock_timeout" },
    { state: "08P01", message: "unsupported startup parameter in options: lock_timeout" },
    { state: "0A000", message: "Feature not supported: RDS Proxy currently doesn't support the option lock_timeout." },
  ];
  for (const refusal of REFUSALS) {
    test(`behind a pooler that takes no settings is used without them: ${refusal.message}`, async () => {
      const { choice } = context;
      if (choice.kind !== "server") throw new Error("this lane is a server's");
      await using pooler = await startPooler(choice.url, "lock_timeout", refusal);
      const database = await openServer({ ...choice, url: pooler.url });
      expect(await database.query(constant("select 1 as one"))).toEqual([{ one: 1 }]);
      await database.close();
    });
  }

  test("that does not let us create the extension says who must", async () => {
    const role = `bbj_test_guest_${process.pid}`;
    await context.query(`drop extension if exists vector cascade`);
    await context.query(`drop role if exists ${role}`);
    await context.query(`create role ${role} login`);
    const guest = url((changed) => {
      changed.username = role;
    });
    const store = await openStore(guest);
    try {
      const failure = await failureOf(store.prepare(IDENTITY));
      expect(failure).toMatchObject({ decision: "fatal", code: "vector_rights" });
      expect(hintOf(failure)).toContain("CREATE EXTENSION vector");
    } finally {
      await store.close();
      await context.query(`drop role ${role}`);
      await context.query("create extension vector");
    }
  });

  test("answers its readers through every swap, and they may go on reading", async () => {
    const role = `bbj_test_reader_${process.pid}`;
    await context.query(`create role ${role} login`);
    const corpus = await context.prepared();
    await corpus.write([written("u", ["a", "b", "c"])]);
    await context.query(`grant select on chunks to ${role}`);
    await context.query(`grant select (source_url) on ingest_documents to ${role}`);
    const readers = url((changed) => {
      changed.username = role;
    });
    const reader = await openServer(readers);
    try {
      let swapped = false;
      const counts = new Set<unknown>();
      const reading = (async () => {
        while (!swapped) {
          const [row] = await reader.query(constant("select count(*)::int as count from chunks"));
          counts.add(row?.count ?? -1);
        }
      })();
      for (let round = 0; round < 5; round++) {
        const rebuild = await context.prepared({ rebuild: true });
        await rebuild.write([written("u", ["a", "b", "c"]), written("v", ["d", "e"])]);
        await rebuild.swap({ sources: ["manual"], documents: [], inputs: [] });
      }
      swapped = true;
      await reading;
      expect([...counts].filter((count) => count !== 3 && count !== 5)).toEqual([]);
      expect(await reader.query(constant("select count(*)::int as count from chunks"))).toEqual([{ count: 5 }]);
      expect(await reader.query(constant("select count(source_url)::int as count from ingest_documents"))).toEqual([
        { count: 2 },
      ]);
    } finally {
      await reader.close();
      await context.query(`drop owned by ${role}`);
      await context.query(`drop role ${role}`);
    }
  });
});
