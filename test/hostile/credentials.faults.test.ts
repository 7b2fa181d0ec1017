import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startRefusingServer } from "../store/refusing-server.ts";
import { writeCorpus } from "../support/corpus.ts";
import { type Outcome, run } from "../support/executable.ts";
import { freePort } from "../support/free-port.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

/** With characters that URLs have to encode. */
const SECRET = "Geheim/w%rd@7:x";
const ENCODED = encodeURIComponent(SECRET);
const BASIC = btoa(`user:${SECRET}`);
/** All that a reader could make the secret of. */
const FORMS = [SECRET, ENCODED, BASIC, "Geheim"];

type Setting = {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly config?: string;
};
type Left = Outcome & { /** Contents of all that the run wrote, by name. */ readonly files: string };

const lexical = ["--embedder", "lexical", "--dimensions", "32"];

async function attempt(command: readonly string[], { args = [], env = {}, config }: Setting): Promise<Left> {
  using directory = temporaryDirectory();
  writeCorpus(directory.path, { pages: 2 });
  if (config !== undefined) writeFileSync(join(directory.path, "config.toml"), config);
  const outcome = await run([...command, ...args], {
    cwd: directory.path,
    env: { BBJ_RAG_INGEST_OUTAGE_WAIT: "0", BBJ_RAG_INGEST_BATCH_RETRIES: "0", ...env },
  });
  const written = readdirSync(directory.path).filter((name) => name.startsWith(".ingestion"));
  return { ...outcome, files: written.map((name) => readFileSync(join(directory.path, name), "utf8")).join("\n") };
}

function leaks({ stdout, stderr, files }: Left): string[] {
  return FORMS.filter((form) => `${stdout}${stderr}${files}`.includes(form));
}

