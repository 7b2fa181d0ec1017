import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { CorpusEmbedder } from "../../src/embed/embedder.ts";
import { PROBE_TEXT } from "../../src/embed/server-embedder.ts";
import { createEmbedder } from "../../src/embed/registry.ts";
import { FailureLog } from "../../src/ingest/failure-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { ollamaFaults, type OllamaOptions, startOllama } from "../support/ollama-stand-in.ts";
import { type OpenAIOptions, startOpenAI } from "../support/openai-stand-in.ts";
import { type Page, pageParser } from "../support/page-parser.ts";
import { startWorkerHere } from "../support/parse-input.ts";
import { runIngestor } from "../support/run-ingestor.ts";
import type { StandIn } from "../support/stand-in-server.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const DIMENSIONS = 16;
const SETTINGS = { embeddingModel: "qwen3-embedding:0.6b", embeddingDimensions: DIMENSIONS, embedderKeys: {} };
/** What finding one text among 64 may cost: both halves of each halving. */
const BISECTION_REQUESTS_MAX = 2 * Math.log2(64);
const PROBES = 1;

const pages = (count: number): Page[] =>
  Array.from({ length: count }, (_, index) => ({
    path: `page-${String(index).padStart(3, "0")}.md`,
    content: `A text number ${index} on channels.`,
  }));

/** A corpus in memory behind a real client of a stand-in server. */
async function world(server: StandIn, embedder: CorpusEmbedder) {
  const directory = temporaryDirectory();
  return {
    server,
    embedder,
    directory: directory.path,
    store: new MemoryStore(),
    clock: new FakeClock(),
    log: new FailureLog(join(directory.path, "failures.json")),
    async [Symbol.asyncDispose]() {
      await server.stop();
      directory[Symbol.dispose]();
    },
  };
}

/** A server that obeys `options` as they are at each request. */
async function withOllama(options: Omit<OllamaOptions, "dimensions"> = {}) {
  const server = await startOllama(Object.assign(options, { dimensions: DIMENSIONS }));
  const embedderValues = { ollama_host: server.url };
  return world(server, createEmbedder({ ...SETTINGS, embeddingProvider: "ollama", embedderValues }));
}

async function withOpenAI(options: OpenAIOptions = {}) {
  const server = await startOpenAI({ dimensions: DIMENSIONS, ...options });
  const own = { embeddingProvider: "openai", embeddingModel: "text-embedding-3-small" };
  return world(
    server,
    createEmbedder({ ...SETTINGS, ...own, embedderValues: { openai_base_url: `${server.url}/v1` } }),
  );
}

const holds = (texts: readonly string[], words: string) => texts.some((text) => text.includes(words));

describe("one bad text in a batch of 64", () => {
  test.each([
    ["has a vector that is not a number", () => ollamaFaults.notANumber()],
    ["is refused", () => Response.json({ error: "invalid input" }, { status: 400 })],
    ["has an all-zero vector", undefined],
  ])("that %s costs itself alone, in few requests", async (_, fault) => {
    await using corpus = await withOllama({
      fault: (_, texts) => {
        if (!holds(texts, "number 9 ")) return undefined;
        if (fault !== undefined) return fault();
        const vector = Array.from({ length: DIMENSIONS }, (_, index) => (index === 0 ? 1 : 0));
        const embeddings = texts.map((text) => (text.includes("number 9 ") ? vector.map(() => 0) : vector));
        return Response.json({ embeddings });
      },
    });
    const { result, reporter } = await runIngestor({ a: pageParser(() => pages(64)) }, corpus, { batchSize: 64 });
    expect(result.sources[0]).toMatchObject({ status: "PARTIAL", embedded: 63, failed: 1 });
    expect(corpus.server.requests).toBeLessThanOrEqual(PROBES + 1 + BISECTION_REQUESTS_MAX);
    expect((await corpus.log.read()).entries.map(({ source_url }) => source_url)).toEqual(["pages://page-009.md"]);
    expect(reporter.of("retry")).toEqual([]);
  });

  test("that kills the runner every time is found too, and the others are embedded", async () => {
    await using corpus = await withOllama({
      fault: (_, texts) => (holds(texts, "number 9 ") ? ollamaFaults.deadRunner() : undefined),
    });
    const { result } = await runIngestor({ a: pageParser(() => pages(64)) }, corpus, { batchSize: 64 });
    expect(result.sources[0]).toMatchObject({ embedded: 63, failed: 1 });
    expect((await corpus.log.read()).entries).toMatchObject([{ source_url: "pages://page-009.md" }]);
    // A probe for each failure tells the poison from a server that is away.
    expect(corpus.server.requests).toBeLessThanOrEqual(PROBES + 4 + 2 * BISECTION_REQUESTS_MAX + 4);
  });

  test("is embedded by --retry-failed once the server takes it", async () => {
    let sick = true;
    await using corpus = await withOllama({
      fault: (_, texts) => (sick && holds(texts, "number 9 ") ? ollamaFaults.deadRunner() : undefined),
    });
    await runIngestor({ a: pageParser(() => pages(64)) }, corpus, { batchSize: 64 });
    sick = false;
    const { result } = await runIngestor({ a: pageParser(() => pages(64)) }, corpus, { retryFailed: true });
    expect(result.chunksEmbedded).toBe(1);
    expect(existsSync(corpus.log.path)).toBe(false);
  });
});

