import { expect, test } from "bun:test";
import { BatchTooLargeError, classifyAnswer, isOutage, type ServerProfile } from "../../src/embed/classify.ts";
import { classifyThrown } from "../../src/embed/classify-thrown.ts";
import { IngestError } from "../../src/flow/errors.ts";

const server: ServerProfile = {
  label: "http://h:1",
  model: "m",
  secrets: ["sk-secret"],
  hints: {
    address: "the setting",
    unreachable: "start it",
    modelMissing: "pull it",
    unauthorized: "log in",
    notAnEmbedder: "is it one?",
    modelsDiffer: "pull it on both",
    shortening: "a model that can",
  },
};

function classify(status: number, body: string | object, retryAfterMs?: number): IngestError {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return classifyAnswer(server, { status, body: text, retryAfterMs });
}

test.each([
  // Ollama
  [400, { error: 'do embedding request: Post "http://127.0.0.1:4321/embedding": EOF' }, "retry", "runner_died"],
  [400, { error: "dial tcp 127.0.0.1:4321: connect: connection refused" }, "retry", "runner_died"],
  [400, { error: "read tcp 127.0.0.1:4321: connection reset by peer" }, "retry", "runner_died"],
  [400, { error: "unexpected server status: llm server error" }, "retry", "runner_died"],
  [500, { error: 'do embedding request: Post "http://127.0.0.1:4321/embedding": EOF' }, "retry", "runner_died"],
  [400, { error: "input length exceeds maximum context length" }, "split", "too_long"],
  [400, { error: "input exceeds maximum context length" }, "split", "too_long"],
  [400, { error: "the input length exceeds the context length" }, "split", "too_long"],
  [400, { error: "embedding contains NaN or Inf values" }, "split", "bad_vector"],
  [500, { error: "failed to encode response: json: unsupported value: NaN" }, "split", "bad_vector"],
  [400, { error: '"llama3" does not support embeddings' }, "fatal", "model_unfit"],
  [400, { error: "invalid input type" }, "split", "refused"],
  [400, { error: {} }, "split", "refused"],
  [404, { error: 'model "m" not found, try pulling it first' }, "fatal", "model_missing"],
  [404, { error: "model 'm' not found" }, "fatal", "model_missing"],
  [404, "404 page not found", "fatal", "not_an_embedder"],
  [405, "<html><title>405 Not Allowed</title></html>", "fatal", "not_an_embedder"],
  [503, { error: "server busy, please try again.  maximum pending requests exceeded" }, "retry", "embedder_busy"],
  [500, { error: "llama-server process has terminated: signal: killed" }, "retry", "server_error"],
  [500, { error: "timed out waiting for llama-server to start - progress 0.00" }, "retry", "server_error"],
  [499, { error: "request canceled" }, "retry", "server_error"],
  // llama.cpp
  [
    500,
    {
      error: {
        code: 500,
        message:
          "input (3926 tokens) is too large to process. increase the physical batch size (current batch size: 512)",
        type: "server_error",
      },
    },
    "split",
    "too_long",
  ],
  [500, { error: { message: "input is too large to process. increase the physical batch size" } }, "split", "too_long"],
  [
    400,
    {
      error: {
        message: "the request exceeds the available context size",
        type: "exceed_context_size_error",
        n_ctx: 512,
      },
    },
    "split",
    "too_long",
  ],
  [503, { error: { code: 503, message: "Loading model", type: "unavailable_error" } }, "retry", "embedder_busy"],
  [400, { error: { message: "Input content cannot be empty" } }, "split", "refused"],
  [
    501,
    { error: { message: "This server does not support embeddings. Start it with `--embeddings`" } },
    "fatal",
    "model_unfit",
  ],
  // vLLM
  [
    400,
    {
      object: "error",
      message: "This model's maximum context length is 512 tokens. However, you requested 1451 tokens",
    },
    "split",
    "too_long",
  ],
  [404, { error: { message: "The model `m` does not exist.", type: "NotFoundError" } }, "fatal", "model_missing"],
  [400, { object: "error", message: 'Model "m" does not support matryoshka representation' }, "fatal", "model_unfit"],
  // text-embeddings-inference
  [
    422,
    { message: "batch size 64 > maximum allowed batch size 32", code: 422, type: "validation" },
    "split",
    "batch_too_large",
  ],
  [
    413,
    { message: "batch size 64 > maximum allowed batch size 32", code: 413, type: "validation" },
    "split",
    "batch_too_large",
  ],
  [413, "length limit exceeded", "split", "batch_too_large"],
  [413, { message: "`inputs` must have less than 512 tokens. Given: 600", type: "validation" }, "split", "too_long"],
  [429, { message: "Model is overloaded", type: "overloaded" }, "retry", "embedder_busy"],
  [424, { message: "Inference failed", type: "backend" }, "retry", "server_error"],
  // OpenAI
  [401, { error: { message: "Incorrect API key provided" } }, "fatal", "unauthorized"],
  [403, "", "fatal", "unauthorized"],
  [
    429,
    { error: { message: "Rate limit reached", type: "requests", code: "rate_limit_exceeded" } },
    "retry",
    "embedder_busy",
  ],
  [
    429,
    { error: { message: "You exceeded your current quota", type: "insufficient_quota" } },
    "fatal",
    "quota_exhausted",
  ],
  [400, { error: { message: "Invalid 'input[3]': maximum input length is 8192 tokens." } }, "split", "too_long"],
  [
    400,
    { error: { message: "Requested 943140 tokens, max 300000 tokens per request", type: "max_tokens_per_request" } },
    "split",
    "batch_too_large",
  ],
  [
    400,
    {
      error: {
        message:
          "Invalid 'input': array too long. Expected an array with maximum length 2048, but got an array with length 3000 instead.",
      },
    },
    "split",
    "batch_too_large",
  ],
  [
    404,
    { error: { message: "The model `m` does not exist or you do not have access to it.", code: "model_not_found" } },
    "fatal",
    "model_missing",
  ],
  [
    429,
    {
      error: {
        message: "Request too large for m on tokens per min (TPM): Limit 1000, Requested 2000.",
        type: "tokens",
      },
    },
    "split",
    "batch_too_large",
  ],
  // Gateways, and the services behind them
  [400, { error: "No models loaded. Please load a model" }, "retry", "server_error"],
  [400, { error: { message: 'Failed to load model "m". Error: Operation canceled.' } }, "retry", "server_error"],
  [404, { error: { message: "x", code: "model_not_found" } }, "fatal", "model_missing"],
  [
    404,
    { error: { code: "DeploymentNotFound", message: "The API deployment does not exist." } },
    "fatal",
    "model_missing",
  ],
  [400, { error: { message: "Model not exist.", code: "InvalidParameter" } }, "fatal", "model_missing"],
  [400, { error: { message: "nobody is not a valid model ID" } }, "fatal", "model_missing"],
  [400, { error: "unknown model: m" }, "fatal", "model_missing"],
  [400, { detail: "Model m is not supported. Supported models are ['n']" }, "fatal", "model_missing"],
  [400, { error: { message: "The model is not an embedding model" } }, "fatal", "model_unfit"],
  [400, { error: { message: "http: request body too large" } }, "split", "batch_too_large"],
  [400, { error: { message: "Request payload size exceeds the limit: 20971520 bytes." } }, "split", "batch_too_large"],
  [
    400,
    { error: { message: "The decoder prompt is longer than the maximum model length of 8192." } },
    "split",
    "too_long",
  ],
  [
    422,
    { detail: [{ loc: ["body", "input", 0], msg: "String should have at most 8192 characters" }] },
    "split",
    "too_long",
  ],
  [400, { error: { message: "Range of input length should be [1, 2048]" } }, "split", "too_long"],
  [400, { message: "Too many input tokens. Max input tokens: 8192" }, "split", "too_long"],
  [400, { error: { message: "Malformed input request: expected maxLength: 2048, actual: 3000" } }, "split", "too_long"],
  [
    400,
    { error: { message: "the input token count is 25000 but the model supports up to 20000" } },
    "split",
    "too_long",
  ],
  [400, { error: { message: "ThrottlingException: Too many requests, please wait" } }, "retry", "embedder_busy"],
  [403, { error: { message: "Rate Limit Exceeded", status: "rateLimitExceeded" } }, "retry", "embedder_busy"],
  [529, { error: { type: "overloaded_error", message: "Overloaded" } }, "retry", "embedder_busy"],
  [500, { error: { code: 500, message: "Invalid input batch." } }, "split", "batch_too_large"],
  [400, { message: "Too many inputs in request, split into more batches." }, "split", "batch_too_large"],
  [400, [{ error: { code: 400, message: "at most 100 requests can be in one batch" } }], "split", "batch_too_large"],
  [400, { error: { message: "litellm.BadRequestError: only single input supported" } }, "split", "batch_too_large"],
  [402, { error: { message: "Insufficient credits" } }, "fatal", "quota_exhausted"],
  [403, { code: 30001, message: "Sorry, your account balance is insufficient" }, "fatal", "quota_exhausted"],
  [429, { error: { message: "You exceeded your current quota, please check your plan" } }, "fatal", "quota_exhausted"],
  [
    429,
    [{ error: { code: 429, message: "You exceeded your current quota", status: "RESOURCE_EXHAUSTED" } }],
    "retry",
    "embedder_busy",
  ],
  [
    429,
    { detail: "You have not yet added your payment method and have reduced rate limits" },
    "retry",
    "embedder_busy",
  ],
  [
    400,
    [{ error: { code: 400, message: "API key not valid. Please pass a valid API key." } }],
    "fatal",
    "unauthorized",
  ],
  [400, { fault: { faultstring: "Invalid ApiKey" } }, "fatal", "unauthorized"],
  [407, "", "fatal", "unauthorized"],
  // Errors in answers that say they are none
  [
    200,
    { error: "Unexpected endpoint or method. (POST /v1/embeddings). Returning 200 anyway" },
    "fatal",
    "not_an_embedder",
  ],
  [200, { error: "model is loading" }, "retry", "server_error"],
  [200, { error: { code: 429, message: "slow down" } }, "retry", "embedder_busy"],
  [200, { error: { code: 401, message: "User not found." } }, "fatal", "unauthorized"],
  [200, { status: "503", message: "later" }, "retry", "embedder_busy"],
  [200, { error: "the input length exceeds the context length" }, "split", "too_long"],
  [200, { errors: [{ message: "model 'm' not found" }] }, "fatal", "model_missing"],
  [200, { error: "something odd" }, "retry", "bad_answer"],
  // What stands between
  [400, "<title>400 The plain HTTP request was sent to HTTPS port</title>", "fatal", "not_an_embedder"],
  [400, "Client sent an HTTP request to an HTTPS server.", "fatal", "not_an_embedder"],
  [404, "default backend - 404", "fatal", "not_an_embedder"],
  [521, "error code: 521", "retry", "embedder_unavailable"],
  [408, "", "retry", "server_error"],
  [413, "<html><head><title>413 Request Entity Too Large</title>", "split", "batch_too_large"],
  [502, "<html><head><title>502 Bad Gateway</title>", "retry", "embedder_unavailable"],
  [504, "", "retry", "embedder_unavailable"],
  [500, "", "retry", "server_error"],
  [418, "", "split", "refused"],
] as const)("%i %j is %s, %s", (status, body, decision, code) => {
  expect(classify(status, body)).toMatchObject({ decision, code });
});

