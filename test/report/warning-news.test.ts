import { describe, expect, test } from "bun:test";
import { type RunEvent, totalsOf } from "../../src/ingest/events.ts";
import type { ToldWarnings } from "../../src/ingest/known-warnings.ts";
import { quietReporter } from "../../src/report/quiet.ts";
import { WarningNews, type WarningNewsOptions } from "../../src/report/warning-news.ts";
import { RecordingReporter } from "../support/recording-reporter.ts";

type Warning = Extract<RunEvent, { type: "warning" }>;

const warning = (reason: string, more: Partial<Warning> = {}): Warning => ({
  type: "warning",
  source: "docs",
  path: "a.md",
  reason,
  ...more,
});
const summary = (exitCode: number): RunEvent => ({
  ...{ type: "summary", exitCode, mode: "sequential", durationMs: 1, phases: [] },
  ...totalsOf([]),
  sources: [],
});

/** What a run tells of `events` that knows what `known` says. */
function runOf(
  events: readonly RunEvent[],
  known: ToldWarnings = new Map(),
  options: Partial<WarningNewsOptions> = {},
) {
  const reporter = new RecordingReporter();
  const news = new WarningNews({ reporter, all: false, quiet: false, ...options });
  news.compareWith(known);
  for (const event of events) news.report(event);
  const told = reporter.events.flatMap((event) => (event.type === "warning" ? event.reason : []));
  return { told, news };
}

describe("a warning that the last run told of", () => {
  const events = [warning("odd"), warning("draft", { kind: "skipped" }), warning("the run", { source: "" })];

  test("is counted, and what is new is told", () => {
    const first = runOf(events);
    expect(first.told).toEqual(["odd", "draft", "the run"]);
    expect(first.news.repeated).toEqual({ warnings: 0, skipped: 0 });
    const second = runOf([...events, warning("new")], first.news.told);
    expect(second.told).toEqual(["new"]);
    expect(second.news.repeated).toEqual({ warnings: 2, skipped: 1 });
  });

  test("is told when it is there more often, or of another source", () => {
    const { news } = runOf([warning("line 3 is odd")]);
    const more = [warning("line 4 is odd"), warning("line 9 is odd"), warning("line 4 is odd", { source: "other" })];
    expect(runOf(more, news.told).told).toEqual(["line 9 is odd", "line 4 is odd"]);
  });

  test("is told all the same with --warnings, and when a file failed", () => {
    const failed = warning("unreadable", { kind: "failed" });
    const { news } = runOf([...events, failed]);
    expect(runOf([...events, failed], news.told).told).toEqual(["unreadable"]);
    expect(runOf(events, news.told, { all: true }).told).toHaveLength(3);
  });

  test("is told when it is about the run, and may be why that failed", () => {
    const { news } = runOf(events);
    const failed = runOf([...events, summary(1)], news.told);
    expect(failed.told).toEqual(["the run"]);
    expect(failed.news.repeated).toEqual({ warnings: 1, skipped: 1 });
    expect(runOf([...events, summary(0)], news.told).told).toEqual([]);
  });

  test("is not known by a run that told nobody", () => {
    const { news } = runOf([warning("odd")]);
    const quiet = runOf([warning("odd"), warning("new")], news.told, { quiet: true });
    expect(runOf([warning("odd"), warning("new")], quiet.news.told).told).toEqual(["new"]);
  });

  test("waits until it is known what is known", () => {
    const reporter = new RecordingReporter();
    const news = new WarningNews({ reporter, all: false, quiet: false });
    for (const event of events) news.report(event);
    expect(reporter.events).toEqual([]);
    news.compareWith(new Map());
    expect(reporter.events).toEqual(events);
  });
});

describe("a quiet run", () => {
  const said = (events: readonly RunEvent[]) => {
    let all = "";
    const reporter = quietReporter({ output: { write: (text) => void (all += text) } });
    for (const event of events) reporter.report(event);
    return all;
  };
  const failure = (number: number): RunEvent => ({
    ...{ type: "failure", source: "docs", sourceUrl: `docs://${number}.md`, contentHash: "abc" },
    ...{ error: "refused", attempts: 4 },
  });
  const end = (kind: "skipped" | "failed"): RunEvent => ({
    ...{ type: "source_end", source: "docs", status: "OK", reason: "", ...totalsOf([]), durationMs: 1 },
    skipped: [{ kind, path: "a.md", reason: "because" }],
  });
  const outage: RunEvent = {
    ...{ type: "outage_end", service: "embedder", host: "http://gpu:11434", end: "returned", lastedS: 42 },
  };

  test("says nothing of what is no failure: warnings, drafts, an outage that ended", () => {
    const aside = warning("about the run", { source: "", path: "" });
    expect(said([aside, warning("odd"), outage, end("skipped"), summary(0)])).toBe("");
  });

  test("names files and chunks that failed, and what may be why it is no success", () => {
    const aside = warning("about the run", { source: "", path: "" });
    expect(said([aside, warning("odd"), failure(1), end("failed"), summary(1)])).toBe(
      "failed: docs: docs://1.md: refused (4 attempts)\nfailed: docs: a.md: because\nwarning: about the run\n",
    );
  });

  test("does not name chunks without end", () => {
    const lines = said(Array.from({ length: 30 }, (_, index) => failure(index)))
      .trimEnd()
      .split("\n");
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe("failed: more; the failure log has them all");
  });
});
