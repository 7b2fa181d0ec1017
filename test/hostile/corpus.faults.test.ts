import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { peakMemory } from "../support/peak-memory.ts";
import { openEmbedded } from "../../src/store/driver/embedded.ts";
import { embeddedChoice, serverLane } from "../support/databases.ts";
import { type Outcome, start, testDatabase } from "../support/executable.ts";
import { HOSTILE_LIMITS, type HostileCorpus, writeHostileCorpus } from "../support/hostile-corpus.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { queryLines } from "../support/lines.ts";

const BYTES_PER_MEGABYTE = 1024 * 1024;
/** One run with its PDF Workers; the corpus has a PDF of 2 MB that inflates to 2 GB. */
const MEMORY_BYTES_MAX = 900 * BYTES_PER_MEGABYTE;
/** The embedded database lives in the process. */
const MEMORY_BYTES_MAX_EMBEDDED = 1_400 * BYTES_PER_MEGABYTE;
/** Several runs on a busy machine. */
const RUNS_MS_MAX = 400_000;

type Run = Outcome & { readonly memoryBytes: number };
type Event = { readonly type: string; readonly embedded: number; readonly skipped: readonly Skipped[] };
type Skipped = { readonly path: string; readonly reason: string };

async function ingest(directory: string, database: string, ...flags: string[]): Promise<Run> {
  const embedder = ["--embedder", "lexical", "--dimensions", "32"];
  const child = start(["--json", "--database-url", database, ...embedder, ...flags], {
    cwd: directory,
    env: HOSTILE_LIMITS,
  });
  const peak = peakMemory(child);
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { exitCode, stdout, stderr, memoryBytes: await peak };
}

function eventsOf({ stdout }: Outcome): Event[] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line): Event => JSON.parse(line));
}

/** Every file that was named, with its reasons. */
function namedIn(run: Outcome): Map<string, string[]> {
  const named = new Map<string, string[]>();
  for (const { type, skipped } of eventsOf(run)) {
    if (type !== "source_end") continue;
    for (const { path, reason } of skipped) named.set(path, [...(named.get(path) ?? []), reason]);
  }
  return named;
}

function embeddedIn(run: Outcome): number | undefined {
  return eventsOf(run).find(({ type }) => type === "summary")?.embedded;
}

/** Files that are not named once with the reason they deserve. */
function wronglyNamed(run: Outcome, { failed, skipped }: HostileCorpus): string[] {
  const named = namedIn(run);
  return [...failed, ...skipped]
    .filter(([path, reason]) => named.get(path)?.length !== 1 || !reason.test(named.get(path)?.[0] ?? ""))
    .map(([path]) => `${path}: ${named.get(path)?.join("; ") ?? "not named"}`);
}

type Lane = { readonly name: string; readonly skipped: string | undefined; readonly memoryBytesMax: number };
const lanes: readonly Lane[] = [
  { name: serverLane.name, skipped: serverLane.skipped, memoryBytesMax: MEMORY_BYTES_MAX },
  { name: "embedded PostgreSQL", skipped: undefined, memoryBytesMax: MEMORY_BYTES_MAX_EMBEDDED },
];

for (const lane of lanes) {
  const isServer = lane.name === serverLane.name;
  const define = lane.skipped === undefined ? describe : describe.skip;
  define(`a corpus of broken files, ${lane.name}${lane.skipped === undefined ? "" : ` (${lane.skipped})`}`, () => {
    const directory = temporaryDirectory();
    const cleanUp = new AsyncDisposableStack();
    cleanUp.defer(() => directory[Symbol.dispose]());
    let corpus: HostileCorpus;
    let first: Run;
    let second: Run;
    let inSequence: Run;
    let rows: { readonly first: string[]; readonly second: string[]; readonly inSequence: string[] };

    beforeAll(async () => {
      corpus = writeHostileCorpus(directory.path);
      const one = isServer ? await serverDatabase(cleanUp) : embeddedDatabase(directory.path, "one");
      const other = isServer ? await serverDatabase(cleanUp) : embeddedDatabase(directory.path, "other");
      first = await ingest(directory.path, one.url);
      const afterFirst = await one.rows();
      second = await ingest(directory.path, one.url);
      inSequence = await ingest(directory.path, other.url, "--sequential");
      rows = { first: afterFirst, second: await one.rows(), inSequence: await other.rows() };
    }, RUNS_MS_MAX);
    afterAll(() => cleanUp.disposeAsync());

    test("ends with exit code 1, without a crash", () => {
      expect([first.exitCode, second.exitCode, inSequence.exitCode]).toEqual([1, 1, 1]);
      expect(first.stdout + first.stderr).not.toContain("this is a bug");
    });

    test("has every bad file named once, with its reason, in every run", () => {
      expect(wronglyNamed(first, corpus)).toEqual([]);
      expect(wronglyNamed(second, corpus)).toEqual([]);
      expect(wronglyNamed(inSequence, corpus)).toEqual([]);
    });

    test("has every other file ingested", () => {
      const stored = new Set(rows.first.map((row) => JSON.parse(row)[0]));
      expect(corpus.ingested.filter((url) => !stored.has(url))).toEqual([]);
    });

    test("is the same after a second run, which embeds nothing, and in sequence", () => {
      expect(embeddedIn(first)).toBeGreaterThan(corpus.ingested.length);
      expect(embeddedIn(second)).toBe(0);
      expect(rows.second).toEqual(rows.first);
      expect(rows.inSequence).toEqual(rows.first);
    });

    test("is read in a bounded memory", () => {
      const runs = [first, second, inSequence].map(({ memoryBytes }) => memoryBytes);
      expect(runs.filter((memoryBytes) => !(memoryBytes < lane.memoryBytesMax))).toEqual([]);
    });
  });
}

type Rows = { readonly url: string; rows(): Promise<string[]> };

const ROWS = `select jsonb_build_array(source_url, source_name, title, context_header, content, content_hash, chunk_index, md5(embedding::text))::text as line
  from chunks order by source_name, source_url, chunk_index, content_hash`;

async function serverDatabase(cleanUp: AsyncDisposableStack): Promise<Rows> {
  const database = cleanUp.use(await testDatabase());
  return {
    url: database.url,
    rows: async () => [...(await database.sql.unsafe<{ line: string }[]>(ROWS))].map(({ line }) => line),
  };
}

function embeddedDatabase(directory: string, name: string): Rows {
  const path = join(directory, `database-${name}`);
  return {
    url: `pglite:${path}`,
    async rows() {
      const database = await openEmbedded(embeddedChoice(path));
      try {
        return await queryLines(database, ROWS);
      } finally {
        await database.close();
      }
    },
  };
}
