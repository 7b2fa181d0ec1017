import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { writeCorpus, writePage } from "../support/corpus.ts";
import { EXECUTABLE, run, serverTest, testDatabase } from "../support/executable.ts";
import { ollamaFaults, startOllama } from "../support/ollama-stand-in.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const DIMENSIONS = 32;
const LOG = ".ingestion-failures.json";
const STATE = ".ingestion-state.json";
const ROWS = 6;
const lexical = ["--embedder", "lexical", "--dimensions", String(DIMENSIONS)];
const EXPORT = '{"content_hash": "ab", "source_url": "docs://a.md", "content": "a text"}\n';
const ENTRY = `${JSON.stringify({ content_hash: "0".repeat(64), source_url: "docs://gone.md", error: "refused", source: "docs" })}\n`;

const pipe = (path: string): void => void Bun.spawnSync(["mkfifo", path]);
const containing = (content: string | Uint8Array) => (path: string) => writeFileSync(path, content);

function contentOf(path: string): string {
  const found = lstatSync(path);
  return found.isFile() ? readFileSync(path).toString("hex") : found.isSymbolicLink() ? readlinkSync(path) : "no file";
}

describe("a file that is not ours is as it was, and the run could not start", () => {
  serverTest.each([
    ["notes", containing("Buy milk.\n- and eggs\n"), []],
    ["the sources file", () => {}, []],
    ["a binary", containing(readFileSync(EXECUTABLE).subarray(0, 10_000)), []],
    ["zeros", containing(new Uint8Array(4_096)), []],
    ["a JSON object", containing('{"name": "x", "version": 1}\n'), []],
    ["a JSON object over lines", containing('{\n  "name": "x"\n}\n'), []],
    ["a JSON array", containing('[1, 2, {"content": 3}]\n'), []],
    ["JSON Lines", containing('{"type": "start"}\n{"type": "summary"}\n'), []],
    ["an export of chunks, cut off", containing(`${EXPORT}${EXPORT}{"content_hash": "cd", "sour`), []],
    ["UTF-16", containing(Buffer.from("\uFEFFnotes", "utf16le")), []],
    ["notes", containing("Buy milk.\n"), ["--retry-failed"]],
    ["notes", containing("Buy milk.\n"), ["--clean"]],
    ["notes", containing("Buy milk.\n"), ["--dry-run"]],
    ["a pipe", pipe, []],
    ["a pipe", pipe, ["--retry-failed"]],
    ["an endless device", (path: string) => symlinkSync("/dev/zero", path), []],
    ["an endless device", (path: string) => symlinkSync("/dev/zero", path), ["--retry-failed"]],
    ["a device", (path: string) => symlinkSync("/dev/null", path), []],
    ["a directory", (path: string) => mkdirSync(path), []],
  ] as const)("a failure log that is %s", async (what, make, args) => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: 2 });
    const path = join(directory.path, what === "the sources file" ? "sources.toml" : "file");
    make(path);
    const before = contentOf(path);
    const { exitCode, stderr } = await run([...lexical, "--database-url", database.url, ...args], {
      cwd: directory.path,
      env: { BBJ_RAG_INGEST_FAILURE_LOG: path },
    });
    expect(stderr).toContain(path);
    expect(stderr).toContain("BBJ_RAG_INGEST_FAILURE_LOG");
    expect(exitCode).toBe(2);
    expect(contentOf(path)).toBe(before);
    const [row] = await database.sql`select count(*)::int as count from pg_tables where schemaname = 'public'`;
    expect(row.count).toBe(0);
  });

  serverTest.each([
    ["notes", containing("Buy milk.\n"), []],
    ["notes", containing("Buy milk.\n"), ["--resume"]],
    ["a JSON object of others", containing('{"resources": []}\n'), []],
    ["a JSON array", containing("[]\n"), []],
    ["a pipe", pipe, ["--resume"]],
    ["an endless device", (path: string) => symlinkSync("/dev/zero", path), ["--resume"]],
  ] as const)("a resume file that is %s", async (_, make, args) => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: 2 });
    const path = join(directory.path, STATE);
    make(path);
    const before = contentOf(path);
    const { exitCode, stderr } = await run([...lexical, "--database-url", database.url, ...args], {
      cwd: directory.path,
    });
    expect(stderr).toContain(path);
    expect(exitCode).toBe(2);
    expect(contentOf(path)).toBe(before);
    const [row] = await database.sql`select count(*)::int as count from pg_tables where schemaname = 'public'`;
    expect(row.count).toBe(0);
  });

  serverTest("a file called like the lock of the failure log", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: 2 });
    const path = join(directory.path, `${LOG}.lock`);
    writeFileSync(path, "what is locked here: 2 doors\n");
    utimesSync(path, 0, 0);
    const place = ["--database-url", database.url];
    const { exitCode, stderr } = await run([...lexical, ...place], { cwd: directory.path });
    expect(stderr).toContain(`${path} is in the place of a lock`);
    expect(exitCode).toBe(2);
    expect(readFileSync(path, "utf8")).toContain("2 doors");
  });

  serverTest.each(["itself", "a link to it"])("the resume file, named as the failure log by %s", async (how) => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: 2 });
    const place = ["--database-url", database.url];
    const path = join(directory.path, how === "itself" ? STATE : "link");
    if (how !== "itself") symlinkSync(STATE, path);
    const { exitCode, stderr } = await run([...lexical, ...place], {
      cwd: directory.path,
      env: { BBJ_RAG_INGEST_FAILURE_LOG: path },
    });
    expect(stderr).toContain(`the failure log ${path} is the resume file`);
    expect(stderr).toContain("BBJ_RAG_INGEST_FAILURE_LOG");
    expect(exitCode).toBe(2);
    expect(existsSync(join(directory.path, STATE))).toBe(false);
  });

  test.each([
    ["a folder that is called like ours", (path: string) => mkdirSync(join(path, "data.new")), "data.new"],
    ["a file that is called like ours", (path: string) => writeFileSync(join(path, "holder.json"), "mine"), "holder"],
    ["a database called like our lock", (path: string) => makeSqlite(join(path, "lock.db")), "lock.db"],
    ["a pipe called like our lock", (path: string) => pipe(join(path, "lock.db")), "lock.db"],
    [
      "a PostgreSQL server's cluster",
      (path: string) => {
        mkdirSync(join(path, "data"));
        writeFileSync(join(path, "data", "PG_VERSION"), "18\n");
        writeFileSync(join(path, "data", "postmaster.opts"), "/usr/lib/postgresql/18/bin/postgres\n");
      },
      "data",
    ],
  ])("a directory for the embedded database with %s", async (_, make, named) => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 1 });
    const place = join(directory.path, "place");
    mkdirSync(place);
    make(place);
    if (named === "data.new") writeFileSync(join(place, "data.new", "thesis.txt"), "years of work");
    const listing = () => readdirSync(place, { recursive: true }).map(String).sort();
    const before = listing().map((name) => [name, contentOf(join(place, name))]);
    const { exitCode, stderr } = await run([...lexical, "--database-url", `pglite:${place}`], { cwd: directory.path });
    expect(stderr).toContain(named);
    expect(exitCode).toBe(2);
    expect(listing().map((name) => [name, contentOf(join(place, name))])).toEqual(before);
  });
});

