import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { EXECUTABLE, run } from "../support/executable.ts";
import { inTerminal } from "../support/terminal.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const directory = temporaryDirectory();
afterAll(() => directory[Symbol.dispose]());
const cwd = directory.path;
const answer = async (...args: string[]) => {
  const { exitCode, stdout, stderr } = await run(args, { cwd });
  expect({ args, exitCode, stderr }).toEqual({ args, exitCode: 0, stderr: "" });
  return stdout;
};

test("help is the same by flag and by command, and so is the version", async () => {
  expect(await answer("help")).toBe(await answer("--help"));
  expect(await answer("-h")).toBe(await answer("--help"));
  const search = await answer("help", "search");
  for (const args of [
    ["search", "--help"],
    ["-h", "search"],
    ["search", "-h"],
  ])
    expect(await answer(...args)).toBe(search);
  expect(search).not.toBe(await answer("ingest", "--help"));
  const version = await answer("--version");
  expect(version).toMatch(/^\d+\.\d+\.\d+\n$/);
  for (const word of ["-V", "version"]) expect(await answer(word)).toBe(version);
});

test("the licences of all that is inside are printed whole, also for a reader that leaves", async () => {
  const text = await answer("--licenses");
  expect(await answer("licenses")).toBe(text);
  for (const part of [
    "MIT License",
    "zod ",
    "PostgreSQL 18",
    "JavaScriptCore",
    "all-MiniLM-L6-v2",
    "GNU LIBRARY GENERAL",
  ])
    expect(text).toContain(part);
  const head = Bun.spawn(["bash", "-o", "pipefail", "-c", '"$0" --licenses | head -n 1', EXECUTABLE], {
    ...{ cwd, stdout: "pipe", stderr: "pipe" },
  });
  const [stdout, stderr, exitCode] = await Promise.all([head.stdout.text(), head.stderr.text(), head.exited]);
  expect([stdout, stderr, exitCode]).toEqual(["bbj-ingest-all, and what is inside of it\n", "", 0]);
});

test("in a pipe help is 80 columns wide, without escape codes", async () => {
  const text = await answer("--help");
  expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
  expect(text).not.toContain("\x1b");
});

test.each([40, 120])(
  "on a terminal of %i columns help is as wide as can be read, with headings that stand out",
  async (cols) => {
    const terminal = inTerminal(["help", "ingest"], { cwd, cols });
    expect(await terminal.exitCode()).toBe(0);
    const widths = terminal
      .text()
      .split("\r\n")
      // A line to paste is whole, and so is a word.
      .filter((line) => !line.startsWith("  bbj-ingest-all ") && line.trim().includes(" "))
      .map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(Math.min(cols, 100));
    expect(Math.max(...widths)).toBeGreaterThan(Math.min(cols, 100) - 12);
    expect(terminal.raw()).toContain("\x1b[1mOutput:");
  },
);

test.each([{ NO_COLOR: "1" }, { TERM: "dumb" }])("with %j a terminal gets no escape codes", async (env) => {
  const terminal = inTerminal(["--help"], { cwd, env });
  expect(await terminal.exitCode()).toBe(0);
  expect(terminal.raw()).not.toContain("\x1b");
});

/** Skipped by name where a formatter is not installed. */
const withTool = (name: string) => (Bun.which(name) === null ? test.skip : test);

for (const [tool, ...flags] of [
  ["groff", "-man", "-ww", "-z"],
  // Warnings: of the date, which a build that can be repeated has not.
  ["mandoc", "-T", "lint", "-W", "error"],
] as const)
  withTool(tool)(`the manual page is without a mistake for ${tool}`, async () => {
    const page = join(cwd, "bbj-ingest-all.1");
    await Bun.write(page, await answer("man"));
    const { exitCode, stdout, stderr } = Bun.spawnSync([tool, ...flags, page]);
    expect([exitCode, stdout.toString(), stderr.toString()]).toEqual([0, "", ""]);
  });

withTool("man")("the manual page shows commands, flags, settings and exit codes as they are typed", async () => {
  const page = join(cwd, "shown.1");
  await Bun.write(page, await answer("man"));
  const { stdout } = Bun.spawnSync(["man", "-l", page], {
    env: { PATH: "/usr/bin:/bin", MANWIDTH: "80", LANG: "C.UTF-8" },
  });
  const text = stdout.toString().replaceAll(/.\x08/g, "");
  for (const shown of [
    "--retry-failed",
    "-V, --version",
    "completions SHELL",
    "BBJ_RAG_CHUNK_SIZE",
    "   130",
    "sources'",
  ])
    expect(text).toContain(shown);
});
