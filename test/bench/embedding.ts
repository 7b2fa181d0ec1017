// How well a run keeps embedding servers busy: real Markdown with its words varied, and the same as remarks of programs,
// which take next to no time to read, against servers in processes of their own; beside a bare loop of the same requests.
//   BBJ_RAG_TEST_DATABASE_URL=postgres://... bun test/bench/embedding.ts MARKDOWN_FOLDER [--only WORD] [EXECUTABLE ...]
// Executables are measured in turns. A run is over when the last text is embedded: the index is not built.
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { EXECUTABLE, testDatabase } from "../support/executable.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { report } from "./figure.ts";
import type { ServerUse } from "./embedding-server.ts";
import { type Kind, writeVaried } from "./varied-corpus.ts";

/** That make some 20,000 texts of the sample corpus. */
const COPIES: Readonly<Record<Kind, number>> = { mdx: 5, bbj: 3 };
const LOOK_EVERY_MS = 25;
/** A run that is not over by then is ended. */
const RUN_MS_MAX = 120_000;
/** A server is known to be slow, and all workers started, after this share of the texts. */
const SETTLED_SHARE = 0.05;
const TICKS_PER_S = 100;
const FIRST_MS_MAX = 300;

type Server = { readonly delay: number; readonly parallel: number; readonly silentFrom?: number };
type Case = {
  readonly name: string;
  readonly kind: Kind;
  readonly servers: readonly Server[];
  readonly workers: number;
  /** Requests in flight of the bare loop. */
  readonly bare: number;
};

const eight = (delay: number): readonly Server[] => [{ delay, parallel: 8 }];
const single = (delay: number): Server => ({ delay, parallel: 1 });
const CASES: readonly Case[] = (["mdx", "bbj"] as const).flatMap((kind) => [
  { name: "8 at once, 200 ms", kind, servers: eight(200), workers: 8, bare: 8 },
  { name: "8 at once, 50 ms", kind, servers: eight(50), workers: 8, bare: 8 },
  { name: "8 at once, 0 ms", kind, servers: eight(0), workers: 8, bare: 8 },
  { name: "one at a time, 200 ms", kind, servers: [single(200)], workers: 8, bare: 2 },
  {
    name: "3 hosts, one at a time, 200 ms",
    kind,
    servers: [single(200), single(200), single(200)],
    workers: 8,
    bare: 6,
  },
  { name: "3 hosts, one slow (2 s)", kind, servers: [single(200), single(200), single(2_000)], workers: 8, bare: 6 },
  {
    name: "3 hosts, one silent from its 5th",
    kind,
    servers: [single(200), single(200), { ...single(200), silentFrom: 5 }],
    workers: 8,
    bare: 0,
  },
]);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string", default: "" },
    copies: { type: "string" },
    /** Servers are so many times as slow: for a machine that has as much else to do. */
    slower: { type: "string", default: "1" },
  },
});
const [folder = "", ...given] = positionals;
const executables = given.length === 0 ? [EXECUTABLE] : given;

using directory = temporaryDirectory();
for (const kind of ["mdx", "bbj"] as const) {
  const copies = Number(values.copies ?? COPIES[kind]);
  writeVaried(folder, join(directory.path, kind), { copies, kind });
  const parser = kind === "mdx" ? "mdx" : "bbj-source";
  writeFileSync(
    join(directory.path, `${kind}.toml`),
    `[[sources]]\nname = "${kind}"\nparser = "${parser}"\npaths = ["${kind}"]\n`,
  );
}
const environment = { PATH: "/usr/bin:/bin", HOME: directory.path };

/** Texts that a run embeds, and how long it takes to read them. */
async function read(executable: string, kind: Kind): Promise<{ texts: number; ms: number; cpuMs: number }> {
  const since = performance.now();
  const child = Bun.spawn([executable, ...argsFor(kind, [], "pglite:none"), "--dry-run"], {
    ...{ cwd: directory.path, env: environment, stdin: "ignore", stderr: "ignore" },
  });
  const lines = (await child.stdout.text()).trim().split("\n");
  await child.exited;
  const ms = performance.now() - since;
  const summary: { embedded: number } = JSON.parse(lines.at(-1) ?? "{}");
  return { texts: summary.embedded, ms, cpuMs: Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1_000 };
}

