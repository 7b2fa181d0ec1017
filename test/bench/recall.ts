// How much of what is nearest a search by vector finds (against an exact scan), and how long the whole hybrid search takes.
//   bun test/bench/recall.ts DATABASE ROWS DIMENSIONS TEXTS.jsonl TEXTS.npy QUERIES.jsonl QUERIES.npy [EXACT]
//   DATABASE    URL of an empty database with pgvector, or an empty directory for the embedded one; what is there already is measured
//   *.jsonl     a text a line, as JSON strings
//   *.npy       their vectors, float32
//   EXACT       up to so many rows all are looked at; 0: the index is asked always
// Rows beyond the texts are near-duplicates of them, stored one after the other as boilerplate is; more dimensions than the
// vectors have repeat their numbers, which keeps angles. Numbers worth keeping go into RESULTS.md.
import { corpusStore } from "../../src/store/corpus-store.ts";
import { openStore } from "../../src/store/open-store.ts";
import { openEmbedded } from "../../src/store/driver/embedded.ts";
import { openServer } from "../../src/store/driver/server.ts";
import { sql } from "../../src/store/driver/sql.ts";
import { nearestTexts } from "../../src/store/tools/nearest.ts";
import { filterOf } from "../../src/store/tools/search.ts";
import type { DatabaseChoice } from "../../src/store/driver/database.ts";
import type { Filter, SearchRequest } from "../../src/store/store.ts";
import { written } from "../support/documents.ts";
import { randomFrom } from "../support/random.ts";

/** What search takes of each ranking for 10 hits. */
const CANDIDATES = 50;
const CHUNKS_A_DOCUMENT = 10;
const DOCUMENTS_A_WRITE = 50;
const QUERIES_MAX = 100;
/** Of every so many texts a run of near-duplicates is stored. */
const ISLAND_EVERY = 100;
const ISLAND_ROWS = 60;
const SHARES = { half: 0.5, tenth: 0.1, hundredth: 0.01, thousandth: 0.001 };

const [database = "", rowsArgument = "", dimensionsArgument = "", ...files] = process.argv.slice(2);
const rows = Number(rowsArgument);
const dimensions = Number(dimensionsArgument);
const exactRowsMax = files[4] === undefined ? undefined : Number(files[4]);
const choice: DatabaseChoice = database.startsWith("postgres")
  ? { kind: "server", url: database, label: "server", chosenBy: "an argument" }
  : { kind: "embedded", directory: database, label: "embedded", chosenBy: "an argument" };
const [texts, vectors, questions, queryVectors] = await readInputs(files);
const random = randomFrom(7);
const signs = Float32Array.from({ length: dimensions }, () => Math.sign(random() - 0.5));

await load();
const opened = choice.kind === "server" ? await openServer(choice) : await openEmbedded(choice);
const every = Math.ceil(queryVectors.length / QUERIES_MAX);
const queries = queryVectors.flatMap((vector, index) =>
  index % every === 0 ? [{ text: questions[index] ?? "", vector: projected(vector) }] : [],
);
const filters: Readonly<Record<string, Filter>> = {
  none: {},
  ...named((share) => ({ source: share }), "source"),
  ...named((share) => ({ generation: share }), "generation"),
  "doc_type half": { docType: "half" },
  "doc_type hundredth": { docType: "hundredth" },
};
for (const [name, filter] of Object.entries(filters)) {
  const found = await recallOf(filter);
  const times = await timesOf(filter);
  const [p50, p95] = [percentile(times, 0.5), percentile(times, 0.95)].map((time) => time.toFixed(0).padStart(5));
  console.log(`${name.padEnd(22)} recall@${CANDIDATES} ${found.toFixed(4)}   hybrid p50 ${p50} ms  p95 ${p95} ms`);
}
await opened.close();

async function load(): Promise<void> {
  const store = await openStore(choice);
  if (await store.hasChunks({})) return store.close();
  await store.lock([], { exclusive: true });
  await store.prepare({ provider: "bench", model: "bench", dimensions });
  const made = [...nearDuplicates()];
  const documents = Array.from({ length: Math.ceil(made.length / CHUNKS_A_DOCUMENT) }, (_, index) => {
    const chunks = made.slice(index * CHUNKS_A_DOCUMENT, (index + 1) * CHUNKS_A_DOCUMENT);
    const place = (index * CHUNKS_A_DOCUMENT) / made.length;
    const write = written(
      `u${index}`,
      chunks.map(({ text }) => text),
      {
        source: contiguous(place),
        generations: Object.entries(SHARES).flatMap(([name, share]) => (random() < share ? [name] : [])),
        docType: random() < SHARES.half ? "half" : random() < 2 * SHARES.hundredth ? "hundredth" : "rest",
      },
    );
    return { ...write, rows: write.rows.map((row, chunk) => ({ ...row, vector: chunks[chunk]?.vector ?? null })) };
  });
  for (let index = 0; index < documents.length; index += DOCUMENTS_A_WRITE)
    await store.write(documents.slice(index, index + DOCUMENTS_A_WRITE));
  const since = performance.now();
  await store.ensureVectorIndex();
  console.log(`index built in ${((performance.now() - since) / 1_000).toFixed(1)} s`);
  await store.close();
}

