import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeEmbedded } from "../support/databases.ts";
import { EXECUTABLE, run, serverTest, testDatabase } from "../support/executable.ts";
import { ollamaFaults, startOllama } from "../support/ollama-stand-in.ts";
import { startOpenAI } from "../support/openai-stand-in.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { inTerminal } from "../support/terminal.ts";
import { handOver, unprivileged } from "../support/unprivileged.ts";
import { writeTree } from "../support/write-tree.ts";

const ENTER = "\r";
const DOWN = "\x1b[B";
const LEXICAL = { BBJ_RAG_EMBEDDING_PROVIDER: "lexical", BBJ_RAG_EMBEDDING_DIMENSIONS: "32" };

const DOCUMENTS = {
  "docs/opening.md": "# Opening a channel\n\nA program opens a channel with OPEN, and closes it with CLOSE.\n",
  "docs/records.md": "# Reading records\n\nREAD RECORD takes the next record of a file.\n",
  "samples/hello.bbj": 'rem Greets\nprint "hello"\n',
  "pictures/logo.png": "",
};

async function documents() {
  const directory = temporaryDirectory();
  writeTree(directory.path, DOCUMENTS);
  await makeEmbedded(join(directory.path, ".bbj-rag"));
  return directory;
}

/** The questions of the first run, and the last key of each answer. */
const QUESTIONS = [
  "Which folder holds the documents?",
  "3 of 3 chosen",
  "Go on like this?",
  "How many workers?",
  "Ask it something",
];

describe("a first call on a terminal", () => {
  test("leads by five Enters from a folder with documents to an answered search", async () => {
    using directory = await documents();
    writeTree(directory.path, { "manuals/a.pdf": "%PDF", "docs/more.md": "# Channels\n\nA channel of records.\n" });
    const terminal = inTerminal([], { cwd: directory.path, env: LEXICAL });
    let enters = 0;
    for (const question of QUESTIONS) {
      await terminal.sees(question);
      terminal.press(ENTER);
      enters++;
    }
    expect(await terminal.exitCode()).toBe(1);
    expect(enters).toBe(5);
    const text = terminal.text();
    expect(text).toContain("1 file no parser reads: .png 1");
    expect(text).toContain("sources.toml is written");
    expect(text).toContain("parallel (4w)");
    expect(text).toMatch(/1\. (Opening a channel|Reading records|Channels)/);
    // No more than a screen has room for.
    expect(text).toMatch(/^3\. /m);
    expect(text).not.toMatch(/^4\. /m);
    expect(text).toContain("bbj-ingest-all search 'another question'");
  });
});

test.each(QUESTIONS.map((question, answered) => ({ question, answered })))(
  "a terminal that is closed at the question $question ends the first run",
  async ({ answered }) => {
    using directory = await documents();
    writeTree(directory.path, { "manuals/a.pdf": "%PDF" });
    const terminal = inTerminal([], { cwd: directory.path, env: LEXICAL });
    for (const question of QUESTIONS.slice(0, answered)) {
      await terminal.sees(question);
      terminal.press(ENTER);
    }
    await terminal.sees(QUESTIONS[answered] ?? "");
    terminal.close();
    expect(await terminal.exitCode()).toBe(130);
  },
);

