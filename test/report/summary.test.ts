import { describe, expect, test } from "bun:test";
import { callOf } from "../../src/config/call.ts";
import { type SourceSummary, totalsOf } from "../../src/ingest/events.ts";
import { dryRunText, type RunSummary, summaryText, troubleText } from "../../src/report/summary.ts";
import { plainCall } from "../support/plain-call.ts";

function sourceOf(source: string, more: Partial<SourceSummary> = {}): SourceSummary {
  return { ...totalsOf([]), source, status: "OK", reason: "", durationMs: 900, ...more };
}

const changed = { files: 120, documents: 1_200, chunks: 9_000, embedded: 12, reused: 8_988, added: 12, kept: 8_988 };
const unchanged = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    sourceOf(`old-${index}`, { status: "UNCHANGED", files: 10, documents: 10, chunks: 100, reused: 100, kept: 100 }),
  );

function summaryOf(sources: readonly SourceSummary[], more: Partial<RunSummary> = {}): RunSummary {
  return {
    ...{ sources, mode: "parallel (4w)", durationMs: 165_000, exitCode: 0, chunksWaiting: 0, isOneAtATime: false },
    phases: [
      { phase: "parsing", durationMs: 3_000 },
      { phase: "opening", durationMs: 400 },
      { phase: "probing", durationMs: 6_600 },
      { phase: "embedding", durationMs: 116_000 },
      { phase: "storing", durationMs: 12 },
      { phase: "indexing", durationMs: 39_000 },
    ],
    ...{ failureLog: undefined, call: plainCall },
    ...more,
  };
}

const widthOf = (text: string) => Math.max(...text.split("\n").map((line) => Bun.stringWidth(line)));