describe("a server that fails every batch though it answers probes", () => {
  test("is not searched for culprits batch after batch", async () => {
    await using corpus = await withOllama({
      fault: (_, texts) => (holds(texts, "number") ? ollamaFaults.loadFailed() : undefined),
    });
    const { result } = await runIngestor({ a: pageParser(() => pages(64)) }, corpus, { workers: 1, batchSize: 4 });
    expect(result.failedChunks).toBe(64);
    expect((await corpus.log.read()).entries).toHaveLength(64);
    // 4 tries for each of 16 batches and a probe, and one search of a batch of 4.
    expect(corpus.server.requests).toBeLessThan(16 * 5 + 32);
  });
});

describe("a text that is too long for the model", () => {
  const long: Page = {
    path: "long.md",
    content: Array.from({ length: 8 }, (_, index) => `Sentence ${index} of this page is on channels.`).join(" "),
  };

  test.each([
    ["Ollama", () => withOllama({ contextTokens: 40 })],
    ["llama.cpp, with a status of 500", () => withOpenAI({ flavour: "llama.cpp", tokensMax: 40 })],
    ["vLLM", () => withOpenAI({ flavour: "vllm", tokensMax: 40 })],
  ] as const)("is cut, and all of its parts are stored (%s)", async (_, start) => {
    await using corpus = await start();
    const { result } = await runIngestor({ a: pageParser(() => [...pages(3), long]) }, corpus);
    expect(result.sources[0]).toMatchObject({ status: "OK", chunks: 4, embedded: 4, failed: 0 });
    const parts = corpus.store.documents.get("a")?.get("pages://long.md");
    expect(parts?.rows.size).toBeGreaterThan(1);
    expect(parts?.write.complete).toBe(true);
    const metadata = [...(parts?.rows.values() ?? [])].map((row) => row.metadata);
    expect(new Set(metadata.map((part) => part?.part_of)).size).toBe(1);
    expect(metadata[0]?.parts).toEqual([...(parts?.rows.keys() ?? [])]);
    const embedded = [...corpus.server.textsEmbedded.keys()].filter((text) => text.startsWith("Pages > long.md\n\n"));
    const words = embedded.join(" ").match(/Sentence \d/g);
    expect(words).toHaveLength(8);
  });

  test("is cut, too, where the server calls the request too large", async () => {
    await using corpus = await withOllama({
      fault: (_, texts) =>
        texts.join("").length > 200 ? Response.json({ error: "request body too large" }, { status: 413 }) : undefined,
    });
    const { result } = await runIngestor({ a: pageParser(() => [...pages(3), long]) }, corpus);
    expect(result.sources[0]).toMatchObject({ status: "OK", chunks: 4, embedded: 4, failed: 0 });
  });

  test("is known by its parts afterwards: nothing is sent again", async () => {
    await using corpus = await withOllama({ contextTokens: 40 });
    const parser = pageParser(() => [{ ...long, content: `${long.content}\n\n# More\n\nAdded.` }]);
    await runIngestor({ a: pageParser(() => [long]) }, corpus);
    const rows = corpus.store.rows();
    const { requests } = corpus.server;
    const { result } = await runIngestor({ a: pageParser(() => [long]) }, corpus);
    expect(result.sources[0]).toMatchObject({ status: "UNCHANGED" });
    expect(corpus.server.requests).toBe(requests);
    expect(corpus.store.rows()).toEqual(rows);
    expect(parser.parsed).toEqual([]);
  });

  /** Pages of one document whose chunks are paragraphs: each too long for the model, and cut in its middle. */
  const half = (name: string) =>
    `The ${name} is told here in a sentence that has fifteen words, more or less, as needed.`;
  const twoHalves = (...chunks: (readonly [string, string])[]): Page => ({
    path: "u.md",
    content: chunks.map(([one, two]) => `${half(one)} ${half(two)}`).join("\n\n"),
  });
  /** Tokens that one of the chunks takes; half of them is what the model takes. */
  const PARAGRAPHS = { chunkSize: 65, chunkOverlap: 0 };
  const readingOf = () => ({
    reading: { ...PARAGRAPHS, parse: { fileSizeBytesMax: 1_000_000 }, startWorker: startWorkerHere },
  });
  const textsOfStore = async (content: Page, contextTokens: number) => {
    await using fresh = await withOllama({ contextTokens });
    await runIngestor({ a: pageParser(() => [content]) }, fresh, readingOf());
    return fresh.store.rows();
  };

  test("shares a part with another one of its document: neither loses it when the other goes", async () => {
    await using corpus = await withOllama({ contextTokens: 36 });
    const run = (content: Page) => runIngestor({ a: pageParser(() => [content]) }, corpus, readingOf());
    const first = await run(twoHalves(["shared half", "first end"], ["shared half", "second end"]));
    expect(first.result.sources[0]).toMatchObject({ chunks: 2, failed: 0 });
    expect(corpus.store.rows()).toHaveLength(3);
    const without = twoHalves(["shared half", "second end"]);
    expect((await run(without)).result.sources[0]).toMatchObject({ status: "OK", failed: 0 });
    expect(corpus.store.rows()).toEqual(await textsOfStore(without, 36));
    const both = twoHalves(["shared half", "second end"], ["shared half", "first end"]);
    await run(both);
    expect(corpus.store.rows()).toEqual(await textsOfStore(both, 36));
  });

  test("is stored whole when its document is read again and the model takes it by now", async () => {
    const limits = { contextTokens: 36 };
    await using corpus = await withOllama(limits);
    const chunk = ["first half", "second half"] as const;
    await runIngestor({ a: pageParser(() => [twoHalves(chunk)]) }, corpus, readingOf());
    expect(corpus.store.rows()).toHaveLength(2);
    limits.contextTokens = 1_000;
    const changed = twoHalves(chunk, ["third half", "fourth half"]);
    const { result } = await runIngestor({ a: pageParser(() => [changed]) }, corpus, readingOf());
    expect(result.sources[0]).toMatchObject({ status: "OK", failed: 0, removed: 2 });
    expect(corpus.store.rows()).toEqual(await textsOfStore(changed, 1_000));
  });

  test("costs no failure when it is asked for again and cannot be had: its parts stay", async () => {
    let away = false;
    await using corpus = await withOllama({
      contextTokens: 36,
      fault: (_, texts) =>
        away && holds(texts, "second half") ? Response.json({ error: "no such thing" }, { status: 400 }) : undefined,
    });
    const chunk = ["first half", "second half"] as const;
    await runIngestor({ a: pageParser(() => [twoHalves(chunk)]) }, corpus, readingOf());
    away = true;
    const changed = twoHalves(["third half", "fourth half"], chunk);
    const { result } = await runIngestor({ a: pageParser(() => [changed]) }, corpus, readingOf());
    expect(result.sources[0]).toMatchObject({ status: "OK", embedded: 1, reused: 1, failed: 0 });
    away = false;
    expect(corpus.store.rows()).toEqual(await textsOfStore(changed, 36));
  });

  test("that stands in another document already is not embedded a second time", async () => {
    await using corpus = await withOllama({ contextTokens: 40 });
    await runIngestor({ a: pageParser(() => [long]) }, corpus);
    await runIngestor({ a: pageParser(() => [long]), b: pageParser(() => [long]) }, corpus);
    expect(corpus.store.documents.get("b")?.get("pages://long.md")?.rows.size).toBeGreaterThan(1);
    expect([...corpus.server.textsEmbedded.values()].filter((times) => times > 1)).toEqual([2]);
    expect(corpus.server.textsEmbedded.get(PROBE_TEXT)).toBe(2);
  });

  test("that cannot be cut short enough fails as a whole, and none of its parts is stored", async () => {
    await using corpus = await withOllama({ contextTokens: 10 });
    const page = { ...long, path: "a-page-whose-name-alone-is-longer-than-that.md" };
    const { result } = await runIngestor({ a: pageParser(() => [page]) }, corpus);
    expect(result.sources[0]).toMatchObject({ chunks: 2, failed: 2 });
    expect(corpus.store.rows()).toEqual([]);
    const { entries } = await corpus.log.read();
    for (const { error } of entries) expect(error).toContain("exceeds");
    expect(entries).toHaveLength(2);
    expect(corpus.server.requests).toBeLessThan(20);
  });
});

