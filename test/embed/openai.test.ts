import { expect, test } from "bun:test";
import { BatchTooLargeError } from "../../src/embed/classify.ts";
import { PROBE_TEXT } from "../../src/embed/server-embedder.ts";
import { OpenAIEmbedder } from "../../src/embed/openai.ts";
import { failureOf } from "../support/failure-of.ts";
import { openaiFaults, type OpenAIOptions, startOpenAI } from "../support/openai-stand-in.ts";
import { standInVector } from "../support/stand-in-server.ts";

const MODEL = "text-embedding-3-small";

function embedderOf(
  baseUrl: string,
  { model = MODEL, dimensions = 1024, key }: { model?: string; dimensions?: number; key?: string } = {},
): OpenAIEmbedder {
  return new OpenAIEmbedder({ baseUrl, key, model, dimensions });
}

const texts = (count: number) => Array.from({ length: count }, (_, index) => `text ${index}`);

test("requests hold what every server knows, and dimensions only without choice", async () => {
  await using server = await startOpenAI();
  await embedderOf(`${server.url}/v1/`).probe();
  expect(server.bodies).toEqual([{ model: MODEL, input: [PROBE_TEXT] }]);
});

test("vectors are put in order by their index", async () => {
  await using server = await startOpenAI({ reversed: true });
  const vectors = await embedderOf(`${server.url}/v1`).embedBatch(texts(10));
  expect(vectors).toEqual(texts(10).map((text) => new Float32Array(standInVector(text, 1024))));
});

test.each([
  ["twice", [1, 1]],
  ["out of range", [0, 2]],
  ["negative", [-1, 0]],
  ["no integer", [0, 0.5]],
  ["no number", [0, "b"]],
])("an index that is %s makes the answer worthless", async (_, indexes) => {
  await using server = await startOpenAI();
  server.failNext(Response.json({ data: indexes.map((index) => ({ index, embedding: standInVector("x", 1024) })) }));
  const error = await failureOf(embedderOf(`${server.url}/v1`).embedBatch(["a", "b"]));
  expect(error).toMatchObject({ decision: "retry", code: "bad_answer" });
});

test("the key is sent, and a wrong one is fatal and never shown", async () => {
  await using server = await startOpenAI({ apiKey: "sk-right" });
  await embedderOf(`${server.url}/v1`, { key: "sk-right" }).probe();
  const error = await failureOf(embedderOf(`${server.url}/v1`, { key: "sk-wrong" }).probe());
  expect(error).toMatchObject({ decision: "fatal", code: "unauthorized" });
  expect(error.message).toContain("Incorrect API key");
  expect(error.message).not.toContain("sk-wrong");
  expect(error.hint).toContain("OPENAI_API_KEY");
});

test("OpenAI itself is not asked without a key", async () => {
  const embedder = embedderOf("https://api.openai.com/v1");
  for (const attempt of [embedder.probe(), embedder.embedBatch(["a"])]) {
    const error = await failureOf(attempt);
    expect(error).toMatchObject({ decision: "fatal", code: "unauthorized" });
    expect(error.hint).toContain("OPENAI_API_KEY");
  }
});

test("a base URL without its /v1 is found out", async () => {
  await using server = await startOpenAI();
  const error = await failureOf(embedderOf(server.url).probe());
  expect(error).toMatchObject({ decision: "fatal", code: "not_an_embedder" });
  expect(error.hint).toContain("/v1");
});

test("a missing model is told apart", async () => {
  await using server = await startOpenAI();
  const error = await failureOf(embedderOf(`${server.url}/v1`, { model: "gpt-9" }).probe());
  expect(error).toMatchObject({ decision: "fatal", code: "model_missing" });
  expect(error.message).toContain('"gpt-9"');
});

test.each([422, 413] as const)("TEI's limit of 32 texts (%i) is told to the caller", async (batchStatus) => {
  await using server = await startOpenAI({ flavour: "tei", batchStatus });
  const error = await failureOf(embedderOf(`${server.url}/v1`).embedBatch(texts(70)));
  expect(error).toBeInstanceOf(BatchTooLargeError);
  expect(error).toMatchObject({ decision: "split", batchSizeMax: 32 });
});

test("a batch that is too large by no number is for the caller to halve", async () => {
  await using server = await startOpenAI();
  server.failNext(new Response("length limit exceeded", { status: 413 }));
  const error = await failureOf(embedderOf(`${server.url}/v1`).embedBatch(texts(4)));
  expect(error).toBeInstanceOf(BatchTooLargeError);
  expect(error.decision).toBe("split");
});

const TOO_LONG: OpenAIOptions[] = [{ flavour: "openai" }, { flavour: "llama.cpp" }, { flavour: "vllm" }];
test.each(TOO_LONG)("a text too long for %j splits the batch", async (options) => {
  await using server = await startOpenAI({ ...options, tokensMax: 512 });
  const error = await failureOf(embedderOf(`${server.url}/v1`).embedBatch(["a", "long ".repeat(1000)]));
  expect(error).toMatchObject({ decision: "split", code: "too_long" });
});

test("a server that loads its model is worth a retry, an empty account is not", async () => {
  await using server = await startOpenAI();
  server.failNext(openaiFaults.loading(), openaiFaults.quota());
  const embedder = embedderOf(`${server.url}/v1`);
  expect(await failureOf(embedder.embedBatch(["a"]))).toMatchObject({ decision: "retry", code: "embedder_busy" });
  expect(await failureOf(embedder.embedBatch(["a"]))).toMatchObject({ decision: "fatal", code: "quota_exhausted" });
});

test("longer vectors are shortened by a server that can", async () => {
  await using server = await startOpenAI();
  const [vector] = await embedderOf(`${server.url}/v1`, { dimensions: 256 }).embedBatch(["a"]);
  expect(vector).toHaveLength(256);
});

test.each([
  ["refuses to", "vllm"],
  ["ignores the wish", "llama.cpp"],
] as const)("a server that %s shorten vectors stops the probe with both dimensions", async (_, flavour) => {
  await using server = await startOpenAI({ flavour });
  const error = await failureOf(embedderOf(`${server.url}/v1`, { dimensions: 256 }).probe());
  expect(error).toMatchObject({ decision: "fatal", code: "wrong_dimension" });
  expect(error.message).toContain("1024");
  expect(error.message).toContain("256");
});
