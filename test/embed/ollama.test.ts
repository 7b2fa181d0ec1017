import { hintOf } from "../support/plain-call.ts";
import { expect, jest, test } from "bun:test";
import type { ServerLimits } from "../../src/embed/embedding-server.ts";
import { OllamaEmbedder } from "../../src/embed/ollama.ts";
import { PROBE_TEXT } from "../../src/embed/server-embedder.ts";
import { failureOf } from "../support/failure-of.ts";
import { ollamaFaults, startOllama } from "../support/ollama-stand-in.ts";
import { type StandIn, standInVector, startStandIn } from "../support/stand-in-server.ts";

const MODEL = "qwen3-embedding:0.6b";

function embedderOf(
  hosts: readonly string[],
  {
    model = MODEL,
    dimensions = 1024,
    limits,
  }: { model?: string; dimensions?: number; limits?: Partial<ServerLimits> } = {},
): OllamaEmbedder {
  return new OllamaEmbedder({ hosts, model, dimensions, limits });
}

test("requests are the same but for their texts: never truncate, no options, no dimensions without need", async () => {
  await using server = await startOllama();
  const embedder = embedderOf([server.url]);
  await embedder.probe();
  await embedder.embedBatch(["a", "b"]);
  expect(server.bodies).toEqual([
    { model: MODEL, input: [PROBE_TEXT], truncate: false },
    { model: MODEL, input: ["a", "b"], truncate: false },
  ]);
});

test("vectors arrive as the server sent them", async () => {
  await using server = await startOllama();
  const [vector] = await embedderOf([server.url]).embedBatch(["some text"]);
  expect(vector).toEqual(new Float32Array(standInVector("some text", 1024)));
});

test("a text that is too long is refused, never cut in silence", async () => {
  await using server = await startOllama({ contextTokens: 100 });
  const error = await failureOf(embedderOf([server.url]).embedBatch(["short", "long ".repeat(200)]));
  expect(error).toMatchObject({ decision: "split", code: "too_long" });
});

test("a dead runner, though a 400, is worth a retry; a vector of NaN is not", async () => {
  await using server = await startOllama();
  server.failNext(ollamaFaults.deadRunner(), ollamaFaults.notANumber());
  const embedder = embedderOf([server.url]);
  expect(await failureOf(embedder.embedBatch(["a"]))).toMatchObject({ decision: "retry", code: "runner_died" });
  expect(await failureOf(embedder.embedBatch(["a"]))).toMatchObject({ decision: "split", code: "bad_vector" });
});

test("a missing model is told apart and comes with the command that gets it", async () => {
  await using server = await startOllama();
  const error = await failureOf(embedderOf([server.url], { model: "nomic-embed-text" }).probe());
  expect(error).toMatchObject({ decision: "fatal", code: "model_missing", hint: "run: ollama pull nomic-embed-text" });
  expect(error.message).toStartWith(`model "nomic-embed-text" is not on ${server.url}`);
});

test("a model without a tag is its latest", async () => {
  await using server = await startOllama({ model: "nomic-embed-text:latest" });
  await embedderOf([server.url], { model: "nomic-embed-text" }).probe();
});

test("a model that cannot embed is told apart", async () => {
  await using server = await startOllama();
  server.failNext(ollamaFaults.unfit(MODEL));
  expect(await failureOf(embedderOf([server.url]).probe())).toMatchObject({ decision: "fatal", code: "model_unfit" });
});

test.each([
  ["has no such path", () => new Response("Not Found", { status: 404 })],
  ["shows a page", () => new Response("<!doctype html><title>Router</title>")],
])("a server that %s is not taken for an Ollama", async (_, answer) => {
  await using server = await startStandIn({}, () => ({ answer }));
  const error = await failureOf(embedderOf([server.url]).probe());
  expect(error).toMatchObject({ decision: "fatal", code: "not_an_embedder" });
  expect(error.hint).toContain("OLLAMA_HOST");
});

test("an unknown host is unreachable", async () => {
  const error = await failureOf(embedderOf(["http://no-such-host.invalid:11434"]).probe());
  expect(error).toMatchObject({ decision: "fatal", code: "embedder_unreachable" });
});

test("a host that is no URL is named", async () => {
  const error = await failureOf(embedderOf(["http://[1:2"]).embedBatch(["a"]));
  expect(error).toMatchObject({ decision: "fatal", code: "bad_url" });
});