describe("a server that takes few texts a request", () => {
  test.each([422, 413] as const)(
    "and names the number (%i) is asked too much once for each worker",
    async (batchStatus) => {
      await using corpus = await withOpenAI({ flavour: "tei", batchStatus });
      const { result } = await runIngestor({ a: pageParser(() => pages(64 * 6)) }, corpus, {
        batchSize: 64,
        workers: 2,
      });
      expect(result.failedChunks).toBe(0);
      const refused = corpus.server.bodies.filter((body) => textsOf(body).length > 32);
      expect(refused.length).toBeLessThanOrEqual(2);
      expect(corpus.server.requests).toBe(PROBES + refused.length + 12);
    },
  );

  test("and does not name it is asked too much only while it is found out", async () => {
    await using corpus = await withOpenAI({
      fault: (_, texts) => (texts.length > 20 ? new Response("length limit exceeded", { status: 413 }) : undefined),
    });
    const { result } = await runIngestor({ a: pageParser(() => pages(64 * 6)) }, corpus, { batchSize: 64, workers: 1 });
    expect(result.failedChunks).toBe(0);
    expect(corpus.server.bodies.filter((body) => textsOf(body).length > 20).length).toBeLessThanOrEqual(3);
  });

  test("because one text is larger than any request may be still gets full batches of the others", async () => {
    await using corpus = await withOpenAI({
      fault: (_, texts) => (holds(texts, "number 9 ") ? new Response("too large", { status: 413 }) : undefined),
    });
    const { result } = await runIngestor({ a: pageParser(() => pages(64 * 4)) }, corpus, { batchSize: 64, workers: 1 });
    // It is cut.
    expect(result.failedChunks).toBe(0);
    expect(corpus.server.bodies.filter((body) => textsOf(body).length === 64)).toHaveLength(4);
  });
});

