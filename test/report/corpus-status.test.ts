import { expect, test } from "bun:test";
import { type CorpusStatus, corpusStatusText, type SourceStatusLine } from "../../src/report/corpus-status.ts";
import { chunkText, documentText } from "../../src/report/document-text.ts";
import { documentLine, sourceTable } from "../../src/report/contents-text.ts";

const NOW = new Date(2026, 10, 30, 14, 0, 0);
const TWO_HOURS_AGO = new Date(2026, 10, 30, 12, 0, 0);

function sourceOf(source: string, more: Partial<SourceStatusLine> = {}): SourceStatusLine {
  const run = {
    run: "r",
    mode: "update",
    version: "1",
    exitCode: 0,
    status: "UNCHANGED",
    reason: "",
    counts: {},
    parts: null,
  };
  return {
    ...{
      source,
      listed: "enabled",
      documents: 12_345,
      incomplete: 0,
      chunks: 234_567,
      bytes: 456_789_012,
      writtenSince: false,
    },
    lastRun: { ...run, startedAt: TWO_HOURS_AGO, endedAt: TWO_HOURS_AGO, durationMs: 754_000 },
    ...more,
  };
}

function statusOf(sources: readonly SourceStatusLine[], more: Partial<CorpusStatus> = {}): CorpusStatus {
  return {
    ...{
      database: "PostgreSQL h/d",
      embedder: "ollama",
      model: "m",
      dimensions: 1_024,
      documentPrefix: "",
      queryPrefix: "",
    },
    ...{ chunks: 1, documents: 1, incomplete: 0, vectorIndexes: { hnsw: true, list: true, fromRows: null } },
    ...{
      tableBytes: 2e9,
      indexBytes: 1e9,
      brokenIndexes: [],
      sourcesFile: "sources.toml",
      runsKnown: true,
      notes: [],
      atWork: [],
      sources,
    },
    lastRun: {
      startedAt: new Date(2026, 10, 30, 11, 58, 4),
      endedAt: TWO_HOURS_AGO,
      mode: "update",
      version: "1",
      exitCode: 0,
      sources: 31,
    },
    ...more,
  };
}

const widest = (text: string) => Math.max(...text.split("\n").map((line) => Bun.stringWidth(line)));

test("31 sources of a large corpus fit into 80 columns, in words of any script", () => {
  const sources = Array.from({ length: 31 }, (_, index) => sourceOf(`日本語 ${index}`));
  const text = corpusStatusText(statusOf(sources), { columns: 80, now: NOW });
  expect(widest(text)).toBeLessThanOrEqual(80);
  expect(text).toContain("last run: 2 h ago (2026-11-30 12:00), 31 sources in 1m 56s: all is stored\n");
  expect(text).toContain("日本語 30  2 h ago   12m 34s  UNCHANGED     12,345  234,567  457 MB\n");
});

test("a long name is cut in its middle, and every source keeps its line", () => {
  const long = `${"a-very-long-name-".repeat(5)}xyz`;
  const sources = [sourceOf("docs"), sourceOf(long), sourceOf("漢字".repeat(20))];
  const text = corpusStatusText(statusOf(sources), { columns: 84, now: NOW });
  expect(widest(text)).toBeLessThanOrEqual(84);
  expect(text).toMatch(
    /^docs +2 h ago .* 457 MB\na-very-long-.*….*xyz +2 h ago .* 457 MB\n漢字.*….*漢字 +2 h ago .* 457 MB\n/m,
  );
  expect(corpusStatusText(statusOf(sources), { now: NOW })).toContain(`\n${long}  2 h ago`);
  const listed = sourceTable(
    sources.map((source) => ({ ...source, changedAt: null })),
    60,
  );
  expect(widest(listed)).toBeLessThanOrEqual(60);
  expect(listed.split("\n")).toHaveLength(2 + 3 + 1);
});

test("40 columns do not break it: what is wider is put below each other, but for what is pasted", () => {
  const notes = [{ reason: 'source "a" is not listed any more: it stays', command: `run ${"x".repeat(60)}` }];
  const status = statusOf([sourceOf("docs"), sourceOf("a source with quite a long name")], { notes });
  const text = corpusStatusText(status, { columns: 40, now: NOW });
  expect(widest(text.replace(/ {2}run x+/, ""))).toBeLessThanOrEqual(40);
  expect(text).toContain(`  run ${"x".repeat(60)}\n`);
  expect(corpusStatusText(status, { now: NOW })).toContain('source "a" is not listed any more: it stays:\n');
});

test("what names and reasons hold is shown, not sent to the terminal", () => {
  const notes = [{ reason: "a\x1b[31m\nb", command: null }];
  const text = corpusStatusText(statusOf([sourceOf("x\x1b[2J")], { notes }), { now: NOW });
  const document = {
    ...{
      source: "s",
      sourceUrl: "u\x1b",
      displayUrl: "",
      title: "t\x07",
      sourceType: "",
      docType: "",
      generations: [],
    },
    ...{ deprecated: false, chunks: 1, complete: false, input: "", fingerprint: "", notes: [], embeddingModel: "" },
    ...{ createdAt: null, updatedAt: null, metadata: { "k\x1b": "v\x1b" } },
  };
  const chunk = {
    ...{
      chunkIndex: 0,
      contentHash: "ab",
      contextHeader: "h\x1b",
      content: "h\x1b\n\nc\x1b[1m",
      metadata: { own: { a: 1 } },
    },
    ...{ createdAt: null, updatedAt: null },
  };
  const shown = [
    text,
    documentText(document, { now: NOW }),
    chunkText(chunk, { metadata: {} }),
    documentLine({ ...document, title: "\x1b]0;x\x07" }),
  ].join("");
  expect(shown).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
  expect(shown).toContain('  own  {"a":1}\n');
  expect(shown).toContain("chunks   1, incomplete: the next run finishes it\n");
});

test("a document and its chunks fit into 40 columns, its addresses aside", () => {
  const words = "Of channels and records, and of what becomes of them. ".repeat(3);
  const chunk = {
    ...{
      chunkIndex: 0,
      contentHash: "0123456789abcdef",
      contextHeader: `Guide > ${words}`,
      content: `Guide > ${words}\n\n${words}\n`,
    },
    ...{ metadata: { part_of: "fedcba9876543210", parts: ["x"] }, createdAt: null, updatedAt: null },
  };
  const text = chunkText(chunk, { columns: 40, metadata: {} });
  expect(widest(text)).toBeLessThanOrEqual(40);
  expect(text).toContain("a part of\n    fedcba987654, which was too long");
  expect(text).not.toContain("parts");
});
