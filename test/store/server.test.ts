import { hintOf } from "../support/plain-call.ts";
import { describe, expect, test } from "bun:test";
import { SQL } from "bun";
import type { DatabaseChoice } from "../../src/store/driver/database.ts";
import { IngestError, messageOf } from "../../src/flow/errors.ts";
import { corpusStore } from "../../src/store/corpus-store.ts";
import { openStore } from "../../src/store/open-store.ts";
import { openServer } from "../../src/store/driver/server.ts";
import { requireCapable, requireNamed } from "../../src/store/driver/server-checks.ts";
import { constant } from "../../src/store/driver/sql.ts";
import { IDENTITY, onLane, serverLane } from "../support/databases.ts";
import { failureOf } from "../support/failure-of.ts";
import { embedded, hashOf, written } from "../support/documents.ts";
import { startAlias, startPooler, startRefusingServer } from "./refusing-server.ts";
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

  const listeners = [
    {
      what: "HTTP",
      answer: "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
      says: /no PostgreSQL: it answers "HTTP\/1\.1 400 Bad Request"/,
    },
    { what: "SSH", answer: "SSH-2.0-OpenSSH_9.9\r\n", says: /no PostgreSQL: it answers "SSH-2\.0-OpenSSH_9\.9"/ },
    { what: "something that hangs up", answer: "", says: /no PostgreSQL: it ends the connection/ },
  ];
  test.each(listeners)("because $what listens there, is told so, and never to start it", async ({ answer, says }) => {
    const listener = Bun.listen({
      ...{ hostname: "127.0.0.1", port: 0 },
      socket: {
        data(socket) {
          if (answer !== "") socket.write(answer);
          socket.end();
        },
      },
    });
    try {
      const choice = choiceOf(`127.0.0.1:${listener.port}`, "corpus", "?connect_timeout=1");
      const failure = await failureOf(openStore(choice));
      expect(failure).toMatchObject({ decision: "fatal", code: "database_unreachable" });
      expect(failure.message).toMatch(says);
      expect(failure.hint).not.toContain("start it");
      expect(shown(failure)).not.toContain(PASSWORD);
    } finally {
      listener.stop(true);
    }
  });

  test.each([
    ["no-such-host.invalid:5432", "", /the host name no-such-host\.invalid is not known \(DNS/, "check the host"],
    ["127.0.0.1:1", "", /nothing listens at 127\.0\.0\.1:1 \(connection refused\)/, "start it"],
    ["localhost:1", "?host=%2Fno-such-directory", /there is no socket \/no-such-directory\/\.s\.PGSQL\.1/, "start it"],
  ])("because of %s%s, is named as what it is", async (host, search, says, hint) => {
    const failure = await failureOf(openStore(choiceOf(host, "corpus", search)));
    expect(failure).toMatchObject({ decision: "fatal", code: "database_unreachable" });
    expect(failure.message).toMatch(says);
    expect(failure.hint).toContain(hint);
  });

  test.each([
    ["57P03", "the database system is starting up", "wait until it takes connections"],
    ["57P03", "the database system is shutting down", "wait until it takes connections"],
    ["08P01", "no more connections allowed (max_client_conn)", "a run needs 2 connections"],
    ["08P01", "SSL required", "sslmode=require"],
    ["08P01", "server login failed: FATAL password authentication failed", "check user and password"],
    ["28000", 'no pg_hba.conf entry for host "::1", user "u", database "d", no encryption', "sslmode=require"],
    [
      "28000",
      'no pg_hba.conf entry for host "::1", user "u", database "d", SSL encryption',
      "pg_hba.conf must have a line",
    ],
    ["42704", 'unrecognized configuration parameter "foo"', "take it out of the database URL"],
    ["22023", 'invalid value for parameter "statement_timeout": "abc"', "take it out of the database URL"],
    ["22023", 'role "nope" does not exist', "take it out of the database URL"],
    ["42601", "invalid command-line argument for server process: project=ep-1", "take it out of the database URL"],
    ["55P02", 'parameter "shared_buffers" cannot be changed now', "take it out of the database URL"],
    ["42501", 'permission denied to set parameter "session_replication_role"', "take it out of the database URL"],
    ["42501", 'permission denied to set role "writers"', 'GRANT "writers" TO "'],
    ["42501", 'permission denied for database "corpus"', 'GRANT CONNECT ON DATABASE "corpus" TO "'],
    ["42501", "permission denied for function set_config", 'GRANT EXECUTE ON FUNCTION "set_config" TO "'],
    ["57014", "canceling statement due to statement timeout", "raise statement_timeout"],
  ])("%s: %s is answered with what to do, and never with starting it", async (state, text, hint) => {
    const server = startRefusingServer(state, text);
    try {
      const failure = await failureOf(openStore(choiceOf(`127.0.0.1:${server.port}`)));
      expect(failure.decision).toBe("fatal");
      expect(failure.hint).toContain(hint);
      expect(failure.hint).not.toContain("start it,");
    } finally {
      server.stop();
    }
  });

  test.each([
    [{ database: "real" }, 'the database is called "real", not "corpus"', "server_database=real"],
    [{ user: "pool" }, '"pool" is logged in, not "writer.project"', "server_user=pool"],
  ])("because %j answers, is told so, with what to write if that is meant", (other, says, hint) => {
    const named = { database: "corpus", user: "writer.project", schema: undefined };
    const answers = { ...current, database: "corpus", user: "writer" };
    expect(() => requireNamed(answers, named, "PostgreSQL h:1/corpus")).not.toThrow();
    expect(() => requireNamed({ ...answers, ...other }, named, "PostgreSQL h:1/corpus")).toThrow(
      expect.objectContaining({
        ...{ code: "database_other", message: expect.stringContaining(says), hint: expect.stringContaining(hint) },
      }),
    );
  });

  const current = {
    ...{ database: "d", user: "u", schema: "public" },
    ...{ version: "17.2", number: 170_002, installed: false, available: true, closed: null, role: "u" },
  };

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
    const impatient = url((changed) => changed.searchParams.set("statement_timeout", "300"));
    const database = await openServer(impatient);
    try {
      await database.lock([]);
      const session = await database.begin((tx) =>
        tx.query(
          constant(`select current_setting('client_connection_check_interval') as checked,
          current_setting('statement_timeout') as statement_timeout, current_setting('application_name') as name,
          current_setting('tcp_keepalives_idle') as idle, pg_sleep(0.4)::text as slept`),
        ),
      );
      const name = expect.stringMatching(new RegExp(`^bbj-ingest-all ${process.pid}@`));
      // What it reads on other connections meanwhile is not for people either.
      await database.query(constant("select pg_sleep(0.4)::text as slept"));
      expect(session).toEqual([{ checked: "1s", statement_timeout: "0", name, idle: "60", slept: "" }]);
    } finally {
      await database.close();
    }
  });

  test("that quotes every name it prints is read all the same", async () => {
    const quoting = url((changed) => changed.searchParams.set("options", "-c quote_all_identifiers=on"));
    const database = await openServer(quoting);
    try {
      const corpus = corpusStore(database, { rebuild: false });
      await corpus.prepare(IDENTITY);
      await corpus.write([written("u", ["a"])]);
      expect(await corpus.inspect()).toMatchObject({ kind: "current" });
    } finally {
      await database.close();
    }
  });

  test("that shortens the floats it prints gives vectors back as they were stored", async () => {
    const database = await openServer(url((changed) => changed.searchParams.set("extra_float_digits", "-3")));
    try {
      const corpus = corpusStore(database, { rebuild: false });
      await corpus.prepare(IDENTITY);
      const row = { ...embedded("a"), vector: Float32Array.of(1 / 3, 2 / 3, -1 / 7, 1e-12) };
      await corpus.write([{ ...written("u", []), rows: [row] }]);
      const known = await corpus.known("manual", [{ sourceUrl: "v", hashes: [hashOf("a")] }]);
      expect(known.vectors).toEqual(new Map([[hashOf("a"), row.vector]]));
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

  test("that a pooler calls otherwise is used only when the URL says so", async () => {
    const { choice } = context;
    if (choice.kind !== "server") throw new Error("this lane is a server's");
    const [name, user] = [new URL(choice.url).pathname.slice(1), new URL(choice.url).username];
    await using pooler = await startAlias(choice.url, { database: "corpus", user: "somebody" });
    const failure = await failureOf(openServer({ ...choice, url: pooler.url }));
    expect(failure).toMatchObject({ decision: "fatal", code: "database_other" });
    expect(failure.message).toContain(`the database is called "${name}", not "corpus"`);
    const [, pasted = ""] = /(server_database=\S+)/.exec(String(failure.hint)) ?? [];
    const other = await failureOf(openServer({ ...choice, url: `${pooler.url}?${pasted}` }));
    expect(other.message).toContain(`"${user}" is logged in, not "somebody"`);
    const [, more = ""] = /(server_user=\S+)/.exec(String(other.hint)) ?? [];
    const database = await openServer({ ...choice, url: `${pooler.url}?${pasted}&${more}` });
    expect(await database.query(constant("select current_database()::text as name"))).toEqual([{ name }]);
    await database.close();
  });

  test("makes its tables in the schema that the URL names, or says that it cannot", async () => {
    await context.query("create extension if not exists vector");
    const inSchema = url((changed) => changed.searchParams.set("schema", "rag"));
    const failure = await failureOf(openStore(inSchema));
    expect(failure).toMatchObject({ code: "database_other", message: expect.stringContaining('not to "rag"') });
    for (const statement of String(failure.hint).match(/(CREATE|GRANT) [^;]*;/g) ?? []) await context.query(statement);
    const store = await openStore(inSchema);
    await store.prepare(IDENTITY);
    await store.close();
    const made = "select relnamespace::regnamespace::text as schema from pg_class where relname = 'chunks'";
    expect(await context.query(made)).toEqual([{ schema: "rag" }]);
    await context.query("drop schema rag cascade");
  });

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
