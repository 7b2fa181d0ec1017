import { describe, expect, test } from "bun:test";
import { z } from "zod";
import type { RunEvent } from "../../src/ingest/events.ts";
import { jsonEvents } from "../../scripts/json-events.ts";
import { jsonReporter } from "../../src/report/json.ts";
import { plainReporter } from "../../src/report/plain.ts";
import { quietReporter } from "../../src/report/quiet.ts";
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
    documentPrefix: "",
    queryPrefix: "",
    shard: null,
  },
  { type: "source_start", source: "docs", parser: "mdx", files: 2 },
  {
    type: "progress",
    source: "docs",
    files: 1,
    filesTotal: 2,
    documents: 1,
    chunks: 4,
    embedded: 2,
    stored: 3,
    failed: 0,
    inFlight: 2,
    parsing: 1,
    latencyMs: 210,
    retries: 1,
    limitedBy: "embedding",
    chunksPerS: 8,
    share: null,
    etaS: null,
  },
  {
    type: "phase",
    phase: "indexing",
    state: "going on",
    rows: null,
    step: "HNSW, loading tuples",
    share: 0.25,
    durationMs: 900,
    etaS: 3,
  },
  { type: "batch", worker: 2, batch: 7, chunks: 64, attempt: 1, outcome: "embedded", durationMs: 52 },
  { type: "retry", source: "docs", batch: 7, attempt: 1, error: "busy", waitMs: 1_100 },
  { type: "warning", source: "docs", path: "a.md", reason: "draft" },
  { type: "failure", source: "docs", sourceUrl: "docs://b.md", contentHash: "abc", error: "refused", attempts: 4 },
  {
    type: "outage",
    ...OLLAMA,
    error: "refused",
    answers: false,
    since: "2026-01-01T12:03:10.000Z",
    until: "2026-01-01T12:08:10.000Z",
    sinceS: 30,
  },
  {
    type: "outage",
    ...OLLAMA,
    error: "http://gpu:11434 answered 500",
    answers: true,
    since: "2026-01-01T12:03:10.000Z",
    until: "2026-01-01T12:08:10.000Z",
    sinceS: 60,
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
  {
    type: "summary",
    exitCode: 1,
    mode: "parallel (4w)",
    ...totals,
    durationMs: 1_300,
    phases: [{ phase: "embedding", durationMs: 900 }],
    sources: [source],
  },
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
  const plain = (options: { verbose?: boolean }) =>
    written((output) => plainReporter({ output, clock: new FakeClock(), verbose: false, ...options }));

  test("names worker, batch, chunks and attempt with --verbose only", () => {
    expect(plain({ verbose: true })).toContain("worker 2: batch 7, 64 chunks, attempt 1: embedded after 52 ms");
    expect(plain({})).not.toContain("worker 2");
  });

  test("says nothing of the beginning and the end of a source that is unchanged, except with --verbose", () => {
    const lines = (options: { verbose?: boolean }) => {
      let all = "";
      const reporter = plainReporter({
        output: { write: (part) => void (all += part) },
        clock: new FakeClock(),
        ...options,
      });
      for (const [name, status] of [
        ["old", "UNCHANGED"],
        ["new", "OK"],
      ] as const) {
        reporter.report({ type: "source_start", source: name, parser: "mdx", files: 2 });
        reporter.report({ type: "source_end", ...source, source: name, status, reason: "", skipped: [] });
      }
      return all;
    };
    expect(lines({})).not.toContain("old");
    expect(lines({})).toMatch(/new: mdx, 2 files\n.*new: OK, 2 documents/);
    expect(lines({ verbose: true })).toMatch(/old: mdx, 2 files\n.*old: UNCHANGED/);
  });

  test("says that a source begins before what failed of it, though nothing else was to be said", () => {
    let all = "";
    const reporter = plainReporter({ output: { write: (part) => void (all += part) }, clock: new FakeClock() });
    reporter.report({ type: "source_start", source: "docs", parser: "mdx", files: 2 });
    expect(all).toBe("");
    const failure = { source: "docs", sourceUrl: "docs://b.md", contentHash: "abc", error: "refused", attempts: 4 };
    reporter.report({ type: "failure", ...failure });
    expect(all).toMatch(/docs: mdx, 2 files\n.*failed: docs: docs:\/\/b.md/);
  });

  test("says only what is wrong with --quiet", () => {
    expect(written((output) => quietReporter({ output }))).toBe(
      "failed: docs: docs://b.md: refused (4 attempts)\nfailed: docs: c.md: no permission\nerror: no\n  do\n",
    );
  });

  test("says in one line what an outage is about, for how long it is waited for, and what to do", () => {
    const lines = plain({})
      .split("\n")
      .filter((line) => line.includes(" outage"));
    expect(lines).toEqual([
      "00:00:00 outage: the embedder (http://gpu:11434) does not answer since 12:03:10; waiting until 12:08:10; start it, the run goes on (refused)",
      "00:00:00 outage: the embedder (http://gpu:11434) answers with errors since 12:03:10; waiting until 12:08:10; when it works again, the run goes on (http://gpu:11434 answered 500)",
      "00:00:00 outage: the embedder (http://gpu:11434) answers again after 42.0 s",
    ]);
  });

  test("says how far an index is, and what a run that is to stop waits for", () => {
    let all = "";
    const clock = new FakeClock();
    const reporter = plainReporter({ output: { write: (part) => void (all += part) }, clock });
    clock.advance(10_000);
    for (const event of EVENTS) if (event.type === "phase" || event.type === "stopping") reporter.report(event);
    expect(all).toBe(
      "00:00:10 building the vector index: 25% (HNSW, loading tuples), about 3.0 s left\n" +
        "00:00:10 stopping: waiting for the embedding request of 64 texts, begun 12.0 s ago; Ctrl-C again leaves now\n",
    );
  });

  test("obeys no escape sequence that stands in a title or a path", () => {
    let all = "";
    const reporter = plainReporter({
      output: { write: (part) => void (all += part) },
      clock: new FakeClock(),
      verbose: false,
    });
    reporter.report({ type: "warning", source: "docs", path: "evil\u001b[2J\nname.md", reason: "bad" });
    expect(all).toBe("00:00:00 warning: docs: evil\\u001b[2J name.md: bad\n");
  });
});

