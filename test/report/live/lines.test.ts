import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { RunEvent } from "../../../src/ingest/events.ts";
import { lines } from "../../../src/report/live/lines.ts";
import { heard, newRun } from "../../../src/report/run-state.ts";
import { batchEvent, phaseEvent, progressEvent, sourceEnd, sourceStart, startEvent } from "../../support/run-events.ts";

const PLAIN = { colors: false, unicode: true };
const NAMES = [
  "docs",
  "日本語のドキュメント集",
  "emoji 👩‍👩‍👧‍👦 🚀 family",
  "a-name-that-is-much-longer-than-any-column-there-is-for-it",
  "e\u0301te\u0301",
];
const SOURCES = Array.from({ length: 31 }, (_, index) => `${NAMES[index % NAMES.length]}-${index}`);

function runOf(events: readonly RunEvent[], nowMs = 42_000) {
  return events.reduce((run, event) => heard(run, event, nowMs), newRun(0));
}

/** 31 sources: twelve done, one of them in part and one failed, two at work, the others to come. */
const middle = [
  startEvent(SOURCES),
  ...SOURCES.slice(0, 14).map((name) => sourceStart(name, 500)),
  ...SOURCES.slice(0, 12).map((name, index) =>
    sourceEnd(name, index === 5 ? "PARTIAL" : index === 6 ? "FAILED" : "OK"),
  ),
  ...[1, 2, 3, 4].map((worker) => batchEvent(worker, "sent")),
  progressEvent(SOURCES[12] ?? "", { files: 400 }),
];

const outage: RunEvent = {
  ...{
    type: "outage",
    service: "embedder",
    host: "http://a-host-with-a-long-name.example.com:11434",
    error: "no",
    answers: false,
  },
  ...{ since: "2026-01-01T12:03:10.000Z", until: "2026-01-01T12:08:10.000Z", sinceS: 30 },
};

const MOMENTS: Readonly<Record<string, readonly RunEvent[]>> = {
  "before anything was heard": [],
  "while the database is opened": [phaseEvent("opening")],
  "in the middle": middle,
  "of a crawl": [startEvent(["web"]), sourceStart("web", 0), progressEvent("web", { filesTotal: 0, etaS: null })],
  "in an outage": [...middle, phaseEvent("outage"), outage],
  "while an index is built": [...middle, phaseEvent("indexing", { state: "going on", share: 0.414, etaS: 40 })],
};

