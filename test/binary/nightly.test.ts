import { describe, expect } from "bun:test";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeCorpus, writePage } from "../support/corpus.ts";
import { run, serverTest, testDatabase } from "../support/executable.ts";
import { ollamaFaults, startOllama } from "../support/ollama-stand-in.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const SILENT = { exitCode: 0, stdout: "", stderr: "" };
const WARNINGS = ".ingestion-warnings.json";
const lexical = ["--embedder", "lexical", "--dimensions", "16"];

/** A folder with pages, a draft and a page with a warning, and a database; `call` runs the executable there. */
async function corpus(how: readonly string[] = lexical) {
  const directory = temporaryDirectory();
  const database = await testDatabase();
  const { path } = directory;
  writeCorpus(path, { pages: 2, sections: 1 });
  const page = (name: string, text: string) => writeFileSync(join(path, "docs", `${name}.md`), text);
  page("draft", "---\ndraft: true\n---\n\n# Draft\n\nNot yet.\n");
  page("odd", "# Odd\n\n<<<<<<< ours\nOne.\n=======\nTwo.\n>>>>>>> theirs\n");
  return {
    ...{ path, page },
    known: join(path, WARNINGS),
    call: (...args: string[]) => run([...args, "--database-url", database.url], { cwd: path }),
    ingest: (...args: string[]) => run([...how, "--database-url", database.url, ...args], { cwd: path }),
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

describe("a quiet run", () => {
  serverTest("says nothing, on stdout and stderr, when all is well: a load, a change, nothing to do", async () => {
    await using own = await corpus();
    writeFileSync(join(own.path, "config.toml"), "unknown_key = 1\n");
    expect(await own.ingest("-q")).toEqual(SILENT);
    expect(await own.ingest("-q")).toEqual(SILENT);
    writePage(own.path, "docs", 1, 2, "other words");
    expect(await own.ingest("-q", "--sequential")).toEqual(SILENT);
    expect(await own.ingest("-q", "--retry-failed")).toEqual(SILENT);
    expect(await own.ingest("-q", "--clean")).toEqual(SILENT);
    expect(await own.call("remove", "docs", "--yes", "-q")).toEqual(SILENT);
  });

  serverTest("prints what failed, the line of its source and what to do", async () => {
    await using ollama = await startOllama({
      dimensions: 32,
      fault: (_, texts) => (texts.some((text) => text.includes("poison")) ? ollamaFaults.notANumber() : undefined),
    });
    await using own = await corpus(["--ollama-host", ollama.url, "--dimensions", "32"]);
    writePage(own.path, "other", 0, 1);
    writeFileSync(
      join(own.path, "sources.toml"),
      ["docs", "other"].map((name) => `[[sources]]\nname = "${name}"\nparser = "mdx"\npaths = ["${name}"]\n`).join(""),
    );
    writePage(own.path, "docs", 1, 1, "poison");
    const { exitCode, stdout, stderr } = await own.ingest("-q");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^failed: docs: docs:\/\/page-0001\.md: /m);
    expect(stderr).not.toMatch(/warning|draft|unknown/);
    expect(stdout).toMatch(/^docs .* PARTIAL$/m);
    expect(stdout).not.toMatch(/^other|baseline|Time:/m);
    const [command = ""] = /(?<=--retry-failed:\n {2}).*/.exec(stdout) ?? [];
    expect(command).toContain(" --retry-failed --database-url ");
    // Whoever pastes it wants to see what comes of it.
    expect(command).not.toContain("--quiet");
  });

  serverTest("leaves known what was warned of before it", async () => {
    await using own = await corpus();
    writePage(own.path, "other", 0, 1);
    const docs = readFileSync(join(own.path, "sources.toml"), "utf8");
    writeFileSync(join(own.path, "sources.toml"), `${docs}\n${docs.replaceAll("docs", "other")}`);
    await own.ingest("-q");
    writeFileSync(join(own.path, "sources.toml"), docs);
    expect((await own.ingest()).stderr).toContain('"other" is not listed any more');
    expect(await own.ingest("-q")).toEqual(SILENT);
    const { stdout, stderr } = await own.ingest();
    expect(stderr).not.toContain("warning");
    expect(stdout).toContain("as in the last run");
  });

  serverTest("leaves known what a run warned of that was to print otherwise", async () => {
    await using own = await corpus();
    writePage(own.path, "other", 0, 1);
    const docs = readFileSync(join(own.path, "sources.toml"), "utf8");
    writeFileSync(join(own.path, "sources.toml"), `${docs}\n${docs.replaceAll("docs", "other")}`);
    await own.ingest("-q");
    writeFileSync(join(own.path, "sources.toml"), docs);
    expect((await own.ingest("-v", "--warnings", "--progress-interval", "9")).stderr).toContain("not listed any more");
    expect((await own.ingest()).stderr).not.toContain("warning");
    expect((await own.ingest("--json")).stdout).toContain("not listed any more");
    expect((await own.ingest()).stderr).not.toContain("warning");
  });

  serverTest("says why it could not start", async () => {
    await using own = await corpus(["--ollama-host", "http://127.0.0.1:9", "--dimensions", "32"]);
    const { exitCode, stdout, stderr } = await own.ingest("-q");
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toStartWith("error: ");
  });

  serverTest("says why it is no success though nothing failed in it", async () => {
    await using own = await corpus();
    expect(await own.ingest("-q")).toEqual(SILENT);
    const entry = { content_hash: "a".repeat(64), source_url: "gone://a.md", error: "refused", source: "gone" };
    writeFileSync(join(own.path, ".ingestion-failures.json"), `${JSON.stringify(entry)}\n`);
    const { exitCode, stdout, stderr } = await own.ingest("-q", "--retry-failed");
    expect(exitCode).toBe(1);
    expect(stdout).toStartWith("Nothing to retry: ");
    expect(stderr).toContain('1 failed chunk of "gone", a source that is not listed any more');
  });
});

describe("warnings and notes", () => {
  const COUNTED = "1 warning and 1 skipped as in the last run (--warnings shows them).\n";

  serverTest("are told once, and counted in the next run; new ones are told; --warnings tells all", async () => {
    await using own = await corpus();
    const first = await own.ingest();
    expect(first.stderr).toContain("skipped: docs: docs/draft.md: draft: true");
    expect(first.stderr).toContain("warning: docs: docs/odd.md: ");
    expect(first.stdout).not.toContain("as in the last run");

    const second = await own.ingest();
    expect(second.stderr.trimEnd().split("\n")).toEqual([expect.stringContaining("1 source into ")]);
    expect(second.stdout).toMatch(/^docs unchanged: .*\n/);
    expect(second.stdout).toEndWith(COUNTED);

    own.page("second-draft", "---\ndraft: true\n---\n\n# Draft\n");
    const third = await own.ingest();
    expect(third.stderr).toContain("skipped: docs: docs/second-draft.md: ");
    expect(third.stderr).not.toContain("docs/draft.md");
    expect(third.stdout).toEndWith(COUNTED);

    const all = await own.ingest("--warnings");
    expect(all.stderr.match(/ (skipped|warning): docs: /g)).toHaveLength(3);
    expect(all.stdout).not.toContain("as in the last run");
    const json = await own.ingest("--json");
    expect(json.stdout.match(/"type":"warning"/g)).toHaveLength(3);
    expect(json.stdout).toContain('"kind":"skipped"');
  });

  serverTest("of a dry run are compared, and not put on record", async () => {
    await using own = await corpus();
    await own.ingest("--dry-run");
    expect(existsSync(own.known)).toBe(false);
    await own.ingest();
    const known = readFileSync(own.known, "utf8");
    own.page("second-draft", "---\ndraft: true\n---\n\n# Draft\n");
    const dry = await own.ingest("--dry-run");
    expect(dry.stdout).toContain(COUNTED);
    expect(dry.stderr).toContain("second-draft");
    expect(readFileSync(own.known, "utf8")).toBe(known);
  });

  serverTest("that a quiet run met are told by the next one that speaks", async () => {
    await using own = await corpus();
    expect(await own.ingest("-q")).toEqual(SILENT);
    expect(existsSync(own.known)).toBe(false);
    expect((await own.ingest()).stderr).toContain("docs/draft.md");
  });

  serverTest("are told as ever where they cannot be remembered", async () => {
    await using own = await corpus();
    for (const damaged of ["", "{", '{"told_warnings":']) {
      writeFileSync(own.known, damaged);
      const { exitCode, stderr } = await own.ingest();
      expect(stderr).toContain("docs/draft.md");
      expect(exitCode).toBe(0);
      rmSync(own.known);
    }
  });

  serverTest("of a file that failed are told every time", async () => {
    await using own = await corpus();
    own.page("large", `# Large\n\n${"On channels. ".repeat(200)}\n`);
    writeFileSync(join(own.path, "config.toml"), "file_size_max = 0.001\n");
    for (const _ of [1, 2]) {
      const { exitCode, stderr } = await own.ingest();
      expect(stderr).toMatch(/ failed: docs: docs\/large\.md: too large/);
      expect(exitCode).toBe(1);
    }
  });
});
