import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { writeCorpus } from "../support/corpus.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { inTerminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";
import { makeEmbedded } from "../support/databases.ts";

const ENTER = "\r";
const CTRL_C = "\x03";

describe("on a terminal", () => {
  test("a prompt that is ended by a signal gives the cursor back, and changes nothing", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 3 });
    const before = readdirSync(directory.path);
    const terminal = inTerminal([], { cwd: directory.path });
    await terminal.sees("What is to be done?");
    terminal.child.kill("SIGTERM");
    expect(await terminal.exitCode()).toBe(130);
    expect(terminal.raw().lastIndexOf("\x1b[?25h")).toBeGreaterThan(terminal.raw().lastIndexOf("\x1b[?25l"));
    expect(readdirSync(directory.path)).toEqual(before);
  });

  test("Ctrl-C finishes what is in flight, says how to go on, and ends with 130; a second one leaves at once", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 30 });
    for (const presses of [1, 2]) {
      const gate = Promise.withResolvers<undefined>();
      await using ollama = await startOllama({
        dimensions: 32,
        fault: (request) => (request > 2 ? gate.promise : undefined),
      });
      const args = ["--ollama-host", ollama.url, "--dimensions", "32", "--database-url", `pglite:db${presses}`];
      await makeEmbedded(join(directory.path, `db${presses}`));
      const terminal = inTerminal(args, { cwd: directory.path });
      await until(() => ollama.inFlight > 0 && ollama.requests >= 3);
      terminal.press(CTRL_C);
      await terminal.sees("stopping");
      if (presses === 1) gate.resolve(undefined);
      else terminal.press(CTRL_C);
      expect(await terminal.exitCode()).toBe(130);
      if (presses === 1) expect(terminal.text()).toContain("Run again to go on");
      gate.resolve(undefined);
    }
  });

  test("Ctrl-C stops a run that prompts have started like any other", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 12 });
    await makeEmbedded(join(directory.path, ".bbj-rag"));
    const gate = Promise.withResolvers<undefined>();
    await using ollama = await startOllama({
      dimensions: 32,
      fault: (_, texts) => (texts.some((text) => text.includes("page 11,")) ? gate.promise : undefined),
    });
    const terminal = inTerminal(["-i", "--ollama-host", ollama.url, "--dimensions", "32"], { cwd: directory.path });
    await terminal.sees("What is to be done?");
    terminal.press(ENTER);
    await until(() => ollama.inFlight > 0 && terminal.text().includes("in flight"));
    terminal.press(CTRL_C);
    await terminal.sees("stopping");
    gate.resolve(undefined);
    expect(await terminal.exitCode()).toBe(130);
    expect(terminal.text()).toContain("Run again to go on");
  });

  test("whoever calls the server of chat clients by hand is told what it waits for, and goes by Ctrl-C", async () => {
    using directory = temporaryDirectory();
    const terminal = inTerminal(["mcp"], { cwd: directory.path });
    await terminal.sees("waits for a chat client");
    expect(terminal.text()).toContain("bbj-ingest-all serve");
    terminal.press(CTRL_C);
    expect(await terminal.exitCode()).toBe(0);
  });
});
