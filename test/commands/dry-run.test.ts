import { expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ingest } from "../../src/commands/ingest.ts";
import type { Flags } from "../../src/config/flags.ts";
import { systemClock } from "../../src/flow/clock.ts";
import { startWorkerHere } from "../support/parse-input.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const JAVADOC = join(import.meta.dir, "../fixtures/javadoc");

/** A dry run over one page and one that is too large, without a database. */
async function dryRun(flags: Flags, { entry = 'name = "docs"\nparser = "mdx"\npaths = ["docs"]', bbj = "" } = {}) {
  using directory = temporaryDirectory();
  const cwd = directory.path;
  mkdirSync(join(cwd, "docs"));
  writeFileSync(join(cwd, "docs", "page.md"), "# Page\n\nOn channels.\n");
  writeFileSync(join(cwd, "docs", "large.md"), `# Large\n\n${"On channels. ".repeat(200)}\n`);
  writeFileSync(join(cwd, "sources.toml"), `[[sources]]\n${entry}\n`);
  if (bbj !== "") cpSync(JAVADOC, join(cwd, bbj, "documentation/javadoc"), { recursive: true });
  let [stdout, stderr] = ["", ""];
  const exitCode = await ingest(
    { dryRun: true, embedder: "lexical", ...flags },
    {
      ...{
        cwd,
        program: ["bbj-ingest-all"],
        clock: systemClock,
        interactiveTerminal: false,
        startParseWorker: startWorkerHere,
      },
      env: bbj === "" ? { BBJ_RAG_FILE_SIZE_MAX: "0.001" } : { BBJ_HOME: bbj },
      stdout: { write: (text: string) => void (stdout += text) },
      stderr: { write: (text: string) => void (stderr += text) },
      onInterrupt: () => () => {},
    },
  );
  return { exitCode, stdout, stderr, madeDatabase: existsSync(join(cwd, ".bbj-rag")) };
}

test("a dry run shows what would be added and embedded, and makes no database", async () => {
  const { exitCode, stdout, madeDatabase } = await dryRun({});
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^docs +2 +1 +1 +1 +1 +PARTIAL$/m);
  expect(stdout).toContain("docs: 1 file could not be ingested");
  expect(madeDatabase).toBe(false);
});

test("a quiet dry run names the files that could not be ingested, and nothing else", async () => {
  const { exitCode, stderr } = await dryRun({ quiet: true });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^failed: docs: docs\/large\.md: too large: .*\n$/);
});

test("a source without paths is read where the program it comes from is installed", async () => {
  const entry = 'name = "api"\nparser = "javadoc"\npaths = []';
  const { exitCode, stdout } = await dryRun({}, { entry, bbj: "opt/bbj" });
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^api +4 +4 +6 /m);
});