function argsFor(kind: Kind, hosts: readonly string[], database: string): string[] {
  const host = hosts.length === 0 ? [] : ["--ollama-host", hosts.join(",")];
  return ["--config", `${kind}.toml`, ...host, "--database-url", database, "--json"];
}

type Served = AsyncDisposable & { readonly urls: readonly string[]; use(): Promise<readonly ServerUse[]> };

async function serve(servers: readonly Server[], record: string): Promise<Served> {
  const children = servers.map(({ delay, parallel, silentFrom = 0 }) =>
    Bun.spawn(
      [
        ...[
          process.execPath,
          join(import.meta.dir, "embedding-server.ts"),
          "--delay",
          String(delay * Number(values.slower)),
        ],
        ...["--parallel", String(parallel), "--silent-from", String(silentFrom), "--record", record],
      ],
      { stdin: "ignore", stdout: "pipe", stderr: "inherit" },
    ),
  );
  const urls = await Promise.all(children.map(({ stdout }) => firstLine(stdout)));
  return {
    urls,
    use: () => Promise.all(urls.map(async (url) => readUse(await (await fetch(`${url}/use`)).text()))),
    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill("SIGKILL");
      await Promise.all(children.map(({ exited }) => exited));
    },
  };
}

function readUse(text: string): ServerUse {
  return JSON.parse(text);
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const part of stream) {
    text += decoder.decode(part, { stream: true });
    if (text.includes("\n")) break;
  }
  return text.trim();
}

type Measured = {
  readonly ms: number;
  readonly cpuMs: number;
  readonly mainCpuMs: number;
  readonly firstMs: number;
  /** From the first batch on. */
  readonly sendingMs: number;
  /** All texts were embedded. */
  readonly isOver: boolean;
  readonly batches: number;
  readonly inFlight: number;
  readonly inFlightMax: number;
};

async function run(executable: string, { kind, servers, workers }: Case, texts: number, record: string) {
  await using database = await testDatabase();
  await using served = await serve(servers, record);
  const args = [...argsFor(kind, served.urls, database.url), "--workers", String(workers)];
  const startMs = Date.now();
  const child = Bun.spawn([executable, ...args], {
    ...{ cwd: directory.path, env: environment, stdin: "ignore", stdout: "ignore", stderr: "inherit" },
  });
  const answered = (use: readonly ServerUse[]) => use.reduce((sum, { textsAnswered }) => sum + textsAnswered, 0);
  let use = await served.use();
  while (answered(use) < texts && child.exitCode === null && Date.now() - startMs < RUN_MS_MAX) {
    await Bun.sleep(LOOK_EVERY_MS);
    use = await served.use();
  }
  const cpu = child.exitCode === null ? cpuOf(child.pid) : { all: 0, main: 0 };
  child.kill("SIGKILL");
  await child.exited;
  return measured(use, texts, startMs, cpu);
}

function measured(use: readonly ServerUse[], texts: number, startMs: number, cpu: { all: number; main: number }) {
  const changes = use
    .flatMap(({ changes: of }, server) => of.map(([ms, inFlight, answered]) => ({ server, ms, inFlight, answered })))
    .toSorted((one, other) => one.ms - other.ms);
  const now = use.map(() => ({ inFlight: 0, answered: 0 }));
  const sum = (what: "inFlight" | "answered") => now.reduce((total, of) => total + of[what], 0);
  let [busy, sinceMs, settledMs, endMs] = [0, 0, 0, startMs];
  let inFlightMax = 0;
  for (const { server, ms, inFlight, answered } of changes) {
    if (settledMs > 0 && sum("answered") < texts * (1 - SETTLED_SHARE)) {
      busy += sum("inFlight") * (ms - sinceMs);
      endMs = ms;
    }
    now[server] = { inFlight, answered };
    inFlightMax = Math.max(inFlightMax, sum("inFlight"));
    if (settledMs === 0 && sum("answered") >= texts * SETTLED_SHARE) settledMs = ms;
    sinceMs = ms;
  }
  return {
    ms: (changes.at(-1)?.ms ?? startMs) - startMs,
    sendingMs: (changes.at(-1)?.ms ?? 0) - (changes[0]?.ms ?? 0),
    ...{ cpuMs: cpu.all, mainCpuMs: cpu.main, inFlightMax },
    isOver: use.reduce((total, { textsAnswered }) => total + textsAnswered, 0) >= texts,
    batches: use.reduce((total, { batches }) => total + batches, 0),
    firstMs: Math.min(...use.map(({ firstMs }) => firstMs)) - startMs,
    inFlight: busy / Math.max(endMs - settledMs, 1),
  } satisfies Measured;
}

