import { describe, expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeCorpus } from "../support/corpus.ts";
import { makeEmbedded } from "../support/databases.ts";
import { EXECUTABLE, run } from "../support/executable.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { commandInTerminal, inTerminal } from "../support/terminal.ts";

const ENTER = "\r";
const CTRL_D = "\x04";
const DOWN = "\x1b[B";
/** What is asked when sources and workers are chosen, with the keys that lead on. */
const STEPS = [
  ["What is to be done?", `${DOWN}${ENTER}`],
  ["Which sources?", ENTER],
  ["How many workers?", ENTER],
  ["with 4", ENTER],
] as const;
const LEXICAL = ["--embedder", "lexical", "--dimensions", "32"];

/** In a terminal of any size; a new one of none, as `docker exec -t` makes it, is set by `stty`. */
function sized(columns: number, args: readonly string[], cwd: string) {
  const script = `stty cols ${columns} rows ${columns === 0 ? 0 : 24} && exec "$0" "$@"`;
  return commandInTerminal(["sh", "-c", script, EXECUTABLE, ...args], { cwd });
}

async function scene() {
  const directory = temporaryDirectory();
  writeCorpus(directory.path, { pages: 2 });
  await makeEmbedded(join(directory.path, ".bbj-rag"));
  return directory;
}

describe("a terminal of 0 columns is one of 80", () => {
  test("in the table of a run's summary", async () => {
    using directory = await scene();
    // A table that is wider than 80 columns with the whole name in it.
    const name = "documents of a name that is long enough to leave no room for figures";
    writeFileSync(
      join(directory.path, "sources.toml"),
      `[[sources]]\nname = "${name}"\nparser = "mdx"\npaths = ["docs"]\n`,
    );
    const widthAt = async (columns: number) => {
      const terminal = sized(columns, [...LEXICAL, "--clean"], directory.path);
      expect(await terminal.exitCode()).toBe(0);
      const text = terminal.text().replaceAll("\r", "");
      expect(text).toMatch(/^documents of .*….* OK$/m);
      // Which columns there are depends on how long the run took.
      return /^-[- ]+$/m.exec(text)?.[0].length;
    };
    expect([await widthAt(0), await widthAt(80)]).toEqual([80, 80]);
  });

  test("in the tables of parse", async () => {
    using directory = await scene();
    const shown = async (columns: number) => {
      const terminal = sized(columns, ["parse", "--limit", "0"], directory.path);
      expect(await terminal.exitCode()).toBe(0);
      return terminal.text();
    };
    expect(await shown(0)).toBe(await shown(80));
  });
});

describe("prompts can be answered", () => {
  test.each([0, 1, 12])("in a terminal of %d columns", async (columns) => {
    using directory = await scene();
    const terminal = sized(columns, ["-i", ...LEXICAL], directory.path);
    for (const [question, keys] of STEPS) {
      await terminal.sees(question);
      terminal.press(keys);
    }
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.text()).toContain("The same without prompts:");
  });
});

describe("a terminal that moves no cursor (TERM=dumb, or none) is asked nothing", () => {
  const dumb = async (args: readonly string[], cwd: string, TERM = "dumb") => {
    const terminal = inTerminal(args, { cwd, env: { TERM } });
    const exitCode = await terminal.exitCode();
    expect(terminal.raw()).not.toContain("\x1b");
    return { exitCode, text: terminal.text().replaceAll("\r\n", "\n") };
  };

  test("a bare call runs, as it does off a terminal, and says what to type where there is no list of sources", async () => {
    using directory = await scene();
    writeFileSync(join(directory.path, "config.toml"), 'embedding_provider = "lexical"\nembedding_dimensions = 32\n');
    for (const TERM of ["dumb", ""]) {
      const ended = await dumb([], directory.path, TERM);
      expect(ended).toEqual({ exitCode: 0, text: expect.stringContaining("2 documents") });
    }
    using empty = temporaryDirectory();
    const first = await dumb([], empty.path);
    expect(first.exitCode).toBe(2);
    expect(first.text).toContain("init DIR --yes");
    expect(readdirSync(empty.path)).toEqual([]);
  });

  test.each([
    [["init"], "init DIR --yes"],
    [["-i"], "a TERM other than dumb"],
    [["remove", "docs"], "remove docs --yes"],
  ])("%j says why it asks nothing, and what to type", async (args, said) => {
    using directory = await scene();
    expect((await run(LEXICAL, { cwd: directory.path })).exitCode).toBe(0);
    const { exitCode, text } = await dumb(args, directory.path);
    expect(exitCode).toBe(2);
    expect(text).toContain("this is no terminal to ask on");
    expect(text).toContain(said);
  });
});

describe("Ctrl-D cancels, and changes nothing", () => {
  test.each(STEPS.map(([question], index) => [question, index] as const))("at %j", async (question, index) => {
    using directory = await scene();
    const before = readdirSync(directory.path);
    const terminal = inTerminal(["-i", ...LEXICAL], { cwd: directory.path });
    for (const [earlier, keys] of STEPS.slice(0, index)) {
      await terminal.sees(earlier);
      terminal.press(keys);
    }
    await terminal.sees(question);
    terminal.press(CTRL_D);
    expect(await terminal.exitCode()).toBe(130);
    expect(terminal.text()).toContain("nothing was changed");
    expect(terminal.raw().lastIndexOf("\x1b[?25h")).toBeGreaterThan(terminal.raw().lastIndexOf("\x1b[?25l"));
    expect(readdirSync(directory.path)).toEqual(before);
  });
});
