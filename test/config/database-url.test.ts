import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readServerUrl } from "../../src/config/database-url.ts";
import { usageErrorOf } from "./usage-error-of.ts";

const read = (url: string, env: Record<string, string> = {}) => readServerUrl(url, "--database-url", env);

/** The parts of what is read, as the driver reads them. */
function partsOf(url: string, env?: Record<string, string>) {
  const { username, password, pathname, searchParams } = new URL(read(url, env).url);
  return {
    ...{ user: decodeURIComponent(username), password: decodeURIComponent(password) },
    ...{ database: decodeURIComponent(pathname.slice(1)), ...Object.fromEntries(searchParams) },
  };
}

describe("a URL as platforms write it", () => {
  test.each([
    ["postgres://u:secret@h/db", "h:5432/db"],
    ["postgresql://u:secret@h:5433/my%20db?sslmode=require", "h:5433/my db"],
    ["postgresql+psycopg2://u:secret@h/db", "h:5432/db"],
    ["postgres://u:secret@[::1]:5433/db", "[::1]:5433/db"],
    ["postgres://u@[fe80::1%25eth0]/db", "[fe80::1%eth0]:5432/db"],
    ["postgres://h", "h:5432/postgres"],
    ["postgres://u@h/", "h:5432/u"],
    ["postgres://u@h?sslmode=disable", "h:5432/u"],
    ["postgres://", "localhost:5432/postgres"],
    ["postgres:///db?host=/run/pg", "/run/pg:5432/db"],
    ["postgres://u@/db?host=/run/pg", "/run/pg:5432/db"],
    ["postgres://u:p@/db?host=/run/pg&port=5433", "/run/pg:5433/db"],
    ["postgres://u:secret@localhost/db?host=%2Frun%2Fpg", "/run/pg:5432/db"],
    ["postgres://u:secret@%2Frun%2Fpg:5433/db", "/run/pg:5433/db"],
    ["postgres://u@:5433/db", "localhost:5433/db"],
    ["postgres://?host=h&port=1&user=u&password=p&dbname=db", "h:1/db"],
  ])("%s is %s", (url, label) => {
    expect(read(url)).toMatchObject({ label, warnings: [] });
    expect(read(read(url).url)).toEqual(read(url));
  });

  test.each([
    ["p#ss", "p#ss"],
    ["#", "#"],
    ["p@ss", "p@ss"],
    ["a:b", "a:b"],
    ["p%40s%2Fs%3Fx%25", "p@s/s?x%"],
    ["p+w d", "p+w d"],
    ["p[]|^`\\", "p[]|^`\\"],
  ])("its password may be written %s", (written, password) => {
    expect(partsOf(`postgres://u:${written}@h/db`)).toMatchObject({ user: "u", password, database: "db" });
    expect(read(`postgres://u:${written}@h/db`).label).toBe("h:5432/db");
  });

  test("whatever is in its parts survives", () => {
    const text = fc
      .string({ minLength: 1, unit: "grapheme" })
      .filter((value) => value.isWellFormed() && !/^\.\.?$/.test(value));
    fc.assert(
      fc.property(text, text, text, (user, password, database) => {
        const [u, p, d] = [user, password, database].map(encodeURIComponent);
        expect(partsOf(`postgres://${u}:${p}@h/${d}`)).toMatchObject({ user, password, database });
        expect(partsOf(`postgres://h/?user=${u}&password=${p}&dbname=${d}`)).toMatchObject({
          user,
          password,
          database,
        });
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    ["pgbouncer=true&connection_limit=1&pool_timeout=20&statement_cache_size=0", {}],
    ["supa=base-pooler.x&workaround=supabase-pooler.vercel&uselibpqcompat=true&prepareThreshold=0", {}],
    ["target_session_attrs=read-write&load_balance_hosts=random&keepalives_idle=30&gssencmode=prefer", {}],
    ["sslmode=no-verify", { sslmode: "require" }],
    ["ssl=true", { sslmode: "require" }],
    ["ssl=false", { sslmode: "disable" }],
    ["ssl=true&sslmode=verify-full", { sslmode: "verify-full" }],
    ["sslmode=VERIFY_CA&sslrootcert=/ca.pem", { sslmode: "verify-ca", sslrootcert: "/ca.pem" }],
    ["sslaccept=strict", { sslmode: "verify-full" }],
    ["schema=rag&connect_timeout=3", { schema: "rag", connect_timeout: "3" }],
    ["currentSchema=rag", { schema: "rag" }],
    ["currentSchema=rag,public", { search_path: "rag,public" }],
    ["channel_binding=require&sslmode=require", { channel_binding: "require", sslmode: "require" }],
    ["options=endpoint%3Dep-cool-1", { options: "endpoint=ep-cool-1" }],
    ["options=-c%20geqo%3Doff+-c+a=b", { options: "-c geqo=off -c a=b" }],
  ])("?%s is read", (search, expected) => {
    const parts = { user: "u", password: "p", database: "db", sslmode: "disable" };
    expect(partsOf(`postgres://u:p@h/db?${search}`)).toEqual({ ...parts, ...expected });
    expect(read(`postgres://u:p@h/db?${search}`).warnings).toEqual([]);
  });

  test("what it says and is not used is named, without its value", () => {
    const { url, warnings } = read("postgres://u@h/db?application_name=app&target_session_attrs=standby&foo=secret");
    expect(url).toBe("postgres://u@h:5432/db?sslmode=disable");
    expect(warnings).toEqual([
      expect.stringMatching(
        /^"application_name" in the database URL of --database-url is not used: sessions are called/,
      ),
      '"target_session_attrs" in the database URL of --database-url is not used',
      '"foo" in the database URL of --database-url is not used',
    ]);
  });

  test("variables say how to get in where it does not, and never where", () => {
    const env = {
      ...{ PGHOST: "other", PGPORT: "1", PGUSER: "other", PGDATABASE: "other", PGOPTIONS: "-c x=y" },
      ...{ PGPASSWORD: "mine", PGSSLMODE: "verify-full", PGSSLROOTCERT: "/ca.pem", PGCHANNELBINDING: "require" },
    };
    const how = { sslmode: "verify-full", sslrootcert: "/ca.pem", channel_binding: "require" };
    expect(read("postgres://", env).label).toBe("localhost:5432/postgres");
    expect(partsOf("postgres://", env)).toEqual({ user: "postgres", password: "mine", database: "postgres", ...how });
    const said = "sslmode=require&sslrootcert=/other.pem&channel_binding=prefer";
    expect(partsOf(`postgres://u:p@h/db?${said}`, env)).toEqual({
      ...{ user: "u", password: "p", database: "db" },
      ...{ sslmode: "require", sslrootcert: "/other.pem", channel_binding: "prefer" },
    });
  });
});

describe("a URL that cannot be used", () => {
  test.each([
    ["postgres://u:5/secret@h/db", /not a valid URL/],
    ["postgres://u:5?secret@h/db", /not a valid URL/],
    ["postgres://u:secret%@h/db", /not a valid URL/],
    ["postgres://u:secret@h:99999/db", /not a valid URL/],
    ["postgres://u:secret@h:x/db", /not a valid URL/],
    ["postgres://u:secret@my host/db", /not a valid URL/],
    ["postgres://u:secret@::1/db", /not a valid URL/],
    ["postgres://u:secret@h/..", /not a valid URL/],
    ["postgres://u:secret@h1,h2/db", /several hosts/],
    ["postgres://u:secret@h1:1,h2:2/db?target_session_attrs=primary", /several hosts/],
    ["postgres://u:secret@/db?host=h1,h2", /several hosts/],
    ["postgres://u:secret@/db?service=x", /"service" is not known here/],
    [
      "postgres://u:secret@h/db?sslmode=always",
      /sslmode must be disable, allow, prefer, require, verify-ca, verify-full/,
    ],
    ["postgres://secret:secret", /not a valid URL/],
  ])("%s is refused without its password", (url, message) => {
    const error = usageErrorOf(() => read(url));
    expect(error.message).toMatch(message);
    expect(error.hint).not.toBe("");
    expect(`${error.message} ${String(error.hint)}`).not.toContain("secret");
  });
});
