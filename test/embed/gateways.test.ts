import { describe, expect, test } from "bun:test";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { OllamaEmbedder } from "../../src/embed/ollama.ts";
import { OpenAIEmbedder } from "../../src/embed/openai.ts";
import { failureOf } from "../support/failure-of.ts";
import { GATEWAY_DIMENSIONS, type Gateway, gatewayVector, openaiAnswer, startGateway } from "../support/gateway.ts";

const TEXTS = ["text 0", "text 1", "text 2"];
const KEY = "sk-0123456789";
const model = "m";
const dimensions = GATEWAY_DIMENSIONS;

function openaiOf(baseUrl: string, key: string | undefined = KEY): OpenAIEmbedder {
  return new OpenAIEmbedder({ baseUrl, key, model, dimensions });
}

const packed = (vector: readonly number[]) => Buffer.from(new Float32Array(vector).buffer).toString("base64");
const items = (indexes: readonly unknown[], order = TEXTS) =>
  order.map((text, place) => ({ index: indexes[place], embedding: gatewayVector(text) }));

describe("an answer of vectors is understood", () => {
  test.each<readonly [string, unknown]>([
    ["without an index", { data: items([]) }],
    ["with null for an index", { data: items([null, null, null]) }],
    ["with the index 0 for all, as of texts that were asked for one by one", { data: items([0, 0, 0]) }],
    ["without the index that is 0, as Google leaves it out", { data: items([undefined, 1, 2]) }],
    ["without the index that is 0, in another order", { data: items([2, 1, undefined], TEXTS.toReversed()) }],
    ["with texts for indexes", { data: items(["2", "1", "0"], TEXTS.toReversed()) }],
    ["as a bare list of items", items([0, 1, 2])],
    ["as a bare list of vectors", TEXTS.map(gatewayVector)],
    ["under the name of Ollama", { embeddings: TEXTS.map(gatewayVector) }],
    ["with each vector in a list of its own", { data: TEXTS.map((text) => ({ embedding: [gatewayVector(text)] })) }],
    ["in base64", { data: TEXTS.map((text, index) => ({ index, embedding: packed(gatewayVector(text)) })) }],
  ])("%s", async (_, answer) => {
    await using gateway = startGateway(() => Response.json(answer));
    const vectors = await openaiOf(`${gateway.url}/v1`).embedBatch(TEXTS);
    expect(vectors).toEqual(TEXTS.map((text) => new Float32Array(gatewayVector(text))));
  });

  test.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
    ["zstd", Bun.zstdCompressSync],
  ] as const)("packed with %s", async (packing, pack) => {
    await using gateway = startGateway(async ({ texts }) => {
      const bytes = Buffer.from(await openaiAnswer(texts).arrayBuffer());
      return new Response(pack(bytes), { headers: { "content-encoding": packing } });
    });
    expect(await openaiOf(`${gateway.url}/v1`).embedBatch(TEXTS)).toHaveLength(3);
  });

  test("but not where an index occurs twice, or a text has a vector for each token", async () => {
    await using twice = startGateway(() => Response.json({ data: items([0, 0, 1]) }));
    expect(await failureOf(openaiOf(twice.url).embedBatch(TEXTS))).toMatchObject({ code: "bad_answer" });
    await using tokens = startGateway(() =>
      Response.json({ data: [{ index: 0, embedding: [gatewayVector("1"), gatewayVector("2")] }] }),
    );
    const error = await failureOf(openaiOf(tokens.url).embedBatch(["a"]));
    expect(error).toMatchObject({ decision: "fatal", code: "model_unfit" });
    expect(error.hint).toContain("--pooling");
  });
});

describe("a base URL", () => {
  test.each([
    ["/v1", "/v1/embeddings"],
    ["/v1///", "/v1/embeddings"],
    ["/v1/embeddings", "/v1/embeddings"],
    ["/v1/embeddings/", "/v1/embeddings"],
    ["/openai/v1/", "/openai/v1/embeddings"],
    ["/openai/deployments/emb?api-version=2024-02-01", "/openai/deployments/emb/embeddings?api-version=2024-02-01"],
    ["/openai/deployments/emb/embeddings?api-version=1", "/openai/deployments/emb/embeddings?api-version=1"],
    ["/v1/?key=abcdefgh12#part", "/v1/embeddings?key=abcdefgh12"],
    ["", "/embeddings"],
  ])("that ends in %p is asked at %s", async (end, path) => {
    await using gateway = startGateway(({ texts }) => openaiAnswer(texts));
    await openaiOf(gateway.url + end).probe();
    expect(gateway.asked.map((asked) => asked.path)).toEqual([path]);
  });

  test.each([
    ["", "/v1"],
    ["/v1/v1", "once"],
    ["/v1/chat/completions", "ends before"],
    ["/v1/models", "ends before"],
    ["/api/v1", "openai_base_url"],
  ])("that ends in %p and is wrong comes with what to change", async (end, remedy) => {
    await using gateway = startGateway(() => new Response("404 page not found", { status: 404 }));
    const error = await failureOf(openaiOf(gateway.url + end).probe());
    expect(error).toMatchObject({ decision: "fatal", code: "not_an_embedder" });
    expect(error.message).toContain("404 page not found");
    expect(error.hint).toContain(remedy);
    expect(error.hint).toContain("openai_base_url");
  });

  test("of Ollama that is the one of its OpenAI side is found out", async () => {
    await using gateway = startGateway(() => new Response("404 page not found", { status: 404 }));
    for (const end of ["/v1", "/api"]) {
      const embedder = new OllamaEmbedder({ hosts: [gateway.url + end], model, dimensions });
      const error = await failureOf(embedder.probe());
      expect(error.hint).toContain(`without its ${end}`);
      expect(error.hint).toContain("OLLAMA_HOST");
    }
  });

  test("keeps a key in its query out of messages", async () => {
    await using gateway = startGateway(({ path }) => Response.json({ error: `no: ${path}` }, { status: 400 }));
    const error = await failureOf(openaiOf(`${gateway.url}/v1?key=Geheim-w0rd`).probe());
    expect(error.message + error.hint).not.toContain("Geheim");
  });
});

