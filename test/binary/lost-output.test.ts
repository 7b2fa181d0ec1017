import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EXECUTABLE } from "../support/executable.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { makeEmbedded } from "../support/databases.ts";

const LEXICAL = "--embedder lexical --dimensions 64 --database-url pglite:db";

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

/** A source whose documents are larger than any pipe. */
function largeFolder() {
  const directory = folder();
  for (let page = 0; page < 20; page++) {
    const words = Array.from({ length: 2_000 }, (_, word) => `word${page}x${word}`).join(" ");
    writeFileSync(join(directory.path, "docs", `page${page}.md`), `# Page ${page}\n\n${words}\n`);
  }
  return directory;
}

describe("an answer to a slow reader", () => {
  const CORPUS = "--embedder lexical --dimensions 64 --database-url pglite:db";
  const slowly = (args: string) => `TOOL ${args} 2>&1 | (sleep 0.3; cat); echo "exit \${PIPESTATUS[0]}"`;

  test("arrives whole, every time, of every command", async () => {
    using directory = largeFolder();
    await makeEmbedded(join(directory.path, "db"));
    const made = await shell(directory.path, `TOOL ${CORPUS} --json >made.jsonl`);
    expect(made.exitCode).toBe(0);
    const commands = [
      "parse --full --limit 1000",
      "parse --full --limit 1000 --json",
      `search --limit 2000 ${CORPUS} word1x1`,
      `search --limit 2000 --json ${CORPUS} word1x1`,
    ];
    for (const command of commands) {
      const { stdout: whole } = await shell(directory.path, `TOOL ${command} >whole 2>&1; cat whole`);
      expect(whole.length).toBeGreaterThan(100_000);
      for (let time = 0; time < 3; time++) {
        const { stdout } = await shell(directory.path, slowly(command));
        expect([command, stdout.length, stdout === `${whole}exit 0\n`]).toEqual([command, whole.length + 7, true]);
      }
    }
  });

  test("is waited for no longer than its user likes: one signal ends the command", async () => {
    using directory = largeFolder();
    const line = "TOOL parse --full --limit 1000 & tool=$!; sleep 1; kill -INT $tool; wait $tool; echo $? >code";
    await shell(directory.path, `( ${line} ) | sleep 3`);
    const code = await Bun.file(join(directory.path, "code")).text();
    expect(code).toBe("130\n");
  });
});

describe.skipIf(!existsSync("/dev/full"))("an answer that finds no room", () => {
  test("is missed: the command says so and fails", async () => {
    using directory = folder();
    const asked = ["--help", "--version", "parse --source docs", `ingest --dry-run ${LEXICAL}`];
    for (const args of asked) {
      const { stderr, exitCode } = await shell(directory.path, `TOOL ${args} >/dev/full`);
      expect([args, exitCode]).toEqual([args, 1]);
      expect(stderr).toEndWith("error: what was to be printed could not be written to stdout: there is no room left\n");
    }
    await makeEmbedded(join(directory.path, "db"));
    expect((await shell(directory.path, `TOOL ${LEXICAL} >/dev/null`)).exitCode).toBe(0);
    for (const args of [`search ${LEXICAL} open`, "report --database-url pglite:db"]) {
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
    expect((await shell(directory.path, `TOOL ${LEXICAL} >/dev/full`)).exitCode).toBe(0);
  });

  test("does not keep a command from its end whose messages find none either", async () => {
    using directory = folder();
    const commands = { "--nope": 2, "report --database-url pglite:db": 2, "parse -v": 0, "parse --help": 0 };
    for (const [args, code] of Object.entries(commands)) {
      const { exitCode } = await shell(directory.path, `timeout 10 TOOL ${args} >/dev/null 2>/dev/full`);
      expect([args, exitCode]).toEqual([args, code]);
    }
  });

  test("arrives whole in a file", async () => {
    using directory = folder();
    await shell(directory.path, "TOOL parse --source docs --json >>out; TOOL parse --source docs --json >>out");
    const lines = (await Bun.file(join(directory.path, "out")).text()).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).type)).toEqual(["document", "source", "document", "source"]);
  });
});
