import { expect, test } from "bun:test";
import { join } from "node:path";
import { writeCorpus } from "../support/corpus.ts";
import { makeEmbedded } from "../support/databases.ts";
import { run } from "../support/executable.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { inTerminal } from "../support/terminal.ts";

const DATABASE = ["--database-url", "pglite:db"];

test("words are bold on a terminal, whose width it keeps to, and there is no escape code in a pipe", async () => {
  using directory = temporaryDirectory();
  const cwd = directory.path;
  writeCorpus(cwd, { pages: 2 });
  await makeEmbedded(join(cwd, "db"));
  await run(["--embedder", "lexical", "--dimensions", "32", ...DATABASE], { cwd });
  const args = ["search", "a channel in programs", "--limit", "2", "--context", "1", ...DATABASE];

  const terminal = inTerminal(args, { cwd, cols: 40 });
  expect(await terminal.exitCode()).toBe(0);
  expect(terminal.raw()).toContain("\u001b[1mchannels\u001b[22m");
  expect(
    terminal
      .text()
      .split("\r\n")
      .filter((line) => line.length > 40),
  ).toEqual([]);

  const plain = inTerminal(args, { cwd, cols: 40, env: { NO_COLOR: "1" } });
  expect(await plain.exitCode()).toBe(0);
  expect(plain.raw()).not.toContain("\u001b");

  const piped = await run(args, { cwd });
  expect(piped).toMatchObject({ exitCode: 0, stderr: "" });
  expect(piped.stdout).toContain("channels");
  expect(piped.stdout).not.toContain("\u001b");
  const words = (text: string) => text.replace(/^ {3}[|>]/gm, "").match(/\S+/g);
  expect(words(plain.text())).toEqual(words(piped.stdout));
});
