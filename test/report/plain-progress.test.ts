import { describe, expect, test } from "bun:test";
import { type RunEvent, totalsOf } from "../../src/ingest/events.ts";
import { createDisplay } from "../../src/report/create-display.ts";
import { plainReporter, type PlainOptions } from "../../src/report/plain.ts";
import { HandClock } from "../support/hand-clock.ts";
import { batchEvent, phaseEvent, progressEvent, sourceStart, startEvent } from "../support/run-events.ts";

const START = {
  ...{ type: "start", version: "1", sources: ["docs", "help"], workers: 4, mode: "parallel", shard: null },
  ...{ database: "h/db", embedder: "ollama", model: "m", dimensions: 3, documentPrefix: "", queryPrefix: "" },
} as const satisfies RunEvent;

function progress(source: string, files: number, etaS: number | null = 60): RunEvent {
  const ofRun = { inFlight: 1, parsing: 1, latencyMs: 200, retries: 0, limitedBy: "embedding", share: null } as const;
  const chunks = files * 10;
  return {
    ...{ type: "progress", source, files, filesTotal: 500, documents: files, chunks, embedded: chunks, stored: chunks },
    ...{ failed: 0, chunksPerS: 10, etaS, ...ofRun },
  };
}

/** The lines of a run of so many seconds that tells of its progress every second. */
function linesOf(seconds: number, options: Partial<PlainOptions> = {}): string[] {
  const clock = new HandClock();
  const lines: string[] = [];
  const output = { write: (text: string) => void lines.push(...text.trimEnd().split("\n")) };
  const reporter = plainReporter({ output, clock, ...options });
  reporter.report(START);
  reporter.report({ type: "source_start", source: "docs", parser: "mdx", files: 500 });
  reporter.report({ type: "batch", worker: 1, batch: 1, chunks: 64, attempt: 1, outcome: "sent", durationMs: 0 });
  for (let second = 1; second <= seconds; second++) {
    clock.advance(1_000);
    reporter.report(progress("docs", second));
  }
  return lines;
}

const timesOf = (lines: readonly string[]) =>
  lines.filter((line) => line.includes("progress:")).map((line) => line.slice(0, 8));

describe("progress off a terminal", () => {
  test("is told of every 10 s in the first minute, then every minute", () => {
    const times = timesOf(linesOf(200));
    const first = ["00:00:10", "00:00:20", "00:00:30", "00:00:40", "00:00:50", "00:01:00"];
    expect(times).toEqual([...first, "00:02:00", "00:03:00"]);
  });

  test("is told of as often as the user says, or never", () => {
    expect(timesOf(linesOf(100, { progressInterval: 30 }))).toEqual(["00:00:30", "00:01:00", "00:01:30"]);
    expect(timesOf(linesOf(200, { progressInterval: 0 }))).toEqual([]);
  });

  test("is a line of the whole run", () => {
    expect(linesOf(10).at(-1)).toBe(
      "00:00:10 progress: 14%, 0 of 2 sources done, docs 10 of 500 files; 100 chunks, 100 stored, 10 chunks/s, 1 in flight, about 1m 0s left",
    );
  });
});

test("progress off a terminal names three sources at work, and counts the others", () => {
  const clock = new HandClock();
  const lines: string[] = [];
  const reporter = plainReporter({ output: { write: (line) => void lines.push(line) }, clock });
  const names = Array.from({ length: 25 }, (_, index) => `source-${index}`);
  reporter.report(startEvent(names));
  for (const name of names) reporter.report(sourceStart(name, 12));
  clock.advance(10_000);
  reporter.report(progressEvent("source-7", { files: 12, filesTotal: 12 }));
  expect(lines.at(-1)).toContain(
    "0 of 25 sources done, source-0 0 of 12 files, source-1 0 of 12 files, source-2 0 of 12 files, 22 more at work; ",
  );
});

