// A fresh load, from Markdown files to the index, against what each of its parts costs at least: a bare loop of the same
// requests, one COPY of the same rows, and CREATE INDEX.
//   BBJ_RAG_TEST_DATABASE_URL=postgres://... bun test/bench/fresh-load.ts [CHUNKS] [TURNS]
//   CHUNKS   20,000
//   TURNS    1
// The server takes 50 ms and works on 8 requests at once. Reading the files is no part of the bare one; it is told beside. So is
// the processor time of all that takes part, PostgreSQL included, which says more where a machine has other things to do.
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { SQL } from "bun";
import { z } from "zod";
import { EXECUTABLE, testDatabase } from "../support/executable.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { bareLoad, COPIED } from "./bare-load.ts";
import { note, report } from "./figure.ts";
import { writePages } from "./generated-pages.ts";
import { serverCpuOf } from "./server-cpu.ts";
import { serveEmbeddings } from "./serving.ts";

const DIMENSIONS = 1_024;
const DELAY_MS = 50;
const AT_ONCE = 8;
/** Of many that are alike an index is made in no time. */
const VECTORS = 10_000;
const LIMIT = 1.15;

const summaryShape = z.object({
  type: z.literal("summary"),
  embedded: z.int(),
  phases: z.array(z.object({ phase: z.string(), duration_ms: z.number() })),
});
const loopShape = z.object({ ms: z.number(), cpuMs: z.number() });

type Cost = { readonly wallS: number; readonly cpuS: number };

const chunks = Number(process.argv[2] ?? 20_000);
const turns = Number(process.argv[3] ?? 1);
using directory = temporaryDirectory();
writePages(directory.path, chunks);
const reading = await run(["--dry-run", "--database-url", "pglite:none"]);
const ratios: Cost[] = [];
for (let turn = 1; turn <= turns; turn++) ratios.push(await compare(join(directory.path, `bodies-${turn}`)));
const what = `fresh load of ${chunks} chunks, files to index, against bare loop, COPY and CREATE INDEX`;
report({ what, value: Math.min(...ratios.map(({ wallS }) => wallS)), unit: "x", most: LIMIT });
report({ what: `${what}: processor`, value: Math.min(...ratios.map(({ cpuS }) => cpuS)), unit: "x" });

/** Ours by the bare one. */
async function compare(record: string): Promise<Cost> {
  await using database = await testDatabase();
  const serverCpu = await serverCpuOf(database.sql);
  const before = serverCpu();
  const ours = await runWith(database.url, record);
  const oursCpuS = ours.cpuS + serverCpu() - before;
  const steps = new Map([["bare loop", await loop(record)]]);
  const rows = await rowsOf(database.url);
  await using other = await testDatabase();
  await bareLoad(
    { kind: "server", url: other.url, label: "bare", chosenBy: "an argument" },
    {
      ...{ dimensions: DIMENSIONS, rows },
      timed: async (name, work) => {
        const since = { wallS: performance.now() / 1_000, cpuS: ownCpu() + serverCpu() };
        await work();
        steps.set(name, { wallS: performance.now() / 1_000 - since.wallS, cpuS: ownCpu() + serverCpu() - since.cpuS });
      },
    },
  );
  const sum = (of: keyof Cost) => [...steps.values()].reduce((all, step) => all + step[of], 0);
  const told = [...steps].map(([name, step]) => `${name} ${step.wallS.toFixed(1)} s (${step.cpuS.toFixed(1)})`);
  const phases = ours.phases.filter(([, seconds]) => seconds >= 0.1);
  note(
    `${ours.embedded} chunks, in brackets processor time: ours ${ours.wallS.toFixed(1)} s (${ours.cpuS.toFixed(1)}, PostgreSQL's ${(oursCpuS - ours.cpuS).toFixed(1)}): ` +
      `${phases.map(([name, seconds]) => `${name} ${seconds.toFixed(1)} s`).join(", ")}; bare ${sum("wallS").toFixed(1)} s: ${told.join(", ")}; ` +
      `reading on all cores ${(reading.cpuS / availableParallelism()).toFixed(1)} s; load ${loadavg()[0]?.toFixed(1)}`,
  );
  return { wallS: ours.wallS / sum("wallS"), cpuS: oursCpuS / sum("cpuS") };
}

function ownCpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function runWith(database: string, record: string) {
  await using server = await serve("--record", record);
  return await run(["--database-url", database, "--ollama-host", server.url, "--workers", String(AT_ONCE)]);
}

async function loop(record: string): Promise<Cost> {
  await using server = await serve();
  const command = [process.execPath, join(import.meta.dir, "bare-loop.ts"), record, String(AT_ONCE), server.url];
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  const { ms, cpuMs } = loopShape.parse(JSON.parse(await child.stdout.text()));
  return { wallS: ms / 1_000, cpuS: cpuMs / 1_000 };
}

function serve(...more: readonly string[]) {
  const speed = ["--delay", String(DELAY_MS), "--parallel", String(AT_ONCE)];
  return serveEmbeddings(...speed, "--vectors", String(VECTORS), ...more);
}

async function rowsOf(database: string): Promise<Uint8Array[]> {
  await using sql = new SQL(database, { max: 1 });
  const parts: Uint8Array[] = [];
  for await (const part of sql.unsafe(`copy chunks (${COPIED}) to stdout (format binary)`).readable()) parts.push(part);
  return parts;
}

async function run(args: readonly string[]) {
  const since = performance.now();
  const child = Bun.spawn([EXECUTABLE, "--json", ...args], {
    ...{ cwd: directory.path, env: { PATH: "/usr/bin:/bin", HOME: directory.path } },
    ...{ stdin: "ignore", stdout: "pipe", stderr: "inherit" },
  });
  const text = await child.stdout.text();
  await child.exited;
  if (child.exitCode !== 0) throw new Error(`the run ended with ${child.exitCode}`);
  const { embedded, phases } = summaryShape.parse(JSON.parse(text.trim().split("\n").at(-1) ?? ""));
  return {
    embedded,
    wallS: (performance.now() - since) / 1_000,
    cpuS: Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1e6,
    phases: phases.map(({ phase, duration_ms }) => [phase, duration_ms / 1_000] as const),
  };
}
