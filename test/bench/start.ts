// What it costs to start: size of the executable, `--help`, one search, the first run with an embedded database.
//   BBJ_RAG_TEST_DATABASE_URL=postgres://... bun test/bench/start.ts [ROUNDS] [EXECUTABLE ...]
// In turns, one of each a round; the shortest wall time (the one that other work on the machine disturbed least), the median of
// processor time and the largest peak of memory, beside the limits. Several executables (before and after) are measured in the
// same rounds. Numbers worth keeping go into RESULTS.md.
import { statSync } from "node:fs";
import { loadavg } from "node:os";
import { join, resolve } from "node:path";
import { EXECUTABLE, testDatabase } from "../support/executable.ts";
import { BYTES_WITHOUT_MODEL_MAX, bytesWithoutModel } from "../support/executable-size.ts";
import { peakMemory } from "../support/peak-memory.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { report, rounded } from "./figure.ts";

const ROUNDS = 9;
const EXAMPLES = join(import.meta.dir, "../../examples/sources.toml");
const LIMITS = {
  megabytesWithoutModel: BYTES_WITHOUT_MODEL_MAX / 1e6,
  help: 40,
  searchOnServer: 100,
  searchEmbedded: 500,
  firstRunTimes: 2,
  firstRunMegabytes: 350,
};

type Measured = { readonly wall: number; readonly cpu: number; readonly megabytes: number };

const [rounds = ROUNDS, ...given] = process.argv
  .slice(2)
  .map((argument, index) => (index === 0 ? Number(argument) : argument));
const executables = given.length > 0 ? given.map((path) => resolve(String(path))) : [EXECUTABLE];
const results = new Map<string, Measured[]>();
using directory = temporaryDirectory();
await using server = process.env.BBJ_RAG_TEST_DATABASE_URL ? await testDatabase() : undefined;

const run = ["--config", EXAMPLES, "--embedder", "lexical"];
const search = ["search", "compute a bill plus VAT", "--embedder", "lexical"];
if (server !== undefined) await measure(executables[0] ?? EXECUTABLE, [...run, "--database-url", server.url]);
for (let round = 0; round < Number(rounds); round++) for (const executable of executables) await measureAll(executable);

for (const executable of executables) {
  console.log(`${executable}, ${rounds} rounds, load ${loadavg()[0]?.toFixed(1)}`);
  limit("executable", statSync(executable).size / 1e6, undefined, "MB");
  if (executable === EXECUTABLE)
    limit("executable without the model", bytesWithoutModel() / 1e6, LIMITS.megabytesWithoutModel, "MB");
  const of = (what: string) => results.get(`${executable} ${what}`) ?? [];
  limit("--help", wall(of("help")), LIMITS.help, "ms", of("help"));
  if (server !== undefined) limit("search, server", wall(of("server")), LIMITS.searchOnServer, "ms", of("server"));
  limit("search, embedded", wall(of("embedded")), LIMITS.searchEmbedded, "ms", of("embedded"));
  limit("first run of examples/, embedded", wall(of("first")), undefined, "ms", of("first"));
  limit("the same again", wall(of("again")), undefined, "ms", of("again"));
  limit("first / again, wall", wall(of("first")) / wall(of("again")), LIMITS.firstRunTimes, "x");
  limit("first / again, processor", cpu(of("first")) / cpu(of("again")), LIMITS.firstRunTimes, "x");
  limit("first run, peak memory", peak(of("first")), LIMITS.firstRunMegabytes, "MB");
}

async function measureAll(executable: string): Promise<void> {
  // A new one each time, removed at the end: ext4 looks long for a place for files where many have just been deleted.
  const database = join(directory.path, crypto.randomUUID());
  const embedded = ["--database-url", `pglite:${database}`];
  const steps: readonly (readonly [string, readonly string[]])[] = [
    ["help", ["--help"]],
    ["first", [...run, ...embedded]],
    ["again", [...run, ...embedded]],
    ["embedded", [...search, ...embedded]],
    ...(server === undefined ? [] : [["server", [...search, "--database-url", server.url]] as const]),
  ];
  for (const [what, args] of steps) {
    const key = `${executable} ${what}`;
    results.set(key, [...(results.get(key) ?? []), await measure(executable, args)]);
  }
}

async function measure(executable: string, args: readonly string[]): Promise<Measured> {
  const since = performance.now();
  const child = Bun.spawn([executable, ...args], {
    cwd: directory.path,
    env: { PATH: "/usr/bin:/bin", HOME: directory.path },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const memory = peakMemory(child);
  const exitCode = await child.exited;
  const wallMs = performance.now() - since;
  if (exitCode !== 0) throw new Error(`${args.join(" ")}: exit ${exitCode}: ${await child.stderr.text()}`);
  const time = child.resourceUsage()?.cpuTime.total ?? 0;
  return { wall: wallMs, cpu: Number(time) / 1_000, megabytes: (await memory) / 1e6 };
}

function limit(
  what: string,
  value: number,
  most: number | undefined,
  unit: string,
  measured?: readonly Measured[],
): void {
  // Of others only what is to be compared is printed.
  const isOurs = executables.length === 1;
  if (isOurs) report({ what, value, unit, ...(most === undefined ? {} : { most }) });
  const spent =
    measured === undefined ? "" : `processor ${cpu(measured).toFixed(0)} ms, ${peak(measured).toFixed(0)} MB`;
  if (!isOurs || spent !== "") console.log(`  ${what.padEnd(34)} ${rounded(value).padStart(6)} ${unit}  ${spent}`);
}

function wall(measured: readonly Measured[]): number {
  return Math.min(...measured.map((one) => one.wall));
}

function cpu(measured: readonly Measured[]): number {
  return median(measured.map((one) => one.cpu));
}

function peak(measured: readonly Measured[]): number {
  return Math.max(0, ...measured.map(({ megabytes }) => megabytes));
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