describe("the table of sources", () => {
  const sources = [
    sourceOf("bbj-reference-manual", changed),
    sourceOf("knowledge-base", { ...changed, removed: 3 }),
    ...unchanged(28),
  ];

  test("has a line for each source that did something, and one for all others", () => {
    const lines = summaryText(summaryOf(sources)).split("\n");
    expect(lines.filter((line) => line.startsWith("old-"))).toEqual([]);
    expect(lines).toContain("28 more: unchanged");
    expect(lines.find((line) => line.startsWith("Total"))).toMatch(/^Total +520 +2,680 +20,800 +24 +20,776 +3 +2m 45s/);
  });

  test("has no column of zeros", () => {
    const [, header] = summaryText(summaryOf(sources)).split("\n");
    expect(header).toMatch(/^Source +Files +Documents +Chunks +Embedded +Reused +Removed +Duration +Mode +Status$/);
  });

  test("is a line a source at 80 columns, what matters least being left out", () => {
    const shown = summaryText(summaryOf(sources, { columns: 80 }));
    expect(shown).toMatch(/^bbj-reference-manual +.*12 +0 +900 ms +parallel \(4w\) +OK$/m);
    expect(widthOf(shown)).toBeLessThanOrEqual(80);
  });

  test("is a line a source also with long names, whose middle is left out", () => {
    const long = ["first", "second"].map((end) =>
      sourceOf(`a-name-that-is-much-longer-than-any-column-${end}`, changed),
    );
    const shown = summaryText(summaryOf(long, { columns: 80 }));
    expect(shown).toMatch(/^a-name-that.*…\S*first +9,000 +12 .*OK\n.*…\S*second +9,000 +12 .*OK\n/m);
    expect(widthOf(shown)).toBeLessThanOrEqual(80);
    expect(summaryText(summaryOf(long))).toContain("\na-name-that-is-much-longer-than-any-column-first ");
  });

  test("says once why 31 sources failed", () => {
    const failed = Array.from({ length: 31 }, (_, index) =>
      sourceOf(`s${index}`, {
        status: index === 3 ? "FAILED" : "PARTIAL",
        failed: 9,
        reason: index === 3 ? "gone" : "9 chunks failed",
      }),
    );
    for (const text of [summaryText, troubleText]) {
      const shown = text(summaryOf(failed, { exitCode: 1 }));
      expect(shown).toContain("\ns0, s1, s2, s4, s5 and 25 more: 9 chunks failed\ns3: gone\n");
    }
  });

  test("breaks nothing at 40 columns, and is the whole at 200", () => {
    const shown = summaryText(summaryOf(sources, { columns: 40 }));
    const prose = shown.split("\n").filter((line) => !line.startsWith("  bbj-ingest-all"));
    expect(widthOf(prose.join("\n"))).toBeLessThanOrEqual(40);
    expect(shown).toContain("28 more: unchanged\n");
    expect(summaryText(summaryOf(sources, { columns: 200 }))).toBe(summaryText(summaryOf(sources)));
  });

  test("stays straight with names of wide characters", () => {
    const wide = [sourceOf("数据库手册", changed), sourceOf("🚀 emoji", changed), sourceOf("plain", changed)];
    const rows = summaryText(summaryOf(wide))
      .split("\n")
      .filter((line) => line.endsWith("  OK"));
    expect(rows.map((line) => Bun.stringWidth(line))).toEqual(Array(3).fill(widthOf(rows[0] ?? "")));
  });

  test("breaks a reason between words, and leaves what is to be typed whole", () => {
    const command = `bbj-ingest-all remove docs --database-url postgres://${"h".repeat(40)}/d`;
    const failed = sourceOf("docs", {
      status: "FAILED",
      reason: `it yields no documents; what is stored stays:\n${command}`,
    });
    for (const columns of [40, 80]) {
      const shown = summaryText(summaryOf([failed], { columns, exitCode: 1 }));
      expect(shown.replaceAll(/\s+/g, " ")).toContain(`docs: it yields no documents; what is stored stays: ${command}`);
      expect(shown).toContain(`stays:\n  ${command}\n`);
      expect(widthOf(shown.replace(command, ""))).toBeLessThanOrEqual(columns);
    }
  });

  test("names the reason of what failed, in part or whole, and of what was skipped", () => {
    const shown = summaryText(
      summaryOf(
        [
          sourceOf("a", { ...changed, status: "PARTIAL", reason: "1 chunk failed", failed: 1 }),
          sourceOf("b", { status: "FAILED", reason: "its directory is gone" }),
          ...["c", "d"].map((name) =>
            sourceOf(name, { status: "SKIPPED", reason: "completed by the interrupted run" }),
          ),
          ...unchanged(1),
        ],
        { exitCode: 1 },
      ),
    );
    expect(shown).toMatch(/^a .* 1 .*PARTIAL$/m);
    expect(shown).toMatch(/^b .*FAILED$/m);
    for (const line of ["a: 1 chunk failed", "b: its directory is gone", "1 more: unchanged"])
      expect(shown).toContain(`${line}\n`);
    expect(shown).toContain("SKIPPED: c, d: completed by the interrupted run\n");
    expect(shown).not.toContain("run again:");
  });

  test("has a mode only where a run took more than a second, and nothing to compare with elsewhere", () => {
    const [short, long] = [1_000, 1_001].map((durationMs) => summaryText(summaryOf(sources, { durationMs })));
    expect(short).not.toMatch(/Mode|parallel|--sequential/);
    expect(long).toMatch(/Mode +Status\n[^]*parallel \(4w\) +OK\n[^]*Compare with --sequential for baseline:\n/);
  });
});

