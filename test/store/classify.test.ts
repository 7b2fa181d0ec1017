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
    { what: "a syntax error", error: failed({ errno: "42601" }) },
    { what: "a missing column", error: failed({ errno: "42703" }) },
    { what: "COPY bytes that are none", error: failed({ errno: "22P04" }) },
    { what: "a TypeError of ours", error: new TypeError("x is not a function") },
    { what: "no error at all", error: "text" },
  ];
  for (const { what, error } of bugs) {
    test(`that is ${what} stays what it is: a bug`, () => {
      expect(classifyDatabaseError(error, "PostgreSQL h:1/d")).toBe(error);
    });
  }

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