describe("an overloaded server", () => {
  test.each([
    ["says how long to wait", 429, "7", 7_000],
    ["says so in another way", 503, "9", 9_000],
    ["does not say how long", 503, undefined, 1_000],
  ] as const)("that %s is left alone by all workers until then", async (_, status, retryAfter, restMs) => {
    const sentAt: number[] = [];
    await using corpus = await withOllama({
      fault: (_, texts) => {
        if (!holds(texts, "number")) return undefined;
        sentAt.push(corpus.clock.now());
        if (sentAt.length > 1) return undefined;
        const headers = retryAfter === undefined ? {} : { "retry-after": retryAfter };
        return Response.json({ error: "Model is overloaded" }, { status, headers });
      },
    });
    const { result } = await runIngestor({ a: pageParser(() => pages(80)) }, corpus, {
      workers: 4,
      clock: corpus.clock,
    });
    expect(result.failedChunks).toBe(0);
    // Those that were on their way already, and then nobody before the time has come.
    expect(sentAt.filter((ms) => ms < restMs).length).toBeLessThanOrEqual(4);
    expect(sentAt.length).toBeGreaterThan(20);
  });

  test("that bears two requests at a time gets no chunk wrong, and is refused few times", async () => {
    let inFlight = 0;
    let refused = 0;
    await using corpus = await withOllama({
      fault: async (_, texts) => {
        if (!holds(texts, "number")) return undefined;
        try {
          if (++inFlight > 2) {
            refused++;
            return Response.json({ error: "Model is overloaded" }, { status: 429 });
          }
          await new Promise((resolve) => setImmediate(resolve));
          return undefined;
        } finally {
          inFlight--;
        }
      },
    });
    const { result } = await runIngestor({ a: pageParser(() => pages(400)) }, corpus, { workers: 8 });
    expect(result.failedChunks).toBe(0);
    expect(refused).toBeLessThan(30);
  });
});