describe("a run off a terminal of which nothing is heard", () => {
  /** What was written in so many more seconds, after `events` and the one of progress before them. */
  function linesAfter(events: readonly RunEvent[], seconds: number, flags: { progressInterval?: number } = {}) {
    const clock = new HandClock();
    let written = "";
    const output = { write: (text: string) => void (written += text) };
    let second = () => {};
    let isOff = false;
    const display = createDisplay(flags, {
      ...{ stdout: output, stderr: output, clock },
      everySecond(callback) {
        second = callback;
        return () => void (isOff = true);
      },
    });
    for (const event of events) display.report(event);
    const before = written.length;
    for (let passed = 0; passed < seconds; passed++) {
      clock.advance(1_000);
      second();
    }
    display.end();
    expect(isOff).toBe(true);
    return written.slice(before).trimEnd().split("\n");
  }

  const busy = [
    START,
    sourceStart("docs", 500),
    batchEvent(1, "sent"),
    batchEvent(2, "sent"),
    progress("docs", 30, 300),
  ];

  test("says as often as usual for how long nothing was done, and what it waits for", () => {
    const done = "0 of 2 sources done, docs 30 of 500 files; 300 chunks, 300 stored";
    const wait = "waiting for 2 requests to the embedder";
    expect(linesAfter(busy, 35)).toEqual([
      `00:00:10 progress: 3%, ${done}, nothing done for 10.0 s, ${wait}, about 4m 50s left`,
      `00:00:20 progress: 3%, ${done}, nothing done for 20.0 s, ${wait}`,
      `00:00:30 progress: 3%, ${done}, nothing done for 30.0 s, ${wait}`,
    ]);
    expect(linesAfter(busy, 100, { progressInterval: 90 })).toHaveLength(1);
    expect(linesAfter(busy, 100, { progressInterval: 0 })).toEqual([""]);
  });

  test("takes no server for one that does nothing whose requests take as long", () => {
    const slow = progressEvent("docs", { files: 30, chunks: 300, stored: 300, latencyMs: 20_000, etaS: 300 });
    for (const line of linesAfter([...busy, slow], 50))
      expect(line).toMatch(/300 stored, 0 chunks\/s, 2 in flight, about .* left$/);
    expect(linesAfter([...busy, slow], 60).at(-1)).toContain("nothing done for 1m 0s, waiting for 2 requests");
  });

  test("names what it waits for", () => {
    const outage: RunEvent = {
      ...{ type: "outage", service: "embedder", host: "http://gpu:11434", error: "refused", answers: false },
      ...{ since: "2026-01-01T12:03:10.000Z", until: "2026-01-01T12:08:10.000Z", sinceS: 1 },
    };
    const after = (...events: RunEvent[]) => linesAfter(events, 10)[0];
    expect(after()).toBe("00:00:10 progress: nothing done for 10.0 s, starting");
    expect(after(phaseEvent("locking"))).toBe("00:00:10 progress: nothing done for 10.0 s, waiting for a lock");
    expect(after(startEvent(["docs"]), phaseEvent("indexing"))).toEndWith("for 10.0 s, building the vector index");
    expect(after(...busy, outage)).toContain("for 10.0 s, waiting for http://gpu:11434 until ");
    expect(after(...busy.slice(0, 2), progress("docs", 30, null))).toContain("waiting for 1 file that is parsed");
  });

  test("leaves it to what says itself how far it is", () => {
    const clock = new HandClock();
    const lines: string[] = [];
    const reporter = plainReporter({ output: { write: (line) => void lines.push(line) }, clock });
    for (let second = 1; second <= 10; second++) {
      clock.advance(1_000);
      reporter.tick();
      reporter.report(phaseEvent("indexing", { state: "going on", step: "HNSW", share: second / 20, etaS: 5 }));
    }
    expect(lines).toEqual(["00:00:10 building the vector index: 50% (HNSW), about 5.0 s left\n"]);
  });

  test("is told of at its pace when it gets further during a phase", () => {
    const clock = new HandClock();
    const lines: string[] = [];
    const reporter = plainReporter({ output: { write: (line) => void lines.push(line) }, clock });
    for (const event of [...busy, phaseEvent("sweeping")]) reporter.report(event);
    clock.advance(10_000);
    reporter.report(progress("docs", 40));
    expect(lines.at(-1)).toContain("400 stored, 10 chunks/s, 2 in flight");
  });

  test("is not told of twice, and not after its end", () => {
    const clock = new HandClock();
    const lines: string[] = [];
    const reporter = plainReporter({ output: { write: (line) => void lines.push(line) }, clock });
    reporter.report(START);
    for (let second = 1; second <= 20; second++) {
      clock.advance(1_000);
      reporter.report(progress("docs", second));
      reporter.tick();
    }
    expect(timesOf(lines)).toEqual(["00:00:10", "00:00:20"]);
    expect(lines.join("")).not.toContain("nothing done");
    const ofAll = { exitCode: 0, mode: "", durationMs: 1, phases: [], sources: [] };
    reporter.report({ type: "summary", ...ofAll, ...totalsOf([]) });
    for (let second = 1; second <= 20; second++) {
      clock.advance(1_000);
      reporter.tick();
    }
    expect(timesOf(lines)).toHaveLength(2);
  });
});