describe("the summary", () => {
  const summary = {
    sources: [source],
    mode: "parallel (4w)",
    durationMs: 1_300,
    chunksWaiting: 0,
    isOneAtATime: false,
    phases: [
      { phase: "opening", durationMs: 100 },
      { phase: "embedding", durationMs: 1_092 },
      { phase: "indexing", durationMs: 600 },
    ] as const,
    failureLog: ".ingestion-failures.json",
    call: plainCall,
  };

  test("has the Mode column, the stage that limited the run, and what to do about failures", () => {
    const shown = summaryText({ ...summary, exitCode: 1 });
    expect(shown).toContain("Duration  Mode           Status");
    expect(shown).toContain("limited by embedding (84% of the time)");
    expect(shown).toContain("Some batches failed. Re-run with --retry-failed:\n  bbj-ingest-all --retry-failed\n");
    expect(summaryText({ ...summary, exitCode: 0 })).toContain(
      "Compare with --sequential for baseline:\n  bbj-ingest-all --sequential\n",
    );
  });

  test("of a slow run has a rate, too", () => {
    const slow = (embedded: number) =>
      summaryText({ ...summary, sources: [{ ...source, embedded }], durationMs: 60_000, exitCode: 0 });
    expect(slow(24)).toContain(" 0.4 embedded chunks/s;");
    expect(slow(120)).toContain(" 2 embedded chunks/s;");
    expect(slow(1_234)).toContain(" 21 embedded chunks/s;");
  });

  test("names a phase that took most of the time, and how long each took", () => {
    const phases = [...summary.phases.slice(0, 2), { phase: "indexing", durationMs: 9_000 }] as const;
    const shown = summaryText({ ...summary, durationMs: 10_200, phases, exitCode: 0 });
    expect(shown).toContain("limited by building the vector index (88% of the time)");
    expect(shown).toContain("Time: embed 1.1 s, index 9.0 s.");
  });

  test("of an interrupted run says what is left to the next one, and not that there was nothing to do", () => {
    const waiting = { ...summary, sources: [{ ...source, embedded: 0 }], exitCode: 130, chunksWaiting: 21 };
    const shown = summaryText(waiting);
    expect(shown).toContain("21 chunks were read and are not stored: no failure, the next run does what is left.");
    expect(shown).not.toContain("nothing to embed");
  });

  test("promises nothing of workers where servers take one request after the other, and says what would help", () => {
    const shown = summaryText({ ...summary, isOneAtATime: true, exitCode: 0 });
    expect(shown).toContain(
      "Each embedding server took one request after the other: there, more workers save a few percent",
    );
    expect(shown).toContain("more servers (--ollama-host one,two), or one that works on several requests at a time");
    expect(shown).toContain("Compare with --sequential for baseline:\n");
    const phases = [{ phase: "parsing", durationMs: 1_200 }] as const;
    for (const other of [{ isOneAtATime: false }, { isOneAtATime: true, phases }])
      expect(summaryText({ ...summary, ...other, exitCode: 0 })).not.toContain("one request after the other");
  });

  test("of a sequential run does not recommend itself", () => {
    expect(summaryText({ ...summary, mode: "sequential", exitCode: 0 })).not.toContain("baseline");
  });

  test("fits the terminal: in a narrow one a line a source says what failed, and how it ended", () => {
    const table = summaryText({ ...summary, exitCode: 0 });
    expect(summaryText({ ...summary, exitCode: 0, columns: 200 })).toBe(table);
    for (const columns of [40, 60, 80]) {
      const [lines = ""] = summaryText({ ...summary, exitCode: 0, columns })
        .trimStart()
        .split("\n\n");
      expect(lines.split("\n").filter((line) => line.length > columns)).toEqual([]);
      expect(lines).toMatch(/^Source .*Failed .*Status\n-.*\ndocs .* 1 .*PARTIAL$/m);
    }
  });
});
