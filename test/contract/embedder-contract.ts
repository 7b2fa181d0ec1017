import { hintOf } from "../support/plain-call.ts";
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createEmbedder, type EmbedderSettings } from "../../src/embed/registry.ts";
import type { Embedder } from "../../src/embed/embedder.ts";
import type { Fault, StandIn, StandInOptions } from "../support/stand-in-server.ts";
import { failureOf } from "../support/failure-of.ts";

/** An embedder under test. */
export type EmbedderCase = {
  readonly name?: string;
  readonly provider: string;
  /** Of an embedder whose vectors have one length only. */
  readonly onlyDimensions?: number;
  /** Left out by those of the registry. */
  create?(settings: EmbedderSettings): Embedder;
  /** Left out by an embedder that talks to no server: nothing of it can be away, busy or counted. */
  readonly service?: {
    /** Starts a server whose vectors have 64 numbers, and says where it is. */
    start(options: StandInOptions): Promise<{ server: StandIn; settings: Partial<EmbedderSettings> }>;
    /** How this kind of server says that it is too busy, and that it refuses a text. */
    busy(): Fault;
    refused(): Fault;
  };
};

const SETTINGS: EmbedderSettings = {
  embeddingProvider: "lexical",
  embeddingModel: "a-model",
  embeddingDimensions: 64,
  embedderValues: {},
  embedderKeys: {},
};

const TEXTS = [
  "The grid sorts its rows.",
  "Printing to a file",
  'addButton("OK")\n\tline two',
  "💾 ä ß 日本語 \u0000",
  "!?",
  "x",
];