describe("the end of a run", () => {
  test("that changed nothing is two lines, or three", () => {
    const idle = { durationMs: 1_400, phases: [{ phase: "parsing", durationMs: 900 }] as const };
    const of31 = "31 sources unchanged: 310 documents, 3,100 chunks; 1.4 s, parallel (4w).\n";
    expect(summaryText(summaryOf(unchanged(31), idle))).toBe(of31);
    expect(summaryText(summaryOf(unchanged(31), { ...idle, repeated: { warnings: 12, skipped: 1 } }))).toBe(
      `${of31}12 warnings and 1 skipped as in the last run (--warnings shows them).\n`,
    );
    expect(summaryText(summaryOf(unchanged(1), { ...idle, durationMs: 90 }))).toBe(
      "old-0 unchanged: 10 documents, 100 chunks; 90 ms.\n",
    );
  });

  test("that changed nothing has no line that is longer than 80 columns", () => {
    const shown = summaryText(
      summaryOf(unchanged(31), { durationMs: 1_400, repeated: { warnings: 12, skipped: 407 } }),
    );
    expect(widthOf(shown)).toBeLessThanOrEqual(80);
  });

  test("says where the time went, in the order of the run", () => {
    const shown = summaryText(summaryOf([sourceOf("docs", changed)]));
    expect(shown).toContain("limited by embedding (70% of the time).\n");
    expect(shown).toContain("Time: start 7.0 s, parse 3.0 s, embed 1m 56s, index 39.0 s.\n");
  });

  test("that was over in no time does not say what limited it", () => {
    const failed = sourceOf("docs", { status: "FAILED", reason: "its directory is gone" });
    const phases = [{ phase: "opening", durationMs: 40 }] as const;
    const shown = summaryText(summaryOf([failed], { exitCode: 1, durationMs: 57, phases }));
    expect(shown).toContain("\n0 chunks in 57 ms.\n");
    expect(summaryText(summaryOf([sourceOf("docs", changed)], { durationMs: 900 }))).not.toContain("limited by");
    // Longer, for it waited for something that was to fail.
    expect(summaryText(summaryOf([failed], { exitCode: 1, durationMs: 5_700 }))).not.toContain("limited by");
  });

  test("that was interrupted, or lost chunks, is compared with none", () => {
    expect(summaryText(summaryOf([sourceOf("docs", changed)], { exitCode: 130 }))).not.toContain("Compare with");
    const partial = sourceOf("docs", { ...changed, status: "PARTIAL", reason: "2 chunks failed", failed: 2 });
    const shown = summaryText(summaryOf([partial], { exitCode: 1, failureLog: "failures.json" }));
    expect(shown).not.toContain("Compare with");
  });

  test("in which files could not be read says what to type when they can be", () => {
    const partial = sourceOf("docs", {
      ...changed,
      status: "PARTIAL",
      reason: "1 file could not be ingested",
      failed: 1,
    });
    expect(summaryText(summaryOf([partial], { exitCode: 1 }))).toContain("run again:\n  bbj-ingest-all ingest\n");
    // A rebuild in which that is all has been swapped in: nothing is to be embedded once more.
    const call = callOf(["bbj-ingest-all"], { clean: true, model: "m" });
    expect(summaryText(summaryOf([partial], { exitCode: 1, call }))).toContain(
      "run again:\n  bbj-ingest-all --model m\n",
    );
    const withheld = summaryText(summaryOf([partial], { exitCode: 1, isWithheld: true, call }));
    expect(withheld).toContain("run again:\n  bbj-ingest-all --clean --model m\n");
  });

  test("of a first load says how to ask it, and of the next one does not", () => {
    const asks = /Ask what is in it now:\n {2}bbj-ingest-all search '/;
    const loaded = { ...changed, embedded: 9_000, reused: 0, added: 9_000, kept: 0 };
    expect(summaryText(summaryOf([sourceOf("docs", loaded)]))).toMatch(asks);
    expect(summaryText(summaryOf([sourceOf("docs", changed)]))).not.toMatch(asks);
    expect(summaryText(summaryOf([sourceOf("docs", loaded), ...unchanged(1)]))).not.toMatch(asks);
  });
});

describe("the end of a quiet run", () => {
  const failed = sourceOf("sick", { ...changed, status: "PARTIAL", reason: "2 chunks failed", failed: 2 });

  test("is silent when all is well", () => {
    expect(troubleText(summaryOf([sourceOf("docs", changed), ...unchanged(3)]))).toBe("");
  });

  test("has the sources that failed, and what to do", () => {
    const sources = [sourceOf("docs", changed), failed, ...unchanged(3)];
    const shown = troubleText(summaryOf(sources, { exitCode: 1, failureLog: "failures.json" }));
    expect(shown).toMatch(/^Source .*\n-.*\nsick .*PARTIAL\n\nsick: 2 chunks failed\n/);
    expect(shown).toContain("Re-run with --retry-failed:\n  bbj-ingest-all --retry-failed\n");
    expect(shown).not.toMatch(/docs|unchanged|baseline|Time:/);
  });

  test("that was interrupted says how to go on", () => {
    const shown = troubleText(summaryOf([failed], { exitCode: 130 }));
    expect(shown).toContain("bbj-ingest-all --resume\n");
  });
});

describe("the table of a dry run", () => {
  test("has a line for each source that would change, what to type to change it, and no column of zeros", () => {
    const shown = dryRunText(summaryOf([sourceOf("docs", changed), ...unchanged(4)], { columns: 80 }));
    expect(shown).toMatch(/^Source +Files +Documents +Added +Kept +To embed +Status$/m);
    expect(shown).toContain("4 more: unchanged\n");
    expect(shown).toContain("To do it:\n  bbj-ingest-all ingest\n");
    expect(widthOf(shown)).toBeLessThanOrEqual(80);
  });

  test("is no table where nothing would", () => {
    expect(dryRunText(summaryOf(unchanged(2), { durationMs: 90 }))).toBe(
      "2 sources unchanged: 20 documents, 200 chunks; 90 ms.\nDry run: nothing was changed.\n",
    );
  });
});