/** A server that answers with what it was sent, and with the URL it would have been sent to. */
function startEcho(status: number, bodyOf: (said: string) => string) {
  let seen = "";
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      seen = request.headers.get("authorization") ?? "";
      const said = `POST http://user:${ENCODED}@127.0.0.1:1/api, Authorization: ${seen}, ${SECRET} is wrong`;
      return new Response(bodyOf(said), { status });
    },
  });
  return {
    port: server.port,
    seen: () => seen,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

const commands: readonly (readonly [string, readonly string[]])[] = [
  ["plain", []],
  ["-v", ["-v"]],
  ["--json", ["--json"]],
  ["search", ["search", "text"]],
];

describe.each(commands)("a password is not in any output of a run that cannot start: %s", (_, command) => {
  const dead: readonly (readonly [string, (port: number) => Setting])[] = [
    [
      "a dead database, named by a flag",
      (port) => ({ args: ["--database-url", `postgres://user:${ENCODED}@127.0.0.1:${port}/db`, ...lexical] }),
    ],
    [
      "a dead database, named by the environment",
      (port) => ({ args: lexical, env: { BBJ_RAG_DATABASE_URL: `postgres://user:${ENCODED}@127.0.0.1:${port}/db` } }),
    ],
    [
      "a dead database, named by a file",
      (port) => ({ args: lexical, config: `database_url = "postgres://user:${ENCODED}@127.0.0.1:${port}/db"\n` }),
    ],
    [
      "a dead database, named in parts",
      (port) => ({
        args: lexical,
        env: { BBJ_RAG_DB_HOST: "127.0.0.1", BBJ_RAG_DB_PORT: String(port), BBJ_RAG_DB_PASSWORD: SECRET },
      }),
    ],
    [
      "a database URL whose password is not encoded",
      () => ({ args: ["--database-url", `postgres://user:${SECRET}@127.0.0.1/db`, ...lexical] }),
    ],
    [
      "a database of another kind",
      () => ({ args: ["--database-url", `mysql://user:${ENCODED}@127.0.0.1/db`, ...lexical] }),
    ],
    ["a flag that does not exist", () => ({ args: [`--databaseurl=postgres://user:${ENCODED}@127.0.0.1/db`] })],
    ["a URL in the place of a number", () => ({ args: ["--workers", `postgres://user:${SECRET}@127.0.0.1/db`] })],
    [
      "a password in the place of a number",
      () => ({ config: `db_port = "postgres://user:${SECRET}@127.0.0.1/db"\ndb_password = "${SECRET}"\n` }),
    ],
    ["a dead Ollama", (port) => ({ args: ["--ollama-host", `http://user:${ENCODED}@127.0.0.1:${port}`] })],
    [
      "two Ollamas, one with a port that is none",
      (port) => ({
        env: { OLLAMA_HOST: `http://user:${ENCODED}@127.0.0.1:${port},user:${ENCODED}@127.0.0.1:none` },
      }),
    ],
    [
      "a dead server of OpenAI's kind",
      (port) => ({
        args: ["--embedder", "openai"],
        env: { OPENAI_API_KEY: SECRET, BBJ_RAG_OPENAI_BASE_URL: `http://user:${ENCODED}@127.0.0.1:${port}/v1` },
      }),
    ],
    [
      "a base URL that is none",
      () => ({
        args: ["--embedder", "openai"],
        env: { OPENAI_API_KEY: SECRET, BBJ_RAG_OPENAI_BASE_URL: `user:${SECRET}@127.0.0.1/v1` },
      }),
    ],
  ];
  test.each(dead)("%s", async (_name, settingFor) => {
    const left = await attempt(command, settingFor(freePort()));
    expect(leaks(left)).toEqual([]);
    expect(left.exitCode).toBe(2);
    expect(left.stderr).toContain("error:");
  });

  test("a login that is refused", async () => {
    const server = startRefusingServer("28P01", 'password authentication failed for user "user"');
    try {
      const url = `postgres://user:${ENCODED}@127.0.0.1:${server.port}/db`;
      const left = await attempt(command, { args: ["--database-url", url, ...lexical] });
      expect(left.stderr).toContain("password authentication failed");
      expect(leaks(left)).toEqual([]);
    } finally {
      server.stop();
    }
  });
});

const bodies: readonly (readonly [string, (said: string) => string])[] = [
  ["as Ollama says it", (said) => JSON.stringify({ error: said })],
  ["as OpenAI says it", (said) => JSON.stringify({ error: { message: said, type: said } })],
  ["in plain text", (said) => said],
  ["as the title of a page", (said) => `<html><head><title>${said}</title></head></html>`],
];

describe.each([200, 400, 401, 404, 500, 503])("a server that echoes what it was sent, with status %p", (status) => {
  test.each(bodies)("%s: Ollama behind a proxy with a password", async (_, bodyOf) => {
    await using echo = startEcho(status, bodyOf);
    const left = await attempt(["-v"], { args: ["--ollama-host", `http://user:${ENCODED}@127.0.0.1:${echo.port}`] });
    expect(echo.seen()).toBe(`Basic ${BASIC}`);
    expect(left.exitCode).toBe(2);
    expect(leaks(left)).toEqual([]);
  });

  test.each(bodies)("%s: OpenAI's kind with a key", async (_, bodyOf) => {
    await using echo = startEcho(status, bodyOf);
    const left = await attempt(["--json"], {
      args: ["--embedder", "openai"],
      env: { OPENAI_API_KEY: SECRET, BBJ_RAG_OPENAI_BASE_URL: `http://127.0.0.1:${echo.port}/v1` },
    });
    expect(echo.seen()).toBe(`Bearer ${SECRET}`);
    expect(left.exitCode).toBe(2);
    expect(leaks(left)).toEqual([]);
  });
});

test("a server that begins to refuse in the middle of a run, and echoes: nothing of it is in the failure log", async () => {
  const said = `POST http://user:${ENCODED}@127.0.0.1:1/api, Authorization: Basic ${BASIC}`;
  await using ollama = await startOllama({
    fault: (request) => (request > 1 ? Response.json({ error: said }, { status: 422 }) : undefined),
  });
  const left = await attempt(["-v"], { args: ["--ollama-host", ollama.url.replace("//", `//user:${ENCODED}@`)] });
  expect(left.exitCode).toBe(1);
  expect(left.files).toContain("content_hash");
  expect(leaks(left)).toEqual([]);
});