function makeSqlite(path: string): void {
  using database = new Database(path);
  database.run("create table mine (a)");
}

describe("what is ours and something else", () => {
  serverTest("an empty file stays: there may be somebody who needs it", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: 2 });
    const path = join(directory.path, "__init__.py");
    writeFileSync(path, "");
    const { exitCode } = await run([...lexical, "--database-url", database.url], {
      cwd: directory.path,
      env: { BBJ_RAG_INGEST_FAILURE_LOG: path },
    });
    expect(exitCode).toBe(0);
    expect(readFileSync(path, "utf8")).toBe("");
  });

  serverTest("lines of a failure log that are not ours stay in it, byte for byte, and cost no exit code", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writeCorpus(directory.path, { pages: 2 });
    const path = join(directory.path, LOG);
    writeFileSync(path, `# asked Jo about this\n${ENTRY}${EXPORT}{"content_hash": "to`);
    for (const args of [["--source", "docs"], [], ["--retry-failed"]]) {
      const { exitCode, stderr, stdout } = await run(
        [...lexical, "--warnings", "--database-url", database.url, ...args],
        { cwd: directory.path },
      );
      expect(`${stderr}${stdout}`).toContain(args[0] === "--retry-failed" ? "Nothing to retry" : `${path}:1`);
      expect(exitCode).toBe(0);
    }
    expect(readFileSync(path, "utf8")).toBe(`# asked Jo about this\n${EXPORT}`);
    expect(await database.rows()).toHaveLength(ROWS);
  });
});

