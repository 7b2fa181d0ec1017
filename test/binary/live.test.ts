import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { writeCorpus } from "../support/corpus.ts";
import { makeEmbedded } from "../support/databases.ts";
import { run, start } from "../support/executable.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { until } from "../support/until.ts";
import { inTerminal, type TerminalOptions } from "../support/terminal.ts";

const CTRL_C = "\x03";
const CTRL_BACKSLASH = "\x1c";
const DIMENSIONS = 32;
const [HIDE, SHOW] = ["\x1b[?25l", "\x1b[?25h"];
const ESCAPE = "\x1b";
const NO_TASKBAR = "\x1b]9;4;0;0\x07";

/** A corpus, and a server that answers no second batch before `open` is called. */
async function heldServer() {
  const directory = temporaryDirectory();
  writeCorpus(directory.path, { pages: 40 });
  await makeEmbedded(join(directory.path, ".bbj-rag"));
  const gate = Promise.withResolvers<undefined>();
  const ollama = await startOllama({
    dimensions: DIMENSIONS,
    fault: (request) => (request > 2 ? gate.promise : undefined),
  });
  return {
    args: ["--ollama-host", ollama.url, "--dimensions", String(DIMENSIONS), "--workers", "2"],
    options: { cwd: directory.path, env: { BBJ_RAG_EMBEDDING_BATCH_SIZE: "8" } },
    open: () => gate.resolve(undefined),
    async [Symbol.asyncDispose]() {
      gate.resolve(undefined);
      await ollama.stop();
      directory[Symbol.dispose]();
    },
  };
}

/** A run on a terminal that waits for it. */
async function held({
  args = [],
  env = {},
  ...more
}: Partial<TerminalOptions> & { readonly args?: readonly string[] } = {}) {
  const server = await heldServer();
  const options = { ...server.options, ...more, env: { ...server.options.env, ...env } };
  return { ...server, terminal: inTerminal([...server.args, ...args], options) };
}

/** A run that stores nothing: no database has to be opened for it, which is most of what a small one takes. */
function drawn(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const flags = ["--dry-run", "--embedder", "lexical", "--dimensions", String(DIMENSIONS), ...args];
  return inTerminal(flags, { cwd, env: { BBJ_RAG_EMBEDDING_BATCH_SIZE: "8", ...env } });
}

