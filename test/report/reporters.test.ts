import { describe, expect, test } from "bun:test";
import { z } from "zod";
import type { RunEvent } from "../../src/ingest/events.ts";
import { jsonEvents } from "../../scripts/json-events.ts";
import { jsonReporter } from "../../src/report/json.ts";
import { plainReporter } from "../../src/report/plain.ts";
import { summaryText } from "../../src/report/summary.ts";
import { plainCall } from "../support/plain-call.ts";
import { FakeClock } from "../support/fake-clock.ts";

const totals = {
  ...{ files: 2, documents: 2, chunks: 9, embedded: 5, reused: 3 },
  ...{ added: 5, changed: 1, kept: 2, removed: 1, failed: 1 },
};
const source = { ...totals, source: "docs", status: "PARTIAL", reason: "1 chunk failed", durationMs: 1_234 } as const;

const OLLAMA = { service: "embedder", host: "http://gpu:11434" } as const;

const EVENTS: readonly RunEvent[] = [
  {
    type: "start",
    version: "0.1.0",
    sources: ["docs"],
    workers: 4,
    mode: "parallel",
    database: "PostgreSQL h/db",
    embedder: "ollama",
    model: "m",
    dimensions: 3,
  },
  { type: "source_start", source: "docs", parser: "mdx", files: 2 },
  {
    type: "progress",
    source: "docs",
    documents: 1,
    chunks: 4,
    embedded: 2,
    stored: 3,
    inFlight: 2,
    chunksPerS: 8,
    etaS: null,
  },
  { type: "batch", worker: 2, batch: 7, chunks: 64, attempt: 1, outcome: "embedded", durationMs: 52 },
  { type: "retry", source: "docs", batch: 7, attempt: 1, error: "busy", waitMs: 1_100 },
  { type: "warning", source: "docs", path: "a.md", reason: "draft" },
  { type: "failure", source: "docs", sourceUrl: "docs://b.md", contentHash: "abc", error: "refused", attempts: 4 },
  {
    type: "outage",
    ...OLLAMA,
    error: "refused",
    since: "2026-01-01T12:03:10.000Z",
    until: "2026-01-01T12:08:10.000Z",
    sinceS: 30,
  },
  { type: "outage_end", ...OLLAMA, end: "returned", lastedS: 42 },
  { type: "stopping", waitsFor: "the embedding request of 64 texts", sinceS: 12, gaveUp: false },
  {
    type: "source_end",
    ...source,
    skipped: [
      { kind: "skipped", path: "a.md", reason: "draft" },
      { kind: "failed", path: "c.md", reason: "no permission" },
    ],
  },
  { type: "summary", exitCode: 1, mode: "parallel (4w)", ...totals, durationMs: 1_300, sources: [source] },
  { type: "error", code: "usage", message: "no", hint: "do" },
];

/** What the README promises. */
const documented = new Map(jsonEvents.map((schema) => [schema.shape.type.value, z.object(schema.shape).strict()]));

function written(render: (output: { write(text: string): void }) => { report(event: RunEvent): void }): string {
  let all = "";
  const reporter = render({ write: (part) => void (all += part) });
  for (const event of EVENTS) reporter.report(event);
  return all;
}

describe("--json", () => {
  test("is one object a line, each as the README documents it", () => {
    const lines = written((output) => jsonReporter({ output, clock: new FakeClock() }))
      .trimEnd()
      .split("\n");
    for (const line of lines) {
      const event = JSON.parse(line);
      expect(documented.get(event.type)?.parse(event)).toEqual(event);
    }
    const types = lines.map((line) => JSON.parse(line).type);
    expect(types).toEqual(EVENTS.map(({ type }) => type).filter((type) => type !== "batch"));
    expect(new Set(types)).toEqual(new Set(documented.keys()));
  });
});

describe("the plain log", () => {
  const plain = (options: { verbose?: boolean; quiet?: boolean }) =>
    written((output) => plainReporter({ output, clock: new FakeClock(), verbose: false, quiet: false, ...options }));

  test("names worker, batch, chunks and attempt with --verbose only", () => {
    expect(plain({ verbose: true })).toContain("worker 2: batch 7, 64 chunks, attempt 1: embedded after 52 ms");
    expect(plain({})).not.toContain("worker 2");
  });

  test("says only what is wrong with --quiet", () => {
    expect(plain({ quiet: true })).toBe("failed: docs: c.md: no permission\nerror: no\n  do\n");
  });

  test("obeys no escape sequence that stands in a title or a path", () => {
    let all = "";
    const reporter = plainReporter({
      output: { write: (part) => void (all += part) },
      clock: new FakeClock(),
      verbose: false,
      quiet: false,
    });
    reporter.report({ type: "warning", source: "docs", path: "evil\u001b[2J\nname.md", reason: "bad" });
    expect(all).toBe("warning: docs: evil\\u001b[2J name.md: bad\n");
  });
});

describe("the summary", () => {
  const summary = {
    sources: [source],
    mode: "parallel (4w)",
    durationMs: 1_300,
    chunksWaiting: 0,
    limit: { stage: "embedding", share: 0.84 },
    failureLog: ".ingestion-failures.json",
    call: plainCall,
  };

  test("has the Mode column, the stage that limited the run, and what to do about failures", () => {
    const shown = summaryText({ ...summary, exitCode: 1 });
    expect(shown).toContain("Duration  Mode           Status");
    expect(shown).toContain("limited by embedding (84% of the time)");
    expect(shown).toContain("Some batches failed. Re-run with --retry-failed:\n  bbj-ingest-all --retry-failed\n");
    expect(shown).toContain("Compare with --sequential for baseline:\n  bbj-ingest-all --sequential\n");
  });

  test("of a sequential run does not recommend itself", () => {
    expect(summaryText({ ...summary, mode: "sequential", exitCode: 0 })).not.toContain("baseline");
  });

  test("fits the terminal: where the table is too wide, each source is a paragraph", () => {
    const table = summaryText({ ...summary, exitCode: 0 });
    const width = Math.max(...table.split("\n").map((line) => line.length));
    expect(summaryText({ ...summary, exitCode: 0, columns: width })).toBe(table);
    for (const columns of [width - 1, 40]) {
      const shown = summaryText({ ...summary, exitCode: 0, columns });
      const [paragraph = ""] = shown.trimStart().split("\n\n");
      for (const line of paragraph.split("\n")) expect(line.length).toBeLessThanOrEqual(columns);
      for (const field of ["Chunks 9", "Duration 1.2 s", "Mode parallel (4w)", "Status PARTIAL"]) {
        expect(paragraph).toContain(field);
      }
    }
  });
});
