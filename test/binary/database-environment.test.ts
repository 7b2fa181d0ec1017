import { describe, expect } from "bun:test";
import { run, serverTest, testDatabase } from "../support/executable.ts";
import { flags, ingested } from "../support/ingested-corpus.ts";
import { writeCorpus, writePage } from "../support/corpus.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

/** A second corpus, of one page, in a database of its own. */
async function another(ollama: string) {
  const directory = temporaryDirectory();
  const database = await testDatabase();
  writeCorpus(directory.path, { pages: 1, sections: 1, source: "mine" });
  writePage(directory.path, "mine", 0, 1, "a page of my own");
  return {
    database,
    start: (command: readonly string[], url: string, env: Readonly<Record<string, string>>) => {
      const [args, isRun] = [flags(ollama, url), command[0] !== "search" && command[0] !== "report"];
      const withoutEmbedder = ["--database-url", url];
      const rest = isRun
        ? args
        : command[0] === "search"
          ? ["--ollama-host", ollama, ...withoutEmbedder]
          : withoutEmbedder;
      return run([...command, ...rest], { cwd: directory.path, env });
    },
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

describe("no variable of PostgreSQL's decides where rows go", () => {
  serverTest("whichever is set, --clean, search and report keep to the database that was named", async () => {
    await using foreign = await ingested({ pages: 3 });
    await using mine = await another(foreign.ollama.url);
    const before = await foreign.rows();
    const there = new URL(foreign.database.url);
    const elsewhere = there.pathname.slice(1);
    const urls = ["DATABASE_URL", "DATABASEURL", "POSTGRES_URL", "PGURL", "PG_URL", "TLS_DATABASE_URL", "MYSQL_URL"];
    const variables: Readonly<Record<string, string>>[] = [
      { PGDATABASE: elsewhere },
      { PG_DATABASE: elsewhere },
      {
        ...{ PGHOST: "no-such-host.invalid", PG_HOST: "no-such-host.invalid", PGPORT: "1", PG_PORT: "1" },
        ...{ PGUSER: "nobody_there", PG_USER: "nobody_there", PGUSERNAME: "nobody_there", USER: "x", USERNAME: "x" },
        ...{ PGPASSWORD: "wrong", PG_PASSWORD: "wrong", PGSERVICE: "elsewhere", PGHOSTADDR: "192.0.2.1" },
      },
      { PGOPTIONS: "-c search_path=pg_temp -c default_transaction_read_only=on" },
      {
        ...{ PGSSLMODE: "require", PG_SSLMODE: "require", PGCHANNELBINDING: "require", PGCONNECT_TIMEOUT: "0" },
        ...{ PGAPPNAME: "bbj-ingest-all 1@elsewhere", PGTARGETSESSIONATTRS: "standby", PGPASSFILE: "/nowhere" },
      },
      Object.fromEntries([...urls, "TLS_POSTGRES_DATABASE_URL"].map((name) => [name, there.href])),
    ];
    const named = new URL(mine.database.url);
    named.searchParams.set("sslmode", "disable");
    named.searchParams.set("channel_binding", "disable");
    for (const env of variables) {
      const cleaned = await mine.start(["--clean"], named.href, env);
      expect([env, cleaned.exitCode, cleaned.stderr.match(/^error.*/m)?.[0]]).toEqual([env, 0, undefined]);
      expect(cleaned.stderr).toContain(named.pathname.slice(1));
      expect([env, (await foreign.rows()).join() === before.join()]).toEqual([env, true]);
      expect(await mine.database.rows()).toHaveLength(1);
    }
    const env = Object.assign({}, ...variables);
    const found = await mine.start(["search", "page", "--json"], named.href, env);
    expect(found).toMatchObject({ exitCode: 0 });
    expect(
      found.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).source),
    ).toEqual(["mine"]);
    const told = await mine.start(["report", "--json"], named.href, env);
    expect(JSON.parse(told.stdout)).toMatchObject({ chunks: 1, database: expect.stringContaining(named.pathname) });
  });
});
