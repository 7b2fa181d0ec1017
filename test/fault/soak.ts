// Runs the executable over a corpus for a long time, with edits, faults, kills and restarts drawn at random, and holds
// the database against a fresh ingest whenever a run of everything has succeeded. Ends with 1 at the first difference.
//   BBJ_RAG_TEST_DATABASE_URL=postgres://... bun test/fault/soak.ts [--minutes 30] [--seed N] [--corpus DIR]
// DIR holds a sources.toml; the default is examples/. Without a server only the embedded database is used.
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { openEmbedded } from "../../src/store/driver/embedded.ts";
import { embeddedChoice } from "../support/databases.ts";
import { start, testDatabase } from "../support/executable.ts";
import { ollamaFaults, startOllama } from "../support/ollama-stand-in.ts";
import type { Fault } from "../support/stand-in-server.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { queryLines } from "../support/lines.ts";
import { randomFrom } from "../support/random.ts";

const DIMENSIONS = 64;
const STEPS_A_HISTORY = 12;
/** A file of the corpus that is text gets a line of its own when it is edited. */
const TEXT = /\.(mdx?|bbj|src|txt)$/;
/** A run over a corpus of which little has changed takes about as long. */
const KILL_MS_MAX = 2_000;
/** Of the embedding requests of a run with faults; each costs a second or more of waiting. */
const FAULT_SHARE = 0.04;
const SIGNALS = ["SIGKILL", "SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"] as const;
const MODES: readonly (readonly string[])[] = [
  [],
  [],
  [],
  ["--sequential"],
  ["--workers", "7"],
  ["--clean"],
  ["--resume"],
  ["--retry-failed"],
];
const FAULTS: readonly (() => Fault)[] = [
  () => ollamaFaults.busy(),
  () => ollamaFaults.deadRunner(),
  () => "reset",
  () => Response.json({ error: "invalid input" }, { status: 400 }),
];

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    corpus: { type: "string", default: join(import.meta.dir, "../../examples") },
  },
});
const random = randomFrom(Number(values.seed));
const corpus = resolve(values.corpus);
const until = Date.now() + Number(values.minutes) * 60_000;
console.log(`soak over ${corpus} for ${values.minutes} min, --seed ${values.seed}`);
const counts = new Map<string, number>();
let compared = 0;
for (let number = 1; Date.now() < until; number++) {
  const onServer = process.env.BBJ_RAG_TEST_DATABASE_URL !== undefined && number % 2 === 1;
  await live(number, onServer);
  console.log(
    `${number} histories, ${compared} comparisons, runs by exit code: ${[...counts].map(([code, count]) => `${code} ${count}`).join(", ")}`,
  );
}

async function live(number: number, onServer: boolean): Promise<void> {
  using directory = temporaryDirectory();
  const copy = join(directory.path, "corpus");
  cpSync(corpus, copy, { recursive: true });
  await using database = onServer ? await testDatabase() : undefined;
  const databaseUrl = database?.url ?? `pglite:${join(directory.path, "db")}`;
  let faulty = false;
  let after = Number.POSITIVE_INFINITY;
  let kill = () => {};
  await using ollama = await startOllama({
    dimensions: DIMENSIONS,
    fault: (request) => {
      if (request >= after) kill();
      return faulty && random() < FAULT_SHARE ? pick(FAULTS)() : undefined;
    },
  });
  const flags = ["--config", join(copy, "sources.toml"), "--data-dir", copy, "--ollama-host", ollama.url];
  const common = [...flags, "--dimensions", String(DIMENSIONS), "--max-delete", "100000", "--json"];
  const journal: string[] = [];
  for (let step = 0; step <= STEPS_A_HISTORY; step++) {
    const isLast = step === STEPS_A_HISTORY;
    if (step > 0 && !isLast) journal.push(...mutate(copy));
    const mode = isLast ? [] : pick(MODES);
    faulty = !isLast && random() < 0.4;
    const signal = !isLast && random() < 0.5 ? pick(SIGNALS) : undefined;
    after = ollama.requests + 1 + Math.floor(random() * 60);
    const child = start([...common, "--database-url", databaseUrl, ...mode], {
      cwd: directory.path,
      env: { BBJ_RAG_EMBEDDING_BATCH_SIZE: pick(["8", "64"]) },
    });
    kill = () => void (signal !== undefined && child.kill(signal));
    if (signal !== undefined && random() < 0.7) setTimeout(kill, random() * KILL_MS_MAX);
    const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    const outcome = `${exitCode}${signal !== undefined && exitCode !== 0 ? ` (${signal})` : ""}`;
    counts.set(String(exitCode), (counts.get(String(exitCode)) ?? 0) + 1);
    journal.push(`run ${mode.join(" ")}${faulty ? " with faults" : ""}: ${outcome}`);
    const fail = (why: string): never => {
      console.error(
        `history ${number} (${databaseUrl}): ${why}\n${journal.join("\n")}\n${stderr}\n${stdout.slice(-4_000)}`,
      );
      process.exit(1);
    };
    if (stdout.includes('"code":"bug"') || /^\s+at .*:\d+:\d+\)?$/m.test(stderr)) fail("a bug");
    if ((exitCode === 2 && !faulty) || (isLast && exitCode !== 0)) fail("a run that should have succeeded");
    const isWhole =
      exitCode === 0 && (mode.length === 0 || ["--sequential", "--workers", "--clean"].includes(mode[0] ?? ""));
    if (!isLast && (!isWhole || random() < 0.7)) continue;
    const rows = database === undefined ? await embeddedRows(join(directory.path, "db")) : await database.rows();
    const difference = firstDifference(rows, await freshRows(directory.path, common));
    if (difference !== undefined) fail(`not the rows of a fresh ingest: ${difference}`);
    compared++;
  }
}