test.each([
  ["batch size 64 > maximum allowed batch size 32", 32],
  ["batch size is invalid, it should not be larger than 10.: input.contents", 10],
  ["Invalid 'input': array too long. Expected an array with maximum length 2048, but got 3000 instead.", 2048],
  ["invalid request: total number of texts must be at most 96", 96],
  ["Request to model 'voyage-3' failed. The batch size limit is 128. Your batch size is 200.", 128],
  ["Input array exceeds maximum of 2048 items", 2048],
  ["The number of inputs exceeds the limit of 32", 32],
  ["Too many inputs: 64, maximum 32", 32],
  ["Payload too large, tokens per request", undefined],
])("the limit in %p is learnt", (message, limit) => {
  const error = classify(422, { message });
  expect(error).toBeInstanceOf(BatchTooLargeError);
  expect(error).toMatchObject({ batchSizeMax: limit });
});

test("a missing model is named with its server and the command that gets it", () => {
  const error = classify(404, { error: 'model "m" not found, try pulling it first' });
  expect(error.message).toStartWith('model "m" is not on http://h:1');
  expect(error.message).toContain("try pulling it first");
  expect(error.hint).toBe("pull it");
});

test("what a server says reaches the message cut, without its colours and without keys", () => {
  const { message } = classify(400, { error: `\x1b[31mno\nsk-secret ${"x".repeat(9000)}` });
  expect(message).toStartWith("http://h:1 answered 400: no *** xxx");
  expect(message.length).toBeLessThan(400);
});

