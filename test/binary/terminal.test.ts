import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { writeCorpus } from "../support/corpus.ts";
import { EXECUTABLE } from "../support/executable.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const ENTER = "\r";
const CTRL_C = "\x03";

/** The executable in a pseudo-terminal: what it has written so far, keys to press, its end. */
function inTerminal(args: readonly string[], cwd: string) {
  let screen = "";
  let wake = () => {};
  const child = Bun.spawn([EXECUTABLE, ...args], {
    cwd,
    env: { PATH: "/usr/bin:/bin", HOME: cwd, TERM: "xterm-256color" },
    terminal: {
      cols: 100,
      rows: 40,
      data(_, data) {
        screen += new TextDecoder().decode(data);
        wake();
      },
    },
  });
  return {
    child,
    press: (keys: string) => child.terminal?.write(keys),
    text: () => Bun.stripANSI(screen),
    /** Resolves when `text` has been written after what was seen before. */
    async sees(text: string) {
      while (!Bun.stripANSI(screen).includes(text)) {
        const next = Promise.withResolvers<void>();
        wake = next.resolve;
        await Promise.race([next.promise, child.exited]);
        if (child.exitCode !== null && !Bun.stripANSI(screen).includes(text))
          throw new Error(`ended without "${text}":\n${Bun.stripANSI(screen)}`);
      }
    },
  };
}

describe("on a terminal", () => {
  test("prompts lead to the same run as flags, and to the command line that repeats it", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 3 });
    const terminal = inTerminal(["-i", "--embedder", "builtin", "--dimensions", "32"], directory.path);
    await terminal.sees("Which sources?");
    expect(terminal.text()).toContain("mdx, 3 files");
    terminal.press(ENTER);
    await terminal.sees("What is to be done?");
    expect(terminal.text()).not.toContain("Retry what failed");
    terminal.press(ENTER);
    await terminal.sees("How many workers?");
    terminal.press(`\x7f2${ENTER}`);
    await terminal.sees("Go?");
    expect(terminal.text()).toContain("only what changed");
    terminal.press(ENTER);
    expect(await terminal.child.exited).toBe(0);
    expect(terminal.text()).toContain("parallel (2w)");
    expect(terminal.text()).toContain("bbj-ingest-all --workers 2 --embedder builtin --dimensions 32");
    expect(existsSync(`${directory.path}/.bbj-rag`)).toBe(true);
  });

  test("a bare call opens the prompts, and cancelling changes nothing", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 3 });
    const before = readdirSync(directory.path);
    const terminal = inTerminal([], directory.path);
    await terminal.sees("Which sources?");
    terminal.press(CTRL_C);
    expect(await terminal.child.exited).toBe(130);
    expect(terminal.text()).toContain("nothing was changed");
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
      const terminal = inTerminal(args, directory.path);
      while (ollama.inFlight === 0 || ollama.requests < 3) await new Promise((resolve) => setImmediate(resolve));
      terminal.press(CTRL_C);
      await terminal.sees("stopping");
      if (presses === 1) gate.resolve(undefined);
      else terminal.press(CTRL_C);
      expect(await terminal.child.exited).toBe(130);
      if (presses === 1) expect(terminal.text()).toContain("Run again to go on");
      gate.resolve(undefined);
    }
  });
});