async function freshRows(cwd: string, common: readonly string[]): Promise<string[]> {
  using directory = temporaryDirectory();
  await using ollama = await startOllama({ dimensions: DIMENSIONS });
  const db = join(directory.path, "db");
  const args = [...common, "--ollama-host", ollama.url, "--database-url", `pglite:${db}`];
  const child = start(args, { cwd: directory.path });
  const [stdout, exitCode] = await Promise.all([child.stdout.text(), child.exited]);
  if (exitCode !== 0) throw new Error(`a fresh ingest of ${cwd} ended with ${exitCode}: ${stdout.slice(-2_000)}`);
  return await embeddedRows(db);
}

async function embeddedRows(directory: string): Promise<string[]> {
  const database = await openEmbedded(embeddedChoice(directory));
  try {
    const rows = await queryLines(
      database,
      `select (to_jsonb(c) - 'id' - 'created_at' - 'updated_at'
        || jsonb_build_object('embedding', md5(embedding::text)))::text as line
        from chunks c order by source_name, source_url, chunk_index, content_hash`,
    );
    return rows.map((line) => JSON.stringify(JSON.parse(line)));
  } finally {
    await database.close();
  }
}

/** Edits, removes, renames or brings back a few files. */
function mutate(copy: string): string[] {
  const done: string[] = [];
  const files = readdirSync(copy, { recursive: true, encoding: "utf8" })
    .filter((name) => name !== "sources.toml" && statSync(join(copy, name)).isFile())
    .sort();
  for (let edit = Math.floor(random() * 6); edit >= 0; edit--) {
    const name = pick(files);
    const path = join(copy, name);
    const draw = random();
    if (!existsSync(path)) continue;
    if (draw < 0.5 && TEXT.test(name)) {
      const line = `A line on ${Math.floor(random() * 1e6)} and channels.`;
      writeFileSync(
        path,
        `${readFileSync(path, "utf8")}\n\n${TEXT.exec(name)?.[1] === "bbj" ? `rem ${line}` : line}\n`,
      );
      done.push(`edited ${name}`);
    } else if (draw < 0.6 && /\.\w+$/.test(name)) {
      cpSync(path, path.replace(/(\.\w+)$/, `-${Math.floor(random() * 100)}$1`));
      done.push(`copied ${name}`);
    } else if (draw < 0.8) {
      rmSync(path);
      done.push(`removed ${name}`);
    } else if (existsSync(join(corpus, name))) {
      cpSync(join(corpus, name), path);
      done.push(`restored ${name}`);
    }
  }
  return done;
}

/** PostgreSQL 17 and 18 do not make the same words of every text. */
function withoutWords(line: string): string {
  const { search_vector: _, ...row } = JSON.parse(line);
  return JSON.stringify(row);
}

function firstDifference(rows: readonly string[], fresh: readonly string[]): string | undefined {
  const [one, other] = [rows.map(withoutWords), fresh.map(withoutWords)];
  const [only, missing] = [new Set(one), new Set(other)];
  for (const line of other) only.delete(line);
  for (const line of one) missing.delete(line);
  if (only.size + missing.size === 0 && one.length === other.length) return undefined;
  return `${one.length} rows instead of ${other.length}\n+ ${[...only][0]}\n- ${[...missing][0]}`;
}

function pick<Item>(items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("there is nothing to choose from");
  return item;
}