test("a password in the URL is sent, and never shown", async () => {
  const seen: (string | null)[] = [];
  await using server = await startStandIn({}, ({ headers }) => ({
    answer: () => {
      seen.push(headers.get("authorization"));
      return new Response("", { status: 401 });
    },
  }));
  const host = `http://me:s3cret@127.0.0.1:${server.port}`;
  const refused = await failureOf(embedderOf([host]).probe());
  expect(seen).toEqual([`Basic ${btoa("me:s3cret")}`]);
  await server.stop();
  const dead = await failureOf(embedderOf([host]).probe());
  for (const error of [refused, dead]) expect(`${error.message} ${hintOf(error)}`).not.toContain("s3cret");
});

test("a server on this machine is reached past a proxy of the environment", async () => {
  await using server = await startOllama();
  const before = process.env.HTTP_PROXY;
  process.env.HTTP_PROXY = "http://127.0.0.1:1";
  try {
    await embedderOf([server.url]).probe();
  } finally {
    if (before === undefined) delete process.env.HTTP_PROXY;
    else process.env.HTTP_PROXY = before;
  }
});

test("a model with shorter vectors than the setting stops the probe, naming both and the way out", async () => {
  await using server = await startOllama({ dimensions: 768 });
  const error = await failureOf(embedderOf([server.url]).probe());
  expect(error).toMatchObject({ decision: "fatal", code: "wrong_dimension" });
  expect(error.message).toContain("gives vectors of 768 numbers");
  expect(error.message).toContain("embedding_dimensions says 1024");
  expect(error.hint).toContain("--dimensions 768");
});

test("a model with longer vectors is asked to shorten them, from then on", async () => {
  await using server = await startOllama();
  const embedder = embedderOf([server.url], { dimensions: 256 });
  await embedder.probe();
  const [vector] = await embedder.embedBatch(["a"]);
  expect(vector).toHaveLength(256);
  expect(Math.hypot(...(vector ?? []))).toBeCloseTo(1, 5);
  expect(server.bodies).toEqual([
    { model: MODEL, input: [PROBE_TEXT], truncate: false },
    { model: MODEL, input: [PROBE_TEXT], truncate: false, dimensions: 256 },
    { model: MODEL, input: ["a"], truncate: false, dimensions: 256 },
  ]);
});

test("batches that learn at the same time to ask for shorter vectors all get them", async () => {
  await using server = await startOllama();
  const embedder = embedderOf([server.url], { dimensions: 256 });
  const release = server.hold();
  const batches = ["a", "b", "c", "d"].map((text) => embedder.embedBatch([text]));
  while (server.inFlight < batches.length) await Bun.sleep(1);
  release();
  for (const [vector] of await Promise.all(batches)) expect(vector).toHaveLength(256);
});

test("an Ollama too old to shorten vectors is found out by their length", async () => {
  await using server = await startOllama({ shortens: false });
  const error = await failureOf(embedderOf([server.url], { dimensions: 256 }).probe());
  expect(error).toMatchObject({ decision: "fatal", code: "wrong_dimension" });
  expect(error.hint).toContain("0.11.11");
});

test("a server is given up when it is silent for 10 minutes, not when a batch waits its turn for longer", async () => {
  const MINUTE = 60_000;
  const turns = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  await using server = await startOllama({ fault: (request) => turns[request - 1]?.promise ?? "hang" });
  const embedder = embedderOf([server.url]);
  jest.useFakeTimers();
  try {
    const first = embedder.embedBatch(["first"]);
    await arrived(server, 1);
    const second = embedder.embedBatch(["second"]);
    await arrived(server, 2);
    jest.advanceTimersByTime(9 * MINUTE);
    turns[0]?.resolve(undefined);
    await first;
    jest.advanceTimersByTime(9 * MINUTE);
    turns[1]?.resolve(undefined);
    await second;

    const third = failureOf(embedder.embedBatch(["third"]));
    await arrived(server, 3);
    jest.advanceTimersByTime(10 * MINUTE);
    expect(await third).toMatchObject({ decision: "retry", code: "timeout" });
  } finally {
    jest.useRealTimers();
  }
});

test("batches go to the server with the fewest in flight", async () => {
  await using one = await startOllama();
  await using two = await startOllama();
  const embedder = embedderOf([one.url, two.url]);
  const release = [one.hold(), two.hold()];
  const batches = ["a", "b", "c", "d", "e"].map((text) => embedder.embedBatch([text]));
  while (one.inFlight + two.inFlight < batches.length) await Bun.sleep(1);
  expect([one.inFlight, two.inFlight]).toEqual([3, 2]);
  release[1]?.();
  await Promise.all([batches[1], batches[3]]);
  await embedder.embedBatch(["f"]);
  expect(two.textsSeen.has("f")).toBe(true);
  release[0]?.();
  await Promise.all(batches);
});

