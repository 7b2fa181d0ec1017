import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeCorpus } from "../support/corpus.ts";
import { run, serverTest, testDatabase } from "../support/executable.ts";
import { freePort } from "../support/free-port.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { makeEmbedded } from "../support/databases.ts";

/** Runs in a directory with a small corpus; says what the run left there. */
async function attempt(
  args: readonly string[],
  prepare: (directory: string) => void | Promise<void> = () => {},
  env: Record<string, string> = {},
) {
  using directory = temporaryDirectory();
  writeCorpus(directory.path, { pages: 2 });
  await prepare(directory.path);
  const before = new Set(readdirSync(directory.path));
  const outcome = await run(args, { cwd: directory.path, env });
  const left = readdirSync(directory.path).filter((name) => !before.has(name));
  return { ...outcome, left };
}

const lexical = ["--embedder", "lexical", "--dimensions", "32"];

describe("what keeps a run from starting is one clear message, exit code 2, and nothing changed", () => {
  test.each([
    ["an unknown flag", ["--worker", "3"], "--workers"],
    ["an unknown command", ["serch", "text"], "search"],
    ["a worker count that is no number", ["--workers", "many"], "--workers must be a positive integer"],
    ["flags that exclude each other", ["--clean", "--resume"], "--clean"],
    ["prompts without a terminal", ["-i"], "terminal"],
    ["an unknown source", ["--source", "dosc"], "docs"],
    ["a missing sources file", ["--config", "nowhere.toml"], "nowhere.toml"],
    ["an embedder that does not exist", ["--embedder", "olama"], "ollama"],
    ["a database URL of another kind", ["--database-url", "mysql://host/db"], "postgres://"],
  ])("%s", async (_, args, named) => {
    const { exitCode, stderr, stdout, left } = await attempt(args);
    expect(stderr).toContain("error:");
    expect(stderr).toContain(named);
    expect(stderr).not.toContain("    at ");
    expect({ exitCode, stdout, left }).toEqual({ exitCode: 2, stdout: "", left: [] });
  });

  test("broken TOML, with its line", async () => {
    const { exitCode, stderr } = await attempt(lexical, (directory) =>
      writeFileSync(join(directory, "sources.toml"), '[[sources]]\nname = "docs"\nparser = mdx\n'),
    );
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/sources\.toml:3/);
  });

  test("all that is wrong with the sources, at once", async () => {
    const toml = `[[sources]]\nname = "a"\nparser = "mdx"\npaths = ["missing"]\n[[sources]]\nname = "b"\nparser = "word"\npaths = ["docs"]\n`;
    const { exitCode, stderr } = await attempt(lexical, (directory) =>
      writeFileSync(join(directory, "sources.toml"), toml),
    );
    expect(exitCode).toBe(2);
    expect(stderr).toContain("missing");
    expect(stderr).toContain("word");
  });

  test("a parser that does not exist does not stop the other sources", async () => {
    const toml = `[[sources]]\nname = "a"\nparser = "word"\npaths = ["docs"]\n[[sources]]\nname = "b"\nparser = "mdx"\npaths = ["docs"]\n`;
    const { exitCode } = await attempt([...lexical, "--source", "b"], async (directory) => {
      writeFileSync(join(directory, "sources.toml"), toml);
      await makeEmbedded(join(directory, ".bbj-rag"));
    });
    expect(exitCode).toBe(0);
  });

  test("a database that does not answer", async () => {
    const { exitCode, stderr, left } = await attempt([
      ...lexical,
      "--database-url",
      `postgres://user:s3cret@127.0.0.1:${freePort()}/db`,
    ]);
    expect(stderr).toContain("127.0.0.1");
    expect(stderr).not.toContain("s3cret");
    expect({ exitCode, left }).toEqual({ exitCode: 2, left: [] });
  });

  test("an Ollama that is not there", async () => {
    const { exitCode, stderr, left } = await attempt(["--ollama-host", `127.0.0.1:${freePort()}`]);
    expect(stderr).toContain("ollama serve");
    expect(stderr).toMatch(/to do without a server: \S+ --embedder builtin\n/);
    expect({ exitCode, left }).toEqual({ exitCode: 2, left: [] });
  });

  test("an Ollama that is gone, whose corpus no other embedder can go on with", async () => {
    await using ollama = await startOllama({ dimensions: 32 });
    const dimensions = ["--dimensions", "32"];
    const { exitCode, stderr } = await attempt(
      ["--ollama-host", `127.0.0.1:${freePort()}`, ...dimensions],
      async (cwd) => {
        await makeEmbedded(join(cwd, ".bbj-rag"));
        expect((await run(["--ollama-host", ollama.url, ...dimensions], { cwd })).exitCode).toBe(0);
        writeCorpus(cwd, { pages: 3 });
      },
    );
    expect(exitCode).toBe(2);
    expect(stderr).toContain("ollama serve");
    expect(stderr).not.toContain("builtin");
  });

  test("what cannot start has no line that says how it ended, and no table", async () => {
    const host = `127.0.0.1:${freePort()}`;
    const plain = await attempt(["--ollama-host", host]);
    expect(plain.stderr).not.toContain("PARTIAL");
    expect(plain).toMatchObject({ exitCode: 2, stdout: "" });
    const json = await attempt(["--ollama-host", host, "--json"]);
    const types = json.stdout
      .trim()
      .split("\n")
      .map((line): string => JSON.parse(line).type);
    // How far it is says a run that takes its time.
    const ends = types.filter((type) => type !== "phase" && type !== "progress");
    expect(ends).toEqual(["start", "source_start", "error"]);
  });

  test("a model that is not on the server", async () => {
    await using ollama = await startOllama({ model: "other" });
    const { exitCode, stderr, left } = await attempt(["--ollama-host", ollama.url]);
    expect(stderr).toContain("ollama pull qwen3-embedding:0.6b");
    expect({ exitCode, left }).toEqual({ exitCode: 2, left: [] });
  });

  test("a model with too short vectors", async () => {
    await using ollama = await startOllama({ dimensions: 768 });
    const { exitCode, stderr, left } = await attempt(["--ollama-host", ollama.url]);
    expect(stderr).toContain("768");
    expect(stderr).toContain("1024");
    expect({ exitCode, left }).toEqual({ exitCode: 2, left: [] });
  });

  serverTest("a dead Ollama leaves a database as it was, without even the tables", async () => {
    await using database = await testDatabase();
    const { exitCode } = await attempt(["--ollama-host", `127.0.0.1:${freePort()}`, "--database-url", database.url]);
    expect(exitCode).toBe(2);
    const [row] = await database.sql`select count(*)::int as count from pg_tables where schemaname = 'public'`;
    expect(row.count).toBe(0);
  });

  serverTest("a database that does not exist", async () => {
    await using database = await testDatabase();
    const { exitCode, stderr } = await attempt([...lexical, "--database-url", `${database.url}_not`]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("does not exist");
  });

  test("with --json the error is an event, too", async () => {
    const { exitCode, stdout } = await attempt(["--json", "--source", "nope"]);
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ type: "error", code: "usage" });
  });
});