/** Users of this machine beside root. */
const [VICTIM, OTHER] = [60_001, 60_002];
const rootTest = process.getuid?.() === 0 && process.platform === "linux" ? serverTest : test.skip;

describe("in a directory that others may write, too", () => {
  /** A shared directory like /tmp with a corpus, and a file of the victim's that somebody would like to see overwritten. */
  function shared() {
    const directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 2 });
    writePage(directory.path, "docs", 1, 3, "poison");
    chmodSync(directory.path, 0o1777);
    const home = temporaryDirectory();
    chownSync(home.path, VICTIM, VICTIM);
    const precious = join(home.path, "precious");
    writeFileSync(precious, "");
    chownSync(precious, VICTIM, VICTIM);
    return {
      path: directory.path,
      home: home.path,
      precious,
      [Symbol.dispose]() {
        directory[Symbol.dispose]();
        home[Symbol.dispose]();
      },
    };
  }

  function plant(path: string, target: string, uid: number): void {
    symlinkSync(target, path);
    lchownSync(path, uid, uid);
  }

  async function runAs(uid: number, args: readonly string[], cwd: string, env: Record<string, string> = {}) {
    const user = uid === 0 ? [] : ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", "--"];
    const child = Bun.spawn([...user, EXECUTABLE, ...args], {
      cwd,
      env: { PATH: "/usr/bin:/bin", HOME: "/", ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    return { stdout, stderr, exitCode };
  }

  const refusePoison = (_: number, texts: readonly string[]) =>
    texts.some((text) => text.includes("poison")) ? ollamaFaults.notANumber() : undefined;

  rootTest.each([
    ["the failure log", LOG, VICTIM],
    ["the failure log", LOG, 0],
    ["the resume file", STATE, VICTIM],
    ["the resume file", STATE, 0],
  ])("%s is not written through a link that somebody else put there (%s, user %d)", async (_, name, uid) => {
    using place = shared();
    await using database = await testDatabase();
    await using ollama = await startOllama({ dimensions: DIMENSIONS, fault: refusePoison });
    plant(join(place.path, name), place.precious, OTHER);
    const args = ["--ollama-host", ollama.url, "--dimensions", String(DIMENSIONS), "--database-url", database.url];
    const { exitCode, stderr } = await runAs(uid, args, place.path);
    expect(stderr).toContain(`the link ${join(place.path, name)} belongs to another user`);
    expect(exitCode).toBe(2);
    expect(readFileSync(place.precious, "utf8")).toBe("");
    const [row] = await database.sql`select count(*)::int as count from pg_tables where schemaname = 'public'`;
    expect(row.count).toBe(0);
  });

  rootTest("nor is the embedded database made where such a link leads, nor the state directory", async () => {
    using place = shared();
    const target = join(place.home, "empty");
    mkdirSync(target);
    chownSync(target, VICTIM, VICTIM);
    plant(join(place.path, ".bbj-rag"), target, OTHER);
    plant(join(place.path, "state"), target, OTHER);
    for (const args of [[], ["--state-dir", "state"], ["--state-dir", "state/deeper"]]) {
      const { exitCode, stderr } = await runAs(VICTIM, [...lexical, ...args], place.path);
      expect(stderr).toContain("belongs to another user");
      expect(exitCode).toBe(2);
    }
    expect(readdirSync(target)).toEqual([]);
  });

  rootTest("a link of the user's own, or of the directory's owner, still works", async () => {
    for (const uid of [VICTIM, 0]) {
      using place = shared();
      await using database = await testDatabase();
      await using ollama = await startOllama({ dimensions: DIMENSIONS, fault: refusePoison });
      plant(join(place.path, LOG), join(place.home, "failures"), uid);
      plant(join(place.path, STATE), join(place.home, "state"), 0);
      const args = ["--ollama-host", ollama.url, "--dimensions", String(DIMENSIONS), "--database-url", database.url];
      expect(await runAs(VICTIM, args, place.path)).toMatchObject({ exitCode: 1 });
      expect(readdirSync(place.home).sort()).toEqual(["failures", "precious", "state"]);
      expect(lstatSync(join(place.path, LOG)).isSymbolicLink()).toBe(true);
    }
  });

  rootTest("temporary files and locks whose names can be guessed lead nowhere", async () => {
    using place = shared();
    await using database = await testDatabase();
    await using ollama = await startOllama({ dimensions: DIMENSIONS, fault: refusePoison });
    // The names that a process of any number would take.
    const sh = `for name in ${LOG} ${STATE}; do for file in $name.$$.tmp $name.lock.$$.stale; do ln -s ${place.precious} $file; chown -h ${OTHER} $file; done; done`;
    const args = ["--ollama-host", ollama.url, "--dimensions", String(DIMENSIONS), "--database-url", database.url];
    const as = `exec setpriv --reuid=${VICTIM} --regid=${VICTIM} --clear-groups -- "$0" "$@"`;
    const child = Bun.spawn(["sh", "-c", `${sh}; ${as}`, EXECUTABLE, ...args], {
      cwd: place.path,
      env: { PATH: "/usr/bin:/bin", HOME: "/" },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    expect(await child.exited).toBe(1);
    expect(readFileSync(place.precious, "utf8")).toBe("");
    for (const name of [LOG, STATE]) expect(lstatSync(join(place.path, name))).toMatchObject({ uid: VICTIM });
    expect(existsSync(join(place.path, `${LOG}.${child.pid}.tmp`))).toBe(true);
  });

  rootTest.each([
    ["a pipe", pipe],
    ["a link", (path: string) => symlinkSync("/etc/hostname", path)],
  ])("%s in the place of a lock is named, and waited for by nobody", async (_, make) => {
    using place = shared();
    await using database = await testDatabase();
    await using ollama = await startOllama({ dimensions: DIMENSIONS, fault: refusePoison });
    const lock = join(place.path, `${LOG}.lock`);
    make(lock);
    lchownSync(lock, OTHER, OTHER);
    const args = ["--ollama-host", ollama.url, "--dimensions", String(DIMENSIONS), "--database-url", database.url];
    const { exitCode, stderr } = await runAs(VICTIM, args, place.path);
    expect(stderr).toContain(lock);
    expect(stderr).toContain("it is no lock of ours");
    expect(exitCode).toBe(2);
  });

  rootTest("a file that somebody else put there is not taken for ours", async () => {
    using place = shared();
    await using database = await testDatabase();
    for (const name of [LOG, STATE]) {
      const path = join(place.path, name);
      writeFileSync(path, name === LOG ? ENTRY : '{"completed_sources": ["docs"]}', { mode: 0o666 });
      chownSync(path, OTHER, OTHER);
      for (const uid of [VICTIM, 0]) {
        const args = [...lexical, "--database-url", database.url, "--resume"];
        const { exitCode, stderr } = await runAs(uid, args, place.path);
        expect(stderr).toContain(`${path} cannot be`);
        expect(stderr).toContain("it belongs to another user");
        expect(exitCode).toBe(2);
      }
      rmSync(path);
    }
  });
});