test("a server that is away is passed over while another works, though it is never busy", async () => {
  await using dead = await startOllama();
  await using alive = await startOllama();
  const embedder = embedderOf([dead.url, alive.url]);
  await embedder.probe();
  await dead.stop();
  expect(await failureOf(embedder.embedBatch(["a"]))).toMatchObject({ code: "embedder_unreachable" });
  for (const text of ["a", "b", "c"]) await embedder.embedBatch([text]);
  expect(alive.textsSeen.size).toBe(4);
});

test("a silent server that a probe does without is not left with its request", async () => {
  const left = Promise.withResolvers<void>();
  let requests = 0;
  await using silent = Bun.serve({
    port: 0,
    idleTimeout: 0,
    fetch(request) {
      if (new URL(request.url).pathname !== "/api/embed") return new Response(null, { status: 404 });
      if (++requests === 1) return Response.json({ embeddings: [standInVector(PROBE_TEXT, 1024)] });
      request.signal.addEventListener("abort", () => left.resolve());
      return new Promise<Response>(() => {});
    },
  });
  await using works = await startOllama();
  const embedder = embedderOf([`http://127.0.0.1:${silent.port}`, works.url]);
  await embedder.probe();
  const release = works.hold();
  const again = embedder.probe();
  while (requests < 2) await Bun.sleep(1);
  release();
  await again;
  await left.promise;
});

test("a server that was away is asked again after its rest", async () => {
  await using one = await startOllama();
  await using two = await startOllama();
  const embedder = embedderOf([one.url, two.url], { limits: { restMs: 0 } });
  one.failNext(ollamaFaults.busy());
  expect(await failureOf(embedder.embedBatch(["a"]))).toMatchObject({ code: "embedder_busy" });
  await embedder.embedBatch(["b"]);
  expect(one.textsEmbedded.has("b")).toBe(true);
});

test("at the start every server must pass the probe, and all faults are told", async () => {
  await using good = await startOllama();
  await using dead = await startOllama();
  await using other = await startOllama({ model: "another-model" });
  await dead.stop();
  const error = await failureOf(embedderOf([good.url, dead.url, other.url]).probe());
  expect(error).toMatchObject({ decision: "fatal", code: "model_missing" });
  expect(error.message).toContain(dead.url);
  expect(error.message).toContain(other.url);
  expect(error.message).not.toContain(good.url);
});

test("after the start, a probe passes with the first answer: a server that is silent holds nobody up", async () => {
  await using one = await startOllama();
  await using two = await startOllama();
  const embedder = embedderOf([one.url, two.url]);
  await embedder.probe();
  const release = one.hold();
  await embedder.probe();
  release();
  expect(two.requests).toBe(2);
});

test("after the start, a probe passes when one server is back", async () => {
  await using one = await startOllama();
  await using two = await startOllama();
  const embedder = embedderOf([one.url, two.url]);
  await embedder.probe();
  await one.stop();
  await embedder.probe();
  await two.stop();
  expect(await failureOf(embedder.probe())).toMatchObject({ decision: "fatal", code: "embedder_unreachable" });
});

test("servers that run different models under one name are refused", async () => {
  await using one = await startOllama();
  await using two = await startOllama();
  two.failNext(Response.json({ embeddings: [standInVector("of another model", 1024)] }));
  const error = await failureOf(embedderOf([one.url, two.url]).probe());
  expect(error).toMatchObject({ decision: "fatal", code: "models_differ" });
  expect(error.message).toContain(two.url);
});

/** Waits without timers until the server has got so many requests. */
async function arrived(server: StandIn, requests: number): Promise<void> {
  while (server.requests < requests) await new Promise((resolve) => setImmediate(resolve));
}

test("its mark is the digest of the tag and the vector of the probe, once that has passed", async () => {
  await using server = await startOllama({ model: "nomic", digest: () => "abc" });
  const embedder = embedderOf([server.url], { model: "nomic:latest" });
  expect(await embedder.mark()).toBeUndefined();
  await embedder.probe();
  const mark = await embedder.mark();
  expect(mark?.digest).toBe("abc".padStart(64, "0"));
  expect(mark?.probe).toHaveLength(1024);
});

test("its mark has no digest where the server, or what stands before it, does not say", async () => {
  await using server = await startOllama();
  const only = Bun.serve({
    port: 0,
    fetch: (request) =>
      new URL(request.url).pathname === "/api/embed"
        ? fetch(`${server.url}/api/embed`, { method: "POST", body: request.body })
        : new Response("forbidden", { status: 403 }),
  });
  const embedder = embedderOf([only.url.href.replace(/\/$/, "")]);
  await embedder.probe();
  expect(await embedder.mark()).toEqual({ probe: expect.anything() });
  await only.stop(true);
});
