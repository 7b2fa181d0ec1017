import { describe, expect, test } from "bun:test";
import type { RunEvent } from "../../src/ingest/events.ts";
import { plainReporter, type PlainOptions } from "../../src/report/plain.ts";
import { HandClock } from "../support/hand-clock.ts";

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