function* nearDuplicates(): Generator<{ readonly text: string; readonly vector: Float32Array }> {
  const copies = Math.max(1, Math.ceil(rows / (vectors.length * (1 + ISLAND_ROWS / ISLAND_EVERY))));
  let made = 0;
  for (const [index, vector] of vectors.entries()) {
    const isIsland = index % ISLAND_EVERY === 0;
    const alike = isIsland ? ISLAND_ROWS * copies : copies;
    for (let copy = 0; copy < alike && made < rows; copy++, made++) {
      const noise = copy === 0 ? 0 : isIsland ? 0.02 : 0.1 + 0.2 * random();
      yield { text: `${texts[index]} ${copy === 0 ? "" : `Copy ${copy}`}`, vector: projected(blurred(vector, noise)) };
    }
  }
}

function contiguous(place: number): string {
  let from = 0;
  for (const [name, share] of Object.entries(SHARES)) if (place < (from += share)) return name;
  return "rest";
}

/** Share of the rows of an exact scan that are found; of rows that are equally far, any will do. */
async function recallOf(filter: Filter): Promise<number> {
  let found = 0;
  let wanted = 0;
  for (const { vector } of queries) {
    const exact = await distances({ ...filter, text: "", vector, limit: 10, exact: true });
    const last = exact.at(-1) ?? 0;
    const near = await distances({ ...filter, text: "", vector, limit: 10 });
    wanted += exact.length;
    found += Math.min(exact.length, near.filter((distance) => distance <= last + 1e-7).length);
  }
  return wanted === 0 ? 1 : found / wanted;
}

function distances(request: SearchRequest): Promise<number[]> {
  return opened.begin(async (tx) => {
    const nearest = await nearestTexts(tx, request, filterOf(request), CANDIDATES, { exactRowsMax });
    const near = await tx.query(sql`select distance from (${nearest}) n order by distance`);
    return near.map(({ distance }) => Number(distance));
  });
}

async function timesOf(filter: Filter): Promise<number[]> {
  const store = corpusStore(opened, { rebuild: false });
  const times: number[] = [];
  for (const { text, vector } of queries) {
    const since = performance.now();
    await store.search({ ...filter, text, vector, limit: 10 });
    times.push(performance.now() - since);
  }
  return times.sort((one, other) => one - other);
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function named(filterFor: (share: string) => Filter, kind: string): Record<string, Filter> {
  return Object.fromEntries(Object.keys(SHARES).map((share) => [`${kind} ${share}`, filterFor(share)]));
}

async function readInputs(paths: readonly string[]) {
  const [ofTexts = "", ofVectors = "", ofQueries = "", ofQueryVectors = ""] = paths;
  const lines = async (path: string): Promise<string[]> =>
    (await Bun.file(path).text())
      .trimEnd()
      .split("\n")
      .map((line) => String(JSON.parse(line)));
  return [
    await lines(ofTexts),
    await readNpy(ofVectors),
    await lines(ofQueries),
    await readNpy(ofQueryVectors),
  ] as const;
}

/** NumPy's format, version 1: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
async function readNpy(path: string): Promise<Float32Array[]> {
  const bytes = await Bun.file(path).arrayBuffer();
  const from = 10 + new DataView(bytes).getUint16(8, true);
  const header = new TextDecoder().decode(bytes.slice(10, from));
  const [, count = "0", length = "0"] = /'<f4'.*\((\d+), (\d+)\)/.exec(header) ?? [];
  const numbers = new Float32Array(bytes.slice(from));
  return Array.from({ length: Number(count) }, (_, row) =>
    numbers.slice(row * Number(length), (row + 1) * Number(length)),
  );
}

function blurred(vector: Float32Array, noise: number): Float32Array {
  const sigma = noise / Math.sqrt(vector.length);
  return unit(vector.map((value) => value + sigma * normal()));
}

/** Each number stands in several places, with signs of their own. */
function projected(vector: Float32Array): Float32Array {
  if (dimensions === vector.length) return vector;
  return unit(signs.map((sign, place) => sign * (vector[place % vector.length] ?? 0)));
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** Box and Muller. */
function normal(): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
