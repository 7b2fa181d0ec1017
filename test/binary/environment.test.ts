import { describe, expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { VERSION } from "../../src/text/program.ts";
import { writeCorpus } from "../support/corpus.ts";
import { makeEmbedded } from "../support/databases.ts";
import { run } from "../support/executable.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const TLS = join(import.meta.dir, "../fixtures/tls");
const CERTIFICATE = join(TLS, "certificate.pem");
const DIMENSIONS = 16;

/** An OpenAI-compatible server with a certificate of its own. */
function startServer() {
  return Bun.serve({
    port: 0,
    tls: { key: Bun.file(join(TLS, "key.pem")), cert: Bun.file(CERTIFICATE) },
    fetch: async (request) => {
      const { input } = z.object({ input: z.array(z.string()) }).parse(await request.json());
      const embedding = Array.from({ length: DIMENSIONS }, (_, index) => (index === 0 ? 1 : 0));
      return Response.json({ data: input.map((_, index) => ({ index, embedding })) });
    },
  });
}

async function scene() {
  const directory = temporaryDirectory();
  writeCorpus(directory.path, { pages: 1 });
  await makeEmbedded(join(directory.path, ".bbj-rag"));
  return directory;
}

describe("the environment of somebody else does not change what the executable is", () => {
  test.each([
    "--version",
    "--revision",
    "--help",
    "--print 1",
    "--eval 1",
    "--preload ./code.js",
    "--require ./code.js",
    "--import ./code.js",
    "--cpu-prof",
    "--config=bunfig.toml",
    "--inspect-brk",
    "run ./code.js",
    "--smol",
    "-- --help",
  ])("BUN_OPTIONS %s", async (options) => {
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, "code.js"), 'console.log("CODE");');
    const outcome = await run(["--version"], { cwd: directory.path, env: { BUN_OPTIONS: options } });
    expect(outcome).toEqual({ exitCode: 0, stdout: `${VERSION}\n`, stderr: "" });
    expect(readdirSync(directory.path)).toEqual(["code.js"]);
  });

  test("NODE_TLS_REJECT_UNAUTHORIZED: certificates are checked, and those that are named are trusted", async () => {
    using directory = await scene();
    await using server = startServer();
    const args = ["--embedder", "openai", "--model", "m", "--dimensions", String(DIMENSIONS)];
    const env = {
      BBJ_RAG_OPENAI_BASE_URL: `https://localhost:${server.port}/v1`,
      OPENAI_API_KEY: "sk-a-key",
      NODE_TLS_REJECT_UNAUTHORIZED: "0",
    };
    const distrusted = await run(args, { cwd: directory.path, env });
    expect(distrusted.stderr).toContain("warning: NODE_TLS_REJECT_UNAUTHORIZED in the environment is ignored");
    expect(distrusted.stderr).toContain("certificate");
    expect(distrusted.exitCode).toBe(2);
    const trusted = await run(args, { cwd: directory.path, env: { ...env, NODE_EXTRA_CA_CERTS: CERTIFICATE } });
    expect(trusted.exitCode).toBe(0);
  });

  test("BUN_CONFIG_VERBOSE_FETCH prints no key", async () => {
    using directory = await scene();
    await using server = startServer();
    const { stdout, stderr, exitCode } = await run(
      ["--embedder", "openai", "--model", "m", "--dimensions", String(DIMENSIONS)],
      {
        cwd: directory.path,
        env: {
          BBJ_RAG_OPENAI_BASE_URL: `https://localhost:${server.port}/v1`,
          OPENAI_API_KEY: "sk-a-key",
          NODE_EXTRA_CA_CERTS: CERTIFICATE,
          BUN_CONFIG_VERBOSE_FETCH: "curl",
        },
      },
    );
    expect(exitCode).toBe(0);
    expect(stderr).toContain("warning: BUN_CONFIG_VERBOSE_FETCH in the environment is ignored");
    expect(stdout + stderr).not.toContain("sk-a-key");
    expect(stdout + stderr).not.toMatch(/authorization|curl --/i);
  });

  test("what cannot be shut is warned about", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 1 });
    writeFileSync(join(directory.path, "code.js"), "");
    for (const [name, value, warning] of [
      ["BUN_INSPECT", "ws://127.0.0.1:0/x", "opens this program to a debugger"],
      ["BUN_INSPECT_PRELOAD", "./code.js", "has loaded code into this program"],
      ["BUN_JSC_useJIT", "0", "changes how the runtime"],
      ["BUN_CONFIG_MAX_HTTP_REQUESTS", "1", "changes how the runtime"],
      ["BUN_OPTIONS", "--smol", "is ignored"],
    ] as const) {
      const { stderr } = await run(["parse", "--limit", "0"], { cwd: directory.path, env: { [name]: value } });
      expect(stderr).toContain(`warning: ${name} in the environment ${warning}`);
    }
    const { stderr } = await run(["parse", "--limit", "0"], {
      cwd: directory.path,
      env: { BUN_INSTALL: "/home/u/.bun", NODE_TLS_REJECT_UNAUTHORIZED: "1", NODE_OPTIONS: "--x", BUN_OPTIONS: "" },
    });
    expect(stderr).toBe("");
  });

  test("a variable that no setting has is named, with the one that was meant, and without its value", async () => {
    using directory = temporaryDirectory();
    writeCorpus(directory.path, { pages: 1 });
    const env = {
      BBJ_RAG_EMBEDING_MODEL: "s3cret",
      bbj_rag_db_host: "s3cret",
      BBJ_RAG_COLOUR: "s3cret",
      BBJ_RAG_WORKERS: "s3cret",
      BBJ_RAG_EMPTY: "",
      BBJ_RAG_CHUNK_SIZE: "300",
      BBJ_RAG_TEST_DATABASE_URL: "postgres://u:s3cret@h/d",
    };
    const { stderr, stdout, exitCode } = await run(["parse", "--limit", "0"], { cwd: directory.path, env });
    expect(exitCode).toBe(0);
    expect(stdout + stderr).not.toContain("s3cret");
    expect(stderr.trim().split("\n").sort()).toEqual([
      'warning: unknown variable "BBJ_RAG_COLOUR"',
      'warning: unknown variable "BBJ_RAG_EMBEDING_MODEL"; did you mean "BBJ_RAG_EMBEDDING_MODEL"?',
      'warning: unknown variable "BBJ_RAG_WORKERS"; did you mean "BBJ_RAG_INGEST_WORKERS"?',
      'warning: unknown variable "bbj_rag_db_host"; did you mean "BBJ_RAG_DB_HOST"?',
    ]);
  });
});
