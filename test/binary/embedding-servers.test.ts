import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { writeCorpus } from "../support/corpus.ts";
import { makeEmbedded } from "../support/databases.ts";
import { run, serverTest, testDatabase } from "../support/executable.ts";
import { GATEWAY_DIMENSIONS, gatewayVector, openaiAnswer, startGateway } from "../support/gateway.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

/** Runs in a directory with a small corpus, against an embedding server that is something else. */
async function attempt(
  provider: "ollama" | "openai",
  address: string,
  { args = [], env = {} }: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
) {
  using directory = temporaryDirectory();
  writeCorpus(directory.path, { pages: 2 });
  await makeEmbedded(join(directory.path, ".bbj-rag"));
  const variable = provider === "ollama" ? "OLLAMA_HOST" : "OPENAI_BASE_URL";
  const words = ["--embedder", provider, "--model", "m", "--dimensions", String(GATEWAY_DIMENSIONS), ...args];
  const outcome = await run(words, {
    cwd: directory.path,
    env: { BBJ_RAG_INGEST_BATCH_RETRIES: "0", BBJ_RAG_INGEST_OUTAGE_WAIT: "0", [variable]: address, ...env },
  });
  expect(outcome.stderr).not.toMatch(/^ +at /m);
  expect(outcome.stderr).not.toContain("this is a bug");
  return outcome;
}

/** A server that says `greeting` to whoever comes, and hangs up. */
async function startRude(greeting: string) {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.end(greeting);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => void server.close() };
}

describe("what is no embedding server is named as what it is, with the setting to change", () => {
  const page = (status: number, html: string) => () =>
    new Response(html, { status, headers: { "content-type": "text/html" } });
  test.each<readonly [string, () => Response, string]>([
    ["a login page", page(200, "<html><body>Log in to the hotel wifi</body></html>"), "Log in to the hotel wifi"],
    ["a proxy without its server", page(502, "<html><title>502 Bad Gateway</title>"), "behind it"],
    ["an ingress without a route", () => new Response("default backend - 404", { status: 404 }), "default backend"],
    ["another service", () => Response.json({ status: "UP" }), '{"status":"UP"}'],
    [
      "a redirect to a login",
      () => Response.redirect("https://login.invalid/?next=x", 302),
      "redirected to https://login",
    ],
  ])("%s", async (_, answer, words) => {
    await using gateway = startGateway(answer);
    for (const [provider, setting] of [
      ["ollama", "OLLAMA_HOST"],
      ["openai", "OPENAI_BASE_URL"],
    ] as const) {
      const { exitCode, stderr } = await attempt(provider, `${gateway.url}${provider === "openai" ? "/v1" : ""}`);
      expect(stderr).toContain(words);
      if (words !== "behind it") expect(stderr).toContain(setting);
      expect(exitCode).toBe(2);
    }
  });

  test("a host that nobody knows", async () => {
    for (const provider of ["ollama", "openai"] as const) {
      const { exitCode, stderr } = await attempt(provider, "http://no-such-host.invalid:1234/v1");
      expect(stderr).toContain("the host of http://no-such-host.invalid:1234/v1 is not known");
      expect(exitCode).toBe(2);
    }
  });

  test("a server without TLS, and one that wants it", async () => {
    await using gateway = startGateway(({ texts }) => openaiAnswer(texts));
    const { exitCode, stderr } = await attempt("openai", `https://127.0.0.1:${gateway.port}/v1`);
    expect(stderr).toContain("TLS handshake failed");
    expect(stderr).toContain("http://");
    expect(exitCode).toBe(2);
  });

  test("another protocol", async () => {
    for (const greeting of ["SSH-2.0-OpenSSH_9.2\r\n", "-ERR unknown command\r\n"]) {
      await using rude = await startRude(greeting);
      const { exitCode, stderr } = await attempt("ollama", rude.url);
      expect(stderr).toContain("does not speak HTTP");
      expect(stderr).toContain("OLLAMA_HOST");
      expect(exitCode).toBe(2);
    }
  });

  serverTest("the port of PostgreSQL", async () => {
    await using database = await testDatabase();
    const { exitCode, stderr } = await attempt("ollama", new URL(database.url).host);
    expect(stderr).toContain("PostgreSQL hangs up like this");
    expect(exitCode).toBe(2);
  });
});

describe("a key", () => {
  test.each(["a\nb", '"sk-1"', "sk 1", "ключ"])("%j that no header takes is one clear message", async (key) => {
    await using gateway = startGateway(({ texts }) => openaiAnswer(texts));
    const { exitCode, stderr } = await attempt("openai", `${gateway.url}/v1`, { env: { OPENAI_API_KEY: key } });
    expect(stderr).toContain("the key in OPENAI_API_KEY holds");
    expect({ exitCode, asked: gateway.asked.length }).toEqual({ exitCode: 2, asked: 0 });
  });

  test.each([
    ["OLLAMA_API_KEY", { OLLAMA_API_KEY: "sk-7" }],
    ["BBJ_RAG_OLLAMA_API_KEY", { BBJ_RAG_OLLAMA_API_KEY: "sk-7", OLLAMA_API_KEY: "sk-8" }],
  ])("of a proxy before Ollama comes from %s, and is not shown", async (_, env) => {
    await using gateway = startGateway(({ texts }) => Response.json({ embeddings: texts.map(gatewayVector) }));
    const { exitCode, stderr, stdout } = await attempt("ollama", gateway.url, { args: ["-v"], env });
    expect(stderr + stdout).not.toContain("sk-7");
    expect(exitCode).toBe(0);
    expect(new Set(gateway.asked.map(({ headers }) => headers.get("authorization")))).toEqual(new Set(["Bearer sk-7"]));
  });

  test("that is a word leaves the words of messages alone", async () => {
    const words = "Incorrect API key provided: the key is wrong. Keys are in your account";
    await using gateway = startGateway(() => Response.json({ error: { message: words } }, { status: 401 }));
    const { stderr } = await attempt("openai", `${gateway.url}/v1`, { env: { OPENAI_API_KEY: "key" } });
    expect(stderr).toContain(words);
  });
});

test("a long error body is answered at once, and cut", async () => {
  await using gateway = startGateway(() => Response.json({ error: "a".repeat(1_000_000) }, { status: 400 }));
  const { exitCode, stderr } = await attempt("ollama", gateway.url);
  expect(stderr).toContain("aaa");
  expect(stderr.length).toBeLessThan(2_000);
  expect(exitCode).toBe(2);
});

test("a corpus made with a model's name goes on with that name and :latest, in both directions", async () => {
  await using gateway = startGateway(({ texts }) => Response.json({ embeddings: texts.map(gatewayVector) }));
  using directory = temporaryDirectory();
  writeCorpus(directory.path, { pages: 2 });
  await makeEmbedded(join(directory.path, ".bbj-rag"));
  const ingest = (model: string) =>
    run(["--model", model, "--dimensions", String(GATEWAY_DIMENSIONS), "--ollama-host", gateway.url], {
      cwd: directory.path,
    });
  expect((await ingest("m:latest")).exitCode).toBe(0);
  const asked = gateway.asked.length;
  writeFileSync(join(directory.path, "docs", "new.md"), "# New\n\nA page that is new.\n");
  const { exitCode, stderr } = await ingest("m");
  expect({ exitCode, stderr: stderr.includes("error:") }).toEqual({ exitCode: 0, stderr: false });
  expect(
    gateway.asked
      .slice(asked)
      .flatMap(({ texts }) => texts)
      .filter((text) => text.includes("new")),
  ).toHaveLength(1);
  expect((await ingest("m:latest")).exitCode).toBe(0);
});