/** Processor time of a process so far, and of its main thread, in milliseconds. */
function cpuOf(pid: number): { all: number; main: number } {
  const of = (path: string) => {
    const fields = readFileSync(path, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_S;
  };
  return { all: of(`/proc/${pid}/stat`), main: of(`/proc/${pid}/task/${pid}/stat`) };
}

async function bareLoop(
  servers: readonly Server[],
  inFlight: number,
  record: string,
): Promise<{ ms: number; cpuMs: number }> {
  await using served = await serve(servers, "");
  const loop = [process.execPath, join(import.meta.dir, "bare-loop.ts"), record, String(inFlight), ...served.urls];
  return JSON.parse(await Bun.spawn(loop, { stdin: "ignore", stderr: "inherit" }).stdout.text());
}

/** As the design has them; of others what is measured is told. */
function limitOf({ servers: [{ delay, parallel } = single(0), ...others] }: Case): { readonly most?: number } {
  if (others.length > 0 || delay === 0) return {};
  return { most: parallel === 1 ? 1.1 : delay >= 200 ? 1.15 : 1.3 };
}

const s = (ms: number) => `${(ms / 1_000).toFixed(1)} s`.padStart(7);
console.log(
  "run: until the last text is embedded; in flight: mean between 5% and 95% of the texts, and most; main: its main thread",
);
for (const kind of ["mdx", "bbj"] as const) {
  const cases = CASES.filter((one) => one.kind === kind && `${kind}, ${one.name}`.includes(values.only));
  if (cases.length === 0) continue;
  const reading = await read(executables.at(-1) ?? "", kind);
  console.log(`\n${kind}: ${reading.texts} texts; read in ${s(reading.ms)}, processor ${s(reading.cpuMs)}`);
  let record = join(directory.path, `${kind}.bodies`);
  for (const one of cases) {
    for (const [index, executable] of executables.entries()) {
      const isRecorded = await Bun.file(record).exists();
      const result = await run(executable, one, reading.texts, isRecorded ? "" : record);
      const bare = index === 0 && one.bare > 0 ? await bareLoop(one.servers, one.bare, record) : undefined;
      console.log(
        `${one.name.padEnd(34)} ${index} run ${s(result.ms)}, processor ${s(result.cpuMs)} (main ${s(result.mainCpuMs)}), ` +
          `first ${Math.round(result.firstMs)} ms, ${s(result.sendingMs).trim()} from the first batch, in flight ${result.inFlight.toFixed(1)}, ${result.inFlightMax}, ` +
          `${result.batches} batches${result.isOver ? "" : ", NOT OVER"}` +
          (bare === undefined
            ? ""
            : `; bare ${s(bare.ms)}, processor ${s(bare.cpuMs)}, ${(result.ms / bare.ms).toFixed(2)}`) +
          `; load ${loadavg()[0]?.toFixed(1)}`,
      );
      if (executables.length > 1 || bare === undefined) continue;
      const what = `${kind}, ${one.name}, ${one.workers} workers`;
      // What takes longer, if it has all cores: no run can be faster.
      const least = Math.max(bare.ms, reading.cpuMs / availableParallelism());
      report({
        what: `${what}: run against the slower of bare loop and parsing`,
        value: result.ms / least,
        unit: "x",
        ...limitOf(one),
      });
      if (one.servers.length === 1)
        report({ what: `${what}: first request after`, value: result.firstMs, unit: "ms", most: FIRST_MS_MAX });
    }
  }
}
