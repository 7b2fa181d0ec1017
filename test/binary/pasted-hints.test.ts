import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Flags, parseCommandLine } from "../../src/config/flags.ts";
import { removePage, writeCorpus, writePage } from "../support/corpus.ts";
import { makeEmbedded } from "../support/databases.ts";
import { databaseHereTest, EXECUTABLE, type Outcome, run, serverTest, testDatabase } from "../support/executable.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { inTerminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";

const NAME = "bbj-ingest-all";
/** Where a shell would go astray. */
const CONFIG = 'my $sources\' "list".toml';
const DATA = "-data ~ *";
const SOURCE = "docs & `more`";
const DIRECTORY = "the db;x";
const DATABASE = `pglite:${DIRECTORY}`;
const lexical = ["--embedder", "lexical", "--dimensions", "32"];
const given = [`--config=${CONFIG}`, `--data-dir=${DATA}`, `--database-url=${DATABASE}`];
const named = { config: CONFIG, dataDir: DATA, databaseUrl: DATABASE };

/** A folder with a corpus of odd names. */
function scene({ pages = 2 } = {}) {
  const directory = temporaryDirectory();
  writeCorpus(directory.path, { pages });
  mkdirSync(join(directory.path, DATA));
  renameSync(join(directory.path, "docs"), join(directory.path, DATA, "docs"));
  const entry = `[[sources]]\nname = ${JSON.stringify(SOURCE)}\nparser = "mdx"\npaths = ["docs"]\n`;
  writeFileSync(join(directory.path, CONFIG), entry);
  return directory;
}

/** Every command line of this program in what was printed: the words that a shell gives it. */
function commandsIn({ stdout, stderr }: Pick<Outcome, "stdout" | "stderr">, program = EXECUTABLE): string[][] {
  using directory = temporaryDirectory();
  const shim = join(directory.path, NAME);
  writeFileSync(shim, "#!/bin/sh\nprintf '%s\\0' \"$@\"\n");
  chmodSync(shim, 0o755);
  return `${stdout}\n${stderr}`.split("\n").flatMap((line) => {
    const start = line.indexOf(program);
    // The line that a run begins with says which version it is.
    if (start < 0 || /^\S+ \d+\.\d+\.\d+: /.test(line.slice(start))) return [];
    const pasted = line.slice(start).replace(program, NAME);
    const shell = Bun.spawnSync(["sh", "-c", pasted], { env: { PATH: `${directory.path}:/usr/bin:/bin` } });
    expect({ pasted, stderr: shell.stderr.toString() }).toEqual({ pasted, stderr: "" });
    return [shell.stdout.toString().split("\0").slice(0, -1)];
  });
}

/** What the pasted lines name. */
function flagsIn(outcome: Pick<Outcome, "stdout" | "stderr">): Flags[] {
  return commandsIn(outcome).map((words) => parseCommandLine(words, { interactiveTerminal: true }).flags);
}

