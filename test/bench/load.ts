// What storing and indexing a fresh corpus costs, against what it costs at least.
//   bun test/bench/load.ts DATABASE [ROWS] [DIMENSIONS] [TURNS]
//   DATABASE    URL of a server with pgvector (its rights: CREATE DATABASE), or a new directory for the embedded database
//   ROWS        50,000 on a server, 20,000 in the embedded database
//   DIMENSIONS  384
//   TURNS       2
// On a server: one COPY of the same rows into the same table, and CREATE INDEX with the same settings, in turns with ours.
// Embedded: the same load without an index on vectors. Numbers worth keeping go into RESULTS.md.
import { mkdirSync, rmSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { SQL } from "bun";
import { STAGED } from "../../src/store/corpus/chunk-columns.ts";
import { corpusStore } from "../../src/store/corpus-store.ts";
import { BinaryCopy } from "../../src/store/driver/copy-binary.ts";
import type { Database, DatabaseChoice } from "../../src/store/driver/database.ts";
import { openEmbedded } from "../../src/store/driver/embedded.ts";
import { openServer } from "../../src/store/driver/server.ts";
import type { DocumentWrite, Store } from "../../src/store/store.ts";
import { written } from "../support/documents.ts";
import { randomFrom } from "../support/random.ts";
import { bareLoad, type Timed } from "./bare-load.ts";
import { report } from "./figure.ts";
import { serverCpuOf } from "./server-cpu.ts";

const CHUNKS_A_DOCUMENT = 10;
/** 500 rows, as a run groups them. */
const DOCUMENTS_A_WRITE = 50;
const WORDS_A_CHUNK = 150;
const NAME_EVERY = 12;
const LIMITS = { server: 1.15, embedded: 1.1 };

type Cost = { readonly seconds: number; readonly cpu: number };
type Steps = ReadonlyMap<string, Cost>;

const [database = "", rowsArgument, dimensionsArgument, turnsArgument] = process.argv.slice(2);
const isServer = database.startsWith("postgres");
const rows = Number(rowsArgument ?? (isServer ? 50_000 : 20_000));
const dimensions = Number(dimensionsArgument ?? 384);
const documents = makeDocuments();
const turns = Number(turnsArgument ?? 2);
console.log(`${rows} rows, ${dimensions} dimensions; ${cpus().length} processors, load ${loadavg()[0]?.toFixed(1)}`);
for (let turn = 1; turn <= turns; turn++) await (isServer ? onServer(database) : embedded(`${database}/${turn}`));

async function onServer(url: string): Promise<void> {
  const bare = await inNewDatabase(url, async (choice, timed) => {
    await bareLoad(choice, { dimensions, rows: asOneCopy(documents), timed });
  });
  const ours = await inNewDatabase(url, (choice, timed) => withStore(choice, timed, load));
  tell("bare", bare);
  tell("ours", ours);
  compare(ours, bare, LIMITS.server);
}

async function embedded(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const choice: DatabaseChoice = { kind: "embedded", directory, label: "embedded", chosenBy: "an argument" };
  const steps = new Map<string, Cost>();
  await withStore(choice, timer(steps, clientCpu), load);
  rmSync(directory, { recursive: true });
  tell("ours", steps);
  const without = new Map([...steps].filter(([name]) => name !== "index on vectors"));
  compare(steps, without, LIMITS.embedded);
}

type Work = (store: Store, timed: Timed) => Promise<void>;

async function withStore(choice: DatabaseChoice, timed: Timed, work: Work): Promise<void> {
  let opened: Database | undefined;
  const open = async () => {
    opened = choice.kind === "server" ? await openServer(choice) : await openEmbedded(choice);
    const store = corpusStore(opened, { rebuild: false });
    await store.lock([], { exclusive: true });
    await store.prepare({ provider: "bench", model: "bench", dimensions });
    return store;
  };
  let store: Store | undefined;
  await timed("open, make tables", async () => (store = await open()));
  if (store !== undefined) await work(store, timed);
  await opened?.close();
}

async function load(store: Store, timed: Timed): Promise<void> {
  await timed("write", async () => {
    for (let index = 0; index < documents.length; index += DOCUMENTS_A_WRITE)
      await store.write(documents.slice(index, index + DOCUMENTS_A_WRITE));
  });
  await timed("index on vectors", () => store.ensureVectorIndex());
}

async function inNewDatabase(
  url: string,
  work: (choice: Extract<DatabaseChoice, { kind: "server" }>, timed: Timed) => Promise<void>,
): Promise<Steps> {
  const admin = new SQL(url, { max: 1 });
  const name = `bench_load_${process.pid}`;
  await admin.unsafe(`create database ${name} template template0`);
  const own = new URL(url);
  own.pathname = name;
  const serverCpu = await serverCpuOf(admin);
  const steps = new Map<string, Cost>();
  try {
    await work(
      { kind: "server", url: own.href, label: name, chosenBy: "an argument" },
      timer(steps, () => clientCpu() + serverCpu()),
    );
  } finally {
    await admin.unsafe(`drop database ${name} with (force)`);
    await admin.close();
  }
  return steps;
}

function timer(steps: Map<string, Cost>, cpu: () => number): Timed {
  return async (name, work) => {
    const since = performance.now();
    const before = cpu();
    await work();
    steps.set(name, { seconds: (performance.now() - since) / 1_000, cpu: cpu() - before });
  };
}

function tell(who: string, steps: Steps): void {
  for (const [name, { seconds, cpu }] of steps)
    console.log(
      `  ${who}  ${name.padEnd(20)} ${seconds.toFixed(1).padStart(7)} s  ${cpu.toFixed(1).padStart(7)} s of processors`,
    );
}

function compare(ours: Steps, bare: Steps, limit: number): void {
  const ratio = (of: keyof Cost) => sum(ours, of) / sum(bare, of);
  const where = isServer ? "server, against COPY and CREATE INDEX" : "embedded, against one without an index";
  report({ what: `fresh load of ${rows} rows, ${where}`, value: ratio("seconds"), unit: "x", most: limit });
  console.log(`  of processor time ${ratio("cpu").toFixed(2)}`);
}

function sum(steps: Steps, of: keyof Cost): number {
  return [...steps.values()].reduce((all, cost) => all + cost[of], 0);
}

function clientCpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Chunks of made-up prose with names in it; their vectors lie about some centres, as those of texts do. */
function makeDocuments(): DocumentWrite[] {
  const random = randomFrom(7);
  const below = (limit: number) => Math.floor(random() * limit);
  const letters = "etaoinshrdlucmfwypvbgk";
  const word = () => Array.from({ length: 2 + below(8) }, () => letters[below(below(letters.length) + 1)]).join("");
  const vocabulary = Array.from({ length: 8_000 }, word);
  // The first ones are the frequent ones.
  const some = () => vocabulary[below(below(vocabulary.length) + 1)] ?? "";
  const name = () => `${some()}.${some()}(${some()}!, "${some()}")`;
  const centres = Array.from({ length: 300 }, () => Float32Array.from({ length: dimensions }, () => random() - 0.5));
  const text = () =>
    Array.from({ length: WORDS_A_CHUNK }, (_, place) => (place % NAME_EVERY === 0 ? name() : some())).join(" ");
  return Array.from({ length: Math.ceil(rows / CHUNKS_A_DOCUMENT) }, (_, place) => {
    const write = written(
      `https://docs.example.com/pages/page-${place}`,
      Array.from({ length: CHUNKS_A_DOCUMENT }, text),
    );
    const centre = centres[below(centres.length)];
    const vector = () =>
      unit(Float32Array.from({ length: dimensions }, (_number, at) => (centre?.[at] ?? 0) + 0.8 * (random() - 0.5)));
    return { ...write, rows: write.rows.map((row) => ({ ...row, vector: vector() })) };
  });
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** Rows of all documents for one COPY, in parts: between them neither end nor head. */
function asOneCopy(all: readonly DocumentWrite[]): Uint8Array[] {
  const [HEAD, END] = [19, 2];
  const parts: Uint8Array[] = [];
  for (let first = 0; first < all.length; first += DOCUMENTS_A_WRITE) {
    const copy = new BinaryCopy();
    for (const write of all.slice(first, first + DOCUMENTS_A_WRITE)) {
      for (const row of write.rows) {
        copy.row(STAGED.length);
        for (const { encode } of STAGED) encode(copy, { ...write, ...row, embeddingModel: "bench" });
      }
    }
    const bytes = new Uint8Array(copy.finish());
    const isLast = first + DOCUMENTS_A_WRITE >= all.length;
    parts.push(bytes.subarray(first === 0 ? 0 : HEAD, isLast ? bytes.length : bytes.length - END));
  }
  return parts;
}
