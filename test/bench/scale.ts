// Memory and processor time of runs as the corpus grows, and of one that is split into parts.
//   BBJ_RAG_TEST_DATABASE_URL=postgres://... bun test/bench/scale.ts [CHUNKS ...]
// Numbers worth keeping go into RESULTS.md, with the machine and this command.
import { z } from "zod";
import { EXECUTABLE, testDatabase } from "../support/executable.ts";
import { peakMemory } from "../support/peak-memory.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { report } from "./figure.ts";
import { writePages } from "./generated-pages.ts";

const CHUNKS = [10_000, 100_000];
const SHARDS = 4;
const DIMENSIONS = 256;

const summaryShape = z.object({ type: z.literal("summary"), chunks: z.int(), embedded: z.int(), exit_code: z.int() });
type Measured = z.infer<typeof summaryShape> & {
  readonly cpuS: number;
  readonly wallS: number;
  readonly peakMb: number;
};

async function measure(cwd: string, database: string, more: readonly string[] = []): Promise<Measured> {
  const flags = ["--json", "--embedder", "lexical", "--dimensions", String(DIMENSIONS), "--database-url", database];
  const since = performance.now();
  const child = Bun.spawn([EXECUTABLE, ...flags, ...more], {
    ...{ cwd, env: { PATH: "/usr/bin:/bin", HOME: cwd } },
    ...{ stdin: "ignore", stdout: "pipe", stderr: "inherit" },
  });
  const [peak, text] = await Promise.all([peakMemory(child), new Response(child.stdout).text()]);
  const wallS = (performance.now() - since) / 1_000;
  const cpuS = Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1e6;
  return { ...summaryShape.parse(JSON.parse(text.trim().split("\n").at(-1) ?? "")), cpuS, wallS, peakMb: peak / 1e6 };
}

function tell(what: string, { chunks, embedded, exit_code, cpuS, wallS, peakMb }: Measured): void {
  const figures = [
    `${chunks} chunks, ${embedded} embedded`.padEnd(32),
    `${cpuS.toFixed(1).padStart(6)} s CPU`,
    `${((cpuS / chunks) * 1e6).toFixed(0).padStart(6)} us a chunk`,
    `${wallS.toFixed(0).padStart(5)} s`,
    `${peakMb.toFixed(0).padStart(4)} MB peak`,
  ];
  console.log(`${what.padEnd(18)} ${figures.join("  ")}  exit ${exit_code}`);
}

const given = Bun.argv.slice(2).map(Number);
const sizes = given.length > 0 ? given : CHUNKS;
const fresh: Measured[] = [];
for (const chunks of sizes) {
  using directory = temporaryDirectory();
  writePages(directory.path, chunks);
  {
    await using database = await testDatabase();
    const first = await measure(directory.path, database.url);
    fresh.push(first);
    tell("fresh", first);
    tell("unchanged", await measure(directory.path, database.url));
  }
  await using database = await testDatabase();
  const parts = Array.from({ length: SHARDS }, (_, index) => ["--shard", `${index + 1}/${SHARDS}`]);
  const measured = await Promise.all(parts.map((part) => measure(directory.path, database.url, part)));
  for (const [index, of] of measured.entries()) tell(`fresh, part ${index + 1}/${SHARDS}`, of);
}
const [small, large] = [fresh[0], fresh.at(-1)];
if (small !== undefined && large !== undefined && fresh.length > 1) {
  const ratio = (of: (run: Measured) => number) => of(large) / of(small);
  const sizesText = `${large.chunks} chunks against ${small.chunks}`;
  report({ what: `peak memory, ${sizesText}`, value: ratio(({ peakMb }) => peakMb), unit: "x", most: 1.2 });
  report({ what: `peak memory, ${large.chunks} chunks`, value: large.peakMb, unit: "MB", most: 250 });
  const perChunk = ratio(({ cpuS, chunks }) => cpuS / chunks);
  report({ what: `processor time a chunk, ${sizesText}`, value: perChunk, unit: "x", most: 1.1 });
}