describe("every command that a message prints can be pasted, and names what the call named", () => {
  test("no corpus to search or to report on", async () => {
    using directory = scene();
    const call = [`--config=${CONFIG}`, `--database-url=${DATABASE}`];
    const host = ["--ollama-host", "http://u:hunter2@gpu:1"];
    const same = { config: CONFIG, databaseUrl: DATABASE };
    const searched = await run(["search", "text", "--limit", "3", ...host, ...call], { cwd: directory.path });
    expect(searched.stderr).not.toContain("hunter2");
    expect(flagsIn(searched)).toEqual([{ ...same, settings: { ollama_host: "http://u:@gpu:1" } }]);
    expect(flagsIn(await run(["report", ...call], { cwd: directory.path }))).toEqual([same]);
  });

  databaseHereTest("another model: the pasted line rebuilds the corpus that was named", async () => {
    using directory = scene();
    const options = { cwd: directory.path };
    await makeEmbedded(join(directory.path, DIRECTORY));
    expect((await run([...given, ...lexical], options)).exitCode).toBe(0);
    const other = ["--embedder", "lexical", "--dimensions", "48"];
    const some = await run([...given, ...other, `--source=${SOURCE}`, "-v"], options);
    expect(some.exitCode).toBe(2);
    const model = { embedder: "lexical", model: "feature-hashing-v1" };
    expect(flagsIn(some)).toEqual([
      { ...named, ...model, dimensions: 48, clean: true },
      { ...named, ...model, dimensions: 32, source: [SOURCE] },
    ]);
    const all = await run([...given, ...other, "--dry-run"], options);
    const [line = []] = commandsIn(all);
    const rebuilt = await run(line, options);
    expect(rebuilt.exitCode).toBe(0);
    expect((await run([...given, ...other], options)).stdout).toContain("unchanged");
  });

  databaseHereTest("chunks that failed, and what to compare with", async () => {
    using directory = scene();
    await makeEmbedded(join(directory.path, DIRECTORY));
    writePage(join(directory.path, DATA), "docs", 1, 3, "poison");
    await using ollama = await startOllama({
      dimensions: 32,
      fault: (_, texts) =>
        texts.some((text) => text.includes("poison"))
          ? Response.json({ error: "invalid input" }, { status: 400 })
          : undefined,
    });
    const settings = { ollama_host: ollama.url };
    const call = [...given, "--ollama-host", ollama.url, "--dimensions", "32", "--workers", "2", "--source", SOURCE];
    const outcome = await run(call, { cwd: directory.path });
    expect(outcome.exitCode).toBe(1);
    const same = { ...named, settings, dimensions: 32, source: [SOURCE] };
    const [retried, ...compared] = flagsIn(outcome);
    expect(retried).toEqual({ ...same, workers: 2, retryFailed: true });
    // Of a run that took more than a second.
    for (const one of compared) expect(one).toEqual({ ...same, sequential: true });
  });

  databaseHereTest("documents that a source would lose", async () => {
    using directory = scene({ pages: 24 });
    await makeEmbedded(join(directory.path, DIRECTORY));
    await run([...given, ...lexical], { cwd: directory.path });
    for (let page = 0; page < 13; page++) removePage(join(directory.path, DATA), "docs", page);
    const same = { ...named, embedder: "lexical", dimensions: 32, maxDelete: 13 };
    const outcome = await run([...given, ...lexical], { cwd: directory.path });
    expect(outcome.exitCode).toBe(1);
    expect(flagsIn(outcome)).toEqual([same, same]);
    const clean = await run([...given, ...lexical, "--clean"], { cwd: directory.path });
    expect(clean.exitCode).toBe(1);
    for (const flags of flagsIn(clean)) {
      if (flags.maxDelete !== undefined) expect(flags).toEqual({ ...same, clean: true });
    }
    const [line = []] = commandsIn(outcome);
    expect((await run(line, { cwd: directory.path })).exitCode).toBe(0);
  });

  databaseHereTest("a source that is not listed any more: the pasted lines remove it", async () => {
    using directory = scene();
    const options = { cwd: directory.path };
    await makeEmbedded(join(directory.path, DIRECTORY));
    await run([...given, ...lexical], options);
    writeFileSync(join(directory.path, CONFIG), `[[sources]]\nname = "-new"\nparser = "mdx"\npaths = ["docs"]\n`);
    const again = commandsIn(await run([...given, ...lexical], options));
    const remove = again.find(([command]) => command === "remove") ?? [];
    expect(remove).toEqual(["remove", SOURCE, "--config", CONFIG, "--database-url", DATABASE]);
    const [confirmed = []] = commandsIn(await run(remove, options));
    expect(confirmed).toContain("--yes");
    expect(await run(confirmed, options)).toMatchObject({ exitCode: 0 });
    const where = [`--config=${CONFIG}`, `--database-url=${DATABASE}`];
    const [dashed = []] = commandsIn(await run(["remove", ...where, "--", "-new"], options));
    expect(dashed.slice(-2)).toEqual(["--", "-new"]);
  });

  test("a resume file that is none", async () => {
    using directory = scene();
    writeFileSync(join(directory.path, ".ingestion-state.json"), "{");
    const outcome = await run([...given, ...lexical, "--resume"], { cwd: directory.path });
    expect(outcome.exitCode).toBe(2);
    expect(flagsIn(outcome)).toEqual([{ ...named, embedder: "lexical", dimensions: 32 }]);
  });

  test("a run that prompts have started, and that was interrupted", async () => {
    using directory = scene({ pages: 30 });
    await makeEmbedded(join(directory.path, DIRECTORY));
    const gate = Promise.withResolvers<undefined>();
    await using ollama = await startOllama({
      dimensions: 32,
      fault: (_, texts) => (texts.some((text) => text.includes("of page 29,")) ? gate.promise : undefined),
    });
    const args = [...given, "--ollama-host", ollama.url, "--dimensions", "32", "-i"];
    const terminal = inTerminal(args, { cwd: directory.path, cols: 1_000 });
    for (const [question, keys] of [
      ["What is to be done?", "\x1b[B\r"],
      ["Which sources?", "\r"],
      ["How many workers?", "\r"],
      ["with 4 workers", "\r"],
    ] as const) {
      await terminal.sees(question);
      terminal.press(keys);
    }
    await until(() => ollama.inFlight > 0 && terminal.text().includes("in parallel, 4 workers"));
    terminal.press("\x03");
    await terminal.sees("stopping");
    gate.resolve(undefined);
    expect(await terminal.exitCode()).toBe(130);
    const same = { ...named, dimensions: 32, settings: { ollama_host: ollama.url } };
    expect(flagsIn({ stdout: terminal.text().replaceAll("\r", ""), stderr: "" })).toEqual([
      { ...same, workers: 4 },
      { ...same, workers: 4, resume: true },
      { ...same, workers: 4 },
    ]);
  });

  serverTest("a corpus of a password's database, of an embedder that this version does not have", async () => {
    using directory = scene();
    await using database = await testDatabase();
    const url = new URL(database.url);
    url.password = "hunter2";
    const call = [`--config=${CONFIG}`, "--database-url", url.href, ...lexical];
    expect((await run([...call, `--data-dir=${DATA}`], { cwd: directory.path })).exitCode).toBe(0);
    await database.sql`update ingest_meta set value = replace(replace(value, 'lexical', 'elsewhere'), 'feature-hashing-v1', 'other')`;
    const outcome = await run(["search", "records", ...call.slice(0, 3), "--source", SOURCE], { cwd: directory.path });
    expect(outcome.exitCode).toBe(2);
    expect(outcome.stderr).not.toContain("hunter2");
    const [line = []] = commandsIn(outcome);
    expect(line.slice(0, 3)).toEqual(["--clean", "--config", CONFIG]);
    const empty = url.href.replace("hunter2", "");
    expect(line).toContain(empty);
  });

  test("arguments that are not understood", async () => {
    using directory = scene();
    for (const [args, words] of [
      [["--wrokers", "3"], ["--help"]],
      [
        ["search", "--limt", "3", "a"],
        ["search", "--help"],
      ],
      [
        ["search", "--database-url", DATABASE],
        ["search", "TEXT", "--database-url", DATABASE],
      ],
    ] as const) {
      expect(commandsIn(await run(args, { cwd: directory.path }))).toEqual([[...words]]);
    }
  });

  test("it is called as it was called", async () => {
    using directory = scene();
    const bin = join(directory.path, "my $bin");
    mkdirSync(bin);
    symlinkSync(EXECUTABLE, join(bin, NAME));
    const PATH = `${bin}:/usr/bin:/bin`;
    const hint = (program: string) =>
      Bun.spawnSync(["bash", "-c", `exec ${program} report`], { cwd: directory.path, env: { PATH } }).stderr.toString();
    expect(hint(NAME)).toContain(`make one first: ${NAME} ingest\n`);
    expect(hint(`'./my $bin/${NAME}'`)).toContain(`make one first: './my $bin/${NAME}' ingest\n`);
    // Another program, or none, is found by these.
    for (const word of ["sh", "nobody", "/nowhere/x", "./sources"]) {
      expect(hint(`-a ${word} ${EXECUTABLE}`)).toContain(`make one first: ${EXECUTABLE} ingest\n`);
    }
  });
});
