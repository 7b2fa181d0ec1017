import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeCorpus, writePage } from "../support/corpus.ts";
import { makeEmbedded } from "../support/databases.ts";
import { run, serverTest, testDatabase } from "../support/executable.ts";
import { ollamaFaults, startOllama } from "../support/ollama-stand-in.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { inTerminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";

const ENTER = "\r";
const DOWN = "\x1b[B";
const ASKED = "What is to be done?";

/** A corpus of two sources that run and one that is off, as it was stored; then one of its pages has changed. */
async function corpus(url?: string) {
  const directory = temporaryDirectory();
  writeCorpus(directory.path, { pages: 3 });
  writeCorpus(directory.path, { pages: 2, source: "manual" });
  writeCorpus(directory.path, { pages: 2, source: "old" });
  const entry = (name: string, more = "") =>
    `[[sources]]\nname = "${name}"\nparser = "mdx"\npaths = ["${name}"]\n${more}`;
  writeFileSync(
    join(directory.path, "sources.toml"),
    [entry("docs"), entry("manual"), entry("old", "enabled = false\n")].join("\n"),
  );
  const config = [
    'embedding_provider = "lexical"',
    "embedding_dimensions = 32",
    `database_url = "${url ?? "pglite:.bbj-rag"}"`,
  ];
  writeFileSync(join(directory.path, "config.toml"), `${config.join("\n")}\n`);
  if (url === undefined) await makeEmbedded(join(directory.path, ".bbj-rag"));
  expect((await run([], { cwd: directory.path })).exitCode).toBe(0);
  writePage(directory.path, "docs", 1, 3, "windows and events");
  return directory;
}

type Terminal = ReturnType<typeof inTerminal>;

/** Presses `keys` when something is shown. */
async function at(terminal: Terminal, shown: string, keys: string) {
  await terminal.sees(shown);
  terminal.press(keys);
}

/** Presses `keys` when a question is asked for the nth time: what is pressed between two prompts is no answer. */
async function whenAsked(terminal: Terminal, question: string, times: number, keys: string) {
  await terminal.sees(`◆  ${question}`, times);
  terminal.press(keys);
}

