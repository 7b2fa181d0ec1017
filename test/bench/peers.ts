// What other tools cost beside ours: the same Markdown, the same PostgreSQL, the same embedding server, which costs nothing.
//   BBJ_RAG_TEST_DATABASE_URL=postgres://... bun test/bench/peers.ts MARKDOWN_FOLDER [--only NAME] [--copies N] [--turns N]
// Peers are installed outside of the repository, by npm and pip; one that cannot be is named with the reason. What counts is
// each tool's own process, in turns with ours, the best of each: the database's processor time is in neither.
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { EXECUTABLE, testDatabase } from "../support/executable.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { note, report } from "./figure.ts";
import { type Installed, install, lastLine } from "./peers/install.ts";
import { NOT_MEASURED, type Peer, PEERS } from "./peers/peer.ts";
import { serveEmbeddings } from "./serving.ts";
import { writeVaried } from "./varied-corpus.ts";

const DIMENSIONS = 1_024;
/** Makes about as many chunks of the sample corpus as ours. */
const CHUNK_CHARACTERS = 1_200;
const RUN_MS_MAX = 600_000;
/** None of these measurements is anybody else's business. */
const NO_TRACKING = { COCOINDEX_DISABLE_USAGE_TRACKING: "1", DO_NOT_TRACK: "1", LANGSMITH_TRACING: "false" };

type Cost = { readonly wallS: number; readonly cpuS: number };
type Run = (database: string, args: readonly string[]) => Promise<Cost>;
/** The best of the turns. */
type Best = Map<"fresh" | "unchanged" | "one page edited", Cost>;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string", default: "" },
    copies: { type: "string", default: "1" },
    turns: { type: "string", default: "1" },
  },
});
const [folder = ""] = positionals;
using directory = temporaryDirectory();
const docs = join(directory.path, "docs");
writeVaried(folder, docs, { copies: Number(values.copies), kind: "mdx" });
writeFileSync(join(directory.path, "sources.toml"), '[[sources]]\nname = "docs"\nparser = "mdx"\npaths = ["docs"]\n');
const page = join(
  docs,
  readdirSync(docs, { recursive: true, encoding: "utf8" }).find((name) => name.endsWith(".md")) ?? "",
);

await using server = await serveEmbeddings();
for (const peer of PEERS.filter(({ name }) => name.toLowerCase().includes(values.only.toLowerCase())))
  await measure(peer).catch((error: unknown) =>
    note(`${peer.name} was not measured: ${error instanceof Error ? error.message : String(error)}`),
  );
for (const { name, why } of NOT_MEASURED) note(`${name} was not measured: ${why}`);

async function measure(peer: Peer): Promise<void> {
  const installed = await install(peer);
  const [ours, its]: [Best, Best] = [new Map(), new Map()];
  let counts = "";
  for (let turn = 1; turn <= Number(values.turns); turn++) {
    const state = join(directory.path, `${peer.script}-${turn}`);
    const run = runner(installed, state);
    await using ownDatabase = await testDatabase();
    keep(ours, "fresh", await runOurs(ownDatabase.url, []));
    await using database = await emptyWithVectors();
    keep(its, "fresh", await run(database.url, peer.fresh));
    const [{ chunks: own } = { chunks: 0 }] = await ownDatabase.sql.unsafe<{ chunks: number }[]>(
      "select count(*)::int as chunks from chunks",
    );
    const [{ chunks } = { chunks: 0 }] = await database.sql.unsafe<{ chunks: number }[]>(
      `select count(*)::int as chunks from ${peer.table}`,
    );
    if (chunks === 0) throw new Error("it ends well, with nothing in its table");
    counts = `${chunks} chunks, ours ${own}`;

    const [first, again] = peer.synced;
    await using another = first === peer.fresh ? undefined : await emptyWithVectors();
    if (another !== undefined) await run(another.url, first);
    const synced = (another ?? database).url;
    keep(ours, "unchanged", await runOurs(ownDatabase.url, []));
    keep(its, "unchanged", await run(synced, again));
    appendFileSync(page, `\n\nA sentence of turn ${turn} with ${peer.name}.\n`);
    keep(ours, "one page edited", await runOurs(ownDatabase.url, []));
    keep(its, "one page edited", await run(synced, again));
  }
  const versions = peer.packages.slice(0, 2).join(", ");
  note(`${peer.name} (${versions}): ${counts}; ${peer.note}; load ${loadavg()[0]?.toFixed(1)}`);
  for (const [step, own] of ours) {
    const other = its.get(step);
    if (other === undefined) continue;
    const limit = peer.isLimit === true && step === "fresh" ? { most: 1 } : {};
    for (const [what, of] of [
      ["processor", "cpuS"],
      ["wall", "wallS"],
    ] as const)
      report({
        what: `ours / ${peer.name}, ${step}, ${what} (${own[of].toFixed(2)} s, ${other[of].toFixed(2)} s)`,
        ...{ value: own[of] / other[of], unit: "x" },
        ...limit,
      });
  }
}

function keep(best: Best, step: "fresh" | "unchanged" | "one page edited", { wallS, cpuS }: Cost): void {
  const before = best.get(step) ?? { wallS: Infinity, cpuS: Infinity };
  best.set(step, { wallS: Math.min(wallS, before.wallS), cpuS: Math.min(cpuS, before.cpuS) });
}

async function emptyWithVectors() {
  const database = await testDatabase();
  await database.sql.unsafe("create extension vector");
  return database;
}

function runOurs(database: string, args: readonly string[]): Promise<Cost> {
  const command = [EXECUTABLE, "--ollama-host", server.url, "--database-url", database, ...args];
  return timed(command, { HOME: directory.path });
}

function runner(installed: Installed, state: string): Run {
  mkdirSync(state);
  return (database, args) =>
    timed([...installed, ...args], {
      ...NO_TRACKING,
      HOME: state,
      PEER_STATE: state,
      PEER_DOCS: docs,
      // SQLAlchemy knows it by no other name.
      PEER_DATABASE_URL: database.replace(/^postgres:/, "postgresql:"),
      PEER_OLLAMA_URL: server.url,
      PEER_DIMENSIONS: String(DIMENSIONS),
      PEER_CHUNK_CHARACTERS: String(CHUNK_CHARACTERS),
    });
}

async function timed(command: readonly string[], env: Readonly<Record<string, string>>): Promise<Cost> {
  const since = performance.now();
  const child = Bun.spawn([...command], {
    ...{ cwd: directory.path, env: { PATH: "/usr/bin:/bin", ...env } },
    ...{ stdin: "ignore", stdout: "ignore", stderr: "pipe", timeout: RUN_MS_MAX, killSignal: "SIGKILL" },
  });
  const error = await child.stderr.text();
  await child.exited;
  const wallS = (performance.now() - since) / 1_000;
  if (child.exitCode !== 0)
    throw new Error(`it ended with ${child.exitCode ?? child.signalCode}: ${lastLine(error) || "no message"}`);
  return { wallS, cpuS: Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1e6 };
}