describe("the key", () => {
  const headersOf = (gateway: Gateway) =>
    gateway.asked.map(({ headers }) => [headers.get("authorization"), headers.get("api-key")]);

  test.each([
    ["/v1", KEY, [`Bearer ${KEY}`, null]],
    ["/v1?api-version=1", KEY, [`Bearer ${KEY}`, KEY]],
    ["/v1?api-version=1", "eyJhbGciOiJ9.e30.x", ["Bearer eyJhbGciOiJ9.e30.x", null]],
    ["/v1", ` ${KEY}\r\n`, [`Bearer ${KEY}`, null]],
  ])("reaches %s in the header that it takes", async (end, key, headers) => {
    await using gateway = startGateway(({ texts }) => openaiAnswer(texts));
    await openaiOf(gateway.url + end, key).probe();
    expect(headersOf(gateway)).toEqual([headers]);
  });

  test("gives way to the user and the password of the URL", async () => {
    await using gateway = startGateway(({ texts }) => openaiAnswer(texts));
    await openaiOf(`http://us%40er:p%3Aw@127.0.0.1:${gateway.port}/v1`).probe();
    expect(headersOf(gateway)).toEqual([[`Basic ${btoa("us@er:p:w")}`, null]]);
  });

  test.each([
    ["a\nb", "line break"],
    ["sk-1 234", "a space"],
    ['"sk-1234"', "quotation mark"],
    ["sk-'1234", "quotation mark"],
    ["ключ", "not ASCII"],
    ["schlüssel", "not ASCII"],
    ["sk-\u0000", "not ASCII"],
    ["Bearer sk-1", "Bearer"],
  ])("%j is refused before it is sent", async (key, what) => {
    await using gateway = startGateway(({ texts }) => openaiAnswer(texts));
    for (const embedder of [
      openaiOf(`${gateway.url}/v1`, key),
      new OllamaEmbedder({ hosts: [gateway.url], key, model, dimensions }),
    ]) {
      const error = await failureOf(embedder.probe());
      expect(error).toMatchObject({ decision: "fatal", code: "unauthorized" });
      expect(error.message).toContain(what);
      expect(error.message).toMatch(/OPENAI_API_KEY|OLLAMA_API_KEY/);
      expect(error.message).not.toContain(key);
    }
    expect(gateway.asked).toEqual([]);
  });

  test("of a proxy before Ollama is sent, and never shown", async () => {
    await using gateway = startGateway(({ headers, texts }) =>
      headers.get("authorization") === `Bearer ${KEY}`
        ? Response.json({ embeddings: texts.map(gatewayVector) })
        : Response.json({ error: `who is ${headers.get("authorization")}?` }, { status: 401 }),
    );
    await new OllamaEmbedder({ hosts: [gateway.url], key: KEY, model, dimensions }).probe();
    const wrong = new OllamaEmbedder({ hosts: [gateway.url], key: "wrong-key-1", model, dimensions });
    const error = await failureOf(wrong.probe());
    expect(error).toMatchObject({ code: "unauthorized" });
    expect(error.message).not.toContain("wrong-key-1");
    expect(error.hint).toContain("ollama_api_key");
  });
});

