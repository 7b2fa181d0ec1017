// The speed and memory targets of the design that the executable as a whole must meet, measured.
//   BBJ_RAG_TEST_DATABASE_URL=postgres://... bun test/bench/run.ts
// Numbers worth keeping go into RESULTS.md, with the machine and this command.
import { writeCorpus } from "../support/corpus.ts";
import { EXECUTABLE, testDatabase } from "../support/executable.ts";
import { peakMemory } from "../support/peak-memory.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const DIMENSIONS = 1024;

type Measured = { readonly seconds: number; readonly megabytes: number; readonly exitCode: number };

async function measure(args: readonly string[], cwd: string, env: Record<string, string> = {}): Promise<Measured> {
  const since = performance.now();
  const child = Bun.spawn([EXECUTABLE, ...args], {
    cwd,
    env: { PATH: "/usr/bin:/bin", HOME: cwd, ...env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  const peak = peakMemory(child);
  const exitCode = await child.exited;
  const seconds = (performance.now() - since) / 1_000;
  return { seconds, megabytes: (await peak) / 1e6, exitCode };
}

function report(what: string, { seconds, megabytes, exitCode }: Measured): void {
  console.log(
    `${what.padEnd(58)} ${seconds.toFixed(2).padStart(7)} s  ${megabytes.toFixed(0).padStart(5)} MB  exit ${exitCode}`,
  );
}

async function help(): Promise<void> {
  using directory = temporaryDirectory();
  const runs = [];
  for (let run = 0; run < 20; run++) runs.push(await measure(["--help"], directory.path));
  runs.sort((one, other) => one.seconds - other.seconds);
  const median = runs[10];
  if (median !== undefined) report("--help, median of 20", median);
}

/** 200 requests of 8 texts, to a server that needs 50 ms for each. */
async function overlap(serial: boolean): Promise<void> {
  using directory = temporaryDirectory();
  writeCorpus(directory.path, { pages: 540 });
  for (const mode of [["--sequential"], ["--workers", "4"]]) {
    await using database = await testDatabase();
    await using ollama = await startOllama({ dimensions: DIMENSIONS, delayMs: 50, serial });
    const args = ["--ollama-host", ollama.url, "--database-url", database.url, ...mode];
    const measured = await measure(args, directory.path, { BBJ_RAG_EMBEDDING_BATCH_SIZE: "8" });
    report(`${ollama.requests} requests, ${serial ? "one at a time" : "concurrent"}, ${mode.join(" ")}`, measured);
  }
}

async function unchanged(): Promise<void> {
  using directory = temporaryDirectory();
  await using database = await testDatabase();
  writeCorpus(directory.path, { pages: 2_500 });
  const args = ["--embedder", "lexical", "--database-url", database.url];
  report("2,500 Markdown files, first run (7,500 chunks, lexical)", await measure(args, directory.path));
  report("2,500 Markdown files, unchanged", await measure(args, directory.path));
}

await help();
await overlap(false);
await overlap(true);
await unchanged();