describe("a call on a terminal", () => {
  test("shows how things stand, and by one Enter brings up to date what has changed", async () => {
    using directory = await corpus();
    const terminal = inTerminal([], { cwd: directory.path });
    await terminal.sees(ASKED);
    const screen = terminal.text();
    expect(screen).toContain("sources.toml: 2 sources, 1 more disabled");
    expect(screen).toContain("config.toml (3)");
    expect(screen).toContain("15 chunks of 2 sources");
    expect(screen).toContain("lexical feature-hashing-v1, 32 dimensions");
    expect(screen).toContain("none wait to be retried");
    expect(screen).toContain("Bring it up to date: 1 file changed; up to 3 texts");
    terminal.press(ENTER);
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.text()).toMatch(/The same without prompts:\r?\n {2}\S*bbj-ingest-all ingest\r?\n/);
  });

  test("takes what the last run could make nothing of for no work", async () => {
    using directory = await corpus();
    writeFileSync(join(directory.path, "docs/empty.md"), "");
    expect((await run([], { cwd: directory.path })).exitCode).toBe(0);
    const terminal = inTerminal([], { cwd: directory.path });
    await terminal.sees(ASKED);
    expect(terminal.text()).toContain("Bring it up to date: nothing changed, 1 file gave nothing, as in the last run");
    terminal.press("\x03");
    expect(await terminal.exitCode()).toBe(130);
  });

  test("has the picker one key away: sources by typing, those that are off as words, and workers", async () => {
    using directory = await corpus();
    const terminal = inTerminal([], { cwd: directory.path });
    await at(terminal, ASKED, `${DOWN}${ENTER}`);
    await terminal.sees("2 of 3 chosen");
    expect(terminal.text()).toContain("docs  mdx, 1 file changed");
    expect(terminal.text()).toContain("manual  mdx, nothing changed");
    expect(terminal.text()).toContain("old  mdx, disabled");
    terminal.press("manual\t");
    await at(terminal, "1 of 3 chosen", ENTER);
    await at(terminal, "How many workers? (1 to 8)", `\x7f9${ENTER}`);
    await at(terminal, "A number from 1 to 8", `\x7f2${ENTER}`);
    await at(terminal, "Bring 1 of 3 sources up to date with 2 workers", ENTER);
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.text()).toContain("bbj-ingest-all --source docs --workers 2");
    // Once in a line is enough.
    expect(terminal.text()).not.toContain("(2 workers)");
  });

  test("has each source on one line of a narrow terminal, and finds it by what has no room there", async () => {
    using directory = await corpus();
    const terminal = inTerminal([], { cwd: directory.path, cols: 30 });
    await at(terminal, ASKED, `${DOWN}${ENTER}`);
    await terminal.sees("docs  mdx, 1 file chang…");
    expect(terminal.text()).toContain("manual  mdx, nothing ch…");
    terminal.press("nothing changed\t");
    await at(terminal, "Which sources? 1 of 3", "\x03");
    expect(await terminal.exitCode()).toBe(130);
  });

  test("comes back to the question from a search and from doctor, and ends with 0 where nothing else is asked", async () => {
    using directory = await corpus();
    const before = readFileSync(join(directory.path, "sources.toml"), "utf8");
    const terminal = inTerminal([], { cwd: directory.path });
    await at(terminal, ASKED, `${DOWN}${DOWN}${DOWN}${ENTER}`);
    await at(terminal, "What do you look for?", `channels and records${ENTER}`);
    await whenAsked(terminal, ASKED, 2, `${DOWN}${DOWN}${DOWN}${DOWN}${ENTER}`);
    await whenAsked(terminal, ASKED, 3, `${DOWN}${DOWN}${DOWN}${DOWN}${DOWN}${ENTER}`);
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.text()).toContain("1. Page");
    expect(terminal.text()).toContain("A run can start");
    expect(readFileSync(join(directory.path, "sources.toml"), "utf8")).toBe(before);
  });

  test("asks twice before everything is embedded again, and names what it costs", async () => {
    using directory = await corpus();
    const terminal = inTerminal([], { cwd: directory.path });
    await at(terminal, ASKED, `${DOWN}${DOWN}${ENTER}`);
    // No, unless the other one is picked.
    await at(terminal, "again? It costs up to 18 texts", ENTER);
    await whenAsked(terminal, ASKED, 2, `${DOWN}${DOWN}${ENTER}`);
    await whenAsked(terminal, "Embed everything", 2, "y");
    await at(terminal, "Everything, although", "y");
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.text()).toContain("bbj-ingest-all --clean");
  });

  test("offers what failed for a retry, which is all that is done then", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 2 });
    await makeEmbedded(join(directory.path, ".bbj-rag"));
    let fails = true;
    await using ollama = await startOllama({
      dimensions: 32,
      fault: (_, texts) =>
        fails && texts.some((text) => text.includes("of page 1,")) ? ollamaFaults.notANumber() : undefined,
    });
    const args = ["--ollama-host", ollama.url, "--dimensions", "32"];
    expect((await run(args, { cwd: directory.path })).exitCode).toBe(1);
    fails = false;
    const terminal = inTerminal(["-i", ...args], { cwd: directory.path });
    await terminal.sees("Retry what failed: 3 chunks");
    expect(terminal.text()).toContain("up to date: 1 file not finished");
    expect(terminal.text()).toContain("3 chunks to be retried");
    terminal.press(`${DOWN}${DOWN}${ENTER}`);
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.text()).toContain("--retry-failed");
  });

  test("says what does not work, and what mends it, before it asks; and looks again", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 1 });
    let isThere = false;
    await using ollama = await startOllama({
      dimensions: 32,
      fault: () => (isThere ? undefined : ollamaFaults.modelMissing("qwen3-embedding:0.6b")),
    });
    const terminal = inTerminal(["-i", "--ollama-host", ollama.url, "--dimensions", "32"], { cwd: directory.path });
    await terminal.sees("Look again");
    const screen = terminal.text();
    expect(screen.indexOf("ollama pull qwen3-embedding:0.6b")).toBeGreaterThan(0);
    expect(screen.indexOf("ollama pull qwen3-embedding:0.6b")).toBeLessThan(screen.indexOf(ASKED));
    isThere = true;
    terminal.press(ENTER);
    // Measured now that it works.
    await terminal.sees((raw) => /, about \d+ s/.test(Bun.stripANSI(raw)));
    terminal.press("\x03");
    expect(await terminal.exitCode()).toBe(130);
  });

  serverTest("is the same with a server", async () => {
    await using database = await testDatabase();
    using directory = await corpus(database.url);
    const terminal = inTerminal([], { cwd: directory.path });
    await terminal.sees(ASKED);
    expect(terminal.text()).toContain("15 chunks of 2 sources");
    terminal.press(ENTER);
    expect(await terminal.exitCode()).toBe(0);
  });

  test("in CI asks nothing", async () => {
    using directory = await corpus();
    const terminal = inTerminal([], { cwd: directory.path, env: { CI: "1" } });
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.text()).not.toContain(ASKED);
  });
});

describe("cancelled", () => {
  const ROADS: readonly (readonly [what: string, keys: string, question: string])[] = [
    ["the main question", "", ASKED],
    ["the search", `${DOWN}${DOWN}${DOWN}${ENTER}`, "What do you look for?"],
    ["the cost of everything", `${DOWN}${DOWN}${ENTER}`, "again? It costs"],
  ];

  test.each(ROADS)("at %s, it has changed nothing", async (_, keys, question) => {
    using directory = await corpus();
    const before = readdirSync(directory.path);
    for (const key of ["\x03", "\x1b"]) {
      const terminal = inTerminal([], { cwd: directory.path });
      await terminal.sees(ASKED);
      terminal.press(keys);
      await at(terminal, question, key);
      expect(await terminal.exitCode()).toBe(130);
      expect(terminal.text()).toContain("nothing was changed");
      expect(terminal.raw().lastIndexOf("\x1b[?25h")).toBeGreaterThan(terminal.raw().lastIndexOf("\x1b[?25l"));
    }
    expect(readdirSync(directory.path)).toEqual(before);
  });

  test("by Ctrl-C while it still looks, it ends with 130", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 1 });
    const gate = Promise.withResolvers<undefined>();
    await using ollama = await startOllama({ dimensions: 32, fault: () => gate.promise });
    const terminal = inTerminal(["-i", "--ollama-host", ollama.url, "--dimensions", "32"], { cwd: directory.path });
    await terminal.sees(`asking the embedder, ${ollama.url}`);
    await until(() => ollama.inFlight > 0);
    terminal.press("\x03");
    expect(await terminal.exitCode()).toBe(130);
    // In the place of what was waited for.
    expect(terminal.text()).toEndWith("\r└  Cancelled; nothing was changed.\r\n\r\n");
    gate.resolve(undefined);
  });
});