describe("init", () => {
  test("asks for a folder where the working directory has no documents, until there is one", async () => {
    using directory = temporaryDirectory();
    writeTree(directory.path, { "empty/x.png": "" });
    const terminal = inTerminal(["init"], { cwd: join(directory.path, "empty"), env: LEXICAL });
    await terminal.sees("Which folder holds the documents?");
    expect(terminal.text()).toContain("e.g. docs");
    terminal.press(ENTER);
    await terminal.sees("Type the name of a folder");
    terminal.press(`nowhere${ENTER}`);
    await terminal.sees("There is no folder");
    terminal.press(`\x15.${ENTER}`);
    await terminal.sees("There is nothing to read in");
    expect(terminal.text()).toContain("1 file no parser reads: .png 1");
    await terminal.sees("◆  Which folder", 4);
    terminal.press("\x04");
    expect(await terminal.exitCode()).toBe(130);
    expect(readdirSync(join(directory.path, "empty"))).toEqual(["x.png"]);
  });

  test("writes what was chosen, and only that, for those who run it later", async () => {
    using directory = await documents();
    const terminal = inTerminal(["init", "docs", "--embedder", "lexical", "--dimensions", "32"], {
      cwd: directory.path,
    });
    await terminal.sees("1 of 1 chosen");
    terminal.press(ENTER);
    await terminal.sees("Go on like this?");
    terminal.press(`${DOWN}${DOWN}${DOWN}${ENTER}`);
    expect(await terminal.exitCode()).toBe(0);
    expect(readFileSync(join(directory.path, "sources.toml"), "utf8")).toContain('data_dir = "docs"');
    const outcome = await run(["--json"], { cwd: directory.path });
    expect(outcome.exitCode).toBe(0);
    expect(outcome.stdout).toContain('"embedder":"lexical"');
  });

  test("proposes to ask what a page is about, not which one it is", async () => {
    using directory = temporaryDirectory();
    writeTree(directory.path, {
      "docs/a.md": "# Grid manual, page 1\n\nGrids.\n",
      "docs/b.md": "# Sorting a grid\n\nBy columns.\n",
    });
    await makeEmbedded(join(directory.path, ".bbj-rag"));
    const terminal = inTerminal(["init", "docs"], { cwd: directory.path, env: LEXICAL });
    for (const question of QUESTIONS.slice(1)) {
      await terminal.sees(question.replace("3 of 3", "1 of 1"));
      terminal.press(ENTER);
    }
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.text()).toContain("│  Sorting a grid");
  });

  test("says what to type where Ollama is not there, and takes what needs nothing", async () => {
    using directory = await documents();
    const terminal = inTerminal(["init", "docs"], { cwd: directory.path, env: { OLLAMA_HOST: "" } });
    await terminal.sees("1 of 1 chosen");
    terminal.press(ENTER);
    await terminal.sees("Go on like this?");
    expect(terminal.text()).toContain("ollama serve");
    expect(terminal.text()).toContain("builtin");
    terminal.press("\x03");
    expect(await terminal.exitCode()).toBe(130);
    expect(existsSync(join(directory.path, "config.toml"))).toBe(false);
  });

  test("asks an Ollama that lacks the model, says how to get it, and looks again", async () => {
    using directory = await documents();
    let isThere = false;
    await using ollama = await startOllama({
      dimensions: 32,
      fault: () => (isThere ? undefined : ollamaFaults.modelMissing("qwen3-embedding:0.6b")),
    });
    const args = ["init", "docs", "--ollama-host", ollama.url];
    const terminal = inTerminal(args, { cwd: directory.path });
    await terminal.sees("1 of 1 chosen");
    terminal.press(ENTER);
    await terminal.sees("How shall it go on?");
    expect(terminal.text()).toContain("ollama pull qwen3-embedding:0.6b");
    isThere = true;
    terminal.press(ENTER);
    await terminal.sees("Go on like this?");
    terminal.press(ENTER);
    await terminal.sees("How many workers?");
    expect(terminal.text()).toContain("(measured: ");
    terminal.press(ENTER);
    await terminal.sees("Ask it something");
    terminal.press("\x1b");
    expect(await terminal.exitCode()).toBe(0);
    const config = readFileSync(join(directory.path, "config.toml"), "utf8");
    expect(config).toContain(`ollama_host = ${JSON.stringify(ollama.url)}`);
    // As long as the model's vectors are.
    expect(config).toContain("\nembedding_dimensions = 32\n");
  });

  serverTest("tests the server that is named, says why it cannot be used, and takes one that can", async () => {
    await using database = await testDatabase();
    using directory = await documents();
    const terminal = inTerminal(["init", "docs"], { cwd: directory.path, env: LEXICAL });
    await terminal.sees("1 of 1 chosen");
    terminal.press(ENTER);
    await terminal.sees("Go on like this?");
    terminal.press(`${DOWN}${ENTER}`);
    await terminal.sees("Where is it stored?");
    terminal.press(`${DOWN}${ENTER}`);
    await terminal.sees("What is its URL?");
    terminal.press(`http://x${ENTER}`);
    await terminal.sees("the database must be postgres://");
    for (const character of "\x15postgres://postgres:hush@127.0.0.1:9/x") terminal.press(character);
    terminal.press(ENTER);
    await terminal.sees("◆  Where is it stored?", 2);
    expect(terminal.text()).toContain("nothing listens at 127.0.0.1:9");
    // The question that follows offers another one.
    expect(terminal.text()).not.toContain("doctor");
    expect(terminal.text()).toContain("postgres://postgres:***@127.0.0.1:9/x");
    expect(terminal.text()).not.toMatch(/postgres:h/);
    terminal.press(ENTER);
    await terminal.sees("◆  What is its URL?", 3);
    terminal.press(`\x15${database.url}${ENTER}`);
    await terminal.sees("store  PostgreSQL 127.0.0.1");
    await terminal.sees("◆  Go on like this?", 2);
    terminal.press(ENTER);
    await terminal.sees("How many workers?");
    terminal.press(ENTER);
    await terminal.sees("Ask it something");
    terminal.press("\x1b");
    expect(await terminal.exitCode()).toBe(0);
    expect((await database.rows()).length).toBeGreaterThan(0);
  });

  test("asks a server of OpenAI's API for its address, and writes that and how long its vectors are", async () => {
    using directory = await documents();
    await using server = await startOpenAI({ model: "a-model", dimensions: 48 });
    const terminal = inTerminal(["init", "docs"], { cwd: directory.path, env: { OLLAMA_HOST: "127.0.0.1:9" } });
    await terminal.sees("1 of 1 chosen");
    terminal.press(ENTER);
    await terminal.sees("How shall it go on?");
    terminal.press(`${DOWN}${DOWN}${ENTER}`);
    await terminal.sees("Which embedder?");
    terminal.press(`${DOWN}${ENTER}`);
    await terminal.sees("At which base URL?");
    terminal.press(`${server.url}/v1${ENTER}`);
    await terminal.sees("Which model?");
    terminal.press(`a-model${ENTER}`);
    await terminal.sees("Go on like this?");
    terminal.press(`${DOWN}${DOWN}${DOWN}${ENTER}`);
    expect(await terminal.exitCode()).toBe(0);
    const config = readFileSync(join(directory.path, "config.toml"), "utf8");
    expect(config).toContain(`openai_base_url = "${server.url}/v1"`);
    expect(config).toContain("\nembedding_dimensions = 48\n");
    expect((await run([], { cwd: directory.path })).exitCode).toBe(0);
  });

  test("looks again with what was chosen meanwhile", async () => {
    using directory = await documents();
    await using ollama = await startOllama({ fault: () => ollamaFaults.modelMissing("other") });
    const terminal = inTerminal(["init", "docs", "--ollama-host", ollama.url, "--model", "other"], {
      ...{ cwd: directory.path, env: { BBJ_RAG_DATABASE_URL: "pglite:elsewhere" } },
    });
    await terminal.sees("1 of 1 chosen");
    terminal.press(ENTER);
    await terminal.sees("How shall it go on?");
    terminal.press(`${DOWN}${ENTER}`);
    await terminal.sees("Where is it stored?");
    terminal.press(ENTER);
    await terminal.sees("◆  How shall it go on?", 2);
    terminal.press(ENTER);
    await terminal.sees("◆  How shall it go on?", 3);
    expect(terminal.text().split("store  here, in .bbj-rag")).toHaveLength(3);
    terminal.press("\x03");
    expect(await terminal.exitCode()).toBe(130);
  });

  test("says what is wrong with the sources file that it keeps, before it asks", async () => {
    using directory = await documents();
    writeFileSync(join(directory.path, "sources.toml"), "x = [");
    const terminal = inTerminal(["init"], { cwd: directory.path, env: LEXICAL });
    expect(await terminal.exitCode()).toBe(2);
    expect(terminal.text()).toContain("sources.toml:1");
    expect(existsSync(join(directory.path, "config.toml"))).toBe(false);
  });
});

