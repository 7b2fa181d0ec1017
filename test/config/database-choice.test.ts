import { hintOf } from "../support/plain-call.ts";
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { chooseDatabase } from "../../src/config/database-choice.ts";
import { loadSettings } from "../../src/config/settings.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { usageErrorOf } from "./usage-error-of.ts";

function choose(env: Record<string, string>, databaseUrl?: string, cwd = "/work") {
  using directory = temporaryDirectory();
  const flags = databaseUrl === undefined ? {} : { databaseUrl };
  const { settings, origins } = loadSettings({ flags, env, cwd: directory.path });
  return chooseDatabase(settings, origins, { cwd, env });
}

describe("which database", () => {
  test("without any setting it is the embedded one in the working directory", () => {
    expect(choose({})).toEqual({
      kind: "embedded",
      directory: "/work/.bbj-rag",
      label: "pglite:.bbj-rag",
      chosenBy: "default",
    });
  });

  test("the embedded one is where the other files are that are kept", () => {
    expect(choose({ BBJ_RAG_STATE_DIR: "state" })).toMatchObject({
      directory: "/work/state/.bbj-rag",
      label: "pglite:state/.bbj-rag",
    });
    expect(choose({ BBJ_RAG_STATE_DIR: "/var/s" })).toMatchObject({
      directory: "/var/s/.bbj-rag",
      label: "pglite:/var/s/.bbj-rag",
    });
  });

  test("below the root of all, where chat clients start programs, its whole path is told", () => {
    expect(choose({}, "pglite:/srv/corpus", "/")).toMatchObject({
      directory: "/srv/corpus",
      label: "pglite:/srv/corpus",
    });
  });

  test("any db_* chooses a server, with the defaults of the others", () => {
    expect(choose({ BBJ_RAG_DB_NAME: "docs" })).toEqual({
      kind: "server",
      url: "postgres://postgres:postgres@localhost:5432/docs?sslmode=disable",
      label: "localhost:5432/docs",
      chosenBy: "BBJ_RAG_DB_NAME",
      warnings: [],
    });
  });

  test("a URL beats db_*, and the flag's URL beats the environment's", () => {
    const env = { BBJ_RAG_DB_HOST: "h", BBJ_RAG_DATABASE_URL: "postgres://u:p@env/d" };
    expect(choose(env)).toMatchObject({ label: "env:5432/d", chosenBy: "BBJ_RAG_DATABASE_URL" });
    expect(choose(env, "postgresql://u:p@flag:1/d")).toMatchObject({ label: "flag:1/d", chosenBy: "--database-url" });
  });

  test.each([
    ["pglite:data", "/work/data", "pglite:data"],
    ["pglite:./data/db", "/work/data/db", "pglite:data/db"],
    ["pglite:../data", "/data", "pglite:/data"],
    ["PGLITE:/var/db", "/var/db", "pglite:/var/db"],
    ["pglite:.", "/work", "pglite:/work"],
    ["pglite:~/db", "/home/me/db", "pglite:/home/me/db"],
    ["pglite:~", "/home/me", "pglite:/home/me"],
    ["pglite:~db", "/work/~db", "pglite:~db"],
  ])("%s is the embedded database in %s", (url, directory, label) => {
    expect(choose({ HOME: "/home/me" }, url)).toEqual({
      ...{ kind: "embedded", directory, label, chosenBy: "--database-url" },
    });
  });
});

describe("db_* as a URL", () => {
  test("a socket's directory and an IPv6 address work as the host", () => {
    const socket = choose({ BBJ_RAG_DB_HOST: "/run/my pg", BBJ_RAG_DB_PORT: "5433" });
    expect(socket).toMatchObject({
      url: "postgres://postgres:postgres@localhost:5433/bbj_rag?host=%2Frun%2Fmy+pg&sslmode=disable",
      label: "/run/my pg:5433/bbj_rag",
    });
    expect(choose({ BBJ_RAG_DB_HOST: "::1" })).toMatchObject({ label: "[::1]:5432/bbj_rag" });
  });

  test("any user, password and database survive, and the password is not in the label", () => {
    const text = fc
      .string({ minLength: 1, unit: "grapheme" })
      .filter((value) => !["", ".", ".."].includes(value.trim()) && value.isWellFormed());
    fc.assert(
      fc.property(text, text, text, (user, password, name) => {
        const choice = choose({ BBJ_RAG_DB_USER: user, BBJ_RAG_DB_PASSWORD: password, BBJ_RAG_DB_NAME: name });
        const url = new URL(choice.kind === "server" ? choice.url : "");
        expect([url.username, url.password, url.pathname.slice(1)].map(decodeURIComponent)).toEqual([
          user,
          password,
          name,
        ]);
        expect(choice.label).toBe(`localhost:5432/${name}`);
      }),
      { numRuns: 50 },
    );
  });
});

describe("a URL that is none", () => {
  test.each([
    [
      "mysql://u:secret@h/db",
      /^the database must be postgres:\/\/USER.* or pglite:DIR, not mysql: \(--database-url\)$/,
    ],
    ["jdbc:postgresql://h/db?password=secret", /not jdbc:/],
    ["./some/secret", /^the database must be postgres:\/\/USER.* or pglite:DIR \(--database-url\)$/],
    ["pglite:", /pglite: names no directory/],
    ["pglite://./secret", /pglite: is followed by a path/],
  ])("%s is refused without its password", (url, message) => {
    const error = usageErrorOf(() => choose({}, url));
    expect(error.message).toMatch(message);
    expect(`${error.message} ${hintOf(error)}`).not.toContain("secret");
  });
});
