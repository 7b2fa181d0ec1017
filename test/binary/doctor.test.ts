import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeEmbedded } from "../support/databases.ts";
import { doctorScene, type Examined, examinedBy, type Found, findingOf, LEXICAL } from "../support/doctor-scene.ts";
import { databaseHereTest, EXECUTABLE } from "../support/executable.ts";
import { unprivileged } from "../support/unprivileged.ts";

type Scene = ReturnType<typeof doctorScene>;

type Case = {
  readonly about: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly config?: string;
  readonly before?: (scene: Scene) => unknown;
  readonly what: string;
  readonly state: Found["state"];
  readonly says: string;
  /** What is to be pasted. */
  readonly remedy: RegExp;
};

const ENTRY = '[[sources]]\nname = "docs"\nparser = "mdx"\npaths = ["docs"]\n';
const ANOTHER = '\n[[sources]]\nname = "more"\nparser = "mdx"\npaths = ["nowhere"]\n';
const LOGGED = JSON.stringify({ content_hash: "x", source_url: "docs/page.md", error: "e", source: "docs" });

const CASES: readonly Case[] = [
  {
    ...{ about: "a variable with a value that is not allowed", env: { BBJ_RAG_INGEST_WORKERS: "none" } },
    ...{ what: "ingest_workers", state: "problem", says: 'not "none" (BBJ_RAG_INGEST_WORKERS)' },
    remedy: /^unset BBJ_RAG_INGEST_WORKERS$/,
  },
  {
    ...{ about: "a line of the file with a value that is not allowed", config: `${LEXICAL}chunk_size = 1\n` },
    ...{ what: "chunk_size", state: "problem", says: "not 1 (chunk_size in config.toml)" },
    remedy: /^chunk_size = 400$/,
  },
  {
    ...{ about: "a flag with a value that is not allowed", args: ["--dimensions=99999"] },
    ...{ what: "embedding_dimensions", state: "problem", says: "not 99999 (--dimensions)" },
    remedy: / doctor$/,
  },
  {
    ...{ about: "a key of the file that is misspelt", config: LEXICAL.replace("dimensions", "dimension") },
    ...{ what: "embedding_dimension", state: "warning", says: 'did you mean "embedding_dimensions"' },
    remedy: /^sed .* config[.]toml$/,
  },
  {
    ...{ about: "a key of the file that is nothing like a setting", config: `${LEXICAL}zzzzzzzzzz = 1\n` },
    ...{ what: "zzzzzzzzzz", state: "warning", says: "unknown key" },
    remedy: /^sed .* config[.]toml$/,
  },
  {
    ...{ about: "more workers than the cap", config: `${LEXICAL}ingest_workers = 20\n` },
    ...{ what: "ingest_max_workers", state: "note", says: "8 workers run" },
    remedy: /^ingest_max_workers = 20$/,
  },
  {
    ...{ about: "a variable that is misspelt", env: { BBJ_RAG_CHUNK_SIZ: "300" } },
    ...{ what: "BBJ_RAG_CHUNK_SIZ", state: "warning", says: "BBJ_RAG_CHUNK_SIZE is one" },
    remedy: /^export BBJ_RAG_CHUNK_SIZE="[$]BBJ_RAG_CHUNK_SIZ"; unset BBJ_RAG_CHUNK_SIZ$/,
  },
  {
    ...{ about: "a variable that is like no setting", env: { BBJ_RAG_ZZZZZZZZZ: "1" } },
    ...{ what: "BBJ_RAG_ZZZZZZZZZ", state: "warning", says: "no setting" },
    remedy: /^unset BBJ_RAG_ZZZZZZZZZ$/,
  },
  {
    ...{ about: "a variable that lacks what ours begin with", env: { CHUNK_SIZE: "300" } },
    ...{ what: "CHUNK_SIZE", state: "note", says: "not read by this program" },
    remedy: /^export BBJ_RAG_CHUNK_SIZE="[$]CHUNK_SIZE"$/,
  },
  {
    ...{ about: "a variable that changes the runtime", env: { BUN_JSC_useJIT: "1" } },
    ...{ what: "BUN_JSC_useJIT", state: "warning", says: "changes how the runtime" },
    remedy: /^unset BUN_JSC_useJIT$/,
  },
  {
    ...{ about: "no sources file", before: ({ at }) => rmSync(at("sources.toml")) },
    ...{ what: "sources.toml", state: "problem", says: "does not exist" },
    remedy: /^\[\[sources\]\]\n/,
  },
  {
    ...{ about: "a path that is not there", before: ({ write }) => write("sources.toml", ENTRY + ANOTHER) },
    ...{ what: "more", state: "problem", says: 'path "nowhere" does not exist' },
    remedy: /^enabled = false$/,
  },
  {
    about: "a parser that is misspelt",
    before: ({ write }) => write("sources.toml", ENTRY.replace("mdx", "mdxx")),
    ...{ what: "docs", state: "problem", says: 'did you mean "mdx"' },
    remedy: /^parser = "mdx"$/,
  },
  {
    about: "a key of an entry that is misspelt",
    before: ({ write }) => write("sources.toml", ENTRY.replace("paths", 'extension = ["md"]\npaths')),
    ...{ what: "docs", state: "warning", says: 'did you mean "extensions"' },
    remedy: /^sed .* sources[.]toml$/,
  },
  {
    about: "no source that is enabled",
    before: ({ write }) => write("sources.toml", `${ENTRY}enabled = false\n`),
    ...{ what: "sources.toml", state: "problem", says: "no source is enabled" },
    remedy: /^enabled = true$/,
  },
  {
    about: "a source without any file that its parser reads",
    before({ write, at }) {
      mkdirSync(at("nowhere"));
      write("sources.toml", ENTRY + ANOTHER);
    },
    ...{ what: "more", state: "warning", says: "no file that this parser reads" },
    remedy: /^enabled = false$/,
  },
  {
    ...{ about: "a name that is there twice", before: ({ write }) => write("sources.toml", `${ENTRY}\n${ENTRY}`) },
    ...{ what: "docs", state: "problem", says: "the name is taken by" },
    remedy: /^name = "docs-2"$/,
  },
  {
    ...{ about: "a data directory of the environment that is not there", env: { DATA_DIR: "nowhere" } },
    ...{ what: "data directory", state: "problem", says: "does not exist (DATA_DIR)" },
    remedy: /^unset DATA_DIR$/,
  },
  {
    about: "a data directory of the file that is not there",
    before: ({ write }) => write("sources.toml", `data_dir = "nowhere"\n${ENTRY}`),
    ...{ what: "data directory", state: "problem", says: "does not exist (data_dir)" },
    remedy: /^sed .* sources[.]toml$/,
  },
  {
    ...{ about: "a data directory of a flag that is not there", args: ["--data-dir=nowhere"] },
    ...{ what: "data directory", state: "problem", says: "does not exist (--data-dir)" },
    remedy: / doctor$/,
  },
  {
    ...{ about: "a state directory that is a file", args: ["--state-dir=docs/page.md"] },
    ...{ what: "state directory", state: "problem", says: "it is a file" },
    remedy: / doctor --state-dir /,
  },
  {
    about: "a failure log whose directory is not there",
    env: { BBJ_RAG_INGEST_FAILURE_LOG: "logs/failures.json" },
    ...{ what: "failure log's", state: "problem", says: "does not exist" },
    remedy: /^mkdir -p /,
  },
  {
    about: "a line of the failure log that is cut off",
    before: ({ write }) => write(".ingestion-failures.json", `${LOGGED.slice(0, 40)}\n`),
    ...{ what: "failure log", state: "warning", says: "1 line" },
    remedy: /bbj-ingest-all ingest$/,
  },
  {
    about: "a failure log that is something else",
    before: ({ write }) => write(".ingestion-failures.json", "my own notes\n"),
    ...{ what: "failure log", state: "warning", says: "not of this program" },
    remedy: /^mv /,
  },
  {
    about: "something in the place of the failure log's lock",
    before: ({ at }) => mkdirSync(at(".ingestion-failures.json.lock")),
    ...{ what: "failure log", state: "problem", says: "in the place of a lock" },
    remedy: /^mv \S+[.]lock \S+[.]lock[.]old$/,
  },
  {
    about: "an interrupted run",
    before: ({ write }) => write(".ingestion-state.json", JSON.stringify({ completed_sources: ["docs"] })),
    ...{ what: "resume file", state: "note", says: "1 source completed" },
    remedy: / --resume$/,
  },
  {
    about: "a run that had failures",
    before: ({ write }) =>
      write(".ingestion-state.json", '{"completed_sources": [], "failed_sources": {"docs": "2 files failed"}}'),
    ...{ what: "resume file", state: "warning", says: "1 failed: docs (2 files failed)" },
    remedy: / --resume$/,
  },
  {
    ...{ about: "a resume file that is none", before: ({ write }) => write(".ingestion-state.json", "{}") },
    ...{ what: "resume file", state: "problem", says: "is not a resume file" },
    remedy: /^rm /,
  },
  {
    about: "the directory of an embedded database that holds something else",
    before: ({ at }) => {
      mkdirSync(at(".bbj-rag"));
      writeFileSync(at(".bbj-rag/notes.txt"), "mine");
    },
    ...{ what: "connection", state: "problem", says: "it holds other files" },
    remedy: / doctor --database-url pglite:\S*[.]bbj-rag-2$/,
  },
  {
    ...{ about: "a database that does not listen", args: ["--database-url=postgres://u:hunter2@127.0.0.1:1/d"] },
    ...{ what: "connection", state: "problem", says: "nothing listens" },
    remedy: / doctor --database-url pglite:[.]bbj-rag$/,
  },
];

