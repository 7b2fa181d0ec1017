import { describe, expect } from "bun:test";
import { writeCorpus } from "../support/corpus.ts";
import { corpusTarget } from "../support/corpus-target.ts";
import { embeddedLane, serverLane } from "../support/databases.ts";
import { run, serverTest } from "../support/executable.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { inTerminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";
import {
  CTRL_C,
  DIMENSIONS,
  env,
  flags,
  freshRows,
  lanes,
  PAGES,
  SECTIONS,
  startGated,
  targetOn,
  testStopsBy,
  textsOf,
  WORKERS,
} from "./stopping.ts";

// `npm test` has Ctrl-C of a parallel run on a server; the others go the same way.
const onEmbedded = lanes.filter(({ name }) => name === embeddedLane.name);
testStopsBy([["Ctrl-C", ({ press }) => press(CTRL_C)]], ["parallel"], onEmbedded);
testStopsBy([["Ctrl-C", ({ press }) => press(CTRL_C)]], ["sequential"]);
testStopsBy(
  [
    ["SIGTERM", ({ child }) => child.kill("SIGTERM")],
    ["SIGHUP", ({ child }) => child.kill("SIGHUP")],
  ],
  ["parallel", "sequential"],
);

describe.each(lanes)("a run that is asked to stop, $name", ({ name, testOf }) => {
  testOf("by its terminal being closed, ends like the others though nothing can be written any more", async () => {
    using directory = temporaryDirectory();
    const pages = 150;
    writeCorpus(directory.path, { pages, sections: SECTIONS });
    await using target = await targetOn(name);
    await using gated = await startGated(3);
    const { ollama } = gated;
    const args = [...flags(ollama.url, target.url), "--verbose"];
    const terminal = inTerminal(args, { cwd: directory.path, env });
    await until(() => ollama.inFlight === WORKERS && ollama.requests === 4 + WORKERS);
    terminal.close();
    gated.open();
    expect(await terminal.exitCode()).toBe(130);
    const embedded = textsOf(ollama).length;
    expect(embedded).toBeLessThan(pages * SECTIONS);
    expect(await target.rows()).toHaveLength(embedded);
    expect((await run(args, { cwd: directory.path, env })).exitCode).toBe(0);
    expect(textsOf(ollama).filter(([, times]) => times !== 1)).toEqual([]);
    expect(await target.rows()).toHaveLength(pages * SECTIONS);
  });

  testOf("twice, leaves at once, whatever is in flight, and the next run is right", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: PAGES, sections: SECTIONS });
    await using target = await targetOn(name);
    await using gated = await startGated(3);
    const { ollama } = gated;
    const args = flags(ollama.url, target.url);
    const terminal = inTerminal(args, { cwd: directory.path, env });
    await until(() => ollama.inFlight === WORKERS && ollama.requests === 4 + WORKERS);
    terminal.press(CTRL_C);
    await terminal.sees("stopping");
    terminal.press(CTRL_C);
    // The server still has not answered.
    expect(await terminal.exitCode()).toBe(130);
    gated.open();
    const next = await run(args, { cwd: directory.path, env });
    expect(next.stderr).not.toContain("error");
    expect(next.exitCode).toBe(0);
    expect(await target.rows()).toEqual(await freshRows(name));
  });
});

describe("a run that is asked to stop", () => {
  serverTest("while it reads a large source: what was read by then is stored", async () => {
    using directory = temporaryDirectory();
    await using target = await corpusTarget(serverLane);
    writeCorpus(directory.path, { pages: 6_000, sections: 1 });
    const args = ["--embedder", "lexical", "--dimensions", String(DIMENSIONS), "--database-url", target.url];
    const terminal = inTerminal(args, { cwd: directory.path });
    await terminal.sees((raw) => /[1-9][\d,]*\/6,000 files/.test(Bun.stripANSI(raw)));
    terminal.press(CTRL_C);
    expect(await terminal.exitCode()).toBe(130);
    expect(terminal.text()).toContain("PARTIAL");
    expect((await target.rows()).length).toBeLessThan(6_000);
    expect((await run(args, { cwd: directory.path })).exitCode).toBe(0);
    expect(await target.rows()).toHaveLength(6_000);
  });
});
