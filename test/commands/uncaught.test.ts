import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ingest } from "../../src/commands/ingest.ts";
import { systemClock } from "../../src/flow/clock.ts";
import { writeCorpus } from "../support/corpus.ts";
import { makeEmbedded } from "../support/databases.ts";
import { startWorkerHere } from "../support/parse-input.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const BOOM = new Error("a callback that throws");

test("an error that nobody caught ends a run with all that it has stored, is named, and is exit code 1", async () => {
  using directory = temporaryDirectory();
  writeCorpus(directory.path, { pages: 40 });
  await makeEmbedded(join(directory.path, ".bbj-rag"));
  let [stdout, stderr, listeners] = ["", "", 0];
  let crash: (error: unknown) => void = () => {};
  const exitCode = await ingest(
    { embedder: "lexical", verbose: true },
    {
      ...{ cwd: directory.path, program: ["bbj-ingest-all"], clock: systemClock, interactiveTerminal: false },
      env: { BBJ_RAG_EMBEDDING_DIMENSIONS: "32", BBJ_RAG_EMBEDDING_BATCH_SIZE: "4" },
      startParseWorker: startWorkerHere,
      stdout: { write: (text: string) => void (stdout += text) },
      stderr: {
        write(text: string) {
          stderr += text;
          if (/worker \d: batch 3, .* embedded/.test(text)) crash(BOOM);
        },
      },
      onInterrupt: () => () => {},
      onUncaught(callback) {
        listeners++;
        crash = callback;
        return () => void listeners--;
      },
    },
  );
  expect({ exitCode, listeners }).toEqual({ exitCode: 1, listeners: 0 });
  expect(stderr).toMatch(/^error: Error: a callback that throws$/m);
  expect(stderr).toContain("this is a bug in bbj-ingest-all");
  expect(stdout).toMatch(/^docs .* PARTIAL$/m);
});

/** The program from its source, with an error that nobody catches once it may: by `fail`. */
function startFailing(directory: string, args: readonly string[]) {
  const [preload, mayFail] = [join(directory, "boom.ts"), join(directory, "may-fail")];
  writeFileSync(
    preload,
    `import { existsSync } from "node:fs";
    const timer = setInterval(() => {
      if (process.listenerCount("SIGTERM") === 0 || !existsSync(${JSON.stringify(mayFail)})) return;
      clearInterval(timer);
      Promise.reject(new Error("boom"));
    }, 1);`,
  );
  const cli = join(import.meta.dir, "../../src/cli.ts");
  const child = Bun.spawn([process.execPath, "--preload", preload, cli, ...args], {
    ...{ cwd: directory, env: { PATH: "/usr/bin:/bin", HOME: directory }, stdout: "pipe", stderr: "pipe" },
  });
  return { child, fail: () => writeFileSync(mayFail, "") };
}

test("another command it ends with exit code 2", async () => {
  using directory = temporaryDirectory();
  const { child, fail } = startFailing(directory.path, ["doctor", "--quiet"]);
  fail();
  expect(await child.exited).toBe(2);
  expect(await child.stderr.text()).toMatch(/^error: Error: boom$/m);
});

test("a run that has stored something it ends with exit code 1, for 2 says that nothing was changed", async () => {
  using directory = temporaryDirectory();
  writeCorpus(directory.path, { pages: 2 });
  await makeEmbedded(join(directory.path, ".bbj-rag"));
  const preload = join(directory.path, "boom.ts");
  // When the summary is written; stdout is read by nobody then, so that the run is not at its end before it.
  writeFileSync(
    preload,
    `process.stdout.write = () => (Promise.reject(new Error("boom")), true);
    process.stdout.end = () => process.stdout;`,
  );
  const cli = join(import.meta.dir, "../../src/cli.ts");
  const args = ["--embedder", "lexical", "--dimensions", "32"];
  const child = Bun.spawn([process.execPath, "--preload", preload, cli, ...args], {
    ...{ cwd: directory.path, stdout: "pipe", stderr: "pipe" },
  });
  expect(await child.exited).toBe(1);
  expect(await child.stderr.text()).toMatch(/^error: Error: boom$/m);
});

test("a server says it, and goes on", async () => {
  using directory = temporaryDirectory();
  const { child, fail } = startFailing(directory.path, ["serve", "--port", "0"]);
  const said = child.stdout.getReader();
  expect(new TextDecoder().decode((await said.read()).value)).toStartWith("Listening on ");
  fail();
  let complaints = "";
  for await (const piece of child.stderr.pipeThrough(new TextDecoderStream())) {
    complaints += piece;
    if (complaints.includes("boom")) break;
  }
  child.kill();
  expect(await child.exited).toBe(0);
});
