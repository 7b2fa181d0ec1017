import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { init } from "../../../src/commands/init/init.ts";
import { systemClock } from "../../../src/flow/clock.ts";
import { startWorkerHere } from "../../support/parse-input.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";
import { writeTree } from "../../support/write-tree.ts";

test("init --yes that is interrupted while it looks through the folder ends with 130, and has written nothing", async () => {
  using directory = temporaryDirectory();
  writeTree(directory.path, { "a.md": "# Opening a channel\n" });
  let told = "";
  const stderr = { write: (text: string) => void (told += text) };
  const world = {
    ...{ program: ["bbj-ingest-all"], env: {}, cwd: directory.path, stdout: { write: () => {} }, stderr },
    ...{ clock: systemClock, startParseWorker: startWorkerHere, interactiveTerminal: true },
    onInterrupt(interrupted: () => void) {
      interrupted();
      return () => {};
    },
  };
  const run = () => Promise.reject(new Error("it runs"));
  expect(await init({ yes: true }, ["."], world, run)).toBe(130);
  expect(told).toBe("Cancelled; nothing was changed.\n");
  expect(readdirSync(directory.path)).toEqual(["a.md"]);
});