/** What every `Embedder` owes the pipeline, whatever is behind it. */
export function embedderContract({
  provider,
  name = `the ${provider} embedder`,
  create = createEmbedder,
  onlyDimensions,
  service,
}: EmbedderCase): void {
  const length = onlyDimensions ?? 64;
  const withEmbedder = async (
    use: (embedder: Embedder, server: StandIn | undefined) => Promise<void>,
    { dimensions = length, ...options }: StandInOptions & { dimensions?: number } = {},
  ): Promise<void> => {
    const started = await service?.start(options);
    const settings = {
      ...SETTINGS,
      embeddingProvider: provider,
      embeddingDimensions: dimensions,
      ...started?.settings,
    };
    try {
      await use(create(settings), started?.server);
    } finally {
      await started?.server.stop();
    }
  };

  const withServer = (use: (embedder: Embedder, server: StandIn) => Promise<void>, options: StandInOptions = {}) =>
    withEmbedder(async (embedder, server) => {
      if (server !== undefined) await use(embedder, server);
    }, options);

  describe(name, () => {
    test("says what it is", () =>
      withEmbedder(async (embedder) => {
        expect(embedder.provider).toBe(provider);
        expect(embedder.model).not.toBe("");
        expect(embedder.dimensions).toBe(length);
      }));

    test("gives one usable vector a text, in the order of the texts", () =>
      withEmbedder(async (embedder) => {
        const together = await embedder.embedBatch(TEXTS);
        expect(together).toHaveLength(TEXTS.length);
        for (const vector of together) {
          expect(vector).toBeInstanceOf(Float32Array);
          expect(vector).toHaveLength(length);
          expect(vector.every(Number.isFinite)).toBe(true);
          expect(vector.some((value) => value !== 0)).toBe(true);
        }
        for (const [index, text] of TEXTS.entries()) {
          expect(await embedder.embedBatch([text])).toEqual(together.slice(index, index + 1));
        }
        expect(new Set(together.map((vector) => vector.join())).size).toBe(TEXTS.length);
      }));

    test("works before it is probed, and after", () =>
      withEmbedder(async (embedder) => {
        const before = await embedder.embedBatch(TEXTS);
        await embedder.probe();
        expect(await embedder.embedBatch(TEXTS)).toEqual(before);
      }));

    test("gives one usable vector for a question, each time the same", () =>
      withEmbedder(async (embedder, server) => {
        for (const text of TEXTS) {
          const vector = await embedder.embedQuery(text);
          expect(vector).toBeInstanceOf(Float32Array);
          expect(vector).toHaveLength(length);
          expect(vector.every(Number.isFinite)).toBe(true);
          expect(vector.some((value) => value !== 0)).toBe(true);
          expect(await embedder.embedQuery(text)).toEqual(vector);
        }
        expect(server?.requests ?? 0).toBe(server === undefined ? 0 : 2 * TEXTS.length);
      }));

    if (onlyDimensions === undefined) {
      test("gives vectors of another length when told so", () =>
        withEmbedder(
          async (embedder) => {
            await embedder.probe();
            expect(await embedder.embedQuery("a question")).toHaveLength(24);
            for (const vector of await embedder.embedBatch(TEXTS)) expect(vector).toHaveLength(24);
          },
          { dimensions: 24 },
        ));
    }

    test("embeds any text that is not empty", () =>
      withEmbedder(async (embedder) => {
        const text = fc.string({ unit: "binary", minLength: 1 });
        await fc.assert(
          fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 5 }), async (texts) => {
            const vectors = await embedder.embedBatch(texts);
            expect(vectors).toHaveLength(texts.length);
            for (const vector of vectors) expect(vector.some((value) => value !== 0)).toBe(true);
          }),
          { numRuns: 30 },
        );
      }));

    test("asks nobody about no texts", () =>
      withEmbedder(async (embedder, server) => {
        expect(await embedder.embedBatch([])).toEqual([]);
        expect(server?.requests ?? 0).toBe(0);
      }));

    test("throws the caller's reason untouched when it is aborted", () =>
      withEmbedder(async (embedder) => {
        for (const reason of [new Error("Ctrl-C"), "a word"]) {
          const signal = AbortSignal.abort(reason);
          expect(await embedder.embedBatch(TEXTS, signal).catch((error) => error)).toBe(reason);
          expect(await embedder.embedQuery("a question", signal).catch((error) => error)).toBe(reason);
          expect(await embedder.probe(signal).catch((error) => error)).toBe(reason);
        }
      }));
  });

  if (service === undefined) return;

  describe(`${name} and its server`, () => {
    test("N batches in flight use N connections", () =>
      withServer(async (embedder, server) => {
        const loop = async (worker: number) => {
          for (let batch = 0; batch < 10; batch++) await embedder.embedBatch([`${worker} ${batch}`, "a second text"]);
        };
        await Promise.all([0, 1, 2, 3].map(loop));
        expect(server.requests).toBe(40);
        expect(server.connections).toBeLessThanOrEqual(4);
      }));

    test("batches are in flight at the same time", () =>
      withServer(async (embedder, server) => {
        const release = server.hold();
        const batches = ["a", "b", "c", "d"].map((text) => embedder.embedBatch([text]));
        while (server.inFlight < batches.length) await Bun.sleep(1);
        release();
        expect(await Promise.all(batches)).toHaveLength(4);
      }));

    test("failures leave their connections usable", () =>
      withServer(async (embedder, server) => {
        for (let round = 0; round < 5; round++) {
          server.failNext(service.busy());
          expect((await failureOf(embedder.embedBatch(["a"]))).decision).toBe("retry");
          await embedder.embedBatch(["a"]);
        }
        expect(server.connections).toBe(1);
      }));

    test("an abort ends a request under way with the caller's reason", () =>
      withServer(async (embedder, server) => {
        const controller = new AbortController();
        // With a code like that of a network failure, which it is not.
        const reason = Object.assign(new Error("Ctrl-C"), { code: "ECONNRESET" });
        server.hold();
        const batch = embedder.embedBatch(TEXTS, controller.signal).catch((error) => error);
        while (server.inFlight === 0) await Bun.sleep(1);
        controller.abort(reason);
        expect(await batch).toBe(reason);
      }));

    test("a broken connection is worth a retry", () =>
      withServer(async (embedder, server) => {
        server.failNext("reset");
        expect(await failureOf(embedder.embedBatch(TEXTS))).toMatchObject({
          decision: "retry",
          code: "connection_lost",
        });
        expect(await embedder.embedBatch(TEXTS)).toHaveLength(TEXTS.length);
      }));

    test("a busy server is worth a retry, and may say when", () =>
      withServer(async (embedder, server) => {
        server.failNext(new Response("", { status: 503, headers: { "retry-after": "3" } }));
        expect(await failureOf(embedder.embedBatch(TEXTS))).toMatchObject({ decision: "retry", retryAfterMs: 3000 });
      }));

    test("a text that the server refuses splits the batch", () =>
      withServer(async (embedder, server) => {
        server.failNext(service.refused());
        expect((await failureOf(embedder.embedBatch(TEXTS))).decision).toBe("split");
      }));

    test("wrong credentials end the run, and a URL's password stays out of the message", () =>
      withServer(async (embedder, server) => {
        server.failNext(new Response("no entry for http://me:secret@h/", { status: 401 }));
        const error = await failureOf(embedder.embedBatch(TEXTS));
        expect(error).toMatchObject({ decision: "fatal", code: "unauthorized" });
        expect(error.message).not.toContain("secret");
      }));

    test.each([
      ["cut short", '{"model":"a-model","embed'],
      ["empty", ""],
      ["of another kind", '{"hello":"world"}'],
      ["null", "null"],
      ["short of a vector", '{"embeddings":[[1]],"data":[{"index":0,"embedding":[1]}]}'],
    ])("an answer that is %s is worth a retry", (_, body) =>
      withServer(async (embedder, server) => {
        server.failNext(new Response(body));
        expect(await failureOf(embedder.embedBatch(TEXTS))).toMatchObject({ decision: "retry", code: "bad_answer" });
      }),
    );

    test("every failure of a probe is the last word, whatever it would be in a run", () =>
      withServer(async (embedder, server) => {
        const faults = [
          "reset",
          new Response("", { status: 503 }),
          new Response("<html>"),
          new Response("{}"),
        ] as const;
        for (const fault of faults) {
          server.failNext(fault);
          expect((await failureOf(embedder.probe())).decision).toBe("fatal");
        }
        await embedder.probe();
      }));

    test("a dead server is unreachable: a retry in a run, fatal for a probe, named with what to do", () =>
      withServer(async (embedder, server) => {
        await server.stop();
        for (const asked of [embedder.embedBatch(TEXTS), embedder.embedQuery("a question")]) {
          expect(await failureOf(asked)).toMatchObject({ decision: "retry", code: "embedder_unreachable" });
        }
        const error = await failureOf(embedder.probe());
        expect(error).toMatchObject({ decision: "fatal", code: "embedder_unreachable" });
        expect(error.message).toContain(server.url);
        expect(hintOf(error)).toContain("running?");
      }));
  });
}
