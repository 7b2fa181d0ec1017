import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "../../src/commands/parse.ts";
import type { Flags } from "../../src/config/flags.ts";
import { systemClock } from "../../src/flow/clock.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { startParseWorker } from "../../src/start-parse-worker.ts";

/** A folder with sources of `pages` documents each, and what `parse` says of them; each look at the clock takes 4 s. */
async function parsed(pages: Readonly<Record<string, number>>, flags: Flags, interruptAt = "", pageText?: string) {
  using directory = temporaryDirectory();
  const cwd = directory.path;
  for (const [name, documents] of Object.entries(pages)) {
    mkdirSync(join(cwd, name));
    writeFileSync(join(cwd, name, "draft.md"), "---\ndraft: true\n---\nText.\n");
    for (let page = 0; page < documents; page++)
      writeFileSync(join(cwd, name, `${page}.md`), pageText ?? `# Page ${page}\n\nText.\n`);
  }
  const entries = Object.keys(pages).map(
    (name) => `[[sources]]\nname = "${name}"\nparser = "mdx"\npaths = ["${name}"]\n`,
  );
  writeFileSync(join(cwd, "sources.toml"), entries.join("\n"));
  let [stdout, stderr, now] = ["", "", 0];
  let interrupt = () => {};
  const world = {
    env: {},
    cwd,
    stdout: {
      write: (text: string) => {
        stdout += text;
        if (interruptAt !== "" && text.includes(interruptAt)) interrupt();
      },
    },
    stderr: { write: (text: string) => void (stderr += text) },
    clock: { ...systemClock, now: () => (now += 4_000) },
    program: ["bbj-ingest-all"],
    interactiveTerminal: false,
    startParseWorker,
    onInterrupt: (callback: () => void) => {
      interrupt = callback;
      return () => {};
    },
  };
  const exitCode = await parse(flags, world).catch((error: unknown) => String(error));
  return { exitCode, stdout, stderr };
}

describe("parse", () => {
  test("shows what a page says of itself, with the chunk that has it", async () => {
    const page = "---\ndescription: Divides a layout.\nkeywords: [drag]\n---\n# Splitter\n\nTwo panels.\n";
    const { stdout } = await parsed({ docs: 1 }, { limit: 1 }, "", page);
    expect(stdout).toContain("    about: Divides a layout. / drag\n");
    expect(stdout).toContain(
      "  | docs > Splitter\n  | \n  | Divides a layout.\n  | \n  | drag\n  | \n  | Two panels.\n",
    );
    const { stdout: json } = await parsed({ docs: 1 }, { limit: 1, json: true }, "", page);
    expect(json).toContain('"about":"Divides a layout.\\n\\ndrag"');
  });

  test("says of each note what it is, and how far it is", async () => {
    const { exitCode, stdout, stderr } = await parsed({ docs: 5 }, { limit: 1 });
    expect(exitCode).toBe(0);
    expect(stdout).toContain("=== docs://0.md");
    expect(stderr.split("\n")).toEqual([
      "docs: 3 documents, 3 chunks so far",
      "skipped: docs: docs/draft.md: draft: true in its front matter",
      "",
    ]);
  });

  test("shows the counts alone with --limit 0", async () => {
    const { stdout } = await parsed({ docs: 2 }, { limit: 0 });
    expect(stdout).toStartWith("Source");
    expect(stdout).toEndWith("docs: bbj 2; tutorial 2\n");
  });

  test("fails for a source that yields nothing, also with --quiet, and for nothing else", async () => {
    const { exitCode, stdout, stderr } = await parsed({ docs: 1, empty: 0 }, { quiet: true });
    expect(exitCode).toBe(1);
    expect(stderr).toBe("failed: empty: it yields no documents\n");
    expect(stdout).toEndWith("\n\ndocs: bbj 1; tutorial 1\n");
    expect((await parsed({ docs: 1 }, { quiet: true })).exitCode).toBe(0);
  });

  test("shows what it has when it is interrupted", async () => {
    const { exitCode, stdout } = await parsed({ first: 1, second: 3 }, { limit: 1 }, "=== second");
    expect(exitCode).toContain("interrupted");
    expect(stdout).toContain("first: bbj 1; tutorial 1");
    expect(stdout).not.toContain("second: bbj");
  });
});
