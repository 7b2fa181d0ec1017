import { expect, test } from "bun:test";
import { nextTurn } from "../../src/flow/clock.ts";
import type { IngestError } from "../../src/flow/errors.ts";
import { Knowledge } from "../../src/serve/knowledge.ts";
import { Readers } from "../../src/serve/readers.ts";
import { HandClock } from "../support/hand-clock.ts";
import { failureOf } from "../support/failure-of.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import { until } from "../support/until.ts";

const DIMENSIONS = 8;
const MODEL = "qwen3-embedding:0.6b";

/** What answers, over a corpus in memory and an embedding server. */
async function scene() {
  const ollama = await startOllama({ dimensions: DIMENSIONS });
  const store = new MemoryStore();
  await store.prepare({ provider: "ollama", model: MODEL, dimensions: DIMENSIONS, documentPrefix: "" });
  const clock = new HandClock();
  const embedder = {
    ...{ embeddingProvider: "ollama", embeddingModel: MODEL, embeddingDimensions: DIMENSIONS },
    ...{ embedderValues: { ollama_host: ollama.url }, embedderKeys: {} },
  };
  const database = { kind: "server", url: "postgres://127.0.0.1/x", label: "x", chosenBy: "test" } as const;
  const readers = new Readers({ database, clock, open: () => Promise.resolve(store) });
  const knowledge = new Knowledge(readers, { embedder, clock });
  return {
    ...{ ollama, store, clock, knowledge },
    ask: (query: string) => knowledge.search({ query, limit: 5 }),
    /** How a question ends that is given up on when its time has come. */
    async givenUp(asked: Promise<unknown>, hangs: () => boolean): Promise<IngestError> {
      const failure = failureOf(asked);
      await until(hangs);
      clock.advance(30_000);
      return failure;
    },
    async [Symbol.asyncDispose]() {
      await readers[Symbol.asyncDispose]();
      await ollama[Symbol.asyncDispose]();
    },
  };
}

test("a question that is given up on says who has not answered: the embedding server, or the database", async () => {
  await using served = await scene();
  const { ollama, store, ask, givenUp } = served;
  await ask("grids");
  const { requests } = ollama;
  ollama.failNext("hang");
  const byEmbedder = await givenUp(ask("a grid"), () => ollama.requests > requests);
  expect(byEmbedder).toMatchObject({ code: "timeout", message: `${ollama.url} has not answered within 30 s` });

  const { promise, resolve } = Promise.withResolvers<never[]>();
  let asked = 0;
  store.search = () => (asked++, promise);
  const byDatabase = await givenUp(ask("files"), () => asked > 0);
  expect(byDatabase).toMatchObject({ code: "database_timeout", message: "memory has not answered within 30 s" });
  expect(byDatabase.hint).not.toContain("model");

  const waiting = Array.from({ length: 8 }, (_, index) => failureOf(ask(`lock ${index}`)));
  const byNobody = await givenUp(ask("windows"), () => asked === 8);
  expect(byNobody).toMatchObject({ code: "database_busy", message: "no answer within 30 s: others ask, too" });
  await Promise.all(waiting);
  resolve([]);
});

test("so many are asked at once, whatever they ask; the next is told to come back", async () => {
  await using served = await scene();
  const { store, clock, knowledge, ask } = served;
  const { promise, reject } = Promise.withResolvers<never>();
  store.statistics = () => promise;
  const waiting = Array.from({ length: 256 }, () => failureOf(knowledge.stats()));
  let refused = 0;
  for (const asked of [knowledge.stats(), ask("windows"), knowledge.health()])
    asked.catch(({ code, message }: IngestError) => {
      expect({ code, message }).toEqual({ code: "database_busy", message: "256 questions wait already" });
      refused++;
    });
  await nextTurn();
  expect(refused).toBe(3);
  clock.advance(30_000);
  await Promise.all(waiting);
  reject(new Error("the session that locked it has ended"));
  expect(await ask("windows")).toMatchObject({ query: "windows" });
});

test("health is what the last question met: an embedding server that has gone is asked again", async () => {
  await using served = await scene();
  const { ollama, knowledge, ask } = served;
  await ask("grids");
  const { requests } = ollama;
  await knowledge.health();
  expect(ollama.requests).toBe(requests);
  const refusal = () => new Response("no entry", { status: 401 });
  ollama.failNext(refusal(), refusal());
  expect(await failureOf(ask("files"))).toMatchObject({ code: "unauthorized" });
  expect(await failureOf(knowledge.health())).toMatchObject({ code: "unauthorized" });
  await knowledge.health();
});
