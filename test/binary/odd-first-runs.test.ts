import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { EXECUTABLE, run, serverTest, testDatabase } from "../support/executable.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { commandInTerminal, inTerminal } from "../support/terminal.ts";
import { handOver, unprivileged } from "../support/unprivileged.ts";
import { writeTree } from "../support/write-tree.ts";

const ENTER = "\r";
const LEXICAL = { BBJ_RAG_EMBEDDING_PROVIDER: "lexical", BBJ_RAG_EMBEDDING_DIMENSIONS: "32" };

/** What is no folder to look through, and what is said of it. */
const NO_FOLDERS: readonly (readonly [what: string, name: string, said: string])[] = [
  ["what is not there", "nowhere", "here is no folder /"],
  ["a file", "docs/a.md", "docs/a.md is a file: name the folder that it lies in"],
  [
    "what is below a file",
    "docs/a.md/b",
    "docs/a.md/b cannot be read: a part of its path is not a directory (ENOTDIR)",
  ],
  ["a circle of links", "circle", "circle cannot be read: links that lead in a circle (ELOOP)"],
  ["too long a name", "a".repeat(300), "cannot be read: its name is too long (ENAMETOOLONG)"],
];

function scene() {
  const directory = temporaryDirectory();
  writeTree(directory.path, { "docs/a.md": "# Opening a channel\n\nOPEN opens it.\n" });
  return directory;
}

describe("what is no folder of documents", () => {
  function circle() {
    const directory = scene();
    symlinkSync("circle", join(directory.path, "circle"));
    return directory;
  }

  test.each(NO_FOLDERS)("is named: %s", async (_, name, said) => {
    using directory = circle();
    const { exitCode, stderr } = await run(["init", "--yes", name], { cwd: directory.path });
    expect(stderr).toContain(said);
    expect(stderr).not.toContain("bug");
    expect(exitCode).toBe(2);
  });

  test("is asked for again", async () => {
    using directory = circle();
    const terminal = inTerminal([], { cwd: directory.path, cols: 500, env: LEXICAL });
    await terminal.sees("Which folder holds the documents?");
    for (const [, name, said] of NO_FOLDERS) {
      terminal.press(`\x15${name}${ENTER}`);
      await terminal.sees(said);
    }
    terminal.press(`\x15docs${ENTER}`);
    await terminal.sees("1 of 1 chosen");
    terminal.press("\x03");
    expect(await terminal.exitCode()).toBe(130);
  });
});

describe("files that init could not write are named before anything is asked", () => {
  test("where the folder is somebody else's, with the way out", async () => {
    using directory = scene();
    handOver(directory.path);
    chmodSync(directory.path, 0o555);
    const terminal = commandInTerminal([...unprivileged, EXECUTABLE, "init", "docs"], { cwd: directory.path });
    expect(await terminal.exitCode()).toBe(2);
    const text = terminal.text();
    expect(text).toContain("config.toml cannot be written: permission denied (EACCES)");
    expect(text).toContain(`name that of the documents: ${EXECUTABLE} init ${join(directory.path, "docs")}`);
    expect(text).not.toContain("Which sources?");
    chmodSync(directory.path, 0o755);
  });

  test("where the folder of --config is not there", async () => {
    using directory = scene();
    mkdirSync(join(directory.path, "here"));
    const { exitCode, stderr } = await run(["init", "--yes", "../docs", "--config", "it's/s.toml"], {
      cwd: join(directory.path, "here"),
      env: LEXICAL,
    });
    expect(stderr).toContain("it's/s.toml cannot be written: there is no folder");
    expect(stderr).toContain("mkdir -p '");
    expect(exitCode).toBe(2);
    expect(readdirSync(join(directory.path, "here"))).toEqual([]);
  });

  test("where it cannot be known whether they are there", async () => {
    using directory = scene();
    const { exitCode, stderr } = await run(["init", "--yes", "docs", "--config", "docs/a.md/s.toml"], {
      cwd: directory.path,
      env: LEXICAL,
    });
    expect(stderr).toContain("docs/a.md/s.toml cannot be read: a part of its path is not a directory (ENOTDIR)");
    expect(exitCode).toBe(2);
  });
});

serverTest("SQL that mends a database stands on lines of its own below where it is to be pasted", async () => {
  await using database = await testDatabase();
  using directory = scene();
  const url = new URL(database.url);
  url.pathname += "_not";
  const args = ["init", "docs", "--database-url", url.href];
  const terminal = inTerminal(args, { cwd: directory.path, cols: 120, env: LEXICAL });
  await terminal.sees("1 of 1 chosen");
  terminal.press(ENTER);
  await terminal.sees("How shall it go on?");
  const sql = `CREATE DATABASE "${url.pathname.slice(1)}";`;
  const lines = terminal.text().replaceAll("\r", "").split("\n");
  expect(lines).toContain(`│    ${sql}`);
  expect(lines).toContain("│  in psql, as the owner or a superuser:");
  await database.sql.unsafe(sql);
  try {
    terminal.press(ENTER);
    await terminal.sees("Go on like this?");
  } finally {
    terminal.press("\x03");
    await terminal.exitCode();
    await database.sql.unsafe(sql.replace("CREATE", "DROP"));
  }
});
