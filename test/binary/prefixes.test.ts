import { describe, expect } from "bun:test";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROBE_TEXT } from "../../src/embed/server-embedder.ts";
import { run, serverTest, testDatabase } from "../support/executable.ts";
import { ollamaFaults, startOllama } from "../support/ollama-stand-in.ts";
import type { StandIn } from "../support/stand-in-server.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const DIMENSIONS = 16;
const NOMIC = "nomic-embed-text";
const QWEN = "qwen3-embedding:0.6b";
const INSTRUCTION =
  "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:what is it?";
const DOCUMENT_PREFIX = "BBJ_RAG_EMBEDDING_DOCUMENT_PREFIX";
const QUERY_PREFIX = "BBJ_RAG_EMBEDDING_QUERY_PREFIX";
const EXIT_NOT_STARTED = 2;

/** Two pages, a server with a model, and an empty database. */
async function scene(model = NOMIC) {
  const directory = temporaryDirectory();
  const cwd = directory.path;
  const database = await testDatabase();
  let isWell = true;
  const fault = (_: number, texts: readonly string[]) =>
    !isWell && texts.some((text) => text.includes("records")) ? ollamaFaults.notANumber() : undefined;
  const server = await startOllama({ model, dimensions: DIMENSIONS, fault });
  mkdirSync(join(cwd, "docs"));
  for (const title of ["Channels", "Records"]) {
    writeFileSync(join(cwd, "docs", `${title}.md`), `# ${title}\n\nAll about ${title.toLowerCase()}.\n`);
  }
  writeFileSync(join(cwd, "sources.toml"), '[[sources]]\nname = "docs"\nparser = "mdx"\npaths = ["docs"]\n');
  const own = ["--model", model, "--dimensions", `${DIMENSIONS}`, "--ollama-host", server.url];
  let seen = 0;
  const call = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    run([...args, "--database-url", database.url], { cwd, env });
  return {
    cwd,
    database,
    server,
    ingest: (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
      call([...own, ...args], { BBJ_RAG_EMBEDDING_BATCH_SIZE: "1", ...env }),
    search: (env: Readonly<Record<string, string>> = {}) =>
      call(["search", "what is it?", "--ollama-host", server.url], env),
    call,
    /** Whether the server takes what is on records. */
    takesRecords: (takes: boolean) => void (isWell = takes),
    /** What was sent since the last time, sorted, apart from probes. */
    sent: () => {
      const texts = server.bodies.slice(seen).flatMap(textsOf);
      seen = server.bodies.length;
      return texts.filter((text) => text !== PROBE_TEXT).sort();
    },
    identity: async () => {
      const [row] = await database.sql`select value from ingest_meta where key = 'identity'`;
      return JSON.parse(row.value);
    },
    /** The corpus as a former version left it. */
    forgetPrefixes: async () => {
      const identity = JSON.stringify({ provider: "ollama", model, dimensions: DIMENSIONS });
      await database.sql`update ingest_meta set value = ${identity} where key = 'identity'`;
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

function textsOf(body: StandIn["bodies"][number]): string[] {
  return typeof body === "object" && body !== null && "input" in body && Array.isArray(body.input) ? body.input : [];
}

const TEXTS = ["docs > Channels\n\nAll about channels.", "docs > Records\n\nAll about records."];
const withPrefix = (prefix: string) => TEXTS.map((text) => prefix + text);

describe("the prefixes of a model", () => {
  serverTest("are sent and not stored, and said at the start and in the report", async () => {
    await using corpus = await scene();
    const ingested = await corpus.ingest();
    expect(ingested).toMatchObject({ exitCode: 0 });
    expect(ingested.stderr).toContain('nomic-embed-text (16 dimensions, document prefix "search_document: ")');
    expect(corpus.sent()).toEqual(withPrefix("search_document: "));
    const hashOf = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest("hex");
    const rows = await corpus.database.sql`select content, content_hash from chunks order by content`;
    expect([...rows]).toEqual(TEXTS.map((content) => ({ content, content_hash: hashOf(content) })));
    expect(await corpus.search()).toMatchObject({ exitCode: 0 });
    expect(corpus.sent()).toEqual(["search_query: what is it?"]);
    const report = await corpus.call(["report"]);
    expect(report.stdout).toContain('before documents: "search_document: "\nbefore questions: "search_query: "\n');
    const said = JSON.parse((await corpus.call(["report", "--json"])).stdout);
    expect(said).toMatchObject({ document_prefix: "search_document: ", query_prefix: "search_query: " });
    const { stdout } = await corpus.ingest(["--json"]);
    expect(JSON.parse(stdout.split("\n").find((line) => line.includes('"type":"start"')) ?? "")).toMatchObject({
      ...{ document_prefix: "search_document: ", query_prefix: "search_query: " },
    });
    const { stderr } = await corpus.ingest(["-v"]);
    expect(stderr).toContain('embedding_document_prefix = "search_document: " (default)\n');
    expect(stderr).toContain('embedding_query_prefix = "search_query: " (default)\n');
    expect(corpus.sent()).toEqual([]);
  });

  serverTest("are those of config.toml with their blanks and line breaks, and an empty one is none", async () => {
    await using corpus = await scene();
    writeFileSync(
      join(corpus.cwd, "config.toml"),
      'embedding_document_prefix = "{title}:\\n "\nembedding_query_prefix = " Q: "\n',
    );
    expect(await corpus.ingest()).toMatchObject({ exitCode: 0 });
    expect(corpus.sent()).toEqual([
      "Channels:\n docs > Channels\n\nAll about channels.",
      "Records:\n docs > Records\n\nAll about records.",
    ]);
    await corpus.search();
    expect(corpus.sent()).toEqual([" Q: what is it?"]);
    await corpus.search({ [QUERY_PREFIX]: "" });
    expect(corpus.sent()).toEqual(["what is it?"]);
    expect(await corpus.ingest(["--clean"], { [DOCUMENT_PREFIX]: "" })).toMatchObject({ exitCode: 0 });
    expect(corpus.sent()).toEqual(TEXTS);
    // The pair belongs together, unless somebody says otherwise.
    writeFileSync(join(corpus.cwd, "config.toml"), "");
    await corpus.search();
    expect(corpus.sent()).toEqual(["what is it?"]);
  });
});

describe("another document prefix", () => {
  serverTest("stops a run like another model, with nothing changed and both named", async () => {
    await using corpus = await scene();
    expect(await corpus.ingest()).toMatchObject({ exitCode: 0 });
    corpus.sent();
    const before = await corpus.database.rows();
    for (const [args, prefix] of [
      [[], "passage: "],
      [["--clean", "--source", "docs"], "passage: "],
      [["--resume"], ""],
      [["--dry-run"], "passage: "],
      [["--source", "docs"], ""],
    ] as const) {
      const { exitCode, stderr } = await corpus.ingest(args, { [DOCUMENT_PREFIX]: prefix });
      expect({ args, exitCode }).toEqual({ args, exitCode: EXIT_NOT_STARTED });
      expect(stderr).toContain(
        'was made with ollama nomic-embed-text (16 dimensions, document prefix "search_document: ")',
      );
      const wanted = prefix === "" ? "no document prefix" : `document prefix "${prefix}"`;
      expect(stderr).toContain(`this run would use ollama nomic-embed-text (16 dimensions, ${wanted})`);
      expect(stderr).toMatch(/bbj-ingest-all --clean --embedder ollama --model nomic-embed-text --dimensions 16/);
    }
    expect(corpus.sent()).toEqual([]);
    expect(await corpus.database.rows()).toEqual(before);
    expect(await corpus.ingest()).toMatchObject({ exitCode: 0 });
    expect(corpus.sent()).toEqual([]);
    // Neither a search nor what removes asks for it.
    expect(await corpus.search({ [DOCUMENT_PREFIX]: "passage: " })).toMatchObject({ exitCode: 0 });
    const removed = await corpus.call(["remove", "docs", "--yes"], { [DOCUMENT_PREFIX]: "passage: " });
    expect(removed).toMatchObject({ exitCode: 0 });
    expect(await corpus.identity()).toMatchObject({ documentPrefix: "search_document: " });
  });

  serverTest("stops a run also when it was set before, and is not any more", async () => {
    await using corpus = await scene(QWEN);
    expect(await corpus.ingest([], { [DOCUMENT_PREFIX]: "passage: " })).toMatchObject({ exitCode: 0 });
    const { exitCode, stderr } = await corpus.ingest();
    expect(exitCode).toBe(EXIT_NOT_STARTED);
    expect(stderr).toContain('the prefix of the corpus (embedding_document_prefix = "passage: ")');
    expect(await corpus.ingest(["--clean"])).toMatchObject({ exitCode: 0 });
    expect(await corpus.ingest()).toMatchObject({ exitCode: 0 });
  });

  serverTest("comes with --clean, and begins anew what another --clean left", async () => {
    await using corpus = await scene();
    expect(await corpus.ingest()).toMatchObject({ exitCode: 0 });
    corpus.sent();
    // A source that yields nothing keeps the shadow from being swapped in.
    mkdirSync(join(corpus.cwd, "empty"));
    const empty = '[[sources]]\nname = "empty"\nparser = "mdx"\npaths = ["empty"]\n';
    appendFileSync(join(corpus.cwd, "sources.toml"), empty);
    const set = { [DOCUMENT_PREFIX]: "passage: " };
    expect(await corpus.ingest(["--clean"], set)).toMatchObject({ exitCode: 1 });
    expect(corpus.sent()).toEqual(withPrefix("passage: "));
    expect(await corpus.identity()).toMatchObject({ documentPrefix: "search_document: " });
    expect(await corpus.ingest(["--clean"], set)).toMatchObject({ exitCode: 1 });
    expect(corpus.sent()).toEqual([]);
    expect(await corpus.ingest(["--clean"], { [DOCUMENT_PREFIX]: "text: " })).toMatchObject({
      exitCode: 1,
    });
    expect(corpus.sent()).toEqual(withPrefix("text: "));
  });

  serverTest("that another run has put there is noticed by --resume", async () => {
    await using corpus = await scene();
    await using elsewhere = temporaryDirectory();
    writeFileSync(join(corpus.cwd, "docs", "Broken.md"), "x".repeat(3_000));
    const entry = '\n[[sources]]\nname = "more"\nparser = "mdx"\npaths = ["docs/Channels.md"]\n';
    writeFileSync(
      join(corpus.cwd, "sources.toml"),
      `[[sources]]\nname = "docs"\nparser = "mdx"\npaths = ["docs"]\n${entry}`,
    );
    const limited = { BBJ_RAG_FILE_SIZE_MAX: "0.002" };
    expect(await corpus.ingest([], limited)).toMatchObject({ exitCode: 1 });
    const set = { [DOCUMENT_PREFIX]: "passage: " };
    expect(await corpus.ingest(["--clean", "--state-dir", elsewhere.path], set)).toMatchObject({ exitCode: 0 });
    const { stderr, stdout } = await corpus.ingest(["--resume"], { ...limited, ...set });
    expect(stderr).toContain(
      'another model (ollama nomic-embed-text, 16 dimensions, document prefix "search_document: ")',
    );
    expect(stdout).not.toContain("SKIPPED");
  });
});

describe("a corpus from before there were prefixes", () => {
  serverTest("goes on without one, says so on one line, and gets one by --clean", async () => {
    await using corpus = await scene();
    expect(await corpus.ingest([], { [DOCUMENT_PREFIX]: "" })).toMatchObject({ exitCode: 0 });
    await corpus.forgetPrefixes();
    corpus.sent();
    writeFileSync(join(corpus.cwd, "docs", "New.md"), "# New\n\nAll that is new.\n");
    for (const args of [["--dry-run"], [], ["--resume", "--warnings"]]) {
      const { exitCode, stderr } = await corpus.ingest(args);
      expect({ args, exitCode }).toEqual({ args, exitCode: 0 });
      const lines = stderr.split("\n").filter((line) => line.includes("prefix"));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain(
        'was made without the document prefix "search_document: " that nomic-embed-text wants, and goes on without',
      );
      expect(lines[0]).toContain("bbj-ingest-all --clean");
    }
    expect(corpus.sent()).toEqual(["docs > New\n\nAll that is new."]);
    await corpus.search();
    await corpus.search({ [QUERY_PREFIX]: "search_query: " });
    expect(corpus.sent()).toEqual(["search_query: what is it?", "what is it?"]);
    // One that is set is another one.
    const set = await corpus.ingest([], { [DOCUMENT_PREFIX]: "search_document: " });
    expect(set.exitCode).toBe(EXIT_NOT_STARTED);
    expect(set.stderr).toContain("was made with ollama nomic-embed-text (16 dimensions, no document prefix)");
    const quiet = await corpus.ingest([], { [DOCUMENT_PREFIX]: "" });
    expect(quiet).toMatchObject({ exitCode: 0 });
    expect(quiet.stderr).not.toContain("prefix");
    expect(await corpus.ingest(["--clean"])).toMatchObject({ exitCode: 0 });
    expect(corpus.sent()).toHaveLength(3);
    expect(await corpus.identity()).toMatchObject({ documentPrefix: "search_document: " });
    await corpus.search();
    expect(corpus.sent()).toEqual(["search_query: what is it?"]);
  });

  serverTest("is finished and embedded again without one", async () => {
    await using corpus = await scene();
    corpus.takesRecords(false);
    expect(await corpus.ingest([], { [DOCUMENT_PREFIX]: "" })).toMatchObject({ exitCode: 1 });
    await corpus.forgetPrefixes();
    corpus.takesRecords(true);
    corpus.sent();
    const set = await corpus.ingest(["--retry-failed"], { [DOCUMENT_PREFIX]: "passage: " });
    expect(set.exitCode).toBe(EXIT_NOT_STARTED);
    expect(corpus.sent()).toEqual([]);
    expect(await corpus.ingest(["--retry-failed"])).toMatchObject({ exitCode: 0 });
    expect(corpus.sent()).toEqual(TEXTS.slice(1));
    expect(await corpus.ingest(["--clean", "--source", "docs"])).toMatchObject({ exitCode: 0 });
    expect(corpus.sent()).toEqual(TEXTS);
    const removed = await corpus.call(["remove", "docs", "--yes"]);
    expect(removed).toMatchObject({ exitCode: 0 });
    expect(await corpus.ingest()).toMatchObject({ exitCode: 0 });
    expect(corpus.sent()).toEqual(TEXTS);
  });

  serverTest("answers questions with a prefix at once, where documents go as they are", async () => {
    await using corpus = await scene(QWEN);
    expect(await corpus.ingest()).toMatchObject({ exitCode: 0 });
    expect(corpus.sent()).toEqual(TEXTS);
    await corpus.forgetPrefixes();
    await corpus.search();
    expect(corpus.sent()).toEqual([INSTRUCTION]);
    const { stderr, exitCode } = await corpus.ingest();
    expect(exitCode).toBe(0);
    expect(stderr).not.toContain("prefix");
  });

  serverTest("as the Python tool left it is adopted without one", async () => {
    await using corpus = await scene();
    await corpus.database.sql.unsafe(`
      create extension if not exists vector;
      create table chunks (id serial primary key, source_url text not null, title text not null, doc_type text not null,
        content text not null, content_hash varchar(64) not null unique, context_header text, generations text[] not null,
        deprecated boolean not null default false, source_type varchar(100), display_url text, embedding vector(${DIMENSIONS}),
        search_vector tsvector, metadata jsonb)`);
    const set = await corpus.ingest([], { [DOCUMENT_PREFIX]: "passage: " });
    expect(set.exitCode).toBe(EXIT_NOT_STARTED);
    expect(set.stderr).toContain("was made with vectors of 16 dimensions, no document prefix");
    const { exitCode, stderr } = await corpus.ingest();
    expect(exitCode).toBe(0);
    expect(stderr).toContain(
      'was made without the document prefix "search_document: " that nomic-embed-text wants, and goes on without',
    );
    expect(corpus.sent()).toEqual(TEXTS);
    expect(await corpus.identity()).not.toHaveProperty("documentPrefix");
    expect(await corpus.ingest()).toMatchObject({ exitCode: 0 });
  });
});