describe("a drawing", () => {
  test.each(Object.entries(MOMENTS))("is within the screen, whatever its size: %s", (_, events) => {
    const run = runOf(events);
    const size = { columns: fc.integer({ min: 1, max: 200 }), rows: fc.integer({ min: 2, max: 60 }) };
    fc.assert(
      fc.property(
        fc.record({ ...size, colors: fc.boolean(), unicode: fc.boolean(), isBrief: fc.boolean() }),
        (screen) => {
          const drawn = lines(run, { ...screen, abilities: screen, nowMs: 42_000, unsaid: "and 12 more warnings" });
          expect(drawn.length).toBeLessThan(Math.max(screen.rows, 2));
          for (const line of drawn) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(screen.columns);
        },
      ),
    );
  });

  test.each(Object.entries(MOMENTS))("has room on a screen that becomes half as wide: %s", (_, events) => {
    const run = runOf(events);
    const size = { columns: fc.integer({ min: 10, max: 300 }), rows: fc.integer({ min: 6, max: 60 }) };
    fc.assert(
      fc.property(fc.record(size), ({ columns, rows }) => {
        const half = Math.floor(columns / 2);
        const drawn = lines(run, { columns, rows, abilities: PLAIN, nowMs: 42_000, unsaid: "and 12 more warnings" });
        const broken = drawn.reduce((sum, line) => sum + Math.ceil(Math.max(Bun.stringWidth(line), 1) / half), 0);
        expect(broken).toBeLessThanOrEqual(rows);
      }),
    );
  });

  test("has no colours where none are wanted, and ASCII bars where there is nothing else", () => {
    const run = runOf([startEvent(["docs"]), sourceStart("docs", 500), progressEvent("docs", { files: 250 })]);
    const plain = lines(run, { columns: 80, rows: 24, nowMs: 42_000, abilities: { colors: false, unicode: false } });
    expect(plain.join("\n")).not.toContain("\x1b");
    expect(plain.find((line) => line.includes("docs "))).toMatch(/docs +#{5,}\.{5,} +45%/);
  });

  test("says at 80 columns what a run does, how fast, what holds it up and when it ends", () => {
    const run = runOf([
      startEvent(["docs", "日本語", "web"]),
      sourceStart("docs", 704),
      sourceEnd("docs", "OK"),
      sourceStart("日本語", 500),
      batchEvent(1, "sent"),
      batchEvent(2, "sent"),
      batchEvent(2, "embedded"),
      progressEvent("日本語", { files: 250, chunks: 2_500, stored: 2_000 }),
    ]);
    expect(lines(run, { columns: 80, rows: 24, nowMs: 50_000, abilities: PLAIN })).toEqual([
      "   0:50  parsing and embedding  ██████░░░░░░░░░░░░░░░░░░  29%  about 2m 2s left",
      "         5,500 of 6,029 chunks, 0 chunks/s, 1 file at work",
      "         1 of 4 requests in flight, latency 210 ms, 3 retries",
      "         limited by embedding",
      "  docs    done                          704 files, 3,529 chunks",
      "  日本語  █████████░░░░░░░░░░░░░░  40%  250/500 files, 2,500 chunks",
      "  web     to come",
    ]);
  });

  test("names the phase that holds up the run", () => {
    const first = (events: readonly RunEvent[], columns = 120) =>
      lines(runOf([...middle, ...events]), { columns, rows: 24, nowMs: 43_000, abilities: PLAIN })[0];
    expect(first([phaseEvent("outage"), outage])).toContain(
      "waiting for http://a-host-with-a-long-name.example.com:11434 until 12:08:10",
    );
    expect(first([phaseEvent("outage"), outage], 40)).toMatch(/^ {3}0:43 {2}waiting until 12:08:10 +\d+%$/);
    const index = phaseEvent("indexing", { state: "going on", share: 0.414, etaS: 40 });
    expect(first([index])).toMatch(/building the index 41%  █+░+ +\d+%  about 39 s left/);
    expect(first([index], 40)).toMatch(/^ {3}0:43 {2}build.* \d+% {2}about 39 s left$/);
    expect(first([phaseEvent("swapping")])).toContain("swapping in the rebuild");
    expect(first([{ type: "stopping", waitsFor: "x", sinceS: 5, gaveUp: false }])).toMatch(/stopping {2}[^l]*$/);
  });

  test("says of a server that is silent how long nothing was done, and promises no more than before", () => {
    const run = runOf([
      ...middle,
      progressEvent(SOURCES[12] ?? "", { files: 400, parsing: 0, latencyMs: 500, etaS: 100 }),
    ]);
    const at = (nowMs: number) =>
      lines(run, { columns: 120, rows: 24, nowMs, abilities: PLAIN }).slice(0, 3).join("\n");
    expect(at(48_000)).toMatch(/ 33% {2}about 1m 34s left\n[^]*latency 500 ms/);
    for (const nowMs of [62_000, 130_000, 150_000]) expect(at(nowMs)).toMatch(/ 36%\n/);
    expect(at(130_000)).toContain(", nothing done for 1m 28s, 4 of 4 requests in flight");
    expect(at(130_000)).not.toMatch(/left|chunks\/s|latency/);
    // One that always takes its time is not waited for in vain.
    const slow = runOf([...middle, progressEvent(SOURCES[12] ?? "", { files: 400, latencyMs: 20_000, etaS: 100 })]);
    const drawn = lines(slow, { columns: 120, rows: 24, nowMs: 82_000, abilities: PLAIN });
    expect(drawn[0]).toContain("about 1m 0s left");
  });

  test("takes no server for silent that has just come back from an outage", () => {
    const back = [phaseEvent("outage"), outage, phaseEvent("outage", { state: "ended" })];
    const returned: RunEvent = {
      ...{ type: "outage_end", service: "embedder", host: "http://gpu:11434", end: "returned", lastedS: 300 },
    };
    let run = runOf([...middle, progressEvent(SOURCES[12] ?? "", { latencyMs: 500, etaS: 100 })]);
    for (const event of [...back, returned]) run = heard(run, event, 342_000);
    const at = (nowMs: number) => lines(run, { columns: 120, rows: 24, nowMs, abilities: PLAIN }).join("\n");
    expect(at(345_000)).not.toContain("nothing done");
    expect(at(353_000)).toContain("nothing done for 11 s");
  });

  test("tells sources of long names apart, by their end", () => {
    const names = [
      "a-manual-of-many-words-and-volumes-1",
      "a-manual-of-many-words-and-volumes-2",
      "日本語のドキュメント集-3",
    ];
    const drawn = lines(runOf([startEvent(names)]), { columns: 40, rows: 24, nowMs: 0, abilities: PLAIN });
    expect(drawn.slice(1)).toEqual([
      "  a-manual…es-1  to come",
      "  a-manual…es-2  to come",
      "  日本語の…集-3  to come",
    ]);
  });

  test("leaves out words where it is narrow, and cuts none but what the run is at", () => {
    const first = (columns: number) => lines(runOf(middle), { columns, rows: 24, nowMs: 0, abilities: PLAIN })[0];
    expect([48, 40, 30, 24, 18].map(first)).toEqual([
      "   0:00  parsing and e…  24%  about 2m 52s left",
      "   0:00  parsing and…  24%  2m 52s left",
      "   0:00  parsing and em…  24%",
      "   0:00  parsing …  24%",
      "   0:00  parsing…",
    ]);
  });

  test("leaves out a word before it cuts one", () => {
    const run = runOf([
      startEvent(["docs"]),
      sourceStart("docs", 10),
      batchEvent(1, "sent"),
      progressEvent("docs", { files: 10, filesTotal: 10, parsing: 0, etaS: 41 }),
    ]);
    const first = (columns: number) => lines(run, { columns, rows: 24, nowMs: 42_000, abilities: PLAIN })[0];
    expect([41, 40].map(first)).toEqual([
      "   0:42  embedding  50%  about 41 s left",
      "   0:42  embedding  50%  41 s left",
    ]);
  });

  test("shows of many sources those at work, then failed, then done, and counts the others", () => {
    const drawn = lines(runOf(middle), { columns: 80, rows: 20, nowMs: 42_000, abilities: PLAIN });
    expect(drawn).toHaveLength(10);
    const shown = drawn.slice(4);
    expect(shown.filter((line) => /%/.test(line))).toHaveLength(2);
    expect(shown.filter((line) => /failed/.test(line))).toHaveLength(2);
    expect(shown.at(-1)).toBe("  and 26 more: 9 done, 17 to come");
  });

  test("of what was not said above has a line at its end", () => {
    const drawn = lines(runOf(middle), {
      columns: 80,
      rows: 24,
      nowMs: 0,
      abilities: PLAIN,
      unsaid: "and 12 more warnings",
    });
    expect(drawn.at(-1)).toBe("  and 12 more warnings");
  });
});