describe("a redirect", () => {
  const to = (location: string, status: number) => new Response(null, { status, headers: { location } });

  test.each([307, 308])("that keeps the request and stays with the server (%i) is followed", async (status) => {
    await using gateway = startGateway(({ path, texts }) =>
      path.startsWith("/v1") ? to(`/api${path}`, status) : openaiAnswer(texts),
    );
    await openaiOf(`${gateway.url}/v1`).probe();
    expect(gateway.asked.map(({ method, path, headers }) => [method, path, headers.get("authorization")])).toEqual([
      ["POST", "/v1/embeddings", `Bearer ${KEY}`],
      ["POST", "/api/v1/embeddings", `Bearer ${KEY}`],
    ]);
  });

  test.each([301, 302, 303])("that would make a GET of it (%i) is named with the address to set", async (status) => {
    await using gateway = startGateway(({ path }) => to(`/api${path}?token=x`, status));
    const error = await failureOf(openaiOf(`${gateway.url}/v1`).probe());
    expect(error).toMatchObject({ decision: "fatal", code: "redirected" });
    expect(error.message).toEndWith(`redirected to ${gateway.url}/api/v1/embeddings`);
    expect(error.hint).toContain(`set ${gateway.url}/api/v1 in openai_base_url`);
    expect(gateway.asked).toHaveLength(1);
  });

  test.each([301, 302, 303, 307, 308])("to another host (%i) gets neither texts nor key", async (status) => {
    await using other = startGateway(({ texts }) => openaiAnswer(texts));
    await using gateway = startGateway(({ path }) => to(other.url + path, status));
    const error = await failureOf(openaiOf(`${gateway.url}/v1`).probe());
    expect(error.message).toContain(`redirected to ${other.url}/v1/embeddings`);
    expect(other.asked).toEqual([]);
  });

  test("in a circle ends", async () => {
    await using gateway = startGateway(({ path }) => to(path, 308));
    const error = await failureOf(openaiOf(gateway.url).probe());
    expect(error).toMatchObject({ code: "redirected" });
    // Not the address that is set already.
    expect(error.hint).not.toContain(`set ${gateway.url}`);
    expect(gateway.asked.length).toBeLessThan(10);
  });

  test.each([
    ["javascript:alert(1)", "redirected to javascript:alert(1)"],
    ["data:text/html,hello", "redirected to data:text/html,hello"],
  ])("to %s is named as that", async (location, words) => {
    await using gateway = startGateway(() => to(location, 302));
    expect((await failureOf(openaiOf(gateway.url).probe())).message).toEndWith(words);
  });
});

describe("an answer without vectors", () => {
  test.each([
    [{ error: "out of order" }, "out of order"],
    [["out of order"], "out of order"],
    [{ data: [{ status: "out of order" }] }, "out of order"],
    [{ data: [`${KEY} is out of order`] }, "*** is out of order"],
    [{ error: { message: "out of order" }, data: [] }, "out of order"],
    [[{ error: { message: "out of order" } }], "out of order"],
    [{ status: "UP" }, '{"status":"UP"}'],
  ])("that says 200 is quoted: %j", async (body, words) => {
    await using gateway = startGateway(() => Response.json(body));
    const error = await failureOf(openaiOf(gateway.url).embedBatch(TEXTS));
    expect(error.message).toContain(words);
    expect(error.hint).toContain("openai_base_url");
  });

  test("that is a page of the network is named by its words", async () => {
    await using gateway = startGateway(() => new Response("<html><body>Log in to the hotel wifi</body></html>"));
    const error = await failureOf(openaiOf(gateway.url).probe());
    expect(error).toMatchObject({ code: "not_an_embedder" });
    expect(error.message).toContain("Log in to the hotel wifi");
  });

  test.each([200, 500])("that has no end is read as far as is worth it (%i)", async (status) => {
    let sent = 0;
    await using gateway = startGateway(
      () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              sent += 65_536;
              controller.enqueue(Buffer.alloc(65_536, "a"));
            },
          }),
          { status },
        ),
    );
    const error = await failureOf(openaiOf(gateway.url).embedBatch(["a"]));
    expect(error.decision).toBe("retry");
    expect(error.message.length).toBeLessThan(500);
    expect(sent).toBeLessThan(64_000_000);
  });

  test("that is a bomb, or damaged, costs neither memory nor a stack", async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000, " "));
    for (const body of [bomb, bomb.subarray(0, 1_000), Buffer.from("no gzip")]) {
      await using gateway = startGateway(() => new Response(body, { headers: { "content-encoding": "gzip" } }));
      const before = process.memoryUsage.rss();
      expect(await failureOf(openaiOf(gateway.url).embedBatch(["a"]))).toMatchObject({ code: "bad_answer" });
      expect(process.memoryUsage.rss() - before).toBeLessThan(150_000_000);
    }
  });
});

test("a wish for shorter vectors that is refused names the setting, and what the server said", async () => {
  await using gateway = startGateway(({ body, texts }) =>
    "dimensions" in body
      ? Response.json({ detail: "Argument 'dimensions' exceeds what is supported" }, { status: 400 })
      : openaiAnswer(texts),
  );
  const error = await failureOf(new OpenAIEmbedder({ baseUrl: gateway.url, key: KEY, model, dimensions: 4 }).probe());
  expect(error).toMatchObject({ decision: "fatal", code: "wrong_dimension" });
  expect(error.message).toContain("embedding_dimensions");
  expect(error.message).toContain("exceeds what is supported");
  expect(error.hint).toContain("--dimensions 8");
});

test("how long to wait is taken in milliseconds, where a server says it so", async () => {
  const headers = { "retry-after-ms": "90", "retry-after": "1" };
  await using gateway = startGateway(() => new Response("", { status: 429, headers }));
  expect((await failureOf(openaiOf(gateway.url).embedBatch(["a"]))).retryAfterMs).toBe(90);
});