describe("doctor finds what is wrong, and what it prints mends it when it is pasted:", () => {
  test.each(CASES.map((one) => [one.about, one] as const))("%s", async (_, one) => {
    using scene = doctorScene(one);
    await one.before?.(scene);
    const examined = await scene.doctor();
    const found = findingOf(examined, one.what);
    expect(found).toMatchObject({ state: one.state });
    expect(found?.detail).toContain(one.says);
    expect(found?.remedy).toMatch(one.remedy);
    expect(JSON.stringify(examined)).not.toContain("hunter2");
    if (found === undefined) return;
    const mended = await scene.paste(found);
    const isOf = ({ area, what, detail }: Found) =>
      area === found.area && what === found.what && detail === found.detail;
    expect(mended.findings.filter(isOf)).toEqual([]);
    // Nor anything else in its place.
    const wrong = ({ findings }: Examined) =>
      findings
        .filter(({ state }) => state === "warning" || state === "problem")
        .map(({ area, what }) => `${area}: ${what}`);
    const before = new Set(wrong(examined));
    before.delete(`${found.area}: ${found.what}`);
    expect(wrong(mended).filter((what) => !before.has(what))).toEqual([]);
  });
});

/** Every file below a directory with its bytes' hash and when it was written. */
function contents(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    const { mtimeMs } = statSync(path);
    return `${path} ${mtimeMs} ${entry.isFile() ? Bun.hash(readFileSync(path)) : ""}`;
  });
}

