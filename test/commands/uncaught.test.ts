import { expect, test } from "bun:test";
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
