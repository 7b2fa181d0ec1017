import { expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryDirectory } from "../../support/temporary-directory.ts";
import { commandInTerminal } from "../../support/terminal.ts";

test("the clock of a run moves on while its thread computes, and nothing else is written", async () => {
  using directory = temporaryDirectory();
  const script = join(import.meta.dir, "hold-thread.ts");
  const terminal = commandInTerminal([process.execPath, script], { cwd: directory.path });
  await terminal.sees((raw) => (raw.match(/\x1b8 {3}1:\d\d\x1b8/g) ?? []).length >= 2);
  terminal.press("\r");
  expect(await terminal.exitCode()).toBe(0);
  expect(
    terminal
      .text()
      .replace(/\s+1:\d\d/g, "")
      .trim(),
  ).toBe("ready");
});