test("how long a server asks us to wait is passed on", () => {
  expect(classify(429, "", 7_000).retryAfterMs).toBe(7_000);
  expect(classify(503, "", 500).retryAfterMs).toBe(500);
  expect(classify(503, "").retryAfterMs).toBeUndefined();
});

test("a proxy that wants TLS, and one without a server behind it, are named", () => {
  expect(classify(400, "Client sent an HTTP request to an HTTPS server.").hint).toContain("https://");
  expect(classify(502, "<title>502 Bad Gateway</title>").hint).toContain("behind it");
});

function networkError(code: string): TypeError {
  return Object.assign(new TypeError(`${code}: it broke`), { code });
}

test.each([
  ["ECONNREFUSED", "retry", "embedder_unreachable"],
  ["ENOTFOUND", "retry", "embedder_unreachable"],
  ["ETIMEDOUT", "retry", "embedder_unreachable"],
  ["ECONNRESET", "retry", "connection_lost"],
  ["Malformed_HTTP_Response", "retry", "connection_lost"],
  ["EPROTO", "retry", "embedder_unreachable"],
  ["EAI_AGAIN", "retry", "embedder_unreachable"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "fatal", "certificate"],
  ["ERR_INVALID_URL", "fatal", "bad_url"],
  ["ERR_INVALID_ARG_VALUE", "fatal", "bad_url"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "fatal", "certificate"],
  ["CERT_HAS_EXPIRED", "fatal", "certificate"],
])("the network failure %s is %s, %s", (code, decision, word) => {
  const cause = networkError(code);
  expect(classifyThrown(server, cause)).toMatchObject({ decision, code: word, cause });
});