describe("what cannot be read", () => {
  test("is named, costs exit code 1, and the rest is ingested", async () => {
    const { exitCode, stderr, stdout } = await attempt(lexical, async (directory) => {
      await makeEmbedded(join(directory, ".bbj-rag"));
      mkdirSync(join(directory, "docs", "folder.md"));
      writeFileSync(join(directory, "docs", "large.md"), "word ".repeat(300_000));
      writeFileSync(join(directory, "config.toml"), "file_size_max = 1\n");
    });
    expect(stderr).toContain("large.md");
    expect(stderr).toContain("file_size_max");
    expect(stdout).toContain("PARTIAL");
    expect(exitCode).toBe(1);
  });

  test("a closed pipe does not end a run", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 2 });
    await makeEmbedded(join(directory.path, ".bbj-rag"));
    const { EXECUTABLE } = await import("../support/executable.ts");
    const shell = Bun.spawnSync(
      ["sh", "-c", `{ "${EXECUTABLE}" ${lexical.join(" ")} --json; echo "exit $?" >&2; } | head -n 1`],
      {
        cwd: directory.path,
        env: { PATH: "/usr/bin:/bin", HOME: directory.path },
      },
    );
    expect(shell.stderr.toString()).toContain("exit 0");
  });
});

test("a file that cannot be read counts as failed, in the table and in --json, and is nothing to retry", async () => {
  const prepare = async (directory: string) => {
    writeFileSync(join(directory, "docs/broken.md"), "---\ntitle: [never closed\n---\n# Broken\n\nText.\n");
    symlinkSync(join(directory, "docs/loop.md"), join(directory, "docs/loop.md"));
    await makeEmbedded(join(directory, ".bbj-rag"));
  };
  const plain = await attempt(lexical, prepare);
  expect(plain.exitCode).toBe(1);
  expect(plain.stdout).toMatch(/^docs +4 +3 +7 +7 +1 .* PARTIAL$/m);
  expect(plain.stdout).not.toContain("--retry-failed");
  const json = await attempt([...lexical, "--json"], prepare);
  const events = json.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  for (const type of ["source_end", "summary"]) {
    expect(events.find((event) => event.type === type)).toMatchObject({ failed: 1, files: 4 });
  }
});