describe("doctor", () => {
  test("in an empty folder changes nothing, and says that the first run makes the corpus", async () => {
    using scene = doctorScene();
    const before = contents(scene.path);
    const examined = await scene.doctor();
    expect(contents(scene.path)).toEqual(before);
    expect(examined.exitCode).toBe(0);
    expect(findingOf(examined, "state", "corpus")).toMatchObject({
      state: "note",
      detail: "none yet; the first run makes it",
    });
    expect(findingOf(examined, "docs", "sources")).toMatchObject({ state: "ok", detail: "mdx, 1 file" });
    const { findings } = examined;
    expect(findings.filter(({ state }) => state === "warning" || state === "problem")).toEqual([]);
  });

  databaseHereTest("where nothing can be written says so of each thing that is, and ends", async () => {
    using scene = doctorScene();
    await makeEmbedded(scene.at(".bbj-rag"));
    expect((await scene.call()).exitCode).toBe(0);
    const directories = [scene.path, scene.at(".bbj-rag")];
    // For root, what belongs to him is to be looked into by somebody else.
    for (const directory of directories) chmodSync(directory, unprivileged.length > 0 ? 0o755 : 0o555);
    const child = Bun.spawn([...unprivileged, EXECUTABLE, "doctor", "--json"], {
      ...{ cwd: scene.path, env: scene.env, stdout: "pipe", stderr: "pipe" },
    });
    const examined = examinedBy(await child.stdout.text(), await child.exited);
    for (const directory of directories) chmodSync(directory, 0o755);
    expect(await child.stderr.text()).toBe("");
    for (const what of ["state directory", "embedded database", "connection"])
      expect(findingOf(examined, what)).toMatchObject({ state: "problem", into: "shell" });
    expect(findingOf(examined, "docs")).toMatchObject({ state: "ok" });
  });

  test("says where each setting comes from, and no secret", async () => {
    const env = { BBJ_RAG_DB_PASSWORD: "hunter2", OLLAMA_API_KEY: "hunter3", BBJ_RAG_CHUNK_SIZE: "300" };
    using scene = doctorScene({ env, args: ["--database-url=pglite:.bbj-rag"] });
    const { stdout } = await scene.call("doctor");
    expect(stdout).toContain("300 (BBJ_RAG_CHUNK_SIZE)");
    expect(stdout).toContain("lexical (embedding_provider in config.toml)");
    expect(stdout).toMatch(/db_password +[*]{3} \(BBJ_RAG_DB_PASSWORD\)/);
    expect(stdout).toMatch(/\d+ settings as they are by default/);
    expect(stdout).not.toMatch(/hunter/);
    expect((await scene.call("doctor", "-v")).stdout).toMatch(/chunk_overlap +50 \(default\)/);
  });

  test("with --quiet prints nothing when a run can start, else what is wrong", async () => {
    using scene = doctorScene();
    expect(await scene.call("doctor", "-q")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    rmSync(scene.at("docs"), { recursive: true });
    const { stdout, exitCode } = await scene.call("doctor", "-q");
    expect(exitCode).toBe(1);
    expect(stdout).toStartWith('Sources\n  problem  docs  path "docs" does not exist');
    expect(stdout).toMatch(/\nA run would stop: 1 problem, \d+ notes, \d+ ok\n$/);
  });

  test("has no line of its own words beyond 80 columns", async () => {
    using scene = doctorScene({ args: ["--database-url=postgres://127.0.0.1:1/d"], env: { DB_HOST: "elsewhere" } });
    scene.write("sources.toml", ENTRY + ANOTHER);
    const { stdout } = await scene.call("doctor");
    const long = stdout.split("\n").filter((line) => Bun.stringWidth(line) > 80);
    // What is pasted is never broken.
    for (const line of long) expect(line).toMatch(/bbj-ingest-all/);
    expect(stdout).not.toContain("\x1b");
  });
});
