import { expect, test } from "bun:test";
import { checkEmbedder } from "../../src/commands/doctor/embedder.ts";
import { lookOf } from "../../src/commands/doctor/doctor.ts";
import { loadSettings } from "../../src/config/settings.ts";
import { systemClock } from "../../src/flow/clock.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import { startWorkerHere } from "../support/parse-input.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

test("a quick look at the embedder asks each server for one vector, and measures nothing", async () => {
  await using one = await startOllama({ dimensions: 32 });
  await using two = await startOllama({ dimensions: 32 });
  using directory = temporaryDirectory();
  const env = { OLLAMA_HOST: `${one.url},${two.url}`, BBJ_RAG_EMBEDDING_DIMENSIONS: "32" };
  const output = { write: () => {} };
  const look = lookOf(
    { json: true },
    {
      ...{ program: ["bbj-ingest-all"], env, cwd: directory.path, stdout: output, stderr: output, clock: systemClock },
      ...{ startParseWorker: startWorkerHere, interactiveTerminal: false, onInterrupt: () => () => {} },
    },
  );
  const loaded = loadSettings({ env, cwd: directory.path });
  const findings = await checkEmbedder(look, { loaded, quick: true });
  expect(findings.map(({ what, state }) => [what, state])).toEqual([
    ["model", "ok"],
    [one.url, "ok"],
    [two.url, "ok"],
  ]);
  // The other one is to see that both run one model.
  expect([one.requests, two.requests]).toEqual([2, 2]);
});
