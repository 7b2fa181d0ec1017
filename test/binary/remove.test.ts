import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeEmbedded } from "../support/databases.ts";
import { run, serverTest, start, testDatabase } from "../support/executable.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { inTerminal } from "../support/terminal.ts";

const SOURCES = ["docs", "old guide", "it's"];

/** A folder with three sources, each of one page. */
function folder() {
  const directory = temporaryDirectory();
  for (const name of SOURCES) {
    mkdirSync(join(directory.path, name));
    writeFileSync(join(directory.path, name, "page.md"), `# ${name}\n\nWhat ${name} says of channels.\n`);
  }
  list(directory.path, SOURCES);
  return directory;
}

function list(directory: string, names: readonly string[]): void {
  const entries = names.map((name) => `[[sources]]\nname = "${name}"\nparser = "mdx"\npaths = ["${name}"]\n`);
  writeFileSync(join(directory, "sources.toml"), entries.join("\n"));
}

const LEXICAL = ["--embedder", "lexical", "--dimensions", "16"];

async function withCorpus(database: string) {
  const directory = folder();
  const call = (...args: string[]) => run([...args, "--database-url", database], { cwd: directory.path });
  expect((await call(...LEXICAL)).exitCode).toBe(0);
  return {
    call,
    path: directory.path,
    /** Sources that are stored. */
    async stored() {
      const { stdout } = await call("report", "--json");
      const found: { by_source: { name: string }[] } = JSON.parse(stdout);
      return found.by_source.map(({ name }) => name).sort();
    },
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

describe("remove", () => {
  serverTest("takes a source out of the corpus, by the command that every run names, pasted", async () => {
    await using database = await testDatabase();
    using corpus = await withCorpus(database.url);
    list(corpus.path, ["docs"]);
    const args = ["--source", "docs", ...LEXICAL];
    const { stderr, exitCode } = await corpus.call(...args);
    expect(exitCode).toBe(0);
    const named = [...stderr.matchAll(/to remove: (.*)$/gm)].map(([, command = ""]) => command);
    expect(named).toHaveLength(2);
    for (const command of named) {
      const pasted = Bun.spawn(["sh", "-c", `${command} --yes`], { cwd: corpus.path, env: { PATH: "/usr/bin:/bin" } });
      expect(await pasted.exited).toBe(0);
    }
    expect(await corpus.stored()).toEqual(["docs"]);
    expect((await corpus.call(...args)).stderr).not.toContain("to remove:");
  });

  test("of the embedded database, several at once, as JSON; one that is listed comes back", async () => {
    using holder = temporaryDirectory();
    const directory = join(holder.path, "db");
    await makeEmbedded(directory);
    using corpus = await withCorpus(`pglite:${directory}`);
    const removed = await corpus.call("remove", "docs", "it's", "--yes", "--json");
    const lines = removed.stdout.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { type: "removed", source: "docs", documents: 1, chunks: 1 },
      { type: "removed", source: "it's", documents: 1, chunks: 1 },
    ]);
    expect(await corpus.stored()).toEqual(["old guide"]);
    const { stdout } = await corpus.call("remove", "old guide", "-y");
    expect(stdout).toContain("1 document, 1 chunk");
    expect(stdout).toContain("the next run brings it back");
    expect((await corpus.call(...LEXICAL)).exitCode).toBe(0);
    expect(await corpus.stored()).toEqual([...SOURCES].sort());
  });

  serverTest("changes nothing without a yes, nor with a name that is not there", async () => {
    await using database = await testDatabase();
    using corpus = await withCorpus(database.url);
    const rows = await database.rows();
    const asked = await corpus.call("remove", "docs");
    expect(asked).toMatchObject({ exitCode: 2, stdout: "" });
    expect(asked.stderr).toContain("--yes");
    const wrong = await corpus.call("remove", "dosc", "docs", "--yes");
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain('did you mean "docs"?');
    expect(wrong.stderr).toContain("old guide");
    expect((await corpus.call("remove", "--yes")).stderr).toContain("remove needs the name of a source");
    expect(await database.rows()).toEqual(rows);
  });

  serverTest(
    "needs no sources file: one that cannot be read is said, and keeps nobody from reading the corpus",
    async () => {
      await using database = await testDatabase();
      using corpus = await withCorpus(database.url);
      writeFileSync(join(corpus.path, "sources.toml"), '[[sources]]\nname = "docs\n');
      const warned = /^warning: sources\.toml:2:8: not valid TOML: .*; nothing is compared with it$/m;
      for (const args of [["report"], ["search", "channels", "--source", "docs", "--config", "sources.toml"]]) {
        expect(await corpus.call(...args)).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(warned) });
      }
      const wrong = await corpus.call("ls", "dosc");
      expect(wrong.stderr).toContain('did you mean "docs"?');
      const removed = await corpus.call("remove", "docs", "--yes");
      expect(removed).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(warned) });
      expect(removed.stdout).toMatch(/^Removed docs from .*: 1 document, 1 chunk\.\n$/);
      expect(await corpus.call("remove", "it's", "--yes", "-q")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
      // Which names another corpus, perhaps, and was misspelt.
      expect((await corpus.call("remove", "old guide", "--yes", "--config", "nowhere.toml")).exitCode).toBe(2);
      expect(await corpus.stored()).toEqual(["old guide"]);
    },
  );

  serverTest("asks on a terminal", async () => {
    await using database = await testDatabase();
    using corpus = await withCorpus(database.url);
    for (const [key, exitCode, left] of [
      ["\r", 130, SOURCES],
      ["\x03", 130, SOURCES],
      ["\x04", 130, SOURCES],
      ["y", 0, ["it's", "old guide"]],
    ] as const) {
      const terminal = inTerminal(["remove", "docs", "--database-url", database.url], { cwd: corpus.path });
      await terminal.sees("Remove docs (1 document) from");
      terminal.press(key);
      expect(await terminal.exitCode()).toBe(exitCode);
      expect(await corpus.stored()).toEqual([...left].sort());
    }
  });

  serverTest("leaves a source alone that a run is at work on", async () => {
    await using database = await testDatabase();
    using directory = folder();
    let gate: PromiseWithResolvers<undefined> | undefined;
    const asked = Promise.withResolvers<void>();
    await using ollama = await startOllama({
      dimensions: 16,
      fault: (_, texts) => {
        if (gate === undefined || !texts.some((text) => text.includes("channels"))) return undefined;
        asked.resolve();
        return gate.promise;
      },
    });
    const flags = ["--ollama-host", ollama.url, "--dimensions", "16"];
    const place = ["--database-url", database.url];
    const call = (...args: string[]) => run([...args, ...place], { cwd: directory.path });
    expect((await call(...flags)).exitCode).toBe(0);
    gate = Promise.withResolvers();
    const running = start(["--clean", "--source", "docs", ...flags, ...place], { cwd: directory.path });
    await asked.promise;
    const refused = await call("remove", "docs", "--yes");
    expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
    expect(refused.stderr).toContain('source "docs"');
    gate.resolve(undefined);
    expect(await running.exited).toBe(0);
    expect(await call("remove", "docs", "--yes")).toMatchObject({ exitCode: 0 });
  });
});
