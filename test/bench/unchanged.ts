// What a run costs where nothing has changed: BBJ_RAG_TEST_DATABASE_URL=postgres://... bun test/bench/unchanged.ts [FILES]
import { writeCorpus } from "../support/corpus.ts";
import { EXECUTABLE, testDatabase } from "../support/executable.ts";
import { peakMemory } from "../support/peak-memory.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { report } from "./figure.ts";

const TURNS = 3;

const files = Number(process.argv[2] ?? 2_500);
using directory = temporaryDirectory();
await using database = await testDatabase();
writeCorpus(directory.path, { pages: files });
await run();
const runs = [];
for (let turn = 0; turn < TURNS; turn++) runs.push(await run());
const [least] = runs.toSorted((one, other) => one.cpuS - other.cpuS);
const what = `unchanged, ${files} Markdown files`;
report({ what: `${what}: processor time`, value: least?.cpuS ?? 0, unit: "s", most: 0.5 });
report({ what: `${what}: peak memory`, value: Math.max(...runs.map(({ peakMb }) => peakMb)), unit: "MB", most: 250 });

async function run() {
  const child = Bun.spawn([EXECUTABLE, "--embedder", "lexical", "--database-url", database.url], {
    ...{ cwd: directory.path, env: { PATH: "/usr/bin:/bin", HOME: directory.path } },
    ...{ stdin: "ignore", stdout: "ignore", stderr: "ignore" },
  });
  const peakMb = (await peakMemory(child)) / 1e6;
  if (child.exitCode !== 0) throw new Error(`the run ended with ${child.exitCode}`);
  return { peakMb, cpuS: Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1e6 };
}
