import { describe, expect, test } from "bun:test";
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SourceEntry } from "../../src/parsers/parser.ts";
import { IngestError } from "../../src/flow/errors.ts";
import { loadParser, parsers } from "../../src/parsers/registry.ts";
import { writeCorpus, writePage } from "../support/corpus.ts";
import { EXECUTABLE, run } from "../support/executable.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import { parseContext } from "../support/read-source.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

/** Of the user who may do least. */
const NOBODY = 65_534;
const EMBEDDER = ["--embedder", "lexical", "--dimensions", "32"];
const SETPRIV = Bun.which("setpriv");
const isRoot = process.getuid?.() === 0;
const cannot =
  isRoot && SETPRIV === null ? "we are root, whom no permission stops, and there is no setpriv" : undefined;

/** Runs the executable as someone whom permissions stop. */
async function runUnprivileged(args: readonly string[], directory: string) {
  const lowered = isRoot ? [SETPRIV ?? "", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"] : [];
  // The way to the executable itself may be closed for others.
  const executable = join(directory, "bbj-ingest-all");
  copyFileSync(EXECUTABLE, executable);
  chmodSync(executable, 0o755);
  const child = Bun.spawn([...lowered, executable, ...args], {
    cwd: directory,
    env: { PATH: "/usr/bin:/bin", HOME: directory, TMPDIR: directory },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { stdout, stderr, exitCode };
}

const title = `files and folders without permission are named, and the rest is ingested`;
test.skipIf(cannot !== undefined)(cannot === undefined ? title : `${title} (${cannot})`, async () => {
  using directory = temporaryDirectory();
  chmodSync(directory.path, 0o777);
  writeCorpus(directory.path, { pages: 4 });
  chmodSync(join(directory.path, "docs/page-0001.md"), 0);
  mkdirSync(join(directory.path, "docs/closed"));
  chmodSync(join(directory.path, "docs/closed"), 0);
  // May be listed, but nothing in it opened.
  mkdirSync(join(directory.path, "docs/listed"));
  writeFileSync(join(directory.path, "docs/listed/page.md"), "# Page\n\nText.\n");
  chmodSync(join(directory.path, "docs/listed"), 0o744);
  const { exitCode, stdout } = await runUnprivileged(["--json", ...EMBEDDER], directory.path);
  // Else it could not be removed by someone else than root.
  chmodSync(join(directory.path, "docs/closed"), 0o755);
  chmodSync(join(directory.path, "docs/listed"), 0o755);
  const events = eventsOf(stdout);
  const denied = events.filter(({ type, reason }) => type === "warning" && reason?.includes("permission denied"));
  expect(denied.map(({ path }) => path)).toEqual(["docs/closed", "docs/listed/page.md", "docs/page-0001.md"]);
  expect(events.at(-1)).toMatchObject({ type: "summary", exit_code: 1, documents: 3 });
  expect(exitCode).toBe(1);
});

describe("a file that vanishes after it was listed", () => {
  // The topics of a Flare project lie in a folder of their own, and have a test of their own.
  test.each(parsers.filter(({ needsPaths, name }) => needsPaths && name !== "flare").map(({ name }) => [name]))(
    "fails alone, in %s",
    async (name) => {
      using directory = temporaryDirectory();
      const extension = { mdx: ".md", pdf: ".pdf", "bbj-source": ".bbj", javadoc: ".json" }[name] ?? ".txt";
      for (const file of ["a", "b"]) writeFileSync(join(directory.path, `${file}${extension}`), "rem Text.\n");
      const source: SourceEntry = {
        name: "docs",
        parser: name,
        paths: ["."],
        dataDir: directory.path,
        generationTag: "bbj",
        enabled: true,
        keys: {},
      };
      const read: string[] = [];
      for await (const input of (await loadParser(source, {})).inputs(source, parseContext())) {
        if (input.kind !== "input") throw new Error(input.reason);
        if (input.path.startsWith("a")) rmSync(join(directory.path, input.path));
        const failure = await input.load().then(
          () => "read",
          (error: unknown) => (error instanceof IngestError ? `${error.decision}: ${error.message}` : String(error)),
        );
        read.push(`${input.path}: ${failure}`);
      }
      expect(read).toEqual([`a${extension}: skip: cannot be read: it does not exist (ENOENT)`, `b${extension}: read`]);
    },
  );

  test("keeps its documents, and the run ends with exit code 1", async () => {
    using directory = temporaryDirectory();
    const docs = writeCorpus(directory.path, { pages: 4 });
    const args = ["--json", "--dimensions", "32", "--sequential", "--ollama-host"];
    await using calm = await startOllama({ dimensions: 32 });
    await run([...args, calm.url], { cwd: directory.path });
    writePage(directory.path, "docs", 0, 3, "words that are new");
    // The folder is listed when its first page is read; in sequence, the last one is read after that page is embedded.
    await using ollama = await startOllama({
      dimensions: 32,
      fault: () => {
        rmSync(join(docs, "page-0003.md"), { force: true });
        return undefined;
      },
    });
    const { exitCode, stdout } = await run([...args, ollama.url], { cwd: directory.path });
    const events = eventsOf(stdout);
    expect(events.filter(({ type }) => type === "warning").map(({ path, reason }) => `${path}: ${reason}`)).toEqual([
      "docs/page-0003.md: cannot be read: it does not exist (ENOENT)",
    ]);
    expect(events.at(-1)).toMatchObject({ type: "summary", exit_code: 1, documents: 3 });
    expect(exitCode).toBe(1);
    const found = await run(["search", "Line 1 of page 3, section 1", "--json", "--ollama-host", ollama.url], {
      cwd: directory.path,
    });
    expect(found.stdout).toContain("docs://page-0003.md");
  });
});

type Event = { readonly type: string; readonly path?: string; readonly reason?: string };

function eventsOf(stdout: string): Event[] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line): Event => JSON.parse(line));
}
