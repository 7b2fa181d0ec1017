import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { EXECUTABLE } from "../support/executable.ts";
import { missingOf, textOf, textsOf, typedIn } from "./blocks.ts";
import { reader } from "./reader.ts";

test("the scripts of a clone are there", async () => {
  const named = [
    ...textsOf("clone")
      .join("")
      .matchAll(/npm (?:run )?(\w+)/g),
  ].map(([, name = ""]) => name);
  expect(named).toEqual(["quickstart", "test", "setup", "build"]);
  const shape = z.object({ scripts: z.record(z.string(), z.string()) });
  const { scripts } = shape.parse(await Bun.file(join(import.meta.dir, "../../package.json")).json());
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
});

test("the recording is what is printed, and a result of search --json the one that is shown", async () => {
  using user = await reader();
  // It is recorded in the folder above.
  mkdirSync(join(user.corpus, "examples"));
  for (const name of ["docs", "manual", "source", "sources.toml"]) {
    renameSync(join(user.corpus, name), join(user.corpus, "examples", name));
  }
  const recording = textOf("recording");
  const { exitCode, stdout, stderr } = await user.shell(typedIn(recording).join("\n"));
  expect(missingOf(recording, stdout)).toEqual([]);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  const [, search = ""] = typedIn(recording);
  expectShown((await user.shell(`${search} --json`)).stdout);
});

/** The result that the README shows, whose texts are shortened there. */
function expectShown(line: string): void {
  const shape = z.looseObject({ content: z.string(), snippet: z.array(z.string()), cosine: z.number() });
  const [shown, found] = [shape.parse(JSON.parse(textOf("hit"))), shape.parse(JSON.parse(line))];
  expect(found.content).toStartWith(shown.content.replace(/…$/, ""));
  expect(found.snippet).toEqual(expect.arrayContaining(shown.snippet));
  expect(found.cosine).toBeCloseTo(shown.cosine, 2);
  const others = ({ content: _, snippet: __, cosine: ___, ...rest }: typeof shown) => rest;
  expect(others(found)).toEqual(others(shown));
}

test("the sum of the executable is checked", async () => {
  using user = await reader();
  symlinkSync(EXECUTABLE, join(user.corpus, "bbj-ingest-all"));
  const { exitCode, stdout } = await user.shell(textOf("check"));
  expect(stdout).toMatch(/^bbj-ingest-all: OK\n\d+\.\d+\.\d+\n$/);
  expect(exitCode).toBe(0);
});

describe("a first run", () => {
  test("of init --yes writes its files, and takes the embedder that is named", async () => {
    using user = await reader();
    rmSync(join(user.corpus, "sources.toml"));
    const { exitCode, stderr } = await user.shell(textOf("init"));
    expect(stderr).toContain("embedder: lexical");
    expect(exitCode).toBe(0);
    const found = await user.shell('bbj-ingest-all search "how do I open a file" --limit 1');
    expect(found.stdout).toStartWith("1. Files and channels");
  });

  test("of a sources.toml that was written by hand finds, and answers", async () => {
    using user = await reader();
    mkdirSync(join(user.corpus, "docs/tutorial/docs"), { recursive: true });
    renameSync(join(user.corpus, "docs/01-first-program.md"), join(user.corpus, "docs/tutorial/docs/first.md"));
    user.write("sources.toml", textOf("sources"));
    const { exitCode, stdout, stderr } = await user.shell(textOf("first"));
    expect(stderr).toContain("tutorial: OK, 1 document");
    expect(stdout).toContain("1. ");
    expect(exitCode).toBe(0);
  });

  test("takes the settings of a config.toml", async () => {
    using user = await reader({});
    user.write("config.toml", textOf("config"));
    const { stdout } = await user.shell("bbj-ingest-all doctor -v", { flags: [] });
    for (const setting of ["database_url", "embedding_provider", "openai_base_url", "embedding_model"]) {
      expect(stdout).toMatch(new RegExp(`ok +${setting}\\b.*`));
    }
    expect(stdout).toContain("BAAI/bge-m3");
    expect(stdout).not.toContain("unknown key");
  });
});

test("the shell completes, and man knows it", async () => {
  using user = await reader();
  const { exitCode, stderr } = await user.shell(textOf("shell"));
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  const manual = readFileSync(join(user.home, ".local/share/man/man1/bbj-ingest-all.1"), "utf8");
  expect(manual).toStartWith(".TH");
  const completed = await user.shell("bash -c '. ~/.bashrc && complete -p bbj-ingest-all'");
  expect(completed.stdout).toContain("bbj-ingest-all");
});

describe("afterwards", () => {
  test("what is in the corpus can be seen, and removed", async () => {
    using user = await reader();
    await user.shell("bbj-ingest-all -q");
    const { exitCode, stdout, stderr } = await user.shell(textOf("contents"));
    expect(stderr).not.toContain("error");
    expect(stdout).toMatch(/^tutorial .*OK/m);
    expect(stdout).toContain("tutorial://01-first-program.md  Your first program");
    expect(stdout).toContain("56a3a586efdf");
    expect(exitCode).toBe(0);
    expect((await user.shell("bbj-ingest-all ls")).stdout).not.toContain("samples");
  });

  test("what is wrong can be found", async () => {
    using user = await reader();
    await user.shell("bbj-ingest-all -q");
    const { exitCode, stdout, stderr } = await user.shell(textOf("doctor"));
    expect(stdout).toContain("A run can start");
    expect(stderr + stdout).toContain("Nothing to retry");
    expect(exitCode).toBe(0);
    expect(existsSync(join(user.corpus, ".ingestion-failures.json"))).toBeFalse();
  });
});