describe("cancelled", () => {
  test.each([
    ["Ctrl-C", "\x03"],
    ["Ctrl-D", "\x04"],
    ["Esc", "\x1b"],
  ])("by %s at any question, it has changed nothing", async (_, key) => {
    for (const [index, question] of QUESTIONS.slice(0, 4).entries()) {
      using directory = temporaryDirectory();
      writeTree(directory.path, { ...DOCUMENTS, "manuals/a.pdf": "%PDF" });
      const before = readdirSync(directory.path);
      const terminal = inTerminal([], { cwd: directory.path, env: LEXICAL });
      for (const earlier of QUESTIONS.slice(0, index)) {
        await terminal.sees(earlier);
        terminal.press(ENTER);
      }
      await terminal.sees(question);
      terminal.press(key);
      expect(await terminal.exitCode()).toBe(130);
      expect(terminal.text()).toContain("nothing was changed");
      expect(terminal.raw().lastIndexOf("\x1b[?25h")).toBeGreaterThan(terminal.raw().lastIndexOf("\x1b[?25l"));
      expect(readdirSync(directory.path)).toEqual(before);
    }
  });
});

describe("init --yes", () => {
  test("names folders that it may not read", async () => {
    using directory = await documents();
    handOver(directory.path);
    mkdirSync(join(directory.path, "private"));
    chmodSync(join(directory.path, "private"), unprivileged.length > 0 ? 0o700 : 0);
    const args = ["init", "--yes", ".", "--embedder", "lexical", "--dimensions", "32"];
    const child = Bun.spawn([...unprivileged, EXECUTABLE, ...args], {
      ...{ cwd: directory.path, env: { PATH: "/usr/bin:/bin", HOME: directory.path }, stdin: "ignore" },
      ...{ stdout: "ignore", stderr: "pipe" },
    });
    const [stderr, exitCode] = await Promise.all([child.stderr.text(), child.exited]);
    // For whoever is not root, and removes it.
    chmodSync(join(directory.path, "private"), 0o700);
    expect(stderr).toContain("1 folder cannot be read: private (permission denied (EACCES))");
    expect(exitCode).toBe(0);
  });

  test("asks nothing, takes all that there is, writes both files, and runs", async () => {
    using directory = await documents();
    const args = ["init", "--yes", ".", "--embedder", "lexical", "--dimensions", "32"];
    const first = await run(args, { cwd: directory.path });
    expect(first.stderr).toContain("found docs: mdx, 2 files, in docs");
    expect(first.stderr).toContain("found samples: bbj-source, 1 file, in samples");
    expect(first.stderr).toContain("1 file no parser reads: .png 1");
    expect(first.exitCode).toBe(0);
    const written = readFileSync(join(directory.path, "sources.toml"), "utf8");
    const again = await run(args, { cwd: directory.path });
    expect(again.exitCode).toBe(0);
    expect(again.stderr).toContain("sources.toml is there already, and is kept as it is");
    expect(again.stderr).toContain("config.toml is there already, and is kept as it is");
    expect(again.stderr).toContain(`${directory.path} is not looked through: what runs is what sources.toml lists`);
    expect(readFileSync(join(directory.path, "sources.toml"), "utf8")).toBe(written);
    const found = await run(["search", "open a channel"], { cwd: directory.path });
    expect(found.stdout).toContain("Opening a channel");
  });

  test("keeps settings that are there, and says by flags what they do not", async () => {
    using directory = await documents();
    writeFileSync(join(directory.path, "config.toml"), 'embedding_provider = "lexical"\nembedding_dimensions = 16\n');
    const outcome = await run(["init", "-y", "docs", "--json", "--dimensions", "32"], { cwd: directory.path });
    expect(outcome.exitCode).toBe(0);
    expect(outcome.stdout).toContain('"dimensions":32');
    for (const line of outcome.stdout.trim().split("\n")) expect(() => JSON.parse(line)).not.toThrow();
    expect(readFileSync(join(directory.path, "config.toml"), "utf8")).toStartWith('embedding_provider = "lexical"\n');
  });

  const DEAD: readonly (readonly [what: string, args: readonly string[], said: string])[] = [
    ["server of an embedder", ["--ollama-host", "http://127.0.0.1:9"], "http://127.0.0.1:9 cannot be reached"],
    [
      "database",
      ["--embedder", "lexical", "--database-url", "postgres://u:hush@127.0.0.1:9/x"],
      "nothing listens at 127.0.0.1:9 (connection refused)",
    ],
  ];

  test.each(DEAD)("writes nothing where a %s that is named does not answer", async (_, args, said) => {
    using directory = await documents();
    const before = readdirSync(directory.path);
    const outcome = await run(["init", "--yes", ".", ...args], { cwd: directory.path });
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr).toContain(said);
    expect(outcome.stderr).not.toContain("hush");
    expect(readdirSync(directory.path)).toEqual(before);
  });

  test("takes the model of the corpus that is there, and writes nothing where another one is named", async () => {
    using directory = await documents();
    const args = ["init", "--yes", "."];
    const options = { cwd: directory.path, env: { OLLAMA_HOST: "" } };
    expect((await run([...args, "--embedder", "lexical", "--dimensions", "32"], options)).exitCode).toBe(0);
    for (const name of ["sources.toml", "config.toml"]) rmSync(join(directory.path, name));
    const other = await run([...args, "--embedder", "lexical", "--dimensions", "64"], options);
    expect(other.exitCode).toBe(2);
    expect(other.stderr).toContain("was made with lexical feature-hashing-v1 (32 dimensions)");
    expect(existsSync(join(directory.path, "sources.toml"))).toBe(false);
    const again = await run(args, options);
    expect(again.exitCode).toBe(0);
    expect(again.stderr).toContain("embedder: lexical feature-hashing-v1, 32 dimensions");
  });

  test("is said with what there is not, where there is nothing to read; nothing is written", async () => {
    using directory = temporaryDirectory();
    writeTree(directory.path, { "a.png": "", "b.htm": "<html/>" });
    const outcome = await run(["init", "--yes"], { cwd: directory.path, env: LEXICAL });
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr).toContain("there is nothing to read in");
    expect(outcome.stderr).toContain("2 files no parser reads: .htm 1, .png 1");
    expect(readdirSync(directory.path).sort()).toEqual(["a.png", "b.htm"]);
  });

  test("is what a call without a terminal is told, where there are no sources", async () => {
    using directory = temporaryDirectory();
    for (const args of [[], ["init"], ["init", "docs", "--json"]]) {
      writeTree(directory.path, { "docs/a.md": "# A" });
      const outcome = await run(args, { cwd: directory.path });
      expect(outcome.exitCode).toBe(2);
      expect(outcome.stderr).toMatch(/bbj-ingest-all init (DIR|docs) --yes/);
    }
  });
});
