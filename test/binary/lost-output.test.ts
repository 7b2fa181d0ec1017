import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EXECUTABLE } from "../support/executable.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { makeEmbedded } from "../support/databases.ts";

const BUILTIN = "--embedder builtin --dimensions 64 --database-url pglite:db";

/** Runs a line of a shell in a folder with a small source. */
async function shell(cwd: string, line: string) {
  const child = Bun.spawn(["bash", "-c", line.replaceAll("TOOL", EXECUTABLE)], {
    cwd,
    env: { PATH: "/usr/bin:/bin", HOME: cwd },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { stdout, stderr, exitCode };
}

function folder() {
  const directory = temporaryDirectory();
  mkdirSync(join(directory.path, "docs"));
  writeFileSync(join(directory.path, "docs", "open.md"), "# Open\n\nOpens a file.\n");
  const sources = '[[sources]]\nname = "docs"\nparser = "mdx"\npaths = ["docs"]\n';
  writeFileSync(join(directory.path, "sources.toml"), sources);
  return directory;
}

describe.skipIf(!existsSync("/dev/full"))("an answer that finds no room", () => {
  test("is missed: the command says so and fails", async () => {
    using directory = folder();
    const asked = ["--help", "--version", "parse --source docs", `ingest --dry-run ${BUILTIN}`];
    for (const args of asked) {
      const { stderr, exitCode } = await shell(directory.path, `TOOL ${args} >/dev/full`);
      expect([args, exitCode]).toEqual([args, 1]);
      expect(stderr).toEndWith("error: what was to be printed could not be written to stdout: there is no room left\n");
    }
    await makeEmbedded(join(directory.path, "db"));
    expect((await shell(directory.path, `TOOL ${BUILTIN} >/dev/null`)).exitCode).toBe(0);
    for (const args of [`search ${BUILTIN} open`, `report ${BUILTIN}`]) {
      expect((await shell(directory.path, `TOOL ${args} >/dev/full`)).exitCode).toBe(1);
      expect((await shell(directory.path, `TOOL ${args} >out`)).exitCode).toBe(0);
    }
  });

  test("is missed by nobody where its reader left", async () => {
    using directory = folder();
    for (const args of ["--help", "parse --source docs"]) {
      const left = await shell(directory.path, `TOOL ${args} | head -n 1 >/dev/null; echo \${PIPESTATUS[0]}`);
      expect([args, left.stdout, left.stderr]).toEqual([args, "0\n", ""]);
    }
  });

  test("does not make a run fail that has stored everything", async () => {
    using directory = folder();
    await makeEmbedded(join(directory.path, "db"));
    expect((await shell(directory.path, `TOOL ${BUILTIN} >/dev/full`)).exitCode).toBe(0);
  });

  test("arrives whole in a file", async () => {
    using directory = folder();
    await shell(directory.path, "TOOL parse --source docs --json >>out; TOOL parse --source docs --json >>out");
    const lines = (await Bun.file(join(directory.path, "out")).text()).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).type)).toEqual(["document", "source", "document", "source"]);
  });
});
