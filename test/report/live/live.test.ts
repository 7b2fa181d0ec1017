import { describe, expect, test } from "bun:test";
import type { RunEvent } from "../../../src/ingest/events.ts";
import { LiveDisplay } from "../../../src/report/live/live.ts";
import type { LiveTerminal, TerminalAbilities } from "../../../src/report/live/terminal.ts";
import { HandClock } from "../../support/hand-clock.ts";
import { phaseEvent, progressEvent, sourceStart, startEvent, warningEvent } from "../../support/run-events.ts";
import { Screen } from "../../support/screen.ts";

const ABILITIES: TerminalAbilities = { colors: false, unicode: true, taskbar: false };

const SUMMARY: RunEvent = {
  ...{ type: "summary", exitCode: 0, mode: "", durationMs: 1, phases: [], sources: [] },
  ...{
    files: 0,
    documents: 0,
    chunks: 0,
    embedded: 0,
    reused: 0,
    added: 0,
    changed: 0,
    kept: 0,
    removed: 0,
    failed: 0,
  },
};

function onTerminal({
  columns = 80,
  rows = 24,
  abilities = ABILITIES,
  verbose = false,
  screen = new Screen(columns, rows),
} = {}) {
  const clock = new HandClock();
  const writes: string[] = [];
  const ends = new Set<string>();
  let changed: (change: "resized" | "resumed") => void = () => {};
  const state = { columns, rows, isBusy: false };
  const terminal: LiveTerminal = {
    get columns() {
      return state.columns;
    },
    get rows() {
      return state.rows;
    },
    get isBusy() {
      return state.isBusy;
    },
    abilities,
    write(text) {
      writes.push(text);
      screen.write(text);
    },
    keepTime: () => {},
    onChange(callback) {
      changed = callback;
      return () => void (changed = () => {});
    },
    atEnd(text) {
      ends.add(text);
      return () => void ends.delete(text);
    },
  };
  const display = new LiveDisplay({ terminal, clock, verbose });
  return {
    ...{ display, clock, screen, writes, state, ends },
    change: (change: "resized" | "resumed") => changed(change),
    /** All that is due, done. */
    async pass(ms: number) {
      clock.advance(ms);
      await new Promise(setImmediate);
    },
  };
}

const BEGUN = [startEvent(["docs"]), sourceStart("docs", 500), progressEvent("docs")];