describe("answers that are not what was asked for", () => {
  test.each([
    ["too few vectors", (texts: readonly string[]) => texts.slice(1)],
    ["too many vectors", (texts: readonly string[]) => [...texts, "one more"]],
  ])("%s: nothing of them is stored", async (_, answered) => {
    let wrong = true;
    await using corpus = await withOllama({
      fault: (_, texts) => {
        if (!wrong || !holds(texts, "number")) return undefined;
        const vector = Array.from({ length: DIMENSIONS }, () => 0.25);
        return Response.json({ embeddings: answered(texts).map(() => vector) });
      },
    });
    const { result } = await runIngestor({ a: pageParser(() => pages(4)) }, corpus);
    expect(result.failedChunks).toBe(4);
    expect(corpus.store.rows()).toEqual([]);
    wrong = false;
    await runIngestor({ a: pageParser(() => pages(4)) }, corpus);
    await using fresh = await withOllama();
    await runIngestor({ a: pageParser(() => pages(4)) }, fresh);
    expect(corpus.store.rows()).toEqual(fresh.store.rows());
  });

  test("a wrong dimension in the middle of a run stops it, and is not stored", async () => {
    await using corpus = await withOllama({
      fault: (request) =>
        request > 3 ? Response.json({ embeddings: Array.from({ length: 4 }, () => [1, 2, 3]) }) : undefined,
    });
    const { ingestor } = await runIngestor({ a: pageParser(() => pages(40)) }, corpus, {
      sequential: true,
      workers: 1,
    });
    expect(ingestor.stop.error).toMatchObject({ decision: "fatal", code: "wrong_dimension" });
    expect(corpus.store.rows()).toHaveLength(8);
  });
});

function textsOf(body: unknown): readonly unknown[] {
  const input = typeof body === "object" && body !== null && "input" in body ? body.input : undefined;
  return Array.isArray(input) ? input : [];
}

