import { expect, test } from "bun:test";
import { mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { countChanges } from "../../src/ingest/changed-inputs.ts";
import { loadSources } from "../../src/config/sources.ts";
import { loadParser } from "../../src/parsers/registry.ts";
import type { StoredInput, StoredSource } from "../../src/store/store.ts";
import { withChunking } from "../../src/ingest/read-source.ts";
import { writeCorpus, writePage } from "../support/corpus.ts";
import { HandClock } from "../support/hand-clock.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const CHUNKING = { chunkSize: 400, chunkOverlap: 50 };
const context = { fileSizeBytesMax: 1_000_000, signal: new AbortController().signal };

async function sourceOf(directory: string) {
  const [entry] = loadSources({ flags: {}, env: {}, cwd: directory }).entries;
  if (entry === undefined) throw new Error("no source");
  return { entry, parser: await loadParser(entry, {}) };
}

/** What a run would have stored of all inputs: one document of three chunks each. */
async function stored(source: Awaited<ReturnType<typeof sourceOf>>): Promise<StoredSource> {
  const inputs = new Map<string, StoredInput>();
  for await (const input of source.parser.inputs(source.entry, context)) {
    if (input.kind !== "input") continue;
    const fingerprint = withChunking((await input.load()).fingerprint, CHUNKING);
    inputs.set(input.path, { fingerprint, documents: 1, complete: 1, chunks: 3, notes: [] });
  }
  return { documents: new Map(), inputs };
}

test("what is stored as it is, changed, new or gone is counted without parsing; texts by what the unchanged have", async () => {
  using directory = temporaryDirectory();
  writeCorpus(directory.path, { pages: 10 });
  const source = await sourceOf(directory.path);
  const before = await stored(source);
  const options = { ...CHUNKING, context, clock: new HandClock(), endMs: 1_000, readMs: undefined };
  expect(await countChanges(source, before, options)).toEqual({
    changed: 0,
    unfinished: 0,
    added: 0,
    empty: 0,
    gone: 0,
    chunksMax: 0,
  });
  writePage(directory.path, "docs", 3, 3, "windows and records");
  writePage(directory.path, "docs", 10, 3);
  rmSync(join(directory.path, "docs/page-0005.md"));
  const { chunksMax, ...counts } = (await countChanges(source, before, options)) ?? { chunksMax: 0 };
  expect(counts).toEqual({ changed: 1, unfinished: 0, added: 1, empty: 0, gone: 1 });
  expect(chunksMax).toBeGreaterThanOrEqual(6);
  expect(chunksMax).toBeLessThanOrEqual(7);
  // Other chunks would be made of all of them.
  expect(await countChanges(source, before, { ...options, chunkSize: 300 })).toMatchObject({ changed: 9, added: 1 });
});

test("what takes longer than it may is not counted", async () => {
  using directory = temporaryDirectory();
  writeCorpus(directory.path, { pages: 3 });
  const source = await sourceOf(directory.path);
  const clock = new HandClock();
  clock.advance(2_000);
  const nothing = { documents: new Map(), inputs: new Map() };
  expect(
    await countChanges(source, nothing, { ...CHUNKING, context, clock, endMs: 1_000, readMs: undefined }),
  ).toBeUndefined();
});

test("what the last run has seen and stored nothing of is neither new nor estimated; what was put there since is", async () => {
  using directory = temporaryDirectory();
  writeCorpus(directory.path, { pages: 3 });
  const source = await sourceOf(directory.path);
  const nothing = { documents: new Map(), inputs: new Map() };
  const options = { ...CHUNKING, context, clock: new HandClock(), endMs: 1_000 };
  const { ctimeMs } = statSync(join(directory.path, "docs/page-0000.md"));
  const after = await countChanges(source, nothing, { ...options, readMs: ctimeMs + 60_000 });
  expect(after).toMatchObject({ added: 0, empty: 3, chunksMax: 0 });
  // A copy keeps the time of its text.
  utimesSync(join(directory.path, "docs/page-0001.md"), new Date(0), new Date(0));
  const before = await countChanges(source, nothing, { ...options, readMs: ctimeMs - 60_000 });
  expect(before).toMatchObject({ added: 3, empty: 0 });
});

test("a page is a text at least, however short, where nothing is known of a source yet; an empty one is none", async () => {
  using directory = temporaryDirectory();
  writeCorpus(directory.path, { pages: 0 });
  mkdirSync(join(directory.path, "docs"), { recursive: true });
  for (let page = 0; page < 20; page++)
    writeFileSync(join(directory.path, `docs/${page}.md`), `# Page ${page}\n\nText.\n`);
  writeFileSync(join(directory.path, "docs/empty.md"), "");
  const source = await sourceOf(directory.path);
  const nothing = { documents: new Map(), inputs: new Map() };
  const options = { ...CHUNKING, context, clock: new HandClock(), endMs: 1_000, readMs: undefined };
  expect(await countChanges(source, nothing, options)).toMatchObject({ added: 21, chunksMax: 20 });
});

test("what is as it was, and not stored whole, is not finished: nobody has changed it", async () => {
  using directory = temporaryDirectory();
  writeCorpus(directory.path, { pages: 3 });
  const source = await sourceOf(directory.path);
  const before = await stored(source);
  const inputs = new Map(before.inputs);
  const [[path, input] = ["", undefined]] = inputs;
  if (input === undefined) throw new Error("no input");
  inputs.set(path, { ...input, complete: 0 });
  const options = { ...CHUNKING, context, clock: new HandClock(), endMs: 1_000, readMs: undefined };
  const counts = await countChanges(source, { ...before, inputs }, options);
  expect(counts).toMatchObject({ changed: 0, unfinished: 1, added: 0, chunksMax: 3 });
});
