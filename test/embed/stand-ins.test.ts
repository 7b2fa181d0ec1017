import { expect, test } from "bun:test";
import { startOllama } from "../support/ollama-stand-in.ts";

async function post(url: string, body: unknown): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

test("the Ollama stand-in answers mistakes with Ollama's statuses and texts", async () => {
  await using server = await startOllama({ model: "m", contextTokens: 10 });
  const url = `${server.url}/api/embed`;
  expect(await post(url, "")).toEqual({ status: 400, body: { error: "missing request body" } });
  expect(await post(url, { model: "m", input: 5 })).toEqual({ status: 400, body: { error: "invalid input type" } });
  expect(await post(url, { input: "a" })).toEqual({ status: 400, body: { error: "model is required" } });
  expect(await post(url, { model: "n", input: "a" })).toEqual({
    status: 404,
    body: { error: 'model "n" not found, try pulling it first' },
  });
  expect(await post(url, { model: "m", input: "x".repeat(99), truncate: false })).toEqual({
    status: 400,
    body: { error: "the input length exceeds the context length" },
  });
  expect(await post(url, { model: "m", input: [] })).toMatchObject({ status: 200, body: { embeddings: [] } });
  expect(await post(url, { model: "m", input: "" })).toMatchObject({ status: 200, body: { embeddings: [] } });
});

test("the Ollama stand-in truncates in silence unless told not to", async () => {
  await using server = await startOllama({ model: "m", contextTokens: 10, dimensions: 8 });
  const [long, cut] = await Promise.all(
    ["x".repeat(99), "x".repeat(40)].map((input) => post(`${server.url}/api/embed`, { model: "m", input })),
  );
  expect(long).toMatchObject({ status: 200 });
  expect(long).toEqual(cut);
});

test("the Ollama stand-in serves OpenAI's clients too, and says who it is", async () => {
  await using server = await startOllama({ model: "m", dimensions: 8 });
  const openai = await post(`${server.url}/v1/embeddings`, { model: "m", input: ["a", "b"] });
  expect(openai).toMatchObject({ status: 200, body: { data: [{ index: 0 }, { index: 1 }] } });
  expect(await post(`${server.url}/v1/embeddings`, { model: "m", input: [] })).toMatchObject({
    status: 400,
    body: { error: { message: "invalid input" } },
  });
  expect(await (await fetch(server.url)).text()).toBe("Ollama is running");
  expect(await (await fetch(`${server.url}/api/tags`)).json()).toMatchObject({ models: [{ name: "m:latest" }] });
  expect((await fetch(`${server.url}/api/nothing`)).status).toBe(404);
});

test("one request at a time means one at a time", async () => {
  await using server = await startOllama({ model: "m", serial: true, delayMs: 2, dimensions: 8 });
  const startedAt = performance.now();
  await Promise.all(["a", "b", "c", "d", "e"].map((input) => post(`${server.url}/api/embed`, { model: "m", input })));
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(5);
});

test("run as a script, the stand-in prints its URL, and its counters at the end", async () => {
  const script = new URL("../support/ollama-stand-in.ts", import.meta.url).pathname;
  const standIn = Bun.spawn([process.execPath, script, "--dimensions", "8", "--fail-text", "poison"], {
    stdout: "pipe",
  });
  const lines = standIn.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const url = ((await lines.read()).value ?? "").trim();
  const ask = (input: string[]) => post(`${url}/api/embed`, { model: "qwen3-embedding:0.6b", input });
  expect(await ask(["a", "b"])).toMatchObject({ status: 200 });
  expect(await ask(["poison"])).toMatchObject({ status: 400 });
  standIn.kill("SIGTERM");
  expect(JSON.parse((await lines.read()).value ?? "")).toMatchObject({ requests: 2, textsSent: 3, textsEmbedded: 2 });
  expect(await standIn.exited).toBe(0);
});