/** The lines of each frame, as wide as they are drawn. */
function linesOf(raw: string): string[] {
  const frames = [...raw.matchAll(/\x1b\[\?7l(.*?)\x1b\[\?7h/gs)];
  return frames.flatMap(([, frame = ""]) => Bun.stripANSI(frame).split(/[\r\n]+/)).filter((line) => line !== "");
}

/** What the task bar was told last. */
function taskbarOf(raw: string): string | undefined {
  return raw.match(/\x1b\]9;4;[\d;]+\x07/g)?.at(-1);
}

function isShown(raw: string): boolean {
  return raw.lastIndexOf(SHOW) >= raw.lastIndexOf(HIDE);
}

describe("a run on a terminal", () => {
  test("is drawn within it, also when it gets another size, and gone at the end", async () => {
    await using scene = await held({ cols: 90, rows: 24 });
    const { terminal, open } = scene;
    await terminal.sees("2 of 2 requests in flight");
    expect(isShown(terminal.raw())).toBe(false);
    const wide = terminal.raw();
    for (const line of linesOf(wide)) expect(Bun.stringWidth(line)).toBeLessThan(90);
    terminal.resize(50, 12);
    await terminal.sees((raw) => /docs[^]*\x1b\[\?2026l$/.test(raw.slice(wide.length)));
    const narrow = linesOf(terminal.raw().slice(wide.length));
    expect(narrow.some((line) => line.includes("docs"))).toBe(true);
    for (const line of narrow.slice(-4)) expect(Bun.stringWidth(line)).toBeLessThan(50);
    open();
    expect(await terminal.exitCode()).toBe(0);
    // All that follows what was erased is the summary.
    const end = terminal.raw().slice(terminal.raw().lastIndexOf("\x1b[J"));
    expect(end).toContain("120 chunks in");
    expect(end).not.toContain("in flight");
    expect(isShown(terminal.raw())).toBe(true);
  });

  test.each(["Ctrl-C", "a second Ctrl-C", "SIGTERM"])(
    "gives back the cursor and the task bar after %s",
    async (how) => {
      await using scene = await held({ env: { TERM_PROGRAM: "ghostty" } });
      const { terminal, open } = scene;
      await terminal.sees("2 of 2 requests in flight");
      expect(terminal.raw()).toContain("\x1b]9;4;");
      if (how === "SIGTERM") terminal.child.kill("SIGTERM");
      else terminal.press(CTRL_C);
      await terminal.sees("stopping: what is in flight is finished and stored");
      if (how === "a second Ctrl-C") terminal.press(CTRL_C);
      else open();
      expect(await terminal.exitCode()).toBe(130);
      expect(isShown(terminal.raw())).toBe(true);
      expect(taskbarOf(terminal.raw())).toBe(NO_TASKBAR);
    },
  );

  test("gives them back, too, when Ctrl-\\ ends it at once", async () => {
    await using scene = await held({ env: { TERM_PROGRAM: "ghostty" } });
    const { terminal } = scene;
    await terminal.sees("2 of 2 requests in flight");
    terminal.press(CTRL_BACKSLASH);
    await terminal.exitCode();
    expect(terminal.child.signalCode).toBe("SIGQUIT");
    expect(isShown(terminal.raw())).toBe(true);
    expect(taskbarOf(terminal.raw())).toBe(NO_TASKBAR);
  });

  test("gives them back, too, when it is ended while the embedded database is made and nothing is heard", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 3 });
    const args = ["--embedder", "lexical", "--dimensions", "32"];
    const terminal = inTerminal(args, { cwd: directory.path, env: { TERM_PROGRAM: "ghostty" } });
    await until(() => existsSync(join(directory.path, ".bbj-rag/data.new")));
    terminal.press(CTRL_C);
    await terminal.exitCode();
    expect(terminal.child.signalCode).toBe("SIGINT");
    expect(isShown(terminal.raw())).toBe(true);
    expect(taskbarOf(terminal.raw())).toBe(NO_TASKBAR);
  });

  test("leaves lines in a log with --verbose, and nothing at all with --quiet", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 40 });
    const verbose = drawn(directory.path, ["-v"]);
    expect(await verbose.exitCode()).toBe(0);
    expect(verbose.raw()).toMatch(/worker \d: batch \d+, 8 chunks, attempt 1: embedded/);
    // Of a dry run the table, which is what it was asked for.
    const quiet = drawn(directory.path, ["-q"]);
    expect(await quiet.exitCode()).toBe(0);
    expect(quiet.text()).toMatch(/^\s*Source +/);
    expect(quiet.raw()).not.toContain(ESCAPE);
  });

  test("has no colours with NO_COLOR, and is plain lines where TERM=dumb", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 40 });
    const plain = drawn(directory.path, [], { NO_COLOR: "1" });
    expect(await plain.exitCode()).toBe(0);
    expect(plain.raw()).toContain(HIDE);
    expect(plain.raw()).not.toMatch(/\x1b\[[\d;]*m/);
    const dumb = drawn(directory.path, [], { TERM: "dumb" });
    expect(await dumb.exitCode()).toBe(0);
    expect(dumb.raw()).not.toContain(ESCAPE);
    expect(dumb.text()).toMatch(/^[\d:]{8} dry run, nothing is changed: bbj-ingest-all/m);
  });
});

test("a run in a pipe leaves no trace of a display", async () => {
  using directory = temporaryDirectory();
  writeCorpus(directory.path, { pages: 20 });
  for (const args of [[], ["--json"], ["-q"], ["-v"]]) {
    const env = { TERM: "xterm-256color", TERM_PROGRAM: "ghostty", FORCE_COLOR: "1" };
    const flags = ["--dry-run", "--embedder", "lexical", "--dimensions", "32", ...args];
    const { stdout, stderr, exitCode } = await run(flags, { cwd: directory.path, env });
    expect(exitCode).toBe(0);
    expect(stdout + stderr).not.toContain(ESCAPE);
  }
});

test("a run in a pipe says that a server does not answer, before its request times out", async () => {
  await using server = await heldServer();
  const child = start([...server.args, "--progress-interval", "1"], {
    ...server.options,
    env: { ...server.options.env, TERM: "xterm-256color", FORCE_COLOR: "1" },
  });
  let said = "";
  for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
    said += part;
    if (/progress: .*nothing done for \d+\.0 s, waiting for 2 requests to the embedder/.test(said)) server.open();
  }
  expect(await child.exited).toBe(0);
  expect(said).not.toContain(ESCAPE);
});
