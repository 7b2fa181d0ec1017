import { describe, expect, test } from "bun:test";
import { IngestError } from "../../src/flow/errors.ts";
import { classifyDatabaseError } from "../../src/store/driver/classify.ts";

const failed = (fields: object) => Object.assign(new Error("the message"), fields);

describe("an error of the database", () => {
  const cases = [
    { what: "a lost connection", fields: { code: "ERR_POSTGRES_CONNECTION_CLOSED" }, decision: "retry" },
    { what: "a server that is away", fields: { code: "ERR_POSTGRES_CONNECTION_REFUSED" }, decision: "retry" },
    { what: "a server that shuts down", fields: { errno: "57P01" }, decision: "retry" },
    { what: "a server that crashed", fields: { errno: "57P02" }, decision: "retry" },
    { what: "a server that starts", fields: { errno: "57P03" }, decision: "retry" },
    { what: "a connection failure of PostgreSQL's own", fields: { errno: "08006" }, decision: "retry" },
    { what: "a conflict", fields: { errno: "40001" }, decision: "retry" },
    { what: "a deadlock", fields: { errno: "40P01" }, decision: "retry" },
    { what: "too many connections", fields: { errno: "53300" }, decision: "retry" },
    { what: "a table that a reader holds", fields: { errno: "55P03" }, decision: "retry" },
    { what: "a cancelled statement", fields: { errno: "57014" }, decision: "retry" },
    { what: "a full disk", fields: { errno: "53100" }, decision: "fatal" },
    { what: "a standby", fields: { errno: "25006" }, decision: "fatal" },
    { what: "a missing right", fields: { errno: "42501" }, decision: "fatal" },
    { what: "a wrong password", fields: { errno: "28P01" }, decision: "fatal" },
    { what: "a dropped database", fields: { errno: "57P04" }, decision: "fatal" },
    { what: "a damaged table", fields: { errno: "XX001" }, decision: "fatal" },
    { what: "a certificate that does not verify", fields: { code: "DEPTH_ZERO_SELF_SIGNED_CERT" }, decision: "fatal" },
    { what: "text that PostgreSQL refuses", fields: { errno: "22021" }, decision: "skip" },
    { what: "a violated constraint, in PGlite's words", fields: { code: "23505" }, decision: "skip" },
    { what: "a text too long for its search column", fields: { code: "54000" }, decision: "skip" },
  ] as const;
  for (const { what, fields, decision } of cases) {
    test(`that means ${what} is to ${decision}`, () => {
      const error = failed(fields);
      const classified = classifyDatabaseError(error, "PostgreSQL h:1/d");
      expect(classified).toBeInstanceOf(IngestError);
      expect(classified).toMatchObject({ decision, message: "PostgreSQL h:1/d: the message", cause: error });
    });
  }

  const bugs = [
    { what: "a TypeError of ours", error: new TypeError("x is not a function") },
    { what: "no error at all", error: "text" },
  ];
  for (const { what, error } of bugs) {
    test(`that is ${what} stays what it is: a bug`, () => {
      expect(classifyDatabaseError(error, "PostgreSQL h:1/d")).toBe(error);
    });
  }

  // All of appendix A, and those that an extension or a trigger of the user's may make up.
  const classes =
    "01 02 03 08 09 0A 0B 0F 0L 0P 0Z 10 20 21 22 23 24 25 26 27 28 2B 2D 2F 34 38 39 3B 3D 3F 40 42 44 53 54 55 57 58 72 F0 HV P0 XX ZZ Q1";
  test.each(classes.split(" "))("of class %s is none of our faults: triggers may raise it", (name) => {
    for (const state of [`${name}000`, `${name}001`, `${name}P01`]) {
      expect(classifyDatabaseError(failed({ errno: state }), "d")).toMatchObject({
        name: "IngestError",
        cause: { errno: state },
      });
    }
  });

  test.each([
    ["42601", "fatal", "database_changed"],
    ["42703", "fatal", "database_changed"],
    ["42P01", "fatal", "database_changed"],
    ["42P10", "fatal", "database_changed"],
    ["42704", "fatal", "database_changed"],
    ["42883", "fatal", "database_changed"],
    ["22P03", "fatal", "database_changed"],
    ["0A000", "fatal", "database_changed"],
    ["3F000", "fatal", "database_rights"],
    ["P0001", "skip", "database_data"],
    ["55000", "fatal", "database_refused"],
    ["XX000", "fatal", "database_damaged"],
    ["58P01", "fatal", "database_damaged"],
    ["55006", "retry", "database_busy"],
  ])("%s is to %s as %s", (errno, decision, code) => {
    expect(classifyDatabaseError(failed({ errno }), "d")).toMatchObject({ decision, code });
  });

  // In the words of PgBouncer, Supavisor, Neon, Azure and PostgreSQL.
  test.each([
    ["08P01", "password authentication failed", "database_login"],
    ["08P01", "SASL authentication failed", "database_login"],
    ["08P01", "no such user: u", "database_login"],
    ["08P01", 'server login failed: FATAL password authentication failed for user "u"', "database_login"],
    ["XX000", "Tenant or user not found", "database_login"],
    ["08P01", "no such database: d", "database_missing"],
    ["08P01", 'server login failed: FATAL database "d" does not exist', "database_missing"],
    ["08P01", "SSL required", "database_tls"],
    ["28000", "SSL connection is required. Please specify SSL options and retry.", "database_tls"],
    ["28000", "connection requires a valid client certificate over TLS: required", "database_tls"],
    ["28000", 'no pg_hba.conf entry for host "10.0.0.1", user "u", database "d", no encryption', "database_tls"],
    ["28000", 'no pg_hba.conf entry for host "10.0.0.1", user "u", database "d", SSL off', "database_tls"],
    ["28000", 'no pg_hba.conf entry for host "10.0.0.1", user "u", database "d", SSL encryption', "database_login"],
    ["28000", 'role "u" is not permitted to log in', "database_login"],
    ["08P01", "no more connections allowed (max_client_conn)", "database_busy"],
    ["08P01", "query_wait_timeout", "database_busy"],
    ["XX000", "MaxClientsInSessionMode: max clients reached", "database_busy"],
    ["08P01", "server login has been failing, try again later (server_login_retry)", "database_lost"],
    ["55000", "recovery is in progress", "database_read_only"],
  ])("%s: %s is %s", (errno, message, code) => {
    expect(classifyDatabaseError(Object.assign(new Error(message), { errno }), "d")).toMatchObject({ code });
  });

  test("says what stands in the way, but no whole row", () => {
    const detail = `view readers depends on table chunks ${"x".repeat(1_000)}`;
    const classified = classifyDatabaseError(failed({ errno: "2BP01", detail }), "d");
    expect(classified).toMatchObject({ message: expect.stringMatching(/^d: the message \(view readers depends/) });
    expect(String(classified).length).toBeLessThan(300);
  });

  test("that was classified already keeps its decision", () => {
    const error = new IngestError("known", { decision: "split", code: "refused" });
    expect(classifyDatabaseError(error, "d")).toBe(error);
  });
});