describe("a live display", () => {
  test("says where the run goes, and stands below it", async () => {
    const { display, screen, pass } = onTerminal();
    for (const event of BEGUN) display.report(event);
    await pass(1_000);
    expect(screen.text.split("\n").map((line) => line.slice(0, 30))).toEqual([
      "bbj-ingest-all 1: 1 source int",
      "  parallel, 4 workers",
      ...[
        "   0:01  parsing  ░░░░░░░░░░░░",
        "         90 of 100 chunks, 0 c",
        "         0 of 4 requests in fl",
        "         limited by embedding",
        "  docs  ░░░░░░░░░░░░░░░░░░░░░░",
      ],
    ]);
    expect(screen.isCursorShown).toBe(false);
  });

  test("breaks what it says itself between words, and leaves whole what may be a command to paste", async () => {
    const { display, screen, pass } = onTerminal({ columns: 40 });
    const command = `bbj-ingest-all --clean --data-dir /srv/manuals --only docs`;
    display.report(startEvent(["docs"]));
    display.report({ type: "warning", source: "docs", path: "", reason: `to bring it: ${command}` });
    display.stopping("stopping: what is in flight is finished and stored; press Ctrl-C again to leave at once");
    await pass(1_000);
    const [, above = ""] = screen.text.match(/^([^]*?)\n {3}0:01/) ?? [];
    expect(above).toStartWith(
      "bbj-ingest-all 1: 1 source into\n  PostgreSQL h/db, ollama m (3\n  dimensions), in parallel, 4 workers\n",
    );
    expect(above).toEndWith(
      "\nstopping: what is in flight is\n  finished and stored; press Ctrl-C\n  again to leave at once",
    );
    expect(above.replaceAll("\n", "")).toContain(command);
  });

  test("is gone when the run ends, and gives the cursor back", async () => {
    const { display, screen, ends, pass, writes } = onTerminal();
    for (const event of BEGUN) display.report(event);
    await pass(1_000);
    expect(ends.size).toBe(1);
    display.report(SUMMARY);
    screen.write("\r\nthe summary\r\n");
    expect(screen.text).toMatch(/^bbj-ingest-all 1.*\n.*\n\nthe summary$/);
    expect(screen.isCursorShown).toBe(true);
    expect(ends.size).toBe(0);
    const written = writes.length;
    await pass(5_000);
    expect(writes).toHaveLength(written);
  });

  test("lets five warnings scroll above it, and counts the others", async () => {
    const { display, screen, pass } = onTerminal();
    for (const event of BEGUN) display.report(event);
    for (let warning = 1; warning <= 17; warning++) display.report(warningEvent(`${warning}.md`));
    await pass(1_000);
    expect([...(screen.text.match(/^warning: .*$/gm) ?? [])]).toEqual(
      [1, 2, 3, 4, 5].map((n) => `warning: docs: ${n}.md: odd`),
    );
    expect(screen.text).toEndWith("  and 12 more warnings");
    display.report(SUMMARY);
    expect(screen.text).toEndWith("and 12 more warnings; --verbose names them all");
  });

  test("names a file that failed, however many were skipped before", async () => {
    const { display, screen, pass } = onTerminal();
    for (const event of BEGUN) display.report(event);
    for (let draft = 1; draft <= 9; draft++)
      display.report({ type: "warning", kind: "skipped", source: "docs", path: `${draft}.md`, reason: "a draft" });
    display.report({ type: "warning", kind: "failed", source: "docs", path: "torn.pdf", reason: "no PDF" });
    await pass(1_000);
    expect(screen.text).toContain("failed: docs: torn.pdf: no PDF\n");
    expect(screen.text).toEndWith("  and 4 more skipped files");
  });

  test("lets all lines scroll above it with --verbose", async () => {
    const { display, screen, pass } = onTerminal({ verbose: true });
    for (const event of BEGUN) display.report(event);
    for (let warning = 1; warning <= 7; warning++) display.report(warningEvent(`${warning}.md`));
    display.report({ type: "batch", worker: 2, batch: 7, chunks: 64, attempt: 1, outcome: "embedded", durationMs: 52 });
    await pass(1_000);
    expect(screen.text).toContain("warning: docs: 7.md: odd");
    expect(screen.text).toContain("worker 2: batch 7, 64 chunks, attempt 1: embedded after 52 ms");
  });

  test("is not torn by what others write", async () => {
    const { display, screen, pass } = onTerminal();
    for (const event of BEGUN) display.report(event);
    await pass(1_000);
    display.stopping("stopping: nothing is changed");
    display.stderr.write("10 of 20 questions asked\n");
    await pass(1_000);
    expect(screen.text).toContain("stopping: nothing is changed\n10 of 20 questions asked\n   0:02  stopping");
    expect(screen.text.match(/ {2}docs /g)).toHaveLength(1);
  });

  test("ticks every second when nothing is heard, and writes only what changed", async () => {
    const { display, writes, pass } = onTerminal();
    for (const event of BEGUN) display.report(event);
    await pass(1_000);
    const before = writes.length;
    for (let second = 0; second < 10; second++) await pass(1_000);
    const frames = writes.slice(before);
    expect(frames).toHaveLength(10);
    for (const frame of frames) expect(frame.length).toBeLessThan(200);
  });

  test("draws no more than four frames a second, whatever it hears", async () => {
    const { display, writes, pass } = onTerminal();
    for (const event of BEGUN) display.report(event);
    await pass(1_000);
    const before = writes.length;
    for (let tick = 0; tick < 1_000; tick++) {
      display.report(progressEvent("docs", { files: tick }));
      await pass(1);
    }
    expect(writes.length - before).toBeLessThanOrEqual(5);
  });

  test("leaves nothing behind when the terminal gets another size, nor when keys are echoed", async () => {
    const narrow = new Screen(50, 24);
    const { display, screen, state, change, pass } = onTerminal({ columns: 50, screen: narrow });
    for (const event of BEGUN) display.report(event);
    await pass(1_000);
    // The cursor is where the display begins.
    screen.write("abc\r\n");
    await pass(1_000);
    expect(screen.text.match(/0:02/g)).toHaveLength(1);
    expect(screen.text).not.toContain("abc");
    screen.write("\x1b8");
    state.columns = 40;
    change("resized");
    expect(screen.text.match(/0:0\d/g)).toHaveLength(1);
    for (const line of screen.text.split("\n").slice(2)) expect(Bun.stringWidth(line)).toBeLessThan(40);
  });

  test("is drawn anew after the process was suspended, and hides the cursor again", async () => {
    const { display, screen, ends, change, pass } = onTerminal();
    for (const event of BEGUN) display.report(event);
    await pass(1_000);
    for (const end of ends) screen.write(end);
    expect(screen.text).not.toContain("0:01");
    expect(screen.isCursorShown).toBe(true);
    screen.write("[1]+ Stopped\r\n$ fg\r\n");
    change("resumed");
    expect(screen.text).toMatch(/Stopped\n\$ fg\n {3}0:01 {2}parsing/);
    expect(screen.isCursorShown).toBe(false);
  });

  test("waits while the terminal takes nothing", async () => {
    const { display, writes, state, pass } = onTerminal();
    for (const event of BEGUN) display.report(event);
    await pass(1_000);
    const before = writes.length;
    state.isBusy = true;
    for (let second = 0; second < 10; second++) await pass(1_000);
    expect(writes).toHaveLength(before);
    state.isBusy = false;
    await pass(1_000);
    expect(writes).toHaveLength(before + 1);
  });

  test("is one line with a cursor while this thread may be ended without a word", async () => {
    const { display, screen, pass } = onTerminal();
    for (const event of BEGUN) display.report(event);
    await pass(1_000);
    await display.deaf(async () => {
      display.report(phaseEvent("indexing"));
      expect(screen.text.split("\n").at(-1)).toContain("0:01  building the index");
      expect(screen.text).not.toContain("  docs ");
      expect(screen.isCursorShown).toBe(true);
    });
    await pass(1_000);
    expect(screen.text).toContain("  docs ");
    expect(screen.isCursorShown).toBe(false);
  });

  test("shows progress in the task bar of those that have one, and takes it away", async () => {
    const { display, writes, ends, pass } = onTerminal({ abilities: { ...ABILITIES, taskbar: true } });
    const shown = () =>
      writes
        .join("")
        .match(/\x1b\]9;4;[\d;]+\x07/g)
        ?.at(-1);
    for (const event of BEGUN) display.report(event);
    await pass(70_000);
    expect(shown()).toBe("\x1b]9;4;1;53\x07");
    expect([...ends].join("")).toContain("\x1b]9;4;0;0\x07");
    display.end();
    expect(shown()).toBe("\x1b]9;4;0;0\x07");
    const { display: other, writes: none, pass: wait } = onTerminal();
    for (const event of BEGUN) other.report(event);
    await wait(70_000);
    other.end();
    expect(none.join("")).not.toContain("\x1b]9");
  });

  test("is never erased from the first column on, which tmux takes for a clear and keeps in its history", async () => {
    const { display, writes, pass } = onTerminal();
    for (const event of BEGUN) display.report(event);
    await pass(1_000);
    display.report(SUMMARY);
    expect(writes.join("")).toContain("\x1b[J");
    expect(writes.join("")).not.toMatch(/[\r8hl]\x1b\[J/);
  });
});