test.each([
  ["ENOTFOUND", "not known", "the setting"],
  ["EPROTO", "TLS handshake", "http://"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "not trusted", "NODE_EXTRA_CA_CERTS"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "not trusted", "another name"],
  ["CERT_HAS_EXPIRED", "not trusted", "expired"],
  ["Malformed_HTTP_Response", "does not speak HTTP", "the setting"],
  ["ECONNRESET", "broke off", "PostgreSQL"],
])("the network failure %s says %p and what to do", (code, said, remedy) => {
  const error = classifyThrown(server, networkError(code));
  if (!(error instanceof IngestError)) throw error;
  expect(error.message).toContain(said);
  expect(error.hint).toContain(remedy);
});

test("a TypeError without a code is a bug and stays what it is", () => {
  const bug = new TypeError("undefined is not an object");
  expect(classifyThrown(server, bug)).toBe(bug);
  expect(classifyThrown(server, "thrown text")).toBe("thrown text");
});

test("an outage is what waiting can help: connections, 429, 502 to 504, dead runners", () => {
  const outages = [classify(429, ""), classify(502, ""), classify(503, ""), classify(504, ""), classify(400, "EOF")];
  expect(outages.map(isOutage)).toEqual([true, true, true, true, true]);
  expect([classify(500, ""), classify(401, ""), classify(400, "no"), classify(408, "")].some(isOutage)).toBe(false);
  for (const code of ["ECONNREFUSED", "ECONNRESET"]) {
    const error = classifyThrown(server, networkError(code));
    expect(error instanceof IngestError && isOutage(error)).toBe(true);
  }
});