describe("several servers", () => {
  /** Three servers behind one embedder; the first and the second are those that fail. */
  async function withThree(...[first, second, third]: readonly OllamaOptions["fault"][]) {
    const options = { dimensions: DIMENSIONS };
    const faults = [first, second, third];
    const servers = await Promise.all(
      faults.map((fault) => startOllama(fault === undefined ? options : { ...options, fault })),
    );
    const embedderValues = { ollama_host: servers.map(({ url }) => url).join(",") };
    const embedder = createEmbedder({ ...SETTINGS, embeddingProvider: "ollama", embedderValues });
    const [server, ...others] = servers;
    if (server === undefined) throw new Error("there are three");
    const one = await world(server, embedder);
    return {
      ...one,
      servers,
      async [Symbol.asyncDispose]() {
        await Promise.all(others.map((other) => other.stop()));
        await one[Symbol.asyncDispose]();
      },
    };
  }

  test("of which one falls silent and one breaks off: the third does what they owe", async () => {
    const afterProbe = (fault: "hang" | "reset") => (request: number) => (request > PROBES ? fault : undefined);
    await using corpus = await withThree(afterProbe("hang"), afterProbe("reset"));
    const { result } = await runIngestor({ a: pageParser(() => pages(120)) }, corpus, { workers: 6 });
    expect(result.sources[0]).toMatchObject({ status: "OK", embedded: 120, failed: 0 });
    expect(corpus.servers[2]?.textsEmbedded.size).toBe(120 + PROBES);
  });

  test.each([
    ["wants another key", () => Response.json({ error: "unauthorized" }, { status: 401 }), /answered 401/],
    [
      "lost its model",
      () => ollamaFaults.modelMissing(SETTINGS.embeddingModel),
      /is not on .*: ollama pull qwen3-embedding:0.6b/,
    ],
    [
      "has another model by now",
      (texts: readonly string[]) => Response.json({ embeddings: texts.map(() => [1, 2, 3]) }),
      /vectors of 3 numbers.*the model that the others run/,
    ],
  ] as const)("of which one %s: the run goes on without it, and names it", async (_, answer, reason) => {
    await using corpus = await withThree(
      (request, texts) => (request > PROBES + 1 ? answer(texts) : undefined),
      undefined,
    );
    const options = { workers: 6, clock: corpus.clock };
    const { result, ingestor, reporter } = await runIngestor({ a: pageParser(() => pages(1_200)) }, corpus, options);
    expect(ingestor.stop.error).toBeUndefined();
    expect(result.sources[0]).toMatchObject({ status: "OK", embedded: 1_200, failed: 0 });
    const warnings = reporter.of("warning").map(({ reason: said }) => said);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(corpus.server.url.replace("http://", ""));
    expect(warnings[0]).toMatch(reason);
    expect(corpus.server.requests).toBeLessThanOrEqual(PROBES + 1 + 6 + 3);
  });

  test("of which one shows a page to log in at: the others do what it owes, and it is left alone", async () => {
    const page = () => new Response("<html><title>Log in</title></html>");
    await using corpus = await withThree((request) => (request > PROBES + 1 ? page() : undefined));
    const options = { workers: 6, clock: corpus.clock };
    const { result, reporter } = await runIngestor({ a: pageParser(() => pages(1_200)) }, corpus, options);
    expect(result.sources[0]).toMatchObject({ status: "OK", embedded: 1_200, failed: 0 });
    expect(reporter.of("retry")).toEqual([]);
    expect(corpus.server.requests).toBeLessThanOrEqual(PROBES + 1 + 6 + 3);
  });

  test("that are lost one after the other end the run with what the last one says", async () => {
    const lost = (request: number) =>
      request > PROBES + 3 ? Response.json({ error: "unauthorized" }, { status: 401 }) : undefined;
    await using corpus = await withThree(lost, lost, lost);
    const { ingestor, reporter, result } = await runIngestor({ a: pageParser(() => pages(400)) }, corpus, {
      workers: 6,
    });
    expect(ingestor.stop.error).toMatchObject({ decision: "fatal", code: "unauthorized" });
    expect(reporter.of("warning")).toHaveLength(2);
    expect(result.chunksStored).toBeGreaterThan(0);
  });

  test("of which two are lost and the third goes away: it is waited for", async () => {
    const lost = (request: number) =>
      request > PROBES ? Response.json({ error: "unauthorized" }, { status: 401 }) : undefined;
    const away = (request: number) => (request > 5 && request < 12 ? "reset" : undefined);
    await using corpus = await withThree(lost, lost, away);
    const { ingestor, reporter, result } = await runIngestor({ a: pageParser(() => pages(120)) }, corpus, {
      workers: 2,
      // The clock runs while a probe is on its way.
      outageWaitMs: 1e9,
    });
    expect(ingestor.stop.error).toBeUndefined();
    expect(result.sources[0]).toMatchObject({ status: "OK", embedded: 120, failed: 0 });
    expect(reporter.of("outage").length).toBeGreaterThan(0);
  });

  test("of which one is overloaded: the others need not rest", async () => {
    await using corpus = await withThree(
      (request) =>
        request > PROBES ? new Response("{}", { status: 503, headers: { "retry-after": "60" } }) : undefined,
      undefined,
    );
    const options = { workers: 6, clock: corpus.clock };
    const { result, reporter } = await runIngestor({ a: pageParser(() => pages(120)) }, corpus, options);
    expect(result.sources[0]).toMatchObject({ status: "OK", embedded: 120, failed: 0 });
    // None waited for the minute that it asks for: 60 s is what a request would sleep before it is sent there again.
    expect(corpus.clock.sleeps.filter((ms) => ms === 60_000)).toEqual([]);
    expect([...reporter.of("retry"), ...reporter.of("outage")]).toEqual([]);
  });
});
