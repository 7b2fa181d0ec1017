import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { z } from "zod";
import { run, serverTest, type TestDatabase, testDatabase } from "../support/executable.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import type { StandIn } from "../support/stand-in-server.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { textOf } from "./blocks.ts";

/** One that has psycopg and langchain-postgres; `.ci/python` makes it. */
const python = process.env.BBJ_RAG_TEST_PYTHON;
const pythonTest = python === undefined ? test.skip : serverTest;
const hasBoth = python !== undefined && process.env.BBJ_RAG_TEST_DATABASE_URL !== undefined;
const EXAMPLES = join(import.meta.dir, "../../examples");
/** An Embeddings class of LangChain's, by what the block before it says of questions. */
const EMBEDDINGS = `
from langchain_core.embeddings import Embeddings

class FromOllama(Embeddings):
    def embed_documents(self, texts):
        raise NotImplementedError("it only reads")
    def embed_query(self, text):
        return vector_of(text)

store = corpus(FromOllama())
for found, distance in store.similarity_search_with_score("how do I handle an error?", k=3):
    print(f"{1 - distance:.3f}  {found.metadata['title']}  {found.metadata['source_url']}  {found.metadata['generations']}")
for found in store.similarity_search("how do I handle an error?", k=9, filter={"doc_type": {"$eq": "example"}}):
    print(found.metadata["doc_type"])
`;

/** The index is one of the vectors, and one of their halves. */
describe.each([1_024, 2_560])("a reader in Python, of vectors of %d dimensions,", (dimensions) => {
  const directory = temporaryDirectory();
  const cwd = directory.path;
  /** May read `chunks`, and nothing else. */
  const role = `bbj_python_${crypto.randomUUID().slice(0, 8)}`;
  const ofPsycopg = textOf("psycopg").replace('"qwen3-embedding:0.6b", 1024', `"qwen3-embedding:0.6b", ${dimensions}`);
  let database: TestDatabase;
  let ollama: StandIn;

  beforeAll(async () => {
    if (!hasBoth) return;
    [database, ollama] = await Promise.all([testDatabase(), startOllama({ dimensions })]);
    const flags = ["--database-url", database.url, "--ollama-host", ollama.url, "--dimensions", String(dimensions)];
    const made = await run(["--config", join(EXAMPLES, "sources.toml"), "--state-dir", cwd, ...flags], { cwd });
    expect(made).toMatchObject({ exitCode: 0 });
    await database.sql.unsafe(`create role ${role} login password 'choose-one'`);
    await database.sql.unsafe(textOf("grant").replace(/\breader\b/, role));
  });

  afterAll(async () => {
    directory[Symbol.dispose]();
    await database?.sql.unsafe(`drop owned by ${role}`);
    await database?.sql.unsafe(`drop role ${role}`);
    await database?.[Symbol.asyncDispose]();
    await ollama?.[Symbol.asyncDispose]();
  });

  /** What a program of the role says. */
  async function said(program: string): Promise<string[]> {
    const url = new URL(database.url);
    [url.username, url.password] = [role, "choose-one"];
    const child = Bun.spawn([python ?? "", "-c", program], {
      cwd,
      env: {
        ...{ PATH: "/usr/bin:/bin", HOME: cwd, OLLAMA_HOST: ollama.url, BBJ_RAG_DATABASE_URL: url.href },
      },
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    return stdout.trimEnd().split("\n");
  }

  pythonTest("with psycopg finds what search finds, with its cosine", async () => {
    const lines = await said(ofPsycopg);
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(/ {2}Handling errors {2}/);
    const flags = ["--database-url", database.url, "--ollama-host", ollama.url, "--json"];
    const search = ["search", "how do I handle an error?", "--mode=vector", "--generation=bbj", "--limit=1"];
    const { stdout } = await run([...search, ...flags, "--state-dir", cwd], { cwd });
    const hit = z.object({ cosine: z.number(), source_url: z.string() }).parse(JSON.parse(stdout));
    expect(lines[0]).toBe(`${hit.cosine.toFixed(3)}  Handling errors  ${hit.source_url}`);
  });

  pythonTest("with LangChain finds it too, of all generations, with its metadata, and filters", async () => {
    const [first = ""] = await said(ofPsycopg);
    const lines = await said(`${ofPsycopg.split("with psycopg.connect")[0]}\n${textOf("langchain")}${EMBEDDINGS}`);
    expect(lines.slice(0, 3)).toContain(`${first}  ['bbj']`);
    const kinds = lines.slice(3);
    expect(kinds.length).toBeGreaterThan(0);
    expect(new Set(kinds)).toEqual(new Set(["example"]));
  });
});
